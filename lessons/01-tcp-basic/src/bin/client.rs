//! Lesson 01, the client: connect, send one message, print the answer.
//!
//! Start it with `just client 01`, once `just server 01` is running.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::Deadline;
use tap::TcpStream;

/// Sends the message, then receives the answer; or the other way round.
fn ask(stream: &mut TcpStream, args: &Args) -> Result<()> {
    // The two sides must take turns: a side in recv needs a sender on
    // the other side. TCP does not notice when both receive; they just wait.
    if args.receive_first {
        receive(stream, args)?;
    }
    stream.write_all(args.message.as_bytes()).context("sending the message")?;
    if !args.receive_first {
        receive(stream, args)?;
    }
    Ok(())
}

/// Receives once and prints it.
fn receive(stream: &mut TcpStream, args: &Args) -> Result<()> {
    let mut buffer = [0; 1024];
    let length = Deadline::after(args.timeout)
        .read(stream, &mut buffer)
        .context("waiting for its answer")?;
    if length == 0 {
        bail!("it closed before sending anything");
    }
    common::print(&String::from_utf8_lossy(&buffer[..length]))?;
    common::log_unread(stream);
    Ok(())
}

fn run(args: &Args) -> Result<()> {
    let server = args.address;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    common::not_itself(stream.local_addr()?, server)?;
    stream.set_write_timeout(Some(args.timeout))?;
    ask(&mut stream, args).with_context(|| format!("server {server}"))
}

/// Sends one message to the server and prints its answer
#[derive(Parser)]
struct Args {
    /// The server, as HOST:PORT
    #[arg(default_value = "127.0.0.1:9789", value_parser = common::address)]
    address: SocketAddr,

    /// What to send; an empty text sends nothing at all, and both sides wait
    #[arg(long, value_name = "TEXT", default_value = "one piece")]
    message: String,

    /// Receive before sending: then both sides wait for each other
    #[arg(long)]
    receive_first: bool,

    /// How long to wait for the server at each step
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("01", run(&Args::parse()))
}
