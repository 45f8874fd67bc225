//! One program, started and watched.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use anyhow::{Context, Result};
use programs::lang::{tr, tr_with};
use programs::{Group, terminal};

/// A running program and what it started. Dropping it ends them all.
pub struct Process(Group);

/// A longer line is taken in pieces: no program shall fill the memory.
const LONGEST_LINE: u64 = 65_536;

impl Process {
    /// Starts a command, and calls `hear` for each line of its stdout (true)
    /// or stderr, and once at the end of each; until that returns false. On
    /// its stdin a line is typed, if there is one. Its stdout is a terminal
    /// if `buffers`: many languages keep lines back otherwise.
    ///
    /// # Errors
    ///
    /// When the program is not there or cannot be started.
    pub fn start(
        mut command: Command,
        typed: &str,
        buffers: bool,
        hear: impl Fn(bool, Option<String>) -> bool + Clone + Send + 'static,
    ) -> Result<Process> {
        let name = command.get_program().to_string_lossy().into_owned();
        let stdin = match typed {
            "" => Stdio::null(),
            _ => Stdio::piped(),
        };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let terminal = buffers.then(|| terminal(&mut command)).flatten();
        let started = Group::start(command);
        let mut group = started
            .with_context(|| tr_with("starting {name}", &[("name", &name)]))?;
        if let Some(mut stdin) = group.stdin().take() {
            // A line fits into the pipe; whether it is read is not lab's.
            let _ = stdin.write_all(typed.as_bytes());
        }
        let hear_stderr = hear.clone();
        let hear_stdout = move |line| hear(true, line);
        match terminal {
            Some(terminal) => listen(terminal, hear_stdout),
            None => {
                let stdout = group.stdout().take().context(tr("its stdout"))?;
                listen(stdout, hear_stdout);
            }
        }
        let stderr = group.stderr().take().context(tr("its stderr"))?;
        listen(stderr, move |line| hear_stderr(false, line));
        Ok(Process(group))
    }

    /// Ends the program and what it started.
    pub fn end(&mut self) {
        self.0.end();
    }

    /// How the program ended, if it has.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.0.try_wait().context(tr("watching a program"))
    }
}

/// Sends a stream's lines, and its end, as they come. While nobody takes them
/// the program has to wait.
fn listen(
    stream: impl Read + Send + 'static,
    hear: impl Fn(Option<String>) -> bool + Send + 'static,
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
            if !hear(Some(text)) {
                return;
            }
            line.clear();
        }
        hear(None);
    });
}
