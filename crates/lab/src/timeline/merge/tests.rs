//! Events made by hand, put into one order.

use super::super::event::Bytes;
use super::super::row::RowKind;
use super::*;

const CLIENT: Lane = 0;
const SERVER: Lane = 1;
const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;

/// A call, with times in milliseconds.
fn call(lane: Lane, op: Op, began: u64, ended: Option<u64>) -> Event {
    let ends = ["127.0.0.1:5000", "127.0.0.1:80"];
    let address = |lane: Lane| ends[lane].parse().ok();
    Event {
        began: began * MILLISECOND,
        ended: ended.map(|ended| ended * MILLISECOND),
        lane,
        op,
        link: Some(Link::new(false, address(lane), address(1 - lane))),
        bytes: Bytes { len: 1, head: b"x".to_vec(), calls: 1, took: 0 },
        error: None,
    }
}

fn names(rows: &[Row]) -> Vec<&'static str> {
    let name = |row: &Row| match &row.kind {
        RowKind::Waits(_) => "waits",
        RowKind::Connects { .. } => "connect",
        RowKind::Sends { .. } => "send",
        RowKind::SendEnds { .. } => "send ends",
        RowKind::Receives { .. } => "recv",
        RowKind::Prints(_) => "prints",
        RowKind::Says(_) => "says",
        RowKind::Ends(_) => "ends",
        _ => "other",
    };
    rows.iter().map(name).collect()
}

fn both_seen() -> Merge {
    Merge::new(vec![true, true])
}

#[test]
fn a_receive_that_is_heard_first_is_drawn_after_its_send() {
    let mut merge = both_seen();
    merge.event(call(SERVER, Op::Receives, 1, Some(5)));
    assert!(merge.rows(SECOND, false).is_empty());
    merge.event(call(CLIENT, Op::Sends, 9, Some(10)));
    assert_eq!(names(&merge.rows(SECOND, false)), ["send", "recv"]);
}

#[test]
fn no_row_is_earlier_than_the_one_above() {
    let mut merge = both_seen();
    merge.event(call(SERVER, Op::Receives, 1, Some(5)));
    merge.event(call(CLIENT, Op::Sends, 9, Some(10)));
    let times: Vec<u64> =
        merge.rows(SECOND, false).iter().map(|row| row.at).collect();
    assert_eq!(times, [9 * MILLISECOND, 9 * MILLISECOND]);
}

#[test]
fn a_receive_whose_send_is_never_told_is_drawn_in_the_end() {
    let mut merge = both_seen();
    merge.event(call(SERVER, Op::Receives, 1, Some(5)));
    assert_eq!(names(&merge.rows(3 * SECOND, false)), ["recv"]);
}

#[test]
fn only_a_long_wait_is_drawn() {
    let mut merge = both_seen();
    for (start, end) in [(1, 3), (100, 200)] {
        merge.event(call(CLIENT, Op::Receives, start, None));
        merge.event(call(CLIENT, Op::Receives, start, Some(end)));
    }
    assert_eq!(names(&merge.rows(0, true)), ["recv", "waits", "recv"]);
}

#[test]
fn the_first_wait_of_a_server_is_drawn_however_short() {
    let mut merge = both_seen();
    for (start, end) in [(1, 2), (3, 4)] {
        merge.event(call(SERVER, Op::Receives, start, None));
        merge.event(call(SERVER, Op::Receives, start, Some(end)));
    }
    assert_eq!(names(&merge.rows(0, true)), ["waits", "recv", "recv"]);
}

#[test]
fn a_long_connect_is_drawn_when_it_begins_and_when_it_ends() {
    let mut merge = both_seen();
    merge.event(call(CLIENT, Op::Connects, 1, None));
    merge.event(call(SERVER, Op::Prints("x".into()), 100, Some(100)));
    merge.event(call(CLIENT, Op::Connects, 1, Some(500)));
    let rows = merge.rows(0, true);
    assert_eq!(names(&rows), ["waits", "prints", "connect"]);
    assert_eq!(rows[2].at, 500 * MILLISECOND);
}

#[test]
fn a_send_that_blocks_is_drawn_when_it_begins_and_its_bytes_can_be_received() {
    let mut merge = both_seen();
    merge.event(call(CLIENT, Op::Sends, 1, None));
    merge.event(call(SERVER, Op::Receives, 100, Some(150)));
    let rows = merge.rows(SECOND, false);
    assert_eq!(names(&rows), ["send", "recv"]);
    merge.event(call(CLIENT, Op::Sends, 1, Some(300)));
    assert_eq!(names(&merge.rows(SECOND, false)), ["send ends"]);
}

#[test]
fn a_send_that_is_over_soon_is_one_row() {
    let mut merge = both_seen();
    merge.event(call(CLIENT, Op::Sends, 1, None));
    merge.event(call(CLIENT, Op::Sends, 1, Some(2)));
    assert_eq!(names(&merge.rows(SECOND, false)), ["send"]);
}

#[test]
fn a_printed_line_takes_its_time_from_the_report() {
    for report_first in [true, false] {
        let mut merge = both_seen();
        let report = (5 * MILLISECOND, 1, b"x".to_vec());
        if report_first {
            merge.announce(CLIENT, true, report.clone());
        }
        merge.line(CLIENT, true, "x", 8 * MILLISECOND);
        if !report_first {
            merge.announce(CLIENT, true, report);
        }
        merge.event(call(CLIENT, Op::Sends, 6, Some(7)));
        assert_eq!(names(&merge.rows(0, true)), ["prints", "send"]);
    }
}

#[test]
fn a_programs_words_come_after_the_calls_that_were_seen_before() {
    let mut merge = both_seen();
    merge.event(call(CLIENT, Op::Sends, 6, Some(7)));
    merge.line(CLIENT, false, "warning: x", 0);
    merge.ended(CLIENT, Some("ends".into()), 0);
    assert_eq!(names(&merge.rows(0, true)), ["send", "says", "ends"]);
}
