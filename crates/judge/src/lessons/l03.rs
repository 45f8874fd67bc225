//! What lesson 03's programs must do: the same as lesson 02's, in other
//! encodings too.

use std::time::Duration;

use programs::lang::tr;

use super::l02::{self, ANSWER, QUESTION, answered, asked, hears, told};
use super::{Dialogue, Programs, nothing};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{Article, Odd};
use crate::script::{
    Check, Step, after, ask, call, client, ends, give, quiet, server,
};
use crate::trial::Trial;
use crate::trial::wait::PATIENCE;

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}", "--encoding", "{encoding}"],
    client: &["{host}:{port}", "--encoding", "{encoding}"],
    values: &[("encoding", "utf-8")],
    dialogue: Dialogue {
        server: &[QUESTION],
        client: &[ANSWER],
        typed: "",
        prepare: nothing,
        client_ends: true,
        lives_on: false,
    },
};

/// 海贼王 in GBK, two bytes a character.
const ANSWER_IN_GBK: &[u8] = b"\xba\xa3\xd4\xf4\xcd\xf5";

/// 茅 in GBK; in UTF-8 the same bytes are é.
const AMBIGUOUS: &[u8] = b"\xc3\xa9";

const ENCODING: &str = "the encoding is the socket's: it must be used for \
    sending and for receiving alike, and nothing may stay at UTF-8";
const GUESSES: &str = "bytes do not say which encoding they are in, and some \
    mean a text in several: decode in the encoding of the arguments alone";
const LACKS: &str = "a text that the encoding cannot express is an error: ? \
    or &#36156; in its place would be another text, sent in silence";

fn in_gbk(steps: Vec<Step>) -> Vec<Step> {
    after(vec![give("encoding", "gbk")], steps)
}

/// Asks what cannot be answered; it may print the question first, or know
/// before that it cannot answer.
fn cannot_answer(trial: &mut Trial) -> Outcome {
    match trial.send("peer", QUESTION.as_bytes()) {
        Err(Stop::Mismatch(_)) if trial.has_ended()? => {}
        sent => sent?,
    }
    if !trial.wait_for_end(PATIENCE)? {
        let what = tr("it had not ended 12 s later");
        return Err(Stop::mismatch(Kind::NotEnded, what));
    }
    trial.line().map(drop)
}

pub fn checks() -> Vec<Check> {
    let own = vec![
        server(
            Article,
            "speaks another encoding",
            "With GBK, it reads GBK and answers in GBK.",
            ENCODING,
            || {
                let answered = answered(ANSWER_IN_GBK, "海贼");
                in_gbk(after(told(&ANSWER_IN_GBK[..4]), answered))
            },
        ),
        server(
            Odd,
            "does not guess the encoding",
            "What GBK says is GBK, where it could be UTF-8 as well.",
            GUESSES,
            || in_gbk(after(told(AMBIGUOUS), answered(ANSWER_IN_GBK, "茅"))),
        ),
        server(
            Odd,
            "never sends what the encoding lacks",
            "Big5 has no 贼: no answer at all, and exit code 1.",
            LACKS,
            || {
                vec![
                    give("encoding", "big5"),
                    ask("peer"),
                    call("asks, and waits for its end", cannot_answer),
                    quiet("peer", Duration::from_millis(50)),
                    ends(1),
                ]
            },
        ),
        client(
            Article,
            "speaks another encoding",
            "With GBK, it reads the answer as GBK.",
            ENCODING,
            || in_gbk(after(asked(), hears(ANSWER_IN_GBK, ANSWER))),
        ),
        client(
            Odd,
            "does not guess the encoding",
            "What GBK says is GBK, where it could be UTF-8 as well.",
            GUESSES,
            || in_gbk(after(asked(), hears(AMBIGUOUS, "茅"))),
        ),
    ];
    l02::checks().into_iter().chain(own).collect()
}
