//! Lesson 07, the client: proves that it has the key, without sending it.
//!
//! Start it with `just client 07`, once `just server 07` is running.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use common::note;
use common::tap::TcpStream;
use hmac_auth::{Challenge, Digest, proof, receive};

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
    #[arg(long, value_name = "HEX", value_parser = hex)]
    replay: Option<String>,

    /// How long connecting and the challenge may take together
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::report("07", prove(&Args::parse()))
}

fn prove(args: &Args) -> Result<()> {
    let server = args.address;
    let until = Instant::now() + args.timeout;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    stream.set_write_timeout(Some(args.timeout))?;

    // All 32 bytes, in whatever pieces they come: the HMAC of a part of the
    // challenge proves nothing.
    let mut challenge = Challenge::default();
    receive(&mut stream, &mut challenge, until)
        .context("waiting for the challenge")
        .with_context(|| format!("server {server}"))?;
    stream.set_nonblocking(true)?;
    if stream.peek(&mut [0]).is_ok_and(|more| more > 0) {
        note("more than 32 bytes came: the rest is no part of the challenge");
    }
    stream.set_nonblocking(false)?;

    let answer = match &args.replay {
        Some(recorded) => recorded.clone(),
        None => proof(args.key.as_bytes(), args.digest, &challenge),
    };
    // The verdict is not sent back, so there is nothing to wait for.
    stream
        .write_all(answer.as_bytes())
        .with_context(|| format!("sending the proof to {server}"))
}

fn hex(text: &str) -> Result<String, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.is_empty() || !digits {
        return Err("wanted are digits of hex".into());
    }
    Ok(text.into())
}
