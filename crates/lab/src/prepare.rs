//! From the words of the command line to a plan: which programs, with which
//! knobs, and how the calls of each are seen.

use std::collections::HashMap;
use std::fmt::Display;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use programs::lang::{tr, tr_with};

use crate::knobs::SplitArgs;
use crate::lessons::{Lesson, Scenario, Side};
use crate::network::Faults;
use crate::observe::{See, python};
use crate::run::{self, Plan, Program, Sight, Start};
use crate::run_command::Options;

/// What all runs of one command share.
pub struct Setting<'a> {
    pub lesson: Option<&'a Lesson>,
    pub options: &'a Options,
    pub split: &'a SplitArgs,
    /// The course's own programs, built.
    pub programs: &'a HashMap<String, PathBuf>,
    /// Where Python's tap is.
    pub python: &'a Path,
    pub network: Option<Faults>,
    pub udp: bool,
}

impl<'a> Setting<'a> {
    /// The programs of one run. What a client writes goes to `folder`, unless
    /// a knob says where.
    ///
    /// # Errors
    ///
    /// When a command makes no sense, or cannot be seen as was asked.
    pub fn plan(
        &self,
        scenario: &Scenario,
        folder: &'a Path,
    ) -> Result<Plan<'a>> {
        let options = self.options;
        let elsewhere = match &options.to {
            Some(to) => Some(resolve(to)?),
            None => None,
        };
        let mut clients: Vec<&[&str]> = scenario.clients.to_vec();
        if let (Some(count), Some(last)) = (options.clients, clients.last()) {
            clients.resize(count.get(), last);
        }
        let count = clients.len();
        let name = |lane| program_name(lane, count);
        let server = if elsewhere.is_some() {
            nobody(name(count), options.see)
        } else {
            self.program(
                Side::Server,
                name(count),
                (scenario.server, scenario.demo),
                folder,
            )?
        };
        let clients = clients.iter().enumerate().map(|(place, own)| {
            let own = (*own, scenario.demo);
            self.program(Side::Client, name(place), own, folder)
        });
        let mut plan = Plan {
            clients: clients.collect::<Result<_>>()?,
            server,
            udp: self.udp,
            client_first: options.client_first,
            lives_on: self.lesson.is_some_and(|lesson| lesson.lives_on),
            elsewhere,
            network: self.network,
        };
        let wire = plan.programs().any(|p| p.sight == Sight::Wire);
        if wire && plan.network.is_none() {
            plan.network = Some(Faults::none(self.udp));
        }
        Ok(plan)
    }

    fn program(
        &self,
        side: Side,
        name: String,
        (own, demo): (&[&str], Option<&str>),
        folder: &'a Path,
    ) -> Result<Program<'a>> {
        let options = self.options;
        let (other, knobs) = match side {
            Side::Client => (&options.client, &self.split.client),
            Side::Server => (&options.server, &self.split.server),
        };
        if let Some(template) = other {
            let demo = value_of(knobs, "--demo").or(demo);
            let demo = demo.unwrap_or_default();
            return self.another(side, name, &template.replace("{demo}", demo));
        }
        let Some(lesson) = self.lesson else {
            bail!(tr("without a lesson's number, give --server and --client"));
        };
        let program = self.programs.get(&lesson.program(side));
        let program =
            program.context(tr("cargo built no such program"))?.clone();
        let mut words = own_words(lesson, own, knobs);
        words.extend(knobs.iter().cloned());
        let writes = side == Side::Client && !has(knobs, "--output");
        let folder = writes.then_some(folder);
        Ok(Program {
            name,
            start: Start::Ours { program, words, folder },
            sight: Sight::Tap,
            why: String::new(),
            ours: true,
            typed: self.typed(side, ""),
            python: None,
        })
    }

    /// The line that is typed on a side's stdin.
    fn typed(&self, side: Side, usual: &str) -> String {
        let asked = self.options.typed.as_deref();
        match (side, asked.unwrap_or(usual)) {
            (Side::Server, _) | (_, "") => String::new(),
            (Side::Client, text) => format!("{text}\n"),
        }
    }

    /// A program that is not the course's, from a command with placeholders.
    fn another(
        &self,
        side: Side,
        name: String,
        template: &str,
    ) -> Result<Program<'a>> {
        let words = run::words(template)?;
        let (sight, why) = sight(&words, self.options.see)?;
        Ok(Program {
            name,
            start: Start::Other(words),
            sight,
            why,
            ours: false,
            typed: self.typed(side, self.lesson.map_or("", |l| l.typed)),
            python: Some(self.python.to_owned()),
        })
    }
}

/// The name of a program, among so many clients and the server after them.
pub fn program_name(lane: usize, clients: usize) -> String {
    match lane {
        _ if lane == clients => tr("server").to_owned(),
        _ if clients == 1 => tr("client").to_owned(),
        _ => tr_with("client {number}", &[("number", &(lane + 1))]),
    }
}

/// The lane of a program that runs elsewhere.
fn nobody<'a>(name: String, see: Option<See>) -> Program<'a> {
    let wire = see == Some(See::Wire);
    Program {
        name,
        start: Start::Other(Vec::new()),
        sight: if wire { Sight::Wire } else { Sight::Nothing },
        why: String::new(),
        ours: false,
        typed: String::new(),
        python: None,
    }
}

/// How a program's calls are to be seen, and what to say about it.
fn sight(words: &[String], see: Option<See>) -> Result<(Sight, String)> {
    let by_python = (Sight::Tap, tr("seen by Python's tap").to_owned());
    let python = python::starts_python(words);
    let first = match (see, python) {
        (Some(See::Wire), _) => {
            return Ok((Sight::Wire, tr("seen on the wire").into()));
        }
        (Some(See::Tap), None | Some(Ok(()))) | (None, Some(Ok(()))) => {
            return Ok(by_python);
        }
        (Some(See::Tap), Some(Err(why))) => {
            let why = [("why", &why as &dyn Display)];
            bail!(tr_with("{why}: leave out --see tap", &why))
        }
        (Some(See::Strace), _) => None,
        (None, None) => Some(String::new()),
        (None, Some(Err(why))) => Some(tr_with("{why}: ", &[("why", &why)])),
    };
    if first.is_some() && !is_there(&words[0]) {
        // That it cannot be started, the system says best.
        return Ok((Sight::Nothing, String::new()));
    }
    match (&*STRACE, first) {
        (Ok(()), None) => Ok((Sight::Strace, tr("seen by strace").into())),
        (Ok(()), Some(first)) => {
            Ok((Sight::Strace, first + tr("seen by strace")))
        }
        (Err(error), None) => bail!("{error}"),
        (Err(error), Some(first)) => {
            let error = [("error", error as &dyn Display)];
            let seen = tr_with("seen on the wire; {error}", &error);
            Ok((Sight::Wire, first + &seen))
        }
    }
}

/// Whether a program can be found, as the system finds it.
fn is_there(program: &str) -> bool {
    if program.contains(std::path::is_separator) {
        return Path::new(program).exists();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// What [`try_strace`] found, which is tried once for all programs.
static STRACE: LazyLock<Result<(), String>> = LazyLock::new(try_strace);

/// Whether strace is there and may trace; else why not.
fn try_strace() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err(tr("strace is Linux's").into());
    }
    let mut try_it = Command::new("strace");
    try_it.args(["-qq", "-o", "/dev/null", "-e", "trace=none", "true"]);
    try_it.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match try_it.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(tr("strace may not trace here").into()),
        Err(_) => Err(tr("for its calls: sudo apt install strace").into()),
    }
}

/// The first IPv4 address of a name, else the first.
fn resolve(address: &str) -> Result<SocketAddr> {
    let named = [("address", &address as &dyn Display)];
    let found = address.to_socket_addrs().with_context(|| {
        let wrong = "--to {address}: give a host and a port, as 10.0.0.5:9789";
        tr_with(wrong, &named)
    })?;
    let all: Vec<SocketAddr> = found.collect();
    let first = all.iter().find(|a| a.is_ipv4()).or(all.first());
    first
        .copied()
        .with_context(|| tr_with("--to {address}: no such host", &named))
}

/// A scenario's own words, less those whose place others take.
fn own_words(lesson: &Lesson, own: &[&str], given: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    let mut own = own.iter();
    while let Some(word) = own.next() {
        let value = match lesson.knob(word) {
            Some(knob) if knob.value.is_some() => own.next(),
            _ => None,
        };
        if !has(given, word) {
            words.push((*word).to_owned());
            words.extend(value.map(ToString::to_string));
        }
    }
    words
}

/// Whether words hold a flag, alone or joined with its value.
pub fn has(words: &[String], flag: &str) -> bool {
    words.iter().any(|word| {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        name == flag
    })
}

/// A flag's value among words.
pub fn value_of<'a>(words: &'a [String], flag: &str) -> Option<&'a str> {
    let place = words.iter().position(|word| word.starts_with(flag))?;
    match words[place].split_once('=') {
        Some((_, value)) => Some(value),
        None => words.get(place + 1).map(String::as_str),
    }
}
