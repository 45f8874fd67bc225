//! Lesson 08, the client: prints the greeting, asks for a line, sends it.
//!
//! Start it with `just client 08`, once `just server 08` is running.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::Deadline;
use tap::TcpStream;
use threaded_server::prompt;

/// Receives the greeting, asks for a line, and sends it.
fn talk(stream: &mut TcpStream, args: &Args) -> Result<()> {
    let mut buffer = [0; 1024];
    let length = Deadline::after(args.timeout)
        .read(stream, &mut buffer)
        .context("waiting for its greeting")?;
    if length == 0 {
        bail!("it closed before sending anything");
    }
    common::print(&String::from_utf8_lossy(&buffer[..length]))?;
    common::log_unread(stream);

    common::busy(args.think);
    let line = match &args.message {
        Some(text) => Some(text.clone().into_bytes()),
        None => prompt(">>>")?,
    };
    match line {
        None => common::log("stdin has ended: there is nothing to send"),
        // TCP carries bytes, not messages: to send none is to send nothing.
        Some(line) if line.is_empty() => {
            common::log("an empty line is no message in TCP: nothing is sent");
        }
        Some(line) => {
            check_open(stream)?;
            stream.write_all(&line).context("sending the line")?;
        }
    }
    Ok(())
}

/// Checks that the server did not close while the user was typing: a send
/// would succeed all the same, and the line be lost in silence.
fn check_open(stream: &TcpStream) -> Result<()> {
    stream.set_nonblocking(true)?;
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    match peeked {
        Ok(0) => bail!("it closed before the line was sent"),
        Err(error) if error.kind() != ErrorKind::WouldBlock => {
            Err(error).context("before the line was sent")
        }
        _ => Ok(()),
    }
}

fn run(args: &Args) -> Result<()> {
    let server = args.address;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    common::not_itself(stream.local_addr()?, server)?;
    stream.set_write_timeout(Some(args.timeout))?;
    talk(&mut stream, args).with_context(|| format!("server {server}"))
}

/// Prints the server's greeting, then sends it one line typed at >>>
///
/// Where there is nothing to send, the client says so and closes; that is no
/// failure.
#[derive(Parser)]
struct Args {
    /// The server, as HOST:PORT
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    address: SocketAddr,

    /// Send this, without asking for a line
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,

    /// How long to think about the message: a slow user
    #[arg(long, value_name = "TIME", default_value = "0s",
          value_parser = common::duration)]
    think: Duration,

    /// How long to wait for the server at each step
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("08", run(&Args::parse()))
}
