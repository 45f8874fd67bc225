//! Lesson 09, the client: says what is typed, and prints what it hears.
//!
//! Start it with `just client 09`, once `just server 09` is running.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use common::Deadline;
use tap::TcpStream;
use tungstenite::{Message, WebSocket};
use websocket::Event::{self, Heard, Typed, TypedAll};
use websocket::{
    check_close, hang_up, hear_keyboard, is_said, join, refuse, send, show,
};

/// Says messages and prints everybody's: each send is heard as one message.
fn talk(
    server: &mut WebSocket<TcpStream>,
    events: &Receiver<Event>,
    args: &Args,
) -> Result<()> {
    for text in &args.message {
        send(server, Message::text(text))?;
    }
    let (mut heard, mut typing, mut closing) = (0, args.types(), None);
    loop {
        if !typing && heard >= args.hear && closing.is_none() {
            send(server, Message::Close(None))?;
            closing = Some(Deadline::after(args.timeout));
        }
        let most = if typing { Duration::MAX } else { args.timeout };
        let event = events
            .recv_timeout(closing.map_or(most, Deadline::left))
            .map_err(|_| io::Error::from(ErrorKind::TimedOut))
            .with_context(|| format!("{heard} messages heard"))?;
        match event {
            Typed(line) => send(server, Message::text(line))?,
            TypedAll(read) => typing = read.map(|()| false)?,
            Heard(Ok(Message::Ping(data))) => {
                send(server, Message::Pong(data))?
            }
            Heard(Ok(Message::Close(why))) => {
                send(server, Message::Close(why.clone()))?;
                return check_close(why, closing.is_some());
            }
            Heard(Ok(message)) if is_said(&message) => {
                common::print(&show(&message))?;
                heard += 1;
            }
            Heard(Ok(_)) => {}
            Heard(Err(error)) => return Err(refuse(server, error)),
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let server = args.address;
    let stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    common::not_itself(stream.local_addr()?, server)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(args.timeout))?;
    let named = || format!("server {server}");
    let url = format!("ws://{server}/");
    let (mut socket, events, typed) =
        join(stream, &url, args.timeout).with_context(named)?;
    if args.types() {
        hear_keyboard(typed);
    }
    let result = talk(&mut socket, &events, args).with_context(named);
    hang_up(socket.get_mut(), Deadline::after(args.timeout));
    result
}

/// Joins the room: sends each line that is typed, prints what it hears
#[derive(Parser)]
struct Args {
    /// The server, as HOST:PORT
    #[arg(default_value = "127.0.0.1:8080", value_parser = common::address)]
    address: SocketAddr,

    /// Send this, and type nothing; may be given several times
    #[arg(long, value_name = "TEXT")]
    message: Vec<String>,

    /// Close after hearing this many messages, its own included
    #[arg(long, value_name = "N", default_value_t = 0)]
    hear: u32,

    /// How long to wait for the server at each step; while one types, without
    /// limit
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

impl Args {
    fn types(&self) -> bool {
        self.message.is_empty() && self.hear == 0
    }
}

fn main() -> ExitCode {
    common::exit_code("09", run(&Args::parse()))
}
