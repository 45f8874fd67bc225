//! Lesson 08's server with threads that are kept: a thread whose client has
//! gone serves the next one.
//!
//! For a short connection, starting a thread is most of the work. Start it
//! with `cargo run -p threaded-server --example kept_threads`; `just bench 08`
//! measures it beside the lesson's server.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use common::{Deadline, error_chain, log};
use tap::TcpStream;
use threaded_server::{Semaphore, Server, Settings};

/// Runs jobs, each in a thread that has done with another, if there is one.
#[derive(Default)]
struct Threads {
    state: Mutex<State>,
    job_came: Condvar,
}

#[derive(Default)]
struct State {
    /// How many threads wait for a job.
    idle: usize,
    /// Jobs that idle threads are about to take: never more than those.
    jobs: VecDeque<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Threads {
    /// Gives a job to an idle thread, or else to a new one.
    fn run(self: &Arc<Threads>, job: Job) -> io::Result<()> {
        let mut state = self.lock();
        if state.idle > state.jobs.len() {
            state.jobs.push_back(job);
            // It wakes to a lock that nobody holds.
            drop(state);
            self.job_came.notify_one();
            return Ok(());
        }
        drop(state);
        let threads = Arc::clone(self);
        let work = move || threads.work(job);
        thread::Builder::new().stack_size(STACK_SIZE).spawn(work)?;
        Ok(())
    }

    /// Does one job after another, until none has come for a while.
    fn work(&self, mut job: Job) {
        loop {
            job();
            let mut state = self.lock();
            state.idle += 1;
            let woken = self
                .job_came
                .wait_timeout_while(state, KEPT, |s| s.jobs.is_empty());
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            let Some(next) = state.jobs.pop_front() else { return };
            job = next;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lesson's `serve_forever`, but for where a thread comes from.
fn serve_forever(server: &Server, max_clients: usize) -> ! {
    let places = Semaphore::new(max_clients);
    let threads = Arc::new(Threads::default());
    loop {
        let place = places.acquire();
        let (mut stream, peer) = server.accept_client();
        let client = move || {
            if let Err(error) = handle(&mut stream) {
                log(&format!("client {peer}: {}", error_chain(&error)));
            }
            // The stream is closed, then the place is free.
            drop((stream, place));
        };
        if let Err(error) = threads.run(Box::new(client)) {
            log(&format!("client {peer}: no thread for it: {error}"));
        }
    }
}

/// What the lesson's server does with a client, in fewer words.
fn handle(stream: &mut TcpStream) -> Result<()> {
    stream.set_write_timeout(Some(SENDING))?;
    stream.write_all("server端消息".as_bytes())?;
    let mut buffer = [0; 1024];
    let length = Deadline::after(THINKING).read(stream, &mut buffer)?;
    ensure!(length > 0, "it closed before sending anything");
    common::print(&String::from_utf8_lossy(&buffer[..length]))?;
    common::log_unread(stream);
    Ok(())
}

/// Bytes of stack per thread, as in the lesson.
const STACK_SIZE: usize = 128 * 1024;

/// How long an idle thread is kept.
const KEPT: Duration = Duration::from_secs(10);

/// How long sending the greeting may take, and a client for its line.
const SENDING: Duration = Duration::from_secs(5);
const THINKING: Duration = Duration::from_secs(600);

fn run(args: &Args) -> Result<()> {
    let max_clients = args.max_clients.into();
    let settings = Settings { backlog: 1024, reuse_address: true, max_clients };
    let server = Server::bind(args.address, &settings)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("08", server.local_addr()?);
    serve_forever(&server, max_clients)
}

/// Greets each client with server端消息 and prints the line it sends, in
/// threads that serve one client after another
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    address: SocketAddr,

    /// How many clients are served at once
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    max_clients: u16,
}

fn main() -> ExitCode {
    common::exit_code("08", run(&Args::parse()))
}
