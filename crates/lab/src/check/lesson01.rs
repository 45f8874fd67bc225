//! What lesson 01's programs must withstand.

use super::failure::{Failure, Step, hint};
use super::hints::{CUT, END, ESCAPES, NOT_TEXT, READS_TO_THE_END, TIMEOUT};
use super::player::{Bench, PAUSE, pause};
use super::{AS_THE_ARTICLE, BAD_PEER, Check, ODD, PIECES, Programs};
use crate::catalogue::Side::{Client, Server};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}"],
    values: &[],
};

const QUESTION: &str = "one piece";
const ANSWER: &str = "海贼王";

/// 海贼 in GBK, which is no UTF-8, and a word that is.
const GARBLED: &[u8] = b"\xba\xa3\xd4\xf4 ok";

/// Clears the screen, rings the bell, and turns the writing around.
const NASTY: &str = "one\u{1b}[2J\u{7} \u{202e}piece";

const WAITS_FOR_MORE: &str = "one recv is whatever has arrived by now, and this lesson has no rule \
     that says how long a message is: a program that waits for more waits \
     for what may never come";
const LEFT_OPEN: &str = "\"Address already in use\" is no bug of yours: the side that closes \
     first keeps the connection's port for a minute (TIME_WAIT). Set \
     SO_REUSEADDR before bind; Rust's TcpListener and Python's \
     create_server do";

pub const CHECKS: &[Check] = &[
    Check {
        name: "answers one message",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "It prints what the client says, answers, and ends.",
        hint: "receive once, print it, send 海贼王 in UTF-8, close",
        run: answers_one_message,
    },
    Check {
        name: "answers the first piece",
        side: Server,
        stage: PIECES,
        purpose: "One recv is one piece: it shows what came, and answers.",
        hint: WAITS_FOR_MORE,
        run: |bench| {
            let mut client = bench.connect()?;
            client.send("one")?;
            client.expect(ANSWER)?;
            client.offer(" piece");
            bench.expect_part_of("one")?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "answers a client that has finished sending",
        side: Server,
        stage: PIECES,
        purpose: "Message and end arrive at once; the answer can still go.",
        hint: "the end of one direction leaves the other open: answer all \
               the same",
        run: |bench| {
            let mut client = bench.connect()?;
            client.send(QUESTION)?;
            client.close_sending();
            client.expect(ANSWER)?;
            bench.expect_line(QUESTION)?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "survives a character cut in two",
        side: Server,
        stage: PIECES,
        purpose: "A piece may end inside a character: U+FFFD stands for it.",
        hint: CUT,
        run: |bench| {
            let mut client = bench.connect()?;
            client.send(&ANSWER.as_bytes()[..2])?;
            bench
                .expect_harmless_line(&["\u{fffd}"])
                .map_err(|failure| failure.rather(CUT))?;
            client.expect(ANSWER)?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "shows a part of a long message",
        side: Server,
        stage: ODD,
        purpose: "More comes than one recv takes: it shows what it took.",
        hint: CUT,
        run: |bench| {
            let mut client = bench.connect()?;
            client.send("海".repeat(400))?;
            bench.expect_part_of(&"海".repeat(400))?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "takes the end for no message",
        side: Server,
        stage: ODD,
        purpose: "The client closes at once: nothing to print, exit code 1.",
        hint: END,
        run: |bench| {
            bench.connect()?.close();
            bench.expect_exit(1).map_err(|failure| failure.rather(END))
        },
    },
    Check {
        name: "survives bytes that are no text",
        side: Server,
        stage: ODD,
        purpose: "Bytes that are no UTF-8 are shown as U+FFFD, and answered.",
        hint: NOT_TEXT,
        run: |bench| {
            let mut client = bench.connect()?;
            client.send(GARBLED)?;
            bench.expect_harmless_line(&["\u{fffd}", "ok"])?;
            client.expect(ANSWER)?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "escapes what could command a terminal",
        side: Server,
        stage: ODD,
        purpose: "Control characters from the network never reach stdout.",
        hint: ESCAPES,
        run: |bench| {
            let mut client = bench.connect()?;
            client.send(NASTY)?;
            bench.expect_harmless_line(&["one", "piece"])?;
            client.expect(ANSWER)?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "gives up a silent client",
        side: Server,
        stage: BAD_PEER,
        purpose: "The client connects and says nothing: exit code 1 in time.",
        hint: TIMEOUT,
        run: |bench| {
            let _silent = bench.connect()?;
            bench.note("said nothing");
            bench.expect_exit(1)
        },
    },
    Check {
        name: "notices a client that resets",
        side: Server,
        stage: BAD_PEER,
        purpose: "The connection breaks: exit code 1, and no panic.",
        hint: "a recv or send can fail at any time: report it in a sentence",
        run: |bench| {
            bench.connect()?.reset()?;
            bench.expect_exit(1)
        },
    },
    Check {
        name: "starts again at once on the same port",
        side: Server,
        stage: BAD_PEER,
        purpose: "Ended and started again, it can listen there at once.",
        hint: LEFT_OPEN,
        run: |bench| {
            answers_one_message(bench)?;
            bench.restart()?;
            answers_one_message(bench)
                .map_err(|failure| failure.rather(LEFT_OPEN))
        },
    },
    Check {
        name: "asks, and prints the answer",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "It sends one piece, prints the answer, and ends.",
        hint: "connect, send `one piece` and nothing else, receive once, \
               print it, close",
        run: |bench| {
            let door = bench.listen()?;
            let mut server = bench.accept(&door)?;
            server.expect(QUESTION)?;
            server.send(ANSWER)?;
            server.close_sending();
            bench.expect_line(ANSWER)?;
            server.expect_end().map_err(hint(
                "it sends more than `one piece`: perhaps a newline that \
                 println or the keyboard brought along",
            ))?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "needs no end of the stream",
        side: Client,
        stage: PIECES,
        purpose: "The answer is there, though the server does not close.",
        hint: READS_TO_THE_END,
        run: |bench| {
            let mut server = asked(bench)?;
            server.send(ANSWER)?;
            bench
                .expect_line(ANSWER)
                .map_err(|failure| failure.rather(READS_TO_THE_END))?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "survives a character cut in two",
        side: Client,
        stage: PIECES,
        purpose: "A piece may end inside a character: U+FFFD stands for it.",
        hint: CUT,
        run: |bench| {
            let mut server = asked(bench)?;
            server.send(&ANSWER.as_bytes()[..4])?;
            pause(PAUSE * 10)?;
            server.offer(&ANSWER.as_bytes()[4..]);
            bench.expect_part_of(ANSWER)?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "shows a part of a long answer",
        side: Client,
        stage: ODD,
        purpose: "More comes than one recv takes: it shows what it took.",
        hint: CUT,
        run: |bench| {
            let mut server = asked(bench)?;
            server.send("海".repeat(400))?;
            server.close_sending();
            bench.expect_part_of(&"海".repeat(400))?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "takes the end for no answer",
        side: Client,
        stage: ODD,
        purpose: "The server closes, and says nothing: exit code 1.",
        hint: END,
        run: |bench| {
            asked(bench)?.close();
            bench.expect_exit(1).map_err(|failure| failure.rather(END))
        },
    },
    Check {
        name: "survives bytes that are no text",
        side: Client,
        stage: ODD,
        purpose: "Bytes that are no UTF-8 are shown as U+FFFD.",
        hint: NOT_TEXT,
        run: |bench| {
            asked(bench)?.send(GARBLED)?;
            bench.expect_harmless_line(&["\u{fffd}", "ok"])?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "escapes what could command a terminal",
        side: Client,
        stage: ODD,
        purpose: "Control characters from the network never reach stdout.",
        hint: ESCAPES,
        run: |bench| {
            asked(bench)?.send(NASTY)?;
            bench.expect_harmless_line(&["one", "piece"])?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "gives up a silent server",
        side: Client,
        stage: BAD_PEER,
        purpose: "The server accepts and says nothing: exit code 1 in time.",
        hint: TIMEOUT,
        run: |bench| {
            let _silent = asked(bench)?;
            bench.note("said nothing");
            bench.expect_exit(1)
        },
    },
    Check {
        name: "notices a server that resets",
        side: Client,
        stage: BAD_PEER,
        purpose: "The connection breaks: exit code 1, and no panic.",
        hint: "a recv or send can fail at any time: report it in a sentence",
        run: |bench| {
            asked(bench)?.reset()?;
            bench.expect_exit(1)
        },
    },
    NOBODY_LISTENS,
];

fn answers_one_message(bench: &mut Bench) -> Step {
    let mut client = bench.connect()?;
    client.send(QUESTION)?;
    let answered = client.expect(ANSWER);
    answered.map_err(|failure| why_no_answer(bench, failure))?;
    client.expect_end()?;
    bench.expect_line(QUESTION)?;
    bench.expect_exit(0)
}

/// What it has printed by now tells how far it came.
fn why_no_answer(bench: &mut Bench, failure: Failure) -> Failure {
    failure.hint(match bench.has_printed() {
        false => READS_TO_THE_END,
        true => {
            "it printed what came; now the answer must be sent as well, all \
             of it and in UTF-8, before the connection is closed"
        }
    })
}

/// A client that has connected, and sent its question.
fn asked(bench: &mut Bench) -> Step<super::player::Connection> {
    let door = bench.listen()?;
    let mut server = bench.accept(&door)?;
    server.expect(QUESTION)?;
    Ok(server)
}

/// Every TCP client meets it.
pub const NOBODY_LISTENS: Check = Check {
    name: "fails where nobody listens",
    side: Client,
    stage: BAD_PEER,
    purpose: "There is no server: a sentence, and exit code 1.",
    hint: "connect fails with \"connection refused\": report it, and \
           exit with 1",
    run: |bench| {
        bench.start()?;
        bench.note("listened nowhere");
        bench.expect_exit(1)
    },
};
