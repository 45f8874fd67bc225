//! Where events come from: files that each program's calls are reported to,
//! by the tap, by Python's tap, or by strace.

pub mod python;
pub mod strace;
mod sums;
mod tap;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::timeline::event::{Event, Lane};

use strace::Strace;
use sums::Sums;

/// How a program's calls are seen: it reports them by a tap, strace does, or
/// only what goes over the wire is seen, by a network of lab's in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum See {
    Tap,
    Strace,
    Wire,
}

/// What a line of a report says.
pub enum Report {
    /// The tap was loaded: it reports from now on.
    Loaded,
    /// There would be more than is reported.
    Stopped,
    /// A line that goes to stdout or stderr: when, and how it begins.
    Line { stdout: bool, at: u64, len: u64, head: Vec<u8> },
    /// The call that began then has not happened after all.
    Undo { began: u64 },
    /// A call.
    Event(Box<Event>),
}

impl Report {
    fn event(event: Event) -> Report {
        Report::Event(Box::new(event))
    }
}

/// How much is read of one program's reports, in bytes.
const MOST: u64 = 80 << 20;

/// How much is read at a time, so that others have their turn.
const TURN: usize = 1 << 14;

/// Watches the folder in which one program's calls are reported, by files of
/// which each process or thread has its own.
pub struct Observer {
    folder: PathBuf,
    files: HashMap<OsString, Reading>,
    strace: Strace,
    sums: Sums,
    /// The program's tap has reported: strace is not listened to.
    pub loaded: bool,
    left: u64,
}

struct Reading {
    file: File,
    is_strace: bool,
    partial: Vec<u8>,
    /// How much of the partial line was looked at already.
    seen: usize,
}

impl Observer {
    /// Watches a folder.
    pub fn new(folder: &Path) -> Observer {
        Observer {
            folder: folder.to_owned(),
            files: HashMap::new(),
            strace: Strace::default(),
            sums: Sums::default(),
            loaded: false,
            left: MOST,
        }
    }

    /// What was reported since, of the program in this lane; and whether
    /// there may be more at once.
    pub fn read(&mut self, lane: Lane, now: u64) -> (Vec<Report>, bool) {
        self.open_new_files();
        let mut reports = Vec::new();
        let mut more = false;
        let mut chunk = [0; TURN];
        let mut read = 0;
        for reading in self.files.values_mut() {
            while self.left > 0 && read < TURN {
                let Ok(length) = reading.file.read(&mut chunk) else { break };
                if length == 0 {
                    break;
                }
                read += length;
                self.left = self.left.saturating_sub(length as u64);
                if self.left == 0 {
                    reports.push(Report::Stopped);
                }
                reading.partial.extend(&chunk[..length]);
                for line in reading.lines() {
                    if !reading.is_strace {
                        let report = tap::parse(&line, now);
                        if matches!(report, Some(Report::Loaded)) {
                            self.loaded = true;
                        }
                        reports.extend(report);
                    } else if !self.loaded {
                        reports.extend(self.strace.line(&line));
                    }
                }
            }
            more |= read >= TURN;
            if let Some(line) = reading.waiting_line()
                && !self.loaded
            {
                reports.extend(self.strace.line(&line));
            }
        }
        (self.in_lane(reports, lane), more)
    }

    /// What a program that is over left unsaid.
    pub fn end(&mut self, lane: Lane) -> Vec<Report> {
        let events = self.strace.end();
        let reports = events.into_iter().map(Report::event).collect();
        let mut reports = self.in_lane(reports, lane);
        let sums = self.sums.finish();
        reports.extend(sums.into_iter().map(Report::event));
        reports
    }

    fn in_lane(&mut self, reports: Vec<Report>, lane: Lane) -> Vec<Report> {
        let mut all = Vec::new();
        for report in reports {
            match report {
                Report::Event(event) => {
                    let event = Event { lane, ..*event };
                    let events = self.sums.take(event);
                    all.extend(events.into_iter().map(Report::event));
                }
                other => all.push(other),
            }
        }
        all
    }

    fn open_new_files(&mut self) {
        let Ok(folder) = fs::read_dir(&self.folder) else { return };
        for entry in folder.flatten() {
            let name = entry.file_name();
            if self.files.contains_key(&name) {
                continue;
            }
            let is_strace = name.to_string_lossy().starts_with(STRACE);
            let Ok(file) = File::open(entry.path()) else { continue };
            let (partial, seen) = (Vec::new(), 0);
            let reading = Reading { file, is_strace, partial, seen };
            self.files.insert(name, reading);
        }
    }
}

/// What strace's files begin with; a process's number follows.
pub const STRACE: &str = "strace";

impl Reading {
    /// The whole lines that have come.
    fn lines(&mut self) -> Vec<String> {
        let Some(end) = self.partial.iter().rposition(|b| *b == b'\n') else {
            return Vec::new();
        };
        let rest = self.partial.split_off(end + 1);
        let text = std::mem::replace(&mut self.partial, rest);
        self.seen = 0;
        let text = String::from_utf8_lossy(&text);
        text.lines().map(str::to_owned).collect()
    }

    /// strace's line of a call that has not ended, if it is new.
    fn waiting_line(&mut self) -> Option<String> {
        let new = self.is_strace && self.partial.len() > self.seen;
        self.seen = self.partial.len();
        new.then(|| String::from_utf8_lossy(&self.partial).into_owned())
    }
}
