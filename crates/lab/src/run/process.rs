//! Programs, started together and stopped together, whatever happens.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

use anyhow::{Context, Result};
use process_wrap::std::ChildWrapper;
use programs::in_a_group;

use crate::timeline::event::Lane;

use super::Line;

/// A running program and what it started. Dropping it ends them all.
pub struct Process {
    child: Box<dyn ChildWrapper>,
}

/// A longer line is taken in pieces: no program shall fill the memory.
const LONGEST_LINE: u64 = 65_536;

impl Process {
    /// Starts a command, whose lines go to `sender` as they come.
    ///
    /// # Errors
    ///
    /// When the program is not there or cannot be started.
    pub fn start(
        lane: Lane,
        mut command: Command,
        sender: &Sender<Line>,
    ) -> Result<Process> {
        let name = command.get_program().to_string_lossy().into_owned();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = in_a_group(command)
            .spawn()
            .with_context(|| format!("starting {name}"))?;

        let stdout = child.stdout().take().context("its stdout")?;
        let stderr = child.stderr().take().context("its stderr")?;
        listen(stdout, sender.clone(), move |line| Line::Stdout(lane, line));
        listen(stderr, sender.clone(), move |line| Line::Stderr(lane, line));
        Ok(Process { child })
    }

    /// How the program ended, if it has.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("watching a program")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail where all is over already, as it should be.
        let _ = self.child.start_kill();
        let _ = self.child.wait();
    }
}

/// Sends a stream's lines, and its end, as they come.
fn listen(
    stream: impl Read + Send + 'static,
    sender: Sender<Line>,
    line_of: impl Fn(Option<String>) -> Line + Send + 'static,
) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while (&mut stream)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .is_ok_and(|length| length > 0)
        {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            if sender.send(line_of(Some(text))).is_err() {
                return;
            }
            line.clear();
        }
        let _ = sender.send(line_of(None));
    });
}
