//! Lesson 05, the client: in merge it sends, in split it receives.
//!
//! Start it with `just client 05`, once `just server 05` is running.

use std::io::{ErrorKind, Read};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::tap::{TcpStream, UdpSocket};
use sticky_packet_demo::{
    Args, Demo, HALVES, MERGE, receive_all, send_datagrams, send_each,
};

/// So many messages and answers make nagle's point.
const ROUNDS: u32 = 10;

/// The pause before the datagrams are sent again.
const AGAIN: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let args = Args::parse();
    let shown = match args.demo {
        Demo::Udp => udp(&args),
        _ => show(&args),
    };
    common::report("05", shown)
}

fn show(args: &Args) -> Result<()> {
    let server = args.address;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    stream.set_read_timeout(Some(args.timeout))?;
    stream.set_write_timeout(Some(args.timeout))?;
    let shown = match args.demo {
        Demo::Split => receive_all(&mut stream, args),
        Demo::Nagle => nagle(&mut stream, args),
        _ => send_each(&mut stream, &MERGE, args),
    };
    shown.with_context(|| format!("server {server}"))
}

/// Writes twice, reads once, and prints how long that took, ten times.
fn nagle(stream: &mut TcpStream, args: &Args) -> Result<()> {
    // Nagle's algorithm holds back a small segment while an earlier one is
    // unacknowledged (RFC 896; RFC 9293, 3.7.4). So the second write waits
    // for the acknowledgement of the first. The receiver delays that, in the
    // hope of sending it along with an answer (RFC 1122, 4.2.3.2), but has
    // none before the second half comes. Each waits for the other, until the
    // receiver's timer ends it: after some 40 ms on Linux, which delays no
    // acknowledgement while a connection is young, so not in the first round.
    for round in 1..=ROUNDS {
        let started = Instant::now();
        send_each(stream, &HALVES, args)?;
        let answered =
            stream.read(&mut [0]).context("waiting for an answer")?;
        if answered == 0 {
            bail!("it closed without answering");
        }
        let took = started.elapsed().as_secs_f64() * 1000.0;
        common::say(&format!("round {round}: {took:.2} ms"))?;
    }
    Ok(())
}

/// Sends the five messages as datagrams.
fn udp(args: &Args) -> Result<()> {
    let server = args.address;
    let socket = UdpSocket::bind(common::any_port(server))
        .context("binding to any free port")?;
    socket
        .connect(server)
        .with_context(|| format!("choosing {server} as the peer"))?;

    let started = Instant::now();
    loop {
        let error = match send_datagrams(&socket, &MERGE, args) {
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => e,
            over => {
                return over.with_context(|| format!("sending to {server}"));
            }
        };
        common::note(&format!("nobody listens on {server} yet"));
        let left = args.timeout.saturating_sub(started.elapsed());
        sleep(AGAIN.min(left));
        if started.elapsed() >= args.timeout {
            return Err(error).with_context(|| format!("sending to {server}"));
        }
    }
}
