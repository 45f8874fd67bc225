//! The sender and the receiver of messages over UDP.

use std::io::{self, ErrorKind};
use std::thread::sleep;
use std::time::Duration;

use common::tap::UdpSocket;

use crate::{Args, note_parts};

/// The most that a UDP datagram could hold, by its 16-bit length (RFC 768).
pub const LARGEST: usize = 65_535;

/// So long a refusal may take to come back.
const REFUSAL: Duration = Duration::from_millis(100);

/// Sends each message as a datagram of its own, and listens for a refusal.
///
/// # Errors
///
/// `ConnectionRefused` when nobody listens there, as far as that is heard of;
/// else as `UdpSocket::send`.
pub fn send_datagrams(
    socket: &UdpSocket,
    messages: &[&str],
    args: &Args,
) -> io::Result<()> {
    for (number, message) in messages.iter().enumerate() {
        if number > 0 {
            sleep(args.gap);
        }
        socket.send(message.as_bytes())?;
    }
    // A send succeeds when the datagram is on its way. That nobody listens
    // there is heard of later, if at all; that it got lost, never.
    socket.set_read_timeout(Some(REFUSAL))?;
    match socket.peek(&mut [0]) {
        Err(error) if is_refusal(&error) => {
            Err(ErrorKind::ConnectionRefused.into())
        }
        _ => Ok(()),
    }
}

/// Receives one datagram, prints as much of it as `room` bytes hold, and
/// gives the whole.
///
/// # Errors
///
/// As `UdpSocket::recv_from`.
pub fn receive_datagram(
    socket: &UdpSocket,
    room: usize,
) -> io::Result<Vec<u8>> {
    // As in lesson 02: recv loses what does not fit, and only a look
    // beforehand tells on every system how much that is.
    let mut whole = vec![0; LARGEST];
    let (length, peer) = socket.peek_from(&mut whole)?;
    let mut buffer = vec![0; room];
    let taken = socket.recv_from(&mut buffer);
    if length <= room {
        taken?;
    }
    whole.truncate(length);
    buffer.truncate(length);

    common::say(&String::from_utf8_lossy(&buffer))?;
    if length > room {
        common::note(&format!(
            "the datagram of {length} bytes from {peer} was cut: \
             {room} kept, {} lost",
            length - room
        ));
    }
    note_parts(&buffer);
    if length == 0 {
        common::note(&format!("{peer} sent a message of 0 bytes"));
    }
    Ok(whole)
}

/// Windows tells of a refusal as a reset.
fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}
