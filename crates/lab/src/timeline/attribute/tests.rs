//! Streams and datagrams, attributed by hand.

use super::*;

const CLIENT: Who = 0;
const SERVER: Who = 1;

fn link(who: Who, udp: bool) -> Link {
    match who {
        CLIENT => Link { udp, local: 5000, peer: 80 },
        _ => Link { udp, local: 80, peer: 5000 },
    }
}

fn bytes(text: &str) -> Bytes {
    let head = text.as_bytes().to_vec();
    Bytes { len: head.len() as u64, head, calls: 1, took: 0 }
}

fn sends(who: Who, udp: bool, text: &str) -> Event {
    let (link, bytes) = (link(who, udp), bytes(text));
    Event { at: 0, who, what: What::Sends { link, bytes, error: None } }
}

fn receives(who: Who, udp: bool, text: &str) -> Event {
    let (link, bytes) = (link(who, udp), bytes(text));
    Event { at: 0, who, what: What::Receives { link, bytes, error: None } }
}

fn refused(who: Who) -> Event {
    let error = Some(Failure {
        kind: "ConnectionRefused".into(),
        text: "Connection refused".into(),
        after: 0,
    });
    let (link, bytes) = (link(who, true), Bytes::default());
    Event { at: 0, who, what: What::Receives { link, bytes, error } }
}

/// The parts of each receive, as `#1[0..9]`, and what is unread after.
fn parts(events: &[Event]) -> Vec<(String, u64)> {
    let mut attribution = Attribution::new(vec![true, true]);
    let rows = events.iter().filter_map(|event| attribution.row(event));
    rows.filter_map(|row| match row.kind {
        Kind::Receives { parts, unread, .. } => {
            let parts: Vec<String> = parts
                .iter()
                .map(|Part { send, range, .. }| format!("#{send}{range:?}"))
                .collect();
            Some((parts.join(" "), unread.unwrap_or(999)))
        }
        _ => None,
    })
    .collect()
}

#[test]
fn one_receive_can_take_five_sends() {
    let mut events: Vec<Event> =
        ["一", "二", "三", "四", "五"].map(|t| sends(0, false, t)).into();
    events.push(receives(SERVER, false, "一二三四五"));
    let all = "#10..3 #20..3 #30..3 #40..3 #50..3";
    assert_eq!(parts(&events), [(all.to_owned(), 0)]);
}

#[test]
fn a_receive_can_begin_and_end_inside_a_send() {
    let events = [
        sends(SERVER, false, "abcdef"),
        sends(SERVER, false, "ghi"),
        receives(CLIENT, false, "abcd"),
        receives(CLIENT, false, "efgh"),
        receives(CLIENT, false, "i"),
    ];
    let wanted = [("#10..4", 5), ("#14..6 #20..2", 1), ("#22..3", 0)];
    assert_eq!(parts(&events), wanted.map(|(p, n)| (p.to_owned(), n)));
}

#[test]
fn both_directions_are_counted_apart() {
    let events = [
        sends(CLIENT, false, "question"),
        sends(SERVER, false, "hello"),
        receives(CLIENT, false, "hello"),
        receives(SERVER, false, "question"),
    ];
    let wanted = [("#20..5", 0), ("#10..8", 0)];
    assert_eq!(parts(&events), wanted.map(|(p, n)| (p.to_owned(), n)));
}

#[test]
fn a_datagram_is_received_alone_and_may_be_cut() {
    let events = [
        sends(CLIENT, true, "first"),
        sends(CLIENT, true, "second"),
        receives(SERVER, true, "fir"),
        receives(SERVER, true, "second"),
    ];
    let wanted = [("#10..3", 6), ("#20..6", 0)];
    assert_eq!(parts(&events), wanted.map(|(p, n)| (p.to_owned(), n)));
}

#[test]
fn a_lost_datagram_is_not_taken_for_the_next() {
    let events = [
        sends(CLIENT, true, "lost"),
        sends(CLIENT, true, "came"),
        receives(SERVER, true, "came"),
    ];
    assert_eq!(parts(&events), [("#20..4".to_owned(), 4)]);
}

#[test]
fn after_a_refusal_the_same_datagram_sent_again_is_the_one_that_came() {
    let events = [
        sends(CLIENT, true, "again"),
        refused(CLIENT),
        sends(CLIENT, true, "again"),
        receives(SERVER, true, "again"),
    ];
    assert_eq!(parts(&events), [("#20..5".to_owned(), 0)]);
}

#[test]
fn a_receive_is_not_due_before_its_sends() {
    let mut attribution = Attribution::new(vec![true, true]);
    let receive = receives(SERVER, false, "abcdef");
    assert!(!attribution.is_due(&receive));
    attribution.row(&sends(CLIENT, false, "abc"));
    assert!(!attribution.is_due(&receive));
    attribution.row(&sends(CLIENT, false, "def"));
    assert!(attribution.is_due(&receive));
}

#[test]
fn a_receive_from_a_program_that_is_over_is_due() {
    let mut attribution = Attribution::new(vec![true, true]);
    attribution.ended(CLIENT);
    assert!(attribution.is_due(&receives(SERVER, false, "abc")));
}
