//! What a program prints: results on stdout, everything else on stderr.

use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::{ExitCode, exit};
use std::time::Duration;

use crate::{any_port, tap};

/// Prints one line on stdout: what came, made harmless by [`escape`].
///
/// A closed stdout (`| head -1`) ends the program quietly.
///
/// # Errors
///
/// When stdout takes no more for another reason, such as a full disk.
pub fn say(text: &str) -> io::Result<()> {
    let line = escape(text);
    tap::printed(&line);
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        printed => printed,
    }
}

/// Says so on stderr when more has arrived than the last recv took. If the
/// connection is broken by now, it is the next call that will tell.
pub fn warn_of_leftovers(stream: &TcpStream) {
    let looked =
        stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    let _ = stream.set_nonblocking(false);
    if matches!(looked, Ok(1)) {
        note("more came than one recv took: left unread");
    }
}

/// Writes one line on stderr, made harmless by [`escape`].
pub fn note(text: &str) {
    // One write a line keeps the lines of several threads whole. Where nobody
    // can read stderr any more, there is nobody to tell.
    let line = escape(text) + "\n";
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// Is busy for so long with something else than the socket, and says so.
pub fn busy(time: Duration) {
    if !time.is_zero() {
        tap::busy(time);
    }
}

/// Spells out what could command a terminal or disorder a line: control
/// characters, line separators, and marks that change the text's direction.
pub fn escape(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => harmless.extend(c.escape_unicode()),
            c if c.is_control() => harmless.extend(c.escape_default()),
            c => harmless.push(c),
        }
    }
    harmless
}

/// Announces a server's address: the first line on its stderr.
///
/// One that listens on every interface also hears other machines, so the
/// command for such a machine follows.
pub fn ready(lesson: &str, local: SocketAddr) {
    note(&format!("ready on {local}"));
    if local.ip().is_unspecified() {
        let lan = lan_address(local).unwrap_or(local);
        note(&format!("from another machine: just client {lesson} {lan}"));
    }
}

/// The address at which the local network knows this machine, if any.
///
/// Connecting a UDP socket sends nothing: it only asks which interface a
/// datagram would take, here to an address kept for documentation (RFC 5737
/// and RFC 3849).
fn lan_address(local: SocketAddr) -> Option<SocketAddr> {
    let elsewhere: SocketAddr = match local {
        SocketAddr::V4(_) => (Ipv4Addr::new(192, 0, 2, 1), 9).into(),
        SocketAddr::V6(_) => {
            (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into()
        }
    };
    let socket = UdpSocket::bind(any_port(local)).ok()?;
    socket.connect(elsewhere).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    Some(SocketAddr::new(ip, local.port()))
}

/// Ends a program: 0 when all went well, else 1 and the error in a sentence,
/// with a hint where there is one.
pub fn report(lesson: &str, result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    note(&format!("error: {}", sentence(&error)));
    let io = error.chain().find_map(|cause| cause.downcast_ref());
    if let Some(hint) = io.and_then(|io| hint(lesson, io)) {
        note(&format!("hint: {hint}"));
    }
    ExitCode::FAILURE
}

/// An error with its causes, in one sentence.
pub fn sentence(error: &anyhow::Error) -> String {
    let causes = error.chain().map(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        match io.is_some_and(is_timeout) {
            true => "nothing within --timeout".into(),
            false => cause.to_string(),
        }
    });
    causes.collect::<Vec<_>>().join(": ")
}

/// Unix calls a socket's expired timeout WouldBlock, Windows TimedOut.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn hint(lesson: &str, error: &io::Error) -> Option<String> {
    let neighbours = match lesson {
        "02" | "03" => "the server of lesson 02 or 03",
        "05" | "06" | "08" => "the server of lesson 05, 06 or 08",
        _ => "this server",
    };
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            Some(format!("start the server first: just server {lesson}"))
        }
        ErrorKind::AddrInUse => Some(format!(
            "perhaps {neighbours} still runs in another terminal; end it, \
             or take any free port: just server {lesson} 127.0.0.1:0"
        )),
        ErrorKind::AddrNotAvailable => {
            Some("this machine has no such address; try 127.0.0.1".into())
        }
        _ => None,
    }
}
