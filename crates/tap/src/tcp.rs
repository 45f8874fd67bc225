//! TCP: a listener, and streams.

use std::fmt;
use std::io::{IoSlice, IoSliceMut, Read, Result, Write};
use std::net::{self, Shutdown, SocketAddr, ToSocketAddrs};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::burst::Burst;
use crate::call::{Call, Ends, watched};

/// As [`std::net::TcpListener`].
pub struct TcpListener(net::TcpListener);

impl TcpListener {
    /// As [`std::net::TcpListener::bind`].
    pub fn bind(address: impl ToSocketAddrs) -> Result<TcpListener> {
        let mut call = Call::begin("bind", "tcp", || (None, None));
        let result = net::TcpListener::bind(address);
        if let Ok(listener) = &result {
            call.set_ends(|| (listener.local_addr().ok(), None));
        }
        call.finish(result, |_| &[]).map(TcpListener)
    }

    /// As [`std::net::TcpListener::accept`].
    pub fn accept(&self) -> Result<(TcpStream, SocketAddr)> {
        let local = || (self.local_addr().ok(), None);
        let mut call = Call::begin("accept", "tcp", local).waits();
        let result = self.0.accept();
        if let Ok((stream, peer)) = &result {
            call.set_ends(|| (stream.local_addr().ok(), Some(*peer)));
        }
        let (stream, peer) = call.finish(result, |_| &[])?;
        Ok((TcpStream::new(stream, Some(peer)), peer))
    }

    /// As [`std::net::TcpListener::incoming`].
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming(self)
    }

    /// As [`std::net::TcpListener::try_clone`].
    pub fn try_clone(&self) -> Result<TcpListener> {
        self.0.try_clone().map(TcpListener)
    }
}

/// A listener made another way, by `socket2` for example.
impl From<net::TcpListener> for TcpListener {
    fn from(listener: net::TcpListener) -> TcpListener {
        TcpListener(listener)
    }
}

/// As [`std::net::Incoming`].
#[derive(Debug)]
pub struct Incoming<'a>(&'a TcpListener);

impl Iterator for Incoming<'_> {
    type Item = Result<TcpStream>;

    fn next(&mut self) -> Option<Result<TcpStream>> {
        Some(self.0.accept().map(|(stream, _)| stream))
    }
}

/// As [`std::net::TcpStream`].
pub struct TcpStream {
    // Dropped before the socket, so that the close is reported first.
    watch: Option<Arc<Watch>>,
    socket: net::TcpStream,
}

/// What is known of a stream that is watched; its clones share it.
struct Watch {
    ends: Ends,
    burst: Mutex<Burst>,
}

impl TcpStream {
    /// As [`std::net::TcpStream::connect`].
    pub fn connect(address: impl ToSocketAddrs) -> Result<TcpStream> {
        let first =
            || address.to_socket_addrs().ok().and_then(|mut a| a.next());
        let call = Call::begin("connect", "tcp", || (None, first()));
        let call = call.begins(&[]);
        TcpStream::connected(call, net::TcpStream::connect(&address))
    }

    /// As [`std::net::TcpStream::connect_timeout`].
    pub fn connect_timeout(
        address: &SocketAddr,
        timeout: Duration,
    ) -> Result<TcpStream> {
        let call = Call::begin("connect", "tcp", || (None, Some(*address)));
        let call = call.begins(&[]);
        let result = net::TcpStream::connect_timeout(address, timeout);
        TcpStream::connected(call, result)
    }

    fn connected(
        mut call: Call,
        result: Result<net::TcpStream>,
    ) -> Result<TcpStream> {
        if let Ok(stream) = &result {
            call.set_ends(|| {
                (stream.local_addr().ok(), stream.peer_addr().ok())
            });
        }
        let socket = call.finish(result, |_| &[])?;
        Ok(TcpStream::new(socket, None))
    }

    fn new(socket: net::TcpStream, peer: Option<SocketAddr>) -> TcpStream {
        let watch = watched().then(|| {
            let peer = peer.or_else(|| socket.peer_addr().ok());
            let ends = (socket.local_addr().ok(), peer);
            Arc::new(Watch { ends, burst: Mutex::default() })
        });
        TcpStream { watch, socket }
    }

    /// As [`std::net::TcpStream::shutdown`].
    pub fn shutdown(&self, how: Shutdown) -> Result<()> {
        let ends = || self.watch.as_ref().map_or((None, None), |w| w.ends);
        let call = Call::begin("shutdown", "tcp", ends);
        call.finish(self.socket.shutdown(how), |()| &[])
    }

    /// As [`std::net::TcpStream::try_clone`].
    pub fn try_clone(&self) -> Result<TcpStream> {
        let socket = self.socket.try_clone()?;
        Ok(TcpStream { watch: self.watch.clone(), socket })
    }
}

/// A stream made another way, by `socket2` for example.
impl From<net::TcpStream> for TcpStream {
    fn from(socket: net::TcpStream) -> TcpStream {
        TcpStream::new(socket, None)
    }
}

impl Watch {
    fn begin(&self, op: &'static str, bytes: &[u8]) -> Call {
        let call = Call::begin(op, "tcp", || self.ends);
        let burst = self.burst.lock();
        burst.unwrap_or_else(PoisonError::into_inner).begin(call, bytes)
    }

    fn end(&self, call: Call, result: &Result<usize>, buffer: &[u8]) {
        let mut burst =
            self.burst.lock().unwrap_or_else(PoisonError::into_inner);
        burst.end(call, result, buffer);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let burst = self.burst.get_mut();
        burst.unwrap_or_else(PoisonError::into_inner).finish();
        Call::begin("close", "tcp", || self.ends).end(&[], None);
    }
}

impl Read for &TcpStream {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Some(watch) = &self.watch else {
            return (&self.socket).read(buffer);
        };
        let call = watch.begin("recv", &[]);
        let result = (&self.socket).read(buffer);
        watch.end(call, &result, buffer);
        result
    }

    fn read_vectored(
        &mut self,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Result<usize> {
        if self.watch.is_none() {
            return (&self.socket).read_vectored(buffers);
        }
        // One buffer is seen whole; a recv may always bring less than asked.
        let buffer = buffers.iter_mut().find(|buffer| !buffer.is_empty());
        self.read(buffer.map_or(&mut [], |buffer| buffer))
    }
}

impl Write for &TcpStream {
    fn write(&mut self, buffer: &[u8]) -> Result<usize> {
        let Some(watch) = &self.watch else {
            return (&self.socket).write(buffer);
        };
        let call = watch.begin("send", buffer);
        let result = (&self.socket).write(buffer);
        watch.end(call, &result, buffer);
        result
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> Result<usize> {
        let Some(watch) = &self.watch else {
            return (&self.socket).write_vectored(buffers);
        };
        let bytes: Vec<u8> = buffers.iter().flat_map(|b| b.to_vec()).collect();
        let call = watch.begin("send", &bytes);
        let result = (&self.socket).write_vectored(buffers);
        watch.end(call, &result, &bytes);
        result
    }

    fn flush(&mut self) -> Result<()> {
        (&self.socket).flush()
    }
}

impl Read for TcpStream {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        (&*self).read(buffer)
    }

    fn read_vectored(
        &mut self,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Result<usize> {
        (&*self).read_vectored(buffers)
    }
}

impl Write for TcpStream {
    fn write(&mut self, buffer: &[u8]) -> Result<usize> {
        (&*self).write(buffer)
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> Result<usize> {
        (&*self).write_vectored(buffers)
    }

    fn flush(&mut self) -> Result<()> {
        (&*self).flush()
    }
}

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

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}
