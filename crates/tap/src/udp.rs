//! UDP: one kind of socket for both sides.

use std::fmt;
use std::io::Result;
use std::net::{self, SocketAddr, ToSocketAddrs};
use std::ops::Deref;
use std::sync::Arc;

use crate::call::{Call, Ends, watched};

/// As [`std::net::UdpSocket`].
pub struct UdpSocket {
    socket: net::UdpSocket,
    /// Shared by the clones of a socket that is watched.
    watch: Option<Arc<()>>,
}

impl Drop for UdpSocket {
    fn drop(&mut self) {
        // The kernel closes a socket with the last of its clones.
        if self.watch.take().and_then(Arc::into_inner).is_some() {
            Call::begin("close", "udp", || self.ends()).end(&[], None);
        }
    }
}

impl UdpSocket {
    /// As [`std::net::UdpSocket::bind`].
    pub fn bind(address: impl ToSocketAddrs) -> Result<UdpSocket> {
        let mut call = Call::begin("bind", "udp", || (None, None));
        let result = net::UdpSocket::bind(address);
        if let Ok(socket) = &result {
            call.set_ends(|| (socket.local_addr().ok(), None));
        }
        call.finish(result, |_| &[]).map(UdpSocket::from)
    }

    /// As [`std::net::UdpSocket::send`].
    pub fn send(&self, datagram: &[u8]) -> Result<usize> {
        let call = Call::begin("send", "udp", || self.ends());
        call.finish(self.socket.send(datagram), |_| datagram)
    }

    /// As [`std::net::UdpSocket::send_to`].
    pub fn send_to(
        &self,
        datagram: &[u8],
        address: impl ToSocketAddrs,
    ) -> Result<usize> {
        let first =
            || address.to_socket_addrs().ok().and_then(|mut a| a.next());
        let call = Call::begin("send", "udp", || (self.ends().0, first()));
        call.finish(self.socket.send_to(datagram, &address), |_| datagram)
    }

    /// As [`std::net::UdpSocket::recv`].
    pub fn recv(&self, buffer: &mut [u8]) -> Result<usize> {
        let call = Call::begin("recv", "udp", || self.ends()).waits();
        let result = self.socket.recv(buffer);
        if is_cut(&result) {
            call.end(buffer, None);
            return result;
        }
        call.finish(result, |length| &buffer[..*length])
    }

    /// As [`std::net::UdpSocket::recv_from`].
    pub fn recv_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        let call = Call::begin("recv", "udp", || self.ends()).waits();
        let result = self.socket.recv_from(buffer);
        self.finish_from(call, result, buffer)
    }

    /// As [`std::net::UdpSocket::peek`].
    pub fn peek(&self, buffer: &mut [u8]) -> Result<usize> {
        let call = Call::begin("peek", "udp", || self.ends()).waits();
        let result = self.socket.peek(buffer);
        call.finish(result, |length| &buffer[..*length])
    }

    /// As [`std::net::UdpSocket::peek_from`].
    pub fn peek_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        let call = Call::begin("peek", "udp", || self.ends()).waits();
        let result = self.socket.peek_from(buffer);
        self.finish_from(call, result, buffer)
    }

    /// As [`std::net::UdpSocket::try_clone`].
    pub fn try_clone(&self) -> Result<UdpSocket> {
        let socket = self.socket.try_clone()?;
        Ok(UdpSocket { watch: self.watch.clone(), socket })
    }

    fn finish_from(
        &self,
        mut call: Call,
        result: Result<(usize, SocketAddr)>,
        buffer: &[u8],
    ) -> Result<(usize, SocketAddr)> {
        if let Ok((_, peer)) = &result {
            call.set_ends(|| (self.ends().0, Some(*peer)));
        }
        if is_cut(&result) {
            call.end(buffer, None);
            return result;
        }
        call.finish(result, |(length, _)| &buffer[..*length])
    }

    fn ends(&self) -> Ends {
        (self.socket.local_addr().ok(), self.socket.peer_addr().ok())
    }
}

/// Whether a datagram was longer than the buffer, by Windows' error: all the
/// same, the buffer is full of it by then (WSAEMSGSIZE, recvfrom's manual).
fn is_cut<T>(result: &Result<T>) -> bool {
    let code = result.as_ref().err().and_then(std::io::Error::raw_os_error);
    cfg!(windows) && code == Some(10040)
}

/// A socket made another way, by `socket2` for example.
impl From<net::UdpSocket> for UdpSocket {
    fn from(socket: net::UdpSocket) -> UdpSocket {
        UdpSocket { socket, watch: watched().then(Arc::default) }
    }
}

impl Deref for UdpSocket {
    type Target = net::UdpSocket;
    fn deref(&self) -> &net::UdpSocket {
        &self.socket
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}
