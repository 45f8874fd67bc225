//! A process that outlives a killed lab, and ends what that has started.
//!
//! No program can tidy up once it is killed (SIGKILL). So lab, and judge,
//! start themselves a second time, as a guard: it learns through a pipe
//! which groups start and end, and when the pipe breaks it ends the rest.
//! On Windows a job object does that.

use std::collections::HashSet;
use std::io::{self, BufRead, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::group::kill;

/// The one word of a guard's command line.
const GUARD: &str = "guard";

static PIPE: LazyLock<Mutex<Option<(u32, ChildStdin)>>> = LazyLock::new(|| {
    let guard = std::env::current_exe().and_then(|program| {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(program);
        command.arg(GUARD).process_group(0).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    });
    // Without a guard all goes well too, unless lab is killed.
    Mutex::new(guard.ok().and_then(|mut guard| {
        let id = guard.id();
        guard.stdin.take().map(|pipe| (id, pipe))
    }))
});

/// Whether this process is a guard.
pub fn is_guard() -> bool {
    let mut words = std::env::args_os().skip(1);
    words.next().is_some_and(|word| word == GUARD) && words.next().is_none()
}

/// A guard's work: until the pipe breaks, and then what is left.
pub fn guard() {
    let mut groups: HashSet<u32> = HashSet::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let (sign, id) = line.split_at_checked(1).unwrap_or_default();
        let Ok(id) = id.parse() else { continue };
        if sign == "+" {
            groups.insert(id);
        } else {
            groups.remove(&id);
        }
    }
    groups.into_iter().for_each(kill);
}

/// Tells the guard that a group was started.
pub fn started(id: u32) {
    tell('+', id);
}

/// Tells the guard that a group was ended.
pub fn ended(id: u32) {
    tell('-', id);
}

/// The guard's number, if there is one.
#[cfg(target_os = "linux")]
pub fn id() -> Option<u32> {
    let pipe = PIPE.lock().unwrap_or_else(PoisonError::into_inner);
    pipe.as_ref().map(|(id, _)| *id)
}

fn tell(sign: char, id: u32) {
    let mut pipe = PIPE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, pipe)) = pipe.as_mut() {
        let _ = pipe.write_all(format!("{sign}{id}\n").as_bytes());
    }
}
