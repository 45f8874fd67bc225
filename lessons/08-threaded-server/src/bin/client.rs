//! Lesson 08, the client: prints the greeting, asks for a line, sends it.
//!
//! Start it with `just client 08`, once `just server 08` is running.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::process::{ExitCode, exit};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::note;
use common::tap::TcpStream;

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

    /// Think for so long about the message: a slow user
    #[arg(long, value_name = "TIME", default_value = "0s",
          value_parser = common::duration)]
    think: Duration,

    /// How long to wait for the server at each step
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

/// A line longer than this is nobody's typing.
const LONGEST: usize = 1024 * 1024;

fn main() -> ExitCode {
    common::report("08", talk(&Args::parse()))
}

fn talk(args: &Args) -> Result<()> {
    let server = args.address;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    stream.set_read_timeout(Some(args.timeout))?;
    stream.set_write_timeout(Some(args.timeout))?;
    greeting(&mut stream).with_context(|| format!("server {server}"))?;

    common::busy(args.think);
    let line = match &args.message {
        Some(text) => Some(text.clone().into_bytes()),
        None => ask(">>>")?,
    };
    match line {
        None => note("stdin has ended: there is nothing to send"),
        // TCP carries bytes, not messages: none of them are nothing at all,
        // and the server would go on waiting.
        Some(line) if line.is_empty() => {
            note("an empty line is no message in TCP: nothing is sent");
        }
        Some(line) => {
            still_there(&stream).with_context(|| format!("server {server}"))?;
            stream
                .write_all(&line)
                .with_context(|| format!("sending to {server}"))?;
        }
    }
    Ok(())
}

/// Receives once and prints it.
fn greeting(stream: &mut TcpStream) -> Result<()> {
    let mut buffer = [0; 1024];
    let length =
        stream.read(&mut buffer).context("waiting for its greeting")?;
    if length == 0 {
        bail!("it closed before sending anything");
    }
    common::say(&String::from_utf8_lossy(&buffer[..length]))?;
    Ok(())
}

/// Asks for a line, as Python's `input` does; `None` at the end of stdin.
fn ask(prompt: &str) -> Result<Option<Vec<u8>>> {
    let mut stdout = io::stdout().lock();
    match write!(stdout, "{prompt}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        printed => printed.context("printing the prompt")?,
    }

    // Bytes, not text: what is no UTF-8 goes to the server as it was typed.
    let mut line = Vec::new();
    let mut stdin = io::stdin().lock().take(LONGEST as u64 + 2);
    stdin.read_until(b'\n', &mut line).context("reading a line from stdin")?;
    if line.is_empty() {
        return Ok(None);
    }
    // The last line of a file may lack its end, so what goes is looked at.
    if line.pop_if(|last| *last == b'\n').is_some() {
        line.pop_if(|last| *last == b'\r');
    }
    if line.len() > LONGEST {
        bail!("the line on stdin is longer than {LONGEST} bytes");
    }
    Ok(Some(line))
}

/// Makes sure that the server did not go while the user was typing: a send
/// would succeed all the same, and the line be lost in silence.
fn still_there(stream: &TcpStream) -> Result<()> {
    stream.set_nonblocking(true)?;
    let state = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    match state {
        Ok(0) => bail!("it closed before the line was sent"),
        Ok(_) => note("more came than one recv took: left unread"),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => return Err(error).context("before the line was sent"),
    }
    Ok(())
}
