//! What a program prints: results on stdout, everything else on stderr.

use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::exit;

use tap::escape;

/// Prints one line on stdout, made safe by [`escape`]. A closed stdout ends
/// the program quietly; a full disk is an error.
pub fn print(text: &str) -> io::Result<()> {
    if !try_print(text)? {
        exit(0);
    }
    Ok(())
}

/// As [`print()`], but says whether stdout is still open.
pub fn try_print(text: &str) -> io::Result<bool> {
    let line = escape(text);
    tap::printed(&line);
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(io::Error::new(e.kind(), format!("printing: {e}"))),
        Ok(()) => Ok(true),
    }
}

/// Writes one line on stderr, made safe by [`escape`].
pub fn log(text: &str) {
    let line = escape(text);
    tap::logged(&line);
    // One write keeps the lines of several threads whole.
    let _ = io::stderr().lock().write_all((line + "\n").as_bytes());
}

/// Logs when more has arrived than was received.
pub fn log_unread(stream: &TcpStream) {
    let set = stream.set_nonblocking(true);
    let peeked = set.and_then(|()| stream.peek(&mut [0]));
    let _ = stream.set_nonblocking(false);
    if let (Ok(1), Ok(peer)) = (peeked, stream.peer_addr()) {
        log(&format!("{peer}: more came than was received: left unread"));
    }
}

/// Announces a server's address, as the first line on its stderr, and the
/// commands for other machines if it listens on every interface.
pub fn ready(lesson: &str, local: SocketAddr) {
    log(&format!("ready on {local}"));
    if !local.ip().is_unspecified() {
        return;
    }
    let mut interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.retain(|interface| {
        let same_family = interface.ip().is_ipv4() == local.is_ipv4();
        same_family && !interface.is_loopback() && !interface.is_link_local()
    });
    for interface in &interfaces {
        let address = SocketAddr::new(interface.ip(), local.port());
        log(&format!("from another machine: just client {lesson} {address}"));
    }
    if interfaces.is_empty() {
        log("found no address that another machine could reach");
    }
}
