//! Lesson 08, the server: a thread for each of many clients.
//!
//! Start it with `just server 08`, then `just client 08` in several terminals.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::Deadline;
use tap::TcpStream;
use threaded_server::{Server, Settings};

/// Greets one client, receives once, and prints what came. Each client has a
/// thread of its own for this: while one waits, the others are served.
fn handle(stream: &mut TcpStream, args: &Args) -> Result<()> {
    stream.set_write_timeout(Some(args.timeout))?;
    stream
        .write_all("server端消息".as_bytes())
        .context("sending the greeting")?;

    // TCP has no messages: one recv is whatever has arrived by now.
    let mut buffer = [0; 1024];
    let length = match Deadline::after(args.idle).read(stream, &mut buffer) {
        Err(error) if is_timeout(error.kind()) => {
            bail!("it said nothing within --idle")
        }
        received => received.context("waiting for its line")?,
    };
    if length == 0 {
        bail!("it closed before sending anything");
    }
    common::print(&String::from_utf8_lossy(&buffer[..length]))?;
    common::log_unread(stream);
    Ok(())
}

/// Whether the wait is over, which Unix and Windows name differently.
fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn run(args: Args) -> Result<()> {
    let settings = Settings {
        backlog: args.backlog,
        reuse_address: !args.no_reuse,
        max_clients: args.max_clients.into(),
    };
    let server = Server::bind(args.address, &settings)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("08", server.local_addr()?);
    server.serve_forever(move |stream| handle(stream, &args))
}

/// Greets each client with server端消息 and prints the line it sends, many
/// clients at a time
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    address: SocketAddr,

    /// How many clients are served at once; more wait in the backlog
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    max_clients: u16,

    /// How many clients may wait to be accepted; Python's socketserver has 5.
    /// The system has a bound of its own (Linux: net.core.somaxconn; macOS:
    /// 128, which 0 means there too)
    #[arg(long, value_name = "N", default_value_t = 1024)]
    backlog: u16,

    /// Do not bind while old connections linger on the port: a minute on
    /// Linux, half of it on macOS, never on Windows (Python:
    /// allow_reuse_address = False)
    #[arg(long)]
    no_reuse: bool,

    /// How long a greeted client may think about its line
    #[arg(long, default_value = "10m", value_parser = common::timeout)]
    idle: Duration,

    /// How long sending the greeting may take
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("08", run(Args::parse()))
}
