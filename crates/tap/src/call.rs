//! One call reported: in words on a terminal, in JSON to `lab`.
//!
//! ```json
//! {"tap":2,"op":"recv","proto":"tcp","local":"127.0.0.1:9789",
//!  "peer":"127.0.0.1:40000","start":1,"end":2,"calls":1,"len":9,
//!  "head":"6f6e65","error":null,"kind":null}
//! ```
//!
//! Times are nanoseconds since 1970; `end` is null while the call lasts.
//! `head` is the first 64 bytes in hex, `kind` std's `ErrorKind`, and `calls`
//! is above 1 where a long transfer is summed up.

use std::io::{self, ErrorKind, IsTerminal, Result, Write};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::escape::escape;
use crate::file::write_line;

/// Reports that a line went to stdout, to `lab`: a terminal shows it anyway.
pub fn printed(line: &str) {
    if *WATCHER == Watcher::Lab {
        Call::begin("print", "", || (None, None)).end(line.as_bytes(), None);
    }
}

/// Reports a line that goes to stderr, to `lab`: so it keeps its place among
/// the calls.
pub fn logged(line: &str) {
    if *WATCHER == Watcher::Lab {
        Call::begin("log", "", || (None, None)).end(line.as_bytes(), None);
    }
}

/// Is busy with something else than the socket for some time, and reports it.
pub fn busy(time: Duration) {
    if time.is_zero() {
        return;
    }
    let words = format!("busy for {time:?}, not reading");
    if *WATCHER == Watcher::Lab {
        let call = Call::begin("busy", "", || (None, None));
        call.report(None, words.as_bytes(), None);
    } else {
        print_line(&words);
    }
    thread::sleep(time);
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

/// Whether anybody watches.
pub(crate) fn watched() -> bool {
    *WATCHER != Watcher::Nobody
}

/// Whether it is `lab` that watches.
pub(crate) fn watched_by_lab() -> bool {
    *WATCHER == Watcher::Lab
}

/// The two ends of a socket, as far as they are known: local, peer.
pub(crate) type Ends = (Option<SocketAddr>, Option<SocketAddr>);

/// A call under way, or the sum of several. Without a watcher it is empty.
pub(crate) struct Call(Option<Watched>);

struct Watched {
    op: &'static str,
    proto: &'static str,
    ends: Ends,
    start: u64,
    calls: u64,
    len: usize,
}

impl Call {
    /// Begins a call. `ends` is asked only when somebody watches.
    pub fn begin(
        op: &'static str,
        proto: &'static str,
        ends: impl FnOnce() -> Ends,
    ) -> Call {
        Call(watched().then(|| {
            let (calls, len) = (1, 0);
            Watched { op, proto, ends: ends(), start: now(), calls, len }
        }))
    }

    /// Reports already now a call that may wait, so that the wait is seen.
    pub fn waits(self) -> Call {
        self.report(None, &[], None);
        self
    }

    /// As [`Call::waits`], for a call whose waiting is `lab`'s to draw. What
    /// it is about to send is known by now.
    pub fn begins(self, bytes: &[u8]) -> Call {
        if watched_by_lab() {
            self.report(None, bytes, None);
        }
        self
    }

    /// Learns the ends of a socket that did not exist before the call.
    pub fn set_ends(&mut self, ends: impl FnOnce() -> Ends) {
        if let Some(call) = &mut self.0 {
            call.ends = ends();
        }
    }

    /// Reports how the call ended, and passes its result on.
    pub fn finish<'a, T>(
        self,
        result: Result<T>,
        bytes: impl FnOnce(&T) -> &'a [u8],
    ) -> Result<T> {
        match &result {
            Ok(value) => self.end(bytes(value), None),
            Err(error) => self.end(&[], Some(error)),
        }
        result
    }

    /// Reports that the call has ended.
    pub fn end(&self, bytes: &[u8], error: Option<&io::Error>) {
        if self.0.is_some() {
            self.report(Some(now()), bytes, error);
        }
    }

    /// Adds a later call of the same kind to this one.
    pub fn add(&mut self, length: usize) {
        if let Some(call) = &mut self.0 {
            call.calls += 1;
            call.len += length;
        }
    }

    /// The same call as the first of a sum.
    pub fn with_length(mut self, length: usize) -> Call {
        if let Some(call) = &mut self.0 {
            call.len = length;
        }
        self
    }

    /// What kind of call it is.
    pub fn op(&self) -> &'static str {
        self.0.as_ref().map_or("", |call| call.op)
    }

    /// How long ago it began.
    pub fn age(&self) -> Duration {
        let start = self.0.as_ref().map_or(u64::MAX, |call| call.start);
        Duration::from_nanos(now().saturating_sub(start))
    }

    fn report(
        &self,
        end: Option<u64>,
        bytes: &[u8],
        error: Option<&io::Error>,
    ) {
        let Some(call) = &self.0 else {
            return;
        };
        if watched_by_lab() {
            call.write_json(end, bytes, error);
        } else {
            call.write_words(end, bytes, error);
        }
    }
}

impl Watched {
    fn write_json(
        &self,
        end: Option<u64>,
        bytes: &[u8],
        error: Option<&io::Error>,
    ) {
        let Watched { op, proto, ends: (local, peer), start, calls, .. } = self;
        let [local, peer] =
            [local, peer].map(|end| or_null(end.map(|a| format!("\"{a}\""))));
        let end = or_null(end);
        let len = self.len + bytes.len();
        let head = head_of(bytes).iter().map(|byte| format!("{byte:02x}"));
        let head: String = head.collect();
        let kind = or_null(error.map(|e| format!("\"{:?}\"", e.kind())));
        let error = or_null(error.map(|e| json_text(&e.to_string())));
        write_line(&format!(
            "{{\"tap\":2,\"op\":\"{op}\",\"proto\":\"{proto}\",\
             \"local\":{local},\"peer\":{peer},\"start\":{start},\
             \"end\":{end},\"calls\":{calls},\"len\":{len},\
             \"head\":\"{head}\",\"error\":{error},\"kind\":{kind}}}"
        ));
    }

    fn write_words(
        &self,
        end: Option<u64>,
        bytes: &[u8],
        error: Option<&io::Error>,
    ) {
        let Watched { op, proto, ends: (_, peer), calls, .. } = self;
        let len = self.len + bytes.len();
        let peer = peer.map_or(String::new(), |peer| match *op {
            "recv" | "peek" | "accept" => format!(" from {peer}"),
            _ => format!(" to {peer}"),
        });
        let text = readable(head_of(bytes));
        print_line(&match (*op, error) {
            // The ready line says it.
            ("bind", None) => return,
            (_, Some(error)) => {
                format!("· {op}{peer}: {}", explain(error, proto))
            }
            ("peek", _) if end.is_none() => {
                "· peek … (waits, and leaves the datagram there)".to_owned()
            }
            _ if end.is_none() => format!("· {op}{peer} …"),
            _ if *calls > 1 => {
                format!("· {op} {len} B in {calls} calls{peer}")
            }
            ("recv", _) if len == 0 && *proto == "tcp" => {
                format!("· recv 0 B{peer}: the end of the stream")
            }
            ("send" | "recv" | "peek", _) => {
                format!("· {op} {len} B{peer}: {text}")
            }
            _ => format!("· {op}{peer}"),
        });
    }
}

/// The first bytes, of which a report shows no more.
fn head_of(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(64)]
}

fn or_null(value: Option<impl ToString>) -> String {
    value.map_or("null".into(), |value| value.to_string())
}

/// A text in JSON's quotes (RFC 8259, section 7).
fn json_text(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\0'..='\x1f' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => quoted.push(c),
        }
    }
    quoted + "\""
}

/// The system's words for an error, and what they mean where that is hard to
/// guess.
fn explain(error: &io::Error, proto: &str) -> String {
    match error.kind() {
        // Unix says "Resource temporarily unavailable".
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            "nothing within the timeout".into()
        }
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
            if proto == "udp" =>
        {
            format!("{error}: an ICMP message said that nobody listens there")
        }
        _ => error.to_string(),
    }
}

/// Bytes as text, without a character cut at their end; else a few in hex.
fn readable(head: &[u8]) -> String {
    let text = match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_some() => None,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).ok(),
        Ok(text) => Some(text),
    };
    match text.filter(|text| escape(text) == **text) {
        Some(text) => text.to_owned(),
        None => format!("{:02x?}", &head[..head.len().min(16)]),
    }
}

/// One write per line keeps the lines of several threads whole. Where nobody
/// can read stderr any more, nobody is left to tell.
fn print_line(line: &str) {
    let line = format!("{line}\n");
    let _ = io::stderr().lock().write_all(line.as_bytes());
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
