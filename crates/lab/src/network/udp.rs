//! Datagrams: each is taken, judged, and passed on as its fate has it.

use std::collections::VecDeque;
use std::io::{ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::timeline::deed::{Deed, Fate, Told, Towards};

use super::fate::fate;
use super::options::UdpFaults;
use super::{Carrier, Tell, Turn, now};

/// A late datagram is passed on after so long, if no other overtakes it.
const LATE: Duration = Duration::from_millis(200);

/// So many are held at most; while there are more, the kernel keeps them.
const MOST_HELD: usize = 1024;

/// So many clients are remembered, the latest.
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
    /// How many came towards the server, and towards the clients.
    came: [u64; 2],
    buffer: Vec<u8>,
}

/// A client, and the socket that speaks for it: so the server sees as many
/// peers as there are.
struct Client {
    address: SocketAddr,
    back: UdpSocket,
    /// How many came from it, and how many for it.
    came: [u64; 2],
}

/// A datagram to be passed on, when its time has come.
struct Held {
    client: SocketAddr,
    towards: Towards,
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
            came: [0; 2],
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
                    self.judge(client, Towards::Server, length);
                }
            }
            // Windows tells that an answer met nobody any more.
            Err(error) => moved |= is_refusal(error.kind()),
        }
        for client in 0..self.clients.len() {
            match self.clients[client].back.recv(&mut self.buffer) {
                Ok(length) => {
                    moved = true;
                    self.judge(client, Towards::Client, length);
                }
                Err(error) if is_refusal(error.kind()) => {
                    moved = true;
                    let client = self.clients[client].address;
                    self.tell(client, Deed::MeetsNobody);
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
        let port = back.local_addr()?.port();
        if self.clients.len() == MOST_CLIENTS {
            self.clients.pop_front();
        }
        self.clients.push_back(Client { address, back, came: [0; 2] });
        self.tell(address, Deed::Pairs { port });
        Ok(self.clients.len() - 1)
    }

    /// Decides what becomes of the datagram in the buffer.
    fn judge(&mut self, client: usize, towards: Towards, length: usize) {
        let UdpFaults { odds, delay, seed } = self.faults;
        let client = &mut self.clients[client];
        let number = next(&mut self.came, towards);
        let place = next(&mut client.came, towards);
        let client = client.address;
        let fate = fate(seed, towards, number, odds);
        let len = length as u64;
        self.tell(client, Deed::Takes { towards, len, fate });
        let Fate::Passes { copies, late } = fate else {
            return;
        };
        let due = Instant::now() + delay;
        for _ in 0..copies {
            let bytes = self.buffer[..length].to_vec();
            let held = Held { client, towards, place, due, late, bytes };
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
                        && other.towards == held.towards
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
        self.held.iter().position(|held| match held.late {
            false => held.due <= now,
            true => held.due + LATE <= now,
        })
    }

    fn send(&self, held: &Held) {
        let Held { client, towards, place, .. } = *held;
        let passes = Deed::Passes { towards, place };
        if towards == Towards::Client {
            self.tell(client, passes);
            let _ = self.front.send_to(&held.bytes, client);
            return;
        }
        let known = self.clients.iter().find(|c| c.address == client);
        let Some(Client { back, .. }) = known else {
            return; // So many came since that it is forgotten.
        };
        // An earlier one's refusal may be told in the place of sending.
        let sent = back.send(&held.bytes);
        let refused = sent.is_err_and(|error| is_refusal(error.kind()));
        if refused {
            self.tell(client, Deed::MeetsNobody);
        }
        self.tell(client, passes);
        if refused {
            let _ = back.send(&held.bytes);
        }
    }

    fn tell(&self, client: SocketAddr, deed: Deed) {
        (self.tell)(Told { at: now(), client: client.port(), deed });
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
fn next(came: &mut [u64; 2], towards: Towards) -> u64 {
    let count = &mut came[match towards {
        Towards::Server => 0,
        Towards::Client => 1,
    }];
    *count += 1;
    *count - 1
}

/// An earlier datagram met a port where nobody listens (Windows says reset).
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
