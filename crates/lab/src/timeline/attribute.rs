//! Which receive took which send's bytes: stream offsets for TCP, datagrams
//! for UDP. Pure: events in, rows out.

use std::collections::{HashMap, VecDeque};

mod port_map;

use super::event::{Bytes, Event, Failure, Lane, Link, Op, Slice};
use super::network_event::{Action, Direction, Fate, NetworkEvent};
use super::row::{NetworkRow, Row, RowKind};

use port_map::PortMap;

/// The direction in which bytes travel: from one port to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Flow {
    udp: bool,
    from: u16,
    to: u16,
}

/// What travels one way: what was sent, and how much of it was taken.
#[derive(Default)]
struct FlowState {
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
    /// which of these found nobody.
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
    /// UDP: how many copies may yet be received, and of how many.
    copies: [u8; 2],
}

/// The datagram that a receive took.
struct Taken {
    slices: Vec<Slice>,
    again: bool,
}

/// Attributes events one by one, in the order in which they are drawn.
pub struct Attribution {
    /// For each program: whether its calls are reported.
    reported: Vec<bool>,
    /// For each program: whether it may report more.
    running: Vec<bool>,
    owners: HashMap<(bool, u16), Lane>,
    flows: HashMap<Flow, FlowState>,
    sends: usize,
    port_map: Option<PortMap>,
}

impl Attribution {
    /// For a plan, whose programs report their calls where this says so.
    pub fn new(reported: Vec<bool>) -> Attribution {
        Attribution {
            running: reported.clone(),
            reported,
            owners: HashMap::new(),
            flows: HashMap::new(),
            sends: 0,
            port_map: None,
        }
    }

    /// Notes that a network stands between: clients know it by the one port,
    /// and the server has the other.
    pub fn through_network(&mut self, front: u16, server: u16) {
        self.port_map = Some(PortMap::new(front, server));
    }

    /// Takes the network's event, which may arrive before the call that it did it
    /// to; gives back what a row is needed for.
    pub fn network_event(&mut self, event: NetworkEvent) -> Option<Event> {
        let NetworkEvent { at, client, action } = event;
        let port_map = self.port_map.as_mut()?;
        let server = port_map.server;
        let flow = |udp, direction| match direction {
            Direction::Server => Flow { udp, from: client, to: server },
            Direction::Client => Flow { udp, from: server, to: client },
        };
        let last = self.reported.len() - 1;
        let lane = match action {
            Action::Takes { direction: Direction::Client, .. } => last,
            _ => 0,
        };
        match action {
            Action::Pairs { port } => {
                port_map.clients.insert(port, client);
                return None;
            }
            Action::Takes { direction, fate, .. } => {
                let state =
                    self.flows.entry(flow(true, direction)).or_default();
                state.fates.push_back(fate);
                if self.reported[lane] || fate != Fate::Lost {
                    return None;
                }
            }
            Action::Passes { direction, place } => {
                let state =
                    self.flows.entry(flow(true, direction)).or_default();
                state.arrivals.push_back(place);
                return None;
            }
            Action::MeetsNobody => {
                // The system reports it before the next one is passed on.
                let flow = flow(true, Direction::Server);
                let state = self.flows.entry(flow).or_default();
                state.refused.extend(state.arrivals.pop_back());
            }
            Action::Cuts { .. } => {
                for direction in [Direction::Server, Direction::Client] {
                    let flow = flow(false, direction);
                    self.flows.entry(flow).or_default().closed = true;
                }
            }
        }
        Some(Event { at, lane, op: Op::Network(event) })
    }

    /// Notes that a program will report nothing more.
    pub fn ended(&mut self, lane: Lane) {
        self.running[lane] = false;
    }

    /// Whether all that must be drawn before this event has been: an accept
    /// comes after its connect, a receive after the sends that it took from.
    pub fn is_due(&self, event: &Event) -> bool {
        let Some(link) = event.op.link() else {
            return true;
        };
        let Some(link) = self.direct(event.lane, link) else {
            return false;
        };
        match &event.op {
            Op::Accepts { error: None, .. } => {
                !self.awaits_owner(event.lane, link)
                    || self.owner(link).is_some()
            }
            Op::Sends { error: None, .. }
                if link.udp && self.port_map.is_some() =>
            {
                let state = self.flows.get(&outbound(link));
                state.is_some_and(|state| !state.fates.is_empty())
            }
            Op::Receives { bytes, error: None, .. } => {
                let Some(sender) = self.owner(link) else {
                    return !self.awaits_owner(event.lane, link);
                };
                !self.running[sender] || self.covers(inbound(link), bytes)
            }
            _ => true,
        }
    }

    /// The link without the network, if there is one between.
    fn direct(&self, lane: Lane, link: Link) -> Option<Link> {
        match &self.port_map {
            Some(port_map) => {
                port_map.direct(link, lane + 1 == self.reported.len())
            }
            None => Some(link),
        }
    }

    /// Whether another program may yet report that the peer's port is its own.
    fn awaits_owner(&self, me: Lane, link: Link) -> bool {
        let known: Vec<Lane> = self.owners.values().copied().collect();
        let unknown = |(lane, running): (usize, &bool)| {
            lane != me && *running && !known.contains(&lane)
        };
        link.peer != 0 && self.running.iter().enumerate().any(unknown)
    }

    fn covers(&self, flow: Flow, bytes: &Bytes) -> bool {
        let Some(state) = self.flows.get(&flow) else {
            return false;
        };
        match (flow.udp, bytes.len) {
            (true, _) => match self.port_map {
                Some(_) => state.arrived(bytes).is_some(),
                None => state.matching(bytes).is_some(),
            },
            (false, 0) => state.closed,
            (false, len) => state.sent >= state.taken + len,
        }
    }

    /// Who has the peer's port.
    fn owner(&self, link: Link) -> Option<Lane> {
        self.owners.get(&(link.udp, link.peer)).copied()
    }

    /// Turns an event into a row of the picture, if it has one.
    pub fn row(&mut self, event: &Event) -> Option<Row> {
        let Event { at, lane, op } = event.clone();
        let link = op.link();
        let link = link.map(|link| self.direct(lane, link).unwrap_or(link));
        let mut peer = None;
        if let Some(link) = link {
            if link.local != 0 {
                self.owners.insert((link.udp, link.local), lane);
            }
            peer = self.owner(link);
            self.reported[lane] = true;
        }
        let received_is_told = peer.is_some_and(|peer| self.reported[peer]);
        let kind = match op {
            Op::Binds { .. } => return None,
            Op::Waits { words, .. } => RowKind::Waits(words),
            Op::Connects { error, .. } => RowKind::Connects { error },
            Op::Accepts { error, .. } => RowKind::Accepts { error },
            Op::Sends { bytes, error, .. } => {
                self.sends(link?, bytes, error, received_is_told)
            }
            Op::Receives { bytes, error, .. } => {
                self.receives(link?, bytes, error)
            }
            Op::Shuts { .. } => {
                self.flows.entry(outbound(link?)).or_default().closed = true;
                RowKind::Shuts
            }
            Op::Closes { .. } => self.closes(link?),
            Op::Prints(text) => RowKind::Prints(text),
            Op::Says(text) => RowKind::Says(text),
            Op::Ends(how) => RowKind::Ends(how?),
            Op::Network(event) => RowKind::Network(self.network_row(event)?),
        };
        Some(Row { at, lane, peer, kind })
    }

    fn sends(
        &mut self,
        link: Link,
        bytes: Bytes,
        error: Option<Failure>,
        received_is_told: bool,
    ) -> RowKind {
        if let Some(error) = error {
            let lost = self.give_up(link, &error);
            return RowKind::SendFails { error, lost };
        }
        self.sends += 1;
        let number = self.sends;
        let state = self.flows.entry(outbound(link)).or_default();
        let start = state.sent;
        let fate = state.fates.pop_front();
        let copies = match fate {
            Some(Fate::Lost) => 0,
            Some(Fate::Passes { copies, .. }) => copies,
            None => 1,
        };
        let place = state.datagrams;
        state.datagrams += 1;
        state.sent += bytes.len * u64::from(copies);
        if copies > 0 {
            let (bytes, copies) = (bytes.clone(), [copies; 2]);
            let sent = Sent { number, start, bytes, place, copies };
            state.sends.push_back(sent);
        }
        let unread = received_is_told.then(|| state.unread());
        RowKind::Sends { number, bytes, unread, udp: link.udp, fate }
    }

    fn receives(
        &mut self,
        link: Link,
        bytes: Bytes,
        error: Option<Failure>,
    ) -> RowKind {
        if let Some(error) = error {
            let lost = self.give_up(link, &error);
            return RowKind::ReceiveFails { error, lost };
        }
        if bytes.len == 0 && !link.udp {
            return RowKind::EndOfStream;
        }
        let state = self.flows.entry(inbound(link)).or_default();
        let place = match self.port_map {
            Some(_) => state.next_arrival(&bytes),
            None => state.matching(&bytes),
        };
        let Taken { slices, again } = if link.udp {
            state.take_datagram(place, &bytes)
        } else {
            state.take_bytes(bytes.len)
        };
        let unread = (!slices.is_empty()).then(|| state.unread());
        RowKind::Receives { bytes, slices, unread, udp: link.udp, again }
    }

    /// What the network did, once its time in the picture has come.
    fn network_row(&mut self, event: NetworkEvent) -> Option<NetworkRow> {
        match event.action {
            Action::Cuts { after } => Some(NetworkRow::Cuts { after }),
            Action::Takes { len, .. } => Some(NetworkRow::Loses { len }),
            Action::MeetsNobody => {
                let to = self.port_map.as_ref()?.server;
                let flow = Flow { udp: true, from: event.client, to };
                let sends = self.flows.get_mut(&flow)?.give_up_refused();
                let some = !sends.is_empty();
                some.then_some(NetworkRow::MeetsNobody { sends })
            }
            Action::Pairs { .. } | Action::Passes { .. } => None,
        }
    }

    /// A refusal means that what a UDP sender sent before found nobody.
    fn give_up(&mut self, link: Link, error: &Failure) -> Vec<usize> {
        if !link.udp || !error.is_refusal() {
            return Vec::new();
        }
        let state = self.flows.entry(outbound(link)).or_default();
        let lost: Vec<Sent> = state.sends.drain(..).collect();
        state.taken = state.sent;
        lost.iter().map(|sent| sent.number).collect()
    }

    fn closes(&mut self, link: Link) -> RowKind {
        self.flows.entry(outbound(link)).or_default().closed = true;
        let inbound = self.flows.entry(inbound(link)).or_default();
        RowKind::Closes { unread: inbound.unread(), udp: link.udp }
    }

    /// The bytes that were sent to a program that reports its calls, and that
    /// it never took.
    pub fn never_read(&self) -> u64 {
        let event = |flow: &Flow| {
            let owner = self.owners.get(&(flow.udp, flow.to));
            owner.is_some_and(|lane| self.reported[*lane])
        };
        let event = self.flows.iter().filter(|(flow, _)| event(flow));
        event.map(|(_, state)| state.unread()).sum()
    }
}

impl FlowState {
    fn unread(&self) -> u64 {
        self.sent.saturating_sub(self.taken)
    }

    /// The next bytes of a stream, by the sends they came from.
    fn take_bytes(&mut self, len: u64) -> Taken {
        let (from, until) = (self.taken, self.taken + len);
        self.taken = until;
        let mut slices = Vec::new();
        while let Some(sent) = self.sends.front() {
            let of = sent.bytes.len;
            let end = sent.start + of;
            if sent.start >= until {
                break;
            }
            let range =
                from.max(sent.start) - sent.start..until.min(end) - sent.start;
            if !range.is_empty() {
                slices.push(Slice { send: sent.number, range, of });
            }
            if end > until {
                break;
            }
            self.sends.pop_front();
        }
        Taken { slices, again: false }
    }

    /// The datagram that was received; shorter than it was sent, if it was
    /// cut.
    fn take_datagram(&mut self, place: Option<usize>, bytes: &Bytes) -> Taken {
        let place = place.filter(|place| *place < self.sends.len());
        let Some(place) = place else {
            return Taken { slices: Vec::new(), again: false };
        };
        let sent = &mut self.sends[place];
        let of = sent.bytes.len;
        let slice = Slice { send: sent.number, range: 0..bytes.len, of };
        let [left, all] = sent.copies;
        let again = left < all;
        sent.copies[0] = left.saturating_sub(1);
        if left <= 1 {
            self.sends.remove(place);
        }
        self.taken += of;
        Taken { slices: vec![slice], again }
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

    /// Forgets the datagrams that found nobody, and returns their numbers.
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

fn outbound(link: Link) -> Flow {
    Flow { udp: link.udp, from: link.local, to: link.peer }
}

fn inbound(link: Link) -> Flow {
    Flow { udp: link.udp, from: link.peer, to: link.local }
}

#[cfg(test)]
mod tests;
