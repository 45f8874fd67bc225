//! Lesson 03, the server: lesson 02's, with a socket that speaks text.
//!
//! Start it with `just server 03`, then `just client 03` in another terminal.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use encoding_rs::Encoding;
use udp_wrapper::{TextSocket, encoding};

fn run(args: &Args) -> Result<()> {
    let socket = TextSocket::bind(args.address, args.encoding)
        .with_context(|| format!("binding to {}", args.address))?;
    socket.set_write_timeout(Some(args.timeout))?;
    common::ready("03", socket.local_addr()?);

    let (question, peer) = socket
        .receive_text(args.buffer.into())
        .context("waiting for a datagram")?;
    common::print(&question)?;

    // An encoding holds some characters and lacks others. 海贼王 is in gbk;
    // big5, made for the traditional script, has no 贼.
    socket
        .send_text_to("海贼王", peer)
        .with_context(|| format!("answering {peer}"))
}

/// Waits for one text, prints it, answers 海贼王, and ends
#[derive(Parser)]
struct Args {
    /// Where to receive, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8888", value_parser = common::address)]
    address: SocketAddr,

    /// The encoding of every text: utf-8, gbk, big5, shift_jis, …
    #[arg(long, value_name = "NAME", default_value = "utf-8",
          value_parser = encoding)]
    encoding: &'static Encoding,

    /// Room for one datagram, in bytes; what does not fit is lost
    #[arg(long, value_name = "N", default_value_t = 1024,
          value_parser = clap::value_parser!(u16).range(1..))]
    buffer: u16,

    /// How long sending the answer may take
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("03", run(&Args::parse()))
}
