//! Lesson 09, the client: says what is typed, and prints what it hears.
//!
//! Start it with `just client 09`, once `just server 09` is running.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use common::Deadline;
use tap::TcpStream;
use tungstenite::Message::{self, Close, Ping, Pong};
use tungstenite::WebSocket;
use websocket::Event::{self, Heard, Typed};
use websocket::{
    awaited, check_close, hang_up, is_said, join, next, refuse, send, show,
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
    let (mut heard, mut typing, mut closing) = (0, args.types(), false);
    let mut deadline = Deadline::after(args.timeout);
    loop {
        if !typing && heard >= args.hear && !closing {
            send(server, Close(None))?;
            (closing, deadline) = (true, Deadline::after(args.timeout));
        }
        let event = next(events, (!typing).then_some(deadline))
            .with_context(|| awaited(closing, heard, args.hear))?;
        match event {
            Typed(line) => match line? {
                Some(line) => send(server, Message::text(line))?,
                None => typing = false,
            },
            Heard(Ok(Ping(data))) => send(server, Pong(data))?,
            Heard(Ok(Close(why))) => {
                send(server, Close(why.clone()))?;
                return check_close(why, closing);
            }
            Heard(Ok(message)) if is_said(&message) => {
                common::print(&show(&message))?;
                heard += 1;
                let next = Deadline::after(args.timeout);
                deadline = if closing { deadline } else { next };
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
    let (mut socket, events) =
        join(stream, &url, args.timeout, args.types()).with_context(named)?;
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

    /// How long to wait for each message and each answer of the server; while
    /// one types, without limit
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
