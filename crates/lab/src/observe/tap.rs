//! The tap's lines: what the course's programs and Python's tap report.

use std::collections::HashMap;
use std::net::SocketAddr;

use tinyjson::JsonValue;

use crate::timeline::event::{Bytes, Event, Failure, Link, Op};

use super::Report;

/// No time that is further from now than a day makes sense, and no length or
/// number of calls that is above this: in nanoseconds, and in bytes.
const DAY: u64 = 86_400_000_000_000;
const MOST: u64 = 1 << 50;

/// More brackets than any report has: what is nested without end must not be
/// read without end.
const BRACKETS: usize = 100;

/// Reads one line; `None` if it makes no sense.
pub fn parse(line: &str, now: u64) -> Option<Report> {
    let brackets = line.bytes().filter(|byte| b"[{".contains(byte)).count();
    if brackets > BRACKETS {
        return None;
    }
    let json: JsonValue = line.parse().ok()?;
    let fields: &HashMap<String, JsonValue> = json.get()?;
    let text = |name: &str| -> Option<&String> { fields.get(name)?.get() };
    let address = |name| -> Option<SocketAddr> { text(name)?.parse().ok() };
    // A float holds these exactly, but for nanoseconds since 1970.
    let count = |name| whole(fields.get(name)?);
    let op = text("op")?.as_str();
    match op {
        "loaded" => return Some(Report::Loaded),
        "stopped" => return Some(Report::Stopped),
        _ => {}
    }
    let began = nanos(line, "start")?;
    if op == "undo" {
        return Some(Report::Undo { began });
    }
    let ended = nanos(line, "end");
    let sane = |time: u64| time.abs_diff(now) < DAY;
    if !sane(began) || ended.is_some_and(|end| !sane(end) || end < began) {
        return None;
    }
    let (calls, len) = (count("calls")?, count("len")?);
    let head = unhex(text("head")?)?;
    let took = ended.map_or(0, |ended| ended - began);
    let error = text("error").map(|error| Failure {
        text: error.clone(),
        kind: text("kind").cloned().unwrap_or_default(),
        after: took,
    });
    let words = String::from_utf8_lossy(&head).into_owned();
    let op = match op {
        "bind" => Op::Binds,
        "connect" => Op::Connects,
        "accept" => Op::Accepts,
        "send" => Op::Sends,
        "recv" => Op::Receives,
        "peek" => Op::Peeks,
        "shutdown" => Op::Shuts,
        "close" => Op::Closes,
        "busy" => Op::Busy(words),
        "print" | "log" => {
            let stdout = op == "print";
            return Some(Report::Line { stdout, at: began, len, head });
        }
        _ => return None,
    };
    let link = match text("proto")?.as_str() {
        proto @ ("tcp" | "udp") => {
            let (local, peer) = (address("local"), address("peer"));
            Some(Link::new(proto == "udp", local, peer))
        }
        _ => None,
    };
    let bytes = Bytes { len, head, calls, took };
    Some(Report::event(Event { began, ended, lane: 0, op, link, bytes, error }))
}

fn whole(value: &JsonValue) -> Option<u64> {
    let number: f64 = *value.get()?;
    let whole = number >= 0.0 && number < MOST as f64;
    #[expect(clippy::cast_possible_truncation, reason = "it was looked at")]
    #[expect(clippy::cast_sign_loss, reason = "it was looked at")]
    whole.then_some(number as u64)
}

/// A time, read from the line itself: JSON's numbers are floats here, and
/// those are too coarse for nanoseconds since 1970.
fn nanos(line: &str, name: &str) -> Option<u64> {
    let (_, rest) = line.split_once(&format!("\"{name}\":"))?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..end].parse().ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() > 4096 {
        return None;
    }
    let pairs = (0..text.len() / 2).map(|at| &text[at * 2..at * 2 + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_656_999_154_108_123;

    fn line(start: u64, end: &str, len: &str) -> String {
        format!(
            "{{\"tap\":2,\"op\":\"recv\",\"proto\":\"tcp\",\
             \"local\":\"127.0.0.1:80\",\"peer\":\"[::1]:5000\",\
             \"start\":{start},\"end\":{end},\"calls\":1,\"len\":{len},\
             \"head\":\"6f6e65\",\"error\":null,\"kind\":null}}"
        )
    }

    #[test]
    fn a_call_is_read_to_the_nanosecond() {
        let line = line(NOW - 1, &NOW.to_string(), "3");
        let Some(Report::Event(event)) = parse(&line, NOW) else { panic!() };
        assert_eq!((event.began, event.ended), (NOW - 1, Some(NOW)));
        assert_eq!((event.bytes.len, &event.bytes.head[..]), (3, &b"one"[..]));
        assert_eq!(event.op, Op::Receives);
    }

    #[test]
    fn what_makes_no_sense_is_no_call() {
        let now = NOW.to_string();
        for odd in [
            line(NOW, &(NOW - 1).to_string(), "3"),
            line(1, &now, "3"),
            line(NOW, &now, "-1"),
            line(NOW, &now, "1e300"),
            line(NOW, &now, "\"3\""),
            line(NOW, "99999999999999999999999", "3").replace("null", "{"),
            "{\"tap\":2}".into(),
            "not JSON".into(),
            "[".repeat(2000),
        ] {
            assert!(parse(&odd, NOW).is_none(), "{odd}");
        }
    }
}
