//! UDP loses datagrams and cuts them. Lesson 02 shows both, and says why.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use tap::UdpSocket;

use crate::{Deadline, log};

/// Room for any UDP datagram, whose length field has 16 bits (RFC 768).
pub const MAX_DATAGRAM: usize = 65_535;

/// The time after which a question is asked again.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Sends a question to the connected peer, again each second, until an answer
/// comes or the time is over. The error is the last reason for having none.
pub fn ask_again(
    socket: &UdpSocket,
    question: &[u8],
    timeout: Duration,
) -> io::Result<Vec<u8>> {
    let mut answer = vec![0; MAX_DATAGRAM];
    let deadline = Deadline::after(timeout);
    loop {
        let retry = deadline.min(Deadline::after(RETRY_INTERVAL));
        let received =
            socket.send(question).and_then(|_| retry.recv(socket, &mut answer));
        let error = match received {
            Ok(length) => return Ok(answer[..length].to_vec()),
            Err(error) if is_transient(&error) => error,
            Err(error) => return Err(error),
        };
        thread::sleep(retry.left());
        if deadline.left().is_zero() {
            return Err(error);
        }
    }
}

/// Whether asking again may help, by the names of all systems.
fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
    )
}

/// Receives one datagram, and logs how much of it `room` bytes cannot hold.
pub fn receive(
    socket: &UdpSocket,
    room: usize,
) -> io::Result<(Vec<u8>, SocketAddr)> {
    let (length, peer) = socket.peek_from(&mut vec![0; MAX_DATAGRAM])?;
    let mut buffer = vec![0; room];
    let received = socket.recv_from(&mut buffer);
    buffer.truncate(length);
    if length <= room {
        received?;
    } else {
        log(&format!(
            "the datagram of {length} bytes from {peer} was cut: \
             {room} kept, {} lost",
            length - room
        ));
    }
    if length == 0 {
        log(&format!("{peer} sent a message of 0 bytes"));
    }
    Ok((buffer, peer))
}
