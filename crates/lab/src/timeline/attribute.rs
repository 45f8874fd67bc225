//! Which receive took which send's bytes: stream offsets for TCP, datagrams
//! for UDP. Pure: events in, rows out.

use std::collections::{HashMap, VecDeque};

use super::event::{Bytes, Event, Failure, Link, Part, What, Who};
use super::row::{Kind, Row};

/// The direction in which bytes travel: from one port to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Way {
    udp: bool,
    from: u16,
    to: u16,
}

/// What travels one way: what was sent, and how much of it was taken.
#[derive(Default)]
struct Traffic {
    /// TCP: the sends that still have unread bytes, in order.
    /// UDP: the datagrams that nobody has received yet.
    sends: VecDeque<Sent>,
    sent: u64,
    taken: u64,
    closed: bool,
}

struct Sent {
    number: usize,
    start: u64,
    bytes: Bytes,
}

/// Attributes events one by one, in the order in which they are drawn.
pub struct Attribution {
    /// For each program: whether it tells its calls.
    tells: Vec<bool>,
    /// For each program: whether it will tell of more.
    running: Vec<bool>,
    owners: HashMap<(bool, u16), Who>,
    ways: HashMap<Way, Traffic>,
    sends: usize,
}

impl Attribution {
    /// For a cast, of which these programs tell their calls.
    pub fn new(tells: Vec<bool>) -> Attribution {
        Attribution {
            running: tells.clone(),
            tells,
            owners: HashMap::new(),
            ways: HashMap::new(),
            sends: 0,
        }
    }

    /// Notes that a program will tell nothing more.
    pub fn ended(&mut self, who: Who) {
        self.running[who] = false;
    }

    /// Whether all that must be drawn before this event has been: an accept
    /// comes after its connect, a receive after the sends that it took from.
    pub fn is_due(&self, event: &Event) -> bool {
        match &event.what {
            What::Accepts { link, error: None } => {
                !self.awaits_owner(event.who, *link)
                    || self.owner(*link).is_some()
            }
            What::Receives { link, bytes, error: None } => {
                let Some(sender) = self.owner(*link) else {
                    return !self.awaits_owner(event.who, *link);
                };
                !self.running[sender] || self.covers(inbound(*link), bytes)
            }
            _ => true,
        }
    }

    /// Whether another program may yet tell that the peer's port is its own.
    fn awaits_owner(&self, me: Who, link: Link) -> bool {
        let known: Vec<Who> = self.owners.values().copied().collect();
        let unknown = |(who, running): (usize, &bool)| {
            who != me && *running && !known.contains(&who)
        };
        link.peer != 0 && self.running.iter().enumerate().any(unknown)
    }

    fn covers(&self, way: Way, bytes: &Bytes) -> bool {
        let Some(traffic) = self.ways.get(&way) else {
            return false;
        };
        match (way.udp, bytes.len) {
            (true, _) => traffic.matching(bytes).is_some(),
            (false, 0) => traffic.closed,
            (false, len) => traffic.sent >= traffic.taken + len,
        }
    }

    /// Who has the peer's port.
    fn owner(&self, link: Link) -> Option<Who> {
        self.owners.get(&(link.udp, link.peer)).copied()
    }

    /// Turns an event into a row of the picture, if it has one.
    pub fn row(&mut self, event: &Event) -> Option<Row> {
        let Event { at, who, what } = event.clone();
        let mut peer = None;
        if let Some(link) = what.link() {
            if link.local != 0 {
                self.owners.insert((link.udp, link.local), who);
            }
            peer = self.owner(link);
            self.tells[who] = true;
        }
        let received_is_told = peer.is_some_and(|peer| self.tells[peer]);
        let kind = match what {
            What::Binds { .. } => return None,
            What::Waits { words, .. } => Kind::Waits(words),
            What::Connects { error, .. } => Kind::Connects { error },
            What::Accepts { error, .. } => Kind::Accepts { error },
            What::Sends { link, bytes, error } => {
                self.sends(link, bytes, error, received_is_told)
            }
            What::Receives { link, bytes, error } => {
                self.receives(link, bytes, error)
            }
            What::Shuts { link } => {
                self.ways.entry(outbound(link)).or_default().closed = true;
                Kind::Shuts
            }
            What::Closes { link } => self.closes(link),
            What::Prints(text) => Kind::Prints(text),
            What::Says(text) => Kind::Says(text),
            What::Ends(how) => Kind::Ends(how?),
        };
        Some(Row { at, who, peer, kind })
    }

    fn sends(
        &mut self,
        link: Link,
        bytes: Bytes,
        error: Option<Failure>,
        received_is_told: bool,
    ) -> Kind {
        if let Some(error) = error {
            let lost = self.give_up(link, &error);
            return Kind::SendFails { error, lost };
        }
        self.sends += 1;
        let number = self.sends;
        let traffic = self.ways.entry(outbound(link)).or_default();
        let start = traffic.sent;
        traffic.sent += bytes.len;
        traffic.sends.push_back(Sent { number, start, bytes: bytes.clone() });
        let unread = received_is_told.then(|| traffic.unread());
        Kind::Sends { number, bytes, unread, udp: link.udp }
    }

    fn receives(
        &mut self,
        link: Link,
        bytes: Bytes,
        error: Option<Failure>,
    ) -> Kind {
        if let Some(error) = error {
            let lost = self.give_up(link, &error);
            return Kind::ReceiveFails { error, lost };
        }
        if bytes.len == 0 && !link.udp {
            return Kind::EndOfStream;
        }
        let traffic = self.ways.entry(inbound(link)).or_default();
        let parts = match link.udp {
            true => traffic.take_datagram(&bytes),
            false => traffic.take_bytes(bytes.len),
        };
        let unread = (!parts.is_empty()).then(|| traffic.unread());
        Kind::Receives { bytes, parts, unread, udp: link.udp }
    }

    /// A refusal tells a UDP sender that what it sent before met nobody.
    fn give_up(&mut self, link: Link, error: &Failure) -> Vec<usize> {
        if !link.udp || !error.is_refusal() {
            return Vec::new();
        }
        let traffic = self.ways.entry(outbound(link)).or_default();
        let lost: Vec<Sent> = traffic.sends.drain(..).collect();
        traffic.taken = traffic.sent;
        lost.iter().map(|sent| sent.number).collect()
    }

    fn closes(&mut self, link: Link) -> Kind {
        self.ways.entry(outbound(link)).or_default().closed = true;
        let inbound = self.ways.entry(inbound(link)).or_default();
        Kind::Closes { unread: inbound.unread(), udp: link.udp }
    }

    /// The bytes that were sent to a program that tells its calls, and that
    /// it never took.
    pub fn never_read(&self) -> u64 {
        let told = |way: &Way| {
            let owner = self.owners.get(&(way.udp, way.to));
            owner.is_some_and(|who| self.tells[*who])
        };
        let told = self.ways.iter().filter(|(way, _)| told(way));
        told.map(|(_, traffic)| traffic.unread()).sum()
    }
}

impl Traffic {
    fn unread(&self) -> u64 {
        self.sent.saturating_sub(self.taken)
    }

    /// The next bytes of a stream, by the sends they came from.
    fn take_bytes(&mut self, len: u64) -> Vec<Part> {
        let (from, until) = (self.taken, self.taken + len);
        self.taken = until;
        let mut parts = Vec::new();
        while let Some(sent) = self.sends.front() {
            let of = sent.bytes.len;
            let end = sent.start + of;
            if sent.start >= until {
                break;
            }
            let range =
                from.max(sent.start) - sent.start..until.min(end) - sent.start;
            if !range.is_empty() {
                parts.push(Part { send: sent.number, range, of });
            }
            if end > until {
                break;
            }
            self.sends.pop_front();
        }
        parts
    }

    /// The datagram that was received; shorter than it was sent, if it was
    /// cut.
    fn take_datagram(&mut self, bytes: &Bytes) -> Vec<Part> {
        let place = self.matching(bytes);
        let Some(sent) = place.and_then(|at| self.sends.remove(at)) else {
            return Vec::new();
        };
        let of = sent.bytes.len;
        self.taken += of;
        vec![Part { send: sent.number, range: 0..bytes.len, of }]
    }

    /// The oldest datagram that begins as this one does.
    fn matching(&self, bytes: &Bytes) -> Option<usize> {
        self.sends.iter().position(|sent| {
            let shown = bytes.head.len().min(sent.bytes.head.len());
            sent.bytes.len >= bytes.len
                && (sent.bytes.len == 0) == (bytes.len == 0)
                && sent.bytes.head[..shown] == bytes.head[..shown]
        })
    }
}

fn outbound(link: Link) -> Way {
    Way { udp: link.udp, from: link.local, to: link.peer }
}

fn inbound(link: Link) -> Way {
    Way { udp: link.udp, from: link.peer, to: link.local }
}

#[cfg(test)]
mod tests;
