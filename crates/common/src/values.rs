//! Values on a command line, as parsers for `clap`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// Turns `host:port` into an address: IPv4, `[IPv6]`, or a name.
///
/// A name with several addresses means its first IPv4 one, else its first
/// IPv6 one, so that both sides of a lesson choose alike.
///
/// # Errors
///
/// A sentence, when the text has another form or the name is unknown.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let found: Vec<SocketAddr> = text
        .to_socket_addrs()
        .map_err(|e| format!("{e}; wanted is host:port, as 127.0.0.1:9789"))?
        .collect();
    let ipv4 = found.iter().find(|address| address.is_ipv4());
    let chosen = ipv4.or(found.first()).copied();
    chosen.ok_or_else(|| format!("the name in {text} has no address"))
}

/// Any free port, in the address family in which `peer` can be reached.
pub fn any_port(peer: SocketAddr) -> SocketAddr {
    match peer {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Turns `100ms`, `5s`, `1.5s`, `10m` or `1h` into a duration of up to a day.
///
/// # Errors
///
/// A sentence, when the number or its unit is missing or out of bounds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let unit_at = text.find(char::is_alphabetic).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("wanted is a number and ms, s, m or h".into()),
    };
    let number: f64 = number.parse().map_err(|e| format!("{number:?}: {e}"))?;
    Duration::try_from_secs_f64(number * seconds)
        .ok()
        .filter(|duration| duration.as_secs() <= 24 * 60 * 60)
        .ok_or_else(|| "wanted is a time between 0 and a day".into())
}
