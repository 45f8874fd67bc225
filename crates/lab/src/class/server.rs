//! A server program of the lesson, started and watched by its tap.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::{Context, Result};
use programs::lang::tr;

use crate::clock::now;
use crate::observe::{Observer, Report};
use crate::run::process::Process;

/// How many lines wait until they are read; then the program has to wait.
const LINES: usize = 256;

/// How often reports and processes are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// How many pieces of a report are read at a time.
const PIECES: usize = 8;

/// How long the last words of a program that is over are waited for.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What is needed to start one.
pub struct Program {
    pub path: PathBuf,
    pub words: Vec<String>,
}

/// A running server. Dropping it ends it.
pub struct Server {
    process: Process,
    observer: Observer,
    folder: PathBuf,
    lines: Receiver<(bool, Option<String>)>,
    /// How many of its two streams are still open.
    open: usize,
    ready: Option<SocketAddr>,
    status: Option<ExitStatus>,
    /// Since when it is over.
    over: Option<Instant>,
    next_look: Instant,
    has_more: bool,
}

/// What is heard of a server.
pub enum Heard {
    Ready(SocketAddr),
    Line { stdout: bool, text: String },
    Report(Report),
}

impl Server {
    /// Starts a server at an address; its reports go to a folder that this
    /// makes.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(
        program: &Program,
        address: SocketAddr,
        folder: &Path,
    ) -> Result<Server> {
        fs::create_dir(folder)
            .context(tr("making a folder for the reports"))?;
        let mut command = Command::new(&program.path);
        command.arg(address.to_string()).args(&program.words);
        command.env("LAB_TAP", folder);
        let (sender, lines) = sync_channel(LINES);
        let hear = move |stdout, line| sender.send((stdout, line)).is_ok();
        let process = Process::start(command, "", false, hear)?;
        Ok(Server {
            process,
            observer: Observer::new(folder),
            folder: folder.to_owned(),
            lines,
            open: 2,
            ready: None,
            status: None,
            over: None,
            next_look: Instant::now(),
            has_more: false,
        })
    }

    /// Ends it; what it said and did until then can still be read.
    pub fn end(&mut self) {
        self.process.end();
    }

    /// What it said and did since.
    pub fn listen(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        for _ in 0..LINES {
            match self.lines.try_recv() {
                Ok((_, None)) => self.open = self.open.saturating_sub(1),
                Ok((stdout, Some(text))) => {
                    heard.push(self.line(stdout, text));
                }
                Err(_) => break,
            }
        }
        if self.has_more || self.next_look <= Instant::now() {
            self.next_look = Instant::now() + LOOK;
            // Whatever it did before its end is in its reports by now.
            if self.status.is_none() {
                self.status = self.process.ended().ok().flatten();
            }
            for _ in 0..PIECES {
                let (reports, more) = self.observer.read(0, now());
                heard.extend(reports.into_iter().map(Heard::Report));
                self.has_more = more;
                if !more {
                    break;
                }
            }
            if self.status.is_some() {
                self.over.get_or_insert_with(Instant::now);
            }
        }
        heard
    }

    fn line(&mut self, stdout: bool, text: String) -> Heard {
        if let (false, None, Some(address)) =
            (stdout, self.ready, text.strip_prefix("ready on "))
            && let Ok(address) = address.parse()
        {
            self.ready = Some(address);
            return Heard::Ready(address);
        }
        Heard::Line { stdout, text }
    }

    /// How it ended, once all that it said and did is read.
    pub fn ended(&self) -> Option<ExitStatus> {
        let since = self.over?;
        let late = since.elapsed() > LAST_WORDS;
        let read = self.open == 0 && !self.has_more;
        self.status.filter(|_| read || late)
    }

    /// What its reports left unsaid.
    pub fn last_reports(&mut self) -> Vec<Report> {
        self.observer.end(0)
    }

    /// Whether something is left to be read at once.
    pub fn has_more(&self) -> bool {
        self.has_more
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.end();
        // The file may still be open; then the whole folder goes later.
        let _: io::Result<()> = fs::remove_dir_all(&self.folder);
    }
}
