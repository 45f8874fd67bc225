//! One run: both sides started, watched, and stopped. Its rows are an
//! iterator.

mod finish;
mod hear;
mod plan;
pub mod process;

use std::collections::VecDeque;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use programs::lang::tr;

use crate::clock::now;
use crate::network::Network;
use crate::network::event::NetworkEvent;
use crate::observe::Observer;
use crate::timeline::event::Lane;
use crate::timeline::merge::Merge;
use crate::timeline::row::Row;

pub use plan::{Plan, Program, Sight, Start, words};
use process::Process;

/// What a run hears: a program's line, the end of its stream, or what the
/// network did.
enum Heard {
    Network(NetworkEvent),
    Line { lane: Lane, stdout: bool, line: Option<String> },
}

/// How a run ended.
pub struct Outcome {
    /// Every program that ended by itself succeeded, and none had to be ended.
    pub succeeded: bool,
    /// Bytes that were sent and that nobody took, where all was seen.
    pub never_read: u64,
    /// The programs whose calls were not seen.
    pub unseen: Vec<Lane>,
}

/// How long a server that nobody sees listening may take to start.
const START: Duration = Duration::from_millis(300);

/// How long one may take that will be seen listening.
const SLOW_START: Duration = Duration::from_secs(10);

/// Where nothing is heard for so long, nothing is on its way to lab.
const IDLE: Duration = Duration::from_millis(300);

/// How long nothing is waited for at a time.
const TICK: Duration = Duration::from_millis(1);

/// How much is heard at a time.
const HEARD: usize = 1024;

/// A run, while it lasts: gives its rows as they happen.
pub struct Run<'a> {
    plan: &'a Plan<'a>,
    folder: &'a Path,
    running: Vec<Running>,
    network: Option<Network>,
    merge: Merge,
    sender: SyncSender<Heard>,
    heard: Receiver<Heard>,
    /// The address at which the server was seen, or said that it was ready.
    ready: Option<SocketAddr>,
    /// Where the clients find it.
    front: SocketAddr,
    started: Instant,
    last_activity: Instant,
    rows: VecDeque<Row>,
    phase: Phase,
    /// Not all was reported.
    looked_away: bool,
    /// Something went through the network.
    used_network: bool,
    /// The address that the server was given.
    asked: Option<SocketAddr>,
}

/// How far a run is.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// The client is tried first; then the server starts, at this address.
    ClientFirst(SocketAddr),
    Running,
    Over,
}

/// One program's state.
#[derive(Default)]
struct Running {
    process: Option<Process>,
    observer: Option<Observer>,
    /// stdout, stderr: whether they are still open.
    open: [bool; 2],
    status: Option<ExitStatus>,
    /// Since when it is over, and its streams are not.
    over: Option<Instant>,
    failed: bool,
    /// How often it was started.
    starts: usize,
    /// It has sent something, or tried to connect.
    tried: bool,
    refused: bool,
    /// It waits for a peer, and would do so for ever.
    waits_for_peer: bool,
    /// Its tap has reported.
    loaded: bool,
    /// There is more to be read of its reports.
    has_more: bool,
    /// A call of it was seen.
    seen: bool,
    lines: usize,
    bytes: usize,
}

impl<'a> Run<'a> {
    /// Starts the programs of a plan, up to where the first row is due. Their
    /// reports go to a folder that is empty.
    ///
    /// # Errors
    ///
    /// When a program cannot be started, or the run is interrupted.
    pub fn start(plan: &'a Plan<'a>, folder: &'a Path) -> Result<Run<'a>> {
        let (sender, heard) = sync_channel(HEARD);
        let sights = plan.programs().map(|program| program.sight);
        let mut merge =
            Merge::new(sights.map(|sight| sight == Sight::Tap).collect());
        for (lane, program) in plan.programs().enumerate() {
            if program.sight == Sight::Wire {
                merge.attribution().only_wire(lane);
            }
        }
        let anywhere = (Ipv4Addr::LOCALHOST, 0).into();
        let mut run = Run {
            running: plan.programs().map(|_| Running::default()).collect(),
            merge,
            plan,
            folder,
            network: None,
            sender,
            heard,
            ready: None,
            front: anywhere,
            started: Instant::now(),
            last_activity: Instant::now(),
            rows: VecDeque::new(),
            phase: Phase::Running,
            looked_away: false,
            used_network: false,
            asked: None,
        };
        if let Some(elsewhere) = plan.elsewhere {
            run.put_network_before(elsewhere)?;
            run.start_clients()?;
        } else if plan.client_first {
            let address = free_address(plan.udp)?;
            run.put_network_before(address)?;
            run.start_clients()?;
            run.phase = Phase::ClientFirst(address);
        } else {
            let ours = plan.server.ours;
            let address = if ours { anywhere } else { free_address(plan.udp)? };
            run.start_program(run.server(), address)?;
            run.wait_until_ready(address)?;
            run.put_network_before(run.ready.unwrap_or(address))?;
            if !run.is_over(run.server()) {
                run.start_clients()?;
            }
        }
        Ok(run)
    }

    /// Where the clients find the server.
    pub fn address(&self) -> SocketAddr {
        self.front
    }

    /// How the run ended, once there are no more rows.
    pub fn outcome(&self) -> Outcome {
        let lanes = self.running.iter().enumerate();
        let unseen = lanes.filter(|(lane, running)| {
            let sees = match self.program(*lane).sight {
                Sight::Tap => running.loaded || self.program(*lane).ours,
                Sight::Strace => true,
                Sight::Wire | Sight::Nothing => false,
            };
            running.starts > 0 && !sees && !running.seen
        });
        let unseen = unseen.map(|(lane, _)| lane);
        Outcome {
            succeeded: self.running.iter().all(|running| !running.failed),
            never_read: if self.looked_away {
                0
            } else {
                self.merge.never_read()
            },
            unseen: unseen.collect(),
        }
    }

    /// The server comes after the clients.
    fn server(&self) -> Lane {
        self.plan.clients.len()
    }

    fn program(&self, lane: Lane) -> &'a Program<'a> {
        self.plan.clients.get(lane).unwrap_or(&self.plan.server)
    }

    /// Puts the network, if the run has one, before the server.
    fn put_network_before(&mut self, server: SocketAddr) -> Result<()> {
        self.front = server;
        let Some(faults) = &self.plan.network else {
            return Ok(());
        };
        let sender = self.sender.clone();
        let tell = Box::new(move |event| {
            // Nobody receives any more when the run is over.
            let _ = sender.send(Heard::Network(event));
        });
        let patient = !self.plan.server.ours;
        let network = Network::start(faults, server, patient, tell)?;
        self.front = network.address();
        let attribution = self.merge.attribution();
        attribution.through_network(self.front, server, self.plan.udp);
        self.network = Some(network);
        Ok(())
    }

    fn start_clients(&mut self) -> Result<()> {
        self.started = Instant::now();
        for client in 0..self.server() {
            self.start_program(client, self.front)?;
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

    fn start_program(&mut self, lane: Lane, address: SocketAddr) -> Result<()> {
        let program = self.program(lane);
        if lane == self.server() {
            self.asked = Some(address);
        }
        let starts = self.running[lane].starts + 1;
        let reports = self.folder.join(format!("{lane}-{starts}"));
        fs::create_dir(&reports)
            .context(tr("making a folder for the reports"))?;
        let command = program.command(address, &reports)?;
        let buffers = program.sight != Sight::Tap;
        let typed = &program.typed;
        let sender = self.sender.clone();
        let hear = move |stdout, line| {
            sender.send(Heard::Line { lane, stdout, line }).is_ok()
        };
        let process = Process::start(command, typed, buffers, hear)?;
        let sees = matches!(program.sight, Sight::Tap | Sight::Strace);
        self.running[lane] = Running {
            process: Some(process),
            observer: sees.then(|| Observer::new(&reports)),
            open: [true; 2],
            starts,
            ..Running::default()
        };
        self.last_activity = Instant::now();
        Ok(())
    }

    /// Waits until the server says that it is ready, is seen listening, or
    /// ends; one that cannot be seen is given some time.
    fn wait_until_ready(&mut self, address: SocketAddr) -> Result<()> {
        let program = self.program(self.server());
        let bound = match program.sight {
            _ if program.ours => Duration::MAX,
            Sight::Tap | Sight::Strace => SLOW_START,
            _ => START,
        };
        let started = Instant::now();
        while self.ready.is_none()
            && !self.is_over(self.server())
            && started.elapsed() < bound
        {
            self.listen()?;
        }
        self.ready.get_or_insert(address);
        Ok(())
    }

    /// What is next: some time passes, and rows may be there.
    fn step(&mut self) -> Result<()> {
        self.listen()?;
        self.start_refused_clients_again()?;
        self.rows.extend(self.merge.rows(now(), false));
        match self.phase {
            Phase::ClientFirst(address) if self.client_has_tried() => {
                if !self.clients_are_over() {
                    self.start_program(self.server(), address)?;
                }
                self.phase = Phase::Running;
            }
            Phase::Running if self.is_finished() => self.close(),
            _ => {}
        }
        Ok(())
    }

    /// Ends all programs, and what left them.
    fn end_programs(&mut self) {
        for running in &mut self.running {
            running.process = None;
        }
        #[cfg(target_os = "linux")]
        programs::end_orphans();
    }

    /// Ends the network, and takes all that it reports until then: while
    /// nobody does, its thread waits, and would be waited for without end.
    fn end_network(&mut self) {
        let Some(network) = self.network.take() else { return };
        let ending = thread::spawn(move || drop(network));
        while !ending.is_finished() {
            self.hear_all();
            thread::sleep(TICK);
        }
        self.hear_all();
    }

    fn hear_all(&mut self) {
        while let Ok(heard) = self.heard.try_recv() {
            self.take(heard);
        }
    }

    /// Ends what still runs, and gives what is left to be shown.
    fn close(&mut self) {
        for lane in 0..self.running.len() {
            self.end_late_program(lane);
        }
        self.end_programs();
        while self.read_all_reports() {
            self.rows.extend(self.merge.rows(now(), false));
        }
        for lane in 0..self.running.len() {
            self.end_reports(lane);
        }
        if self.network.is_some() {
            self.end_network();
            if !self.used_network && self.started_clients() {
                let words =
                    tr("did not use the network: has its command a {port}?");
                self.merge.says(0, words.into(), now());
            }
        }
        self.rows.extend(self.merge.rows(now(), true));
        self.phase = Phase::Over;
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.end_programs();
        self.end_network();
    }
}

impl Iterator for Run<'_> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Some(Ok(row));
            }
            if self.phase == Phase::Over {
                return None;
            }
            if let Err(error) = self.step() {
                self.phase = Phase::Over;
                return Some(Err(error));
            }
        }
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
    found.context(tr("looking for a free port"))
}
