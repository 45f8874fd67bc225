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
//! is wrong by half the round trip at most.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use crate::strftime::read_text;

/// The format to ask for: with the offset from UTC, since the two sides may
/// live in different time zones, and nanoseconds, which may be missing.
pub const FORMAT: &str = "%Y-%m-%d %H:%M:%S %z %9f";

/// What one question and its answer show about a clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// From sending the question to receiving the answer.
    pub round_trip: TimeDelta,
    /// This clock less the server's: positive means that this one is ahead.
    pub offset: TimeDelta,
    /// The offset is wrong by this much at most.
    pub bound: TimeDelta,
    /// Whether the answer had fractions of a second.
    pub fractions: bool,
}

impl Measurement {
    /// Compares clocks: the server's answer in [`FORMAT`] with this clock,
    /// read when the question was sent. An answer that is no time is an error.
    pub fn new(
        answer: &[u8],
        sent: DateTime<Utc>,
        round_trip: Duration,
    ) -> Result<Measurement> {
        let text = read_text(answer)?;
        let (server, fractions) = parse(text).with_context(|| {
            format!("the answer is no such time: \"{text:.80}\"")
        })?;
        let round_trip = TimeDelta::from_std(round_trip)?;
        // 12:00:07 without a fraction may be 12:00:07.000 or .999: half a
        // second later is the best guess, and half a second more of doubt.
        let doubt = TimeDelta::milliseconds(if fractions { 0 } else { 500 });
        Ok(Measurement {
            round_trip,
            offset: sent + round_trip / 2 - server - doubt,
            bound: round_trip / 2 + doubt,
            fractions,
        })
    }

    /// What it means, in words.
    pub fn verdict(&self) -> String {
        let (apart, bound) = (ms(self.offset.abs()), ms(self.bound));
        let side = if self.offset.abs() <= self.bound {
            return format!("the clocks agree, ± {bound}");
        } else if self.offset > TimeDelta::zero() {
            "ahead of"
        } else {
            "behind"
        };
        format!("this clock is {apart} {side} the server's, ± {bound}")
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

/// Parses an answer in [`FORMAT`], and says whether it has a fraction: every
/// strftime knows its beginning (C99), but a C library copies the `%9f`.
fn parse(text: &str) -> Option<(DateTime<Utc>, bool)> {
    let beginning = "%Y-%m-%d %H:%M:%S %z";
    let (time, rest) = DateTime::parse_and_remainder(text, beginning).ok()?;
    let time = time.to_utc();
    let digits = rest.trim_start();
    if digits.len() != 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some((time, false));
    }
    let nanoseconds = TimeDelta::nanoseconds(digits.parse().ok()?);
    Some((time.checked_add_signed(nanoseconds)?, true))
}
