//! Lesson 04, the client: asks what time it is, again and again.
//!
//! Start it with `just client 04`, before or after `just server 04`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::Utc;
use clap::Parser;
use common::tap::UdpSocket;
use timesync::{FORMAT, Measurement, exchange, read_time};

/// Asks the server for the time, and prints its answers
#[derive(Parser)]
struct Args {
    /// The server, as HOST:PORT
    #[arg(default_value = "127.0.0.1:9200", value_parser = common::address)]
    address: SocketAddr,

    /// The strftime format to ask for
    #[arg(long, default_value = "%Y/%m/%d %H:%M:%S")]
    format: String,

    /// How many times to ask; for ever when not given (5 with --measure)
    #[arg(long, value_name = "N", default_value_if("measure", "true", "5"),
          value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// The pause between an answer and the next question
    #[arg(long, default_value = "1s", value_parser = common::duration)]
    interval: Duration,

    /// Measure instead how far this clock is from the server's
    #[arg(long, conflicts_with = "format")]
    measure: bool,

    /// How long to go on asking for one answer
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::report("04", keep_asking(&Args::parse()))
}

fn keep_asking(args: &Args) -> Result<()> {
    let count = args.count.unwrap_or(u64::MAX);
    let (mut best, mut missing, mut why) = (None, 0, None);
    for round in 1..=count {
        if round > 1 {
            sleep(args.interval);
        }
        if let Err(error) = ask(args, &mut best) {
            common::note(&format!("no time: {}", common::sentence(&error)));
            (missing, why) = (missing + 1, Some(error));
        }
    }
    if let Some(best) = best {
        common::say(&format!("best: {}", best.verdict()))?;
    }
    why.map_or(Ok(()), |error| {
        Err(error.context(format!("missing answers: {missing} of {count}")))
    })
}

/// Asks for one time, and prints it or what it tells about this clock.
fn ask(args: &Args, best: &mut Option<Measurement>) -> Result<()> {
    let server = args.address;
    let asking = || format!("asking {server}");
    // A fresh socket has a fresh port. What comes late for an earlier
    // question finds nobody there, and cannot be taken for the answer to
    // this one. Connected, the socket hears no stranger either.
    let socket = UdpSocket::bind(common::any_port(server))
        .context("binding to any free port")?;
    socket.connect(server).with_context(asking)?;

    let format = if args.measure { FORMAT } else { &args.format };
    // The clock says when it was. How long it took is measured on another
    // one, which nobody can set.
    let (sent, started) = (Utc::now(), Instant::now());
    let answer = exchange(&socket, format.as_bytes(), args.timeout)
        .with_context(asking)?;
    let round_trip = started.elapsed();
    if !args.measure {
        let time = read_time(&answer, format).with_context(asking)?;
        return Ok(common::say(time)?);
    }

    let found =
        Measurement::new(&answer, sent, round_trip).with_context(asking)?;
    common::say(&found.to_string())?;
    // The shorter the round trip, the less room for error: of several
    // measurements the quickest is the one to believe.
    if best.is_none_or(|best| found.bound < best.bound) {
        *best = Some(found);
    }
    Ok(())
}
