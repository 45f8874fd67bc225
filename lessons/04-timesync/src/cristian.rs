//! Cristian's method: how wrong is this clock, and how sure is that?
//!
//! ```text
//!            sent                                received
//! client ─────┬────────────── halfway ──────────────┬─────▶ its clock
//!              \                                    /
//! server ───────┴──── read somewhere in between ───┴──────▶ its clock
//! ```
//!
//! The server read its clock after the question was sent and before the
//! answer was received, nobody knows when. Halfway is the best guess, and it
//! is wrong by half the round trip at most (F. Cristian, "Probabilistic clock
//! synchronization", Distributed Computing 3, 1989).

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use crate::strftime::{read_text, short};

/// The format to ask for: with the offset from UTC, so that the two sides may
/// live in different time zones, and fractions of a second at the end, where
/// they can be missing.
pub const FORMAT: &str = "%Y-%m-%d %H:%M:%S %z %9f";

/// Its beginning, which every strftime knows (C99).
const WHOLE_SECONDS: &str = "%Y-%m-%d %H:%M:%S %z";

/// What one question and its answer tell about a clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// From sending the question to receiving the answer.
    pub round_trip: TimeDelta,
    /// This clock less the server's: positive means that this one is ahead.
    pub offset: TimeDelta,
    /// The offset is wrong by this much at most.
    pub bound: TimeDelta,
    /// Whether the server told fractions of a second.
    pub fractions: bool,
}

impl Measurement {
    /// Compares clocks: the server's answer in [`FORMAT`] with this clock,
    /// read when the question was sent.
    ///
    /// # Errors
    ///
    /// A sentence, when the answer is no time.
    pub fn new(
        answer: &[u8],
        sent: DateTime<Utc>,
        round_trip: Duration,
    ) -> Result<Measurement> {
        let text = read_text(answer)?;
        let round_trip = TimeDelta::from_std(round_trip)?;
        Measurement::read(text, sent, round_trip).with_context(|| {
            format!("the answer is no such time: {:?}", short(text))
        })
    }

    fn read(
        text: &str,
        sent: DateTime<Utc>,
        round_trip: TimeDelta,
    ) -> Option<Measurement> {
        let (whole, rest) =
            DateTime::parse_and_remainder(text, WHOLE_SECONDS).ok()?;
        // A C library knows no %9f and leaves it as it stands. Its 12:00:07
        // may be 12:00:07.000 or .999: half a second more of doubt.
        let half = TimeDelta::milliseconds(500);
        let (fraction, doubt) = match nanoseconds(rest.trim_start()) {
            Some(nanoseconds) => (nanoseconds, TimeDelta::zero()),
            None => (half, half),
        };
        let server = whole.to_utc().checked_add_signed(fraction)?;
        let halfway = sent.checked_add_signed(round_trip / 2)?;
        Some(Measurement {
            round_trip,
            offset: halfway - server,
            bound: round_trip / 2 + doubt,
            fractions: doubt.is_zero(),
        })
    }

    /// What it means, in words.
    pub fn verdict(&self) -> String {
        let apart = ms(self.offset.abs());
        let side = if self.offset.abs() <= self.bound {
            return format!("the clocks agree, ± {}", ms(self.bound));
        } else if self.offset > TimeDelta::zero() {
            "ahead of"
        } else {
            "behind"
        };
        let unsure = ms(self.bound);
        format!("this clock is {apart} {side} the server's, ± {unsure}")
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let [round_trip, offset, bound] =
            [self.round_trip, self.offset, self.bound].map(ms);
        write!(f, "round trip {round_trip}, offset {offset} ± {bound}")?;
        if !self.fractions {
            f.write_str(" (the server tells whole seconds only)")?;
        }
        Ok(())
    }
}

fn ms(time: TimeDelta) -> String {
    format!("{:.3} ms", time.as_seconds_f64() * 1000.0)
}

/// Reads exactly nine digits.
fn nanoseconds(text: &str) -> Option<TimeDelta> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits && text.len() == 9);
    number.map(TimeDelta::nanoseconds)
}
