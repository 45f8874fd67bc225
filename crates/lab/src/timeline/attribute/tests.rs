//! Streams and datagrams, attributed by hand.

use super::*;
use crate::network::event::Direction;
use crate::timeline::event::Slice;

const CLIENT: Lane = 0;
const SERVER: Lane = 1;

fn address(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

fn link(lane: Lane, udp: bool) -> Link {
    let (client, server) = (Some(address(5000)), Some(address(80)));
    match lane {
        CLIENT => Link { udp, local: client, peer: server },
        _ => Link { udp, local: server, peer: client },
    }
}

fn call(lane: Lane, udp: bool, op: Op, text: &str) -> Event {
    let head = text.as_bytes().to_vec();
    let bytes = Bytes { len: head.len() as u64, head, calls: 1, took: 0 };
    let link = Some(link(lane, udp));
    Event { link, bytes, ..Event::at_once(lane, 0, op) }
}

fn sends(lane: Lane, udp: bool, text: &str) -> Event {
    call(lane, udp, Op::Sends, text)
}

fn receives(lane: Lane, udp: bool, text: &str) -> Event {
    call(lane, udp, Op::Receives, text)
}

fn refused(lane: Lane) -> Event {
    let error = Some(Failure {
        kind: "ConnectionRefused".into(),
        text: "Connection refused".into(),
        after: 0,
    });
    Event { error, ..receives(lane, true, "") }
}

/// The parts of each receive, as `#1[0..9]`, and what is unread after.
fn slices(events: &[Event]) -> Vec<(String, u64)> {
    let mut attribution = Attribution::new(vec![true, true]);
    let rows = events.iter().filter_map(|event| attribution.row(event));
    rows.filter_map(|row| match row.kind {
        RowKind::Receives { slices, on_way, .. } => {
            let slices: Vec<String> = slices
                .iter()
                .map(|Slice { send, range, .. }| format!("#{send}{range:?}"))
                .collect();
            Some((slices.join(" "), on_way.unwrap_or(999)))
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
    assert_eq!(slices(&events), [(all.to_owned(), 0)]);
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
    assert_eq!(slices(&events), wanted.map(|(p, n)| (p.to_owned(), n)));
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
    assert_eq!(slices(&events), wanted.map(|(p, n)| (p.to_owned(), n)));
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
    assert_eq!(slices(&events), wanted.map(|(p, n)| (p.to_owned(), n)));
}

#[test]
fn a_lost_datagram_is_not_taken_for_the_next() {
    let events = [
        sends(CLIENT, true, "lost"),
        sends(CLIENT, true, "came"),
        receives(SERVER, true, "came"),
    ];
    assert_eq!(slices(&events), [("#20..4".to_owned(), 4)]);
}

#[test]
fn after_a_refusal_the_same_datagram_sent_again_is_the_one_that_came() {
    let events = [
        sends(CLIENT, true, "again"),
        refused(CLIENT),
        sends(CLIENT, true, "again"),
        receives(SERVER, true, "again"),
    ];
    assert_eq!(slices(&events), [("#20..5".to_owned(), 0)]);
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
    attribution.row(&Event::at_once(CLIENT, 0, Op::Ends(None)));
    assert!(attribution.is_due(&receives(SERVER, false, "abc")));
}

/// A client behind the network: it sees the network's port, and the server
/// sees another.
fn behind_network(mut event: Event) -> Event {
    let peer = if event.lane == CLIENT { 7000 } else { 7001 };
    if let Some(link) = &mut event.link {
        link.peer = Some(address(peer));
    }
    event
}

fn network() -> Attribution {
    let mut attribution = Attribution::new(vec![true, true]);
    attribution.through_network(address(7000), address(80), false);
    network_event(&mut attribution, Action::Pairs { back: address(7001) });
    attribution
}

fn network_event(attribution: &mut Attribution, action: Action) -> Vec<Event> {
    let event = NetworkEvent { at: 0, client: address(5000), action };
    attribution.network_event(event)
}

fn takes(fate: Fate) -> Action {
    let head = b"text".to_vec();
    Action::Takes { direction: Direction::Server, len: 4, head, fate }
}

fn passes(place: u64) -> Action {
    Action::Passes { direction: Direction::Server, place }
}

/// Draws a client's sends and then what the server received: the number, and
/// whether it came again.
fn arrivals(
    attribution: &mut Attribution,
    sends_of: &[&str],
    receives_of: &[&str],
) -> Vec<(usize, bool)> {
    for text in sends_of {
        attribution.row(&behind_network(sends(CLIENT, true, text)));
    }
    let mut arrivals = Vec::new();
    for text in receives_of {
        let event = behind_network(receives(SERVER, true, text));
        assert!(attribution.is_due(&event), "{text}");
        let row = attribution.row(&event).unwrap();
        let RowKind::Receives { slices, again, .. } = row.kind else {
            panic!()
        };
        arrivals.push((slices[0].send, again));
    }
    arrivals
}

#[test]
fn the_network_tells_which_of_the_same_datagrams_came() {
    let mut attribution = network();
    let plain = Fate::Passes { copies: 1, late: false };
    for fate in [Fate::Lost, Fate::Passes { copies: 2, late: true }, plain] {
        network_event(&mut attribution, takes(fate));
    }
    for place in [2, 1, 1] {
        network_event(&mut attribution, passes(place));
    }
    let received = arrivals(&mut attribution, &["same"; 3], &["same"; 3]);
    assert_eq!(received, [(3, false), (2, false), (2, true)]);
    assert_eq!(attribution.never_read(), 0);
}

#[test]
fn a_send_waits_for_its_fate_and_a_receive_for_its_passing() {
    let mut attribution = network();
    let send = behind_network(sends(CLIENT, true, "text"));
    assert!(!attribution.is_due(&send));
    network_event(
        &mut attribution,
        takes(Fate::Passes { copies: 1, late: false }),
    );
    assert!(attribution.is_due(&send));
    attribution.row(&send);
    let receive = behind_network(receives(SERVER, true, "text"));
    assert!(!attribution.is_due(&receive));
    network_event(&mut attribution, passes(0));
    assert!(attribution.is_due(&receive));
}

#[test]
fn a_lost_datagram_is_not_unread_and_a_doubled_one_is_twice() {
    let mut attribution = network();
    let fates = [Fate::Lost, Fate::Passes { copies: 2, late: false }];
    let unread = fates.map(|fate| {
        network_event(&mut attribution, takes(fate));
        attribution.row(&behind_network(sends(CLIENT, true, "text")));
        attribution.flows.values().map(FlowState::on_way).sum::<u64>()
    });
    assert_eq!(unread, [0, 8]);
}

#[test]
fn of_several_datagrams_the_last_one_met_nobody() {
    let mut attribution = network();
    let fate = Fate::Passes { copies: 1, late: false };
    for place in [0, 1] {
        network_event(&mut attribution, takes(fate));
        network_event(&mut attribution, passes(place));
    }
    let refusal = network_event(&mut attribution, Action::MeetsNobody);
    let received = arrivals(&mut attribution, &["same"; 2], &["same"]);
    assert_eq!(received, [(1, false)]);
    let sends = vec![2];
    let kind = RowKind::Network(NetworkRow::MeetsNobody { sends });
    assert_eq!(attribution.row(&refusal[0]).unwrap().kind, kind);
    assert_eq!(attribution.never_read(), 0);
}

#[test]
fn a_stream_through_the_network_is_attributed_by_its_offsets() {
    let mut attribution = network();
    attribution.row(&behind_network(sends(CLIENT, false, "abc")));
    let receive = behind_network(receives(SERVER, false, "ab"));
    assert!(attribution.is_due(&receive));
    let row = attribution.row(&receive).unwrap();
    let slice = Slice { send: 1, range: 0..2, of: 3 };
    assert!(
        matches!(row.kind, RowKind::Receives { slices, .. } if slices == [slice])
    );
}

#[test]
fn after_a_cut_the_end_of_the_stream_needs_no_close() {
    let mut attribution = network();
    attribution.row(&behind_network(sends(CLIENT, false, "abc")));
    let end = behind_network(receives(SERVER, false, ""));
    assert!(!attribution.is_due(&end));
    network_event(&mut attribution, Action::Cuts { after: 0 });
    assert!(attribution.is_due(&end));
}

#[test]
fn the_loss_of_a_silent_program_is_a_row_of_the_networks() {
    let mut attribution = Attribution::new(vec![false, true]);
    attribution.through_network(address(7000), address(80), false);
    let event = network_event(&mut attribution, takes(Fate::Lost));
    let kind = RowKind::Network(NetworkRow::Loses { len: 4 });
    assert_eq!(attribution.row(&event[0]).unwrap().kind, kind);
}

#[test]
fn of_a_program_that_only_the_wire_shows_each_piece_is_a_send() {
    let mut attribution = Attribution::new(vec![false, true]);
    attribution.only_wire(CLIENT);
    attribution.through_network(address(7000), address(80), false);
    let back = Action::Pairs { back: address(7001) };
    let mut events = network_event(&mut attribution, back);
    let carries = Action::Carries {
        direction: Direction::Server,
        len: 3,
        head: b"abc".to_vec(),
    };
    events.extend(network_event(&mut attribution, carries));
    events.push(behind_network(receives(SERVER, false, "abc")));
    let rows: Vec<Row> =
        events.iter().filter_map(|event| attribution.row(event)).collect();
    let slice = Slice { send: 1, range: 0..3, of: 3 };
    assert!(matches!(&rows[0].kind, RowKind::Connects { .. }), "{rows:?}");
    assert!(
        matches!(&rows[2].kind,
            RowKind::Receives { slices, .. } if *slices == [slice]),
        "{rows:?}"
    );
}

#[test]
fn a_send_that_took_less_than_it_was_given_is_corrected() {
    let mut attribution = Attribution::new(vec![true, true]);
    let begun = Event { ended: None, ..sends(CLIENT, false, "abcdef") };
    attribution.row(&begun);
    attribution.row(&sends(CLIENT, false, "abcd"));
    attribution.row(&sends(CLIENT, false, "xy"));
    let row = attribution.row(&receives(SERVER, false, "abcdxy")).unwrap();
    let slices_of = |number, of| Slice { send: number, range: 0..of, of };
    let RowKind::Receives { slices, .. } = row.kind else { panic!() };
    assert_eq!(slices[0], slices_of(1, 4));
    assert_eq!(slices[1].range, 0..2);
}

#[test]
fn bytes_that_were_moved_unseen_are_attributed_to_nobody() {
    let mut attribution = Attribution::new(vec![true, true]);
    attribution.row(&sends(CLIENT, false, "seen"));
    attribution.row(&sends(CLIENT, false, "more"));
    for text in ["unseenseen", "more"] {
        let row = attribution.row(&receives(SERVER, false, text)).unwrap();
        let RowKind::Receives { slices, .. } = row.kind else { panic!() };
        assert_eq!(slices, []);
    }
    assert_eq!(attribution.never_read(), 0);
}

#[test]
fn a_receive_names_the_frames_of_the_sends_it_took() {
    let mut attribution = Attribution::new(vec![true, true]);
    attribution.row(&sends(CLIENT, false, "GET / HTTP/1.1\r\n\r\n"));
    attribution.row(&receives(SERVER, false, "GET / HTTP/1.1\r\n\r\n"));
    attribution.row(&sends(CLIENT, false, "\u{1}\u{2}ab"));
    let parts = ["\u{1}\u{2}a", "b"].map(|text| {
        let row = attribution.row(&receives(SERVER, false, text)).unwrap();
        let RowKind::Receives { frames, .. } = row.kind else { panic!() };
        (frames.len(), frames[0].begins, frames[0].ends)
    });
    assert_eq!(parts, [(1, true, false), (1, false, true)]);
}

#[test]
fn frames_are_named_where_no_send_was_seen_too() {
    let mut attribution = Attribution::new(vec![false, true]);
    let mut receives = |text: &str| {
        let row = attribution.row(&receives(SERVER, false, text)).unwrap();
        let RowKind::Receives { frames, .. } = row.kind else { panic!() };
        frames
    };
    assert_eq!(receives("GET / HTTP/1.1\r\n\r\n"), []);
    assert_eq!(receives("\u{1}\u{2}ab\u{9}\u{0}").len(), 2);
}
