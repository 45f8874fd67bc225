//! Waits that end: by their time, or by Ctrl-C.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::outcome::{Outcome, Stop};

/// Ctrl-C was pressed.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How long the program is waited for at each step. It may wait up to ten
/// seconds itself before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(12);

/// The least that a program has to wait for its peer. The lessons say 5 s.
pub const LEAST_PATIENCE: Duration = Duration::from_secs(3);

/// One that waits for less than so may have been impatient, and late because
/// the machine is.
const SURE: Duration = Duration::from_millis(4900);

/// Whether nobody can tell if a program that waited so long was patient.
pub fn is_in_doubt(waited: Duration) -> bool {
    (LEAST_PATIENCE..SURE).contains(&waited) && slowness() > 2.0
}

/// How long a server may take from its start until it can be reached.
pub const START: Duration = Duration::from_secs(25);

/// The pause between two looks.
pub const TICK: Duration = Duration::from_millis(20);

/// The pause after each piece: the program reads each for itself.
pub const PAUSE: Duration = Duration::from_millis(30);

/// A wait with an end. One that may end a trial lasts longer on a busy
/// machine: how busy it is, is looked at once the time is over.
pub struct Wait {
    end: Cell<Instant>,
    time: Duration,
    may_last: Cell<bool>,
}

impl Wait {
    /// Starts the clock.
    pub fn new(time: Duration) -> Wait {
        let end = Cell::new(Instant::now() + time);
        let may_last = Cell::new(time >= PATIENCE);
        Wait { end, time, may_last }
    }

    /// A short wait for what comes at once, unless the machine is busy.
    pub fn for_something(time: Duration) -> Wait {
        let wait = Wait::new(time);
        wait.may_last.set(true);
        wait
    }

    /// What is left of the time.
    pub fn left(&self) -> Duration {
        self.end.get().saturating_duration_since(Instant::now())
    }

    /// Whether the time is over.
    pub fn is_over(&self) -> bool {
        if self.left().is_zero() && self.may_last.replace(false) {
            let most = if self.time < PATIENCE { 20.0 } else { MOST_LATE };
            let more = (slowness() - 1.0).clamp(0.0, most);
            self.end.set(self.end.get() + self.time.mul_f64(more));
        }
        self.left().is_zero()
    }

    /// Waits for a moment; whether it should go on.
    pub fn goes_on(&self) -> Outcome<bool> {
        interrupted()?;
        thread::sleep(self.left().min(TICK));
        Ok(!self.is_over())
    }
}

/// How much longer a long wait lasts at most, in times of its own.
const MOST_LATE: f64 = 2.0;

/// How many times longer work takes now than it would alone: 1 on a quiet
/// machine, about 5 where ten programs want two cores.
#[cfg(unix)]
pub fn slowness() -> f64 {
    use rustix::time::{ClockId, clock_gettime};

    let work = Duration::from_millis(20);
    let used = || {
        let used = clock_gettime(ClockId::ThreadCPUTime);
        Duration::try_from(used).unwrap_or_default()
    };
    let (since, before) = (Instant::now(), used());
    while used().saturating_sub(before) < work {
        // A machine that stands still is as slow as can be.
        if since.elapsed() > Duration::from_secs(2) {
            return 100.0;
        }
    }
    since.elapsed().as_secs_f64() / work.as_secs_f64()
}

/// Elsewhere nobody knows.
#[cfg(not(unix))]
pub fn slowness() -> f64 {
    1.0
}

/// Does nothing for a time.
pub fn pause(time: Duration) -> Outcome {
    let wait = Wait::new(time);
    while wait.goes_on()? {}
    Ok(())
}

/// Stops after Ctrl-C.
pub fn interrupted() -> Outcome {
    if INTERRUPTED.load(Ordering::Relaxed) {
        return Err(Stop::Interrupted);
    }
    Ok(())
}
