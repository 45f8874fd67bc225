//! Which receive took which send's bytes: stream offsets for TCP, datagrams
//! for UDP. Pure: events in, rows out.

use std::collections::{HashMap, VecDeque};

mod detour;

use super::deed::{Deed, Fate, Told, Towards};
use super::event::{Bytes, Event, Failure, Link, Part, What, Who};
use super::row::{Kind, Meddling, Row};

use detour::Detour;

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
    /// UDP: how many datagrams were sent.
    datagrams: u64,
    /// UDP through the network: what becomes of the datagrams that it took
    /// and that are not drawn yet; which it passed on, by their places; and
    /// which of these met nobody.
    fates: VecDeque<Fate>,
    arrivals: VecDeque<u64>,
    refused: Vec<u64>,
}

struct Sent {
    number: usize,
    start: u64,
    bytes: Bytes,
    /// UDP: its place among the datagrams on this way, from 0.
    place: u64,
    /// UDP: so many copies may yet be received, of so many.
    copies: [u8; 2],
}

/// The datagram that a receive took.
struct Taken {
    parts: Vec<Part>,
    again: bool,
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
    detour: Option<Detour>,
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
            detour: None,
        }
    }

    /// Notes that a network stands between: clients know it by the one port,
    /// and the server has the other.
    pub fn through_network(&mut self, front: u16, server: u16) {
        self.detour = Some(Detour::new(front, server));
    }

    /// Takes what the network told, which may be sooner than what it did it
    /// to; gives back what a row is needed for.
    pub fn hear(&mut self, told: Told) -> Option<Event> {
        let Told { at, client, deed } = told;
        let detour = self.detour.as_mut()?;
        let server = detour.server;
        let way = |udp, towards| match towards {
            Towards::Server => Way { udp, from: client, to: server },
            Towards::Client => Way { udp, from: server, to: client },
        };
        let last = self.tells.len() - 1;
        let who = match deed {
            Deed::Takes { towards: Towards::Client, .. } => last,
            _ => 0,
        };
        match deed {
            Deed::Pairs { port } => {
                detour.clients.insert(port, client);
                return None;
            }
            Deed::Takes { towards, fate, .. } => {
                let traffic = self.ways.entry(way(true, towards)).or_default();
                traffic.fates.push_back(fate);
                if self.tells[who] || fate != Fate::Lost {
                    return None;
                }
            }
            Deed::Passes { towards, place } => {
                let traffic = self.ways.entry(way(true, towards)).or_default();
                traffic.arrivals.push_back(place);
                return None;
            }
            Deed::MeetsNobody => {
                // The system tells it before the next one is passed on.
                let way = way(true, Towards::Server);
                let traffic = self.ways.entry(way).or_default();
                traffic.refused.extend(traffic.arrivals.pop_back());
            }
            Deed::Cuts { .. } => {
                for towards in [Towards::Server, Towards::Client] {
                    let way = way(false, towards);
                    self.ways.entry(way).or_default().closed = true;
                }
            }
        }
        Some(Event { at, who, what: What::Meddles(told) })
    }

    /// Notes that a program will tell nothing more.
    pub fn ended(&mut self, who: Who) {
        self.running[who] = false;
    }

    /// Whether all that must be drawn before this event has been: an accept
    /// comes after its connect, a receive after the sends that it took from.
    pub fn is_due(&self, event: &Event) -> bool {
        let Some(link) = event.what.link() else {
            return true;
        };
        let Some(link) = self.direct(event.who, link) else {
            return false;
        };
        match &event.what {
            What::Accepts { error: None, .. } => {
                !self.awaits_owner(event.who, link)
                    || self.owner(link).is_some()
            }
            What::Sends { error: None, .. }
                if link.udp && self.detour.is_some() =>
            {
                let traffic = self.ways.get(&outbound(link));
                traffic.is_some_and(|traffic| !traffic.fates.is_empty())
            }
            What::Receives { bytes, error: None, .. } => {
                let Some(sender) = self.owner(link) else {
                    return !self.awaits_owner(event.who, link);
                };
                !self.running[sender] || self.covers(inbound(link), bytes)
            }
            _ => true,
        }
    }

    /// The link without the network, if there is one between.
    fn direct(&self, who: Who, link: Link) -> Option<Link> {
        match &self.detour {
            Some(detour) => detour.direct(link, who + 1 == self.tells.len()),
            None => Some(link),
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
            (true, _) => match self.detour {
                Some(_) => traffic.arrived(bytes).is_some(),
                None => traffic.matching(bytes).is_some(),
            },
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
        let link = what.link();
        let link = link.map(|link| self.direct(who, link).unwrap_or(link));
        let mut peer = None;
        if let Some(link) = link {
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
            What::Sends { bytes, error, .. } => {
                self.sends(link?, bytes, error, received_is_told)
            }
            What::Receives { bytes, error, .. } => {
                self.receives(link?, bytes, error)
            }
            What::Shuts { .. } => {
                self.ways.entry(outbound(link?)).or_default().closed = true;
                Kind::Shuts
            }
            What::Closes { .. } => self.closes(link?),
            What::Prints(text) => Kind::Prints(text),
            What::Says(text) => Kind::Says(text),
            What::Ends(how) => Kind::Ends(how?),
            What::Meddles(told) => Kind::Network(self.meddles(told)?),
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
        let fate = traffic.fates.pop_front();
        let copies = match fate {
            Some(Fate::Lost) => 0,
            Some(Fate::Passes { copies, .. }) => copies,
            None => 1,
        };
        let place = traffic.datagrams;
        traffic.datagrams += 1;
        traffic.sent += bytes.len * u64::from(copies);
        if copies > 0 {
            let (bytes, copies) = (bytes.clone(), [copies; 2]);
            let sent = Sent { number, start, bytes, place, copies };
            traffic.sends.push_back(sent);
        }
        let unread = received_is_told.then(|| traffic.unread());
        Kind::Sends { number, bytes, unread, udp: link.udp, fate }
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
        let place = match self.detour {
            Some(_) => traffic.next_arrival(&bytes),
            None => traffic.matching(&bytes),
        };
        let Taken { parts, again } = match link.udp {
            true => traffic.take_datagram(place, &bytes),
            false => traffic.take_bytes(bytes.len),
        };
        let unread = (!parts.is_empty()).then(|| traffic.unread());
        Kind::Receives { bytes, parts, unread, udp: link.udp, again }
    }

    /// What the network did, told when its time in the picture has come.
    fn meddles(&mut self, told: Told) -> Option<Meddling> {
        match told.deed {
            Deed::Cuts { after } => Some(Meddling::Cuts { after }),
            Deed::Takes { len, .. } => Some(Meddling::Loses { len }),
            Deed::MeetsNobody => {
                let to = self.detour.as_ref()?.server;
                let way = Way { udp: true, from: told.client, to };
                let sends = self.ways.get_mut(&way)?.give_up_refused();
                let some = !sends.is_empty();
                some.then_some(Meddling::MeetsNobody { sends })
            }
            Deed::Pairs { .. } | Deed::Passes { .. } => None,
        }
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
    fn take_bytes(&mut self, len: u64) -> Taken {
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
        Taken { parts, again: false }
    }

    /// The datagram that was received; shorter than it was sent, if it was
    /// cut.
    fn take_datagram(&mut self, place: Option<usize>, bytes: &Bytes) -> Taken {
        let place = place.filter(|place| *place < self.sends.len());
        let Some(place) = place else {
            return Taken { parts: Vec::new(), again: false };
        };
        let sent = &mut self.sends[place];
        let of = sent.bytes.len;
        let part = Part { send: sent.number, range: 0..bytes.len, of };
        let [left, all] = sent.copies;
        let again = left < all;
        sent.copies[0] = left.saturating_sub(1);
        if left <= 1 {
            self.sends.remove(place);
        }
        self.taken += of;
        Taken { parts: vec![part], again }
    }

    /// The oldest datagram that begins as this one does.
    fn matching(&self, bytes: &Bytes) -> Option<usize> {
        self.sends.iter().position(|sent| sent.may_be(bytes))
    }

    /// The next one that the network passed on and that begins as this one
    /// does: the places among the arrivals and among the sends.
    fn arrived(&self, bytes: &Bytes) -> Option<(usize, usize)> {
        let arrivals = self.arrivals.iter().enumerate();
        arrivals.into_iter().find_map(|(arrival, place)| {
            let sent = |sent: &Sent| sent.place == *place && sent.may_be(bytes);
            Some((arrival, self.sends.iter().position(sent)?))
        })
    }

    fn next_arrival(&mut self, bytes: &Bytes) -> Option<usize> {
        let (arrival, sent) = self.arrived(bytes)?;
        // What was passed on before and did not come found no room.
        self.arrivals.drain(..=arrival);
        Some(sent)
    }

    /// Forgets the datagrams that met nobody, and gives their numbers.
    fn give_up_refused(&mut self) -> Vec<usize> {
        let mut numbers = Vec::new();
        for place in std::mem::take(&mut self.refused) {
            let sent = self.sends.iter_mut().find(|sent| sent.place == place);
            if let Some(sent) = sent {
                numbers.push(sent.number);
                sent.copies[0] = sent.copies[0].saturating_sub(1);
                self.taken += sent.bytes.len;
            }
        }
        self.sends.retain(|sent| sent.copies[0] > 0);
        numbers
    }
}

impl Sent {
    /// Whether these bytes may be a receive of it: they begin as it does.
    fn may_be(&self, bytes: &Bytes) -> bool {
        let shown = bytes.head.len().min(self.bytes.head.len());
        self.bytes.len >= bytes.len
            && (self.bytes.len == 0) == (bytes.len == 0)
            && self.bytes.head[..shown] == bytes.head[..shown]
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
