//! The lessons: the one list of them.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result};

use crate::lang::{tr, tr_with};

/// One side of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The program that connects, or asks.
    Client,
    /// The program that listens, or answers.
    Server,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Side::Client => "client",
            Side::Server => "server",
        })
    }
}

impl Side {
    /// What it is called in the language that is spoken.
    pub fn title(self) -> &'static str {
        match self {
            Side::Client => tr("client"),
            Side::Server => tr("server"),
        }
    }
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Side, String> {
        match text {
            "client" => Ok(Side::Client),
            "server" => Ok(Side::Server),
            _ => Err(tr("a side is server or client").into()),
        }
    }
}

/// A lesson of the course.
#[derive(Debug)]
pub struct Lesson {
    /// Two digits, with which its folder and its programs begin.
    pub number: &'static str,
    /// The Cargo package.
    pub package: &'static str,
    /// What one sees in it.
    pub title: &'static str,
    /// Whether its programs speak UDP.
    pub udp: bool,
}

/// All lessons, in order.
pub const LESSONS: [Lesson; 9] = [
    tcp("01", "tcp-basic", "TCP: connect, accept, and take turns"),
    udp("02", "udp-basic", "UDP: datagrams, and no connection"),
    udp("03", "udp-wrapper", "UDP: a socket that speaks text, in any encoding"),
    udp("04", "timesync", "UDP: ask for the time, and measure the clock"),
    tcp(
        "05",
        "sticky-packet-demo",
        "TCP: packets stick, because there are none",
    ),
    tcp(
        "06",
        "struct-framing",
        "TCP: say the length first, then send the file",
    ),
    tcp(
        "07",
        "hmac-auth",
        "TCP: prove that you have the key, without sending it",
    ),
    tcp("08", "threaded-server", "TCP: many clients at once"),
    tcp("09", "websocket", "WebSocket: TCP with messages, and a browser"),
];

const fn tcp(
    number: &'static str,
    package: &'static str,
    title: &'static str,
) -> Lesson {
    Lesson { number, package, title, udp: false }
}

const fn udp(
    number: &'static str,
    package: &'static str,
    title: &'static str,
) -> Lesson {
    Lesson { number, package, title, udp: true }
}

/// Finds a lesson by its number, with or without the leading zero.
///
/// # Errors
///
/// When there is no such lesson.
pub fn lesson(number: &str) -> Result<&'static Lesson> {
    let wanted: Option<u8> = number.parse().ok();
    LESSONS
        .iter()
        .find(|lesson| wanted.is_some() && lesson.number.parse().ok() == wanted)
        .with_context(|| {
            let known: Vec<&str> = LESSONS.iter().map(|l| l.number).collect();
            tr_with(
                "no lesson {number}; there are {known}",
                &[("number", &number), ("known", &known.join(tr(", ")))],
            )
        })
}

impl Lesson {
    /// The name of one side's program.
    pub fn program(&self, side: Side) -> String {
        format!("{}-{side}", self.number)
    }
}
