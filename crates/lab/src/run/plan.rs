//! What is to be run: the programs, how each is seen, and what is in between.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use programs::lang::{tr, tr_with};

use crate::network::Faults;
use crate::observe::{STRACE, python, strace};

/// All programs of a run.
pub struct Plan<'a> {
    pub clients: Vec<Program<'a>>,
    pub server: Program<'a>,
    pub udp: bool,
    pub client_first: bool,
    /// The server serves until it is ended.
    pub lives_on: bool,
    /// The server runs elsewhere already, at this address.
    pub elsewhere: Option<SocketAddr>,
    /// How the network between the two sides misbehaves, if there is one.
    pub network: Option<Faults>,
}

/// How a program's calls are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// By the course's tap, or Python's.
    Tap,
    /// By strace.
    Strace,
    /// What goes over the wire is seen, by the network in between.
    Wire,
    /// Not at all.
    Nothing,
}

/// A program of the run, ready to be started once the address is known.
pub struct Program<'a> {
    /// What it is called in the picture.
    pub name: String,
    pub start: Start<'a>,
    pub sight: Sight,
    /// Why it is seen as it is, where that is worth a word.
    pub why: String,
    /// Whether it is the course's own: it says when it is ready.
    pub ours: bool,
    /// What is typed on its stdin, which then ends.
    pub typed: String,
    /// Where Python's tap is, if it is used.
    pub python: Option<PathBuf>,
}

/// How a program is started.
pub enum Start<'a> {
    /// The course's own: its file, its words, and its folder.
    Ours { program: PathBuf, words: Vec<String>, folder: Option<&'a Path> },
    /// Another one: words with `{host}` and `{port}`.
    Other(Vec<String>),
}

impl Plan<'_> {
    /// The clients in order, and the server.
    pub fn programs(&self) -> impl Iterator<Item = &Program<'_>> {
        self.clients.iter().chain([&self.server])
    }
}

impl Program<'_> {
    /// Makes the command for an address, with its reports in a folder.
    ///
    /// # Errors
    ///
    /// When there is no command.
    pub fn command(
        &self,
        address: SocketAddr,
        reports: &Path,
    ) -> Result<Command> {
        let mut command = match &self.start {
            Start::Ours { program, words, folder } => {
                let mut command = Command::new(program);
                if let Some(folder) = folder {
                    command.current_dir(folder);
                }
                command.arg(address.to_string()).args(words);
                command
            }
            Start::Other(words) => {
                let mut words = filled(words, address).into_iter();
                let program = words.next().context(tr("no command"))?;
                let traced = self.sight == Sight::Strace;
                let mut command =
                    Command::new(if traced { "strace" } else { &program });
                if traced {
                    command.args(strace::OPTIONS);
                    command.arg(reports.join(STRACE)).args(["--", &program]);
                }
                command.args(words);
                command
            }
        };
        command.env_remove("LAB_TAP");
        if matches!(self.sight, Sight::Tap | Sight::Strace) {
            command.env("LAB_TAP", reports);
        }
        if let Some(python) = &self.python {
            python::load(&mut command, python);
        }
        Ok(command)
    }

    /// Whether it is a program of this run, and not one that runs elsewhere.
    pub fn is_started(&self) -> bool {
        !matches!(&self.start, Start::Other(words) if words.is_empty())
    }

    /// Whether its command has a place for the port.
    pub fn takes_port(&self) -> bool {
        match &self.start {
            Start::Ours { .. } => true,
            Start::Other(words) => {
                words.iter().any(|word| word.contains("{port}"))
            }
        }
    }

    /// The command as one would type it, and how the program is seen.
    pub fn described(&self, address: SocketAddr) -> String {
        let Program { name, why, .. } = self;
        let words = match &self.start {
            Start::Ours { program, words, .. } => {
                let program = program.file_stem().unwrap_or_default();
                let mut all = vec![program.to_string_lossy().into_owned()];
                all.push(address.to_string());
                all.extend(without_secrets(words));
                all
            }
            Start::Other(words) => filled(words, address),
        };
        let words = programs::join(&words);
        if why.is_empty() {
            tr_with("{name}: {words}", &[("name", name), ("words", &words)])
        } else {
            tr_with(
                "{name}: {words} ({why})",
                &[("name", name), ("words", &words), ("why", why)],
            )
        }
    }
}

/// The words without a key's value: only the key is secret (lesson 07).
fn without_secrets(words: &[String]) -> Vec<String> {
    let mut shown = Vec::new();
    let mut is_key = false;
    for word in words {
        let secret = std::mem::replace(&mut is_key, word == "--key");
        if secret {
            shown.push("...".into());
        } else if word.starts_with("--key=") {
            shown.push("--key=...".into());
        } else {
            shown.push(word.clone());
        }
    }
    shown
}

fn filled(words: &[String], address: SocketAddr) -> Vec<String> {
    let host = address.ip().to_string();
    let port = address.port().to_string();
    let filled = words
        .iter()
        .map(|word| word.replace("{host}", &host).replace("{port}", &port));
    filled.collect()
}

/// Splits a command as the system does.
///
/// # Errors
///
/// When a quote stays open, or there is nothing.
pub fn words(template: &str) -> Result<Vec<String>> {
    let words = programs::split(template)
        .filter(|words| !words.is_empty())
        .with_context(|| {
            let wrong = "no command, or an open quote: {template}";
            tr_with(wrong, &[("template", &template)])
        })?;
    if words[0].starts_with('{') {
        let wrong = "the command's first word is its program: {template}";
        bail!(tr_with(wrong, &[("template", &template)]));
    }
    Ok(words)
}
