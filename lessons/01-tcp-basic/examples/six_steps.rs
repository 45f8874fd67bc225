//! Lesson 01's server once more, out of the six calls the article numbers.
//!
//! `std::net::TcpListener::bind` makes three of them at once: socket, bind,
//! listen. Here each stands alone and is printed as it happens. Start it with
//! `cargo run -p tcp-basic --example six_steps`, then `just client 01`.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::log;
use socket2::{Domain, Protocol, Socket, Type};

fn run(args: &Args) -> Result<()> {
    // Family, type, protocol: the article's three parameters. The protocol
    // could be None (its 0): a stream over IP is TCP anyway.
    let family = Domain::for_address(args.address);
    let listener = Socket::new(family, Type::STREAM, Some(Protocol::TCP))
        .context("making a socket")?;
    log("1 socket: a handle of the kernel's, with no address yet");

    // Without this, a restarted server would have to wait for the remains of
    // old connections. On Windows the same option would let two servers
    // share a port, and nothing waits there anyway.
    #[cfg(not(windows))]
    listener.set_reuse_address(true)?;
    listener
        .bind(&args.address.into())
        .with_context(|| format!("binding to {}", args.address))?;
    let local = name(listener.local_addr()?)?;
    log(&format!("2 bind: the socket is {local}"));

    listener.listen(args.backlog).context("listening")?;
    log(&format!("3 listen: {} clients may wait on {local}", args.backlog));

    log("4 accept: waiting …");
    let (mut stream, peer) = listener.accept().context("accepting")?;
    let peer = name(peer)?;
    log(&format!("4 accept: a second socket, for {peer} alone"));
    stream.set_read_timeout(Some(args.timeout))?;
    stream.set_write_timeout(Some(args.timeout))?;

    log("5 recv: waiting …");
    let mut buffer = [0; 1024];
    let length = loop {
        match stream.read(&mut buffer) {
            // Ctrl-Z and fg interrupt a recv that has a timeout (signal(7)).
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            received => break received,
        }
    };
    let length =
        length.with_context(|| format!("waiting for {peer}'s message"))?;
    if length == 0 {
        bail!("client {peer}: it closed before sending anything");
    }
    log(&format!("5 recv: {length} bytes"));
    common::print(&String::from_utf8_lossy(&buffer[..length]))?;
    let answer = "海贼王".as_bytes();
    stream.write_all(answer).with_context(|| format!("answering {peer}"))?;
    log(&format!("5 send: {} bytes", answer.len()));

    // Dropping a socket closes it. Saying first that nothing more will come
    // is what close does too, as long as nobody else holds the socket.
    stream.shutdown(Shutdown::Write).context("closing")?;
    drop(stream);
    drop(listener);
    log("6 close: the stream, and the listener");
    Ok(())
}

/// socket2 speaks of all address families; this lesson of IP alone.
fn name(address: socket2::SockAddr) -> Result<SocketAddr> {
    address.as_socket().context("an address that is not IP")
}

/// Serves one client as 01-server does, one system call after the other
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:9789", value_parser = common::address)]
    address: SocketAddr,

    /// The article's n: how many clients may wait between listen and accept
    #[arg(long, default_value_t = 5)]
    backlog: i32,

    /// How long a connected client may be silent
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("01", run(&Args::parse()))
}
