//! One row of the picture.

use super::event::{Bytes, Failure, Part, Who};

/// One row: what happened where, attributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Nanoseconds since 1970.
    pub at: u64,
    pub who: Who,
    /// The program at the other end, once it is known.
    pub peer: Option<Who>,
    pub kind: Kind,
}

/// What a row shows. `unread` counts the bytes that are on the way in this
/// direction, sent and not yet received, once the row has happened; where
/// the receiver does not tell its calls nobody knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Waits(String),
    Connects {
        error: Option<Failure>,
    },
    Accepts {
        error: Option<Failure>,
    },
    Sends {
        number: usize,
        bytes: Bytes,
        unread: Option<u64>,
        udp: bool,
    },
    Receives {
        bytes: Bytes,
        parts: Vec<Part>,
        unread: Option<u64>,
        udp: bool,
    },
    EndOfStream,
    /// A send or receive failed; a refusal names the datagrams it concerns.
    SendFails {
        error: Failure,
        lost: Vec<usize>,
    },
    ReceiveFails {
        error: Failure,
        lost: Vec<usize>,
    },
    Shuts,
    /// A socket was closed, with so many bytes left in it unread.
    Closes {
        unread: u64,
        udp: bool,
    },
    Prints(String),
    Says(String),
    Ends(String),
}
