//! One call told: on a terminal in words, to `lab` in JSON, else not at all.

use std::io::{self, IsTerminal, Result, Write};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::note;

/// Tells `lab` that a line went to stdout; a terminal shows it anyway.
pub(crate) fn printed(line: &str) {
    Call::begin("print", "", None, None).over(line.as_bytes(), None);
}

#[derive(PartialEq)]
enum Watcher {
    Nobody,
    Terminal,
    Lab,
}

static WATCHER: LazyLock<Watcher> = LazyLock::new(|| {
    if std::env::var_os("LAB_TAP").is_some() {
        Watcher::Lab
    } else if io::stderr().is_terminal() {
        Watcher::Terminal
    } else {
        Watcher::Nobody
    }
});

/// Is busy for so long, seen to be so by whoever watches.
pub(crate) fn busy(time: Duration) {
    let words = format!("busy for {time:?}, not reading");
    if *WATCHER == Watcher::Lab {
        let call = Call::begin("busy", "", None, None);
        call.tell(None, words.as_bytes(), None);
    } else {
        note(&words);
    }
    std::thread::sleep(time);
}

/// A call under way, or the sum of several.
pub(super) struct Call {
    op: &'static str,
    proto: &'static str,
    pub local: Option<SocketAddr>,
    pub peer: Option<SocketAddr>,
    start: u64,
    calls: u64,
    len: usize,
}

impl Call {
    pub fn begin(
        op: &'static str,
        proto: &'static str,
        local: Option<SocketAddr>,
        peer: Option<SocketAddr>,
    ) -> Call {
        Call { op, proto, local, peer, start: now(), calls: 1, len: 0 }
    }

    /// Tells already now of a call that may wait, so that waiting is seen.
    pub fn waits(self) -> Call {
        self.tell(None, &[], None);
        self
    }

    /// Tells how the call ended, and hands its result on.
    pub fn end<'a, T>(
        self,
        result: Result<T>,
        bytes: impl FnOnce(&T) -> &'a [u8],
    ) -> Result<T> {
        match &result {
            Ok(value) => self.over(bytes(value), None),
            Err(error) => self.over(&[], Some(error)),
        }
        result
    }

    pub fn over(&self, bytes: &[u8], error: Option<&io::Error>) {
        self.tell(Some(now()), bytes, error);
    }

    fn tell(&self, end: Option<u64>, bytes: &[u8], error: Option<&io::Error>) {
        let Call { op, proto, local, peer, start, calls, .. } = *self;
        let kind = error.map(|error| format!("{:?}", error.kind()));
        let error = error.map(io::Error::to_string);
        let len = self.len + bytes.len();
        let head = &bytes[..bytes.len().min(64)];
        if *WATCHER == Watcher::Lab {
            let hex: String = head.iter().map(|b| format!("{b:02x}")).collect();
            let line = json!({
                "tap": 1, "op": op, "proto": proto, "local": local,
                "peer": peer, "start": start, "end": end, "calls": calls,
                "len": len, "head": hex, "error": error, "kind": kind,
            });
            // One write a line keeps the lines of several threads whole.
            let line = format!("{line}\n");
            let _ = io::stderr().lock().write_all(line.as_bytes());
        } else if *WATCHER == Watcher::Terminal {
            let text = readable(head);
            let whom = peer.map_or(String::new(), |p| format!(" {p}"));
            note(&match (op, error) {
                ("bind" | "print", _) => return,
                (_, Some(error)) => format!("· {op}: {error}"),
                _ if end.is_none() => format!("· {op} …"),
                _ if calls > 1 => format!("· {op} {len} B in {calls} calls"),
                ("send" | "recv" | "peek", _) => {
                    format!("· {op} {len} B: {text}")
                }
                _ => format!("· {op}{whom}"),
            });
        }
    }
}

/// The sends, or the recvs, that a stream makes one after the other. After
/// the first few they are a file's: these are summed up, and told when the
/// row ends; to `lab` also each second.
#[derive(Default)]
pub(super) struct Row {
    op: &'static str,
    calls: u64,
    bytes: usize,
    sum: Option<Call>,
}

impl Row {
    /// Takes a call that begins: one that may wait is told, as long as the
    /// row is short.
    pub fn begin(&mut self, call: Call) -> Call {
        if self.op != call.op {
            self.finish();
            (self.op, self.calls, self.bytes) = (call.op, 0, 0);
        }
        match self.is_short() && call.op == "recv" {
            true => call.waits(),
            false => call,
        }
    }

    /// Whether its calls are still told one by one.
    fn is_short(&self) -> bool {
        self.calls < 8 || (self.calls < 64 && self.bytes < 65_536)
    }

    /// Takes the same call when it has ended, and hands its result on.
    pub fn end(
        &mut self,
        call: Call,
        result: Result<usize>,
        buffer: &[u8],
    ) -> Result<usize> {
        let length = *result.as_ref().unwrap_or(&0);
        let short = self.is_short();
        self.calls += 1;
        self.bytes += length;
        if short || length == 0 {
            self.finish();
            return call.end(result, |length| &buffer[..*length]);
        }
        match &mut self.sum {
            Some(sum) => {
                sum.calls += 1;
                sum.len += length;
            }
            None => self.sum = Some(Call { len: length, ..call }),
        }
        let began = self.sum.as_ref().map_or(0, |sum| sum.start);
        if *WATCHER == Watcher::Lab && now() - began > 1_000_000_000 {
            self.finish();
        }
        result
    }

    /// Tells what was summed up.
    pub fn finish(&mut self) {
        if let Some(sum) = self.sum.take() {
            sum.over(&[], None);
        }
    }
}

/// Bytes as text, save for a character cut at their end; else a few in hex.
fn readable(head: &[u8]) -> String {
    let text = match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_some() => None,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).ok(),
        Ok(text) => Some(text),
    };
    match text.filter(|text| !text.contains(char::is_control)) {
        Some(text) => text.to_owned(),
        None => format!("{:02x?}", &head[..head.len().min(16)]),
    }
}

/// Nanoseconds since 1970, on a clock that never runs backwards.
fn now() -> u64 {
    static START: LazyLock<(Instant, Duration)> = LazyLock::new(|| {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        (Instant::now(), since_1970.unwrap_or_default())
    });
    let now = START.1 + START.0.elapsed();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}
