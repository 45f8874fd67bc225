//! TCP: connect, accept, one message each way.

use super::{CLIENT, Lesson, ONCE, TIMEOUT, flag, knob};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[0],
    port: 9789,
    lives_on: false,
    typed: "",
    knobs: &[
        knob(
            "--message",
            "TEXT",
            CLIENT,
            "what to send; nothing, if it is empty",
        ),
        flag("--receive-first", CLIENT, "then both sides wait for each other"),
        TIMEOUT,
    ],
    scenarios: ONCE,
};
