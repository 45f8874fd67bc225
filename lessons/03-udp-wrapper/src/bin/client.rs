//! Lesson 03, the client: lesson 02's, with a socket that speaks text.
//!
//! Start it with `just client 03`, before or after `just server 03`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use encoding_rs::Encoding;
use udp_wrapper::{TextSocket, encoding};

fn run(args: &Args) -> Result<()> {
    let server = args.address;
    let socket = TextSocket::bind(common::any_port(server), args.encoding)
        .context("binding to any free port")?;
    socket
        .connect(server)
        .with_context(|| format!("choosing {server} as the peer"))?;
    common::not_itself(socket.local_addr()?, socket.peer_addr()?)?;

    let answer = socket
        .ask(&args.message, args.timeout)
        .with_context(|| format!("asking {server}"))?;
    if answer.is_empty() {
        common::log("the answer is a message of 0 bytes");
    }
    common::print(&answer)?;
    Ok(())
}

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
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("03", run(&Args::parse()))
}
