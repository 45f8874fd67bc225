//! The lessons: what they are called, what their programs accept, and what a
//! run of each is.

use std::fmt;

use anyhow::{Context, Result};

/// One side of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
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
    /// Its server serves until it is ended.
    pub lives_on: bool,
    pub knobs: &'static [Knob],
    /// A run without knobs is all of these, one after the other.
    pub scenarios: &'static [Scenario],
}

/// A flag of a lesson's programs that `lab run` passes on.
pub struct Knob {
    pub name: &'static str,
    /// What the flag's value is called, if it takes one.
    pub value: Option<&'static str>,
    pub sides: &'static [Side],
}

/// One run of a lesson's programs: what each side is given beside the
/// address and the knobs from the command line. A knob from there takes the
/// place of the same one here.
pub struct Scenario {
    pub title: &'static str,
    pub server: &'static [&'static str],
    /// A client each.
    pub clients: &'static [&'static [&'static str]],
}

const CLIENT: &[Side] = &[Side::Client];
const SERVER: &[Side] = &[Side::Server];
const BOTH: &[Side] = &[Side::Client, Side::Server];

/// Both sides once, as the article has them.
const ONCE: &[Scenario] =
    &[Scenario { title: "", server: &[], clients: &[&[]] }];

const TIMEOUT: Knob = knob("--timeout", "TIME", BOTH);
const MESSAGE: Knob = knob("--message", "TEXT", CLIENT);
const BUFFER: Knob = knob("--buffer", "N", SERVER);

/// All lessons, in order.
pub const LESSONS: &[Lesson] = &[
    Lesson {
        number: "01",
        package: "tcp-basic",
        title: "TCP: connect, accept, and take turns",
        udp: false,
        lives_on: false,
        knobs: &[MESSAGE, flag("--receive-first", CLIENT), TIMEOUT],
        scenarios: ONCE,
    },
    Lesson {
        number: "02",
        package: "udp-basic",
        title: "UDP: datagrams, and no connection",
        udp: true,
        lives_on: false,
        knobs: &[MESSAGE, BUFFER, TIMEOUT],
        scenarios: ONCE,
    },
    Lesson {
        number: "03",
        package: "udp-wrapper",
        title: "UDP: a socket that speaks text, in any encoding",
        udp: true,
        lives_on: false,
        knobs: &[MESSAGE, knob("--encoding", "NAME", BOTH), BUFFER, TIMEOUT],
        scenarios: ONCE,
    },
    Lesson {
        number: "04",
        package: "timesync",
        title: "UDP: ask for the time, and measure the clock",
        udp: true,
        lives_on: true,
        knobs: &[
            knob("--format", "FORMAT", CLIENT),
            knob("--count", "N", CLIENT),
            knob("--interval", "TIME", CLIENT),
            flag("--measure", CLIENT),
            knob("--skew", "TIME", SERVER),
            TIMEOUT,
        ],
        scenarios: &[Scenario {
            title: "",
            server: &[],
            clients: &[&["--count", "3"]],
        }],
    },
    Lesson {
        number: "05",
        package: "sticky-packet-demo",
        title: "TCP: packets stick, because there are none",
        udp: false,
        lives_on: false,
        knobs: &[
            knob("--demo", "merge|split|udp|nagle", BOTH),
            knob("--busy", "TIME", BOTH),
            knob("--buffer", "N", BOTH),
            knob("--gap", "TIME", BOTH),
            flag("--nodelay", BOTH),
            TIMEOUT,
        ],
        scenarios: &[
            Scenario {
                title: "merge",
                server: &["--demo", "merge"],
                clients: &[&["--demo", "merge"]],
            },
            Scenario {
                title: "split",
                server: &["--demo", "split"],
                clients: &[&["--demo", "split"]],
            },
        ],
    },
    Lesson {
        number: "06",
        package: "struct-framing",
        title: "TCP: say the length first, then send the file",
        udp: false,
        lives_on: true,
        knobs: &[
            knob("--file", "FILE", SERVER),
            knob("--output", "FILE", CLIENT),
            flag("--force", CLIENT),
            knob("--block", "BYTES", BOTH),
            knob("--busy", "TIME", CLIENT),
            flag("--big-endian", CLIENT),
            TIMEOUT,
        ],
        scenarios: ONCE,
    },
    Lesson {
        number: "07",
        package: "hmac-auth",
        title: "TCP: prove that you have the key, without sending it",
        udp: false,
        lives_on: true,
        knobs: &[
            knob("--key", "TEXT", BOTH),
            knob("--digest", "md5|sha256", BOTH),
            knob("--replay", "HEX", CLIENT),
            knob("--fixed-challenge", "HEX", SERVER),
            TIMEOUT,
        ],
        scenarios: &[
            Scenario { title: "the right key", server: &[], clients: &[&[]] },
            Scenario {
                title: "a wrong key",
                server: &[],
                clients: &[&["--key", "guessed"]],
            },
        ],
    },
    Lesson {
        number: "08",
        package: "threaded-server",
        title: "TCP: many clients at once",
        udp: false,
        lives_on: true,
        knobs: &[
            MESSAGE,
            knob("--think", "TIME", CLIENT),
            knob("--max-clients", "N", SERVER),
            knob("--backlog", "N", SERVER),
            flag("--no-reuse", SERVER),
            knob("--idle", "TIME", SERVER),
            TIMEOUT,
        ],
        scenarios: &[
            Scenario {
                title: "a thread per client",
                server: &[],
                clients: THREE,
            },
            Scenario {
                title: "one client at a time, as lesson 01 serves",
                server: &["--max-clients", "1"],
                clients: THREE,
            },
        ],
    },
];

/// The first of three clients is slow.
const THREE: &[&[&str]] = &[
    &["--message", "slow", "--think", "500ms"],
    &["--message", "quick"],
    &["--message", "quick too"],
];

const fn knob(
    name: &'static str,
    value: &'static str,
    sides: &'static [Side],
) -> Knob {
    Knob { name, value: Some(value), sides }
}

const fn flag(name: &'static str, sides: &'static [Side]) -> Knob {
    Knob { name, value: None, sides }
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
