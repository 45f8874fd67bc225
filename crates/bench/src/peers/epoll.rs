//! Lesson 08 in one thread: the system says which of all sockets are ready
//! (epoll on Linux, kqueue on macOS).

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};

use anyhow::Result;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use super::{GREETING, listen, print, ready};

const LISTENER: Token = Token(0);

pub fn serve() -> Result<()> {
    let mut listener = TcpListener::from_std(listen()?);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    ready(listener.local_addr()?);
    let mut clients = HashMap::new();
    let mut last = LISTENER;
    let mut events = Events::with_capacity(1024);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                // A client that cannot be accepted, or has gone already,
                // costs the others nothing.
                while let Ok((mut client, _)) = listener.accept() {
                    last = Token(last.0 + 1);
                    let wanted = Interest::READABLE;
                    poll.registry().register(&mut client, last, wanted)?;
                    if client.write_all(GREETING).is_ok() {
                        clients.insert(last, client);
                    }
                }
            } else if let Some(client) = clients.get_mut(&event.token())
                && has_come(client)
            {
                clients.remove(&event.token());
            }
        }
    }
}

/// Prints a client's line, and says whether it, or its end, has come.
fn has_come(client: &mut TcpStream) -> bool {
    let mut buffer = [0; 1024];
    match client.read(&mut buffer) {
        Ok(length) => print(&buffer[..length]).is_ok(),
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}
