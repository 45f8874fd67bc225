//! What a questions file says of a run's rows: a place in them, and a fact
//! that is computed from them.

use std::str::FromStr;

use crate::timeline::row::{Row, RowKind};

/// A run's rows; the server has the last of its lanes.
pub struct Rows<'a> {
    pub rows: &'a [Row],
    pub lanes: usize,
}

/// One row: the n-th of a call that a program makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    program: Program,
    call: Call,
    nth: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Program {
    /// By its number, from 1.
    Client(usize),
    Server,
}

/// A call, or something else that is a row. The calls for datagrams have
/// names of their own, as they have in C.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Connect,
    Accept,
    Send,
    SendTo,
    Recv,
    RecvFrom,
    End,
    Close,
    Print,
    Busy,
}

const CALLS: [(&str, Call); 10] = [
    ("connect", Call::Connect),
    ("accept", Call::Accept),
    ("send", Call::Send),
    ("sendto", Call::SendTo),
    ("recv", Call::Recv),
    ("recvfrom", Call::RecvFrom),
    ("end", Call::End),
    ("close", Call::Close),
    ("print", Call::Print),
    ("busy", Call::Busy),
];

/// What is computed from a run.
#[derive(Debug, PartialEq)]
pub enum Fact {
    /// How often the program makes the call.
    Count(Place),
    /// How many bytes the call moves.
    Bytes(Place),
    /// How long the n-th message's frame is that the calls move, its header
    /// and all.
    Frame(Place),
    /// Which client is at the other end.
    Peer(Place),
    /// Whether the first happens before the second: `yes` or `no`.
    Sooner(Place, Place),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Place, String> {
        let wrong = || {
            let calls: Vec<&str> =
                CALLS.iter().map(|(name, _)| *name).collect();
            format!(
                "{text:?} names no row: write client or server, a call, and \
                 which of them, as in \"client 2 recv 3\"; the calls are {}",
                calls.join(", ")
            )
        };
        let mut words = text.split(' ').peekable();
        let number = |words: &mut std::iter::Peekable<_>| {
            let number = words.peek().and_then(|word: &&str| word.parse().ok());
            number.inspect(|_: &usize| {
                words.next();
            })
        };
        let program = match words.next() {
            Some("client") => Program::Client(number(&mut words).unwrap_or(1)),
            Some("server") => Program::Server,
            _ => return Err(wrong()),
        };
        let name = words.next().ok_or_else(wrong)?;
        let call = CALLS.iter().find(|(known, _)| *known == name);
        let (_, call) = *call.ok_or_else(wrong)?;
        let nth = number(&mut words).unwrap_or(1);
        if nth == 0 || words.next().is_some() {
            return Err(wrong());
        }
        Ok(Place { program, call, nth })
    }
}

impl Call {
    fn is(self, kind: &RowKind) -> bool {
        match kind {
            RowKind::Connects { error: None, .. } => self == Call::Connect,
            RowKind::Accepts { error: None } => self == Call::Accept,
            RowKind::Sends { udp: false, .. } => self == Call::Send,
            RowKind::Sends { udp: true, .. } => self == Call::SendTo,
            RowKind::Receives { udp: false, .. } => self == Call::Recv,
            RowKind::Receives { udp: true, .. } => self == Call::RecvFrom,
            RowKind::EndOfStream => self == Call::End,
            RowKind::Closes { .. } => self == Call::Close,
            RowKind::Prints(_) => self == Call::Print,
            RowKind::Waits(words) => {
                self == Call::Busy && words.starts_with("busy")
            }
            _ => false,
        }
    }
}

impl Rows<'_> {
    /// Where the row stands, if the run has it.
    pub fn find(&self, place: &Place) -> Option<usize> {
        let mut same =
            (0..self.rows.len()).filter(|at| self.is(&self.rows[*at], place));
        same.nth(place.nth - 1)
    }

    fn row(&self, place: &Place) -> Option<&Row> {
        self.rows.get(self.find(place)?)
    }

    fn is(&self, row: &Row, place: &Place) -> bool {
        let program = if row.lane + 1 == self.lanes {
            Program::Server
        } else {
            Program::Client(row.client.unwrap_or(row.lane + 1))
        };
        program == place.program && place.call.is(&row.kind)
    }
}

impl Fact {
    /// Its value in a run, unless the run does not tell.
    pub fn value(&self, rows: &Rows) -> Option<String> {
        match self {
            Fact::Count(place) => count(rows, place).map(|n| n.to_string()),
            Fact::Bytes(place) => match &rows.row(place)?.kind {
                RowKind::Sends { bytes, .. }
                | RowKind::Receives { bytes, .. } => {
                    Some(bytes.len.to_string())
                }
                _ => None,
            },
            Fact::Frame(place) => frame(rows, place).map(|n| n.to_string()),
            Fact::Peer(place) => {
                let row = rows.row(place)?;
                let peer = row.client.or(row.peer.map(|peer| peer + 1));
                peer.map(|number| number.to_string())
            }
            Fact::Sooner(first, second) => {
                let first = rows.find(first)?;
                let second = rows.find(second);
                let is_sooner = second.is_none_or(|second| first < second);
                Some(if is_sooner { "yes" } else { "no" }.into())
            }
        }
    }
}

/// How many such calls there were; nobody can tell where rows were left out.
fn count(rows: &Rows, place: &Place) -> Option<u64> {
    let mut count = 0;
    for row in rows.rows {
        match &row.kind {
            RowKind::Skips(_) => return None,
            _ if !rows.is(row, place) => {}
            RowKind::Sends { bytes, .. } | RowKind::Receives { bytes, .. } => {
                count += bytes.calls.max(1);
            }
            _ => count += 1,
        }
    }
    Some(count)
}

/// The length of a frame with a text or with bytes, by which of the program's
/// frames it is.
fn frame(rows: &Rows, place: &Place) -> Option<u64> {
    let calls = rows.rows.iter().filter(|row| rows.is(row, place));
    let parts = calls.flat_map(|row| match &row.kind {
        RowKind::Sends { frames, .. } | RowKind::Receives { frames, .. } => {
            &frames[..]
        }
        _ => &[],
    });
    let mut messages = parts.filter(|part| part.begins && part.is_message());
    let frame = messages.nth(place.nth - 1)?.frame;
    Some(frame.header + frame.payload)
}
