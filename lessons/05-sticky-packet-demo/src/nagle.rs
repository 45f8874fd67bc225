//! Write, write, read: what Nagle's algorithm makes wait, and for how long.

use std::io::Write;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use common::Deadline;
use tap::TcpStream;

use crate::Args;

/// A message in two writes.
const HALVES: [&str; 2] = ["一", "次"];

/// How many messages and answers show it.
const ROUNDS: u32 = 10;

/// Writes twice, reads once, and prints how long that took, ten times.
pub fn ask(stream: &mut TcpStream, args: &Args) -> Result<()> {
    // Nagle's algorithm holds back a small segment while an earlier one is
    // unacknowledged (RFC 9293, 3.7.4). The receiver delays acknowledgements,
    // to send them with an answer (3.8.6.3), and has none before the second
    // half comes. So both wait, on Linux for some 40 ms, after the first round.
    stream.set_nodelay(args.nodelay)?;
    for round in 1..=ROUNDS {
        let started = Instant::now();
        stream.write_all(HALVES[0].as_bytes()).context("sending 一")?;
        thread::sleep(args.gap);
        stream.write_all(HALVES[1].as_bytes()).context("sending 次")?;
        let answered = Deadline::after(args.timeout)
            .read(stream, &mut [0])
            .context("waiting for an answer")?;
        if answered == 0 {
            bail!("it closed without answering");
        }
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        common::print(&format!("round {round}: {milliseconds:.2} ms"))?;
    }
    Ok(())
}

/// Answers every message once both its halves have come.
pub fn answer(stream: &mut TcpStream, args: &Args) -> Result<()> {
    let mut message = [0; HALVES[0].len() + HALVES[1].len()];
    let mut answered = 0;
    loop {
        let deadline = Deadline::after(args.timeout);
        let mut received = 0;
        while received < message.len() {
            let length = deadline
                .read(stream, &mut message[received..])
                .context("waiting for a message")?;
            match (length, received) {
                (0, 0) if answered > 0 => return Ok(()),
                (0, _) => bail!("it closed before the end of a message"),
                _ => received += length,
            }
        }
        stream.write_all(b"!").context("answering")?;
        answered += 1;
    }
}
