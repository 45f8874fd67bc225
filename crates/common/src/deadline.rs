//! One bound for many reads.

use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tap::{TcpStream, UdpSocket};

/// The time by which something must have come.
///
/// A socket's own timeout starts anew with every read, so that a dripping peer
/// could keep a reader for ever; and on Linux stopping a program (Ctrl-Z, `fg`)
/// interrupts it (signal(7)). Here each read may take just what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// Starts the clock.
    pub fn after(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }

    /// What is left of the time: zero once it is over.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Makes a call, given the timeout to set, until it is not interrupted.
    fn retry(
        self,
        mut call: impl FnMut(Option<Duration>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            let left = self.left();
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            match call(Some(left)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Receives once from a stream: what has arrived, up to the buffer's size.
    /// When the time is over, the error is `TimedOut` or `WouldBlock`.
    pub fn read(
        self,
        stream: &mut TcpStream,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        self.retry(|left| {
            stream.set_read_timeout(left)?;
            stream.read(buffer)
        })
    }

    /// Receives one datagram from a connected UDP socket, likewise.
    pub fn recv(
        self,
        socket: &UdpSocket,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        self.retry(|left| {
            socket.set_read_timeout(left)?;
            socket.recv(buffer)
        })
    }

    /// Receives exactly as many bytes as `buffer` holds, in however many
    /// pieces. When fewer come, the error says how many.
    pub fn read_exact(
        self,
        stream: &mut TcpStream,
        buffer: &mut [u8],
    ) -> Result<()> {
        let (mut received, wanted) = (0, buffer.len());
        while received < wanted {
            let length =
                self.read(stream, &mut buffer[received..]).with_context(
                    || format!("{received} of {wanted} bytes came"),
                )?;
            if length == 0 {
                bail!("it closed after {received} of {wanted} bytes");
            }
            received += length;
        }
        Ok(())
    }
}
