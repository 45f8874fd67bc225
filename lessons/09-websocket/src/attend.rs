//! One client of the server, from its handshake to its end.

use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use common::Deadline;
use tap::TcpStream;
use tungstenite::protocol::Role;
use tungstenite::{Bytes, Error, Message, WebSocket};

use crate::{
    Outbox, Wire, check_close, config, hang_up, is_said, is_timeout, refuse,
};

/// Bytes of stack per thread, as in lesson 08.
const STACK_SIZE: usize = 128 * 1024;

/// What one client may do.
#[derive(clap::Args)]
pub struct Limits {
    /// The longest message, and the longest frame, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 65_536,
          value_parser = clap::value_parser!(u32).range(125..=1_000_000))]
    pub max_message: u32,

    /// How long a client may be silent before it is asked with a ping, and
    /// how long it may take to answer that
    #[arg(long, default_value = "30s", value_parser = common::timeout)]
    pub ping: Duration,

    /// How long all of a request's head may take, and each send
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    pub timeout: Duration,
}

/// Hears one client, until it goes, while a thread of its own sends what is
/// put in its outbox. `received` is what came behind the request.
pub fn attend(
    stream: TcpStream,
    received: Vec<u8>,
    (outbox, frames): (Outbox, Receiver<Bytes>),
    limits: &Limits,
    say: impl FnMut(Message) -> Result<()>,
) -> Result<()> {
    let sender = outbox.clone();
    let sending = thread::Builder::new().stack_size(STACK_SIZE);
    let sending = sending.spawn(move || sender.send_all(&frames))?;

    let outgoing = Box::new(outbox.clone());
    let deadline = Deadline::after(limits.ping);
    let wire = Wire { stream, deadline, outgoing, head: None };
    let config = Some(config(limits.max_message));
    let mut client =
        WebSocket::from_partially_read(wire, received, Role::Server, config);
    let heard = hear(&mut client, &outbox, limits.ping, say);

    outbox.close();
    let sent = sending.join().unwrap_or(Ok(()));
    let mut stream = client.into_inner().stream;
    hang_up(&mut stream, Deadline::after(limits.timeout));
    // If both failed, it went because it could not be sent to.
    sent.and(heard)
}

fn hear(
    client: &mut WebSocket<Wire>,
    outbox: &Outbox,
    ping: Duration,
    mut say: impl FnMut(Message) -> Result<()>,
) -> Result<()> {
    let (mut pinged, mut closed) = (false, Ok(()));
    loop {
        // A message that drips, or comes in endless pieces, is silence too.
        client.get_mut().deadline = Deadline::after(ping);
        let silent = match client.read() {
            Ok(message) if is_said(&message) => say(message).map(|()| false)?,
            // The next read sends the pong to a ping, or the close to a close.
            Ok(Message::Close(why)) => {
                closed = check_close(why, true);
                false
            }
            Ok(_) => false,
            Err(Error::ConnectionClosed) => return closed,
            Err(Error::Io(error)) if is_timeout(&error) => true,
            Err(error) => return Err(refuse(client, error)),
        };
        if silent && pinged {
            outbox.cut("it did not answer a ping within --ping");
        } else if silent {
            client.send(Message::Ping(Default::default()))?;
        }
        pinged = silent;
    }
}
