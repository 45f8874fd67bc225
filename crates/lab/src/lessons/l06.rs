//! TCP: a length, a header, a file.

use super::{BOTH, CLIENT, Lesson, ONCE, SERVER, TIMEOUT, flag, knob};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[5],
    port: 8000,
    lives_on: true,
    typed: "",
    knobs: &[
        knob("--file", "FILE", SERVER, "what to send [the server's program]"),
        knob("--output", "FILE", CLIENT, "where to put it [a folder of lab's]"),
        flag("--force", CLIENT, "overwrite a file that exists"),
        knob("--block", "BYTES", BOTH, "how much to move at a time [64KiB]"),
        knob("--busy", "TIME", CLIENT, "how long after each block [0ms]"),
        flag("--big-endian", CLIENT, "read the length the other way round"),
        TIMEOUT,
    ],
    scenarios: ONCE,
};
