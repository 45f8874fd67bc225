//! Lesson 04, the server: tells the time, in the format that each client
//! asks for.
//!
//! Start it with `just server 04`, then `just client 04` in other terminals.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{Local, TimeDelta};
use clap::Parser;
use common::tap::UdpSocket;
use timesync::render;

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
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

/// The most that a UDP datagram could hold, by its 16-bit length (RFC 768).
const LARGEST: usize = 65_535;

fn main() -> ExitCode {
    common::report("04", serve(&Args::parse()))
}

fn serve(args: &Args) -> Result<()> {
    let socket = UdpSocket::bind(args.address)
        .with_context(|| format!("binding to {}", args.address))?;
    socket.set_write_timeout(Some(args.timeout))?;
    common::ready("04", socket.local_addr()?);

    // One socket serves any number of clients: nothing is remembered from
    // one datagram to the next, so there is nothing to keep apart.
    let mut buffer = [0; LARGEST];
    loop {
        let (length, peer) = match socket.recv_from(&mut buffer) {
            Ok(came) => came,
            // Windows tells here that an earlier answer found nobody.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => continue,
            Err(e) => return Err(e).context("waiting for a datagram"),
        };
        // One client's trouble, be it a bad format or an address that cannot
        // be answered, must not be the others'.
        if let Err(error) = answer(&socket, &buffer[..length], peer, args.skew)
        {
            let why = common::sentence(&error);
            common::note(&format!("client {peer}: {why}"));
        }
    }
}

/// Answers one client: the time, or why not.
fn answer(
    socket: &UdpSocket,
    format: &[u8],
    peer: SocketAddr,
    skew: TimeDelta,
) -> Result<()> {
    let now = Local::now() + skew;
    let rendered = render(format, &now.fixed_offset());
    let answer = match &rendered {
        Ok(time) => time.clone(),
        Err(error) => format!("error: {error}"),
    };
    socket.send_to(answer.as_bytes(), peer).context("sending the answer")?;
    let shown = String::from_utf8_lossy(&format[..format.len().min(80)]);
    rendered.with_context(|| format!("asked for {shown:?}"))?;
    Ok(())
}

/// A duration with a sign.
fn skew(text: &str) -> Result<TimeDelta, String> {
    let (sign, time) = match text.strip_prefix('-') {
        Some(time) => (-1, time),
        None => (1, text),
    };
    let time = TimeDelta::from_std(common::duration(time)?);
    Ok(time.map_err(|error| error.to_string())? * sign)
}
