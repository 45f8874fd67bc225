//! Events of several programs, put into one order.
//!
//! Each program reports its calls by a way of its own. So an event is held
//! back for a moment, in case another one that came before it is still on its
//! way; and a receive is held until the sends that it took its bytes from
//! have been drawn. No row is earlier than the one above it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use crate::network::event::NetworkEvent;

use super::attribute::Attribution;
use super::event::{Event, LONG, Lane, Link, Op};
use super::row::Row;

/// How long an event is held back; a call that waits longer is drawn waiting.
const WINDOW: Duration = Duration::from_nanos(LONG);

/// How long a receive without its sends is held.
const PATIENCE: Duration = Duration::from_secs(2);

/// A line that a program said it would print, and that did not arrive yet.
struct Announced {
    at: u64,
    len: u64,
    head: Vec<u8>,
}

/// Events that are not drawn yet.
pub struct Merge {
    attribution: Attribution,
    /// By their times.
    pending: VecDeque<Event>,
    /// By program, and whether it goes to stdout.
    announced: HashMap<(Lane, bool), VecDeque<Announced>>,
    /// When each program was last seen; its own words come after it.
    last_seen: Vec<u64>,
    /// When each program first waited.
    first_waits: HashMap<Lane, u64>,
    /// When the last row was.
    last_row: u64,
}

impl Merge {
    /// For a plan, whose programs' calls are seen where this says so.
    pub fn new(seen: Vec<bool>) -> Merge {
        Merge {
            last_seen: vec![0; seen.len()],
            first_waits: HashMap::new(),
            attribution: Attribution::new(seen),
            pending: VecDeque::new(),
            announced: HashMap::new(),
            last_row: 0,
        }
    }

    /// The attribution, for what a run knows beforehand.
    pub fn attribution(&mut self) -> &mut Attribution {
        &mut self.attribution
    }

    /// The time up to which a program was seen.
    pub fn last_seen(&self, lane: Lane) -> u64 {
        self.last_seen[lane]
    }

    /// Takes an event of the network.
    pub fn network_event(&mut self, event: NetworkEvent) {
        for event in self.attribution.network_event(event) {
            self.add(event);
        }
    }

    /// Takes a call.
    pub fn event(&mut self, event: Event) {
        let lane = event.lane;
        let end = event.ended.unwrap_or(event.began);
        self.last_seen[lane] = self.last_seen[lane].max(end);
        match event.ended {
            Some(_) => self.forget_beginning(&event),
            None => {
                self.first_waits.entry(lane).or_insert(event.began);
            }
        }
        self.add(event);
    }

    /// Takes a line of a program's stdout or stderr. It takes its place from
    /// the program's own report, if there is one, since two ways lead here;
    /// its text from the stream, since that is the truth.
    pub fn line(&mut self, lane: Lane, stdout: bool, line: &str, now: u64) {
        let announced = self.announced.entry((lane, stdout)).or_default();
        let place = announced.iter().position(|line_of| line_of.is(line));
        let at = match place.and_then(|place| announced.remove(place)) {
            Some(announced) => announced.at,
            None if stdout => now,
            None => now.max(self.last_seen[lane]),
        };
        let text = line.to_owned();
        let op = if stdout { Op::Prints(text) } else { Op::Says(text) };
        self.add(Event::at_once(lane, at, op));
    }

    /// Takes a program's report that a line is printed.
    pub fn announce(
        &mut self,
        lane: Lane,
        stdout: bool,
        (at, len, head): (u64, u64, Vec<u8>),
    ) {
        let announced = Announced { at, len, head };
        let here = self.pending.iter().position(|event| {
            event.lane == lane
                && event.began > at
                && match &event.op {
                    Op::Prints(line) => stdout && announced.is(line),
                    Op::Says(line) => !stdout && announced.is(line),
                    _ => false,
                }
        });
        match here {
            Some(place) => {
                if let Some(event) = self.pending.remove(place) {
                    self.add(Event::at_once(lane, at, event.op));
                }
            }
            None => self
                .announced
                .entry((lane, stdout))
                .or_default()
                .push_back(announced),
        }
    }

    /// Notes that a program is over, and how if it did not succeed.
    pub fn ended(&mut self, lane: Lane, how: Option<String>, now: u64) {
        let at = now.max(self.last_seen[lane]);
        self.add(Event::at_once(lane, at, Op::Ends(how)));
    }

    /// Notes something that lab has to say about a program.
    pub fn says(&mut self, lane: Lane, words: String, now: u64) {
        let at = now.max(self.last_seen[lane]);
        self.add(Event::at_once(lane, at, Op::Says(words)));
    }

    /// Forgets a program's last moments: it will be started again.
    pub fn forget(&mut self, lane: Lane) {
        self.pending.retain(|event| event.lane != lane);
        self.announced.retain(|(of, _), _| *of != lane);
    }

    /// The rows that can be drawn by now; all of them once `over`.
    pub fn rows(&mut self, now: u64, over: bool) -> Vec<Row> {
        let mut rows = Vec::new();
        while self.draw(now, over, &mut rows) {}
        rows
    }

    /// The bytes that were sent and that nobody took.
    pub fn never_read(&self) -> u64 {
        self.attribution.never_read()
    }

    fn add(&mut self, event: Event) {
        let at = event.at();
        let place = self.pending.partition_point(|event| event.at() <= at);
        self.pending.insert(place, event);
    }

    /// Draws the first event whose time has come and that waits for no other;
    /// whether there was one.
    fn draw(&mut self, now: u64, over: bool, rows: &mut Vec<Row>) -> bool {
        let age = |event: &Event| {
            Duration::from_nanos(now.saturating_sub(event.at()))
        };
        // What is held, by program, and by program and socket.
        let mut lanes: HashSet<Lane> = HashSet::new();
        let mut links: HashSet<(Lane, Option<Link>)> = HashSet::new();
        let mut due = None;
        for (place, event) in self.pending.iter().enumerate() {
            if !over && age(event) < WINDOW {
                break;
            }
            let socket = (event.lane, event.link);
            let behind = links.contains(&socket)
                || event.link.is_none() && lanes.contains(&event.lane);
            if !behind
                && (self.attribution.is_due(event) || age(event) > PATIENCE)
            {
                due = Some(place);
                break;
            }
            lanes.insert(event.lane);
            links.insert(socket);
        }
        // At the very end nothing can come any more that would be waited for.
        let place = due.or(over.then_some(0));
        let event = place.and_then(|place| self.pending.remove(place));
        let Some(event) = event else { return false };
        rows.extend(self.row(&event));
        true
    }

    fn row(&mut self, event: &Event) -> Option<Row> {
        let mut row = self.attribution.row(event)?;
        row.at = row.at.max(self.last_row);
        self.last_row = row.at;
        Some(row)
    }

    /// The beginning of a call that is over within the window is not worth a
    /// row, save a server's first wait: how it waits for a peer, everybody
    /// should see. And what was sent is drawn as that, not as a wait.
    fn forget_beginning(&mut self, ended: &Event) {
        let first = self.first_waits.get(&ended.lane) == Some(&ended.began);
        let is_server = ended.lane + 1 == self.last_seen.len();
        let waits = matches!(ended.op, Op::Accepts | Op::Receives | Op::Peeks);
        let long = u128::from(ended.took()) >= WINDOW.as_nanos();
        let drawn = waits && (long || first && is_server);
        let begins = matches!(ended.op, Op::Connects | Op::Sends);
        if drawn || begins && long {
            return;
        }
        self.undo(ended.lane, ended.began);
    }

    /// Forgets that a call began, as far as it is not drawn.
    pub fn undo(&mut self, lane: Lane, began: u64) {
        let from = self.pending.partition_point(|e| e.at() < began);
        let same = self
            .pending
            .range(from..)
            .take_while(|event| event.at() == began)
            .position(|event| event.lane == lane && event.ended.is_none());
        if let Some(place) = same {
            self.pending.remove(from + place);
        }
    }
}

impl Announced {
    fn is(&self, line: &str) -> bool {
        line.len() as u64 == self.len && line.as_bytes().starts_with(&self.head)
    }
}

#[cfg(test)]
mod tests;
