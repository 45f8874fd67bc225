//! UDP: text in any encoding.

use super::{BOTH, BUFFER, CLIENT, Lesson, ONCE, TIMEOUT, knob};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[2],
    port: 8888,
    lives_on: false,
    typed: "",
    knobs: &[
        knob("--message", "TEXT", CLIENT, "what to send; it may be empty"),
        knob(
            "--encoding",
            "NAME",
            BOTH,
            "utf-8, gbk, big5, shift_jis, … [utf-8]",
        ),
        BUFFER,
        TIMEOUT,
    ],
    scenarios: ONCE,
};
