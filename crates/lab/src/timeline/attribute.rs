//! Which receive took which send's bytes: stream offsets for TCP, datagrams
//! for UDP. Pure: events in, rows out.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

mod flow;
mod network;
mod port_map;

use super::event::{Bytes, Event, Failure, LONG, Lane, Link, Op, comparable};
use super::frames::Frames;
use super::row::{NetworkRow, Row, RowKind};
use crate::network::event::{Action, Fate, NetworkEvent};

use flow::{Flow, FlowState, Sent, Taken, inbound, outbound};
use port_map::PortMap;

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
    pub fn through_network(
        &mut self,
        front: SocketAddr,
        server: SocketAddr,
        udp: bool,
    ) {
        let (front, server) = (comparable(front), comparable(server));
        self.port_map = Some(PortMap::new(front, server, udp));
    }

    fn owns(&mut self, lane: Lane, udp: bool, address: SocketAddr) {
        self.owners.insert((udp, address), lane);
        self.known.insert(lane);
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
        let link = self.with_sender(link, event);
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
                if link.udp && link.peer.is_none() {
                    // Its sender may yet be seen to have sent it.
                    let mut running = self.running.iter().enumerate();
                    return !running
                        .any(|(lane, on)| *on && lane != event.lane);
                }
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
            // What the wire shows is named by the two ends already.
            _ if self.wire[lane] => Some(link),
            Some(port_map) => {
                port_map.direct(link, lane + 1 == self.seen.len())
            }
            None => Some(link),
        }
    }

    /// The link with its peer, where a datagram's receiver did not ask who
    /// sent it: then one that begins as this one does tells.
    fn with_sender(&self, link: Link, event: &Event) -> Link {
        let receives = event.op == Op::Receives && event.ended.is_some();
        if !link.udp || link.peer.is_some() || !receives {
            return link;
        }
        let from = self.flows.iter().find(|(flow, state)| {
            flow.udp
                && flow.to == link.local
                && state.matching(&event.bytes).is_some()
        });
        Link { peer: from.and_then(|(flow, _)| flow.from), ..link }
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
        let link = link.map(|link| self.with_sender(link, event));
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
            Op::Arrives => self.arrives(link?, bytes),
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
            Op::Ends(how) => {
                // All that it did has been drawn by now.
                self.running[event.lane] = false;
                RowKind::Ends(how.clone()?)
            }
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
        let frames =
            if link.udp { Vec::new() } else { state.frames.walk(&bytes) };
        if copies > 0 {
            let (bytes, copies) = (bytes.clone(), [copies; 2]);
            let frames = frames.clone();
            let sent = Sent { number, start, bytes, frames, place, copies };
            state.sends.push_back(sent);
        }
        let on_way = is_seen.then(|| state.on_way());
        let (udp, arrived) = (link.udp, false);
        RowKind::Sends { number, bytes, on_way, udp, fate, arrived, frames }
    }

    /// Bytes that reached lab count as one send: so a receive shows where its
    /// bytes came from.
    fn arrives(&mut self, link: Link, bytes: Bytes) -> RowKind {
        if bytes.len == 0 && !link.udp {
            self.flows.entry(outbound(link)).or_default().closed = true;
            return RowKind::EndArrives;
        }
        let mut row = self.sends(link, bytes, None, true);
        if let RowKind::Sends { arrived, .. } = &mut row {
            *arrived = true;
        }
        row
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
        state.unsure |= error.is_some();
        if let (Some(sent), None) = (sent, error) {
            let less = sent.bytes.len.saturating_sub(bytes.len);
            if less > 0 {
                state.frames = Frames::lost();
            }
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
        let Taken { slices, frames, again } = if link.udp {
            state.take_datagram(place, &bytes)
        } else {
            state.take_bytes(&bytes)
        };
        let on_way = (!slices.is_empty()).then(|| state.on_way());
        let udp = link.udp;
        RowKind::Receives { bytes, slices, on_way, udp, again, frames }
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
        let flows = self.flows.iter();
        let flows =
            flows.filter(|(flow, state)| is_seen(flow) && !state.unsure);
        flows.map(|(_, state)| state.on_way()).sum()
    }
}

#[cfg(test)]
mod tests;
