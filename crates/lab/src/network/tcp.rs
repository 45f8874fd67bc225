//! Streams: the bytes arrive in order, all of them, in pieces, or until cut.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::event::{Action, Direction, NetworkEvent, head};

use super::options::TcpFaults;
use super::{Carrier, Tell, Turn, now};

/// The least time between two pieces, or the receiver would
/// mostly find several together.
const GAP: Duration = Duration::from_micros(100);

/// How many bytes are held at most; then the sender has to wait.
const MOST_HELD: usize = 256 * 1024;

/// How long connecting to the server may take.
const CONNECT: Duration = Duration::from_secs(2);

/// How long, and how often, a server that may not be up yet is tried again.
const PATIENCE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(20);

pub struct Tcp {
    faults: TcpFaults,
    server: SocketAddr,
    patient: bool,
    tell: Tell,
    front: TcpListener,
    waiting: Vec<Waiting>,
    pairs: Vec<Pair>,
    buffer: Vec<u8>,
}

/// A client for whom the server is still tried.
struct Waiting {
    client: TcpStream,
    address: SocketAddr,
    since: Instant,
    next: Instant,
}

/// A client's connection, and the one to the server made on its behalf.
pub(super) struct Pair {
    /// The client's address.
    address: SocketAddr,
    client: TcpStream,
    server: TcpStream,
    to_server: Pipe,
    to_client: Pipe,
    /// The bytes passed on, both ways together.
    passed: u64,
}

/// One direction.
#[derive(Default)]
struct Pipe {
    /// What was received, each with the time when it may go on.
    held: VecDeque<(Instant, Vec<u8>)>,
    /// How many of the first one's bytes are gone already.
    gone: usize,
    /// When the next piece may go.
    next: Option<Instant>,
    /// No more comes: the end may go on at this time.
    ended: Option<Instant>,
    /// The sender's end was no end, but an error.
    broken: bool,
    /// What was taken and not yet told: how much and how it begins, or the
    /// end.
    taken: Vec<Option<(u64, Vec<u8>)>>,
    /// The receiver took no more.
    unwanted: bool,
    over: bool,
}

impl Tcp {
    pub fn new(
        faults: TcpFaults,
        front: TcpListener,
        server: SocketAddr,
        patient: bool,
        tell: Tell,
    ) -> io::Result<Tcp> {
        front.set_nonblocking(true)?;
        Ok(Tcp {
            faults,
            server,
            patient,
            tell,
            front,
            waiting: Vec::new(),
            pairs: Vec::new(),
            buffer: vec![0; 64 * 1024],
        })
    }

    /// Accepts new clients, and connects to the server for them.
    fn pair_up(&mut self) -> bool {
        let mut moved = false;
        while let Ok((client, address)) = self.front.accept() {
            let (since, next) = (Instant::now(), Instant::now());
            self.waiting.push(Waiting { client, address, since, next });
            moved = true;
        }
        for mut waiting in std::mem::take(&mut self.waiting) {
            if waiting.next > Instant::now() {
                self.waiting.push(waiting);
                continue;
            }
            let patient = self.patient && waiting.since.elapsed() < PATIENCE;
            match TcpStream::connect_timeout(&self.server, CONNECT) {
                Ok(server) => {
                    if let Ok(pair) = self.introduce(waiting, server) {
                        self.pairs.push(pair);
                    }
                }
                Err(_) if patient => {
                    waiting.next = Instant::now() + AGAIN;
                    self.waiting.push(waiting);
                }
                Err(_) => reset(&waiting.client),
            }
        }
        moved
    }

    fn introduce(
        &self,
        Waiting { client, address, .. }: Waiting,
        server: TcpStream,
    ) -> io::Result<Pair> {
        let back = server.local_addr()?;
        let pair = Pair::new(address, client, server)?;
        self.tell(address, Action::Pairs { back });
        Ok(pair)
    }

    fn tell(&self, client: SocketAddr, action: Action) {
        (self.tell)(NetworkEvent { at: now(), client, action });
    }
}

impl Carrier for Tcp {
    fn turn(&mut self) -> Turn {
        let mut turn =
            Turn { moved: self.pair_up(), holds: !self.waiting.is_empty() };
        let mut pairs = std::mem::take(&mut self.pairs);
        pairs.retain_mut(|pair| {
            let moved = pair.turn(&self.faults, &mut self.buffer);
            for action in pair.actions() {
                self.tell(pair.address, action);
            }
            turn.moved |= moved;
            turn.holds |= pair.holds();
            if self.faults.cut_after.is_some_and(|most| pair.passed >= most) {
                let after = pair.passed;
                self.tell(pair.address, Action::Cuts { after });
                return false;
            }
            !pair.is_over()
        });
        self.pairs = pairs;
        turn
    }
}

impl Pair {
    /// For two connections, the client's and the one to the server.
    pub fn new(
        address: SocketAddr,
        client: TcpStream,
        server: TcpStream,
    ) -> io::Result<Pair> {
        for stream in [&client, &server] {
            stream.set_nonblocking(true)?;
            // Each piece is to go by itself, and at once.
            stream.set_nodelay(true)?;
        }
        Ok(Pair {
            address,
            client,
            server,
            to_server: Pipe::default(),
            to_client: Pipe::default(),
            passed: 0,
        })
    }

    /// Whether all that the server sent is out, and its end too.
    pub fn server_is_over(&self) -> bool {
        self.to_client.over
    }

    /// Receives and passes on what there is, in both directions; true if
    /// anything moved.
    pub fn turn(&mut self, faults: &TcpFaults, buffer: &mut [u8]) -> bool {
        let Pair { client, server, to_server, to_client, passed, .. } = self;
        let mut moved = to_client.turn(server, client, faults, buffer, passed);
        moved |= to_server.turn(client, server, faults, buffer, passed);
        moved
    }

    /// What was taken from either side since.
    pub fn actions(&mut self) -> Vec<Action> {
        let pipes = [
            (Direction::Client, &mut self.to_client),
            (Direction::Server, &mut self.to_server),
        ];
        let mut actions = Vec::new();
        for (direction, pipe) in pipes {
            actions.extend(pipe.taken.drain(..).map(|taken| match taken {
                Some((len, head)) => Action::Carries { direction, len, head },
                None => Action::Ends { direction },
            }));
        }
        actions
    }

    fn holds(&self) -> bool {
        self.to_client.holds() || self.to_server.holds()
    }

    /// Whether all is said; a connection that broke is broken for both.
    pub fn is_over(&self) -> bool {
        let pipes = [&self.to_client, &self.to_server];
        let broken = pipes.iter().any(|pipe| pipe.over && pipe.broken);
        let over = broken || pipes.iter().all(|pipe| pipe.over);
        if over && (broken || pipes.iter().any(|pipe| pipe.unwanted)) {
            reset(&self.client);
            reset(&self.server);
        }
        over
    }
}

impl Pipe {
    /// Receives what has arrived and passes on what is due; true if anything
    /// moved.
    fn turn(
        &mut self,
        mut from: &TcpStream,
        mut to: &TcpStream,
        faults: &TcpFaults,
        buffer: &mut [u8],
        passed: &mut u64,
    ) -> bool {
        if self.over {
            return false;
        }
        let now = Instant::now();
        let mut moved = false;
        if self.ended.is_none() && self.bytes() < MOST_HELD {
            match from.read(buffer) {
                Ok(length) if length > 0 => {
                    let bytes = buffer[..length].to_vec();
                    self.taken.push(Some((length as u64, head(&bytes))));
                    self.held.push_back((now + faults.delay, bytes));
                    moved = true;
                }
                Err(error) if may_pass(&error) => {}
                end => {
                    self.broken = end.is_err();
                    self.taken.push(None);
                    self.ended = Some(now + faults.delay);
                    moved = true;
                }
            }
        }
        let left = faults.cut_after.map_or(u64::MAX, |most| most - *passed);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let most = left.min(faults.fragment.unwrap_or(usize::MAX));
        if let Some((due, bytes)) = self.held.front()
            && *due <= now
            && self.next.is_none_or(|next| next <= now)
            && most > 0
        {
            let piece = &bytes[self.gone..];
            let piece = &piece[..piece.len().min(most)];
            match to.write(piece) {
                Ok(length) => {
                    moved = true;
                    self.gone += length;
                    *passed += length as u64;
                    if self.gone == bytes.len() {
                        self.held.pop_front();
                        self.gone = 0;
                    }
                    if faults.fragment.is_some() {
                        self.next = Some(now + faults.delay.max(GAP));
                    }
                }
                Err(error) if may_pass(&error) => {}
                Err(_) => {
                    // The other direction will show how the receiver ended.
                    self.held.clear();
                    self.unwanted = true;
                    self.over = true;
                }
            }
        }
        let ended = self.ended.is_some_and(|at| at <= now);
        if ended && self.held.is_empty() {
            if !self.broken {
                let _ = to.shutdown(Shutdown::Write);
            }
            self.over = true;
        }
        moved || self.over
    }

    fn bytes(&self) -> usize {
        let held: usize = self.held.iter().map(|(_, bytes)| bytes.len()).sum();
        held - self.gone
    }

    /// Whether something has to wait for its time, and not for a receiver.
    fn holds(&self) -> bool {
        let now = Instant::now();
        let held = self.held.front().is_some_and(|(due, _)| *due > now);
        let next = self.next.is_some_and(|next| next > now);
        let ends = self.ended.is_some_and(|at| at > now);
        !self.over && (held || ends || next && !self.held.is_empty())
    }
}

/// Nothing for the moment.
fn may_pass(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Has a stream end with a reset, once it is dropped (RST, not FIN).
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
