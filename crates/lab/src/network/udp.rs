//! Datagrams: each is taken, judged, and passed on as its fate has it.

use std::collections::VecDeque;
use std::io::{ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::event::{Action, Direction, Fate, NetworkEvent, head};

use super::fate::fate;
use super::options::UdpFaults;
use super::{Carrier, Tell, Turn, now};

/// How long a late datagram is held, if no other overtakes it.
const LATE: Duration = Duration::from_millis(200);

/// How many are held at most; while there are more, the kernel keeps them.
const MOST_HELD: usize = 1024;

/// How many clients are remembered: the latest.
const MOST_CLIENTS: usize = 64;

/// The most that a UDP datagram could hold, by its 16-bit length (RFC 768).
const LARGEST: usize = 65_535;

pub struct Udp {
    faults: UdpFaults,
    server: SocketAddr,
    tell: Tell,
    /// Where the clients send to.
    front: UdpSocket,
    clients: VecDeque<Client>,
    held: Vec<Held>,
    /// How many were received for the server, and for the clients.
    received: [u64; 2],
    buffer: Vec<u8>,
}

/// A client, and the socket that represents it: so the server sees as many
/// peers as there are.
struct Client {
    address: SocketAddr,
    back: UdpSocket,
    /// How many were received from it, and how many for it.
    received: [u64; 2],
}

/// A datagram to be passed on, when its time has come.
struct Held {
    client: SocketAddr,
    direction: Direction,
    place: u64,
    due: Instant,
    late: bool,
    bytes: Vec<u8>,
}

impl Udp {
    pub fn new(
        faults: UdpFaults,
        front: UdpSocket,
        server: SocketAddr,
        tell: Tell,
    ) -> Result<Udp> {
        front.set_nonblocking(true)?;
        Ok(Udp {
            faults,
            server,
            tell,
            front,
            clients: VecDeque::new(),
            held: Vec::new(),
            received: [0; 2],
            buffer: vec![0; LARGEST],
        })
    }

    /// Takes a datagram from each socket that has one.
    fn take(&mut self) -> bool {
        let mut moved = false;
        match self.front.recv_from(&mut self.buffer) {
            Ok((length, address)) => {
                moved = true;
                if let Ok(client) = self.client(address) {
                    self.judge(client, Direction::Server, length);
                }
            }
            // Windows reports an ICMP port-unreachable here.
            Err(error) => moved |= is_refusal(error.kind()),
        }
        for client in 0..self.clients.len() {
            match self.clients[client].back.recv(&mut self.buffer) {
                Ok(length) => {
                    moved = true;
                    self.judge(client, Direction::Client, length);
                }
                Err(error) if is_refusal(error.kind()) => {
                    moved = true;
                    let client = self.clients[client].address;
                    self.tell(client, Action::MeetsNobody);
                }
                Err(_) => {}
            }
        }
        moved
    }

    /// The place of a client, with a socket of its own if it is new.
    fn client(&mut self, address: SocketAddr) -> Result<usize> {
        let known = self.clients.iter().position(|c| c.address == address);
        if let Some(place) = known {
            return Ok(place);
        }
        let back = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        back.connect(self.server)?;
        back.set_nonblocking(true)?;
        let back_address = back.local_addr()?;
        if self.clients.len() == MOST_CLIENTS {
            self.clients.pop_front();
        }
        self.clients.push_back(Client { address, back, received: [0; 2] });
        self.tell(address, Action::Pairs { back: back_address });
        Ok(self.clients.len() - 1)
    }

    /// Decides what becomes of the datagram in the buffer.
    fn judge(&mut self, client: usize, direction: Direction, length: usize) {
        let UdpFaults { odds, delay, seed } = self.faults;
        let client = &mut self.clients[client];
        let number = next(&mut self.received, direction);
        let place = next(&mut client.received, direction);
        let client = client.address;
        let fate = fate(seed, direction, number, odds);
        let (len, head) = (length as u64, head(&self.buffer[..length]));
        self.tell(client, Action::Takes { direction, len, head, fate });
        let Fate::Passes { copies, late } = fate else {
            return;
        };
        let due = Instant::now() + delay;
        for _ in 0..copies {
            let bytes = self.buffer[..length].to_vec();
            let held = Held { client, direction, place, due, late, bytes };
            self.held.push(held);
        }
    }

    /// Passes on what is due.
    fn pass(&mut self) -> bool {
        let mut moved = false;
        while let Some(place) = self.due() {
            let held = self.held.remove(place);
            moved = true;
            if !held.late {
                // It has overtaken those that were late: now they may go.
                for other in &mut self.held {
                    let behind = other.client == held.client
                        && other.direction == held.direction
                        && other.place < held.place;
                    other.late &= !behind;
                }
            }
            self.send(&held);
        }
        moved
    }

    /// The first datagram that is due.
    fn due(&self) -> Option<usize> {
        let now = Instant::now();
        self.held.iter().position(|held| {
            if held.late { held.due + LATE <= now } else { held.due <= now }
        })
    }

    fn send(&self, held: &Held) {
        let Held { client, direction, place, .. } = *held;
        let passes = Action::Passes { direction, place };
        if direction == Direction::Client {
            self.tell(client, passes);
            let _ = self.front.send_to(&held.bytes, client);
            return;
        }
        let known = self.clients.iter().find(|c| c.address == client);
        let Some(Client { back, .. }) = known else {
            return; // Too many clients since: it is forgotten.
        };
        // An earlier datagram's refusal may be reported instead of sending.
        let sent = back.send(&held.bytes);
        let refused = sent.is_err_and(|error| is_refusal(error.kind()));
        if refused {
            self.tell(client, Action::MeetsNobody);
        }
        self.tell(client, passes);
        if refused {
            let _ = back.send(&held.bytes);
        }
    }

    fn tell(&self, client: SocketAddr, action: Action) {
        (self.tell)(NetworkEvent { at: now(), client, action });
    }
}

impl Carrier for Udp {
    fn turn(&mut self) -> Turn {
        let mut moved = false;
        while self.held.len() < MOST_HELD && self.take() {
            moved = true;
            // What is due goes at once, so that no storm delays it.
            self.pass();
        }
        moved |= self.pass();
        Turn { moved, holds: !self.held.is_empty() }
    }
}

/// Counts one more, and gives how many there were before.
fn next(received: &mut [u64; 2], direction: Direction) -> u64 {
    let count = &mut received[match direction {
        Direction::Server => 0,
        Direction::Client => 1,
    }];
    *count += 1;
    *count - 1
}

/// An earlier datagram found nobody (Windows reports a reset).
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
