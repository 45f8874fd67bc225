//! What is measured, a lesson a file.

mod l04;
mod l06;
mod l07;
mod l08;
mod l09;
mod learner;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result};
use programs::{build, root};

use crate::compare::{Contender, Outcome, Sample};
use crate::example::example;
use crate::load::Counted;
use crate::server::Server;

/// How a lesson is measured.
type Measure = fn(&Lab) -> Result<Vec<Outcome>>;

/// What can be measured, by name, in the order in which it is.
pub const ALL: &[(&str, Measure)] = &[
    ("04", l04::run),
    ("06", l06::run),
    ("07", l07::run),
    ("08", l08::run),
    ("09", l09::run),
    ("learner", learner::run),
];

/// What every measurement needs.
pub struct Lab {
    /// How often each contender does its work.
    pub turns: usize,
    /// How long clients ask in one turn.
    pub moment: Duration,
    /// Whether a taste is enough: the long work is left out.
    pub quick: bool,
    /// Whether it is one of all: nine cold builds would take too long.
    pub all: bool,
    programs: HashMap<String, PathBuf>,
}

impl Lab {
    /// Builds the programs of the lessons, as fast as this one is.
    ///
    /// # Errors
    ///
    /// When they do not compile.
    pub fn new(quick: bool, all: bool) -> Result<Lab> {
        let servers = ["04", "06", "07", "08", "09"];
        let servers = servers.iter().map(|lesson| format!("{lesson}-server"));
        // Of the clients only this one is measured.
        let names: Vec<String> = servers.chain(["06-client".into()]).collect();
        let programs = build(&names, &AtomicBool::new(false))?;
        let (turns, moment) = if quick { (3, 200) } else { (7, 500) };
        let moment = Duration::from_millis(moment);
        Ok(Lab { turns, moment, quick, all, programs })
    }

    /// A program of a lesson.
    pub fn program(&self, name: &str) -> Result<Command> {
        let path = self.programs.get(name).context("no such program")?;
        Ok(Command::new(path))
    }

    /// A lesson's server.
    pub fn server(&self, lesson: &str, knobs: &[&str]) -> Result<Server> {
        let mut command = self.program(&format!("{lesson}-server"))?;
        command.arg("127.0.0.1:0").args(knobs);
        Server::start(command)
    }

    /// Builds an example of a lesson, and starts it: a server.
    pub fn example(&self, package: &str, name: &str) -> Result<Server> {
        let mut command = Command::new(example(package, name)?);
        command.arg("127.0.0.1:0");
        Server::start(command)
    }

    /// The server in Python that stands beside a lesson.
    pub fn python(&self, folder: &str, knobs: &[&str]) -> Result<Server> {
        let script = root().join("lessons").join(folder).join("python");
        let mut command = python();
        command.arg(script.join("server.py")).arg("127.0.0.1:0").args(knobs);
        Server::start(command)
    }

    /// A server of this package's own.
    pub fn peer(&self, name: &str) -> Result<Server> {
        let here = std::env::current_exe().context("looking for itself")?;
        let mut command = Command::new(here);
        command.args(["peer", name]);
        Server::start(command)
    }
}

/// Python, by the name that it has here.
pub fn python() -> Command {
    Command::new(if cfg!(windows) { "python" } else { "python3" })
}

/// Servers that do the same work, which serve on from turn to turn.
pub fn contenders<'a>(
    servers: &'a mut [(&str, Server)],
    work: impl Fn(&mut Server) -> Result<Sample> + Copy + 'a,
) -> Vec<Contender<'a>> {
    let contenders = servers.iter_mut().map(|(name, server)| Contender {
        name: (*name).into(),
        turn: Box::new(move || work(server)),
    });
    contenders.collect()
}

/// Clients' work as a sample, with what it cost the server.
pub fn served(
    server: &mut Server,
    work: impl FnOnce() -> Result<Counted>,
) -> Result<Sample> {
    let before = server.usage()?;
    let counted = work()?;
    let after = server.usage()?;
    Ok(Sample {
        value: counted.per_second,
        cpu: Some(after.cpu - before.cpu),
        memory: Some(after.memory),
        waits: Some(counted.percentiles()),
        failed: counted.failed,
    })
}
