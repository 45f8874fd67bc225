//! Lesson 08, the server: a thread for each of many clients.
//!
//! Start it with `just server 08`, then `just client 08` in several other
//! terminals.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::tap::TcpStream;
use threaded_server::{Server, Settings};

/// Greets each client with server端消息 and prints the line it sends, many
/// clients at a time
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    address: SocketAddr,

    /// So many clients are served at once, a thread each; more wait in the
    /// backlog
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    max_clients: u16,

    /// So many clients may wait to be accepted; Python's socketserver has 5.
    /// The system has a bound of its own (Linux: net.core.somaxconn)
    #[arg(long, value_name = "N", default_value_t = 1024)]
    backlog: u16,

    /// Do not bind while old connections linger on the port, for a minute or
    /// so (Python: allow_reuse_address = False)
    #[arg(long)]
    no_reuse: bool,

    /// How long a greeted client may think about its line
    #[arg(long, default_value = "10m", value_parser = common::duration)]
    idle: Duration,

    /// How long sending the greeting may take
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::report("08", serve(&Args::parse()))
}

fn serve(args: &Args) -> Result<()> {
    let settings = Settings {
        backlog: args.backlog,
        reuse_address: !args.no_reuse,
        max_clients: args.max_clients.into(),
    };
    let server = Server::bind(args.address, &settings).with_context(|| {
        match args.no_reuse {
            false => format!("listening on {}", args.address),
            true => format!(
                "listening on {} (old connections may linger there for a \
                 minute or so, which --no-reuse asked to heed)",
                args.address
            ),
        }
    })?;
    common::ready("08", server.local_addr()?);

    let (timeout, idle) = (args.timeout, args.idle);
    server.serve_forever(move |stream, peer| {
        stream.set_write_timeout(Some(timeout))?;
        stream.set_read_timeout(Some(idle))?;
        handle(stream, peer)
    })
}

/// Greets one client, receives once, and prints it.
fn handle(stream: &mut TcpStream, peer: SocketAddr) -> Result<()> {
    stream.write_all("server端消息".as_bytes()).context("greeting it")?;

    let mut buffer = [0; 1024];
    let length = receive(stream, &mut buffer)?;
    if length == 0 {
        bail!("it closed without a word");
    }
    common::say(&String::from_utf8_lossy(&buffer[..length]))?;

    stream.set_nonblocking(true)?;
    if stream.peek(&mut [0]).is_ok_and(|more| more > 0) {
        common::note(&format!(
            "client {peer}: more came than one recv took: left unread"
        ));
    }
    Ok(())
}

/// Receives once: TCP has no messages, so that is what has arrived by now.
fn receive(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<usize> {
    loop {
        match stream.read(buffer) {
            // By its names on Unix and Windows.
            Err(error)
                if error.kind() == ErrorKind::WouldBlock
                    || error.kind() == ErrorKind::TimedOut =>
            {
                bail!("it said nothing within --idle")
            }
            // Stopping in the shell and going on breaks a recv that has a
            // time limit (signal(7)). The client did nothing wrong.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            received => return received.context("waiting for its line"),
        }
    }
}
