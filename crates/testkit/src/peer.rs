//! The other side, played by the test itself, as badly as it likes.

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::ops::Deref;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::DEADLINE;

/// Connects to a server under test.
#[track_caller]
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address)
        .unwrap_or_else(|error| panic!("connecting to {address}: {error}"));
    bound(&stream);
    stream
}

/// Accepts the one client that a test expects.
#[track_caller]
pub fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().expect("a client comes");
    bound(&stream);
    stream
}

fn bound(stream: &TcpStream) {
    let deadline: Option<Duration> = Some(DEADLINE);
    stream.set_read_timeout(deadline).expect("a deadline");
    stream.set_write_timeout(deadline).expect("a deadline");
}

/// Listens on a free port, for a client under test.
pub fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

/// A UDP socket whose receives go on when they are interrupted: a machine
/// that stands still for a moment does that to a call with a timeout on Linux
/// (signal(7)).
#[derive(Debug)]
pub struct UdpPeer(UdpSocket);

impl Deref for UdpPeer {
    type Target = UdpSocket;

    fn deref(&self) -> &UdpSocket {
        &self.0
    }
}

impl UdpPeer {
    /// As std's.
    pub fn recv_from(
        &self,
        buffer: &mut [u8],
    ) -> io::Result<(usize, SocketAddr)> {
        loop {
            match self.0.recv_from(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                received => return received,
            }
        }
    }

    /// As std's.
    pub fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.recv_from(buffer).map(|(length, _)| length)
    }
}

/// Binds a UDP socket to a free port.
pub fn bind_udp() -> UdpPeer {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    UdpPeer(socket)
}

/// Binds a UDP socket to the port of [`refusing_udp`], and takes it over.
pub fn bind_udp_to(address: SocketAddr) -> UdpPeer {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)
        .expect("a socket for the asking");
    socket.set_reuse_address(true).expect("sharing a port");
    socket.bind(&address.into()).expect("a port that is shared");
    socket.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    UdpPeer(socket.into())
}

/// A TCP address that refuses everybody, as long as the socket is kept:
/// the port is taken, so no other test gets it, but nobody listens.
pub fn refusing() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)
        .expect("a socket for the asking");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("a free port");
    let bound = socket.local_addr().expect("it is bound");
    (socket, bound.as_socket().expect("it is IPv4"))
}

/// A UDP address that refuses everybody, as long as the socket is kept:
/// connected to itself, it takes no stranger's datagram.
pub fn refusing_udp() -> (UdpPeer, SocketAddr) {
    let socket = bind_udp();
    let address = socket.local_addr().expect("it is bound");
    socket.connect(address).expect("connecting sends nothing");
    // Only now: a socket that shares its port may be given a shared one.
    let shared = SockRef::from(&*socket).set_reuse_address(true);
    shared.expect("sharing a port");
    (socket, address)
}

/// Closes a stream so that the peer sees a reset (RST), not an end (FIN).
pub fn reset(stream: TcpStream) {
    // Lingering for no time at all throws the connection away (tcp(7)).
    let socket = SockRef::from(&stream);
    socket.set_linger(Some(Duration::ZERO)).expect("lingering");
}

/// Reads to the end of the stream; a reset counts as an end.
pub fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut came = Vec::new();
    let _ = stream.read_to_end(&mut came);
    came
}
