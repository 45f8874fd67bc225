//! A program's lines: the tap's reports among its own words.

use std::net::SocketAddr;

use serde::Deserialize;

use crate::timeline::event::{Bytes, Failure, Link, Op};

/// One line that the tap wrote.
#[derive(Debug, Deserialize)]
pub struct Report {
    #[serde(rename = "tap")]
    _version: u8,
    pub op: String,
    proto: String,
    local: Option<SocketAddr>,
    peer: Option<SocketAddr>,
    pub start: u64,
    pub end: Option<u64>,
    #[serde(default = "one")]
    calls: u64,
    pub len: u64,
    head: String,
    error: Option<String>,
    #[serde(default)]
    kind: Option<String>,
}

fn one() -> u64 {
    1
}

/// Reads a line of stderr; `None` if it is the program's own words.
pub fn parse(line: &str) -> Option<Report> {
    let is_json = line.starts_with('{') && line.contains("\"tap\":1");
    is_json.then(|| serde_json::from_str(line).ok())?
}

impl Report {
    /// The event, with the time at which it counts: a call that brings
    /// something counts from its end, all others from their start.
    pub fn event(&self) -> Option<(u64, Op)> {
        let (link, error, bytes) = (self.link(), self.error(), self.bytes());
        let Some(end) = self.end else {
            let words = self.waiting()?;
            return Some((self.start, Op::Waits { words, link }));
        };
        Some(match self.op.as_str() {
            "bind" => (self.start, Op::Binds { link }),
            "connect" => (self.start, Op::Connects { link, error }),
            "accept" => (end, Op::Accepts { link, error }),
            // Many sends summed up count from the last: then all are reported.
            "send" if self.calls > 1 => (end, Op::Sends { link, bytes, error }),
            "send" => (self.start, Op::Sends { link, bytes, error }),
            "recv" => (end, Op::Receives { link, bytes, error }),
            // A peek takes nothing: only one that fails ends the waiting.
            "peek" => {
                error.as_ref()?;
                (end, Op::Receives { link, bytes, error })
            }
            "shutdown" => (self.start, Op::Shuts { link }),
            "close" => (self.start, Op::Closes { link }),
            _ => return None,
        })
    }

    /// Whether it was refused by a port where nobody listens.
    pub fn is_refusal(&self) -> bool {
        self.error().is_some_and(|error| error.is_refusal())
    }

    /// Whether the program waits, without limit, for a peer to come: in
    /// accept, or for a datagram from anybody.
    pub fn waits_for_peer(&self) -> bool {
        let for_datagram = self.proto == "udp" && self.peer.is_none();
        self.end.is_none() && (self.op == "accept" || for_datagram)
    }

    /// What the program waits in or is busy with, in words.
    fn waiting(&self) -> Option<String> {
        match self.op.as_str() {
            "accept" => Some("accept waits".into()),
            "recv" | "peek" => Some("recv waits".into()),
            "busy" => String::from_utf8(self.head()).ok(),
            _ => None,
        }
    }

    /// The first bytes of what was moved or printed.
    pub fn head(&self) -> Vec<u8> {
        let digit = |at: usize| self.head.get(at..at + 2);
        (0..self.head.len())
            .step_by(2)
            .filter_map(|at| u8::from_str_radix(digit(at)?, 16).ok())
            .collect()
    }

    fn bytes(&self) -> Bytes {
        Bytes {
            len: self.len,
            head: self.head(),
            calls: self.calls,
            took: self.end.unwrap_or(self.start) - self.start,
        }
    }

    fn link(&self) -> Link {
        let port = |end: Option<SocketAddr>| end.map_or(0, |end| end.port());
        Link {
            udp: self.proto == "udp",
            local: port(self.local),
            peer: port(self.peer),
        }
    }

    fn error(&self) -> Option<Failure> {
        Some(Failure {
            text: self.error.clone()?,
            kind: self.kind.clone().unwrap_or_default(),
            after: self.end.unwrap_or(self.start) - self.start,
        })
    }
}
