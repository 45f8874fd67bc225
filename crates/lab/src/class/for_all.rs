//! Lessons whose server serves everybody: it listens on the network itself,
//! and its reports name each student by the address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use programs::lang::{tr, tr_with};

use crate::observe::Report;
use crate::signals::interrupted;
use crate::timeline::event::{Event, Op};

use super::SERVER;
use super::room::{Room, VisitId};
use super::server::{Heard, Program, Server};
use super::student::Ended;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(10);

/// How long a student's datagrams belong together.
const QUIET: Duration = Duration::from_secs(10);

/// How many datagrams belong together at most, and of how many students.
const DATAGRAMS: usize = 200;
const STUDENTS: usize = 256;

/// One server per address, so that an answer leaves from where it was asked.
pub struct ForAll {
    servers: Vec<One>,
    program: Program,
    udp: bool,
    folder: PathBuf,
    started: usize,
}

struct One {
    address: SocketAddr,
    /// Its reports are full: it is not seen any more.
    is_full: bool,
    server: Server,
    /// The open connections; for datagrams the students, with port 0.
    visits: HashMap<SocketAddr, Visit>,
    is_over: bool,
}

struct Visit {
    id: VisitId,
    events: usize,
    last: Instant,
}

impl ForAll {
    /// Starts a server per address; those that can listen, if any can. Gives
    /// what went wrong, too.
    ///
    /// # Errors
    ///
    /// When none can, or the class is interrupted.
    pub fn start(
        program: Program,
        udp: bool,
        addresses: &[SocketAddr],
        folder: &Path,
    ) -> Result<(ForAll, Vec<String>)> {
        let folder = folder.to_owned();
        let (servers, started) = (Vec::new(), 0);
        let mut all = ForAll { servers, program, udp, folder, started };
        let mut failures = Vec::new();
        for address in addresses {
            let mut server = all.start_server(*address)?;
            match wait_until_ready(&mut server)? {
                Ok(address) => all.servers.push(One {
                    address,
                    is_full: false,
                    server,
                    visits: HashMap::new(),
                    is_over: false,
                }),
                Err(words) => {
                    failures.push(tr_with(
                        "{address} is not served: {words}",
                        &[("address", address), ("words", &words)],
                    ));
                }
            }
        }
        if all.servers.is_empty() {
            bail!("{}", failures.join(tr("; ")));
        }
        Ok((all, failures))
    }

    fn start_server(&mut self, address: SocketAddr) -> Result<Server> {
        self.started += 1;
        let reports = self.folder.join(format!("reports {}", self.started));
        Server::start(&self.program, address, &reports)
    }

    /// Where the servers listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|one| one.address).collect()
    }

    /// Takes what the servers said and did; whether there is more.
    pub fn turn(&mut self, room: &mut Room) -> bool {
        let mut more = false;
        for one in &mut self.servers {
            one.turn(room);
            more |= one.server.has_more();
        }
        self.look_again(room);
        more
    }

    /// A flood has filled a server's reports, and the board is blind. For
    /// datagrams another server takes its place, which ends no connection.
    fn look_again(&mut self, room: &mut Room) {
        for place in 0..self.servers.len() {
            if !std::mem::take(&mut self.servers[place].is_full) {
                continue;
            }
            if !self.udp {
                room.notice(tr(
                    "the server's reports are full: it serves on, unseen. To \
                     see it again, end with Ctrl-C and start anew",
                ));
                continue;
            }
            // The port has to be free first.
            self.servers[place].server.end();
            match self.start_server(self.servers[place].address) {
                Ok(server) => self.servers[place].server = server,
                Err(error) => {
                    let words = format!("{error:#}");
                    room.notice(&of_server(&words));
                }
            }
        }
    }

    /// Ends the servers, and takes what they did until then.
    pub fn end(&mut self, room: &mut Room) {
        for one in &mut self.servers {
            one.server.end();
            let until = Instant::now() + Duration::from_secs(1);
            while !one.is_over && Instant::now() < until {
                one.turn(room);
                thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

/// Gives the address; or the server's own words, if it failed.
fn wait_until_ready(
    server: &mut Server,
) -> Result<std::result::Result<SocketAddr, String>> {
    let until = Instant::now() + START;
    let mut words = String::new();
    loop {
        for heard in server.listen() {
            match heard {
                Heard::Ready(address) => return Ok(Ok(address)),
                Heard::Line { text, .. } if text.starts_with("error: ") => {
                    words = text;
                }
                _ => {}
            }
        }
        if interrupted() {
            bail!("interrupted");
        }
        if server.ended().is_some() || Instant::now() > until {
            return Ok(Err(words));
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn of_server(words: &str) -> String {
    tr_with("the server: {words}", &[("words", &words)])
}

impl One {
    fn turn(&mut self, room: &mut Room) {
        for heard in self.server.listen() {
            match heard {
                Heard::Report(Report::Event(event)) => {
                    self.event(Event { lane: SERVER, ..*event }, room);
                }
                Heard::Report(Report::Stopped) => self.is_full = true,
                Heard::Line { stdout: true, text } => {
                    let words = "the server prints for all: {text}";
                    room.notice(&tr_with(words, &[("text", &text)]));
                }
                Heard::Line { text, .. } => self.words(&text, room),
                _ => {}
            }
        }
        self.end_quiet(room);
        if let Some(status) = self.server.ended().filter(|_| !self.is_over) {
            self.is_over = true;
            // At the end of the class what was open stays so.
            if !interrupted() {
                for (_, visit) in self.visits.drain() {
                    room.end(visit.id, Ended::Closed);
                }
                let Self { address, .. } = self;
                room.notice(&tr_with(
                    "the server on {address}: {status}",
                    &[("address", address), ("status", &status)],
                ));
            }
        }
    }

    /// A call of the server: the peer's address says whose it is.
    fn event(&mut self, event: Event, room: &mut Room) {
        let Some(link) = event.link else { return };
        let Some(peer) = link.peer else { return };
        let port = if link.udp { 0 } else { peer.port() };
        let key = SocketAddr::new(peer.ip(), port);
        let closes = event.op == Op::Closes;
        let full = self.visits.get(&key).is_some_and(|visit| {
            link.udp && visit.events >= DATAGRAMS && event.op == Op::Receives
        });
        if full {
            self.end_visit(key, Ended::Silent, room);
        }
        if !self.visits.contains_key(&key) {
            if link.udp && self.visits.len() >= STUDENTS {
                let oldest = self.visits.iter().min_by_key(|(_, v)| v.last);
                if let Some(key) = oldest.map(|(key, _)| *key) {
                    self.end_visit(key, Ended::Silent, room);
                }
            }
            let visit =
                Visit { id: room.begin(peer), events: 0, last: Instant::now() };
            self.visits.insert(key, visit);
        }
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.events += 1;
            visit.last = Instant::now();
            room.event(visit.id, event);
        }
        if closes {
            self.end_visit(key, Ended::Closed, room);
        }
    }

    fn end_visit(&mut self, key: SocketAddr, how: Ended, room: &mut Room) {
        if let Some(visit) = self.visits.remove(&key) {
            room.end(visit.id, how);
        }
    }

    /// Datagrams have no end: after a while it is assumed.
    fn end_quiet(&mut self, room: &mut Room) {
        let quiet = |key: &SocketAddr, visit: &Visit| {
            key.port() == 0 && visit.last.elapsed() > QUIET
        };
        let quiet: Vec<SocketAddr> = self
            .visits
            .iter()
            .filter(|(key, visit)| quiet(key, visit))
            .map(|(key, _)| *key)
            .collect();
        for key in quiet {
            self.end_visit(key, Ended::Silent, room);
        }
    }

    /// A line on the server's stderr: about a student, if it begins with the
    /// address of one.
    fn words(&self, text: &str, room: &mut Room) {
        let about = text.strip_prefix("client ").unwrap_or(text);
        let about = about.split_once(": ");
        let about =
            about.and_then(|(address, _)| address.parse::<SocketAddr>().ok());
        let Some(address) = about else {
            return room.notice(&of_server(text));
        };
        room.words(address, text);
        if let Some(follow) = &mut room.follow {
            follow.line_about(address, text);
        }
    }
}
