//! What lesson 08's programs must withstand.

use super::failure::{Step, hint, rather};
use super::hints::{CUT, ESCAPES, NOT_TEXT, READS_TO_THE_END, TIMEOUT};
use super::lesson01::NOBODY_LISTENS;
use super::player::{Bench, Connection, Listener, PAUSE};
use super::{AS_THE_ARTICLE, BAD_PEER, Check, MANY, ODD, PIECES, Programs};
use crate::catalogue::Side::{Client, Server};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}"],
    values: &[],
};

const GREETING: &str = "server端消息";
const LINE: &str = "one piece";
const PROMPT: &str = ">>>";

/// 海贼 in GBK, which is no UTF-8, and a word that is.
const GARBLED: &[u8] = b"\xba\xa3\xd4\xf4 ok";

/// Clears the screen, rings the bell, and turns the writing around.
const NASTY: &str = "one\u{1b}[2J\u{7} \u{202e}piece";

const SPEAKS_FIRST: &str =
    "the server speaks first: greet each client before anything is received";
const ONE_CLIENT: &str = "after one client it is over: accept again, in a loop";
const ONE_AT_A_TIME: &str = "each client needs a thread of its own: a recv waits for its client, and \
     with it waits everybody behind";
const NO_MESSAGE: &str = "a recv of 0 bytes is no message: it is the end of the stream. Print \
     nothing for it, and go on with the other clients";
const GONE: &str = "a recv or send fails when the client has gone: that is the end of this \
     client, and not of the server";
const LEFT_OPEN: &str = "\"Address already in use\" is no bug of yours: the side that closes \
     first keeps the connection's port for a minute (TIME_WAIT). Set \
     SO_REUSEADDR before bind (allow_reuse_address in Python's socketserver)";
const ONE_LINE: &str = "read one line from stdin, and not all that is there";
const NO_GREETING: &str = "a recv of 0 bytes is no greeting: it is the end of the stream. Say on \
     stderr that the server closed, do not ask for a line, and exit with 1";
const NOTHING_TO_SEND: &str = "there may be no line to read (EOFError in Python, 0 from read_line): say \
     so on stderr, send nothing, exit with 0";

pub const CHECKS: &[Check] = &[
    Check {
        name: "greets, and prints a line",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "It sends server端消息, and prints what the client sends.",
        hint: "send server端消息 in UTF-8, receive once, print what came",
        run: |bench| {
            let mut client = bench.connect()?;
            client.expect(GREETING).map_err(|failure| {
                match failure.came().is_empty() {
                    true => failure.hint(SPEAKS_FIRST),
                    false => failure,
                }
            })?;
            client.expect_nothing(PAUSE).map_err(hint(
                "the greeting is all that is sent, and then the client \
                 speaks",
            ))?;
            client.send(LINE)?;
            bench.expect_line(LINE).map_err(|failure| {
                match failure.came().is_empty() {
                    true => failure.rather(READS_TO_THE_END),
                    false => failure,
                }
            })
        },
    },
    Check {
        name: "survives a character cut in two",
        side: Server,
        stage: PIECES,
        purpose: "A piece may end inside a character: U+FFFD stands for it.",
        hint: CUT,
        run: |bench| {
            let mut client = greeted(bench)?;
            client.send(&"海".as_bytes()[..2])?;
            bench.expect_harmless_line(&["\u{fffd}"]).map_err(rather(CUT))
        },
    },
    Check {
        name: "shows a part of a long line",
        side: Server,
        stage: ODD,
        purpose: "More comes than one recv takes: it shows what it took.",
        hint: CUT,
        run: |bench| {
            let mut client = greeted(bench)?;
            client.send("海".repeat(400))?;
            bench.expect_part_of(&"海".repeat(400))
        },
    },
    Check {
        name: "survives bytes that are no text",
        side: Server,
        stage: ODD,
        purpose: "Bytes that are no UTF-8 are shown as U+FFFD.",
        hint: NOT_TEXT,
        run: |bench| {
            greeted(bench)?.send(GARBLED)?;
            bench.expect_harmless_line(&["\u{fffd}", "ok"])
        },
    },
    Check {
        name: "escapes what could command a terminal",
        side: Server,
        stage: ODD,
        purpose: "Control characters from the network never reach stdout.",
        hint: ESCAPES,
        run: |bench| {
            greeted(bench)?.send(NASTY)?;
            bench.expect_harmless_line(&["one", "piece"])
        },
    },
    Check {
        name: "serves the next client too",
        side: Server,
        stage: BAD_PEER,
        purpose: "Three clients, one after another.",
        hint: ONE_CLIENT,
        run: |bench| {
            for line in ["first", "second", "third"] {
                greeted(bench).map_err(rather(ONE_CLIENT))?.send(line)?;
                bench.expect_line(line)?;
            }
            Ok(())
        },
    },
    Check {
        name: "takes the end for no message",
        side: Server,
        stage: BAD_PEER,
        purpose: "A client closes without a word: nothing to print.",
        hint: NO_MESSAGE,
        run: |bench| {
            let mut client = greeted(bench)?;
            client.close_sending();
            client.expect_end()?;
            greeted(bench)?.send(LINE)?;
            bench.expect_line(LINE)
        },
    },
    Check {
        name: "outlives clients that go away",
        side: Server,
        stage: BAD_PEER,
        purpose: "They close and reset, before and after the greeting.",
        hint: GONE,
        run: |bench| {
            bench.connect()?.close();
            bench.connect()?.reset()?;
            greeted(bench)?.close();
            greeted(bench)?.reset()?;
            let mut client = greeted(bench).map_err(rather(GONE))?;
            client.send(LINE)?;
            bench.expect_line(LINE)
        },
    },
    Check {
        name: "starts again at once on the same port",
        side: Server,
        stage: BAD_PEER,
        purpose: "Ended and started again, it can listen there at once.",
        hint: LEFT_OPEN,
        run: |bench| {
            let mut client = greeted(bench)?;
            client.send(LINE)?;
            bench.expect_line(LINE)?;
            bench.restart()?;
            // By now it has closed, and before this side did.
            client.expect_end()?;
            client.close();
            greeted(bench).map_err(rather(LEFT_OPEN))?.send(LINE)?;
            bench.expect_line(LINE)
        },
    },
    Check {
        name: "lets nobody wait for a silent client",
        side: Server,
        stage: MANY,
        purpose: "One client says nothing; another is served meanwhile.",
        hint: ONE_AT_A_TIME,
        run: |bench| {
            let mut silent = greeted(bench)?;
            bench.note("said nothing with this one");
            greeted(bench).map_err(rather(ONE_AT_A_TIME))?.send(LINE)?;
            bench.expect_line(LINE)?;
            // Nor was it given up for the sake of the other.
            silent.expect_nothing(PAUSE)
        },
    },
    Check {
        name: "serves a hundred at once",
        side: Server,
        stage: MANY,
        purpose: "A hundred are greeted, then each sends its line.",
        hint: ONE_AT_A_TIME,
        run: |bench| {
            let clients: Step<Vec<_>> =
                (100..200).map(|_| greeted(bench)).collect();
            let mut clients = clients?;
            let lines: Vec<String> =
                (100..200).map(|number| format!("client {number}")).collect();
            for (client, line) in clients.iter_mut().zip(&lines).rev() {
                client.send(line)?;
            }
            // Lines may run into each other where threads print them.
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            bench.expect_printed(&lines)
        },
    },
    Check {
        name: "prints the greeting, and sends a line",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "It prints the greeting, asks with >>>, sends the line.",
        hint: "receive once, print it, print >>> without a line's end, read a \
               line from stdin, send it without its newline, end",
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send(GREETING)?;
            bench.expect_line(GREETING).map_err(|failure| {
                match failure.came() {
                    b"" => failure.rather(READS_TO_THE_END),
                    b">>>" => failure.rather(
                        "the server speaks first: receive and print its \
                         greeting, then ask",
                    ),
                    _ => failure,
                }
            })?;
            bench.type_in("one piece\n");
            says(bench, &mut server, LINE)
        },
    },
    Check {
        name: "needs no end of the stream",
        side: Client,
        stage: PIECES,
        purpose: "A part of the greeting comes: one recv is one piece.",
        hint: CUT,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            // A character and its first byte.
            server.send(&GREETING.as_bytes()[..8])?;
            bench.expect_part_of(GREETING)?;
            bench.type_in("one piece\n");
            says(bench, &mut server, LINE)
        },
    },
    Check {
        name: "sends one line of several",
        side: Client,
        stage: PIECES,
        purpose: "Two lines are typed at once: only the first is sent.",
        hint: ONE_LINE,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send(GREETING)?;
            bench.expect_line(GREETING)?;
            bench.type_in("one piece\nanother\n");
            says(bench, &mut server, LINE).map_err(rather(ONE_LINE))
        },
    },
    Check {
        name: "sends a long line beyond ASCII",
        side: Client,
        stage: ODD,
        purpose: "3000 characters are typed: 9000 bytes are sent.",
        hint: "the line goes in UTF-8, and all of it: one send may take only \
               a part (write_all, sendall)",
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send(GREETING)?;
            bench.expect_line(GREETING)?;
            bench.type_in(&("海".repeat(3000) + "\n"));
            says(bench, &mut server, &"海".repeat(3000))
        },
    },
    Check {
        name: "sends nothing for an empty line",
        side: Client,
        stage: ODD,
        purpose: "Enter alone: TCP has no empty message, so it just ends.",
        hint: "TCP carries bytes, not messages: to send none is to send \
               nothing, and a newline instead is another message. Say so on \
               stderr, close, exit with 0",
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send(GREETING)?;
            bench.expect_line(GREETING)?;
            bench.type_in("\n");
            says(bench, &mut server, "")
        },
    },
    Check {
        name: "sends nothing at the end of stdin",
        side: Client,
        stage: ODD,
        purpose: "Nobody types anything, and stdin ends: so does it.",
        hint: NOTHING_TO_SEND,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            bench.close_stdin();
            server.send(GREETING)?;
            bench.expect_line(GREETING)?;
            says(bench, &mut server, "")
        },
    },
    Check {
        name: "shows a part of a long greeting",
        side: Client,
        stage: ODD,
        purpose: "More comes than one recv takes: it shows what it took.",
        hint: CUT,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send("海".repeat(400))?;
            bench.expect_part_of(&"海".repeat(400))
        },
    },
    Check {
        name: "survives bytes that are no text",
        side: Client,
        stage: ODD,
        purpose: "Bytes that are no UTF-8 are shown as U+FFFD.",
        hint: NOT_TEXT,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send(GARBLED)?;
            bench.expect_harmless_line(&["\u{fffd}", "ok"])?;
            bench.type_in("one piece\n");
            says(bench, &mut server, LINE)
        },
    },
    Check {
        name: "escapes what could command a terminal",
        side: Client,
        stage: ODD,
        purpose: "Control characters from the network never reach stdout.",
        hint: ESCAPES,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send(NASTY)?;
            bench.expect_harmless_line(&["one", "piece"])?;
            bench.type_in("one piece\n");
            says(bench, &mut server, LINE)
        },
    },
    Check {
        name: "takes the end for no greeting",
        side: Client,
        stage: BAD_PEER,
        purpose: "The server closes without a word: exit code 1.",
        hint: NO_GREETING,
        run: |bench| {
            let (_door, server) = asked(bench)?;
            server.close();
            bench.type_in("one piece\n");
            bench.expect_exit(1).map_err(rather(NO_GREETING))
        },
    },
    Check {
        name: "notices a server that resets",
        side: Client,
        stage: BAD_PEER,
        purpose: "The connection breaks: exit code 1, and no panic.",
        hint: "a recv or send can fail at any time: report it in a sentence",
        run: |bench| {
            let (_door, server) = asked(bench)?;
            server.reset()?;
            bench.type_in("one piece\n");
            bench.expect_exit(1)
        },
    },
    NOBODY_LISTENS,
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
];

/// A client that was greeted.
fn greeted(bench: &mut Bench) -> Step<Connection> {
    let mut client = bench.connect()?;
    client.expect(GREETING)?;
    Ok(client)
}

/// The client's connection; what listens has to stay.
fn asked(bench: &mut Bench) -> Step<(Listener, Connection)> {
    let door = bench.listen()?;
    let server = bench.accept(&door)?;
    Ok((door, server))
}

/// Expects that the client sends this and no more, has asked for it, and ends.
fn says(bench: &mut Bench, server: &mut Connection, line: &str) -> Step {
    server.expect(line)?;
    server.expect_end().map_err(|failure| match failure.came() {
        b"\n" | b"\r" if !line.is_empty() => failure.hint(
            "the line goes without its newline: what reads a line mostly \
                 leaves it there",
        ),
        _ => failure,
    })?;
    if bench.wait_for_end()? {
        bench.expect_line(PROMPT).map_err(hint(
            "ask with >>> on stdout, without a line's end: then comes what \
             the user types",
        ))?;
    }
    bench.expect_exit(0)
}
