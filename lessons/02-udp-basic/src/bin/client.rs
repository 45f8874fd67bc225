//! Lesson 02, the client: send one datagram, print the answer.
//!
//! Start it with `just client 02`, before or after `just server 02`.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use common::{Deadline, MAX_DATAGRAM};
use tap::UdpSocket;

/// The time after which the question is asked again.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Sends the question, again each second, until an answer comes or the time
/// is over.
fn exchange(
    socket: &UdpSocket,
    question: &[u8],
    timeout: Duration,
) -> io::Result<Vec<u8>> {
    // With room for any datagram no answer can be cut.
    let mut answer = vec![0; MAX_DATAGRAM];
    let deadline = Deadline::after(timeout);
    loop {
        let retry = deadline.min(Deadline::after(RETRY_INTERVAL));
        let received =
            socket.send(question).and_then(|_| retry.recv(socket, &mut answer));
        let error = match received {
            Ok(length) => return Ok(answer[..length].to_vec()),
            Err(error) if is_transient(&error) => error,
            Err(error) => return Err(error),
        };

        // The question or its answer was lost or is late, and UDP does not
        // tell which; or nobody listens yet. So ask again.
        thread::sleep(retry.left());
        if deadline.left().is_zero() {
            return Err(error);
        }
    }
}

/// Whether asking again may help: nothing came (WouldBlock on Unix, TimedOut
/// on Windows), or nobody listens yet (Windows reports a reset).
fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
    )
}

fn run(args: &Args) -> Result<()> {
    let server = args.address;
    let socket = UdpSocket::bind(common::any_port(server))
        .context("binding to any free port")?;
    // This sends nothing. It names the one peer whose datagrams the kernel
    // passes on, so that no stranger's can be taken for the answer.
    socket
        .connect(server)
        .with_context(|| format!("choosing {server} as the peer"))?;
    common::not_itself(socket.local_addr()?, socket.peer_addr()?)?;

    let answer = exchange(&socket, args.message.as_bytes(), args.timeout)
        .with_context(|| format!("asking {server}"))?;
    if answer.is_empty() {
        common::log("the answer is a message of 0 bytes");
    }
    common::print(&String::from_utf8_lossy(&answer))?;
    Ok(())
}

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
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("02", run(&Args::parse()))
}
