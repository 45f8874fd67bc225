//! What is known of one student: counts and last words, so that it costs the
//! same however much a student sends.

use std::net::IpAddr;
use std::time::Instant;

use programs::lang::{tr, tr_with};

use crate::draw::bytes::show;
use crate::timeline::event::{Bytes, Event, Op};
use crate::timeline::frames::{Part, are_heartbeats};

/// How many of the last message's bytes are kept.
const KEPT: usize = 48;

/// A student: all that came from one address.
pub struct Student {
    pub ip: IpAddr,
    pub name: String,
    /// How often the student came, where that can be told, and how many of
    /// these visits are open.
    pub visits: u64,
    pub open: u64,
    pub received: Moved,
    pub sent: Moved,
    /// How the last visit ended.
    pub ended: Option<Ended>,
    /// A call of the server for this student failed, and nothing moved since.
    pub failed: bool,
    /// What the server said about the student last.
    pub words: String,
    pub turned_away: u64,
    /// There is no place yet.
    pub waits: bool,
    pub seen: Instant,
    /// It changed since it was drawn.
    pub changed: bool,
}

/// What moved one way.
#[derive(Default)]
pub struct Moved {
    pub calls: u64,
    pub bytes: u64,
    /// Calls with nothing but pings and pongs, which are in neither.
    heartbeats: u64,
    /// The last message, as it is shown.
    pub last: String,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ended {
    /// The server's own program succeeded.
    Done,
    /// It failed.
    Failed,
    /// A server for all closed the connection.
    Closed,
    /// Nothing came any more.
    Silent,
}

impl Student {
    /// One who has just come.
    pub fn new(ip: IpAddr, name: Option<&str>) -> Student {
        Student {
            ip,
            name: name.map_or_else(|| ip.to_string(), str::to_owned),
            visits: 0,
            open: 0,
            received: Moved::default(),
            sent: Moved::default(),
            ended: None,
            failed: false,
            words: String::new(),
            turned_away: 0,
            waits: false,
            seen: Instant::now(),
            changed: true,
        }
    }

    /// Counts a call of the server, and what WebSocket's frames are in it.
    pub fn count(&mut self, event: &Event, frames: &[Part]) {
        let counts = event.ended.is_some() && event.error.is_none();
        self.failed |= event.error.is_some();
        // A recv of 0 bytes from a stream is its end, not a message.
        let udp = event.link.is_some_and(|link| link.udp);
        let is_message = udp || event.bytes.len > 0;
        match event.op {
            Op::Receives if counts && is_message => {
                self.received.add(&event.bytes, frames);
            }
            Op::Sends if counts => self.sent.add(&event.bytes, frames),
            _ => return,
        }
        // Lesson 09's server goes on after a recv that brought nothing in
        // time: it sends a ping.
        self.failed = false;
        self.touch();
    }

    /// Notes that something happened.
    pub fn touch(&mut self) {
        self.seen = Instant::now();
        self.changed = true;
    }

    /// How it stands with the student, in a word or two.
    pub fn state(&self) -> String {
        let ended = match self.ended {
            _ if self.open > 1 => {
                return tr_with("{count} open", &[("count", &self.open)]);
            }
            _ if self.open > 0 => "open",
            _ if self.waits => "waits",
            None if self.turned_away > 0 => "too many",
            None => "",
            Some(Ended::Done) => "done",
            Some(Ended::Failed) => "failed",
            Some(Ended::Closed) => "closed",
            Some(Ended::Silent) => "silent",
        };
        tr(ended).into()
    }
}

impl Moved {
    fn add(&mut self, bytes: &Bytes, frames: &[Part]) {
        if are_heartbeats(frames) {
            self.heartbeats += 1;
            return;
        }
        self.calls = self.calls.saturating_add(bytes.calls.max(1));
        self.bytes = self.bytes.saturating_add(bytes.len);
        if frames.is_empty() {
            let head = &bytes.head[..bytes.head.len().min(KEPT)];
            self.last = show(head, bytes.len > head.len() as u64);
        }
        for part in frames.iter().filter(|part| part.is_message()) {
            self.last = match &part.payload {
                Some(payload) => show(payload, false),
                None => format!("{} B…", part.frame.payload),
            };
        }
    }

    /// In words: how often, how much, and the last of it.
    pub fn words(&self, call: &str) -> String {
        let Moved { calls, bytes, heartbeats, last } = self;
        let words = match calls {
            0 => String::new(),
            1 => tr_with(
                "1 {call}, {bytes} B {last}",
                &[("call", &call), ("bytes", bytes), ("last", last)],
            ),
            _ => tr_with(
                "{calls} {call}s, {bytes} B {last}",
                &[
                    ("calls", calls),
                    ("call", &call),
                    ("bytes", bytes),
                    ("last", last),
                ],
            ),
        };
        match heartbeats {
            0 => words,
            _ => tr_with(
                "{words}, {count} × ping/pong",
                &[("words", &words), ("count", heartbeats)],
            ),
        }
    }
}
