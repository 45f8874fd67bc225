//! The words of a row, the same in a terminal and in a picture.

use std::fmt::Display;
use std::time::Duration;

use programs::lang::{tr, tr_with};

use super::bytes::{show, show_hex, show_text};
use crate::timeline::event::{Bytes, Failure, Slice};
use crate::timeline::frames::{Part, is_http};
use crate::timeline::row::{NetworkRow, Row, RowKind};

/// A piece of a row's words, in the colour of a send if it belongs to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub text: String,
    pub send: Option<usize>,
}

/// The words of a row: what was done, which sends the bytes came from, which
/// of WebSocket's frames they are, and the bytes or the text it was done with,
/// which may be long.
pub struct Label {
    pub what: Vec<Span>,
    pub from: Vec<Span>,
    pub frames: Vec<Span>,
    pub with: Vec<Span>,
}

/// How a row's words are to be taken.
pub enum Tone {
    /// Something failed, or the network did it.
    Error,
    /// It is about what happens, and no call of its own.
    Quiet,
    Plain,
}

/// How a row's words are to be taken.
pub fn tone(kind: &RowKind) -> Tone {
    match kind {
        RowKind::Says(text) if text.starts_with("error:") => Tone::Error,
        RowKind::SendFails { .. }
        | RowKind::ReceiveFails { .. }
        | RowKind::SendEnds { error: Some(_), .. }
        | RowKind::Connects { error: Some(_), .. }
        | RowKind::Ends(_)
        | RowKind::Network(_) => Tone::Error,
        RowKind::Waits(_) | RowKind::Says(_) | RowKind::Skips(_) => Tone::Quiet,
        _ => Tone::Plain,
    }
}

/// The words of a row.
pub fn label(row: &Row) -> Label {
    let with = match &row.kind {
        RowKind::Sends { number, bytes, frames, .. } if bytes.len > 0 => {
            vec![coloured(content(bytes, frames), *number)]
        }
        RowKind::Receives { bytes, slices, frames, .. } if bytes.len > 0 => {
            let shown = by_slices(bytes, slices, frames);
            shown.unwrap_or_else(|| plain(content(bytes, frames)))
        }
        RowKind::Prints(text) => plain(show_text(text)),
        RowKind::Connects { error: Some(error), .. }
        | RowKind::Accepts { error: Some(error) }
        | RowKind::SendEnds { error: Some(error), .. } => {
            plain(show_text(&error.text))
        }
        RowKind::SendFails { error, lost }
        | RowKind::ReceiveFails { error, lost }
            if lost.is_empty() && !error.is_timeout() =>
        {
            plain(show_text(&error.text))
        }
        _ => Vec::new(),
    };
    let from = match &row.kind {
        RowKind::Receives { bytes, slices, udp, again, .. } => {
            from(bytes, slices, *udp, *again)
        }
        _ => Vec::new(),
    };
    let frames = match &row.kind {
        RowKind::Sends { bytes, frames, .. }
        | RowKind::Receives { bytes, frames, .. } => named(frames, bytes),
        _ => Vec::new(),
    };
    let mut what = what(row);
    if let Some(client) = row.client {
        what.insert(0, span(name_before(&client)));
    }
    Label { what, from, frames, with }
}

impl Label {
    /// The frames' names before the bytes, where they share lines.
    pub fn joined(mut self) -> Label {
        if let Some(last) = self.frames.last_mut() {
            last.text += " · ";
            self.with.splice(0..0, self.frames.drain(..));
        }
        self
    }
}

fn what(row: &Row) -> Vec<Span> {
    match &row.kind {
        RowKind::Waits(words) => plain(show_text(&waits(words))),
        RowKind::Connects { error: None, took } if *took > 0 => {
            let took = [("took", &time(*took) as &dyn Display)];
            plain(tr_with("connect, after {took}", &took))
        }
        RowKind::Connects { error, .. } => failing("connect", error.as_ref()),
        RowKind::Accepts { error } => failing("accept", error.as_ref()),
        RowKind::Sends { number, bytes, arrived, .. } => {
            vec![
                span(if *arrived { tr("arrived ") } else { "send " }),
                coloured(format!("#{number}"), *number),
                span(format!(" {}", amount(bytes))),
            ]
        }
        RowKind::Receives { bytes, .. } => {
            plain(format!("recv {}", amount(bytes)))
        }
        RowKind::SendEnds { number, bytes, error } => {
            let number = coloured(format!("#{number}"), *number);
            let took = time(bytes.took);
            let how = match error {
                Some(_) => tr_with(" fails after {took}:", &[("took", &took)]),
                None => tr_with(
                    " is out, {len} B, after {took}",
                    &[("len", &bytes.len), ("took", &took)],
                ),
            };
            vec![span("send "), number, span(how)]
        }
        RowKind::EndOfStream => plain(tr("end of stream")),
        RowKind::EndArrives => plain(tr("its end arrived")),
        RowKind::SendFails { error, lost } => fails("send", error, lost),
        RowKind::ReceiveFails { error, lost } => fails("recv", error, lost),
        RowKind::Shuts => plain(tr("shutdown: no more to send")),
        RowKind::Closes { unread: 0, .. } => plain("close"),
        RowKind::Closes { unread, .. } => {
            plain(tr_with("close, {unread} B unread", &[("unread", unread)]))
        }
        RowKind::Prints(_) => plain(tr("prints")),
        RowKind::Says(text) => plain(show_text(text)),
        RowKind::Ends(how) | RowKind::Skips(how) => plain(how),
        RowKind::Network(row) => network_row(row),
    }
}

fn network_row(row: &NetworkRow) -> Vec<Span> {
    match row {
        NetworkRow::Cuts { after } => {
            let words = "network: cuts the connection after {after} bytes";
            plain(tr_with(words, &[("after", after)]))
        }
        NetworkRow::Loses { len } => {
            let words = "network: loses a datagram of {len} B";
            plain(tr_with(words, &[("len", len)]))
        }
        NetworkRow::MeetsNobody { sends } => with_sends(tr("network:"), sends),
    }
}

fn from(bytes: &Bytes, slices: &[Slice], udp: bool, again: bool) -> Vec<Span> {
    let mut spans = Vec::new();
    for (place, slice) in slices.iter().enumerate() {
        if place > 0 && place + 1 < slices.len() && slices.len() > MAX_SLICES {
            if place == 1 {
                spans.push(span(" …"));
            }
            continue;
        }
        spans.push(span(if place == 0 { " = " } else { " " }));
        let Slice { send, range, .. } = slice;
        let which = if slice.is_whole() {
            format!("#{send}")
        } else if slice.of > 9999 || bytes.calls > 1 {
            let before = if range.start > 0 { "…" } else { "" };
            let after = if range.end < slice.of { "…" } else { "" };
            format!("{before}#{send}{after}")
        } else {
            format!("#{send}[{}..{}]", range.start, range.end)
        };
        spans.push(coloured(which, *send));
    }
    if again {
        spans.push(span(tr(" again")));
    }
    if let [slice] = slices
        && udp
        && !slice.is_whole()
    {
        let lost = slice.of - bytes.len;
        spans.push(span(tr_with(", {lost} B lost", &[("lost", &lost)])));
    }
    spans
}

/// Of more parts only the first and the last are named.
const MAX_SLICES: usize = 6;

/// A length.
fn amount(bytes: &Bytes) -> String {
    if bytes.calls > 1 && bytes.len > 999_999 {
        format!("{:.1} MiB", mebibytes(bytes))
    } else {
        format!("{} B", bytes.len)
    }
}

/// Less than this is shown in bytes.
const SMALL: u64 = 100_000;

fn mebibytes(bytes: &Bytes) -> f64 {
    bytes.len as f64 / f64::from(1 << 20)
}

/// The first bytes; of a long transfer the calls, the time and the rate.
fn content(bytes: &Bytes, frames: &[Part]) -> String {
    let Bytes { len, head, calls, took } = bytes;
    if *calls > 1 {
        let milliseconds = *took as f64 / 1e6;
        if *len < SMALL {
            let time = format!("{milliseconds:.0} ms");
            let words = "in {calls} calls, {time}";
            return tr_with(words, &[("calls", calls), ("time", &time)]);
        }
        let rate = mebibytes(bytes) * 1000.0 / milliseconds.max(0.001);
        let time = format!("{milliseconds:.1} ms, {rate:.1} MiB/s");
        let words = "in {calls} calls, {time}";
        return tr_with(words, &[("calls", calls), ("time", &time)]);
    }
    // Of a file's block a few bytes are enough.
    let shown = if *len > 4096 { &head[..head.len().min(8)] } else { head };
    show_of(frames)(shown, *len > shown.len() as u64)
}

/// How bytes are shown. Under a mask nothing is text, but by chance.
fn show_of(frames: &[Part]) -> fn(&[u8], bool) -> String {
    let is_masked = frames.iter().any(|part| part.frame.mask.is_some());
    if is_masked { show_hex } else { show }
}

/// A time that is given in nanoseconds.
pub fn time(nanos: u64) -> String {
    let time = Duration::from_nanos(nanos);
    if nanos < 10_000_000_000 {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

fn failing(call: &str, error: Option<&Failure>) -> Vec<Span> {
    match error {
        Some(_) => plain(tr_with("{call} fails:", &[("call", &call)])),
        None => plain(call),
    }
}

fn fails(call: &str, error: &Failure, lost: &[usize]) -> Vec<Span> {
    if error.is_timeout() {
        let after = Duration::from_millis(error.after / 1_000_000);
        return plain(tr_with(
            "{call}: nothing in {time}",
            &[("call", &call), ("time", &format_args!("{after:.1?}"))],
        ));
    }
    if lost.is_empty() {
        return plain(tr_with("{call} fails:", &[("call", &call)]));
    }
    with_sends(&tr_with("{call}: refused,", &[("call", &call)]), lost)
}

/// Sends that met nobody.
fn with_sends(first: &str, sends: &[usize]) -> Vec<Span> {
    let mut spans = plain(first);
    for send in sends {
        spans.push(span(" "));
        spans.push(coloured(format!("#{send}"), *send));
    }
    spans.push(span(tr(" met nobody")));
    spans
}

/// That a call waits, or that the program does something else meanwhile.
fn waits(words: &str) -> String {
    if let Some(call) = words.strip_suffix(" waits") {
        return tr_with("{call} waits", &[("call", &call)]);
    }
    let busy = words.strip_prefix("busy for ");
    match busy.and_then(|busy| busy.strip_suffix(", not reading")) {
        Some(time) => {
            tr_with("busy for {time}, not reading", &[("time", &time)])
        }
        None => words.to_owned(),
    }
}

/// A program's name before its words.
pub fn name_before(name: &dyn Display) -> String {
    tr_with("{name}: ", &[("name", name)])
}

/// What was received, each part in the colour of the send it came from; if
/// all of it is at hand, and text.
fn by_slices(
    bytes: &Bytes,
    slices: &[Slice],
    frames: &[Part],
) -> Option<Vec<Span>> {
    let Bytes { len, head, .. } = bytes;
    let lengths =
        slices.iter().map(|slice| slice.range.end - slice.range.start);
    if *len != head.len() as u64 || lengths.sum::<u64>() != *len {
        return None;
    }
    let mut rest = head.as_slice();
    let mut spans = Vec::new();
    for slice in slices {
        let length = slice.range.end - slice.range.start;
        let (bytes, after) = rest.split_at(usize::try_from(length).ok()?);
        spans.push(coloured(show_of(frames)(bytes, false), slice.send));
        rest = after;
    }
    Some(spans)
}

/// One piece that belongs to no send.
pub fn plain(text: impl Into<String>) -> Vec<Span> {
    vec![span(text)]
}

fn span(text: impl Into<String>) -> Span {
    Span { text: text.into(), send: None }
}

fn coloured(text: String, send: usize) -> Span {
    Span { text, send: Some(send) }
}

/// WebSocket's frames by their names.
fn named(parts: &[Part], bytes: &Bytes) -> Vec<Span> {
    let mut names: Vec<(String, usize)> = Vec::new();
    if !parts.is_empty() && is_http(&bytes.head) {
        // The frames came right behind the handshake.
        names.push(("HTTP".into(), 1));
    }
    for part in parts {
        let mut name = frame(part, parts.len() == 1);
        if !part.frame.fin {
            name = tr_with("{frame}, more follows", &[("frame", &name)]);
        }
        match names.last_mut() {
            Some((same, count)) if *same == name => *count += 1,
            _ => names.push((name, 1)),
        }
    }
    let more = names.len() > MAX_SLICES;
    names.truncate(MAX_SLICES);
    let names = names.into_iter().map(|(name, count)| match count {
        1 => name,
        _ => format!("{count} × {name}"),
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return Vec::new();
    }
    plain(names.join(", ") + if more { " …" } else { "" })
}

/// What a payload says: a close begins with a code, in two bytes.
fn said(opcode: u8, payload: &[u8]) -> String {
    match payload.split_first_chunk() {
        Some((code, [])) if opcode == 8 => {
            u16::from_be_bytes(*code).to_string()
        }
        Some((code, reason)) if opcode == 8 => {
            let code = u16::from_be_bytes(*code);
            format!("{code} {}", show(reason, false))
        }
        _ => show(payload, false),
    }
}

/// A frame's kind and the length of its payload, with dots where it began
/// before or goes on; of one that is masked and alone, what it says.
fn frame(part: &Part, alone: bool) -> String {
    let Part { frame, begins, ends, payload, .. } = part;
    let kind = match frame.opcode {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        _ => "pong",
    };
    let before = if *begins { "" } else { "…" };
    let after = if *ends { "" } else { "…" };
    let kind = if frame.compressed {
        tr_with("compressed {kind}", &[("kind", &kind)])
    } else {
        kind.into()
    };
    let name = format!("{before}{kind} {} B{after}", frame.payload);
    match (frame.mask, payload) {
        (Some(_), Some(payload)) if alone && !payload.is_empty() => {
            let payload = said(frame.opcode, payload);
            let words = "{frame} masked: {payload}";
            tr_with(words, &[("frame", &name), ("payload", &payload)])
        }
        (Some(_), _) => tr_with("{frame} masked", &[("frame", &name)]),
        (None, _) => name,
    }
}
