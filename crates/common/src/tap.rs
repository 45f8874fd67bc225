//! std's sockets, each call told to whoever watches.
//!
//! A lesson says `use common::tap::{TcpListener, TcpStream}` where a program
//! of your own says `use std::net::…`; names, methods and behaviour are std's.
//! In a terminal a call becomes a line on stderr; with `LAB_TAP` in the
//! environment, a line of JSON for `lab` to draw: times in nanoseconds since
//! 1970, `end` null while the call waits. Else nothing is added to the call.

mod call;

use std::io::{Read, Result, Write};
use std::net::{self, Shutdown, SocketAddr, ToSocketAddrs};
use std::ops::Deref;
use std::time::Duration;

use call::{Call, Row};
pub(crate) use call::{busy, printed};

/// As [`std::net::TcpListener`].
pub struct TcpListener(net::TcpListener);

impl TcpListener {
    /// As [`std::net::TcpListener::bind`].
    pub fn bind(address: impl ToSocketAddrs) -> Result<TcpListener> {
        let mut call = Call::begin("bind", "tcp", None, None);
        let result = net::TcpListener::bind(address);
        call.local = result.as_ref().ok().and_then(|l| l.local_addr().ok());
        call.end(result, |_| &[]).map(TcpListener)
    }

    /// As [`std::net::TcpListener::accept`].
    pub fn accept(&self) -> Result<(TcpStream, SocketAddr)> {
        let local = self.local_addr().ok();
        let mut call = Call::begin("accept", "tcp", local, None).waits();
        let result = self.0.accept();
        call.peer = result.as_ref().ok().map(|(_, peer)| *peer);
        let (socket, peer) = call.end(result, |_| &[])?;
        let row = Row::default();
        Ok((TcpStream { socket, local, peer, row }, peer))
    }
}

/// A listener made another way, by `socket2` for example.
impl From<net::TcpListener> for TcpListener {
    fn from(listener: net::TcpListener) -> TcpListener {
        TcpListener(listener)
    }
}

/// As [`std::net::TcpStream`].
pub struct TcpStream {
    socket: net::TcpStream,
    local: Option<SocketAddr>,
    peer: SocketAddr,
    row: Row,
}

impl TcpStream {
    /// As [`std::net::TcpStream::connect_timeout`].
    pub fn connect_timeout(
        address: &SocketAddr,
        timeout: Duration,
    ) -> Result<TcpStream> {
        let mut call = Call::begin("connect", "tcp", None, Some(*address));
        let result = net::TcpStream::connect_timeout(address, timeout);
        let local = result.as_ref().ok().and_then(|s| s.local_addr().ok());
        call.local = local;
        let socket = call.end(result, |_| &[])?;
        Ok(TcpStream { socket, local, peer: *address, row: Row::default() })
    }

    /// As [`std::net::TcpStream::shutdown`].
    pub fn shutdown(&self, how: Shutdown) -> Result<()> {
        let call = self.call("shutdown");
        call.end(self.socket.shutdown(how), |()| &[])
    }

    fn call(&self, op: &'static str) -> Call {
        Call::begin(op, "tcp", self.local, Some(self.peer))
    }
}

impl Read for TcpStream {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let call = self.call("recv");
        let call = self.row.begin(call);
        let result = self.socket.read(buffer);
        self.row.end(call, result, buffer)
    }
}

impl Write for TcpStream {
    fn write(&mut self, buffer: &[u8]) -> Result<usize> {
        let call = self.call("send");
        let call = self.row.begin(call);
        let result = self.socket.write(buffer);
        self.row.end(call, result, buffer)
    }

    fn flush(&mut self) -> Result<()> {
        self.socket.flush()
    }
}

/// As [`std::net::UdpSocket`].
pub struct UdpSocket(net::UdpSocket);

impl UdpSocket {
    /// As [`std::net::UdpSocket::bind`].
    pub fn bind(address: impl ToSocketAddrs) -> Result<UdpSocket> {
        let mut call = Call::begin("bind", "udp", None, None);
        let result = net::UdpSocket::bind(address);
        call.local = result.as_ref().ok().and_then(|s| s.local_addr().ok());
        call.end(result, |_| &[]).map(UdpSocket)
    }

    /// As [`std::net::UdpSocket::send`].
    pub fn send(&self, datagram: &[u8]) -> Result<usize> {
        let call = self.call("send", self.peer_addr().ok());
        call.end(self.0.send(datagram), |_| datagram)
    }

    /// As [`std::net::UdpSocket::send_to`].
    pub fn send_to(&self, datagram: &[u8], peer: SocketAddr) -> Result<usize> {
        let call = self.call("send", Some(peer));
        call.end(self.0.send_to(datagram, peer), |_| datagram)
    }

    /// As [`std::net::UdpSocket::recv`].
    pub fn recv(&self, buffer: &mut [u8]) -> Result<usize> {
        let call = self.call("recv", self.peer_addr().ok()).waits();
        let result = self.0.recv(buffer);
        call.end(result, |length| &buffer[..*length])
    }

    /// As [`std::net::UdpSocket::recv_from`].
    pub fn recv_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        let mut call = self.call("recv", self.peer_addr().ok()).waits();
        let result = self.0.recv_from(buffer);
        call.peer = result.as_ref().map_or(call.peer, |(_, peer)| Some(*peer));
        call.end(result, |(length, _)| &buffer[..*length])
    }

    /// As [`std::net::UdpSocket::peek_from`].
    pub fn peek_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        let mut call = self.call("peek", self.peer_addr().ok()).waits();
        let result = self.0.peek_from(buffer);
        call.peer = result.as_ref().map_or(call.peer, |(_, peer)| Some(*peer));
        call.end(result, |(length, _)| &buffer[..*length])
    }

    fn call(&self, op: &'static str, peer: Option<SocketAddr>) -> Call {
        Call::begin(op, "udp", self.local_addr().ok(), peer)
    }
}

// What moves no bytes, such as setting a timeout, is std's own method.

impl Deref for TcpListener {
    type Target = net::TcpListener;
    fn deref(&self) -> &net::TcpListener {
        &self.0
    }
}

impl Deref for TcpStream {
    type Target = net::TcpStream;
    fn deref(&self) -> &net::TcpStream {
        &self.socket
    }
}

impl Deref for UdpSocket {
    type Target = net::UdpSocket;
    fn deref(&self) -> &net::UdpSocket {
        &self.0
    }
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        self.row.finish();
        self.call("close").over(&[], None);
    }
}

impl Drop for UdpSocket {
    fn drop(&mut self) {
        self.call("close", self.peer_addr().ok()).over(&[], None);
    }
}
