//! The program under judgement, running.

use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use anyhow::{Context, Result};
use process_wrap::std::ChildWrapper;
use programs::in_a_group;

use super::address::alone;
use super::output::Output;

/// A running program. Dropping it ends it, and what it started.
pub struct Subject {
    child: Box<dyn ChildWrapper>,
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
            in_a_group(command).spawn()
        };
        let mut child = spawned.with_context(|| format!("starting {name}"))?;
        let stdout = match terminal {
            Some(terminal) => Output::read(terminal),
            None => Output::read(child.stdout().take().context("its stdout")?),
        };
        let stdin = child.stdin().take().context("its stdin")?;
        let stdin = Some(typist(stdin));
        let stderr = child.stderr().take().context("its stderr")?;
        let stderr = Output::read(stderr);
        Ok(Subject { child, stdin, stdout, stderr, status: None })
    }

    /// How the program ended, if it has.
    pub fn status(&mut self) -> Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status =
                self.child.try_wait().context("watching the program")?;
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
        // Both fail where all is over already, as it should be.
        let _ = self.child.start_kill();
        let _ = self.child.wait();
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        self.end();
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

/// Makes stdout a pseudo-terminal, since many languages keep lines for
/// themselves when stdout is a pipe; gives the end to read from.
#[cfg(unix)]
fn terminal(command: &mut Command) -> Option<std::fs::File> {
    use std::fs::File;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, OutputModes, tcgetattr, tcsetattr};

    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let ours = openpt(flags).ok()?;
    grantpt(&ours).ok()?;
    unlockpt(&ours).ok()?;
    let name = ptsname(&ours, Vec::new()).ok()?.into_string().ok()?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let theirs =
        rustix::fs::open(name, flags, rustix::fs::Mode::empty()).ok()?;
    // As it is printed: no carriage return before each line end.
    let mut modes = tcgetattr(&theirs).ok()?;
    modes.output_modes &= !OutputModes::OPOST;
    tcsetattr(&theirs, OptionalActions::Now, &modes).ok()?;
    command.stdout(Stdio::from(theirs));
    Some(File::from(ours))
}

#[cfg(not(unix))]
fn terminal(_: &mut Command) -> Option<std::fs::File> {
    None
}
