//! What happened, as one side saw it.

use std::ops::Range;

use super::network_event::NetworkEvent;

/// A program of the run, by its place in the plan: clients first, in order,
/// then the server.
pub type Lane = usize;

/// The socket a call was made on: its own port, and the peer's once known.
/// All is on one machine, so the ports distinguish the connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Link {
    pub udp: bool,
    pub local: u16,
    pub peer: u16,
}

/// One thing that one program did.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Nanoseconds since 1970: the start of what goes out, the end of what
    /// comes in.
    pub at: u64,
    pub lane: Lane,
    pub op: Op,
}

/// What a program did.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A call began that has not ended soon, or the program is busy.
    Waits {
        words: String,
        link: Link,
    },
    Binds {
        link: Link,
    },
    Connects {
        link: Link,
        error: Option<Failure>,
    },
    Accepts {
        link: Link,
        error: Option<Failure>,
    },
    Sends {
        link: Link,
        bytes: Bytes,
        error: Option<Failure>,
    },
    Receives {
        link: Link,
        bytes: Bytes,
        error: Option<Failure>,
    },
    /// The sending half of a stream was closed.
    Shuts {
        link: Link,
    },
    Closes {
        link: Link,
    },
    /// A line on stdout.
    Prints(String),
    /// A line on stderr: the program's own words.
    Says(String),
    /// The process is over; the text says how if it did not succeed.
    Ends(Option<String>),
    /// The network between the two sides did something that is drawn.
    Network(NetworkEvent),
}

impl Op {
    /// The socket that it was done with, if any.
    pub fn link(&self) -> Option<Link> {
        match self {
            Op::Waits { link, .. }
            | Op::Binds { link }
            | Op::Connects { link, .. }
            | Op::Accepts { link, .. }
            | Op::Sends { link, .. }
            | Op::Receives { link, .. }
            | Op::Shuts { link }
            | Op::Closes { link } => Some(*link),
            Op::Prints(_) | Op::Says(_) | Op::Ends(_) | Op::Network(_) => None,
        }
    }
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
