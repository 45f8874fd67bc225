//! What lesson 01's programs must do.

use std::time::Duration;

use programs::Side;

use super::{Dialogue, Programs, nothing};
use crate::faults;
use crate::hints::{
    CUT, END, IMPATIENT, NOT_TEXT, READS_TO_THE_END, RESET, TIMEOUT,
};
use crate::outcome::Kind;
use crate::script::Stage::{Article, BadPeer, Odd, Pieces};
use crate::script::{
    Check, Step, accept, after, client, close_sending, connect, ends, expect,
    expect_end, pause, prints, prints_part, prints_safely, restart, send,
    server, try_send,
};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}"],
    values: &[],
    dialogue: Dialogue {
        server: &["one piece"],
        client: &["海贼王"],
        typed: "",
        prepare: nothing,
        client_ends: true,
        lives_on: false,
    },
};

const QUESTION: &str = "one piece";
const ANSWER: &str = "海贼王";

const WAITS_FOR_MORE: &str = "one recv is whatever has arrived by now, and \
    this lesson has no rule that says how long a message is: a program that \
    waits for more waits for what may never come";
const LEFT_OPEN: &str = "\"Address already in use\" is no bug of yours: the \
    side that closes first keeps the connection's port for a minute \
    (TIME_WAIT). Set SO_REUSEADDR before bind; Rust's TcpListener and \
    Python's create_server do";
const NO_ANSWER: &str = "now the answer must be sent as well, all of it and in \
    UTF-8, before the connection is closed";
const EXTRA: &str = "it sends more than `one piece`: perhaps a newline that \
    println or the keyboard brought along";
const SMALL_BUFFER: &str = "give recv room for 1024 bytes: a smaller buffer \
    takes less than has arrived";

/// A client that asks as the article's does.
fn answers() -> Vec<Step> {
    vec![
        connect("peer"),
        send("peer", QUESTION),
        expect("peer", ANSWER)
            .hint(Kind::Mute, READS_TO_THE_END)
            .hint(Kind::Nothing, NO_ANSWER)
            .hint(Kind::End, NO_ANSWER)
            .hint(Kind::Part, NO_ANSWER),
        expect_end("peer"),
        prints(QUESTION).hint(Kind::Part, SMALL_BUFFER),
        ends(0),
    ]
}

fn connected() -> Vec<Step> {
    vec![connect("peer")]
}

/// A client that has connected, and sent its question.
fn asked() -> Vec<Step> {
    vec![accept("peer"), expect("peer", QUESTION).hint(Kind::More, EXTRA)]
}

fn answered() -> Vec<Step> {
    vec![expect("peer", ANSWER), ends(0)]
}

fn asks() -> Vec<Step> {
    vec![
        accept("peer"),
        expect("peer", QUESTION),
        send("peer", ANSWER),
        close_sending("peer"),
        prints(ANSWER).hint(Kind::Part, SMALL_BUFFER),
        expect_end("peer").hint(Kind::More, EXTRA),
        ends(0),
    ]
}

fn just_ends() -> Vec<Step> {
    vec![ends(0)]
}

pub fn checks() -> Vec<Check> {
    let then = |before: fn() -> Vec<Step>, steps: fn() -> Vec<Step>| {
        move || after(before(), steps())
    };
    vec![
        server(
            Article,
            "answers one message",
            "It prints what the client says, answers, and ends.",
            "receive once, print it, send 海贼王 in UTF-8, close",
            answers,
        ),
        server(
            Pieces,
            "answers the first piece",
            "One recv is one piece: it shows what came, and answers.",
            WAITS_FOR_MORE,
            then(connected, || {
                vec![
                    send("peer", "one"),
                    expect("peer", ANSWER),
                    try_send("peer", " piece"),
                    prints_part("one"),
                    ends(0),
                ]
            }),
        ),
        server(
            Pieces,
            "answers a client that has finished sending",
            "Message and end arrive at once; the answer can still go.",
            "the end of one direction leaves the other open: answer all the \
             same",
            then(connected, || {
                vec![
                    send("peer", QUESTION),
                    close_sending("peer"),
                    expect("peer", ANSWER),
                    prints(QUESTION),
                    ends(0),
                ]
            }),
        ),
        server(
            Pieces,
            "survives a character cut in two",
            "A piece may end inside a character: U+FFFD stands for it.",
            CUT,
            then(connected, || {
                vec![
                    send("peer", &ANSWER.as_bytes()[..2]),
                    prints_safely(&["\u{fffd}"]).or_hint(CUT),
                    expect("peer", ANSWER),
                    ends(0),
                ]
            }),
        ),
        server(
            Odd,
            "shows a part of a long message",
            "More comes than one recv takes: it shows what it took.",
            CUT,
            then(connected, || {
                vec![
                    send("peer", "海".repeat(400)),
                    prints_part("海".repeat(400)),
                    ends(0),
                ]
            }),
        ),
        server(
            Odd,
            "takes the end for no message",
            "The client closes at once: nothing to print, exit code 1.",
            END,
            faults::gone(connected),
        ),
        server(
            Odd,
            "survives bytes that are no text",
            "Bytes that are no UTF-8 are shown as U+FFFD, and answered.",
            NOT_TEXT,
            faults::garbled(connected, answered),
        ),
        faults::escapes(Side::Server, connected, answered),
        faults::listens_where_told(answers),
        faults::patient(answers),
        server(
            BadPeer,
            "gives up a silent client",
            "The client connects and says nothing: exit code 1 in time.",
            TIMEOUT,
            faults::silent(connected),
        ),
        server(
            BadPeer,
            "notices a client that resets",
            "The connection breaks: exit code 1, and no panic.",
            RESET,
            faults::broken(connected),
        ),
        server(
            BadPeer,
            "starts again at once on the same port",
            "Ended and started again, it can listen there at once.",
            LEFT_OPEN,
            then(answers, answers_again),
        ),
        client(
            Article,
            "asks, and prints the answer",
            "It sends one piece, prints the answer, and ends.",
            "connect, send `one piece` and nothing else, receive once, print \
             it, close",
            asks,
        ),
        client(
            Pieces,
            "needs no end of the stream",
            "The answer is there, though the server does not close.",
            READS_TO_THE_END,
            then(asked, || {
                vec![
                    send("peer", ANSWER),
                    prints(ANSWER).hint(Kind::Nothing, READS_TO_THE_END),
                    ends(0),
                ]
            }),
        ),
        client(
            Pieces,
            "survives a character cut in two",
            "A piece may end inside a character: U+FFFD stands for it.",
            CUT,
            then(asked, || {
                vec![
                    send("peer", &ANSWER.as_bytes()[..4]),
                    pause(Duration::from_millis(300)),
                    try_send("peer", &ANSWER.as_bytes()[4..]),
                    prints_part(ANSWER),
                    ends(0),
                ]
            }),
        ),
        client(
            Odd,
            "shows a part of a long answer",
            "More comes than one recv takes: it shows what it took.",
            CUT,
            then(asked, || {
                vec![
                    send("peer", "海".repeat(400)),
                    close_sending("peer"),
                    prints_part("海".repeat(400)),
                    ends(0),
                ]
            }),
        ),
        client(
            Odd,
            "takes the end for no answer",
            "The server closes, and says nothing: exit code 1.",
            END,
            faults::gone(asked),
        ),
        client(
            Odd,
            "survives bytes that are no text",
            "Bytes that are no UTF-8 are shown as U+FFFD.",
            NOT_TEXT,
            faults::garbled(asked, just_ends),
        ),
        faults::escapes(Side::Client, asked, just_ends),
        faults::goes_where_told(asks),
        client(
            BadPeer,
            "waits for a slow server",
            "The answer comes 3 s later.",
            IMPATIENT,
            then(asked, || {
                vec![
                    pause(Duration::from_secs(3)),
                    send("peer", ANSWER),
                    prints(ANSWER),
                    ends(0),
                ]
            }),
        ),
        client(
            BadPeer,
            "gives up a silent server",
            "The server accepts and says nothing: exit code 1 in time.",
            TIMEOUT,
            faults::silent(asked),
        ),
        client(
            BadPeer,
            "notices a server that resets",
            "The connection breaks: exit code 1, and no panic.",
            RESET,
            faults::broken(asked),
        ),
        faults::nobody_listens(),
    ]
}

fn answers_again() -> Vec<Step> {
    vec![
        restart(),
        connect("peer").hint(Kind::Exit(Some(1)), LEFT_OPEN),
        send("peer", QUESTION),
        expect("peer", ANSWER),
        prints(QUESTION),
    ]
}
