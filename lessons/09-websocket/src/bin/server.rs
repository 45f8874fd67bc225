//! Lesson 09, the server: what one client says, all clients hear.
//!
//! Start it with `just server 09`, and open the page whose address it prints.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use clap::Parser;
use common::Deadline;
use tap::{TcpListener, TcpStream};
use tungstenite::Message;
use websocket::{Limits, Outbox, attend, encode, http, show};

/// Everybody who is here, each with the frames that wait for it.
#[derive(Default)]
struct Room(Mutex<BTreeMap<SocketAddr, Outbox>>);

impl Room {
    /// Says one message to everybody, its speaker included. One is said at a
    /// time, so all hear the same in the same order. Nobody is waited for: a
    /// frame goes into queues, and each client has a thread that sends it.
    fn say(&self, message: Message) -> Result<()> {
        let everybody = self.lock();
        common::print(&show(&message))?;
        let frame = encode(message)?;
        for outbox in everybody.values() {
            outbox.push(frame.clone());
        }
        Ok(())
    }

    fn enter(&self, peer: SocketAddr, outbox: &Outbox, most: u16) -> bool {
        let mut everybody = self.lock();
        let full = everybody.len() >= most.into();
        !full && everybody.insert(peer, outbox.clone()).is_none()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, Outbox>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers one request: with the page, an error, or the 101 after which the
/// same connection speaks WebSocket.
fn serve(
    mut stream: TcpStream,
    peer: SocketAddr,
    room: &Room,
    args: &Args,
) -> Result<()> {
    stream.set_write_timeout(Some(args.limits.timeout))?;
    let deadline = Deadline::after(args.limits.timeout);
    let (head, rest) = http::receive_head(&mut stream, deadline)?;
    let answer = http::answer(&head);
    if answer.status() != 101 {
        return http::send(&answer, stream, deadline);
    }
    let queue = Outbox::new(&stream, http::to_bytes(&answer)?)?;
    if !room.enter(peer, &queue.0, args.max_clients) {
        return http::send(&http::full(), stream, deadline);
    }
    let ended = attend(stream, rest, queue, &args.limits, |m| room.say(m));
    room.lock().remove(&peer);
    ended
}

fn run(args: Args) -> Result<()> {
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    let address = listener.local_addr()?;
    common::ready("09", address);
    common::log(&format!("the page is {}", http::page_address(address)));
    let room = Room::default();
    let serve = move |stream, peer, ()| serve(stream, peer, &room, &args);
    common::each_client(&listener, || (), serve)
}

/// Serves a page, and a WebSocket behind it: what one client says, all hear
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8080", value_parser = common::address)]
    address: SocketAddr,

    /// How many clients may be in the room; more are told so (503)
    #[arg(long, value_name = "N", default_value_t = 500,
          value_parser = clap::value_parser!(u16).range(1..=900))]
    max_clients: u16,

    #[command(flatten)]
    limits: Limits,
}

fn main() -> ExitCode {
    common::exit_code("09", run(Args::parse()))
}
