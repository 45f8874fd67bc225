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

/// A call under way.
pub(super) struct Call {
    op: &'static str,
    proto: &'static str,
    pub local: Option<SocketAddr>,
    pub peer: Option<SocketAddr>,
    start: u64,
}

impl Call {
    pub fn begin(
        op: &'static str,
        proto: &'static str,
        local: Option<SocketAddr>,
        peer: Option<SocketAddr>,
    ) -> Call {
        Call {
            op,
            proto,
            local,
            peer,
            start: now(),
        }
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
        let Call {
            op,
            proto,
            local,
            peer,
            start,
        } = *self;
        let kind = error.map(|error| format!("{:?}", error.kind()));
        let error = error.map(io::Error::to_string);
        let (len, head) = (bytes.len(), &bytes[..bytes.len().min(64)]);
        if *WATCHER == Watcher::Lab {
            let hex: String = head.iter().map(|b| format!("{b:02x}")).collect();
            let line = json!({
                "tap": 1, "op": op, "proto": proto, "local": local,
                "peer": peer, "start": start, "end": end, "len": len,
                "head": hex, "error": error, "kind": kind,
            });
            // One write a line keeps the lines of several threads whole.
            let line = format!("{line}\n");
            let _ = io::stderr().lock().write_all(line.as_bytes());
        } else if *WATCHER == Watcher::Terminal {
            let text = String::from_utf8_lossy(head);
            let whom = peer.map_or(String::new(), |p| format!(" {p}"));
            note(&match (op, error) {
                ("bind" | "print", _) => return,
                (_, Some(error)) => format!("· {op}: {error}"),
                _ if end.is_none() => format!("· {op} …"),
                ("send" | "recv" | "peek", _) => {
                    format!("· {op} {len} B: {text}")
                }
                _ => format!("· {op}{whom}"),
            });
        }
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
