//! The words of a row, the same in a terminal and in a picture.

use std::time::Duration;

use unicode_truncate::UnicodeTruncateStr;

use super::bytes::{show, show_text};
use super::event::{Bytes, Failure, Part};
use super::row::{Kind, Row};

/// A piece of a row's words, in the colour of a send if it belongs to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub text: String,
    pub send: Option<usize>,
}

/// The words of a row: what was done, and the bytes or text it was done
/// with, which may be long.
pub struct Label {
    pub what: Vec<Span>,
    pub with: Option<Span>,
}

/// The words of a row.
pub fn label(row: &Row) -> Label {
    let with = match &row.kind {
        Kind::Sends { number, bytes, .. } if bytes.len > 0 => {
            Some(coloured(content(bytes), *number))
        }
        Kind::Receives { bytes, .. } if bytes.len > 0 => {
            Some(span(content(bytes)))
        }
        Kind::Prints(text) => Some(span(show_text(text))),
        Kind::Connects { error: Some(error) }
        | Kind::Accepts { error: Some(error) } => Some(span(&error.text)),
        Kind::SendFails { error, lost }
        | Kind::ReceiveFails { error, lost }
            if lost.is_empty() && !error.is_timeout() =>
        {
            Some(span(&error.text))
        }
        _ => None,
    };
    Label {
        what: what(row),
        with,
    }
}

fn what(row: &Row) -> Vec<Span> {
    match &row.kind {
        Kind::Waits { call } => plain(format!("{call} waits")),
        Kind::Connects { error } => failing("connect", error.as_ref()),
        Kind::Accepts { error } => failing("accept", error.as_ref()),
        Kind::Sends { number, bytes, .. } => {
            vec![
                span("send "),
                coloured(format!("#{number}"), *number),
                span(format!(" {}", amount(bytes))),
            ]
        }
        Kind::Receives {
            bytes, parts, udp, ..
        } => receives(bytes, parts, *udp),
        Kind::EndOfStream => plain("end of stream"),
        Kind::SendFails { error, lost } => fails("send", error, lost),
        Kind::ReceiveFails { error, lost } => fails("recv", error, lost),
        Kind::Shuts => plain("shutdown: no more to send"),
        Kind::Closes { unread: 0, .. } => plain("close"),
        Kind::Closes { unread, .. } => {
            plain(format!("close, {unread} B unread"))
        }
        Kind::Prints(_) => plain("prints"),
        Kind::Says(text) => plain(show_text(text)),
        Kind::Ends(how) => plain(how),
    }
}

fn receives(bytes: &Bytes, parts: &[Part], udp: bool) -> Vec<Span> {
    let mut spans = plain(format!("recv {}", amount(bytes)));
    for (place, part) in parts.iter().enumerate() {
        spans.push(span(if place == 0 { " = " } else { " " }));
        let Part { send, range, .. } = part;
        let which = match part.is_whole() {
            true => format!("#{send}"),
            false => format!("#{send}[{}..{}]", range.start, range.end),
        };
        spans.push(coloured(which, *send));
    }
    if let [part] = parts
        && udp
        && !part.is_whole()
    {
        spans.push(span(format!(", {} B lost", part.of - bytes.len)));
    }
    spans
}

/// A length, and the number of calls it took if they were summed up.
fn amount(bytes: &Bytes) -> String {
    match bytes.calls {
        0 | 1 => format!("{} B", bytes.len),
        calls => format!("{} B in {calls} calls", bytes.len),
    }
}

fn content(bytes: &Bytes) -> String {
    show(&bytes.head, bytes.len > bytes.head.len() as u64)
}

fn failing(call: &str, error: Option<&Failure>) -> Vec<Span> {
    match error {
        Some(_) => plain(format!("{call} fails:")),
        None => plain(call),
    }
}

fn fails(call: &str, error: &Failure, lost: &[usize]) -> Vec<Span> {
    if error.is_timeout() {
        let after = Duration::from_millis(error.after / 1_000_000);
        return plain(format!("{call}: nothing in {after:.1?}"));
    }
    if lost.is_empty() {
        return plain(format!("{call} fails:"));
    }
    let mut spans = plain(format!("{call}: refused,"));
    for send in lost {
        spans.push(span(" "));
        spans.push(coloured(format!("#{send}"), *send));
    }
    spans.push(span(" met nobody"));
    spans
}

/// Breaks a long text into so many lines of so many columns, at spaces where
/// it can.
pub fn wrap(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && lines.len() < most {
        let (mut line, _) = rest.unicode_truncate(columns - 1);
        if line.len() < rest.len()
            && let Some(space) = line.rfind(' ').filter(|space| *space > 0)
        {
            line = &line[..space];
        }
        rest = rest[line.len()..].trim_start();
        lines.push(line.into());
    }
    if let Some(last) = lines.last_mut()
        && !rest.is_empty()
    {
        last.push('…');
    }
    lines
}

fn plain(text: impl Into<String>) -> Vec<Span> {
    vec![span(text)]
}

fn span(text: impl Into<String>) -> Span {
    Span {
        text: text.into(),
        send: None,
    }
}

fn coloured(text: String, send: usize) -> Span {
    Span {
        text,
        send: Some(send),
    }
}
