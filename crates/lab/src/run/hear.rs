//! What is heard of the programs: their lines, their reports, their ends.

use std::net::SocketAddr;
use std::process::ExitStatus;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use programs::lang::{tr, tr_with};

use crate::network::Network;
use crate::observe::Report;
use crate::signals::interrupted;
use crate::timeline::event::{Event, Lane, Op};

use super::{HEARD, Heard, IDLE, Run, now};

/// How many pieces of reports are read before rows are drawn again.
const TURNS: usize = 8;

/// How long the last words of a program that is over are waited for.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How many lines and bytes a program that is not the course's may print.
const LINES: usize = 20_000;
const BYTES: usize = 4 << 20;

impl Run<'_> {
    /// Takes what is heard, if anything is soon, and looks after programs.
    pub(super) fn listen(&mut self) -> Result<()> {
        if interrupted() {
            bail!("interrupted");
        }
        match self.heard.recv_timeout(Duration::from_millis(2)) {
            Ok(heard) => self.take(heard),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!(tr("nobody to hear")),
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
    pub(super) fn read_all_reports(&mut self) -> bool {
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

    pub(super) fn take(&mut self, heard: Heard) {
        self.last_activity = Instant::now();
        match heard {
            Heard::Network(event) => {
                self.used_network = true;
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
                let words = tr("printed without end: lab ended it");
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
        // A line of no words on stderr parts others; it says nothing.
        if stdout || !line.trim().is_empty() {
            self.merge.line(lane, stdout, line, now());
        }
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

    pub(super) fn end_reports(&mut self, lane: Lane) {
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
                let words = tr("reports too much: the rest is not drawn");
                self.merge.says(lane, words.into(), now());
            }
            Report::Line { stdout, at, len, head } => {
                self.merge.announce(lane, stdout, (at, len, head));
            }
            Report::Undo { began } => self.merge.undo(lane, began),
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
            // One that was given a port may open others first.
            let local = link.local.filter(|local| {
                !self.plan.server.takes_port() || Some(*local) == self.asked
            });
            self.ready = self.ready.or(local);
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
        if running.has_more {
            return Ok(());
        }
        if running.open != [false; 2] {
            // Its last lines may still be on their way; or what it started
            // holds its stdout open, until that is ended as well.
            let since = *running.over.get_or_insert_with(Instant::now);
            if since.elapsed() > IDLE {
                process.end();
            }
            if since.elapsed() < LAST_WORDS {
                return Ok(());
            }
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
}

/// How a program that did not succeed ended.
fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => tr_with("ends with exit code {code}", &[("code", &code)]),
        None => tr("is ended by a signal").into(),
    }
}
