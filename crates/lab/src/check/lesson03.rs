//! What lesson 03's programs must withstand: the same as lesson 02's, and
//! other encodings.

use super::failure::Failure;
use super::lesson02::{self as l02, ANSWER, QUESTION, asked};
use super::player::PAUSE;
use super::{AS_THE_ARTICLE, Check, ODD, Programs};
use crate::catalogue::Side::{Client, Server};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}", "--encoding", "{encoding}"],
    client: &["{host}:{port}", "--encoding", "{encoding}"],
    values: &[("encoding", "utf-8")],
};

/// 海贼王 in GBK, two bytes a character.
const ANSWER_IN_GBK: &[u8] = b"\xba\xa3\xd4\xf4\xcd\xf5";

const ENCODING: &str = "the encoding is the socket's: it must be used for sending and for \
     receiving alike, and nothing may stay at UTF-8";

pub const CHECKS: &[Check] = &[
    l02::ANSWERS,
    Check {
        name: "speaks another encoding",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "With GBK, it reads GBK and answers in GBK.",
        hint: ENCODING,
        run: |bench| {
            bench.give("encoding", "gbk")?;
            let mut client = bench.socket()?;
            client.send(&ANSWER_IN_GBK[..4])?;
            client.expect(ANSWER_IN_GBK)?;
            bench.expect_line("海贼")?;
            bench.expect_exit(0)
        },
    },
    l02::FIRST_OF_TWO,
    l02::LONG_QUESTION,
    l02::EMPTY_QUESTION,
    l02::GARBLED_QUESTION,
    l02::NASTY_QUESTION,
    Check {
        name: "never sends what the encoding lacks",
        side: Server,
        stage: ODD,
        purpose: "Big5 has no 贼: no answer at all, and exit code 1.",
        hint: "a text that the encoding cannot express is an error: ? or \
               &#36156; in its place would be another text, sent in silence",
        run: |bench| {
            bench.give("encoding", "big5")?;
            let mut client = bench.socket()?;
            client.send(QUESTION)?;
            bench.wait_for_end()?;
            // What it could read, it may have printed by then.
            bench.line()?;
            if let Some(came) = client.receive_within(PAUSE)? {
                let what = "it answered, in another text than 海贼王";
                return Err(Failure::new(what).bytes("", came));
            }
            bench.expect_exit(1)
        },
    },
    l02::PATIENT,
    l02::ASKS,
    Check {
        name: "speaks another encoding",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "With GBK, it reads the answer as GBK.",
        hint: ENCODING,
        run: |bench| {
            bench.give("encoding", "gbk")?;
            let mut server = asked(bench)?;
            server.send(ANSWER_IN_GBK)?;
            bench.expect_line(ANSWER)?;
            bench.expect_exit(0)
        },
    },
    l02::FIRST_ANSWER,
    l02::LONG_ANSWER,
    l02::EMPTY_ANSWER,
    l02::GARBLED_ANSWER,
    l02::NASTY_ANSWER,
    l02::STRANGER,
    l02::LOST,
    l02::EARLY,
    l02::SILENT,
    l02::NOBODY,
];
