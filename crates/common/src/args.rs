//! Addresses and times on a command line.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// Parses `host:port`: IPv4, `[IPv6]`, or a name, which means its first IPv4
/// address, else its first IPv6 one, so that both sides choose alike. The
/// error is a sentence.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    // Windows resolves an empty name, to this machine.
    if text.starts_with(':') && !text.starts_with("::") {
        return Err("the host is missing, as in 127.0.0.1:9789".into());
    }
    let found = text.to_socket_addrs();
    let found = found.map_err(|e| format!("{e}; give HOST:PORT"))?;
    found
        .min_by_key(SocketAddr::is_ipv6)
        .ok_or_else(|| format!("the name in {text} has no address"))
}

/// Any free port, in the address family in which `peer` can be reached.
pub fn any_port(peer: SocketAddr) -> SocketAddr {
    match peer {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Checks that a client at `local` did not meet itself at `peer`.
///
/// The system may give it the port that it wants to reach. If nobody is there,
/// TCP connects it to itself (RFC 9293, section 3.5), and UDP brings its own
/// datagrams. The error is `ConnectionRefused`.
pub fn not_itself(local: SocketAddr, peer: SocketAddr) -> io::Result<()> {
    // 0.0.0.0 and [::] lead to this machine.
    let is_here = peer.ip() == local.ip() || peer.ip().is_unspecified();
    if local.port() != peer.port() || !is_here {
        return Ok(());
    }
    let text = format!("nobody listens on {peer}: this client met itself");
    Err(io::Error::new(ErrorKind::ConnectionRefused, text))
}

/// Parses a duration of up to a day, such as `100ms`, `1.5s` or `10m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|e| e.to_string())?;
    if time > Duration::from_secs(24 * 60 * 60) {
        return Err("the longest time is a day".into());
    }
    Ok(time)
}

/// Parses how long to wait for something, as [`duration`]; zero is an error.
pub fn timeout(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("in no time nothing can come; try 5s".into()),
        time => Ok(time),
    }
}
