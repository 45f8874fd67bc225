//! The unreliable network: a program in the middle, between the clients and
//! the server, that loses, doubles, delays and cuts as the options say.
//!
//! It is made of ordinary sockets, so it needs no privilege. One thread turns
//! over all of them and waits for none, so that it can end at once.

pub mod event;
mod fate;
pub mod options;
pub mod relay;
mod tcp;
#[cfg(test)]
mod tests;
mod udp;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

pub use options::Faults;
use programs::lang::tr;

use crate::clock::now;
use event::NetworkEvent;

/// Where the network reports what it does.
pub type Tell = Box<dyn Fn(NetworkEvent) + Send>;

/// What one turn over all sockets achieved.
#[derive(Clone, Copy, Default)]
struct Turn {
    /// Something moved: there may be more at once.
    moved: bool,
    /// Something is held back, to be passed on later.
    holds: bool,
}

/// Either protocol's half of the work.
trait Carrier: Send {
    /// Receives what has arrived and passes on what is due, waiting for nothing.
    fn turn(&mut self) -> Turn;
}

/// The pause between two turns when nothing moves.
const PAUSE: Duration = Duration::from_micros(200);

/// A network at work. Dropping it ends it.
pub struct Network {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    over: AtomicBool,
    holds: AtomicBool,
}

impl Network {
    /// Starts a network in front of a server. Connections are offered again
    /// and again, if `patient`, to a server that may not be up yet.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub fn start(
        faults: &Faults,
        server: SocketAddr,
        patient: bool,
        tell: Tell,
    ) -> Result<Network> {
        let (address, carrier) = carrier(faults, server, patient, tell)
            .context(tr("putting a network before the server"))?;
        let state = Arc::new(State::default());
        let shared = state.clone();
        let thread = thread::spawn(move || work(carrier, &shared));
        Ok(Network { address, state, thread: Some(thread) })
    }

    /// Where the clients find the server now.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it holds something back, so that more will happen.
    pub fn holds(&self) -> bool {
        self.state.holds.load(Ordering::Relaxed)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn carrier(
    faults: &Faults,
    server: SocketAddr,
    patient: bool,
    tell: Tell,
) -> io::Result<(SocketAddr, Box<dyn Carrier>)> {
    let any = (Ipv4Addr::LOCALHOST, 0);
    Ok(match faults {
        Faults::Udp(faults) => {
            let front = UdpSocket::bind(any)?;
            let address = front.local_addr()?;
            let carrier = udp::Udp::new(*faults, front, server, tell)?;
            (address, Box::new(carrier))
        }
        Faults::Tcp(faults) => {
            let front = TcpListener::bind(any)?;
            let address = front.local_addr()?;
            let carrier = tcp::Tcp::new(*faults, front, server, patient, tell)?;
            (address, Box::new(carrier))
        }
    })
}

fn work(mut carrier: Box<dyn Carrier>, state: &State) {
    while !state.over.load(Ordering::Relaxed) {
        let turn = carrier.turn();
        state.holds.store(turn.holds, Ordering::Relaxed);
        if !turn.moved {
            thread::sleep(PAUSE);
        }
    }
}
