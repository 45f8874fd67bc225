//! Lesson 07, the client: proves that it has the key, without sending it.
//!
//! Start it with `just client 07`, once `just server 07` is running.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use common::Deadline;
use hmac_auth::{Challenge, Digest, proof};
use tap::TcpStream;

/// Receives the challenge, and sends the proof.
fn prove(
    stream: &mut TcpStream,
    deadline: Deadline,
    args: &Args,
) -> Result<()> {
    // All 32 bytes, in whatever pieces they come: the HMAC of a part of the
    // challenge proves nothing.
    let mut challenge = Challenge::default();
    deadline
        .read_exact(stream, &mut challenge)
        .context("waiting for the challenge")?;
    common::log_unread(stream);

    let answer = match &args.replay {
        Some(overheard) => overheard.clone(),
        None => proof(args.key.as_bytes(), args.digest, &challenge),
    };
    // The verdict is not sent back, so there is nothing to wait for.
    stream.write_all(answer.as_bytes()).context("sending the proof")
}

fn run(args: &Args) -> Result<()> {
    let server = args.address;
    let deadline = Deadline::after(args.timeout);
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    common::not_itself(stream.local_addr()?, server)?;
    stream.set_write_timeout(Some(args.timeout))?;
    prove(&mut stream, deadline, args)
        .with_context(|| format!("server {server}"))
}

/// Answers the server's challenge with its HMAC; only the server tells
/// whether that was right
#[derive(Parser)]
struct Args {
    /// The server, as HOST:PORT
    #[arg(default_value = "127.0.0.1:9000", value_parser = common::address)]
    address: SocketAddr,

    /// The secret that both sides have; without this, the article's
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "这是一个秘钥",
        hide_default_value = true
    )]
    key: String,

    /// The hash function that the HMAC is built upon
    #[arg(long, value_enum, default_value_t = Digest::Md5)]
    digest: Digest,

    /// Send this answer, overheard in another run, whatever the challenge
    #[arg(long, value_name = "HEX", value_parser = parse_hex)]
    replay: Option<String>,

    /// How long connecting and the challenge may take together
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn parse_hex(text: &str) -> Result<String, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.is_empty() || !digits {
        return Err("give digits of hex".into());
    }
    Ok(text.into())
}

fn main() -> ExitCode {
    common::exit_code("07", run(&Args::parse()))
}
