//! UDP: the time, asked again and again.

use super::{CLIENT, Lesson, PLAIN, SERVER, Scenario, TIMEOUT, flag, knob};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[3],
    port: 9200,
    lives_on: true,
    typed: "",
    knobs: &[
        knob("--format", "FORMAT", CLIENT, "the strftime format to ask for"),
        knob("--count", "N", CLIENT, "how many times to ask [3]"),
        knob("--interval", "TIME", CLIENT, "the pause after an answer [1s]"),
        flag("--measure", CLIENT, "measure how far the two clocks differ"),
        knob("--skew", "TIME", SERVER, "how wrong the server's clock is [0s]"),
        TIMEOUT,
    ],
    scenarios: &[Scenario { clients: &[&["--count", "3"]], ..PLAIN }],
};
