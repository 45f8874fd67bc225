//! One row of the picture.

use super::event::{Bytes, Failure, Lane, Slice};
use super::frames::{Part, are_heartbeats};
use crate::network::event::Fate;

/// One row: what happened where, attributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Nanoseconds since 1970; never before the row above.
    pub at: u64,
    pub lane: Lane,
    /// The program at the other end, once it is known.
    pub peer: Option<Lane>,
    /// The client's number, where all clients share a lane.
    pub client: Option<usize>,
    pub kind: RowKind,
}

impl Row {
    /// Whether nothing but pings and pongs was moved.
    pub fn is_heartbeat(&self) -> bool {
        match &self.kind {
            RowKind::Sends { frames, .. }
            | RowKind::Receives { frames, .. } => are_heartbeats(frames),
            _ => false,
        }
    }

    /// The row where all clients share the first lane, and the server has the
    /// second; this was its lane.
    pub fn in_crowd(self, server: Lane) -> Row {
        let is_server = self.lane == server;
        let client = if is_server { self.peer } else { Some(self.lane) };
        Row {
            lane: usize::from(is_server),
            peer: self.peer.map(|peer| usize::from(peer == server)),
            client: client.map(|client| client + 1),
            ..self
        }
    }
}

/// What a row shows. `on_way` counts the bytes in this direction that were
/// sent and not yet received, once the row has happened; where the receiver's
/// calls are not seen, nobody knows.
#[derive(Clone, Debug, PartialEq)]
pub enum RowKind {
    Waits(String),
    /// `took` is in nanoseconds, and above zero where the call took long.
    Connects {
        error: Option<Failure>,
        took: u64,
    },
    Accepts {
        error: Option<Failure>,
    },
    Sends {
        number: usize,
        bytes: Bytes,
        on_way: Option<u64>,
        udp: bool,
        /// What the network made of it, if there is one.
        fate: Option<Fate>,
        /// It is not a send that was seen, but bytes that reached lab.
        arrived: bool,
        /// What they are of WebSocket's frames.
        frames: Vec<Part>,
    },
    /// A send that was drawn when it began is over.
    SendEnds {
        number: usize,
        bytes: Bytes,
        error: Option<Failure>,
    },
    Receives {
        bytes: Bytes,
        slices: Vec<Slice>,
        on_way: Option<u64>,
        udp: bool,
        /// It is a copy of a datagram that was received before.
        again: bool,
        frames: Vec<Part>,
    },
    EndOfStream,
    /// The end of a stream reached lab.
    EndArrives,
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
    /// Rows that are not drawn one by one, in words.
    Skips(String),
}

/// What the network did that no other row shows.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkRow {
    /// It closed the connection after this many bytes.
    Cuts { after: u64 },
    /// Datagrams that it passed on found nobody.
    MeetsNobody { sends: Vec<usize> },
    /// It lost this many bytes of a sender whose calls are not seen.
    Loses { len: u64 },
}

/// Where the call that waits at this place has come back.
pub fn wait_ends(rows: &[Row], place: usize) -> Option<usize> {
    let row = &rows[place];
    let RowKind::Waits(words) = &row.kind else { return None };
    let call = words.split(' ').next().unwrap_or_default();
    let ends = |kind: &RowKind| match call {
        "accept" => matches!(kind, RowKind::Accepts { .. }),
        "connect" => matches!(kind, RowKind::Connects { .. }),
        "recv" => matches!(
            kind,
            RowKind::Receives { .. }
                | RowKind::EndOfStream
                | RowKind::ReceiveFails { .. }
                | RowKind::Closes { .. }
        ),
        _ => true,
    };
    let of_call = ["accept", "connect", "recv"].contains(&call);
    let same = |one: Option<usize>, other: Option<usize>| {
        one.is_none() || other.is_none() || one == other
    };
    let found = rows.iter().enumerate().skip(place + 1).find(|(_, other)| {
        other.lane == row.lane
            && same(row.client, other.client)
            && (!of_call || same(row.peer, other.peer))
            && ends(&other.kind)
    });
    found.map(|(end, _)| end)
}
