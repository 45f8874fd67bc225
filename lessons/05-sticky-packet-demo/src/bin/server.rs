//! Lesson 05, the server: in merge it receives, in split it sends.
//!
//! Start it with `just server 05`, then `just client 05` in another terminal.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use sticky_packet_demo::{
    Args, Demo, SPLIT, nagle, receive_all, send_each, udp,
};
use tap::{TcpListener, TcpStream};

fn show(stream: &mut TcpStream, args: &Args) -> Result<()> {
    match args.demo {
        Demo::Split => send_each(stream, &SPLIT, args),
        Demo::Nagle => nagle::answer(stream, args),
        _ => receive_all(stream, args),
    }
}

fn run(args: &Args) -> Result<()> {
    if args.demo == Demo::Udp {
        return udp::receive(args);
    }
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("05", listener.local_addr()?);

    let (mut stream, peer) =
        listener.accept().context("waiting for a client")?;
    stream.set_write_timeout(Some(args.timeout))?;
    show(&mut stream, args).with_context(|| format!("client {peer}"))
}

fn main() -> ExitCode {
    common::exit_code("05", run(&Args::parse()))
}
