//! Which receive took which send's bytes: stream offsets for TCP, datagrams
//! for UDP. Pure: events in, rows out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;

mod port_map;

use super::event::{
    Bytes, Event, Failure, LONG, Lane, Link, Op, Slice, comparable,
};
use super::row::{NetworkRow, Row, RowKind};
use crate::network::event::{Action, Direction, Fate, NetworkEvent};

use port_map::PortMap;

/// The direction in which bytes travel: from one address to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Flow {
    udp: bool,
    from: Option<SocketAddr>,
    to: Option<SocketAddr>,
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
    /// For each program: whether its calls are seen.
    seen: Vec<bool>,
    /// For each program: whether only what it sends is seen, on the wire.
    wire: Vec<bool>,
    /// For each program: whether it may do more.
    running: Vec<bool>,
    owners: HashMap<(bool, SocketAddr), Lane>,
    /// The programs of which an address is known.
    known: HashSet<Lane>,
    flows: HashMap<Flow, FlowState>,
    /// The sends that were drawn when they began, by program and time.
    begun: HashMap<(Lane, u64), usize>,
    sends: usize,
    port_map: Option<PortMap>,
}

impl Attribution {
    /// For a plan, whose programs' calls are seen where this says so.
    pub fn new(seen: Vec<bool>) -> Attribution {
        Attribution {
            wire: vec![false; seen.len()],
            running: seen.clone(),
            seen,
            owners: HashMap::new(),
            known: HashSet::new(),
            flows: HashMap::new(),
            begun: HashMap::new(),
            sends: 0,
            port_map: None,
        }
    }

    /// Notes that of a program only that is seen which goes over the wire.
    pub fn only_wire(&mut self, lane: Lane) {
        self.wire[lane] = true;
    }

    /// Notes that a network stands between: clients know it by the one
    /// address, and the server has the other.
    pub fn through_network(&mut self, front: SocketAddr, server: SocketAddr) {
        let (front, server) = (comparable(front), comparable(server));
        self.port_map = Some(PortMap::new(front, server));
    }

    /// Takes the network's event, which may arrive before the call that it
    /// was done to; gives what rows are needed for.
    pub fn network_event(&mut self, event: NetworkEvent) -> Vec<Event> {
        let NetworkEvent { at, client, action } = event.clone();
        let client = comparable(client);
        let Some(port_map) = &mut self.port_map else { return Vec::new() };
        let server = port_map.server;
        let last = self.seen.len() - 1;
        let lane_of = |direction| match direction {
            Direction::Client => last,
            Direction::Server => 0,
        };
        let link = |udp, direction| match direction {
            Direction::Server => {
                Link { udp, local: Some(client), peer: Some(server) }
            }
            Direction::Client => {
                Link { udp, local: Some(server), peer: Some(client) }
            }
        };
        let flow = |udp, direction| outbound(link(udp, direction));
        let network = |lane, at, event| {
            vec![Event::at_once(lane, at, Op::Network(event))]
        };
        let on_wire = |lane, op, link, len, head: Vec<u8>| {
            let bytes = Bytes { len, head, calls: 1, took: 0 };
            let event = Event::at_once(lane, at, op);
            vec![Event { link: Some(link), bytes, ..event }]
        };
        match action {
            Action::Pairs { back } => {
                port_map.clients.insert(comparable(back), client);
                let lane = self.wire_lane(false, client);
                // A datagram shows itself who sent it.
                let tcp = lane.filter(|_| !self.is_udp());
                tcp.map_or(Vec::new(), |lane| {
                    let link = link(false, Direction::Server);
                    on_wire(lane, Op::Connects, link, 0, Vec::new())
                })
            }
            Action::Takes { direction, len, head, fate } => {
                let state =
                    self.flows.entry(flow(true, direction)).or_default();
                state.fates.push_back(fate);
                let lane = match direction {
                    Direction::Client => last,
                    Direction::Server => {
                        self.wire_lane(true, client).unwrap_or(0)
                    }
                };
                if self.wire[lane] {
                    let link = link(true, direction);
                    return on_wire(lane, Op::Sends, link, len, head);
                }
                if self.seen[lane] || fate != Fate::Lost {
                    return Vec::new();
                }
                network(lane, at, event)
            }
            Action::Passes { direction, place } => {
                let state =
                    self.flows.entry(flow(true, direction)).or_default();
                state.arrivals.push_back(place);
                Vec::new()
            }
            Action::MeetsNobody => {
                // The system reports it before the next one is passed on.
                let flow = flow(true, Direction::Server);
                let state = self.flows.entry(flow).or_default();
                state.refused.extend(state.arrivals.pop_back());
                network(lane_of(Direction::Server), at, event)
            }
            Action::Carries { direction, len, head } => {
                match self.wire_sender(direction, client) {
                    Some(lane) => {
                        let link = link(false, direction);
                        on_wire(lane, Op::Sends, link, len, head)
                    }
                    None => Vec::new(),
                }
            }
            Action::Ends { direction } => {
                match self.wire_sender(direction, client) {
                    Some(lane) => {
                        let link = link(false, direction);
                        on_wire(lane, Op::Shuts, link, 0, Vec::new())
                    }
                    None => Vec::new(),
                }
            }
            Action::Cuts { .. } => {
                for direction in [Direction::Server, Direction::Client] {
                    let flow = flow(false, direction);
                    self.flows.entry(flow).or_default().closed = true;
                }
                network(lane_of(Direction::Server), at, event)
            }
        }
    }

    /// Whether datagrams went through the network so far.
    fn is_udp(&self) -> bool {
        self.flows.keys().any(|flow| flow.udp)
    }

    /// Who sends this way, if only the wire shows it.
    fn wire_sender(
        &mut self,
        direction: Direction,
        client: SocketAddr,
    ) -> Option<Lane> {
        let server = self.seen.len() - 1;
        match direction {
            Direction::Client => self.wire[server].then_some(server),
            Direction::Server => self.wire_lane(false, client),
        }
    }

    /// The client that has this address, if only the wire shows it: the next
    /// of those without an address, if it is new.
    fn wire_lane(&mut self, udp: bool, client: SocketAddr) -> Option<Lane> {
        let owner = self.owners.get(&(udp, client)).copied();
        let clients = 0..self.wire.len() - 1;
        let lane = owner.or_else(|| {
            let mut free = clients.clone();
            free.find(|lane| self.wire[*lane] && !self.known.contains(lane))
                // Each question may have a socket of its own.
                .or_else(|| clients.into_iter().find(|lane| self.wire[*lane]))
        })?;
        if !self.wire[lane] {
            return None;
        }
        self.owns(lane, udp, client);
        Some(lane)
    }

    fn owns(&mut self, lane: Lane, udp: bool, address: SocketAddr) {
        self.owners.insert((udp, address), lane);
        self.known.insert(lane);
    }

    /// Notes that a program will report nothing more.
    pub fn ended(&mut self, lane: Lane) {
        self.running[lane] = false;
    }

    /// Whether all that must be drawn before this event has been: an accept
    /// comes after its connect, a receive after the sends that it took from.
    pub fn is_due(&self, event: &Event) -> bool {
        let Some(link) = event.link else {
            return true;
        };
        let Some(link) = self.direct(event.lane, link) else {
            return false;
        };
        if event.ended.is_none() || event.error.is_some() {
            return true;
        }
        match &event.op {
            Op::Accepts => {
                !self.awaits_owner(event.lane, link)
                    || self.owner(link).is_some()
            }
            Op::Sends if link.udp && self.port_map.is_some() => {
                let state = self.flows.get(&outbound(link));
                state.is_some_and(|state| !state.fates.is_empty())
            }
            Op::Receives => {
                let Some(sender) = self.owner(link) else {
                    return !self.awaits_owner(event.lane, link);
                };
                !self.running[sender] && !self.wire[sender]
                    || self.covers(inbound(link), &event.bytes)
            }
            _ => true,
        }
    }

    /// The link without the network, if there is one between.
    fn direct(&self, lane: Lane, link: Link) -> Option<Link> {
        match &self.port_map {
            Some(port_map) => {
                port_map.direct(link, lane + 1 == self.seen.len())
            }
            None => Some(link),
        }
    }

    /// Whether another program may yet show that the peer's address is its
    /// own.
    fn awaits_owner(&self, me: Lane, link: Link) -> bool {
        let unknown = |(lane, running): (usize, &bool)| {
            lane != me && *running && !self.known.contains(&lane)
        };
        link.peer.is_some() && self.running.iter().enumerate().any(unknown)
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

    /// Who has the peer's address.
    fn owner(&self, link: Link) -> Option<Lane> {
        self.owners.get(&(link.udp, link.peer?)).copied()
    }

    /// Turns an event into a row of the picture, if it has one.
    pub fn row(&mut self, event: &Event) -> Option<Row> {
        let lane = event.lane;
        let link = event.link;
        let link = link.map(|link| self.direct(lane, link).unwrap_or(link));
        let mut peer = None;
        if let Some(link) = link {
            if let Some(local) = link.local {
                self.owns(lane, link.udp, local);
            }
            peer = self.owner(link);
            if !self.wire[lane] {
                self.seen[lane] = true;
            }
        }
        let kind = self.kind(event, link, peer)?;
        let at = match event.ended {
            None => event.began,
            Some(_) => event.at(),
        };
        Some(Row { at, lane, peer, client: None, kind })
    }

    fn kind(
        &mut self,
        event: &Event,
        link: Option<Link>,
        peer: Option<Lane>,
    ) -> Option<RowKind> {
        let Event { bytes, error, .. } = event.clone();
        let waits = |words: &str| Some(RowKind::Waits(words.into()));
        if event.ended.is_none() {
            return match &event.op {
                Op::Accepts => waits("accept waits"),
                Op::Receives | Op::Peeks => waits("recv waits"),
                Op::Connects => waits("connect waits"),
                Op::Busy(words) => waits(words),
                Op::Sends => {
                    let is_seen = peer.is_some_and(|peer| self.seen[peer]);
                    let row = self.sends(link?, bytes, None, is_seen);
                    if let RowKind::Sends { number, .. } = row {
                        let key = (event.lane, event.began);
                        self.begun.insert(key, number);
                    }
                    Some(row)
                }
                _ => None,
            };
        }
        Some(match &event.op {
            Op::Binds | Op::Busy(_) => return None,
            Op::Connects => {
                let took = event.took();
                let took = if took < LONG { 0 } else { took };
                RowKind::Connects { error, took }
            }
            Op::Accepts => RowKind::Accepts { error },
            Op::Sends => {
                if let Some(number) =
                    self.begun.remove(&(event.lane, event.began))
                {
                    self.correct(link?, number, &bytes, error.as_ref());
                    return Some(RowKind::SendEnds { number, bytes, error });
                }
                let is_seen = peer.is_some_and(|peer| self.seen[peer]);
                self.sends(link?, bytes, error, is_seen)
            }
            Op::Receives => self.receives(link?, bytes, error),
            // A peek takes nothing: only one that fails ends the waiting.
            Op::Peeks => {
                error.as_ref()?;
                self.receives(link?, bytes, error)
            }
            Op::Shuts => {
                self.flows.entry(outbound(link?)).or_default().closed = true;
                RowKind::Shuts
            }
            Op::Closes => self.closes(link?),
            Op::Prints(text) => RowKind::Prints(text.clone()),
            Op::Says(text) => RowKind::Says(text.clone()),
            Op::Ends(how) => RowKind::Ends(how.clone()?),
            Op::Network(event) => RowKind::Network(self.network_row(event)?),
        })
    }

    fn sends(
        &mut self,
        link: Link,
        bytes: Bytes,
        error: Option<Failure>,
        is_seen: bool,
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
        let on_way = is_seen.then(|| state.on_way());
        RowKind::Sends { number, bytes, on_way, udp: link.udp, fate }
    }

    /// A send that was drawn when it began may have taken less.
    fn correct(
        &mut self,
        link: Link,
        number: usize,
        bytes: &Bytes,
        error: Option<&Failure>,
    ) {
        let state = self.flows.entry(outbound(link)).or_default();
        let sent = state.sends.iter_mut().find(|sent| sent.number == number);
        // A failed one may have sent a part: nobody knows how much.
        if let (Some(sent), None) = (sent, error) {
            let less = sent.bytes.len.saturating_sub(bytes.len);
            sent.bytes.len -= less;
            state.sent -= less;
        }
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
        let on_way = (!slices.is_empty()).then(|| state.on_way());
        RowKind::Receives { bytes, slices, on_way, udp: link.udp, again }
    }

    /// What the network did, once its time in the picture has come.
    fn network_row(&mut self, event: &NetworkEvent) -> Option<NetworkRow> {
        match event.action {
            Action::Cuts { after } => Some(NetworkRow::Cuts { after }),
            Action::Takes { len, .. } => Some(NetworkRow::Loses { len }),
            Action::MeetsNobody => {
                let to = Some(self.port_map.as_ref()?.server);
                let from = Some(comparable(event.client));
                let flow = Flow { udp: true, from, to };
                let sends = self.flows.get_mut(&flow)?.give_up_refused();
                let some = !sends.is_empty();
                some.then_some(NetworkRow::MeetsNobody { sends })
            }
            _ => None,
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
        RowKind::Closes { unread: inbound.on_way(), udp: link.udp }
    }

    /// The bytes that were sent to a program whose calls are seen, and that
    /// it never took.
    pub fn never_read(&self) -> u64 {
        let is_seen = |flow: &Flow| {
            let owner = flow.to.and_then(|to| self.owners.get(&(flow.udp, to)));
            owner.is_some_and(|lane| self.seen[*lane])
        };
        let flows = self.flows.iter().filter(|(flow, _)| is_seen(flow));
        flows.map(|(_, state)| state.on_way()).sum()
    }
}

impl FlowState {
    /// What was sent and not yet taken.
    fn on_way(&self) -> u64 {
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
