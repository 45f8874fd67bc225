//! One run of a lesson: both sides started, heard, and stopped.

pub mod build;
mod merge;
pub mod process;
mod tap;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::network::{Faults, Network};
use crate::timeline::deed::Told;
use crate::timeline::event::Who;
use crate::timeline::row::Row;

use merge::Merge;
use process::Process;

/// Set by Ctrl-C: the run under way ends, and with it all that it started.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether programs may be running, which Ctrl-C must not leave behind.
pub static RUNNING: AtomicBool = AtomicBool::new(false);

/// What a run heard: a program's line, the end of its stream, or what the
/// network did.
pub enum Heard {
    Network(Told),
    Stdout(Who, Option<String>),
    Stderr(Who, Option<String>),
}

/// A program of the run, ready to be started once the address is known.
pub struct Part<'a> {
    /// What it is called in the picture.
    pub name: String,
    /// Makes the command for an address.
    pub command: Box<dyn Fn(SocketAddr) -> Command + 'a>,
    /// Whether it is the course's own: it says when it is ready, and tells
    /// its calls.
    pub ours: bool,
}

/// All programs of a run.
pub struct Cast<'a> {
    pub clients: Vec<Part<'a>>,
    pub server: Part<'a>,
    pub udp: bool,
    pub client_first: bool,
    /// The server serves until it is ended.
    pub lives_on: bool,
    /// Programs of the course tell their calls; without that, watching
    /// changes nothing, and only what they print is seen.
    pub tap: bool,
    /// How the network between the two sides misbehaves, if there is one.
    pub network: Option<Faults>,
}

/// What the audience is shown, as it happens.
pub enum Scene<'a> {
    Begins(SocketAddr),
    Row(&'a Row),
}

/// How a run ended.
pub struct Outcome {
    /// Every program that ended by itself succeeded.
    pub succeeded: bool,
    /// Bytes that were sent and that nobody took.
    pub never_read: u64,
}

/// A server that does not say when it is ready is given so long to start.
const START: Duration = Duration::from_millis(300);

/// A client that is refused by such a server is started again, so long.
const REFUSED: Duration = Duration::from_secs(10);

/// A program is not waited for any longer than so, when the others are over:
/// a server that waits for a peer, and a program that is not the course's.
const IDLE: Duration = Duration::from_millis(300);
const HUNG: Duration = Duration::from_secs(10);

/// Runs the cast, and shows the audience what happens while it does.
///
/// # Errors
///
/// When a program cannot be started, or the run is interrupted.
pub fn run(cast: &Cast, audience: &mut dyn FnMut(Scene)) -> Result<Outcome> {
    let mut stage = Stage::new(cast);
    if cast.client_first {
        let address = free_address(cast.udp)?;
        let front = stage.put_network_before(address)?;
        audience(Scene::Begins(front));
        stage.start_clients(front)?;
        stage.play_until(audience, Stage::client_has_tried)?;
        if !stage.clients_are_over() {
            stage.start(stage.server(), address)?;
        }
    } else {
        let address = match cast.server.ours {
            true => (Ipv4Addr::LOCALHOST, 0).into(),
            false => free_address(cast.udp)?,
        };
        stage.start(stage.server(), address)?;
        stage.wait_until_ready(address)?;
        let address = stage.ready.unwrap_or(address);
        let front = stage.put_network_before(address)?;
        audience(Scene::Begins(front));
        if !stage.is_over(stage.server()) {
            stage.start_clients(front)?;
        }
    }
    stage.play_until(audience, Stage::is_finished)?;
    stage.close(audience);
    Ok(Outcome {
        succeeded: stage.actors.iter().all(|actor| !actor.failed),
        never_read: stage.merge.never_read(),
    })
}

/// The programs of a run, while it lasts.
struct Stage<'a> {
    cast: &'a Cast<'a>,
    actors: Vec<Actor>,
    network: Option<Network>,
    merge: Merge,
    hears: Sender<Heard>,
    heard: Receiver<Heard>,
    /// The address that the server said it was ready on.
    ready: Option<SocketAddr>,
    started: Instant,
    last_heard: Instant,
}

/// One program's state.
#[derive(Default)]
struct Actor {
    process: Option<Process>,
    /// stdout, stderr: whether they are still open.
    open: [bool; 2],
    status: Option<ExitStatus>,
    failed: bool,
    /// It has sent something, or tried to connect.
    tried: bool,
    refused: bool,
    /// It waits for a peer, and would do so for ever.
    waits_for_peer: bool,
}

impl<'a> Stage<'a> {
    fn new(cast: &'a Cast<'a>) -> Stage<'a> {
        let (hears, heard) = channel();
        let parts = cast.clients.iter().chain([&cast.server]);
        Stage {
            merge: Merge::new(
                parts.map(|part| part.ours && cast.tap).collect(),
            ),
            actors: (0..=cast.clients.len())
                .map(|_| Actor::default())
                .collect(),
            cast,
            network: None,
            hears,
            heard,
            ready: None,
            started: Instant::now(),
            last_heard: Instant::now(),
        }
    }

    /// The server comes after the clients.
    fn server(&self) -> Who {
        self.cast.clients.len()
    }

    fn part(&self, who: Who) -> &Part<'a> {
        self.cast.clients.get(who).unwrap_or(&self.cast.server)
    }

    /// Puts the network, if the run has one, before the server; gives the
    /// address for the clients.
    fn put_network_before(&mut self, server: SocketAddr) -> Result<SocketAddr> {
        let Some(faults) = &self.cast.network else {
            return Ok(server);
        };
        let hears = self.hears.clone();
        let tell = Box::new(move |told| {
            // Nobody hears any more when the run is over.
            let _ = hears.send(Heard::Network(told));
        });
        let patient = !self.cast.server.ours;
        let network = Network::start(faults, server, patient, tell)?;
        let front = network.address();
        self.merge.through_network(front.port(), server.port());
        self.network = Some(network);
        Ok(front)
    }

    /// Where the clients find a server.
    fn front(&self, server: SocketAddr) -> SocketAddr {
        self.network.as_ref().map_or(server, Network::address)
    }

    fn start_clients(&mut self, address: SocketAddr) -> Result<()> {
        self.started = Instant::now();
        for client in 0..self.server() {
            self.start(client, address)?;
            // Several come in order: the next one once this one has tried.
            let last = client + 1 == self.server();
            let started = Instant::now();
            while !last
                && !self.actors[client].tried
                && !self.is_over(client)
                && started.elapsed() < START
            {
                self.listen()?;
            }
        }
        Ok(())
    }

    fn start(&mut self, who: Who, address: SocketAddr) -> Result<()> {
        let mut command = (self.part(who).command)(address);
        match self.cast.tap {
            true => command.env("LAB_TAP", "1"),
            false => command.env_remove("LAB_TAP"),
        };
        let process = Process::start(who, command, &self.hears)?;
        let process = Some(process);
        self.actors[who] =
            Actor { process, open: [true; 2], ..Actor::default() };
        self.last_heard = Instant::now();
        Ok(())
    }

    /// Waits for the server's first words, or its end.
    fn wait_until_ready(&mut self, address: SocketAddr) -> Result<()> {
        let patient = self.part(self.server()).ours;
        let started = Instant::now();
        while self.ready.is_none() && !self.is_over(self.server()) {
            self.listen()?;
            if !patient && started.elapsed() > START {
                self.ready = Some(address);
            }
        }
        Ok(())
    }

    /// Shows what happens until something has, or all is over.
    fn play_until(
        &mut self,
        audience: &mut dyn FnMut(Scene),
        enough: fn(&Stage<'a>) -> bool,
    ) -> Result<()> {
        while !enough(self) {
            self.listen()?;
            self.start_refused_clients_again()?;
            for row in self.merge.rows(now(), false) {
                audience(Scene::Row(&row));
            }
        }
        Ok(())
    }

    /// Ends what still runs, and shows what is left to be shown.
    fn close(&mut self, audience: &mut dyn FnMut(Scene)) {
        for actor in &mut self.actors {
            actor.process = None;
        }
        if self.network.take().is_some() {
            while let Ok(heard) = self.heard.try_recv() {
                self.take(heard);
            }
        }
        for row in self.merge.rows(now(), true) {
            audience(Scene::Row(&row));
        }
    }

    /// Takes one line, if any comes soon, and looks whether programs ended.
    fn listen(&mut self) -> Result<()> {
        if INTERRUPTED.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        match self.heard.recv_timeout(Duration::from_millis(5)) {
            Ok(heard) => self.take(heard),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("nobody to hear"),
        }
        while let Ok(heard) = self.heard.try_recv() {
            self.take(heard);
        }
        if self.network.as_ref().is_some_and(Network::holds) {
            self.last_heard = Instant::now();
        }
        for who in 0..self.actors.len() {
            self.look_after(who)?;
        }
        Ok(())
    }

    fn take(&mut self, heard: Heard) {
        self.last_heard = Instant::now();
        match heard {
            Heard::Stdout(who, Some(line)) => {
                self.merge.stdout(who, &line, now());
            }
            Heard::Stderr(who, Some(line)) => self.take_stderr(who, &line),
            Heard::Network(told) => self.merge.meddling(told),
            Heard::Stdout(who, None) => self.actors[who].open[0] = false,
            Heard::Stderr(who, None) => self.actors[who].open[1] = false,
        }
    }

    fn take_stderr(&mut self, who: Who, line: &str) {
        let actor = &mut self.actors[who];
        if let Some(report) = tap::parse(line) {
            actor.tried |= matches!(report.op.as_str(), "send" | "connect");
            actor.refused |= report.op == "connect" && report.is_refusal();
            actor.waits_for_peer = report.waits_for_peer();
        } else if let Some(address) = line.strip_prefix("ready on ")
            && let (Ok(address), true) = (address.parse(), who == self.server())
        {
            // The picture's first line tells the address.
            self.ready.get_or_insert(address);
            return;
        }
        self.merge.stderr(who, line, now());
    }

    /// Notes that a program has ended, once all its lines are heard too.
    fn look_after(&mut self, who: Who) -> Result<()> {
        let actor = &mut self.actors[who];
        let Some(process) = &mut actor.process else {
            return Ok(());
        };
        if actor.status.is_none() {
            actor.status = process.ended()?;
            if actor.status.is_some() {
                // Its last lines may still be on their way.
                self.last_heard = Instant::now();
            }
        }
        let Some(status) = actor.status else {
            return Ok(());
        };
        let silent = self.last_heard.elapsed() > IDLE;
        if actor.open != [false; 2] && !silent {
            return Ok(());
        }
        actor.process = None;
        actor.failed = !status.success();
        if !self.will_start_again(who) {
            let how = (!status.success()).then(|| describe(status));
            self.merge.ended(who, how, now());
        }
        Ok(())
    }

    /// Whether a client was refused only because the server is not up yet.
    fn will_start_again(&self, who: Who) -> bool {
        let actor = &self.actors[who];
        who != self.server()
            && !self.cast.server.ours
            && !self.cast.client_first
            && actor.process.is_none()
            && actor.refused
            && self.started.elapsed() < REFUSED
            && !self.is_over(self.server())
    }

    fn start_refused_clients_again(&mut self) -> Result<()> {
        for who in 0..self.server() {
            if self.will_start_again(who)
                && let Some(address) = self.ready.map(|a| self.front(a))
            {
                self.merge.forget(who);
                std::thread::sleep(Duration::from_millis(20));
                self.start(who, address)?;
            }
        }
        Ok(())
    }

    /// Whether a program has ended, or was never started.
    fn is_over(&self, who: Who) -> bool {
        self.actors[who].process.is_none()
    }

    fn clients_are_over(&self) -> bool {
        (0..self.server()).all(|client| self.is_over(client))
    }

    fn client_has_tried(&self) -> bool {
        let told = self.cast.clients.iter().all(|client| client.ours);
        let tried = self.actors.iter().any(|actor| actor.tried);
        let waited = !told && self.started.elapsed() > START;
        tried && self.cast.udp || waited || self.clients_are_over()
    }

    /// Whether nothing will come any more.
    fn is_finished(&self) -> bool {
        let quiet = self.last_heard.elapsed();
        let server = &self.actors[self.server()];
        let left = |who: Who| {
            !self.is_over(who) && (self.part(who).ours || quiet < HUNG)
        };
        match self.clients_are_over() {
            // Nobody will come to a server that waits for a peer.
            true => {
                let waits = server.waits_for_peer || self.cast.lives_on;
                !left(self.server()) || (waits && quiet > IDLE)
            }
            false => {
                self.is_over(self.server()) && !(0..self.server()).any(left)
            }
        }
    }
}

/// How a program that did not succeed ended.
fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ends with exit code {code}"),
        None => "is ended by a signal".into(),
    }
}

/// An address that is free now, for a server that cannot choose its own.
fn free_address(udp: bool) -> Result<SocketAddr> {
    let any = (Ipv4Addr::LOCALHOST, 0);
    let found = match udp {
        true => UdpSocket::bind(any).and_then(|s| s.local_addr()),
        false => TcpListener::bind(any).and_then(|l| l.local_addr()),
    };
    found.context("looking for a free port")
}

/// Nanoseconds since 1970, as the tap counts.
fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since_1970.unwrap_or_default().as_nanos();
    u64::try_from(nanos).unwrap_or(u64::MAX)
}
