//! Lesson 07, the server: lets those pass who prove that they have the key.
//!
//! Start it with `just server 07`, then `just client 07` in another terminal.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::Deadline;
use hmac_auth::{Challenge, Digest, fresh_challenge, parse_challenge, verify};
use tap::{TcpListener, TcpStream};

/// Challenges one client, and reads and checks its answer.
fn judge(stream: &mut TcpStream, args: &Args) -> Result<()> {
    let deadline = Deadline::after(args.timeout);
    stream.set_write_timeout(Some(args.timeout))?;

    let challenge = match args.fixed_challenge {
        Some(challenge) => challenge,
        None => {
            fresh_challenge().context("asking the system for random bytes")?
        }
    };
    stream.write_all(&challenge).context("sending the challenge")?;

    // As many characters as a proof has, and not one more: what follows, if
    // anything, is no part of it.
    let mut answer = vec![0; args.digest.characters()];
    deadline
        .read_exact(stream, &mut answer)
        .context("waiting for its proof")?;
    if !verify(args.key.as_bytes(), args.digest, &challenge, &answer) {
        bail!(
            "rejected: its answer is not the HMAC of the challenge with \
             the server's key and digest, in lowercase hex"
        );
    }
    common::print("合法用户")?;
    Ok(())
}

fn run(args: Args) -> Result<()> {
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("07", listener.local_addr()?);

    common::each_client(
        &listener,
        || (),
        move |mut stream, _, ()| judge(&mut stream, &args),
    )
}

/// Sends each client a challenge, and prints 合法用户 for a right answer
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
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

    /// Challenge everybody with these 32 bytes: then an answer once overheard
    /// is right for ever
    #[arg(long, value_name = "HEX", value_parser = parse_challenge)]
    fixed_challenge: Option<Challenge>,

    /// How long a client may take, from its challenge to the last byte of its
    /// answer
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("07", run(Args::parse()))
}
