//! Streams between pairs of connections that somebody else has made.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::event::NetworkEvent;
use super::now;
use super::options::TcpFaults;
use super::tcp::Pair;

/// How long a client may keep a connection that its server has closed.
const LINGER: Duration = Duration::from_secs(5);

/// Carries streams, and waits for none of them.
pub struct Relay {
    carried: Vec<Carried>,
    buffer: Vec<u8>,
}

/// One pair, by its owner's number.
struct Carried {
    id: u64,
    address: SocketAddr,
    pair: Pair,
    moved: Instant,
}

impl Relay {
    /// For pairs to come.
    pub fn new() -> Relay {
        Relay { carried: Vec::new(), buffer: vec![0; 64 * 1024] }
    }

    /// Carries between a client and a server from now on.
    ///
    /// # Errors
    ///
    /// When the two cannot be made to wait for nothing.
    pub fn carry(
        &mut self,
        id: u64,
        address: SocketAddr,
        client: TcpStream,
        server: TcpStream,
    ) -> io::Result<()> {
        let pair = Pair::new(address, client, server)?;
        self.carried.push(Carried { id, address, pair, moved: Instant::now() });
        Ok(())
    }

    /// Whether a pair is still open.
    pub fn carries(&self, id: u64) -> bool {
        self.carried.iter().any(|carried| carried.id == id)
    }

    /// Receives and passes on what there is: what happened, by the pair's
    /// number, and whether there may be more at once.
    pub fn turn(&mut self) -> (Vec<(u64, NetworkEvent)>, bool) {
        let Relay { carried, buffer } = self;
        let faults = TcpFaults::default();
        let mut events = Vec::new();
        let mut any = false;
        carried.retain_mut(|Carried { id, address, pair, moved }| {
            // Whatever the server makes of it happens after this.
            let at = now();
            if pair.turn(&faults, buffer) {
                *moved = Instant::now();
                any = true;
            }
            let client = *address;
            events.extend(
                pair.actions()
                    .into_iter()
                    .map(|action| (*id, NetworkEvent { at, client, action })),
            );
            let late = pair.server_is_over() && moved.elapsed() > LINGER;
            !pair.is_over() && !late
        });
        (events, any)
    }
}
