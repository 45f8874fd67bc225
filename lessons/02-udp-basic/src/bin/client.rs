//! Lesson 02, the client: send one datagram, print the answer.
//!
//! Start it with `just client 02`, before or after `just server 02`.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use common::tap::UdpSocket;

/// Sends one datagram to the server and prints its answer
#[derive(Parser)]
struct Args {
    /// The server, as HOST:PORT
    #[arg(default_value = "127.0.0.1:8888", value_parser = common::address)]
    address: SocketAddr,

    /// What to send; an empty text is a datagram all the same, of 0 bytes
    #[arg(long, value_name = "TEXT", default_value = "onepiece")]
    message: String,

    /// How long to go on asking for an answer
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

/// The pause before the question is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// The shortest wait for an answer: zero would be no timeout to a socket.
const SHORTEST: Duration = Duration::from_millis(1);

/// The most that a UDP datagram could hold, by its 16-bit length (RFC 768).
const LARGEST: usize = 65_535;

fn main() -> ExitCode {
    common::report("02", ask(&Args::parse()))
}

fn ask(args: &Args) -> Result<()> {
    let server = args.address;
    let socket = UdpSocket::bind(common::any_port(server))
        .context("binding to any free port")?;
    // Nothing is sent by this. It names the one peer whose datagrams the
    // kernel passes on, so that no stranger's can be taken for the answer.
    socket
        .connect(server)
        .with_context(|| format!("choosing {server} as the peer"))?;

    let answer = exchange(&socket, args.message.as_bytes(), args.timeout)
        .with_context(|| format!("asking {server}"))?;
    if answer.is_empty() {
        common::note("the answer is a message of 0 bytes");
    }
    common::say(&String::from_utf8_lossy(&answer))?;
    Ok(())
}

/// Sends the question until an answer comes or the time is up.
fn exchange(
    socket: &UdpSocket,
    question: &[u8],
    timeout: Duration,
) -> io::Result<Vec<u8>> {
    // With room for the largest datagram no answer can be cut.
    let mut answer = vec![0; LARGEST];
    let started = Instant::now();
    loop {
        let asked = Instant::now();
        let left = timeout.saturating_sub(started.elapsed());
        socket.set_read_timeout(Some(left.clamp(SHORTEST, AGAIN)))?;
        let came = socket.send(question).and_then(|_| socket.recv(&mut answer));
        let error = match came {
            Ok(length) => return Ok(answer[..length].to_vec()),
            Err(error) if may_pass(&error) => error,
            Err(error) => return Err(error),
        };

        // The question or the answer may be lost, and UDP will not tell
        // which: so ask again.
        let left = timeout.saturating_sub(started.elapsed());
        sleep(AGAIN.saturating_sub(asked.elapsed()).min(left));
        if started.elapsed() >= timeout {
            return Err(error);
        }
    }
}

/// Nothing came (WouldBlock on Unix, TimedOut on Windows), or an earlier
/// datagram met a machine where nobody listens yet (Windows says reset).
fn may_pass(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
    )
}
