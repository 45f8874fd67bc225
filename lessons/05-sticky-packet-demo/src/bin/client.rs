//! Lesson 05, the client: in merge it sends, in split it receives.
//!
//! Start it with `just client 05`, once `just server 05` is running.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use sticky_packet_demo::{
    Args, Demo, MERGE, nagle, receive_all, send_each, udp,
};
use tap::TcpStream;

fn show(stream: &mut TcpStream, args: &Args) -> Result<()> {
    match args.demo {
        Demo::Split => receive_all(stream, args),
        Demo::Nagle => nagle::ask(stream, args),
        _ => send_each(stream, &MERGE, args),
    }
}

fn run(args: &Args) -> Result<()> {
    if args.demo == Demo::Udp {
        return udp::send(args);
    }
    let server = args.address;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    common::not_itself(stream.local_addr()?, server)?;
    stream.set_write_timeout(Some(args.timeout))?;
    show(&mut stream, args).with_context(|| format!("server {server}"))
}

fn main() -> ExitCode {
    common::exit_code("05", run(&Args::parse()))
}
