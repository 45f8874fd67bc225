//! One run: both sides started, watched, and stopped. Its rows are an
//! iterator.

mod plan;
mod process;

use std::collections::VecDeque;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::network::Network;
use crate::network::event::NetworkEvent;
use crate::observe::{Observer, Report};
use crate::signals::interrupted;
use crate::timeline::event::{Event, Lane, Op};
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

/// How long a client that is refused by an unseen server is started again.
const REFUSED: Duration = Duration::from_secs(10);

/// A program is not waited for any longer than so, when the others are over:
/// a server that waits for a peer, and a program that is not the course's.
const IDLE: Duration = Duration::from_millis(300);
const HUNG: Duration = Duration::from_secs(10);

/// Nor is a server that has everything that was sent to it.
const CALM: Duration = Duration::from_secs(2);

/// How many pieces of reports are read before rows are drawn again.
const TURNS: usize = 8;

/// How much is heard at a time, and how many lines and bytes a program that is
/// not the course's may print in all.
const HEARD: usize = 1024;
const LINES: usize = 20_000;
const BYTES: usize = 4 << 20;

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
                Sight::Tap => running.loaded || running.failed,
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
        self.merge.attribution().through_network(self.front, server);
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
        let starts = self.running[lane].starts + 1;
        let reports = self.folder.join(format!("{lane}-{starts}"));
        fs::create_dir(&reports).context("making a folder for the reports")?;
        let command = program.command(address, &reports)?;
        let buffers = program.sight != Sight::Tap;
        let typed = &program.typed;
        let process =
            Process::start(lane, command, typed, buffers, &self.sender)?;
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

    /// Ends what still runs, and gives what is left to be shown.
    fn close(&mut self) {
        for lane in 0..self.running.len() {
            self.end_late_program(lane);
            self.running[lane].process = None;
        }
        while self.read_all_reports() {
            self.rows.extend(self.merge.rows(now(), false));
        }
        for lane in 0..self.running.len() {
            self.end_reports(lane);
        }
        if self.network.take().is_some() {
            while let Ok(heard) = self.heard.try_recv() {
                self.take(heard);
            }
        }
        self.rows.extend(self.merge.rows(now(), true));
        self.phase = Phase::Over;
    }

    /// A program that should be over by now is named, as is one that never
    /// did what it was started for.
    fn end_late_program(&mut self, lane: Lane) {
        let running = &self.running[lane];
        let is_server = lane == self.server();
        if self.program(lane).ours || running.starts == 0 {
            return;
        }
        let waits = running.waits_for_peer || self.plan.lives_on;
        let words = if running.process.is_some() {
            if is_server && waits {
                return;
            }
            if is_server && self.clients_are_over() {
                let words = "still runs: lab ends it";
                return self.merge.says(lane, words.into(), now());
            }
            "did nothing for 10 s: lab ended it"
        } else if !running.seen && !running.tried && !running.failed {
            match (self.program(lane).sight, is_server) {
                (Sight::Tap | Sight::Strace, _) => {
                    "ended, and no call on a socket was seen"
                }
                (_, true) if self.started_clients() => return,
                (_, true) => "ended before a client could come",
                _ => return,
            }
        } else {
            return;
        };
        self.running[lane].failed = true;
        self.merge.says(lane, words.into(), now());
    }

    fn started_clients(&self) -> bool {
        self.running[..self.server()].iter().any(|client| client.starts > 0)
    }

    /// Takes what is heard, if anything is soon, and looks after programs.
    fn listen(&mut self) -> Result<()> {
        if interrupted() {
            bail!("interrupted");
        }
        match self.heard.recv_timeout(Duration::from_millis(2)) {
            Ok(heard) => self.take(heard),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("nobody to hear"),
        }
        for _ in 0..HEARD {
            match self.heard.try_recv() {
                Ok(heard) => self.take(heard),
                Err(_) => break,
            }
        }
        if self.network.as_ref().is_some_and(Network::holds) {
            self.last_activity = Instant::now();
        }
        self.read_all_reports();
        for lane in 0..self.running.len() {
            self.look_after(lane)?;
        }
        Ok(())
    }

    /// Reads what all programs' calls were reported to be; of several that
    /// have much to report, the one that is behind the others first, so that
    /// nothing has to wait for long in the merge. Whether there is more.
    fn read_all_reports(&mut self) -> bool {
        for lane in 0..self.running.len() {
            self.read_reports(lane);
        }
        for _ in 0..TURNS {
            let lanes = 0..self.running.len();
            let behind = lanes
                .filter(|lane| self.running[*lane].has_more)
                .min_by_key(|lane| self.merge.last_seen(*lane));
            let Some(lane) = behind else { return false };
            self.read_reports(lane);
        }
        true
    }

    fn take(&mut self, heard: Heard) {
        self.last_activity = Instant::now();
        match heard {
            Heard::Network(event) => {
                let events = &mut self.running;
                // Some program talks, whichever it is.
                events.iter_mut().for_each(|running| {
                    running.tried |= running.observer.is_none();
                });
                self.merge.network_event(event);
            }
            Heard::Line { lane, stdout, line: None } => {
                self.running[lane].open[usize::from(!stdout)] = false;
            }
            Heard::Line { lane, stdout, line: Some(line) } => {
                self.take_line(lane, stdout, &line);
            }
        }
    }

    fn take_line(&mut self, lane: Lane, stdout: bool, line: &str) {
        let ours = self.program(lane).ours;
        let running = &mut self.running[lane];
        running.lines += 1;
        running.bytes += line.len();
        let floods = running.lines > LINES || running.bytes > BYTES;
        if floods && !ours {
            if running.process.take().is_some() {
                running.failed = true;
                let words = "printed without end: lab ended it";
                self.merge.says(lane, words.into(), now());
            }
            return;
        }
        if !stdout
            && lane == self.server()
            && let Some(address) = line.strip_prefix("ready on ")
            && let Ok(address) = address.parse::<SocketAddr>()
        {
            // The picture's first line shows the address.
            if ours {
                self.ready.get_or_insert(address);
            }
            return;
        }
        self.merge.line(lane, stdout, line, now());
    }

    /// Takes what a program's calls were reported to be since.
    fn read_reports(&mut self, lane: Lane) {
        let Some(observer) = &mut self.running[lane].observer else {
            return;
        };
        let (reports, more) = observer.read(lane, now());
        if !reports.is_empty() || more {
            self.last_activity = Instant::now();
        }
        for report in reports {
            self.take_report(lane, report);
        }
        self.running[lane].has_more = more;
    }

    fn end_reports(&mut self, lane: Lane) {
        self.running[lane].has_more = false;
        let Some(mut observer) = self.running[lane].observer.take() else {
            return;
        };
        for report in observer.end(lane) {
            self.take_report(lane, report);
        }
    }

    fn take_report(&mut self, lane: Lane, report: Report) {
        match report {
            Report::Loaded => self.running[lane].loaded = true,
            Report::Stopped => {
                self.looked_away = true;
                let words = "did more than is reported: lab looks away";
                self.merge.says(lane, words.into(), now());
            }
            Report::Line { stdout, at, len, head } => {
                self.merge.announce(lane, stdout, (at, len, head));
            }
            Report::Event(event) => self.take_event(*event),
        }
    }

    fn take_event(&mut self, event: Event) {
        let lane = event.lane;
        let is_server = lane == self.server();
        let running = &mut self.running[lane];
        let Event { op, link, ended, error, .. } = &event;
        let link = link.unwrap_or_default();
        running.seen = true;
        running.tried |= matches!(op, Op::Sends | Op::Connects);
        running.refused |= *op == Op::Connects
            && error.as_ref().is_some_and(|error| error.is_refusal());
        let for_datagram = link.udp && link.peer.is_none();
        running.waits_for_peer =
            ended.is_none() && (*op == Op::Accepts || for_datagram);
        let listens = *op == Op::Binds
            || link.udp && matches!(op, Op::Receives | Op::Peeks);
        if is_server && listens && !self.plan.server.ours {
            self.ready = self.ready.or(link.local);
        }
        self.merge.event(event);
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
        if running.open != [false; 2] && !silent || running.has_more {
            return Ok(());
        }
        running.process = None;
        running.failed |= !status.success();
        if !self.will_start_again(lane) {
            self.end_reports(lane);
            let how = (!status.success()).then(|| describe(status));
            self.merge.ended(lane, how, now());
        }
        Ok(())
    }

    /// Whether a client was refused only because the server is not up yet.
    fn will_start_again(&self, lane: Lane) -> bool {
        let running = &self.running[lane];
        lane != self.server()
            && matches!(self.plan.server.sight, Sight::Wire | Sight::Nothing)
            && self.plan.elsewhere.is_none()
            && !self.plan.client_first
            && running.process.is_none()
            && running.refused
            && self.started.elapsed() < REFUSED
            && !self.is_over(self.server())
    }

    fn start_refused_clients_again(&mut self) -> Result<()> {
        for lane in 0..self.server() {
            if self.will_start_again(lane) {
                self.merge.forget(lane);
                std::thread::sleep(Duration::from_millis(20));
                self.start_program(lane, self.front)?;
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
        let seen = |client: &Program| client.sight == Sight::Tap;
        let all_seen = self.plan.clients.iter().all(seen);
        let tried = self.running.iter().any(|running| running.tried);
        let waited = !all_seen && self.started.elapsed() > START;
        tried && self.plan.udp || waited || self.clients_are_over()
    }

    /// Whether nothing will come any more.
    fn is_finished(&self) -> bool {
        let quiet = self.last_activity.elapsed();
        let server = &self.running[self.server()];
        let left = |lane: Lane| {
            !self.is_over(lane) && (self.program(lane).ours || quiet < HUNG)
        };
        // Nobody will come to a server that waits for a peer.
        let waits = server.waits_for_peer || self.plan.lives_on;
        if (0..self.server()).any(left) {
            return false;
        }
        if !self.clients_are_over() {
            // Programs that are not the course's, and do nothing any more.
            return true;
        }
        let all_read = || server.seen && self.merge.never_read() == 0;
        let bound = if waits {
            IDLE
        } else if !self.plan.server.ours && quiet > CALM && all_read() {
            CALM
        } else {
            HUNG
        };
        let may_end = waits || !self.plan.server.ours;
        !left(self.server()) || may_end && quiet > bound
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
