//! What the network did: to datagrams and streams whose ends are seen, and in
//! place of the calls of a program that is seen on the wire only.

use std::net::SocketAddr;

use super::super::event::{Bytes, Event, Lane, Link, Op, comparable};
use super::Attribution;
use super::flow::outbound;
use crate::network::event::{Action, Direction, Fate, NetworkEvent};

impl Attribution {
    /// Takes the network's event, which may arrive before the call that it
    /// was done to; gives what rows are needed for.
    pub fn network_event(&mut self, event: NetworkEvent) -> Vec<Event> {
        let NetworkEvent { at, client, action } = event.clone();
        let client = comparable(client);
        let Some(port_map) = &mut self.port_map else { return Vec::new() };
        let (server, udp) = (port_map.server, port_map.udp);
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
                let lane = self.wire_lane(udp, client);
                // A datagram shows itself who sent it.
                let tcp = lane.filter(|_| !udp);
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
}
