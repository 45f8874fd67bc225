//! Lesson 02, the server: one datagram, one answer, and no connection.
//!
//! Start it with `just server 02`, then `just client 02` in another terminal.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use common::MAX_DATAGRAM;
use tap::UdpSocket;

/// Receives one datagram: as much of it as `room` bytes hold.
fn receive(
    socket: &UdpSocket,
    room: usize,
) -> io::Result<(Vec<u8>, SocketAddr)> {
    // recv takes a datagram off the queue whole. What the buffer cannot hold
    // is lost: Unix cuts in silence, Windows reports error 10040. Looking
    // first, with room for any datagram, shows the real length on both.
    let (length, peer) = socket.peek_from(&mut vec![0; MAX_DATAGRAM])?;
    let mut buffer = vec![0; room];
    let received = socket.recv_from(&mut buffer);
    buffer.truncate(length);
    if length <= room {
        received?;
    } else {
        common::log(&format!(
            "the datagram of {length} bytes from {peer} was cut: \
             {room} kept, {} lost",
            length - room
        ));
    }
    if length == 0 {
        common::log(&format!("{peer} sent a message of 0 bytes"));
    }
    Ok((buffer, peer))
}

fn run(args: &Args) -> Result<()> {
    // No listen, no accept: one socket hears everybody, and every datagram
    // says where it came from.
    let socket = UdpSocket::bind(args.address)
        .with_context(|| format!("binding to {}", args.address))?;
    socket.set_write_timeout(Some(args.timeout))?;
    common::ready("02", socket.local_addr()?);

    let (datagram, peer) = receive(&socket, args.buffer.into())
        .context("waiting for a datagram")?;
    common::print(&String::from_utf8_lossy(&datagram))?;

    socket
        .send_to("海贼王".as_bytes(), peer)
        .with_context(|| format!("answering {peer}"))?;
    Ok(())
}

/// Waits for one datagram, prints it, answers 海贼王, and ends
#[derive(Parser)]
struct Args {
    /// Where to receive, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8888", value_parser = common::address)]
    address: SocketAddr,

    /// Room for one datagram, in bytes; what does not fit is lost
    #[arg(long, value_name = "N", default_value_t = 1024,
          value_parser = clap::value_parser!(u16).range(1..))]
    buffer: u16,

    /// How long sending the answer may take
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("02", run(&Args::parse()))
}
