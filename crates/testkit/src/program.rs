//! A program under test.

use std::ffi::OsStr;
use std::io::Write;
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::DEADLINE;
use crate::output::{Finished, Stream};

/// A program that runs, with its three streams in the test's hands.
pub struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Stream,
    stderr: Stream,
}

impl Program {
    /// Starts an executable with arguments.
    #[track_caller]
    pub fn start<A: AsRef<OsStr>>(
        executable: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Program {
        let mut command = Command::new(executable);
        Program::spawn(command.env_remove("LAB_TAP").args(arguments))
    }

    /// Starts a command, its three streams redirected.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Program {
        Program::spawn_printing_to(command, Stdio::piped())
    }

    /// Starts a command that prints to a place of the test's choice.
    #[track_caller]
    pub fn spawn_printing_to(
        command: &mut Command,
        stdout: impl Into<Stdio>,
    ) -> Program {
        in_english(command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("starting {command:?}: {error}"));
        Program {
            stdin: child.stdin.take(),
            stdout: child
                .stdout
                .take()
                .map_or_else(Stream::empty, Stream::read),
            stderr: Stream::read(child.stderr.take().expect("piped above")),
            child,
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a server's `ready on HOST:PORT`, its first line on stderr.
    #[track_caller]
    pub fn ready(&self) -> SocketAddr {
        let line = self
            .stderr
            .wait(|text| text.split_once('\n').map(|(line, _)| line.to_owned()))
            .unwrap_or_else(|| panic!("no line on stderr: {}", self.streams()));
        line.strip_prefix("ready on ")
            .and_then(|address| address.trim().parse().ok())
            .unwrap_or_else(|| panic!("not ready: {}", self.streams()))
    }

    /// Waits until stdout holds this text.
    #[track_caller]
    pub fn wait_for_stdout(&self, words: &str) {
        self.wait_for(&self.stdout, words);
    }

    /// Waits until stderr holds this text.
    #[track_caller]
    pub fn wait_for_stderr(&self, words: &str) {
        self.wait_for(&self.stderr, words);
    }

    /// What stdout holds by now.
    pub fn stdout_so_far(&self) -> String {
        self.stdout.so_far()
    }

    /// What stderr holds by now.
    pub fn stderr_so_far(&self) -> String {
        self.stderr.so_far()
    }

    #[track_caller]
    fn wait_for(&self, stream: &Stream, words: &str) {
        stream
            .wait(|text| text.contains(words).then_some(()))
            .unwrap_or_else(|| panic!("no {words:?}: {}", self.streams()));
    }

    /// Types something.
    #[track_caller]
    pub fn type_in(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(text.as_bytes()).expect("the program reads stdin");
    }

    /// Closes the program's stdin.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for the program's end.
    #[track_caller]
    pub fn finish(self) -> Finished {
        self.finish_within(DEADLINE)
    }

    /// Waits for the end of a program that has much to do.
    #[track_caller]
    pub fn finish_within(mut self, time: Duration) -> Finished {
        self.close_stdin();
        let until = Instant::now() + time;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < until => {}
                other => panic!("not over ({other:?}): {}", self.streams()),
            }
            thread::sleep(Duration::from_millis(2));
        };
        match (self.stdout.all(), self.stderr.all()) {
            (Some(stdout), Some(stderr)) => {
                Finished { code: status.code(), stdout, stderr }
            }
            _ => panic!("its streams stay open: {}", self.streams()),
        }
    }

    /// Stops the program and lets it go on, as Ctrl-Z and `fg` do.
    #[cfg(unix)]
    #[track_caller]
    pub fn stop_and_continue(&self) {
        for signal in ["-STOP", "-CONT"] {
            let id = self.id().to_string();
            let sent = Command::new("kill").args([signal, &id]).status();
            assert!(sent.is_ok_and(|status| status.success()), "{signal}");
        }
    }

    /// Ends a program that runs for ever, and gives what it said.
    #[track_caller]
    pub fn stop(mut self) -> Finished {
        let _ = self.child.kill();
        self.finish()
    }

    /// Checks that the program is still running.
    #[track_caller]
    pub fn is_running(&mut self) {
        let state = self.child.try_wait();
        assert!(matches!(state, Ok(None)), "{state:?}: {}", self.streams());
    }

    fn streams(&self) -> String {
        let (out, err) = (self.stdout.so_far(), self.stderr.so_far());
        format!("\n--- stdout\n{out}\n--- stderr\n{err}\n---")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has a program speak English wherever the test runs, unless the test says
/// otherwise.
fn in_english(command: &mut Command) {
    if !command.get_envs().any(|(name, _)| name == "LC_ALL") {
        command.env_remove("LC_ALL").env("LC_MESSAGES", "C");
    }
}
