//! The same five messages as datagrams, which keep their boundaries.

use std::io::{self, ErrorKind};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use common::{Deadline, MAX_DATAGRAM};
use tap::UdpSocket;

use crate::{Args, MERGE, log_parts};

/// How long a refusal may take to come back.
const REFUSAL: Duration = Duration::from_millis(100);

/// The pause before the datagrams are sent again.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Sends the five messages, again each second while nobody listens.
pub fn send(args: &Args) -> Result<()> {
    let server = args.address;
    let socket = UdpSocket::bind(common::any_port(server))
        .context("binding to any free port")?;
    socket
        .connect(server)
        .with_context(|| format!("choosing {server} as the peer"))?;
    common::not_itself(socket.local_addr()?, socket.peer_addr()?)?;

    let deadline = Deadline::after(args.timeout);
    loop {
        let error = match send_each(&socket, args) {
            Err(error) if is_refusal(error.kind()) => error,
            sent => {
                return sent.with_context(|| format!("sending to {server}"));
            }
        };
        common::log(&format!("nobody listens on {server} yet"));
        thread::sleep(RETRY_INTERVAL.min(deadline.left()));
        if deadline.left().is_zero() {
            return Err(error).with_context(|| format!("sending to {server}"));
        }
    }
}

/// Sends each message as a datagram of its own, and listens for a refusal.
fn send_each(socket: &UdpSocket, args: &Args) -> io::Result<()> {
    for (number, message) in MERGE.iter().enumerate() {
        if number > 0 {
            thread::sleep(args.gap);
        }
        socket.send(message.as_bytes())?;
    }
    // A send succeeds when the datagram is on its way. That nobody listens
    // there is reported later, if at all; that it got lost, never. (std's own
    // socket is asked, so that the picture does not show it.)
    let socket: &std::net::UdpSocket = socket;
    socket.set_read_timeout(Some(REFUSAL))?;
    match socket.peek(&mut [0]) {
        Err(error) if is_refusal(error.kind()) => Err(error),
        _ => Ok(()),
    }
}

/// Windows reports a refusal as a reset.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

/// Receives the five messages, and prints a line per datagram.
pub fn receive(args: &Args) -> Result<()> {
    let socket = UdpSocket::bind(args.address)
        .with_context(|| format!("binding to {}", args.address))?;
    common::ready("05", socket.local_addr()?);

    // A connection would begin with accept. Here the first datagram is the
    // first sign of a client; the busy server does not take it yet.
    let mut datagram = vec![0; MAX_DATAGRAM];
    socket.peek_from(&mut datagram).context("waiting for a datagram")?;
    common::busy(args.busy);

    // UDP has no end of stream, and it may lose, double and reorder. So this
    // ends when each message has come, or when for a while no new one has.
    let mut missing = MERGE.to_vec();
    let mut deadline = Deadline::after(args.timeout);
    while !missing.is_empty() {
        let left = deadline.left();
        if left.is_zero() {
            let missing = missing.join(" ");
            common::log(&format!("no longer waited for: {missing}"));
            break;
        }
        socket.set_read_timeout(Some(left))?;
        let length = match socket.peek_from(&mut datagram) {
            Ok((length, _)) => length,
            Err(error) if is_timeout(error.kind()) => continue,
            Err(error) => return Err(error).context("waiting for a datagram"),
        };
        let (kept, _) = common::receive(&socket, args.buffer.into())?;
        common::print(&String::from_utf8_lossy(&kept))?;
        log_parts(&kept);

        let before = missing.len();
        missing.retain(|message| message.as_bytes() != &datagram[..length]);
        if missing.len() < before {
            deadline = Deadline::after(args.timeout);
        }
    }
    Ok(())
}

/// The wait is over or interrupted.
fn is_timeout(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
