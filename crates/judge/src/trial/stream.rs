//! A TCP connection with the program under judgement.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use programs::lang::tr_with;

use crate::outcome::{Kind, Outcome, Stop};
use crate::trial::wait::{PATIENCE, PAUSE, TICK, Wait, pause};

/// A TCP connection. Dropping it closes it.
pub struct Connection(TcpStream);

/// What was received, and how that ended.
pub struct Received {
    pub bytes: Vec<u8>,
    pub end: Option<End>,
}

/// How a stream ended.
#[derive(Clone, Copy, PartialEq)]
pub enum End {
    Closed,
    Reset,
}

impl Connection {
    pub fn new(stream: TcpStream) -> Outcome<Connection> {
        // Pieces leave as they are sent.
        stream.set_nodelay(true)?;
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Connection(stream))
    }

    /// Sends all of this.
    pub fn send(&mut self, bytes: &[u8]) -> Outcome {
        self.0.write_all(bytes).map_err(|error| {
            let words = "it took no more bytes: {error}";
            let what = tr_with(words, &[("error", &error)]);
            Stop::mismatch(Kind::End, what)
        })
    }

    /// Sends this a few bytes at a time, with a pause after each piece.
    pub fn send_pieces(&mut self, bytes: &[u8], size: usize) -> Outcome {
        for piece in bytes.chunks(size.max(1)) {
            self.send(piece)?;
            pause(PAUSE)?;
        }
        Ok(())
    }

    /// Receives until there are enough bytes, the end, or the time is over.
    /// `look` is asked now and then, and may stop it.
    pub fn receive(
        &mut self,
        most: usize,
        time: Duration,
        enough: impl Fn(&[u8]) -> bool,
        mut look: impl FnMut() -> Outcome,
    ) -> Outcome<Received> {
        let wait = Wait::new(time);
        let mut received = Received { bytes: Vec::new(), end: None };
        let mut buffer = [0; 65_536];
        while received.bytes.len() < most && !enough(&received.bytes) {
            let room = buffer.len().min(most - received.bytes.len());
            match self.0.read(&mut buffer[..room]) {
                Ok(0) => received.end = Some(End::Closed),
                Ok(length) => received.bytes.extend(&buffer[..length]),
                Err(error) if is_timeout(error.kind()) => {
                    look()?;
                    if wait.is_over() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => received.end = Some(End::Reset),
            }
            if received.end.is_some() {
                break;
            }
        }
        Ok(received)
    }

    /// Closes this direction.
    pub fn close_sending(&self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }

    /// Throws the connection away (RST): lingering for no time does (tcp(7)).
    pub fn reset(self) -> Outcome {
        SockRef::from(&self.0).set_linger(Some(Duration::ZERO))?;
        Ok(())
    }
}

/// Connects with a small window. The sender's kernel keeps some segments more
/// than that, so they are small too, where this side may choose their size.
pub fn connect_narrow(address: &SocketAddr) -> io::Result<TcpStream> {
    let domain = Domain::for_address(*address);
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.set_recv_buffer_size(4096)?;
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_mss(536);
    socket.connect_timeout(&(*address).into(), PATIENCE)?;
    Ok(socket.into())
}

/// Whether a socket's timeout ran out.
pub fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
