//! A program and all that it starts, as one.

use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};

#[cfg(unix)]
use std::process::Child;

#[cfg(windows)]
use process_wrap::std::{ChildWrapper, CommandWrap, JobObject};

/// A running program in a group of its own, with all that it starts. Ctrl-C
/// does not reach it by itself; dropping it ends them all.
#[derive(Debug)]
pub struct Group {
    #[cfg(unix)]
    child: Child,
    #[cfg(windows)]
    child: Box<dyn ChildWrapper>,
}

impl Group {
    /// Starts a command.
    ///
    /// # Errors
    ///
    /// When the program is not there or cannot be started.
    #[cfg(unix)]
    pub fn start(mut command: Command) -> io::Result<Group> {
        use std::os::unix::process::CommandExt;
        let child = command.process_group(0).spawn()?;
        crate::guard::started(child.id());
        Ok(Group { child })
    }

    /// Starts a command.
    ///
    /// # Errors
    ///
    /// When the program is not there or cannot be started.
    #[cfg(windows)]
    pub fn start(command: Command) -> io::Result<Group> {
        let child = CommandWrap::from(command).wrap(JobObject).spawn()?;
        Ok(Group { child })
    }

    /// Its stdin, if that is a pipe.
    pub fn stdin(&mut self) -> &mut Option<ChildStdin> {
        #[cfg(unix)]
        return &mut self.child.stdin;
        #[cfg(windows)]
        return self.child.stdin();
    }

    /// Its stdout, if that is a pipe.
    pub fn stdout(&mut self) -> &mut Option<ChildStdout> {
        #[cfg(unix)]
        return &mut self.child.stdout;
        #[cfg(windows)]
        return self.child.stdout();
    }

    /// Its stderr, if that is a pipe.
    pub fn stderr(&mut self) -> &mut Option<ChildStderr> {
        #[cfg(unix)]
        return &mut self.child.stderr;
        #[cfg(windows)]
        return self.child.stderr();
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the program ended, if it has; what it started may run on.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Ends the program and all that it started. Where all is over already,
    /// nothing happens.
    pub fn end(&mut self) {
        #[cfg(unix)]
        kill(self.child.id());
        #[cfg(windows)]
        let _ = self.child.start_kill();
        let _ = self.child.wait();
    }
}

/// Kills a group, and what left it for a session of its own.
#[cfg(unix)]
pub fn kill(id: u32) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};

    let pid = |id| i32::try_from(id).ok().and_then(Pid::from_raw);
    for other in descendants(id) {
        let _ = pid(other).map(|other| kill_process(other, Signal::KILL));
    }
    let _ = pid(id).map(|group| kill_process_group(group, Signal::KILL));
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
        #[cfg(unix)]
        crate::guard::ended(self.child.id());
    }
}

/// The processes that a process has started, and those that these have, as
/// far as Linux tells (proc_pid_task_children(5)).
#[cfg(unix)]
fn descendants(id: u32) -> Vec<u32> {
    let mut all = Vec::new();
    let mut next = vec![id];
    while let Some(id) = next.pop() {
        let tasks = std::fs::read_dir(format!("/proc/{id}/task"));
        for task in tasks.into_iter().flatten().flatten() {
            let children =
                std::fs::read_to_string(task.path().join("children"));
            let children = children.unwrap_or_default();
            let children = children.split_whitespace();
            next.extend(children.filter_map(|id| id.parse::<u32>().ok()));
        }
        all.push(id);
    }
    all.split_off(1)
}

/// Has this process take over what its programs leave behind, so that
/// [`end_orphans`] finds it (Linux's PR_SET_CHILD_SUBREAPER).
#[cfg(target_os = "linux")]
pub fn adopt_orphans() {
    let me = rustix::process::getpid();
    let _ = rustix::process::set_child_subreaper(Some(me));
}

/// Ends all that runs below this process, but for its guard.
#[cfg(target_os = "linux")]
pub fn end_orphans() {
    let guard = crate::guard::id();
    for id in descendants(std::process::id()) {
        if Some(id) != guard {
            kill(id);
        }
    }
}
