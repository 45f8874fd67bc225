//! Lesson 01, the server: one client, one message, one answer.
//!
//! Start it with `just server 01`, then `just client 01` in another terminal.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::Deadline;
use tap::{TcpListener, TcpStream};

/// Receives once, prints what came, and sends the answer.
fn answer(stream: &mut TcpStream, deadline: Deadline) -> Result<()> {
    // TCP has no messages: one recv (std calls it read) is whatever has
    // arrived by now. For a short message that is all of it, nearly always.
    let mut buffer = [0; 1024];
    let length = deadline
        .read(stream, &mut buffer)
        .context("waiting for its message")?;
    if length == 0 {
        // A recv of 0 bytes is no message: it is the end of the stream.
        bail!("it closed before sending anything");
    }
    common::print(&String::from_utf8_lossy(&buffer[..length]))?;
    common::log_unread(stream);

    stream.write_all("海贼王".as_bytes()).context("sending the answer")
}

fn run(args: &Args) -> Result<()> {
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("01", listener.local_addr()?);

    // accept waits, without limit, and returns a second socket: the listener
    // goes on listening, the stream belongs to this one client.
    let (mut stream, peer) =
        listener.accept().context("waiting for a client")?;
    stream.set_write_timeout(Some(args.timeout))?;
    answer(&mut stream, Deadline::after(args.timeout))
        .with_context(|| format!("client {peer}"))
}

/// Waits for one client, prints what it says, answers 海贼王, and ends
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:9789", value_parser = common::address)]
    address: SocketAddr,

    /// How long a connected client may be silent
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("01", run(&Args::parse()))
}
