//! Lesson 01, the client: connect, send one message, print the answer.
//!
//! Start it with `just client 01`, once `just server 01` is running.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::tap::TcpStream;

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
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::report("01", ask(&Args::parse()))
}

fn ask(args: &Args) -> Result<()> {
    let server = args.address;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    stream.set_read_timeout(Some(args.timeout))?;
    stream.set_write_timeout(Some(args.timeout))?;

    // The two sides must take turns: whoever is in recv needs a sender on
    // the other side. TCP does not notice when both receive; they just wait.
    if args.receive_first {
        receive(&mut stream).with_context(|| format!("server {server}"))?;
    }
    stream
        .write_all(args.message.as_bytes())
        .with_context(|| format!("sending to {server}"))?;
    if !args.receive_first {
        receive(&mut stream).with_context(|| format!("server {server}"))?;
    }
    Ok(())
}

/// Receives once and prints it.
fn receive(stream: &mut TcpStream) -> Result<()> {
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer).context("waiting for its answer")?;
    if length == 0 {
        // A recv of nothing is no message: it is the end of the stream.
        bail!("it closed before sending anything");
    }
    common::say(&String::from_utf8_lossy(&buffer[..length]))?;
    common::warn_of_leftovers(stream);
    Ok(())
}
