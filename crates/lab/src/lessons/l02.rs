//! UDP: a datagram each way.

use super::{BUFFER, CLIENT, Lesson, ONCE, TIMEOUT, knob};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[1],
    port: 8888,
    lives_on: false,
    typed: "",
    knobs: &[
        knob("--message", "TEXT", CLIENT, "what to send; it may be empty"),
        BUFFER,
        TIMEOUT,
    ],
    scenarios: ONCE,
};
