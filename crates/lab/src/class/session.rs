//! One client and the server that was started for it.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use programs::lang::tr_with;

use crate::clock::now;
use crate::network::event::{Action, Direction, NetworkEvent, head};
use crate::network::relay::Relay;
use crate::observe::Report;
use crate::timeline::event::{Bytes, Event, Link, Op};

use super::fronts::Fronts;
use super::room::{Room, VisitId};
use super::server::{Heard, Server};
use super::student::Ended;
use super::{SERVER, STUDENT};

/// How long a client's datagrams may stay away before its server is ended.
const IDLE: Duration = Duration::from_secs(10);

/// How long it is tried to reach a server that is ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long connecting to a server on this machine may take.
const CONNECT: Duration = Duration::from_secs(2);

/// How many of a server's answers are passed on at a time.
const ANSWERS: usize = 64;

/// Where the client's bytes are.
pub enum Door {
    /// A connection whose server is not ready yet.
    Stream(TcpStream),
    /// A connection that the relay has.
    Relayed,
    /// Datagrams for which the server is not ready yet.
    Held(Vec<Vec<u8>>),
    /// The socket that stands for the client.
    Back(UdpSocket),
    /// The server could not be reached.
    Shut,
}

impl Door {
    /// Keeps a datagram for later, if there is room.
    pub fn hold(&mut self, bytes: Vec<u8>, most: usize) {
        let Door::Held(held) = self else { return };
        // An empty one takes memory too.
        let size: usize = held.iter().map(|bytes| bytes.len() + 64).sum();
        if size + bytes.len() < most {
            held.push(bytes);
        }
    }
}

/// A client, its server, and what is between them.
pub struct Session {
    visit: VisitId,
    front: usize,
    from: SocketAddr,
    door: Door,
    server: Server,
    /// Where the server listens, and since when.
    ready: Option<(SocketAddr, Instant)>,
    /// The two ends of lab's own socket to the server.
    link: Link,
    udp: bool,
    last: Instant,
    idle: bool,
    /// The server is over, and this is how.
    ended: Option<Ended>,
    buffer: Vec<u8>,
}

impl Session {
    /// For a client that came to one of lab's addresses.
    pub fn new(
        visit: VisitId,
        front: usize,
        from: SocketAddr,
        door: Door,
        server: Server,
    ) -> Session {
        let udp = matches!(door, Door::Held(_));
        Session {
            visit,
            front,
            from,
            door,
            server,
            ready: None,
            link: Link::new(udp, None, None),
            udp,
            last: Instant::now(),
            idle: false,
            ended: None,
            buffer: vec![0; if udp { 65_535 } else { 0 }],
        }
    }

    pub fn id(&self) -> u64 {
        self.visit
    }

    pub fn ip(&self) -> IpAddr {
        self.from.ip().to_canonical()
    }

    /// Whether datagrams from there are this client's.
    pub fn is_of(&self, front: usize, from: SocketAddr) -> bool {
        self.udp && self.front == front && self.from == from
    }

    /// Takes what the server said and did.
    pub fn listen(&mut self, relay: &mut Relay, room: &mut Room) {
        for heard in self.server.listen() {
            self.take(heard, room);
        }
        self.open(relay, room);
    }

    fn take(&mut self, heard: Heard, room: &mut Room) {
        match heard {
            Heard::Ready(address) => {
                self.ready = Some((address, Instant::now()));
            }
            Heard::Line { stdout, text } => self.line(stdout, &text, room),
            Heard::Report(report) => self.report(report, room),
        }
    }

    fn report(&mut self, report: Report, room: &mut Room) {
        match report {
            Report::Event(event) => {
                room.event(self.visit, Event { lane: SERVER, ..*event });
            }
            Report::Line { stdout, at, len, head } => {
                let line = (at, len, head);
                if let Some(follow) = &mut room.follow {
                    follow.announce(self.visit, stdout, line);
                }
            }
            _ => {}
        }
    }

    fn line(&mut self, stdout: bool, text: &str, room: &mut Room) {
        // The server knows its client by the address of lab's own socket.
        let back = self.link.local.map(|back| back.to_string());
        let text = match back {
            Some(back) => text.replace(&back, &self.from.to_string()),
            None => text.to_owned(),
        };
        if !stdout && !text.starts_with("hint: ") {
            let words = text.strip_prefix("error: ").unwrap_or(&text);
            room.words(self.from, words);
        }
        if let Some(follow) = &mut room.follow {
            follow.line(self.visit, stdout, &text);
        }
    }

    /// Once the server is ready, what came meanwhile goes on. Where the system
    /// has no socket left it is tried again for a while.
    fn open(&mut self, relay: &mut Relay, room: &mut Room) {
        let Some((server, since)) = self.ready else { return };
        let opened = match std::mem::replace(&mut self.door, Door::Shut) {
            Door::Stream(client) => self.connect(server, client, relay, room),
            Door::Held(held) => self.bind(server, held, room),
            door => {
                self.door = door;
                return;
            }
        };
        if let Err(error) = opened
            && since.elapsed() > PATIENCE
        {
            self.door = Door::Shut;
            // Without its client the server would wait for ever.
            self.server.end();
            room.words(
                self.from,
                &tr_with("its server: {error}", &[("error", &error)]),
            );
        }
    }

    fn connect(
        &mut self,
        server: SocketAddr,
        client: TcpStream,
        relay: &mut Relay,
        room: &mut Room,
    ) -> std::io::Result<()> {
        let at = now();
        let connected = TcpStream::connect_timeout(&server, CONNECT)
            .and_then(|back| Ok((back.local_addr()?, back)));
        let (local, back) = match connected {
            Ok(connected) => connected,
            Err(error) => {
                self.door = Door::Stream(client);
                return Err(error);
            }
        };
        self.link = Link::new(false, Some(local), Some(server));
        let connects = Event::at_once(STUDENT, at, Op::Connects);
        let event = Event { link: Some(self.link), ..connects };
        room.event(self.visit, event);
        relay.carry(self.visit, self.from, client, back)?;
        self.door = Door::Relayed;
        Ok(())
    }

    fn bind(
        &mut self,
        server: SocketAddr,
        held: Vec<Vec<u8>>,
        room: &mut Room,
    ) -> std::io::Result<()> {
        let bound = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
        let bound = bound.and_then(|back| {
            back.connect(server)?;
            back.set_nonblocking(true)?;
            Ok((back.local_addr()?, back))
        });
        let (local, back) = match bound {
            Ok(bound) => bound,
            Err(error) => {
                self.door = Door::Held(held);
                return Err(error);
            }
        };
        self.link = Link::new(true, Some(local), Some(server));
        self.door = Door::Back(back);
        for bytes in held {
            self.pass(&bytes, room);
        }
        Ok(())
    }

    /// Takes a datagram of the client's.
    pub fn take_datagram(
        &mut self,
        bytes: Vec<u8>,
        most: usize,
        room: &mut Room,
    ) {
        self.last = Instant::now();
        match self.door {
            Door::Back(_) => self.pass(&bytes, room),
            _ => self.door.hold(bytes, most),
        }
    }

    fn pass(&mut self, bytes: &[u8], room: &mut Room) {
        let Door::Back(back) = &self.door else { return };
        let at = now();
        // Once the server has ended, nobody is there.
        if back.send(bytes).is_ok() {
            self.arrives(at, bytes.len() as u64, head(bytes), room);
        }
    }

    fn arrives(&self, at: u64, len: u64, head: Vec<u8>, room: &mut Room) {
        let bytes = Bytes { len, head, calls: 1, took: 0 };
        let event = Event::at_once(STUDENT, at, Op::Arrives);
        let event = Event { link: Some(self.link), bytes, ..event };
        room.event(self.visit, event);
    }

    /// What the relay carried for the client; what the server sent, its own
    /// reports tell.
    pub fn relayed(&mut self, event: NetworkEvent, room: &mut Room) {
        match event.action {
            Action::Carries { direction: Direction::Server, len, head } => {
                self.arrives(event.at, len, head, room);
            }
            Action::Ends { direction: Direction::Server } => {
                self.arrives(event.at, 0, Vec::new(), room);
            }
            _ => {}
        }
    }

    /// Passes the server's datagrams on; whether there were any.
    pub fn carry_datagrams(&mut self, fronts: &Fronts) -> bool {
        let Door::Back(back) = &self.door else { return false };
        let mut moved = false;
        for _ in 0..ANSWERS {
            match back.recv(&mut self.buffer) {
                Ok(length) => {
                    moved = true;
                    let answer = &self.buffer[..length];
                    fronts.answer(self.front, self.from, answer);
                }
                // The server has ended, and more came for it.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(_) => break,
            }
        }
        if moved {
            self.last = Instant::now();
        }
        moved
    }

    /// Whether the visit goes on: its server does, or its connection.
    pub fn goes_on(&mut self, relay: &mut Relay, room: &mut Room) -> bool {
        if self.ended.is_none() {
            if self.udp && !self.idle && self.last.elapsed() > IDLE {
                self.idle = true;
                self.server.end();
            }
            let Some(status) = self.server.ended() else { return true };
            for report in self.server.last_reports() {
                self.report(report, room);
            }
            let how = if self.idle {
                Ended::Silent
            } else if status.success() {
                Ended::Done
            } else {
                Ended::Failed
            };
            self.ended = Some(how);
            let how = (how == Ended::Failed).then(|| status.to_string());
            let ends = Event::at_once(SERVER, now(), Op::Ends(how));
            room.event(self.visit, ends);
            // Its last datagrams are in the socket: they go with the next
            // turn.
            return true;
        }
        if relay.carries(self.visit) {
            return true;
        }
        room.end(self.visit, self.ended.unwrap_or(Ended::Done));
        false
    }

    /// Ends the server.
    pub fn end(&mut self) {
        self.server.end();
    }
}
