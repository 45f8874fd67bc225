//! A server for many clients at once: a thread per client. Python has
//! `ThreadingTCPServer` and a class with `handle`; here are [`Server`] and a
//! closure.

mod panic;
mod prompt;
mod semaphore;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use common::{error_chain, log};
use socket2::{Domain, Protocol, Socket, Type};
use tap::{TcpListener, TcpStream};

pub use prompt::prompt;
pub use semaphore::Semaphore;

/// A listener, and a bound on how many clients are served at once.
pub struct Server {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Server {
    /// Serves every client that comes, each in a thread of its own.
    ///
    /// A handler that fails or panics costs its own client alone, and a line
    /// on stderr: to that end the process's panic hook is replaced.
    pub fn serve_forever<H>(self, handle: H) -> !
    where
        H: Fn(&mut TcpStream) -> Result<()> + Send + Sync + 'static,
    {
        panic::log_in_one_line();
        let handle = Arc::new(handle);
        loop {
            // The place comes first: a client without one is not accepted,
            // but waits in the backlog, where it costs no thread.
            let place = self.places.acquire();
            let (stream, peer) = self.accept_client();
            let handle = Arc::clone(&handle);
            let client = move || {
                // Locals are dropped in reverse order, also in a panic: the
                // stream is closed, then the place is free.
                let _place = place;
                let mut stream = stream;
                if let Err(error) = handle(&mut stream) {
                    log(&format!("client {peer}: {}", error_chain(&error)));
                }
            };
            let thread = thread::Builder::new().name(peer.to_string());
            if let Err(error) = thread.stack_size(STACK_SIZE).spawn(client) {
                log(&format!("client {peer}: no thread for it: {error}"));
            }
        }
    }

    /// Accepts the next client, however long that takes.
    pub fn accept_client(&self) -> (TcpStream, SocketAddr) {
        let mut waiting = false;
        loop {
            match self.listener.accept() {
                Ok(client) => return client,
                // It left the queue; the next may be there already.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // Too many open files, most likely. The client stays in the
                // backlog, so asking again at once would spin.
                Err(error) => {
                    if !std::mem::replace(&mut waiting, true) {
                        log(&format!("waiting to accept a client: {error}"));
                    }
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    /// Listens on an address.
    pub fn bind(address: SocketAddr, settings: &Settings) -> io::Result<Self> {
        // std's own bind has no knob for the backlog.
        let family = Domain::for_address(address);
        let socket = Socket::new(family, Type::STREAM, Some(Protocol::TCP))?;
        // On Windows this option would let two servers share a port, and
        // nothing lingers there anyway.
        #[cfg(not(windows))]
        socket.set_reuse_address(settings.reuse_address)?;
        socket.bind(&address.into())?;
        socket.listen(settings.backlog.into())?;
        Ok(Server {
            listener: TcpListener::from(std::net::TcpListener::from(socket)),
            places: Semaphore::new(settings.max_clients),
        })
    }

    /// The address that the server listens on.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What a [`Server`] can be asked for.
pub struct Settings {
    /// How many clients may wait in the kernel until they are accepted.
    pub backlog: u16,
    /// Whether to bind although old connections still linger on the port.
    pub reuse_address: bool,
    /// How many clients are served at once, at least one.
    pub max_clients: usize,
}

/// Bytes of stack per thread: a thousand of the usual 2 MiB are 2 GiB.
const STACK_SIZE: usize = 128 * 1024;

/// The pause before a client is accepted again when none can be.
const PAUSE: Duration = Duration::from_millis(100);
