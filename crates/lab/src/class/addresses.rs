//! Where the class finds the server: at addresses that other machines can
//! reach, each named, and never at 0.0.0.0.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use programs::lang::tr;

/// What `--listen` says: an address, and perhaps a port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listen {
    ip: IpAddr,
    port: Option<u16>,
}

/// Parses ADDRESS or ADDRESS:PORT; the error is a sentence.
pub fn listen(text: &str) -> Result<Listen, String> {
    let parsed = match (text.parse(), text.parse::<SocketAddr>()) {
        (Ok(ip), _) => Listen { ip, port: None },
        (_, Ok(address)) => {
            Listen { ip: address.ip(), port: Some(address.port()) }
        }
        _ => {
            return Err(tr("give one of this machine's addresses, as \
                           192.168.1.20 or 192.168.1.20:9789")
            .into());
        }
    };
    if parsed.ip.is_unspecified() {
        return Err(tr(
            "leave out --listen to listen on every address of this \
                       machine: a UDP answer leaves from the address that was \
                       asked only where each has a socket of its own",
        )
        .into());
    }
    Ok(parsed)
}

/// The addresses to listen on: those that were asked for, else every one that
/// another machine can reach, else loopback.
///
/// # Errors
///
/// When the system does not tell its addresses.
pub fn choose(asked: &[Listen], port: u16) -> Result<Vec<SocketAddr>> {
    if !asked.is_empty() {
        let address = |listen: &Listen| {
            SocketAddr::new(listen.ip, listen.port.unwrap_or(port))
        };
        return Ok(asked.iter().map(address).collect());
    }
    let interfaces = interfaces().context(tr(
        "looking for this machine's addresses; try --listen ADDRESS",
    ))?;
    let mut ips: Vec<IpAddr> = interfaces;
    // Most networks speak IPv4, and its addresses are short to type.
    ips.sort_by_key(IpAddr::is_ipv6);
    ips.dedup();
    if ips.is_empty() {
        ips.push(Ipv4Addr::LOCALHOST.into());
    }
    Ok(ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
}

fn interfaces() -> io::Result<Vec<IpAddr>> {
    let interfaces = if_addrs::get_if_addrs()?.into_iter();
    let usable = interfaces.filter(|interface| {
        !interface.is_loopback() && !interface.is_link_local()
    });
    Ok(usable.map(|interface| interface.ip()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_taken_with_the_lessons_port() {
        let asked = [listen("127.0.0.1").unwrap(), listen("[::1]:0").unwrap()];
        let chosen = choose(&asked, 9789).unwrap();
        let wanted = ["127.0.0.1:9789", "[::1]:0"];
        assert_eq!(chosen, wanted.map(|a| a.parse::<SocketAddr>().unwrap()));
    }

    #[test]
    fn every_address_at_once_is_no_address() {
        for all in ["0.0.0.0", "0.0.0.0:80", "::", "[::]:80"] {
            assert!(listen(all).unwrap_err().contains("leave out"), "{all}");
        }
        assert!(listen("here").unwrap_err().contains("192.168.1.20"));
    }

    #[test]
    fn without_a_word_loopback_is_only_what_is_left() {
        let chosen = choose(&[], 9789).unwrap();
        assert!(!chosen.is_empty());
        let loopback = |a: &SocketAddr| a.ip().is_loopback();
        assert!(chosen.len() == 1 || !chosen.iter().any(loopback));
        assert!(!chosen.iter().any(|a| a.ip().is_unspecified()));
    }
}
