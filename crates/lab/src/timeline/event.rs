//! One fact, in one shape: what a program did, from when to when, and between
//! which two addresses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;

use crate::network::event::NetworkEvent;

/// A program of the run, by its place in the plan: clients first, in order,
/// then the server.
pub type Lane = usize;

/// One thing that one program did.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Nanoseconds since 1970.
    pub began: u64,
    /// `None` while it lasts.
    pub ended: Option<u64>,
    pub lane: Lane,
    pub op: Op,
    /// The socket it was done with, if any.
    pub link: Option<Link>,
    pub bytes: Bytes,
    pub error: Option<Failure>,
}

/// What a program did.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A listener listens, or a UDP socket has its port.
    Binds,
    Connects,
    Accepts,
    Sends,
    Receives,
    /// Bytes of a program whose calls are not seen reached lab: who knows by
    /// how many sends. None at all is the end of a stream.
    Arrives,
    /// As a receive, but what came stays where it was.
    Peeks,
    /// The sending half of a stream was closed.
    Shuts,
    Closes,
    /// Is busy with something else, by these words.
    Busy(String),
    /// A line on stdout.
    Prints(String),
    /// A line on stderr: the program's own words, or lab's about it.
    Says(String),
    /// The process is over; the text says how if it did not succeed.
    Ends(Option<String>),
    /// The network between the two sides did something that is drawn.
    Network(NetworkEvent),
}

/// The socket a call was made on: its own address, and the peer's once known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Link {
    pub udp: bool,
    pub local: Option<SocketAddr>,
    pub peer: Option<SocketAddr>,
}

/// Bytes that a call moved: how many, the first of them, and in how many
/// calls, if a long transfer was summed up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bytes {
    pub len: u64,
    pub head: Vec<u8>,
    pub calls: u64,
    /// Nanoseconds from the start of the first call to the end of the last.
    pub took: u64,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// As std's `ErrorKind` is called.
    pub kind: String,
    /// In the system's words.
    pub text: String,
    /// How long the call had taken, in nanoseconds.
    pub after: u64,
}

impl Event {
    /// Words or an end, at one moment.
    pub fn at_once(lane: Lane, at: u64, op: Op) -> Event {
        Event {
            began: at,
            ended: Some(at),
            lane,
            op,
            link: None,
            bytes: Bytes::default(),
            error: None,
        }
    }

    /// The time at which it counts: a call that brings something counts from
    /// its end, and so does what took long and what is a sum of many calls;
    /// all others count from their start.
    pub fn at(&self) -> u64 {
        let brings = matches!(self.op, Op::Accepts | Op::Receives | Op::Peeks);
        let sums = self.bytes.calls > 1;
        let late = self.took() >= LONG;
        match self.ended {
            Some(ended) if brings || sums || late => ended,
            _ => self.began,
        }
    }

    /// How long it took, in nanoseconds.
    pub fn took(&self) -> u64 {
        self.ended.map_or(0, |ended| ended.saturating_sub(self.began))
    }
}

/// A call that lasts longer is drawn when it begins, and again when it ends:
/// 40 ms.
pub const LONG: u64 = 40_000_000;

impl Link {
    /// With addresses that can be compared: an IPv4 address stays one when a
    /// socket for IPv6 serves it, and a socket that is bound to every address
    /// is met at this machine's own.
    pub fn new(
        udp: bool,
        local: Option<SocketAddr>,
        peer: Option<SocketAddr>,
    ) -> Link {
        Link { udp, local: local.map(comparable), peer: peer.map(comparable) }
    }
}

/// An address in the one shape in which it can be compared.
pub fn comparable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip().to_canonical() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

impl Failure {
    /// Whether a timeout ran out, by its names on Unix and Windows.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind.as_str(), "WouldBlock" | "TimedOut")
    }

    /// Whether an earlier datagram found nobody.
    pub fn is_refusal(&self) -> bool {
        matches!(self.kind.as_str(), "ConnectionRefused" | "ConnectionReset")
    }
}

/// A part of a receive: which send its bytes came from, and which of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The send's number, from 1.
    pub send: usize,
    /// Which of the send's bytes.
    pub range: Range<u64>,
    /// How many bytes the send had.
    pub of: u64,
}

impl Slice {
    /// Whether it is all of the send.
    pub fn is_whole(&self) -> bool {
        self.range == (0..self.of)
    }
}
