//! A client that says what it hears, for the Autobahn suite to judge
//! (`scripts/autobahn`): it is lesson 09's client but for its words.
//!
//! `echo HOST:PORT` runs every case that the suite's server at this address
//! has, and has it write its report.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use common::Deadline;
use tap::TcpStream;
use tungstenite::Message;
use websocket::Event::Heard;
use websocket::{hang_up, is_said, join, refuse, send};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Says what it hears, until the end; gives what it heard last.
fn echo(server: SocketAddr, path: &str) -> Result<Option<Message>> {
    let stream = TcpStream::connect_timeout(&server, TIMEOUT)?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{server}{path}");
    let (mut socket, events) = join(stream, &url, TIMEOUT, false)?;
    let mut last = None;
    let ended = loop {
        match events.recv_timeout(TIMEOUT)? {
            Heard(Ok(Message::Ping(data))) => {
                send(&mut socket, Message::Pong(data))?;
            }
            Heard(Ok(Message::Close(why))) => {
                send(&mut socket, Message::Close(why))?;
                break Ok(last);
            }
            Heard(Ok(message)) if is_said(&message) => {
                send(&mut socket, message.clone())?;
                last = Some(message);
            }
            Heard(Err(error)) => break Err(refuse(&mut socket, error)),
            _ => {}
        }
    };
    hang_up(socket.get_mut(), Deadline::after(TIMEOUT));
    ended
}

fn run(server: SocketAddr) -> Result<()> {
    let count = echo(server, "/getCaseCount")?.context("no count came")?;
    let count: u32 = count.to_text()?.parse()?;
    for case in 1..=count {
        // What fails here is often what is right: the suite judges.
        let path = format!("/runCase?case={case}&agent=09-client");
        if let Err(error) = echo(server, &path) {
            println!("case {case}: {}", common::error_chain(&error));
        }
    }
    echo(server, "/updateReports?agent=09-client")?;
    println!("{count} cases played");
    Ok(())
}

/// Plays the client in every case of the Autobahn suite
#[derive(Parser)]
struct Args {
    /// The suite's server, as HOST:PORT
    #[arg(value_parser = common::address)]
    address: SocketAddr,
}

fn main() -> ExitCode {
    common::exit_code("09", run(Args::parse().address))
}
