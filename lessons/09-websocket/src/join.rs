//! One client, from its handshake on.

use std::io::{self, ErrorKind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use common::Deadline;
use tap::TcpStream;
use tungstenite::client::client_with_config;
use tungstenite::protocol::Role;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::keyboard::each_line;
use crate::{Wire, config, explain, is_timeout};

/// The longest message that a client takes.
const MAX_MESSAGE: u32 = 1024 * 1024;

/// A server may be silent for as long as it likes.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a client waits for.
pub enum Event {
    /// A message came, or the end.
    Heard(Result<Message, Error>),
    /// The user has typed a line.
    Typed(String),
    /// The user types no more.
    TypedAll(Result<()>),
}

/// Asks a server for the WebSocket. What comes is an [`Event`] from then on,
/// and what goes is sent by the caller alone.
pub fn join(
    stream: TcpStream,
    url: &str,
    timeout: Duration,
) -> Result<(WebSocket<TcpStream>, Receiver<Event>, SyncSender<Event>)> {
    let sender = stream.try_clone()?;
    let wire = Wire {
        outgoing: Box::new(stream.try_clone()?),
        deadline: Some(Deadline::after(timeout)),
        wait: DAY,
        stream,
    };
    let config = Some(config(MAX_MESSAGE));
    let joined = client_with_config(url, wire, config);
    let (mut ears, _) = joined
        .map_err(|error| match error {
            HandshakeError::Failure(error) => explain(error),
            HandshakeError::Interrupted(_) => {
                io::Error::from(ErrorKind::TimedOut).into()
            }
        })
        .context("asking for the WebSocket")?;

    // From now on two threads use the stream: this one sends, also the pongs
    // and the close; the other one receives.
    ears.get_mut().deadline = None;
    ears.get_mut().outgoing = Box::new(io::sink());
    let (events, received) = sync_channel(16);
    let hears = events.clone();
    thread::spawn(move || hear(ears, &hears));
    let mouth = WebSocket::from_raw_socket(sender, Role::Client, config);
    Ok((mouth, received, events))
}

fn hear(mut ears: WebSocket<Wire>, events: &SyncSender<Event>) {
    loop {
        let heard = ears.read();
        let over = matches!(heard, Err(_) | Ok(Message::Close(_)));
        if events.send(Event::Heard(heard)).is_err() || over {
            return;
        }
    }
}

/// Makes an event of each line that is typed, and of their end.
pub fn hear_keyboard(events: SyncSender<Event>) {
    thread::spawn(move || {
        let typed = each_line(|line| {
            // Nobody waits for it once the program is about to end.
            let _ = events.send(Event::Typed(line));
        });
        let _ = events.send(Event::TypedAll(typed));
    });
}

/// Sends a message, a pong, or the close; after the close nothing. That the
/// server is gone is no error yet: what it said last tells more.
pub fn send(server: &mut WebSocket<TcpStream>, message: Message) -> Result<()> {
    if !server.can_write() {
        return Ok(());
    }
    match server.send(message) {
        Err(Error::Io(error)) if !is_timeout(&error) => Ok(()),
        sent => sent.map_err(explain),
    }
}
