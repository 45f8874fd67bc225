//! Lesson 03, the client: lesson 02's, with a socket that speaks text.
//!
//! Start it with `just client 03`, before or after `just server 03`.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result};
use clap::Parser;
use encoding_rs::Encoding;
use udp_wrapper::{Received, TextSocket, encoding};

/// Sends one text to the server and prints its answer
#[derive(Parser)]
struct Args {
    /// The server, as HOST:PORT
    #[arg(default_value = "127.0.0.1:8888", value_parser = common::address)]
    address: SocketAddr,

    /// What to send; an empty text is a datagram all the same, of 0 bytes
    #[arg(long, value_name = "TEXT", default_value = "onepiece")]
    message: String,

    /// The encoding of every text: utf-8, gbk, big5, shift_jis, …
    #[arg(long, value_name = "NAME", default_value = "utf-8",
          value_parser = encoding)]
    encoding: &'static Encoding,

    /// How long to go on asking for an answer
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

/// The pause before the question is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// The shortest wait for an answer: zero would be no timeout to a socket.
const SHORTEST: Duration = Duration::from_millis(1);

fn main() -> ExitCode {
    common::report("03", ask(&Args::parse()))
}

fn ask(args: &Args) -> Result<()> {
    let server = args.address;
    let socket = TextSocket::bind(common::any_port(server), args.encoding)
        .context("binding to any free port")?;
    socket
        .connect(server)
        .with_context(|| format!("choosing {server} as the peer"))?;

    exchange(&socket, &args.message, args.timeout)
        .with_context(|| format!("asking {server}"))?
        .say()?;
    Ok(())
}

/// Sends the question until an answer comes or the time is up.
fn exchange(
    socket: &TextSocket,
    question: &str,
    timeout: Duration,
) -> Result<Received> {
    let started = Instant::now();
    loop {
        let asked = Instant::now();
        let left = timeout.saturating_sub(started.elapsed());
        socket.set_read_timeout(left.clamp(SHORTEST, AGAIN))?;
        let came = socket
            .send_text(question)
            .and_then(|()| Ok(socket.recv_text(1024)?));
        let error = match came {
            Err(error) if may_pass(&error) => error,
            over => return over,
        };

        let left = timeout.saturating_sub(started.elapsed());
        sleep(AGAIN.saturating_sub(asked.elapsed()).min(left));
        if started.elapsed() >= timeout {
            return Err(error);
        }
    }
}

/// Nothing came, or nobody listens yet, by their names on Unix and Windows.
/// A text that cannot be encoded never can.
fn may_pass(error: &Error) -> bool {
    let kind = error.downcast_ref().map(io::Error::kind);
    matches!(
        kind,
        Some(
            ErrorKind::WouldBlock
                | ErrorKind::TimedOut
                | ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset
        )
    )
}
