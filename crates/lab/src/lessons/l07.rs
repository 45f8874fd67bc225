//! TCP: a challenge, and the proof that one has the key.

use super::{
    BOTH, CLIENT, Lesson, PLAIN, SERVER, Scenario, Side, TIMEOUT, knob,
};

pub const LESSON: Lesson = Lesson {
    base: &programs::LESSONS[6],
    port: 9000,
    lives_on: true,
    typed: "",
    knobs: &[
        knob("--key", "TEXT", BOTH, "the secret that both sides have"),
        knob("--digest", "md5|sha256", BOTH, "the hash function [md5]"),
        knob("--replay", "HEX", CLIENT, "answer with an old proof"),
        knob("--fixed-challenge", "HEX", SERVER, "challenge all with this"),
        TIMEOUT,
    ],
    scenarios: &[
        Scenario { title: "the right key", ..PLAIN },
        Scenario {
            title: "a wrong key",
            clients: &[&["--key", "guessed"]],
            needs: Some(Side::Client),
            ..PLAIN
        },
    ],
};
