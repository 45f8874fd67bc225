//! A thread per client. Lesson 08 shows how that works, and says why.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use tap::{TcpListener, TcpStream};

use crate::{error_chain, log};

/// How many clients are served at once; more wait in the backlog.
const MAX_CLIENTS: usize = 1000;

/// Bytes of stack per thread: a thousand of the usual 2 MiB are 2 GiB.
const STACK_SIZE: usize = 128 * 1024;

/// The pause before trying again what the system refused.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves each client that comes, in a thread of its own, for ever.
///
/// `prepare` runs before the next client is accepted, for `serve`. What goes
/// wrong with a client is logged, and costs nobody else.
pub fn each_client<T: Send + 'static, S>(
    listener: &TcpListener,
    prepare: impl Fn() -> T,
    serve: S,
) -> !
where
    S: Fn(TcpStream, SocketAddr, T) -> Result<()> + Send + Sync + 'static,
{
    let serve = Arc::new(serve);
    loop {
        // Each thread holds one reference.
        if Arc::strong_count(&serve) > MAX_CLIENTS {
            log("as many clients as can be served: the next ones wait");
        }
        while Arc::strong_count(&serve) > MAX_CLIENTS {
            thread::sleep(PAUSE);
        }
        let (stream, peer) = accept_client(listener);
        let prepared = prepare();
        let serve = Arc::clone(&serve);
        let client = move || {
            if let Err(error) = serve(stream, peer, prepared) {
                log(&format!("client {peer}: {}", error_chain(&error)));
            }
        };
        let thread = thread::Builder::new().name(peer.to_string());
        if let Err(error) = thread.stack_size(STACK_SIZE).spawn(client) {
            log(&format!("client {peer}: no thread for it: {error}"));
        }
    }
}

fn accept_client(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut waiting = false;
    loop {
        match listener.accept() {
            Ok(client) => return client,
            // Too many open files, most likely; the client waits meanwhile.
            Err(error) => {
                if !std::mem::replace(&mut waiting, true) {
                    log(&format!("waiting to accept a client: {error}"));
                }
                thread::sleep(PAUSE);
            }
        }
    }
}
