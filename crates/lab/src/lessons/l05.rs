//! TCP: packets stick, and are cut; UDP and Nagle beside them.

use super::{BOTH, Lesson, Scenario, TIMEOUT, flag, knob};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[4],
    port: 8000,
    lives_on: false,
    typed: "",
    knobs: &[
        knob("--demo", "merge|split|udp|nagle", BOTH, "what to show"),
        knob(
            "--busy",
            "TIME",
            BOTH,
            "how long before the receiver reads [100ms]",
        ),
        knob(
            "--buffer",
            "N",
            BOTH,
            "room for one recv, in bytes [1024; split: 9]",
        ),
        knob("--gap", "TIME", BOTH, "the pause between two sends [0ms]"),
        flag("--nodelay", BOTH, "turn Nagle's algorithm off"),
        TIMEOUT,
    ],
    scenarios: &[
        Scenario {
            title: "merge",
            server: &["--demo", "merge"],
            clients: &[&["--demo", "merge"]],
            needs: None,
            demo: Some("merge"),
        },
        Scenario {
            title: "split",
            server: &["--demo", "split"],
            clients: &[&["--demo", "split"]],
            needs: None,
            demo: Some("split"),
        },
    ],
};
