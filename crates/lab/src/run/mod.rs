//! One run of a lesson: both sides started, watched, and stopped.

mod merge;
mod process;
mod tap;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::network::{Faults, Network};
use crate::timeline::event::Lane;
use crate::timeline::network_event::NetworkEvent;
use crate::timeline::row::Row;

use merge::Merge;
use process::Process;

/// Set by Ctrl-C: the run under way ends, and with it all that it started.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether programs may be running, which Ctrl-C must not leave behind.
pub static RUNNING: AtomicBool = AtomicBool::new(false);

/// What a run receives: a program's line, the end of its stream, or what the
/// network did.
pub enum Line {
    Network(NetworkEvent),
    Stdout(Lane, Option<String>),
    Stderr(Lane, Option<String>),
}

/// A program of the run, ready to be started once the address is known.
pub struct Program<'a> {
    /// What it is called in the picture.
    pub name: String,
    /// Makes the command for an address.
    pub command: Box<dyn Fn(SocketAddr) -> Command + 'a>,
    /// Whether it is the course's own: it says when it is ready, and reports
    /// its calls.
    pub ours: bool,
}

/// All programs of a run.
pub struct Plan<'a> {
    pub clients: Vec<Program<'a>>,
    pub server: Program<'a>,
    pub udp: bool,
    pub client_first: bool,
    /// The server serves until it is ended.
    pub lives_on: bool,
    /// Programs of the course report their calls; without that, watching
    /// changes nothing, and only what they print is seen.
    pub tap: bool,
    /// How the network between the two sides misbehaves, if there is one.
    pub network: Option<Faults>,
}

/// What is shown, as it happens.
pub enum Update<'a> {
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

/// How long a server that does not say when it is ready may take to start.
const START: Duration = Duration::from_millis(300);

/// How long a client that is refused by such a server is started again.
const REFUSED: Duration = Duration::from_secs(10);

/// A program is not waited for any longer than so, when the others are over:
/// a server that waits for a peer, and a program that is not the course's.
const IDLE: Duration = Duration::from_millis(300);
const HUNG: Duration = Duration::from_secs(10);

/// Runs the plan, and shows what happens while it does.
///
/// # Errors
///
/// When a program cannot be started, or the run is interrupted.
pub fn run(plan: &Plan, show: &mut dyn FnMut(Update)) -> Result<Outcome> {
    let mut runner = Runner::new(plan);
    if plan.client_first {
        let address = free_address(plan.udp)?;
        let front = runner.put_network_before(address)?;
        show(Update::Begins(front));
        runner.start_clients(front)?;
        runner.show_until(show, Runner::client_has_tried)?;
        if !runner.clients_are_over() {
            runner.start(runner.server(), address)?;
        }
    } else {
        let address = if plan.server.ours {
            (Ipv4Addr::LOCALHOST, 0).into()
        } else {
            free_address(plan.udp)?
        };
        runner.start(runner.server(), address)?;
        runner.wait_until_ready(address)?;
        let address = runner.ready.unwrap_or(address);
        let front = runner.put_network_before(address)?;
        show(Update::Begins(front));
        if !runner.is_over(runner.server()) {
            runner.start_clients(front)?;
        }
    }
    runner.show_until(show, Runner::is_finished)?;
    runner.close(show);
    Ok(Outcome {
        succeeded: runner.running.iter().all(|running| !running.failed),
        never_read: runner.merge.never_read(),
    })
}

/// The programs of a run, while it lasts.
struct Runner<'a> {
    plan: &'a Plan<'a>,
    running: Vec<Running>,
    network: Option<Network>,
    merge: Merge,
    sender: Sender<Line>,
    lines: Receiver<Line>,
    /// The address that the server said it was ready on.
    ready: Option<SocketAddr>,
    started: Instant,
    last_activity: Instant,
}

/// One program's state.
#[derive(Default)]
struct Running {
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

impl<'a> Runner<'a> {
    fn new(plan: &'a Plan<'a>) -> Runner<'a> {
        let (sender, lines) = channel();
        let parts = plan.clients.iter().chain([&plan.server]);
        Runner {
            merge: Merge::new(
                parts.map(|part| part.ours && plan.tap).collect(),
            ),
            running: (0..=plan.clients.len())
                .map(|_| Running::default())
                .collect(),
            plan,
            network: None,
            sender,
            lines,
            ready: None,
            started: Instant::now(),
            last_activity: Instant::now(),
        }
    }

    /// The server comes after the clients.
    fn server(&self) -> Lane {
        self.plan.clients.len()
    }

    fn program(&self, lane: Lane) -> &Program<'a> {
        self.plan.clients.get(lane).unwrap_or(&self.plan.server)
    }

    /// Puts the network, if the run has one, before the server; gives the
    /// address for the clients.
    fn put_network_before(&mut self, server: SocketAddr) -> Result<SocketAddr> {
        let Some(faults) = &self.plan.network else {
            return Ok(server);
        };
        let sender = self.sender.clone();
        let tell = Box::new(move |told| {
            // Nobody receives any more when the run is over.
            let _ = sender.send(Line::Network(told));
        });
        let patient = !self.plan.server.ours;
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
                && !self.running[client].tried
                && !self.is_over(client)
                && started.elapsed() < START
            {
                self.listen()?;
            }
        }
        Ok(())
    }

    fn start(&mut self, lane: Lane, address: SocketAddr) -> Result<()> {
        let mut command = (self.program(lane).command)(address);
        if self.plan.tap {
            command.env("LAB_TAP", "1")
        } else {
            command.env_remove("LAB_TAP")
        };
        let process = Process::start(lane, command, &self.sender)?;
        let process = Some(process);
        self.running[lane] =
            Running { process, open: [true; 2], ..Running::default() };
        self.last_activity = Instant::now();
        Ok(())
    }

    /// Waits for the server's first words, or its end.
    fn wait_until_ready(&mut self, address: SocketAddr) -> Result<()> {
        let patient = self.program(self.server()).ours;
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
    fn show_until(
        &mut self,
        show: &mut dyn FnMut(Update),
        enough: fn(&Runner<'a>) -> bool,
    ) -> Result<()> {
        while !enough(self) {
            self.listen()?;
            self.start_refused_clients_again()?;
            for row in self.merge.rows(now(), false) {
                show(Update::Row(&row));
            }
        }
        Ok(())
    }

    /// Ends what still runs, and shows what is left to be shown.
    fn close(&mut self, show: &mut dyn FnMut(Update)) {
        for running in &mut self.running {
            running.process = None;
        }
        if self.network.take().is_some() {
            while let Ok(line) = self.lines.try_recv() {
                self.take(line);
            }
        }
        for row in self.merge.rows(now(), true) {
            show(Update::Row(&row));
        }
    }

    /// Takes one line, if any comes soon, and looks whether programs ended.
    fn listen(&mut self) -> Result<()> {
        if INTERRUPTED.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        match self.lines.recv_timeout(Duration::from_millis(5)) {
            Ok(line) => self.take(line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("nobody to hear"),
        }
        while let Ok(line) = self.lines.try_recv() {
            self.take(line);
        }
        if self.network.as_ref().is_some_and(Network::holds) {
            self.last_activity = Instant::now();
        }
        for lane in 0..self.running.len() {
            self.look_after(lane)?;
        }
        Ok(())
    }

    fn take(&mut self, line: Line) {
        self.last_activity = Instant::now();
        match line {
            Line::Stdout(lane, Some(line)) => {
                self.merge.stdout(lane, &line, now());
            }
            Line::Stderr(lane, Some(line)) => self.take_stderr(lane, &line),
            Line::Network(told) => self.merge.network_event(told),
            Line::Stdout(lane, None) => self.running[lane].open[0] = false,
            Line::Stderr(lane, None) => self.running[lane].open[1] = false,
        }
    }

    fn take_stderr(&mut self, lane: Lane, line: &str) {
        let running = &mut self.running[lane];
        if let Some(report) = tap::parse(line) {
            running.tried |= matches!(report.op.as_str(), "send" | "connect");
            running.refused |= report.op == "connect" && report.is_refusal();
            running.waits_for_peer = report.waits_for_peer();
        } else if let Some(address) = line.strip_prefix("ready on ")
            && let (Ok(address), true) =
                (address.parse(), lane == self.server())
        {
            // The picture's first line shows the address.
            self.ready.get_or_insert(address);
            return;
        }
        self.merge.stderr(lane, line, now());
    }

    /// Notes that a program has ended, once all its lines are read too.
    fn look_after(&mut self, lane: Lane) -> Result<()> {
        let running = &mut self.running[lane];
        let Some(process) = &mut running.process else {
            return Ok(());
        };
        if running.status.is_none() {
            running.status = process.ended()?;
            if running.status.is_some() {
                // Its last lines may still be on their way.
                self.last_activity = Instant::now();
            }
        }
        let Some(status) = running.status else {
            return Ok(());
        };
        let silent = self.last_activity.elapsed() > IDLE;
        if running.open != [false; 2] && !silent {
            return Ok(());
        }
        running.process = None;
        running.failed = !status.success();
        if !self.will_start_again(lane) {
            let how = (!status.success()).then(|| describe(status));
            self.merge.ended(lane, how, now());
        }
        Ok(())
    }

    /// Whether a client was refused only because the server is not up yet.
    fn will_start_again(&self, lane: Lane) -> bool {
        let running = &self.running[lane];
        lane != self.server()
            && !self.plan.server.ours
            && !self.plan.client_first
            && running.process.is_none()
            && running.refused
            && self.started.elapsed() < REFUSED
            && !self.is_over(self.server())
    }

    fn start_refused_clients_again(&mut self) -> Result<()> {
        for lane in 0..self.server() {
            if self.will_start_again(lane)
                && let Some(address) = self.ready.map(|a| self.front(a))
            {
                self.merge.forget(lane);
                std::thread::sleep(Duration::from_millis(20));
                self.start(lane, address)?;
            }
        }
        Ok(())
    }

    /// Whether a program has ended, or was never started.
    fn is_over(&self, lane: Lane) -> bool {
        self.running[lane].process.is_none()
    }

    fn clients_are_over(&self) -> bool {
        (0..self.server()).all(|client| self.is_over(client))
    }

    fn client_has_tried(&self) -> bool {
        let told = self.plan.clients.iter().all(|client| client.ours);
        let tried = self.running.iter().any(|running| running.tried);
        let waited = !told && self.started.elapsed() > START;
        tried && self.plan.udp || waited || self.clients_are_over()
    }

    /// Whether nothing will come any more.
    fn is_finished(&self) -> bool {
        let quiet = self.last_activity.elapsed();
        let server = &self.running[self.server()];
        let left = |lane: Lane| {
            !self.is_over(lane) && (self.program(lane).ours || quiet < HUNG)
        };
        if !self.clients_are_over() {
            return self.is_over(self.server())
                && !(0..self.server()).any(left);
        }
        // Nobody will come to a server that waits for a peer.
        let waits = server.waits_for_peer || self.plan.lives_on;
        !left(self.server()) || (waits && quiet > IDLE)
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
    let found = if udp {
        UdpSocket::bind(any).and_then(|s| s.local_addr())
    } else {
        TcpListener::bind(any).and_then(|l| l.local_addr())
    };
    found.context("looking for a free port")
}

/// Nanoseconds since 1970, as the tap counts.
fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since_1970.unwrap_or_default().as_nanos();
    u64::try_from(nanos).unwrap_or(u64::MAX)
}
