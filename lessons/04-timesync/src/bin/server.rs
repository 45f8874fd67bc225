//! Lesson 04, the server: the time, in the format that each client asks for.
//!
//! Start it with `just server 04`, then `just client 04` in other terminals.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Local, TimeDelta};
use clap::Parser;
use common::MAX_DATAGRAM;
use tap::UdpSocket;
use timesync::render;

/// Answers one client: the time in its format, or why not.
fn answer(
    socket: &UdpSocket,
    format: &[u8],
    peer: SocketAddr,
    skew: TimeDelta,
) -> Result<()> {
    let asked = String::from_utf8_lossy(&format[..format.len().min(80)]);
    // If two servers took each other's answers for questions, they would
    // never end. So a text without a % asks for nothing, and no error
    // message has a % in it.
    if !format.contains(&b'%') {
        bail!("not answered, since no % asks for a time: {asked:?}");
    }
    // Local::now() would panic if the clock stood before 1970.
    let now = DateTime::<Local>::from(SystemTime::now()) + skew;
    let rendered = render(format, &now.fixed_offset());
    let answer = match &rendered {
        Ok(time) => time.clone(),
        Err(error) => format!("error: {error}"),
    };
    socket.send_to(answer.as_bytes(), peer).context("sending the answer")?;
    rendered.with_context(|| format!("asked for {asked:?}"))?;
    Ok(())
}

fn run(args: &Args) -> Result<()> {
    let socket = UdpSocket::bind(args.address)
        .with_context(|| format!("binding to {}", args.address))?;
    socket.set_write_timeout(Some(args.timeout))?;
    common::ready("04", socket.local_addr()?);

    // One socket serves any number of clients: nothing is remembered from
    // one datagram to the next, so there is nothing to keep apart.
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        let (length, peer) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            // Windows: an earlier answer met an ICMP port-unreachable.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => continue,
            Err(e) => return Err(e).context("waiting for a datagram"),
        };
        // One client's failure must not end the server for the others.
        let answered = answer(&socket, &buffer[..length], peer, args.skew);
        if let Err(error) = answered {
            let why = common::error_chain(&error);
            common::log(&format!("client {peer}: {why}"));
        }
    }
}

/// Answers every strftime format with the local time in it, for ever
#[derive(Parser)]
struct Args {
    /// Where to receive, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:9200", value_parser = common::address)]
    address: SocketAddr,

    /// How wrong the clock is, for a client to find: 2s is ahead, -2s behind
    #[arg(long, value_name = "TIME", default_value = "0s",
          value_parser = skew, allow_hyphen_values = true)]
    skew: TimeDelta,

    /// How long sending an answer may take
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

/// Parses a duration with a sign.
fn skew(text: &str) -> Result<TimeDelta, String> {
    let (sign, time) = match text.strip_prefix('-') {
        Some(time) => (-1, time),
        None => (1, text),
    };
    let time = TimeDelta::from_std(common::duration(time)?);
    Ok(time.map_err(|error| error.to_string())? * sign)
}

fn main() -> ExitCode {
    common::exit_code("04", run(&Args::parse()))
}
