//! Lessons whose server ends after one client: lab listens on the network,
//! and starts a fresh server for each client. A client is a connection, or
//! the datagrams that come from one port.

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use programs::lang::tr_with;

use super::fronts::{Arrival, Brings, Fronts};
use super::quota::Quota;
use super::room::Room;
use super::server::{Program, Server};
use super::session::{Door, Session};
use crate::network::relay::Relay;

/// How many clients may wait for a server: of one student, and in all.
const WAITING_OF_ONE: usize = 8;
const WAITING: usize = 512;

/// How many bytes of one client's datagrams are held for its server.
const HELD: usize = 128 * 1024;

/// Everybody's own server.
pub struct Fresh {
    program: Program,
    folder: PathBuf,
    fronts: Fronts,
    quota: Quota,
    waiting: VecDeque<Waiting>,
    sessions: Vec<Session>,
    relay: Relay,
    started: u64,
    /// How many servers the system was found to have room for.
    room_for: usize,
}

/// A client for whom no server was started yet.
struct Waiting {
    front: usize,
    from: SocketAddr,
    door: Door,
}

impl Fresh {
    /// Listens on each address, for this many students at once. Gives what
    /// went wrong, where only some addresses are free.
    ///
    /// # Errors
    ///
    /// When no address is free.
    pub fn bind(
        program: Program,
        udp: bool,
        addresses: &[SocketAddr],
        most: usize,
        folder: &Path,
    ) -> Result<(Fresh, Vec<String>)> {
        let (fronts, failures) = Fronts::bind(addresses, udp)?;
        let fresh = Fresh {
            program,
            folder: folder.to_owned(),
            fronts,
            quota: Quota::new(most),
            waiting: VecDeque::new(),
            sessions: Vec::new(),
            relay: Relay::new(),
            started: 0,
            room_for: usize::MAX,
        };
        Ok((fresh, failures))
    }

    /// Where lab listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.fronts.addresses()
    }

    /// Lets everything go on that can; whether there is more at once.
    pub fn turn(&mut self, room: &mut Room) -> bool {
        let arrivals = self.fronts.take();
        let mut more = !arrivals.is_empty();
        for arrival in arrivals {
            self.arrive(arrival, room);
        }
        self.start_servers(room);
        let Fresh { sessions, relay, fronts, .. } = self;
        for session in sessions.iter_mut() {
            session.listen(relay, room);
            more |= session.carry_datagrams(fronts);
        }
        let (events, moved) = relay.turn();
        more |= moved;
        let by_id: HashMap<u64, usize> =
            sessions.iter().enumerate().map(|(at, s)| (s.id(), at)).collect();
        for (id, event) in events {
            if let Some(place) = by_id.get(&id) {
                sessions[*place].relayed(event, room);
            }
        }
        let now = Instant::now();
        let quota = &mut self.quota;
        sessions.retain_mut(|session| {
            let goes_on = session.goes_on(relay, room);
            if !goes_on {
                quota.end(session.ip(), now);
            }
            goes_on
        });
        more
    }

    /// Whether anybody is being served.
    pub fn is_busy(&self) -> bool {
        !self.sessions.is_empty() || !self.waiting.is_empty()
    }

    /// Ends all servers, and takes what they did until then.
    pub fn end(&mut self, room: &mut Room) {
        self.waiting.clear();
        for session in &mut self.sessions {
            session.end();
            session.listen(&mut self.relay, room);
        }
        self.sessions.clear();
    }

    fn arrive(&mut self, arrival: Arrival, room: &mut Room) {
        let Arrival { front, from, brings } = arrival;
        let bytes = match brings {
            Brings::Stream(stream) => {
                return self.wait(front, from, Door::Stream(stream), room);
            }
            Brings::Datagram(bytes) => bytes,
        };
        let mut sessions = self.sessions.iter_mut();
        let session = sessions.find(|s| s.is_of(front, from));
        if let Some(session) = session {
            return session.take_datagram(bytes, HELD, room);
        }
        let mut waiting = self.waiting.iter_mut();
        let known = waiting.find(|w| w.front == front && w.from == from);
        match known {
            Some(waiting) => waiting.door.hold(bytes, HELD),
            None => {
                let door = Door::Held(vec![bytes]);
                self.wait(front, from, door, room);
            }
        }
    }

    /// Has a client wait for a server, or turns it away.
    fn wait(
        &mut self,
        front: usize,
        from: SocketAddr,
        door: Door,
        room: &mut Room,
    ) {
        let ip = from.ip();
        let of_one = self.waiting.iter().filter(|w| w.from.ip() == ip).count();
        if of_one >= WAITING_OF_ONE || self.waiting.len() >= WAITING {
            // A stream is closed at once: its client need not wait in vain.
            return room.turn_away(ip);
        }
        self.waiting.push_back(Waiting { front, from, door });
    }

    /// Starts a server for each who may have one now, in the order in which
    /// they came.
    fn start_servers(&mut self, room: &mut Room) {
        // Of open files, most likely: some come back when a client has gone.
        let mut short = self.sessions.len() >= self.room_for;
        for waiting in std::mem::take(&mut self.waiting) {
            let Waiting { front, from, door } = waiting;
            let (ip, now) = (from.ip().to_canonical(), Instant::now());
            if short || !self.quota.may_start(ip, now) {
                room.wait(ip);
                self.waiting.push_back(Waiting { front, from, door });
                continue;
            }
            self.started += 1;
            let reports = self.folder.join(format!("reports {}", self.started));
            let anywhere = (Ipv4Addr::LOCALHOST, 0).into();
            match Server::start(&self.program, anywhere, &reports) {
                Ok(server) => {
                    short = self.sessions.len() + 1 >= self.room_for;
                    self.quota.start(ip, now);
                    let visit = room.begin(from);
                    let session =
                        Session::new(visit, front, from, door, server);
                    self.sessions.push(session);
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    room.notice(&tr_with(
                        "no server for {from}: {error}",
                        &[("from", &from), ("error", &error)],
                    ));
                    if self.sessions.is_empty() {
                        room.turn_away(ip);
                        continue;
                    }
                    short = true;
                    self.room_for = self.sessions.len();
                    room.wait(ip);
                    self.waiting.push_back(Waiting { front, from, door });
                }
            }
        }
    }
}
