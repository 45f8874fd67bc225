//! One client, from its handshake on: it waits for its server and its user.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use common::Deadline;
use tap::TcpStream;
use tungstenite::client::client_with_config;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::{Wire, config, explain, is_timeout};

/// The longest message that a client takes, and the longest line.
const MAX_MESSAGE: u32 = 1024 * 1024;

/// A server may be silent for as long as it likes.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a client waits for.
pub enum Event {
    /// A message came, or the end.
    Heard(Result<Message, Error>),
    /// The user has typed a line; `None` when nothing more will be typed.
    Typed(Result<Option<String>>),
}

/// Asks a server for the WebSocket. What comes is an [`Event`] from then on,
/// and what the user `types`; what goes is sent by the caller alone.
pub fn join(
    stream: TcpStream,
    url: &str,
    timeout: Duration,
    types: bool,
) -> Result<(WebSocket<TcpStream>, Receiver<Event>)> {
    let sender = stream.try_clone()?;
    let outgoing = Box::new(stream.try_clone()?);
    let (deadline, head) = (Deadline::after(timeout), Some(Vec::new()));
    let wire = Wire { stream, deadline, outgoing, head };
    let config = Some(config(MAX_MESSAGE));
    let joined = client_with_config(url, wire, config);
    let (mut ears, _) = joined
        .map_err(|error| match error {
            HandshakeError::Failure(error) => explain(error),
            HandshakeError::Interrupted(_) => {
                io::Error::from(io::ErrorKind::TimedOut).into()
            }
        })
        .context("asking for the WebSocket")?;

    // From now on two threads use the stream: this one sends, also the pongs
    // and the close; the other one receives.
    let wire = ears.get_mut();
    (wire.outgoing, wire.head) = (Box::new(io::sink()), None);
    let (events, received) = sync_channel(16);
    let hears = events.clone();
    thread::spawn(move || hear(ears, &hears));
    if types {
        thread::spawn(move || hear_keyboard(&events));
    }
    let mouth = WebSocket::from_raw_socket(sender, Role::Client, config);
    Ok((mouth, received))
}

fn hear(mut ears: WebSocket<Wire>, events: &SyncSender<Event>) {
    loop {
        ears.get_mut().deadline = Deadline::after(DAY);
        let heard = ears.read();
        let over = matches!(heard, Err(_) | Ok(Message::Close(_)));
        // Nobody waits for it once the program is about to end.
        if events.send(Event::Heard(heard)).is_err() || over {
            return;
        }
    }
}

/// The next event. After the deadline, if there is one, even what lies ready
/// is too late: a server's pings may come for ever.
pub fn next(
    events: &Receiver<Event>,
    deadline: Option<Deadline>,
) -> io::Result<Event> {
    let left = deadline.map_or(Duration::MAX, Deadline::left);
    let event = events.recv_timeout(left).ok();
    let event = event.filter(|_| !left.is_zero());
    event.ok_or_else(|| io::ErrorKind::TimedOut.into())
}

/// What a client waited for in vain.
pub fn awaited(closing: bool, heard: u32, hear: u32) -> String {
    if closing {
        return "it did not answer the close".into();
    }
    let more = hear.saturating_sub(heard);
    format!("{heard} heard, {more} more awaited")
}

fn hear_keyboard(events: &SyncSender<Event>) {
    loop {
        let line = read_line();
        let over = !matches!(line, Ok(Some(_)));
        if events.send(Event::Typed(line)).is_err() || over {
            return;
        }
    }
}

/// A line of stdin, without its end.
fn read_line() -> Result<Option<String>> {
    let mut line = String::new();
    let stdin = io::stdin().lock().take(MAX_MESSAGE.into());
    { stdin }.read_line(&mut line).context("reading UTF-8 from stdin")?;
    if line.len() == MAX_MESSAGE as usize {
        bail!("a line on stdin has less than {MAX_MESSAGE} bytes");
    }
    let text = line.strip_suffix("\r\n").or(line.strip_suffix('\n'));
    let text = text.unwrap_or(&line);
    Ok((!line.is_empty()).then(|| text.into()))
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

/// Whether the peer's close ends all well: it complains of nothing. A client
/// wants one that `is_answer` to its own.
pub fn check_close(why: Option<CloseFrame>, is_answer: bool) -> Result<()> {
    let (code, reason) = (CloseCode::Status, "it did not say why".into());
    let CloseFrame { code, reason } =
        why.unwrap_or(CloseFrame { code, reason });
    // A browser that leaves the page is away.
    let is_normal =
        matches!(code, CloseCode::Normal | CloseCode::Away | CloseCode::Status);
    ensure!(is_answer && is_normal, "it closed: {code} {reason}");
    Ok(())
}
