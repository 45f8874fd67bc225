//! A question and its answer over UDP, as in lesson 02: ask, wait, ask again.

use std::io::{self, ErrorKind};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::tap::UdpSocket;

/// The pause before a question is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// The shortest wait there is: a socket takes a limit of 0 for an error.
const SHORTEST: Duration = Duration::from_millis(1);

/// The most that a UDP datagram could hold, by its 16-bit length (RFC 768).
const LARGEST: usize = 65_535;

/// Sends one question until an answer comes or the time is up.
///
/// # Errors
///
/// When no answer came, the last reason that there was.
pub fn exchange(
    socket: &UdpSocket,
    question: &[u8],
    timeout: Duration,
) -> io::Result<Vec<u8>> {
    let mut answer = vec![0; LARGEST];
    let started = Instant::now();
    loop {
        let asked = Instant::now();
        let left = timeout.saturating_sub(started.elapsed());
        socket.set_read_timeout(Some(left.clamp(SHORTEST, AGAIN)))?;
        let came = socket.send(question).and_then(|_| socket.recv(&mut answer));
        let error = match came {
            Ok(length) => return Ok(answer[..length].to_vec()),
            Err(error) if may_pass(&error) => error,
            Err(error) => return Err(error),
        };

        let left = timeout.saturating_sub(started.elapsed());
        sleep(AGAIN.saturating_sub(asked.elapsed()).min(left));
        if started.elapsed() >= timeout {
            return Err(error);
        }
    }
}

/// What another question may cure: nothing came (WouldBlock on Unix, TimedOut
/// on Windows), or nobody listens yet (Windows says reset).
fn may_pass(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
    )
}
