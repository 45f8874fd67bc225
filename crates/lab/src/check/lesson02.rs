//! What lesson 02's programs must withstand; lesson 03's withstand the same.

use std::time::Duration;

use super::failure::{Failure, Step, hint};
use super::hints::{CUT, ESCAPES, NOT_TEXT, TIMEOUT};
use super::player::{Bench, PAUSE, Socket, pause};
use super::{AS_THE_ARTICLE, BAD_PEER, Check, ODD, PIECES, Programs};
use crate::catalogue::Side::{Client, Server};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}"],
    values: &[],
};

pub const QUESTION: &str = "onepiece";
pub const ANSWER: &str = "海贼王";

/// 海贼 in GBK, which is no UTF-8, and a word that is.
const GARBLED: &[u8] = b"\xba\xa3\xd4\xf4 ok";

/// Clears the screen, rings the bell, and turns the writing around.
const NASTY: &str = "one\u{1b}[2J\u{7} \u{202e}piece";

const EMPTY: &str = "a datagram of 0 bytes is a message like any other: UDP has no end of \
     stream that it could be taken for";
const ASK_AGAIN: &str = "UDP may lose a question or its answer, and tells nobody: wait for about \
     a second, then ask again, until 5 s or so are over";
const CONNECT: &str = "anybody may send to this port: connect() the socket, so that the kernel \
     passes on the server's datagrams alone, or compare the sender's address";

pub const CHECKS: &[Check] = &[
    ANSWERS,
    FIRST_OF_TWO,
    LONG_QUESTION,
    EMPTY_QUESTION,
    GARBLED_QUESTION,
    NASTY_QUESTION,
    PATIENT,
    ASKS,
    FIRST_ANSWER,
    LONG_ANSWER,
    EMPTY_ANSWER,
    GARBLED_ANSWER,
    NASTY_ANSWER,
    STRANGER,
    LOST,
    EARLY,
    SILENT,
    NOBODY,
];

pub const ANSWERS: Check = Check {
    name: "answers one datagram",
    side: Server,
    stage: AS_THE_ARTICLE,
    purpose: "It prints what the datagram says, answers, and ends.",
    hint: "receive one datagram, print it, send 海贼王 in UTF-8 to the \
           address that it came from",
    run: |bench| {
        let mut client = bench.socket()?;
        client.send(QUESTION)?;
        let answered = client.expect(ANSWER);
        answered.map_err(|failure| why_no_answer(bench, failure))?;
        bench.expect_line(QUESTION)?;
        bench.expect_exit(0)
    },
};

pub const FIRST_OF_TWO: Check = Check {
    name: "takes two datagrams for two messages",
    side: Server,
    stage: PIECES,
    purpose: "One recv is one datagram, however many wait.",
    hint: "a datagram is a whole message: do not collect several into one",
    run: |bench| {
        let mut client = bench.socket()?;
        client.send("one")?;
        client.offer("piece");
        client.expect(ANSWER)?;
        bench.expect_line("one")?;
        bench.expect_exit(0)
    },
};

pub const LONG_QUESTION: Check = Check {
    name: "answers a long datagram",
    side: Server,
    stage: ODD,
    purpose: "1200 bytes may be cut by the buffer, in mid-character too.",
    hint: CUT,
    run: |bench| {
        let mut client = bench.socket()?;
        client.send("海".repeat(400))?;
        client.expect(ANSWER)?;
        bench.expect_part_of(&"海".repeat(400))?;
        bench.expect_exit(0)
    },
};

pub const EMPTY_QUESTION: Check = Check {
    name: "answers an empty datagram",
    side: Server,
    stage: ODD,
    purpose: "A message of 0 bytes is one: an empty line, and the answer.",
    hint: EMPTY,
    run: |bench| {
        let mut client = bench.socket()?;
        client.send("")?;
        client.expect(ANSWER)?;
        bench.expect_line("")?;
        bench.expect_exit(0)
    },
};

pub const GARBLED_QUESTION: Check = Check {
    name: "survives bytes that are no text",
    side: Server,
    stage: ODD,
    purpose: "Bytes that are no UTF-8 are shown as U+FFFD, and answered.",
    hint: NOT_TEXT,
    run: |bench| {
        let mut client = bench.socket()?;
        client.send(GARBLED)?;
        client.expect(ANSWER)?;
        bench.expect_harmless_line(&["\u{fffd}", "ok"])?;
        bench.expect_exit(0)
    },
};

pub const NASTY_QUESTION: Check = Check {
    name: "escapes what could command a terminal",
    side: Server,
    stage: ODD,
    purpose: "Control characters from the network never reach stdout.",
    hint: ESCAPES,
    run: |bench| {
        let mut client = bench.socket()?;
        client.send(NASTY)?;
        client.expect(ANSWER)?;
        bench.expect_harmless_line(&["one", "piece"])?;
        bench.expect_exit(0)
    },
};

pub const PATIENT: Check = Check {
    name: "waits for its first client",
    side: Server,
    stage: BAD_PEER,
    purpose: "Nobody asks for 6 s: it waits, for its first client may be late.",
    hint: "a timeout bounds the wait for a peer that is there; for the first \
           datagram a server waits without limit",
    run: |bench| {
        bench.start()?;
        bench.note("was silent for 6 s");
        pause(Duration::from_secs(6))?;
        bench.expect_running()?;
        let mut client = bench.socket()?;
        client.send(QUESTION)?;
        client.expect(ANSWER)?;
        bench.expect_line(QUESTION)?;
        bench.expect_exit(0)
    },
};

pub const ASKS: Check = Check {
    name: "asks, and prints the answer",
    side: Client,
    stage: AS_THE_ARTICLE,
    purpose: "It sends onepiece, prints the answer, and ends.",
    hint: "send `onepiece` and nothing else in one datagram, receive one, \
           print it",
    run: |bench| {
        let mut server = asked(bench)?;
        server.send(ANSWER)?;
        bench.expect_line(ANSWER)?;
        bench.expect_exit(0)
    },
};

pub const FIRST_ANSWER: Check = Check {
    name: "takes the first datagram for the answer",
    side: Client,
    stage: PIECES,
    purpose: "A datagram is a whole message; a second one is another.",
    hint: "one recv gives one datagram, and that is all of the answer",
    run: |bench| {
        let mut server = asked(bench)?;
        server.send(ANSWER)?;
        server.offer("again");
        bench.expect_line(ANSWER)?;
        bench.expect_exit(0)
    },
};

pub const LONG_ANSWER: Check = Check {
    name: "shows a long answer, or a part of it",
    side: Client,
    stage: ODD,
    purpose: "2100 bytes may be cut by the buffer, in mid-character too.",
    hint: CUT,
    run: |bench| {
        let mut server = asked(bench)?;
        server.send("海".repeat(700))?;
        bench.expect_part_of(&"海".repeat(700))?;
        bench.expect_exit(0)
    },
};

pub const EMPTY_ANSWER: Check = Check {
    name: "takes an empty datagram for an answer",
    side: Client,
    stage: ODD,
    purpose: "A message of 0 bytes is one: an empty line.",
    hint: EMPTY,
    run: |bench| {
        let mut server = asked(bench)?;
        server.send("")?;
        bench.expect_line("")?;
        bench.expect_exit(0)
    },
};

pub const GARBLED_ANSWER: Check = Check {
    name: "survives bytes that are no text",
    side: Client,
    stage: ODD,
    purpose: "Bytes that are no UTF-8 are shown as U+FFFD.",
    hint: NOT_TEXT,
    run: |bench| {
        let mut server = asked(bench)?;
        server.send(GARBLED)?;
        bench.expect_harmless_line(&["\u{fffd}", "ok"])?;
        bench.expect_exit(0)
    },
};

pub const NASTY_ANSWER: Check = Check {
    name: "escapes what could command a terminal",
    side: Client,
    stage: ODD,
    purpose: "Control characters from the network never reach stdout.",
    hint: ESCAPES,
    run: |bench| {
        let mut server = asked(bench)?;
        server.send(NASTY)?;
        bench.expect_harmless_line(&["one", "piece"])?;
        bench.expect_exit(0)
    },
};

pub const STRANGER: Check = Check {
    name: "hears no stranger",
    side: Client,
    stage: BAD_PEER,
    purpose: "A datagram from another port is not the server's answer.",
    hint: CONNECT,
    run: |bench| {
        let mut server = asked(bench)?;
        let mut stranger = server.stranger()?;
        bench.note("sent the next one from a stranger's port");
        stranger.send("forged")?;
        pause(PAUSE)?;
        server.send(ANSWER)?;
        bench.expect_line(ANSWER)?;
        bench.expect_exit(0)
    },
};

pub const LOST: Check = Check {
    name: "asks again when nothing comes",
    side: Client,
    stage: BAD_PEER,
    purpose: "Its first question is lost; the second one is answered.",
    hint: ASK_AGAIN,
    run: |bench| {
        let mut server = asked(bench)?;
        bench.note("lost the first question");
        server.expect(QUESTION).map_err(hint(ASK_AGAIN))?;
        server.send(ANSWER)?;
        bench.expect_line(ANSWER)?;
        bench.expect_exit(0)
    },
};

pub const EARLY: Check = Check {
    name: "finds a server that starts later",
    side: Client,
    stage: BAD_PEER,
    purpose: "The first question is refused; the server comes 1.5 s later.",
    hint: "\"refused\" means that nobody is there yet, which may pass: ask \
           again until 5 s or so are over",
    run: |bench| {
        bench.start()?;
        bench.note("was away for 1.5 s");
        pause(Duration::from_millis(1500))?;
        let mut server = asked(bench)?;
        server.send(ANSWER)?;
        bench.expect_line(ANSWER)?;
        bench.expect_exit(0)
    },
};

pub const SILENT: Check = Check {
    name: "gives up a silent server",
    side: Client,
    stage: BAD_PEER,
    purpose: "No question is ever answered: exit code 1 in time.",
    hint: TIMEOUT,
    run: |bench| {
        let _silent = asked(bench)?;
        bench.note("said nothing");
        bench.expect_exit(1)
    },
};

pub const NOBODY: Check = Check {
    name: "gives up where nobody is",
    side: Client,
    stage: BAD_PEER,
    purpose: "Every question is refused: exit code 1 in time.",
    hint: TIMEOUT,
    run: |bench| {
        bench.start()?;
        bench.note("was nowhere");
        bench.expect_exit(1)
    },
};

/// A client that has asked its question.
pub fn asked(bench: &mut Bench) -> Step<Socket> {
    let mut server = bench.bind()?;
    server.expect(QUESTION)?;
    Ok(server)
}

/// What it has printed by now tells how far it came.
fn why_no_answer(bench: &mut Bench, failure: Failure) -> Failure {
    match bench.has_printed() {
        false => failure,
        true => failure.hint(
            "it printed what came; now 海贼王 must be sent in UTF-8 to the \
             address that recvfrom told",
        ),
    }
}
