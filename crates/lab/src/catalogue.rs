//! The lessons: what they are called, what their programs accept, and what a
//! run of each is.

use std::fmt;

use anyhow::{Context, Result};

/// One side of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
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

/// A lesson of the course.
pub struct Lesson {
    /// Two digits, with which its folder and its programs begin.
    pub number: &'static str,
    /// The Cargo package.
    pub package: &'static str,
    /// What one sees in it.
    pub title: &'static str,
    pub udp: bool,
    pub knobs: &'static [Knob],
    pub plays: &'static [Play],
}

/// A flag of a lesson's programs that `lab run` passes on.
pub struct Knob {
    pub name: &'static str,
    /// What the flag's value is called, if it takes one.
    pub value: Option<&'static str>,
    pub sides: &'static [Side],
}

/// One run of a lesson's programs: what each side is given beside the
/// address and the knobs from the command line.
pub struct Play {
    pub title: &'static str,
    pub server: &'static [&'static str],
    pub clients: &'static [&'static [&'static str]],
}

const CLIENT: &[Side] = &[Side::Client];
const SERVER: &[Side] = &[Side::Server];
const BOTH: &[Side] = &[Side::Client, Side::Server];

const TIMEOUT: Knob = Knob {
    name: "--timeout",
    value: Some("TIME"),
    sides: BOTH,
};
const MESSAGE: Knob = Knob {
    name: "--message",
    value: Some("TEXT"),
    sides: CLIENT,
};

/// Both sides once, as the article has them.
const ONCE: &[Play] = &[Play {
    title: "",
    server: &[],
    clients: &[&[]],
}];

/// All lessons, in order.
pub const LESSONS: &[Lesson] = &[
    Lesson {
        number: "01",
        package: "tcp-basic",
        title: "TCP: connect, accept, and take turns",
        udp: false,
        knobs: &[
            MESSAGE,
            Knob {
                name: "--receive-first",
                value: None,
                sides: CLIENT,
            },
            TIMEOUT,
        ],
        plays: ONCE,
    },
    Lesson {
        number: "02",
        package: "udp-basic",
        title: "UDP: datagrams, and no connection",
        udp: true,
        knobs: &[
            MESSAGE,
            Knob {
                name: "--buffer",
                value: Some("N"),
                sides: SERVER,
            },
            TIMEOUT,
        ],
        plays: ONCE,
    },
    Lesson {
        number: "03",
        package: "udp-wrapper",
        title: "UDP: a socket that speaks text, in any encoding",
        udp: true,
        knobs: &[
            MESSAGE,
            Knob {
                name: "--encoding",
                value: Some("NAME"),
                sides: BOTH,
            },
            Knob {
                name: "--buffer",
                value: Some("N"),
                sides: SERVER,
            },
            TIMEOUT,
        ],
        plays: ONCE,
    },
];

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
            format!("no lesson {number}; there are {}", known.join(", "))
        })
}

impl Lesson {
    /// The name of one side's program.
    pub fn program(&self, side: Side) -> String {
        match side {
            Side::Client => format!("{}-client", self.number),
            Side::Server => format!("{}-server", self.number),
        }
    }

    /// Finds a knob by its flag.
    pub fn knob(&self, name: &str) -> Option<&'static Knob> {
        self.knobs.iter().find(|knob| knob.name == name)
    }
}
