//! Lesson 05, the server: in merge it receives, in split it sends.
//!
//! Start it with `just server 05`, then `just client 05` in another terminal.

use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::tap::{TcpListener, TcpStream, UdpSocket};
use sticky_packet_demo::{
    Args, Demo, HALVES, LARGEST, MERGE, SPLIT, receive_all, receive_datagram,
    send_each,
};

fn main() -> ExitCode {
    let args = Args::parse();
    let shown = match args.demo {
        Demo::Udp => udp(&args),
        _ => serve(&args),
    };
    common::report("05", shown)
}

fn serve(args: &Args) -> Result<()> {
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("05", listener.local_addr()?);

    let (mut stream, peer) =
        listener.accept().context("waiting for a client")?;
    stream.set_read_timeout(Some(args.timeout))?;
    stream.set_write_timeout(Some(args.timeout))?;
    let shown = match args.demo {
        Demo::Split => send_each(&mut stream, &SPLIT, args),
        Demo::Nagle => nagle(&mut stream),
        _ => receive_all(&mut stream, args),
    };
    shown.with_context(|| format!("client {peer}"))
}

/// Answers every message once both its halves have come.
fn nagle(stream: &mut TcpStream) -> Result<()> {
    let mut message = [0; HALVES[0].len() + HALVES[1].len()];
    loop {
        let mut came = 0;
        while came < message.len() {
            let length = stream
                .read(&mut message[came..])
                .context("waiting for a message")?;
            match (length, came) {
                (0, 0) => return Ok(()),
                (0, _) => bail!("it closed in the middle of a message"),
                _ => came += length,
            }
        }
        stream.write_all(b"!").context("answering")?;
    }
}

/// Receives the five messages as datagrams, and prints a line a datagram.
fn udp(args: &Args) -> Result<()> {
    let socket = UdpSocket::bind(args.address)
        .with_context(|| format!("binding to {}", args.address))?;
    common::ready("05", socket.local_addr()?);

    // A connection would begin with accept. Here the first datagram is the
    // first sign of a client; the busy server does not take it yet.
    socket.peek_from(&mut [0; LARGEST]).context("waiting for a datagram")?;
    common::busy(args.busy);

    // UDP has no end of stream, and it may lose, double and reorder. So this
    // ends when each message has come, or when for a while no new one has.
    let mut missing = MERGE.to_vec();
    let mut until = Instant::now() + args.timeout;
    while !missing.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let missing = missing.join(" ");
            common::note(&format!("no longer waited for: {missing}"));
            break;
        }
        socket.set_read_timeout(Some(left))?;
        match receive_datagram(&socket, args.buffer.into()) {
            Ok(datagram) => {
                let before = missing.len();
                missing.retain(|message| message.as_bytes() != datagram);
                if missing.len() < before {
                    until = Instant::now() + args.timeout;
                }
            }
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error).context("waiting for a datagram"),
        }
    }
    Ok(())
}

/// Unix calls an expired timeout WouldBlock, Windows TimedOut.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
