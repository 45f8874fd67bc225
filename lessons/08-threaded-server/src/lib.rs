//! A server for many clients at once: a thread each, and a handler of yours.
//!
//! Python's `socketserver` has `ThreadingTCPServer` and a class with `handle`;
//! here are [`Server`] and a closure.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use common::tap::{TcpListener, TcpStream};
use common::{note, sentence};
use socket2::{Domain, Protocol, Socket, Type};

/// The pause before a client is accepted again when none can be.
const PAUSE: Duration = Duration::from_millis(100);

/// What a [`Server`] can be asked for.
pub struct Settings {
    /// So many clients may wait in the kernel until they are accepted.
    pub backlog: u16,
    /// Whether to bind although old connections still linger on the port.
    pub reuse_address: bool,
    /// So many clients are served at once, at least one.
    pub max_clients: usize,
}

/// A listener, and places for clients.
pub struct Server {
    listener: TcpListener,
    places: Arc<Places>,
}

impl Server {
    /// Listens on an address.
    ///
    /// # Errors
    ///
    /// When that is impossible, such as for a port that is taken.
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
            places: Arc::new(Places {
                free: Mutex::new(settings.max_clients),
                left: Condvar::new(),
            }),
        })
    }

    /// The address that the server listens on.
    ///
    /// # Errors
    ///
    /// As `TcpListener::local_addr`.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves every client that comes, each in a thread named for it.
    ///
    /// A handler that fails or panics costs its own client alone, and a line
    /// on stderr: to that end the process's panic hook is replaced.
    pub fn serve_forever<H>(self, handle: H) -> !
    where
        H: Fn(&mut TcpStream, SocketAddr) -> Result<()>,
        H: Send + Sync + 'static,
    {
        panic::set_hook(Box::new(tell_panic));
        let handle = Arc::new(handle);
        loop {
            // The place comes first: a client without one is not accepted,
            // but waits in the backlog, where it costs no thread.
            let place = Place::take(&self.places);
            let (stream, peer) = self.accept();
            let handle = Arc::clone(&handle);
            let serve = move || {
                // Also in a panic, locals go in the reverse of this order:
                // the stream is closed, then the place is free.
                let _place = place;
                let mut stream = stream;
                if let Err(error) = handle(&mut stream, peer) {
                    note(&format!("client {peer}: {}", sentence(&error)));
                }
            };
            let thread = thread::Builder::new().name(peer.to_string());
            if let Err(error) = thread.spawn(serve) {
                note(&format!("client {peer}: no thread for it: {error}"));
            }
        }
    }

    /// Accepts the next client, however long that takes.
    fn accept(&self) -> (TcpStream, SocketAddr) {
        let mut waiting = false;
        loop {
            match self.listener.accept() {
                Ok(client) => return client,
                // It went while it waited; the next may be there already.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // Too many open files, as a rule (EMFILE). The client stays
                // in the backlog, so asking again at once would spin.
                Err(error) => {
                    if !waiting {
                        note(&format!("waiting to accept a client: {error}"));
                    }
                    waiting = true;
                    thread::sleep(PAUSE);
                }
            }
        }
    }
}

/// Tells of a panic in one line, with the thread's name, which is the peer.
fn tell_panic(panic: &PanicHookInfo) {
    let text = panic.payload().downcast_ref::<String>().map(String::as_str);
    let text = text.or(panic.payload().downcast_ref::<&str>().copied());
    let place = panic.location().map(|place| place.to_string());
    note(&format!(
        "client {}: the handler panicked: {} (at {})",
        thread::current().name().unwrap_or("unknown"),
        text.unwrap_or("without a word"),
        place.as_deref().unwrap_or("an unknown place"),
    ));
}

/// A counting semaphore: places for clients, some of them free.
struct Places {
    free: Mutex<usize>,
    left: Condvar,
}

/// One client's place, until it is dropped.
struct Place(Arc<Places>);

impl Place {
    /// Waits for a free place and takes it.
    fn take(places: &Arc<Places>) -> Place {
        let mut free =
            places.free.lock().unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            note("every place is taken: who comes now waits in the backlog");
        }
        while *free == 0 {
            let woken = places.left.wait(free);
            free = woken.unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Place(Arc::clone(places))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let free = self.0.free.lock();
        *free.unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.left.notify_one();
    }
}
