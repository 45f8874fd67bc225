//! Events of several programs, put into one order.
//!
//! The programs report their calls when these have ended, each through a pipe
//! of its own. So an event is held back for a moment, in case another one
//! that came before it is still on its way; and a receive is held until the
//! sends that it took its bytes from have been drawn.

use std::collections::HashMap;
use std::time::Duration;

use crate::timeline::attribute::Attribution;
use crate::timeline::event::{Event, Lane, Link, Op};
use crate::timeline::network_event::NetworkEvent;
use crate::timeline::row::Row;

use super::tap::{self, Report};

/// How long an event is held back; a call that waits longer is drawn waiting.
pub const WINDOW: Duration = Duration::from_millis(40);

/// How long a receive without its sends is held.
const PATIENCE: Duration = Duration::from_secs(2);

/// Events that are not drawn yet.
pub struct Merge {
    attribution: Attribution,
    pending: Vec<Event>,
    /// Lines that the tap said were printed and that did not arrive yet.
    printed: Vec<(Lane, u64, Report)>,
    /// When each program was last seen; its own words come after it.
    last_seen: Vec<u64>,
    /// When each program first waited.
    first_waits: HashMap<Lane, u64>,
}

impl Merge {
    /// For a plan, whose programs report their calls where this says so.
    pub fn new(event: Vec<bool>) -> Merge {
        Merge {
            last_seen: vec![0; event.len()],
            first_waits: HashMap::new(),
            attribution: Attribution::new(event),
            pending: Vec::new(),
            printed: Vec::new(),
        }
    }

    /// Notes that a network stands between the two sides.
    pub fn through_network(&mut self, front: u16, server: u16) {
        self.attribution.through_network(front, server);
    }

    /// Takes an event of the network.
    pub fn network_event(&mut self, event: NetworkEvent) {
        if let Some(Event { at, lane, op }) =
            self.attribution.network_event(event)
        {
            self.add(at, lane, op);
        }
    }

    /// Takes a line of a program's stderr.
    pub fn stderr(&mut self, lane: Lane, line: &str, now: u64) {
        let Some(report) = tap::parse(line) else {
            let says = Op::Says(line.to_owned());
            return self.add(now.max(self.last_seen[lane]), lane, says);
        };
        // What a program said before this call came before it.
        for event in self.pending.iter_mut().filter(|event| event.lane == lane)
        {
            if matches!(event.op, Op::Says(_)) {
                event.at = event.at.min(report.start);
            }
        }
        self.pending.sort_by_key(|event| event.at);
        let end = report.end.unwrap_or(report.start);
        self.last_seen[lane] = self.last_seen[lane].max(end);
        if report.op == "print" {
            return self.note_print(lane, report);
        }
        match report.end {
            Some(_) => self.forget_short_wait(lane, &report),
            None => {
                self.first_waits.entry(lane).or_insert(report.start);
            }
        }
        if let Some((at, op)) = report.event() {
            self.add(at, lane, op);
        }
    }

    /// Takes a line of a program's stdout.
    pub fn stdout(&mut self, lane: Lane, line: &str, now: u64) {
        let place = self.printed.iter().position(|(printer, _, report)| {
            *printer == lane && is_print_of(report, line)
        });
        let at = place.map_or(now, |place| self.printed.remove(place).1);
        self.add(at, lane, Op::Prints(line.to_owned()));
    }

    /// Notes that a program is over, and how if it did not succeed.
    pub fn ended(&mut self, lane: Lane, how: Option<String>, now: u64) {
        self.attribution.ended(lane);
        self.add(now.max(self.last_seen[lane]), lane, Op::Ends(how));
    }

    /// Forgets a program's last moments: it will be started again.
    pub fn forget(&mut self, lane: Lane) {
        self.pending.retain(|event| event.lane != lane);
        self.printed.retain(|(printer, ..)| *printer != lane);
    }

    /// The rows that can be drawn by now; all of them once `over`.
    pub fn rows(&mut self, now: u64, over: bool) -> Vec<Row> {
        let mut rows = Vec::new();
        while let Some(event) = self.next(now, over) {
            rows.extend(self.attribution.row(&event));
        }
        rows
    }

    /// The bytes that were sent and that nobody took.
    pub fn never_read(&self) -> u64 {
        self.attribution.never_read()
    }

    fn add(&mut self, at: u64, lane: Lane, op: Op) {
        let place = self.pending.partition_point(|event| event.at <= at);
        self.pending.insert(place, Event { at, lane, op });
    }

    /// The first event whose time has come and that waits for no other.
    fn next(&mut self, now: u64, over: bool) -> Option<Event> {
        let age =
            |event: &Event| Duration::from_nanos(now.saturating_sub(event.at));
        let mut held: Vec<(Lane, Option<Link>)> = Vec::new();
        let place = self.pending.iter().position(|event| {
            let (lane, link) = (event.lane, event.op.link());
            let behind = held.iter().any(|(other, of)| {
                *other == lane && (*of == link || link.is_none())
            });
            let due = !behind
                && (over || age(event) >= WINDOW)
                && (self.attribution.is_due(event) || age(event) > PATIENCE);
            if !due {
                held.push((lane, link));
            }
            due
        });
        // At the very end nothing can come any more that would be waited for.
        let rest = over && !self.pending.is_empty();
        let place = place.or(rest.then_some(0))?;
        Some(self.pending.remove(place))
    }

    /// A line that was printed takes its time from the tap, since stdout and
    /// stderr are two pipes; its text from stdout, since that is the truth.
    fn note_print(&mut self, lane: Lane, report: Report) {
        let waiting = self.pending.iter().position(|event| {
            event.lane == lane
                && event.at > report.start
                && matches!(&event.op, Op::Prints(line)
                    if is_print_of(&report, line))
        });
        match waiting {
            Some(place) => {
                let event = self.pending.remove(place);
                self.add(report.start, lane, event.op);
            }
            None => self.printed.push((lane, report.start, report)),
        }
    }

    /// A wait that is over within the window is not worth a row, save a
    /// server's first: how it waits for a peer, everybody should see.
    fn forget_short_wait(&mut self, lane: Lane, report: &Report) {
        let took = report.end.unwrap_or(report.start) - report.start;
        let first = self.first_waits.get(&lane) == Some(&report.start);
        let is_server = lane + 1 == self.last_seen.len();
        let busy = report.op == "busy";
        let short = u128::from(took) < WINDOW.as_nanos();
        if !short || busy || (first && is_server) {
            return;
        }
        let wait = self.pending.iter().position(|event| {
            event.lane == lane
                && event.at == report.start
                && matches!(event.op, Op::Waits { .. })
        });
        if let Some(place) = wait {
            self.pending.remove(place);
        }
    }
}

fn is_print_of(report: &Report, line: &str) -> bool {
    let head = report.head();
    line.len() as u64 == report.len && line.as_bytes().starts_with(&head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::row::RowKind;

    const CLIENT: Lane = 0;
    const SERVER: Lane = 1;
    const SECOND: u64 = 1_000_000_000;

    /// A line of the tap, with times in milliseconds.
    fn line(lane: Lane, op: &str, start: u64, end: Option<u64>) -> String {
        let ports = [5000, 80];
        let (local, peer) = (ports[lane], ports[1 - lane]);
        let end =
            end.map_or("null".into(), |end| format!("{}", end * 1_000_000));
        let start = start * 1_000_000;
        format!(
            "{{\"tap\":1,\"op\":\"{op}\",\"proto\":\"tcp\",\
             \"local\":\"127.0.0.1:{local}\",\"peer\":\"127.0.0.1:{peer}\",\
             \"start\":{start},\"end\":{end},\"len\":1,\"head\":\"78\",\
             \"error\":null}}"
        )
    }

    fn names(rows: &[Row]) -> Vec<&'static str> {
        let name = |row: &Row| match &row.kind {
            RowKind::Waits(_) => "waits",
            RowKind::Sends { .. } => "send",
            RowKind::Receives { .. } => "recv",
            RowKind::Prints(_) => "prints",
            RowKind::Says(_) => "says",
            RowKind::Ends(_) => "ends",
            _ => "other",
        };
        rows.iter().map(name).collect()
    }

    #[test]
    fn a_receive_that_is_heard_first_is_drawn_after_its_send() {
        let mut merge = Merge::new(vec![true, true]);
        merge.stderr(SERVER, &line(SERVER, "recv", 1, Some(5)), 0);
        assert!(merge.rows(SECOND, false).is_empty());
        merge.stderr(CLIENT, &line(CLIENT, "send", 9, Some(10)), 0);
        assert_eq!(names(&merge.rows(SECOND, false)), ["send", "recv"]);
    }

    #[test]
    fn a_receive_whose_send_is_never_told_is_drawn_in_the_end() {
        let mut merge = Merge::new(vec![true, true]);
        merge.stderr(SERVER, &line(SERVER, "recv", 1, Some(5)), 0);
        assert_eq!(names(&merge.rows(3 * SECOND, false)), ["recv"]);
    }

    #[test]
    fn only_a_long_wait_is_drawn() {
        let mut merge = Merge::new(vec![true, true]);
        for (start, end) in [(1, 3), (100, 200)] {
            merge.stderr(CLIENT, &line(CLIENT, "recv", start, None), 0);
            merge.stderr(CLIENT, &line(CLIENT, "recv", start, Some(end)), 0);
        }
        assert_eq!(names(&merge.rows(0, true)), ["recv", "waits", "recv"]);
    }

    #[test]
    fn the_first_wait_of_a_server_is_drawn_however_short() {
        let mut merge = Merge::new(vec![true, true]);
        for (start, end) in [(1, 2), (3, 4)] {
            merge.stderr(SERVER, &line(SERVER, "recv", start, None), 0);
            merge.stderr(SERVER, &line(SERVER, "recv", start, Some(end)), 0);
        }
        assert_eq!(names(&merge.rows(0, true)), ["waits", "recv", "recv"]);
    }

    #[test]
    fn a_printed_line_takes_its_time_from_the_tap() {
        let print = line(CLIENT, "print", 5, Some(5));
        let send = line(CLIENT, "send", 6, Some(7));
        for tap_first in [true, false] {
            let mut merge = Merge::new(vec![true, true]);
            if tap_first {
                merge.stderr(CLIENT, &print, 0);
            }
            merge.stdout(CLIENT, "x", 8_000_000);
            if !tap_first {
                merge.stderr(CLIENT, &print, 0);
            }
            merge.stderr(CLIENT, &send, 0);
            assert_eq!(names(&merge.rows(0, true)), ["prints", "send"]);
        }
    }

    #[test]
    fn a_programs_words_stay_before_the_call_that_follows_them() {
        let mut merge = Merge::new(vec![true, true]);
        merge.stderr(CLIENT, "warning: x", 9_000_000);
        merge.stderr(CLIENT, &line(CLIENT, "send", 6, Some(7)), 0);
        merge.ended(CLIENT, Some("ends".into()), 0);
        let rows = merge.rows(0, true);
        assert_eq!(names(&rows), ["says", "send", "ends"]);
    }
}
