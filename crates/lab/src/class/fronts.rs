//! Where lab itself listens on the network, waiting for nobody.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

use anyhow::{Result, bail};
use programs::lang::{tr, tr_with};
use socket2::SockRef;

/// How many clients are taken at a time, and how many datagrams: of a flood
/// so many that those of others do not wait for long.
const CLIENTS: usize = 64;
const DATAGRAMS: usize = 1024;

/// The most that a UDP datagram can hold, by its 16-bit length (RFC 768).
const LARGEST: usize = 65_535;

/// Room in the kernel for the datagrams of a whole class.
const ROOM: usize = 1 << 20;

/// A socket per address.
pub enum Fronts {
    Tcp(Vec<TcpListener>),
    Udp { sockets: Vec<UdpSocket>, buffer: Vec<u8> },
}

/// Who has come, and at which of the addresses.
pub struct Arrival {
    pub front: usize,
    pub from: SocketAddr,
    pub brings: Brings,
}

/// What a client brings.
pub enum Brings {
    Stream(TcpStream),
    Datagram(Vec<u8>),
}

impl Fronts {
    /// Listens on each address that is free, if any is. Gives what went wrong,
    /// too.
    ///
    /// # Errors
    ///
    /// When none is free.
    pub fn bind(
        addresses: &[SocketAddr],
        udp: bool,
    ) -> Result<(Fronts, Vec<String>)> {
        let (mut listeners, mut sockets) = (Vec::new(), Vec::new());
        let mut failures = Vec::new();
        for address in addresses {
            let bound = if udp {
                bind_udp(*address).map(|socket| sockets.push(socket))
            } else {
                listen(*address).map(|l| listeners.push(l))
            };
            if let Err(error) = bound {
                failures.push(tr_with(
                    "listening on {address}: {error}",
                    &[("address", &address), ("error", &error)],
                ));
            }
        }
        if listeners.is_empty() && sockets.is_empty() {
            let other = addresses.first().map_or(String::new(), |address| {
                SocketAddr::new(address.ip(), 0).to_string()
            });
            bail!(tr_with(
                "{failures} (if the port is taken, end the program that has \
                 it, or choose another one: --listen {other})",
                &[("failures", &failures.join(tr("; "))), ("other", &other)],
            ));
        }
        let fronts = if udp {
            Fronts::Udp { sockets, buffer: vec![0; LARGEST] }
        } else {
            Fronts::Tcp(listeners)
        };
        Ok((fronts, failures))
    }

    /// Where lab listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let addresses: Vec<io::Result<SocketAddr>> = match self {
            Fronts::Tcp(all) => all.iter().map(|l| l.local_addr()).collect(),
            Fronts::Udp { sockets, .. } => {
                sockets.iter().map(|socket| socket.local_addr()).collect()
            }
        };
        addresses.into_iter().flatten().collect()
    }

    /// Takes who has come by now: some at each address, so that none waits
    /// for another.
    pub fn take(&mut self) -> Vec<Arrival> {
        let mut all = Vec::new();
        match self {
            Fronts::Tcp(listeners) => {
                for (front, listener) in listeners.iter().enumerate() {
                    // Too many open files: the client waits in the backlog.
                    let accepted = (0..CLIENTS).map_while(|_| accept(listener));
                    all.extend(accepted.map(|(stream, from)| Arrival {
                        front,
                        from,
                        brings: Brings::Stream(stream),
                    }));
                }
            }
            Fronts::Udp { sockets, buffer } => {
                for (front, socket) in sockets.iter().enumerate() {
                    for _ in 0..DATAGRAMS {
                        let (length, from) = match socket.recv_from(buffer) {
                            Ok(received) => received,
                            Err(error) if is_over(&error) => break,
                            // Windows reports an ICMP port-unreachable here.
                            Err(_) => continue,
                        };
                        let bytes = buffer[..length].to_vec();
                        let brings = Brings::Datagram(bytes);
                        all.push(Arrival { front, from, brings });
                    }
                }
            }
        }
        all
    }

    /// Sends a datagram from the address that was asked.
    pub fn answer(&self, front: usize, to: SocketAddr, bytes: &[u8]) {
        if let Fronts::Udp { sockets, .. } = self
            && let Some(socket) = sockets.get(front)
        {
            // UDP promises nobody that it arrives.
            let _ = socket.send_to(bytes, to);
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    // Where the system allows less, it takes what it allows.
    let _ = SockRef::from(&socket).set_recv_buffer_size(ROOM);
    Ok(socket)
}

fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    loop {
        match listener.accept() {
            Ok(client) => return Some(client),
            // It left the queue; the next may be there already.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(_) => return None,
        }
    }
}

fn is_over(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}
