//! The program under judgement, running.

use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use anyhow::{Context, Result};
use programs::lang::{tr, tr_with};
use programs::{Group, terminal};

use super::address::alone;
use super::output::Output;

/// A running program. Dropping it ends it, and what it started.
pub struct Subject {
    child: Group,
    stdin: Option<Sender<Vec<u8>>>,
    pub stdout: Output,
    pub stderr: Output,
    status: Option<ExitStatus>,
}

impl Subject {
    /// Starts the program of this name.
    pub fn start(mut command: Command, name: &str) -> Result<Subject> {
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let terminal = terminal(&mut command);
        if terminal.is_none() {
            command.stdout(Stdio::piped());
        }
        let spawned = {
            let _alone = alone();
            Group::start(command)
        };
        let mut child = spawned
            .with_context(|| tr_with("starting {name}", &[("name", &name)]))?;
        let stdout = match terminal {
            Some(terminal) => Output::read(terminal),
            None => {
                Output::read(child.stdout().take().context(tr("its stdout"))?)
            }
        };
        let stdin = child.stdin().take().context(tr("its stdin"))?;
        let stdin = Some(typist(stdin));
        let stderr = child.stderr().take().context(tr("its stderr"))?;
        let stderr = Output::read(stderr);
        Ok(Subject { child, stdin, stdout, stderr, status: None })
    }

    /// How the program ended, if it has.
    pub fn status(&mut self) -> Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status =
                self.child.try_wait().context(tr("watching the program"))?;
        }
        Ok(self.status)
    }

    /// Writes to its stdin; whether it reads that is its own affair.
    pub fn type_in(&mut self, text: &[u8]) {
        if let Some(stdin) = &self.stdin {
            let _ = stdin.send(text.into());
        }
    }

    /// Closes its stdin.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Ends it now; what it has printed by then is kept.
    pub fn end(&mut self) {
        self.child.end();
    }
}

/// Types what it is sent, in a thread of its own: a program that reads nothing
/// would make the judge wait. The stdin is closed with the channel.
fn typist(mut stdin: impl Write + Send + 'static) -> Sender<Vec<u8>> {
    let (sender, texts) = channel::<Vec<u8>>();
    thread::spawn(move || {
        for text in texts {
            if stdin.write_all(&text).and_then(|()| stdin.flush()).is_err() {
                return;
            }
        }
    });
    sender
}
