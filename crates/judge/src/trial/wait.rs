//! Waits that end: by their time, or by Ctrl-C.

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
pub const LEAST_PATIENCE: Duration = Duration::from_secs(2);

/// How long a server may take from its start until it can be reached.
pub const START: Duration = Duration::from_secs(25);

/// The pause between two looks.
pub const TICK: Duration = Duration::from_millis(20);

/// The pause after each piece: the program reads each for itself.
pub const PAUSE: Duration = Duration::from_millis(30);

/// A wait with an end.
pub struct Wait(Instant);

impl Wait {
    /// Starts the clock.
    pub fn new(time: Duration) -> Wait {
        Wait(Instant::now() + time)
    }

    /// What is left of the time.
    pub fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether the time is over.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// Waits for a moment; whether it should go on.
    pub fn goes_on(&self) -> Outcome<bool> {
        interrupted()?;
        thread::sleep(self.left().min(TICK));
        Ok(!self.is_over())
    }
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
