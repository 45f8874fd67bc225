//! One bound for many reads.

use std::io::{Error, ErrorKind, Read, Result};
use std::time::{Duration, Instant};

use common::tap::TcpStream;

/// A stream whose reads may take so long all together.
///
/// A socket's own timeout starts anew with every read: a peer that sends a
/// byte now and then could keep a reader for ever.
pub struct Within<'a> {
    stream: &'a mut TcpStream,
    until: Instant,
}

impl Within<'_> {
    /// Starts the clock.
    pub fn new(stream: &mut TcpStream, time: Duration) -> Within<'_> {
        let until = Instant::now() + time;
        Within { stream, until }
    }
}

impl Read for Within<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timely(ErrorKind::TimedOut.into()));
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buffer).map_err(timely)
    }
}

/// Names a socket's timeout in the words of the command line. Unix has the
/// first name for it ("try again"), Windows the second.
pub fn timely(error: Error) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            Error::other("no more within --timeout")
        }
        _ => error,
    }
}
