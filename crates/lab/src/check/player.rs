//! The other side, played: connect, accept, send, expect. Every wait has a
//! deadline, and every step that fails says what was expected and what came.

use std::cell::RefCell;
use std::io::{ErrorKind, Read, Write};
use std::net::{
    Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket,
};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

use socket2::SockRef;

pub use super::bench::Bench;
use super::bench::Judged;
use super::failure::{Failure, Step};
use crate::run::INTERRUPTED;

/// So long the program is waited for at each step. It may wait up to ten
/// seconds itself before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(12);

/// So long a server may take from its start until it listens.
pub const START: Duration = Duration::from_secs(10);

/// The pause between two looks, and before the next try.
const TICK: Duration = Duration::from_millis(20);

/// The pause after each piece: the program reads each for itself.
pub const PAUSE: Duration = Duration::from_millis(30);

/// What happened in a check so far, for its report.
#[derive(Clone)]
pub enum Event {
    Did(String),
    Sent(Vec<u8>),
}

pub type Log = Rc<RefCell<Vec<Event>>>;

/// Any port of this machine alone.
pub const ANY: SocketAddr =
    SocketAddr::V4(std::net::SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// Listens for the client under judgement; accept with `Bench::accept`.
pub struct Listener {
    pub listener: TcpListener,
}

/// A TCP connection with the program under judgement.
pub struct Connection {
    stream: TcpStream,
    log: Log,
    judged: Rc<RefCell<Judged>>,
}

impl Connection {
    pub fn new(
        stream: TcpStream,
        log: &Log,
        judged: &Rc<RefCell<Judged>>,
    ) -> Step<Connection> {
        // Pieces leave as they are sent.
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let (log, judged) = (log.clone(), judged.clone());
        Ok(Connection { stream, log, judged })
    }

    /// Sends all of this, and expects that it can be sent.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Step {
        self.write(bytes.as_ref()).map_err(no_more)
    }

    /// Sends this, whether or not the program still wants it.
    pub fn offer(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.write(bytes.as_ref());
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.log.borrow_mut().push(Event::Sent(bytes.into()));
        self.stream.write_all(bytes)
    }

    /// Sends this so many bytes at a time, with a pause after each piece.
    pub fn send_in_pieces(
        &mut self,
        bytes: impl AsRef<[u8]>,
        size: usize,
    ) -> Step {
        let bytes = bytes.as_ref();
        self.did(&format!("sent the following {size} at a time"));
        self.log.borrow_mut().push(Event::Sent(bytes.into()));
        for piece in bytes.chunks(size.max(1)) {
            self.stream.write_all(piece).map_err(no_more)?;
            pause(PAUSE)?;
        }
        Ok(())
    }

    /// Sends a byte now and then until the program closes, within so long;
    /// whether it did. What it sends meanwhile is not looked at.
    pub fn drip(
        &mut self,
        bytes: impl AsRef<[u8]>,
        time: Duration,
    ) -> Step<bool> {
        let wait = Wait::new(time);
        for byte in bytes.as_ref() {
            self.offer([*byte]);
            let came = self.take_within(1, |_| false, PAUSE * 13)?;
            if came.end.is_some() {
                return Ok(true);
            }
            if wait.is_over() {
                break;
            }
        }
        Ok(false)
    }

    /// Expects exactly these bytes next.
    pub fn expect(&mut self, expected: impl AsRef<[u8]>) -> Step {
        let expected = expected.as_ref();
        let came =
            self.take(expected.len(), |came| !expected.starts_with(came))?;
        if came.bytes == expected {
            return Ok(());
        }
        let what = match came.end {
            _ if !expected.starts_with(&came.bytes) => "other bytes came",
            Some(End::Closed) => "it closed before all had come",
            Some(End::Reset) => "it reset the connection before all had come",
            None => "not all had come 12 s later",
        };
        Err(Failure::new(what).bytes(expected, came.bytes))
    }

    /// Expects so many bytes next, whichever.
    pub fn receive(&mut self, length: usize) -> Step<Vec<u8>> {
        let came = self.take(length, |_| false)?;
        if came.bytes.len() == length {
            return Ok(came.bytes);
        }
        let how = match came.end {
            Some(End::Closed) => "it closed after",
            Some(End::Reset) => "it reset the connection after",
            None => "12 s later there had come",
        };
        let bytes = came.bytes;
        let what = format!("{how} {} of {length} bytes", bytes.len());
        Err(Failure::new(what).bytes(vec![b'?'; length], bytes))
    }

    /// Expects that the program closes, and sends nothing more before.
    pub fn expect_end(&mut self) -> Step {
        let came = self.take(1, |_| false)?;
        match came.end {
            // Bytes that it left unread turn its close into a reset.
            Some(_) => Ok(()),
            None if came.bytes.is_empty() => {
                Err(Failure::new("it had not closed the connection 12 s later"))
            }
            None => {
                let what = "more bytes came, where the end was expected";
                Err(Failure::new(what).bytes("", came.bytes))
            }
        }
    }

    /// All that comes until the program closes, up to a bound.
    pub fn receive_all(&mut self, most: usize) -> Step<Vec<u8>> {
        let came = self.take(most, |_| false)?;
        match came.end {
            Some(End::Closed) => Ok(came.bytes),
            Some(End::Reset) => {
                Err(Failure::new("it reset the connection")
                    .bytes("", came.bytes))
            }
            None => Err(Failure::new("it did not close the connection")
                .bytes("", came.bytes)),
        }
    }

    /// Expects that nothing comes, and no end either, for so long.
    pub fn expect_nothing(&mut self, time: Duration) -> Step {
        let came = self.take_within(1, |_| false, time)?;
        match came.end {
            Some(_) => Err(Failure::new("it closed the connection too early")),
            None if came.bytes.is_empty() => Ok(()),
            None => {
                let what = "bytes came, where none were expected yet";
                Err(Failure::new(what).bytes("", came.bytes))
            }
        }
    }

    /// Whether it sends anything within a time; that stays to be received.
    pub fn speaks_within(&mut self, time: Duration) -> Step<bool> {
        let wait = Wait::new(time);
        loop {
            match self.stream.peek(&mut [0]) {
                Err(error) if is_timeout(error.kind()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                looked => return Ok(matches!(looked, Ok(1))),
            }
            if !wait.goes_on()? {
                return Ok(false);
            }
        }
    }

    /// Says that nothing more will be sent; the other direction stays open.
    pub fn close_sending(&mut self) {
        self.did("closed the sending side");
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Closes the connection.
    pub fn close(self) {
        self.did("closed the connection");
    }

    /// Throws the connection away (RST), as a crashed machine's would be.
    pub fn reset(self) -> Step {
        self.did("reset the connection");
        // Lingering for no time at all does it (tcp(7)).
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))?;
        Ok(())
    }

    fn did(&self, what: &str) {
        self.log.borrow_mut().push(Event::Did(what.into()));
    }

    fn take(
        &mut self,
        most: usize,
        enough: impl Fn(&[u8]) -> bool,
    ) -> Step<Came> {
        self.take_within(most, enough, PATIENCE)
    }

    /// Takes bytes until there are so many, enough is known, or time is up.
    fn take_within(
        &mut self,
        most: usize,
        enough: impl Fn(&[u8]) -> bool,
        time: Duration,
    ) -> Step<Came> {
        let wait = Wait::new(time);
        let mut came = Came { bytes: Vec::new(), end: None };
        let mut buffer = [0; 65_536];
        while came.bytes.len() < most && !enough(&came.bytes) {
            let room = buffer.len().min(most - came.bytes.len());
            match self.stream.read(&mut buffer[..room]) {
                Ok(0) => came.end = Some(End::Closed),
                Ok(length) => came.bytes.extend(&buffer[..length]),
                Err(error) if is_timeout(error.kind()) => {
                    self.judged.borrow_mut().ended()?;
                    if wait.is_over() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => came.end = Some(End::Reset),
            }
            if came.end.is_some() {
                break;
            }
        }
        Ok(came)
    }
}

fn no_more(error: std::io::Error) -> Failure {
    Failure::new(format!("it took no more bytes: {error}"))
}

struct Came {
    bytes: Vec<u8>,
    end: Option<End>,
}

enum End {
    Closed,
    Reset,
}

/// A UDP socket that talks with the program under judgement.
pub struct Socket {
    socket: UdpSocket,
    /// The server's address; a client's is known once it has sent something.
    peer: Option<SocketAddr>,
    /// The server under judgement, to be asked again until it is there.
    asks: bool,
    last: Vec<u8>,
    heard: bool,
    started: Instant,
    log: Log,
    judged: Rc<RefCell<Judged>>,
}

impl Socket {
    pub fn new(
        socket: UdpSocket,
        server: Option<SocketAddr>,
        log: &Log,
        judged: &Rc<RefCell<Judged>>,
    ) -> Socket {
        Socket {
            socket,
            peer: server,
            asks: server.is_some(),
            last: Vec::new(),
            heard: false,
            started: Instant::now(),
            log: log.clone(),
            judged: judged.clone(),
        }
    }

    /// Sends one datagram, again as long as the server is not there yet.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Step {
        let bytes = bytes.as_ref();
        self.log.borrow_mut().push(Event::Sent(bytes.into()));
        bytes.clone_into(&mut self.last);
        let wait = Wait::new(START);
        loop {
            match self.write(bytes) {
                // Refused is what an earlier datagram was (on Windows:
                // reset), and this call only brings the news.
                Err(error) if is_refusal(error.kind()) => {}
                Err(error) => return Err(error.into()),
                Ok(()) if !self.asks || self.heard => return Ok(()),
                Ok(()) => {
                    // If nobody is there, loopback tells at once.
                    self.socket.set_read_timeout(Some(TICK))?;
                    match self.socket.peek(&mut [0; 65_535]) {
                        Err(error) if is_refusal(error.kind()) => {}
                        _ => return Ok(()),
                    }
                }
            }
            let ended = self.judged.borrow_mut().ended()?;
            if ended || !wait.goes_on()? {
                let what = match self.judged.borrow().how() {
                    Some(how) => format!("nobody was at the port; {how}"),
                    None => "nobody was at the port within 10 s".into(),
                };
                return Err(Failure::new(what).hint(
                    "does it bind a UDP socket to the host and port of its \
                     arguments, and stay until it has answered?",
                ));
            }
        }
    }

    /// Sends one datagram, whether or not anybody is there.
    pub fn offer(&mut self, bytes: impl AsRef<[u8]>) {
        self.log.borrow_mut().push(Event::Sent(bytes.as_ref().into()));
        let _ = self.write(bytes.as_ref());
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        match self.peer {
            Some(peer) if !self.asks => self.socket.send_to(bytes, peer),
            _ => self.socket.send(bytes),
        }
        .map(drop)
    }

    /// The next datagram; `None` when there is none within a time.
    pub fn receive_within(&mut self, time: Duration) -> Step<Option<Vec<u8>>> {
        let wait = Wait::new(time);
        let mut buffer = vec![0; 65_535];
        self.socket.set_read_timeout(Some(TICK))?;
        loop {
            // What it sent before it ended is still there to be taken.
            let ended = self.judged.borrow_mut().ended()?;
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    self.heard = true;
                    self.peer = Some(from);
                    buffer.truncate(length);
                    return Ok(Some(buffer));
                }
                Err(error) if is_refusal(error.kind()) => {
                    // The news of a refusal came late: ask again. Or it came
                    // for a second question, and hides the answer to the
                    // first: look again.
                    let young = self.started.elapsed() < START;
                    if self.asks && !self.heard && young && !ended {
                        sleep(TICK);
                        let _ = self.write(&self.last);
                    }
                    if !wait.is_over() {
                        continue;
                    }
                }
                Err(error) if is_timeout(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
            if ended || wait.is_over() {
                return Ok(None);
            }
        }
    }

    fn no_datagram(&self) -> Failure {
        Failure::new(match self.judged.borrow().how() {
            Some(how) => format!("no datagram came; {how}"),
            None => "no datagram came within 12 s".into(),
        })
    }

    /// Expects a datagram of exactly these bytes.
    pub fn expect(&mut self, expected: impl AsRef<[u8]>) -> Step {
        let expected = expected.as_ref();
        match self.receive_within(PATIENCE)? {
            Some(came) if came == expected => Ok(()),
            Some(came) => {
                Err(Failure::new("another datagram came").bytes(expected, came))
            }
            None => Err(self.no_datagram().bytes(expected, "")),
        }
    }

    /// Another socket, which sends to the same client, unasked.
    pub fn stranger(&self) -> Step<Socket> {
        let socket = UdpSocket::bind(ANY)?;
        let mut stranger = Socket::new(socket, None, &self.log, &self.judged);
        stranger.peer = self.peer;
        Ok(stranger)
    }
}

/// A wait with an end.
pub struct Wait {
    until: Instant,
}

impl Wait {
    pub fn new(time: Duration) -> Wait {
        Wait { until: Instant::now() + time }
    }

    pub fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Waits for a moment; whether it should go on.
    pub fn goes_on(&self) -> Step<bool> {
        interrupted()?;
        sleep(TICK);
        Ok(!self.is_over())
    }
}

/// Waits, though not beyond Ctrl-C.
pub fn pause(time: Duration) -> Step {
    let wait = Wait::new(time);
    while !wait.is_over() {
        interrupted()?;
        let left = wait.until.saturating_duration_since(Instant::now());
        sleep(left.min(TICK));
    }
    Ok(())
}

/// # Errors
///
/// After Ctrl-C.
pub fn interrupted() -> Step {
    match INTERRUPTED.load(Ordering::Relaxed) {
        true => Err(Failure::Interrupted),
        false => Ok(()),
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
