//! An address for a program that cannot choose its own.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use programs::lang::tr;
use socket2::{Domain, Socket, Type};

use super::Trial;
use super::wait::{START, Wait, pause};
use crate::outcome::Outcome;

/// An address, and what keeps other judges away from its port meanwhile.
pub struct Place {
    pub address: SocketAddr,
    _lock: Option<Socket>,
}

impl Place {
    /// The address of a socket that is bound already.
    pub fn of(address: SocketAddr) -> Place {
        Place { address, _lock: None }
    }

    /// A port at which nobody is, on TCP and on UDP.
    pub fn free() -> Result<Place> {
        Place::free_at(Ipv4Addr::LOCALHOST)
    }

    /// A port of this address at which nobody is.
    ///
    /// Systems give out other ports to a program that asks for any port: a
    /// client never gets the very port that it connects to, and never meets
    /// itself. The port ten thousand below is bound as long as the place is
    /// kept: only the judge that has it may touch the port itself.
    pub fn free_at(ip: Ipv4Addr) -> Result<Place> {
        let _alone = alone();
        let random = RandomState::new();
        for round in 0..1000_u64 {
            let offset = u16::try_from(random.hash_one(round) % 10_000)?;
            let Ok(lock) =
                bound(Ipv4Addr::LOCALHOST, 10_000 + offset, Type::STREAM)
            else {
                continue;
            };
            let port = 20_000 + offset;
            let is_free = |ip| {
                bound(ip, port, Type::STREAM).is_ok()
                    && bound(ip, port, Type::DGRAM).is_ok()
            };
            if is_free(ip) && is_free(Ipv4Addr::LOCALHOST) {
                let address = SocketAddr::new(IpAddr::V4(ip), port);
                return Ok(Place { address, _lock: Some(lock) });
            }
        }
        bail!(tr("no free port was found"))
    }
}

/// Keeps other trials from starting a program meanwhile: until it runs, a new
/// process has a copy of every socket of this one, and its port stays taken.
pub fn alone() -> MutexGuard<'static, ()> {
    static STARTING: Mutex<()> = Mutex::new(());
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bound(ip: Ipv4Addr, port: u16, kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, kind, None)?;
    socket.bind(&SocketAddr::from((ip, port)).into())?;
    Ok(socket)
}

impl Trial {
    /// Waits until the server under judgement has bound its port: a busy
    /// machine starts programs late. Unlike connecting, this leaves a server
    /// alone that waits for its one client.
    pub fn wait_until_bound(&mut self) -> Outcome {
        let address = self.place()?;
        if self.uses_udp() && !cfg!(target_os = "linux") {
            // To bind the port, even for a moment, could take it from the
            // server.
            return pause(Duration::from_secs(3));
        }
        let wait = Wait::new(START);
        let bound = if self.uses_udp() { udp_bound } else { tcp_bound };
        while !bound(address) && !self.has_ended()? {
            if !wait.goes_on()? {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a TCP port is taken. Bound, but not listening, the probe stands in
/// no server's way.
fn tcp_bound(address: SocketAddr) -> bool {
    let _alone = alone();
    let probe = Socket::new(Domain::IPV4, Type::STREAM, None).and_then(|s| {
        s.set_reuse_address(cfg!(unix))?;
        s.bind(&address.into())
    });
    probe.is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}

/// Whether a UDP port is taken, by Linux's own list: the second word of each
/// line is address and port, in hex (proc_pid_net(5)).
fn udp_bound(address: SocketAddr) -> bool {
    let port = format!(":{:04X}", address.port());
    ["/proc/net/udp", "/proc/net/udp6"].iter().any(|list| {
        let list = fs::read_to_string(list).unwrap_or_default();
        list.lines().any(|line| {
            let local = line.split_whitespace().nth(1);
            local.is_some_and(|local| local.ends_with(&port))
        })
    })
}
