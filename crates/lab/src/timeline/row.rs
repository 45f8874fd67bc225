//! One row of the picture.

use super::event::{Bytes, Failure, Lane, Slice};
use super::network_event::Fate;

/// One row: what happened where, attributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Nanoseconds since 1970.
    pub at: u64,
    pub lane: Lane,
    /// The program at the other end, once it is known.
    pub peer: Option<Lane>,
    pub kind: RowKind,
}

/// What a row shows. `unread` counts the bytes that are on the way in this
/// direction, sent and not yet received, once the row has happened; where
/// the receiver does not report its calls, nobody knows.
#[derive(Clone, Debug, PartialEq)]
pub enum RowKind {
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
        /// What the network made of it, if there is one.
        fate: Option<Fate>,
    },
    Receives {
        bytes: Bytes,
        slices: Vec<Slice>,
        unread: Option<u64>,
        udp: bool,
        /// It is a copy of a datagram that was received before.
        again: bool,
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
    /// A socket was closed, with this many bytes left in it unread.
    Closes {
        unread: u64,
        udp: bool,
    },
    Prints(String),
    Says(String),
    Ends(String),
    Network(NetworkRow),
}

/// What the network did that no other row shows.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkRow {
    /// It closed the connection after this many bytes.
    Cuts { after: u64 },
    /// Datagrams that it passed on found nobody.
    MeetsNobody { sends: Vec<usize> },
    /// It lost this many bytes of a sender that does not report its calls.
    Loses { len: u64 },
}
