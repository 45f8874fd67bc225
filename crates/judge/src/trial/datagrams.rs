//! A UDP socket that talks with the program under judgement.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use programs::lang::tr;

use crate::outcome::{Kind, Outcome, Stop};
use crate::trial::stream::is_timeout;
use crate::trial::wait::{START, TICK, Wait};

/// A UDP socket, and its peer once that is known.
pub struct Socket {
    socket: UdpSocket,
    peer: Option<SocketAddr>,
    /// Whether it asks the server under judgement, which may not be up yet.
    asks: bool,
    last: Vec<u8>,
    /// Whether the server has answered anything yet.
    answered: bool,
    started: Instant,
}

impl Socket {
    /// A socket that asks a server.
    pub fn asking(server: SocketAddr) -> Outcome<Socket> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(server)?;
        Ok(Socket::new(socket, Some(server), true))
    }

    /// A socket that is asked.
    pub fn asked(socket: UdpSocket) -> Socket {
        Socket::new(socket, None, false)
    }

    /// Another socket, which knows this one's peer.
    pub fn stranger(&self) -> Outcome<Socket> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(Socket::new(socket, self.peer, false))
    }

    fn new(socket: UdpSocket, peer: Option<SocketAddr>, asks: bool) -> Socket {
        let started = Instant::now();
        let (last, answered) = (Vec::new(), false);
        Socket { socket, peer, asks, last, answered, started }
    }

    /// Sends one datagram; to a server, again until it is there.
    pub fn send(
        &mut self,
        bytes: &[u8],
        mut ended: impl FnMut() -> Outcome<bool>,
    ) -> Outcome {
        bytes.clone_into(&mut self.last);
        let wait = Wait::new(START);
        loop {
            match self.write(bytes) {
                // An earlier datagram was refused, and this call only
                // reports it.
                Err(error) if is_refusal(error.kind()) => {}
                Err(error) => return Err(error.into()),
                Ok(()) if !self.asks || self.answered => return Ok(()),
                Ok(()) => {
                    // If nobody is there, loopback reports it at once.
                    self.socket.set_read_timeout(Some(TICK))?;
                    match self.socket.peek(&mut [0; 65_535]) {
                        Err(error) if is_refusal(error.kind()) => {}
                        _ => return Ok(()),
                    }
                }
            }
            if ended()? || !wait.goes_on()? {
                return Err(Stop::mismatch(
                    Kind::Nothing,
                    tr("nobody was at the port"),
                ));
            }
        }
    }

    /// Sends one datagram, whether or not anybody is there.
    pub fn try_send(&self, bytes: &[u8]) {
        let _ = self.write(bytes);
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match self.peer {
            Some(peer) if !self.asks => self.socket.send_to(bytes, peer),
            _ => self.socket.send(bytes),
        }
        .map(drop)
    }

    /// The next datagram; `None` when there is none within a time.
    pub fn receive(
        &mut self,
        time: Duration,
        mut ended: impl FnMut() -> Outcome<bool>,
    ) -> Outcome<Option<Vec<u8>>> {
        let wait = Wait::new(time);
        let mut buffer = vec![0; 65_535];
        self.socket.set_read_timeout(Some(TICK))?;
        loop {
            // What it sent before it ended is still there to be taken.
            let over = ended()? || wait.is_over();
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    self.answered = true;
                    self.peer = Some(from);
                    buffer.truncate(length);
                    return Ok(Some(buffer));
                }
                Err(error) if is_refusal(error.kind()) => {
                    // The refusal of a question came late: ask again.
                    let young = self.started.elapsed() < START;
                    if self.asks && !self.answered && young && !over {
                        thread::sleep(TICK);
                        let _ = self.write(&self.last);
                    }
                    // What it sent before may stand behind the refusal.
                    continue;
                }
                Err(error) if is_timeout(error.kind()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
            if over {
                return Ok(None);
            }
        }
    }
}

/// Whether an earlier datagram found nobody (Windows reports a reset).
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
