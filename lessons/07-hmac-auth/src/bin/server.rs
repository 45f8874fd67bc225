//! Lesson 07, the server: lets those pass who prove that they have the key.
//!
//! Start it with `just server 07`, then `just client 07` in another terminal.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::tap::{TcpListener, TcpStream};
use common::{note, sentence};
use hmac_auth::{
    Challenge, Digest, challenge, fresh_challenge, receive, verify,
};

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
    #[arg(long, value_name = "HEX", value_parser = challenge)]
    fixed_challenge: Option<Challenge>,

    /// How long a client may take, from its challenge to the last byte of its
    /// answer
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

/// So many clients are judged at once. Without a bound, the system would one
/// day refuse a thread, and that ends the whole process.
const MOST: usize = 1000;

/// The pause before a client is accepted again when none can be.
const PAUSE: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    common::report("07", serve(Args::parse()))
}

fn serve(args: Args) -> Result<()> {
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("07", listener.local_addr()?);

    let args = Arc::new(args);
    let mut waiting = false;
    loop {
        // Each thread holds the arguments once.
        while Arc::strong_count(&args) > MOST {
            thread::sleep(PAUSE);
        }
        match listener.accept() {
            Ok((stream, peer)) => {
                waiting = false;
                start(stream, peer, Arc::clone(&args));
            }
            // Too many open files, as a rule (EMFILE). The client stays in
            // the backlog, so asking again at once would spin.
            Err(error) => {
                if !waiting {
                    note(&format!("waiting to accept a client: {error}"));
                }
                waiting = true;
                thread::sleep(PAUSE);
            }
        }
    }
}

/// Judges one client in a thread of its own, so that nobody waits for it.
fn start(stream: TcpStream, peer: SocketAddr, args: Arc<Args>) {
    let judged = move || {
        if let Err(error) = judge(stream, &args) {
            note(&format!("client {peer}: {}", sentence(&error)));
        }
    };
    let thread = thread::Builder::new().name(peer.to_string());
    if let Err(error) = thread.spawn(judged) {
        note(&format!("client {peer}: no thread for it: {error}"));
    }
}

/// Challenges one client, and reads and checks its answer.
fn judge(mut stream: TcpStream, args: &Args) -> Result<()> {
    let until = Instant::now() + args.timeout;
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
    receive(&mut stream, &mut answer, until)
        .context("waiting for its proof")?;
    if !verify(args.key.as_bytes(), args.digest, &challenge, &answer) {
        bail!(
            "rejected: its answer is not the HMAC of the challenge with \
             this key and digest, in lowercase hex"
        );
    }
    common::say("合法用户")?;
    Ok(())
}
