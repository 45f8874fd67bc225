//! Lesson 08's server with another handler, which has a mistake in it.
//!
//! It answers a number with 100 divided by that number. Start it with
//! `cargo run -p threaded-server --example careless`, then send it 7, seven,
//! and 0: `just client 08 --message 0`. Who else is connected notices nothing.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use tap::TcpStream;
use threaded_server::{Server, Settings};

/// Answers a number with 100 divided by it.
fn divide(stream: &mut TcpStream) -> Result<()> {
    stream.write_all(b"100 divided by what?")?;
    let mut buffer = [0; 100];
    let length = stream.read(&mut buffer)?;
    let text = str::from_utf8(&buffer[..length])?;
    let number: i32 = text
        .trim()
        .parse()
        .with_context(|| format!("not a number: {text:?}"))?;
    let answer = 100 / number;
    stream.write_all(answer.to_string().as_bytes())?;
    Ok(())
}

fn run(args: &Args) -> Result<()> {
    let settings = Settings {
        backlog: 1024,
        reuse_address: true,
        max_clients: args.max_clients.into(),
    };
    let server = Server::bind(args.address, &settings)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("08", server.local_addr()?);
    server.serve_forever(divide)
}

/// Divides 100 by the number that a client sends, and forgets about 0
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    address: SocketAddr,

    /// How many clients are served at once
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    max_clients: u16,
}

fn main() -> ExitCode {
    common::exit_code("08", run(&Args::parse()))
}
