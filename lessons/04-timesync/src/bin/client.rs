//! Lesson 04, the client: asks what time it is, again and again.
//!
//! Start it with `just client 04`, before or after `just server 04`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use clap::Parser;
use tap::UdpSocket;
use timesync::{FORMAT, Measurement, read_time};

/// Asks for the time once.
fn ask(args: &Args) -> Result<String> {
    let (socket, format) = (connect(args.address)?, args.format.as_bytes());
    let answer = common::ask_again(&socket, format, args.timeout)?;
    Ok(read_time(&answer, &args.format)?.to_owned())
}

/// Asks for the time once, and finds how far this clock is from it.
fn measure(args: &Args, all: &mut Vec<Measurement>) -> Result<String> {
    let socket = connect(args.address)?;
    // The first clock says when it was. How long it took is measured on
    // another one, which nobody can set.
    let (sent, started) = (SystemTime::now(), Instant::now());
    let answer = common::ask_again(&socket, FORMAT.as_bytes(), args.timeout)?;
    let found = Measurement::new(&answer, sent.into(), started.elapsed())?;
    all.push(found);
    Ok(found.to_string())
}

/// Opens a socket for one question.
fn connect(server: SocketAddr) -> Result<UdpSocket> {
    // A fresh socket has a fresh port: a late answer to an earlier question
    // finds nobody there. Connected, it hears no stranger either.
    let socket = UdpSocket::bind(common::any_port(server))
        .context("binding to any free port")?;
    socket.connect(server)?;
    common::not_itself(socket.local_addr()?, socket.peer_addr()?)?;
    Ok(socket)
}

fn run(args: &Args) -> Result<()> {
    let count = args.count.unwrap_or(u64::MAX);
    let (mut measured, mut missing, mut last_error) = (Vec::new(), 0, None);
    for round in 1..=count {
        if round > 1 {
            thread::sleep(args.interval);
        }
        let asked =
            if args.measure { measure(args, &mut measured) } else { ask(args) };
        match asked {
            Ok(text) => common::print(&text)?,
            Err(error) => {
                let error = error.context(format!("asking {}", args.address));
                let why = common::error_chain(&error);
                common::log(&format!("no time: {why}"));
                (missing, last_error) = (missing + 1, Some(error));
                thread::sleep(Duration::from_millis(500));
            }
        }
    }
    // The shorter the round trip, the less room for error: of several
    // measurements the quickest is the one to believe.
    if let Some(best) = measured.iter().min_by_key(|found| found.bound) {
        common::print(&format!("best: {}", best.verdict()))?;
    }
    last_error.map_or(Ok(()), |error| {
        Err(error.context(format!("missing answers: {missing} of {count}")))
    })
}

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
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("04", run(&Args::parse()))
}
