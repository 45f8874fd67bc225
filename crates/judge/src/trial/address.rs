//! An address for a program that cannot choose its own.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Result, bail};
use socket2::{Domain, Socket, Type};

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
        bail!("no free port was found")
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

/// Whether nobody listens at an address yet. Unlike connecting, this leaves a
/// server alone that waits for its one client.
pub fn is_free(address: SocketAddr, udp: bool) -> bool {
    let _alone = alone();
    if udp {
        let taken = UdpSocket::bind(address);
        return !taken.is_err_and(|error| error.kind() == ErrorKind::AddrInUse);
    }
    // Bound, but not listening, it stands in no server's way.
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).and_then(|s| {
        s.set_reuse_address(cfg!(unix))?;
        s.bind(&address.into())
    });
    !bound.is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}
