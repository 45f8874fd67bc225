//! A long transfer, summed up.

use std::io::Result;
use std::time::Duration;

use crate::call::{Call, watched_by_lab};

/// How often `lab` hears of a long transfer.
const REPORT_INTERVAL: Duration = Duration::from_millis(200);

/// The sends, or the recvs, that a stream makes one after the other.
///
/// The first few are reported one by one. Those that follow are a file's: they
/// are summed up, and reported when the burst ends; to `lab` also five times a second.
#[derive(Default)]
pub(crate) struct Burst {
    op: &'static str,
    calls: u64,
    bytes: usize,
    sum: Option<Call>,
}

impl Burst {
    /// Takes a call that begins, with what it sends. One that may wait is
    /// reported now, as long as the burst is short.
    pub fn begin(&mut self, call: Call, bytes: &[u8]) -> Call {
        if self.op != call.op() {
            self.finish();
            (self.op, self.calls, self.bytes) = (call.op(), 0, 0);
        }
        match call.op() {
            _ if !self.is_short() => call,
            "recv" => call.waits(),
            _ => call.begins(bytes),
        }
    }

    /// Whether its calls are still reported one by one.
    fn is_short(&self) -> bool {
        self.calls < 8 || (self.calls < 64 && self.bytes < 65_536)
    }

    /// Takes the same call when it has ended.
    pub fn end(&mut self, call: Call, result: &Result<usize>, buffer: &[u8]) {
        let length = *result.as_ref().unwrap_or(&0);
        if self.op != call.op() {
            // Another thread has begun the other call meanwhile.
            return call.end(&buffer[..length], result.as_ref().err());
        }
        let short = self.is_short();
        self.calls += 1;
        self.bytes += length;
        if short || length == 0 {
            self.finish();
            return call.end(&buffer[..length], result.as_ref().err());
        }
        match &mut self.sum {
            Some(sum) => sum.add(length),
            None => self.sum = Some(call.with_length(length)),
        }
        let age = self.sum.as_ref().map_or(Duration::ZERO, Call::age);
        if watched_by_lab() && age > REPORT_INTERVAL {
            self.finish();
        }
    }

    /// Reports what was summed up.
    pub fn finish(&mut self) {
        if let Some(sum) = self.sum.take() {
            sum.end(&[], None);
        }
    }
}
