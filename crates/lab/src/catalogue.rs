//! The lessons: what they are called, what their programs accept, and what a
//! run of each is.

use std::ops::Deref;

use anyhow::{Context, Result};
pub use programs::Side;

/// A lesson, as `lab run` knows it.
pub struct Lesson {
    base: &'static programs::Lesson,
    /// Its server serves until it is ended.
    pub lives_on: bool,
    pub knobs: &'static [Knob],
    /// A run without knobs is all of these, one after the other.
    pub scenarios: &'static [Scenario],
}

impl Deref for Lesson {
    type Target = programs::Lesson;
    fn deref(&self) -> &programs::Lesson {
        self.base
    }
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
        base: &programs::LESSONS[0],
        lives_on: false,
        knobs: &[MESSAGE, flag("--receive-first", CLIENT), TIMEOUT],
        scenarios: ONCE,
    },
    Lesson {
        base: &programs::LESSONS[1],
        lives_on: false,
        knobs: &[MESSAGE, BUFFER, TIMEOUT],
        scenarios: ONCE,
    },
    Lesson {
        base: &programs::LESSONS[2],
        lives_on: false,
        knobs: &[MESSAGE, knob("--encoding", "NAME", BOTH), BUFFER, TIMEOUT],
        scenarios: ONCE,
    },
    Lesson {
        base: &programs::LESSONS[3],
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
        base: &programs::LESSONS[4],
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
        base: &programs::LESSONS[5],
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
        base: &programs::LESSONS[6],
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
        base: &programs::LESSONS[7],
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
    let base = programs::lesson(number)?;
    let known = LESSONS.iter().find(|lesson| lesson.number == base.number);
    known.with_context(|| format!("lab cannot run lesson {number}"))
}

impl Lesson {
    /// Finds a knob by its flag.
    pub fn knob(&self, name: &str) -> Option<&'static Knob> {
        self.knobs.iter().find(|knob| knob.name == name)
    }
}
