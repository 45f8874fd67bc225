//! What the network between the two sides did, where one stands there.

use std::net::SocketAddr;

/// One event, at one client's pair of sockets, named by the client's address.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkEvent {
    /// Nanoseconds since 1970.
    pub at: u64,
    pub client: SocketAddr,
    pub action: Action,
}

/// One thing that the network did.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// It represents the client from now on; the server sees this address.
    Pairs { back: SocketAddr },
    /// It took a datagram, and decided what becomes of it.
    Takes { direction: Direction, len: u64, head: Vec<u8>, fate: Fate },
    /// It passed a datagram on: by its place among those that it took from
    /// this client, or for it, counted from 0.
    Passes { direction: Direction, place: u64 },
    /// Nobody listens at the server's port.
    MeetsNobody,
    /// It took bytes of a stream.
    Carries { direction: Direction, len: u64, head: Vec<u8> },
    /// No more bytes come this way.
    Ends { direction: Direction },
    /// It closed a connection, after this many bytes.
    Cuts { after: u64 },
}

/// The two directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Server,
    Client,
}

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Lost,
    /// It arrives this often; if late, others may overtake it.
    Passes {
        copies: u8,
        late: bool,
    },
}

/// The first bytes: no more are reported.
pub fn head(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(64)].to_vec()
}
