//! TCP: three clients at once, of which the first is slow.

use super::{
    CLIENT, Lesson, PLAIN, SERVER, Scenario, Side, TIMEOUT, flag, knob,
};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[7],
    port: 8000,
    lives_on: true,
    typed: "one piece",
    knobs: &[
        knob("--message", "TEXT", CLIENT, "what to send, without a prompt"),
        knob("--think", "TIME", CLIENT, "the pause before sending"),
        knob(
            "--max-clients",
            "N",
            SERVER,
            "how many are served at once [1000]",
        ),
        knob(
            "--backlog",
            "N",
            SERVER,
            "how many may wait for accept [1024]; macOS takes 0 for 128",
        ),
        flag(
            "--no-reuse",
            SERVER,
            "without SO_REUSEADDR; on Windows this changes nothing",
        ),
        knob(
            "--idle",
            "TIME",
            SERVER,
            "how long a client may say nothing [10m]",
        ),
        TIMEOUT,
    ],
    scenarios: &[
        Scenario { title: "a thread per client", clients: THREE, ..PLAIN },
        Scenario {
            title: "one client at a time, as lesson 01 serves",
            server: &["--max-clients", "1"],
            clients: THREE,
            needs: Some(Side::Server),
            demo: None,
        },
    ],
};

/// The first of three clients is slow.
const THREE: &[&[&str]] = &[
    &["--message", "slow", "--think", "500ms"],
    &["--message", "quick"],
    &["--message", "quick too"],
];
