//! WebSocket: a room with two clients, and messages that stay whole.

use super::{CLIENT, Lesson, PLAIN, SERVER, Scenario, TIMEOUT, knob};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[8],
    port: 8080,
    lives_on: true,
    typed: "one piece",
    knobs: &[
        knob("--message", "TEXT", CLIENT, "what to say, without typing"),
        knob("--hear", "N", CLIENT, "close after hearing so many messages [0]"),
        knob("--max-clients", "N", SERVER, "how many may be in the room [500]"),
        knob("--max-message", "BYTES", SERVER, "the longest message [65536]"),
        knob("--ping", "TIME", SERVER, "how long a client may be silent [30s]"),
        TIMEOUT,
    ],
    scenarios: &[Scenario { clients: TWO, ..PLAIN }],
};

/// The first hears what both say, the second what it says itself.
const TWO: &[&[&str]] = &[
    &["--message", "one piece", "--hear", "2"],
    &["--message", "海贼王", "--hear", "1"],
];
