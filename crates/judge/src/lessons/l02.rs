//! What lesson 02's programs must do; lesson 03's must do the same.

use std::time::Duration;

use programs::Side;
use programs::lang::tr;

use super::{Dialogue, Programs, nothing};
use crate::faults;
use crate::hints::{CUT, IMPATIENT, NOT_TEXT};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{Article, BadPeer, Odd, Pieces};
use crate::script::{
    Check, Step, after, ask, bind, call, client, ends, expect, gives_up,
    prints, prints_part, quiet, send, server, stranger, try_send,
};
use crate::trial::Trial;
use crate::trial::wait::{PATIENCE, Wait};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}"],
    values: &[],
    dialogue: Dialogue {
        server: &[QUESTION],
        client: &[ANSWER],
        typed: "",
        prepare: nothing,
        client_ends: true,
        lives_on: false,
    },
};

pub const QUESTION: &str = "onepiece";
pub const ANSWER: &str = "海贼王";

/// Exit code 1 where there should have been something.
const FAILED: Kind = Kind::Exit(Some(1));

const RECEIVE: &str = "receive one datagram, print it, send 海贼王 in UTF-8 \
    to the address that it came from, and end with exit code 0";
const NOT_THERE: &str = "does it bind a UDP socket to the host and port of \
    its arguments, and stay until it has answered?";
const NO_ANSWER: &str = "it printed what came; now 海贼王 must be sent from \
    the same socket, to the address that recvfrom told: the client's port is \
    not the server's";
const STDERR: &str = "it ended by itself: its stderr says why. Where an \
    address is \"in use\", or a connection \"refused\", it may have made a TCP \
    socket: UDP's is SOCK_DGRAM, or UdpSocket";
const ONLY: &str = "one datagram holds all of the lesson's text, in UTF-8, \
    and nothing else: no line end, no quotes, no 0 byte";
const LINE: &str = "the line on stdout is the message, and nothing beside it";
const SMALL_BUFFER: &str = "what the buffer cannot hold of a datagram is \
    lost: give it room for 1024 bytes";
const WHOLE: &str = "a datagram is a whole message, and the first is all of \
    it: do not collect several into one";
const ONE: &str = "this lesson's programs end after one question and one \
    answer";
const EMPTY: &str = "a datagram of 0 bytes is a message like any other, and an \
    empty line on stdout: UDP has no end of stream that it could be taken for";
const ASK_AGAIN: &str = "UDP may lose a question or its answer, and tells \
    nobody: wait for about a second, then ask again, until 5 s are over";
const TOO_OFTEN: &str = "a network that loses datagrams is often too full \
    already: give the answer about a second before you ask again";
const GIVE_UP: &str = "nobody may ever answer: count the questions, or look \
    at the clock, and after 5 s say on stderr that nothing came, and exit \
    with 1";
const CONNECT: &str = "anybody may send to this port: connect() the socket, \
    so that the kernel passes on the server's datagrams alone, or compare the \
    sender's host and port, and go on waiting";

/// A client that sends this to the server.
pub fn told(bytes: impl AsRef<[u8]>) -> Vec<Step> {
    vec![ask("peer"), send("peer", bytes)]
}

/// A client that has asked its question.
pub fn asked() -> Vec<Step> {
    vec![bind("peer"), expect("peer", QUESTION)]
}

/// The server answers with this, prints a line, and ends.
pub fn answered(answer: impl AsRef<[u8]>, line: &str) -> Vec<Step> {
    after(vec![expect("peer", answer)], shows(line))
}

/// The client receives this, prints a line, and ends.
pub fn hears(answer: impl AsRef<[u8]>, line: &str) -> Vec<Step> {
    after(vec![send("peer", answer)], shows(line))
}

fn shows(line: &str) -> Vec<Step> {
    let printed = prints(line).hint(Kind::Part, SMALL_BUFFER);
    vec![printed, ends(0).hint(Kind::NotEnded, ONE)]
}

fn answers() -> Vec<Step> {
    after(told(QUESTION), answered(ANSWER, QUESTION))
}

fn asks() -> Vec<Step> {
    after(asked(), hears(ANSWER, ANSWER))
}

/// It is sent a datagram that is longer than many a buffer.
fn prints_long(text: String) -> Step {
    prints_part(text).hint(FAILED, CUT).hint(Kind::NotText, NOT_TEXT)
}

/// It is sent a datagram of 0 bytes.
fn takes_empty() -> Vec<Step> {
    let empty = call("it prints an empty line", prints_empty);
    vec![empty.or_hint(EMPTY), ends(0).or_hint(EMPTY)]
}

/// A line without its end cannot be seen when it is empty.
fn prints_empty(trial: &mut Trial) -> Outcome {
    let line = trial.line()?.unwrap_or_default();
    if line.is_empty() {
        return Ok(());
    }
    let what = tr("it did not print an empty line");
    Err(trial.with_end(Kind::Other, what).with_bytes("", line))
}

fn fails_in_time() -> Step {
    let fails = gives_up(1).hint(Kind::Exit(Some(0)), GIVE_UP);
    fails.hint(Kind::NotEnded, GIVE_UP).hint(Kind::TooEarly, IMPATIENT)
}

/// How long the judge counts a client's questions.
const WHILE: Duration = Duration::from_millis(2500);

/// Counts the questions of some seconds, and waits for one more.
fn asks_on(trial: &mut Trial) -> Outcome {
    trial.did(tr("said nothing for 2.5 s"));
    let wait = Wait::new(WHILE);
    let mut again = 0;
    while trial.datagram("peer", wait.left())?.is_some() {
        again += 1;
        if again > 6 {
            let what = tr("it asked 7 times more within 2.5 s");
            return Err(Stop::mismatch(Kind::More, what));
        }
    }
    let lasted = WHILE.saturating_sub(wait.left());
    if trial.datagram("peer", PATIENCE)?.is_some() {
        return Ok(());
    }
    if again > 2 && lasted > Duration::from_secs(2) {
        // It asked for long enough: the judge came late.
        return Err(Stop::TooBusy);
    }
    let what = tr("it did not go on asking, 2.5 s after its first question");
    Err(trial.with_end(Kind::TooEarly, what))
}

pub fn checks() -> Vec<Check> {
    vec![
        server(
            Article,
            "answers one datagram",
            "It prints what the datagram says, answers once, and ends.",
            RECEIVE,
            || {
                vec![
                    ask("peer"),
                    send("peer", QUESTION)
                        .hint(FAILED, STDERR)
                        .hint(Kind::Nothing, NOT_THERE),
                    expect("peer", ANSWER)
                        .hint(Kind::Mute, RECEIVE)
                        .hint(Kind::Nothing, NO_ANSWER)
                        .hint(Kind::Part, ONLY)
                        .hint(Kind::Other, ONLY),
                    prints(QUESTION)
                        .hint(Kind::Part, SMALL_BUFFER)
                        .hint(Kind::More, LINE),
                    ends(0).hint(Kind::NotEnded, ONE),
                    quiet("peer", Duration::from_millis(50)).or_hint(ONE),
                ]
            },
        ),
        server(
            Pieces,
            "takes two datagrams for two messages",
            "One recv is one datagram, however many wait.",
            WHOLE,
            || {
                let two = after(told("one"), vec![try_send("peer", "piece")]);
                after(two, answered(ANSWER, "one"))
            },
        ),
        server(
            Odd,
            "answers a long datagram",
            "1200 bytes may be cut by the buffer, in mid-character too.",
            CUT,
            || {
                let long = "海".repeat(400);
                let told = told(&long);
                let shown = prints_long(long);
                after(told, after(vec![shown], just_answers()))
            },
        ),
        server(
            Odd,
            "answers an empty datagram",
            "A message of 0 bytes is one: an empty line, and the answer.",
            EMPTY,
            || {
                let answered = vec![expect("peer", ANSWER)];
                after(told(""), after(takes_empty(), answered))
            },
        ),
        server(
            Odd,
            "survives bytes that are no text",
            "Bytes that are no UTF-8 are shown as U+FFFD, and answered.",
            NOT_TEXT,
            faults::garbled(|| vec![ask("peer")], just_answers),
        ),
        faults::escapes(Side::Server, || vec![ask("peer")], just_answers),
        faults::listens_where_told(answers),
        faults::patient(answers),
        client(
            Article,
            "asks, and prints the answer",
            "It sends onepiece, prints the answer, and ends.",
            "send `onepiece` and nothing else in one datagram, receive one, \
             print it, and end",
            || {
                let question = expect("peer", QUESTION)
                    .hint(FAILED, STDERR)
                    .hint(Kind::Part, ONLY)
                    .hint(Kind::Other, ONLY);
                after(vec![bind("peer"), question], hears(ANSWER, ANSWER))
            },
        ),
        client(
            Pieces,
            "takes the first datagram for the answer",
            "A datagram is a whole message; a second one is another.",
            WHOLE,
            || {
                let mut two = hears(ANSWER, ANSWER);
                two.insert(1, try_send("peer", "again"));
                after(asked(), two)
            },
        ),
        client(
            Odd,
            "shows a long answer, or a part of it",
            "2100 bytes may be cut by the buffer, in mid-character too.",
            CUT,
            || {
                let long = "海".repeat(700);
                let sent = send("peer", &long);
                after(asked(), vec![sent, prints_long(long), ends(0)])
            },
        ),
        client(
            Odd,
            "takes an empty datagram for an answer",
            "A message of 0 bytes is one: an empty line.",
            EMPTY,
            || after(asked(), after(vec![send("peer", "")], takes_empty())),
        ),
        client(
            Odd,
            "survives bytes that are no text",
            "Bytes that are no UTF-8 are shown as U+FFFD.",
            NOT_TEXT,
            faults::garbled(asked, || vec![ends(0)]),
        ),
        faults::escapes(Side::Client, asked, || vec![ends(0)]),
        faults::goes_where_told(asks),
        client(
            BadPeer,
            "hears no stranger",
            "A datagram from another port is not the server's answer.",
            CONNECT,
            || {
                let forged = vec![
                    stranger("stranger", "peer"),
                    send("stranger", "forged"),
                    send("peer", ANSWER),
                    prints(ANSWER).hint(FAILED, CONNECT),
                    ends(0),
                ];
                after(asked(), forged)
            },
        ),
        client(
            BadPeer,
            "asks again when nothing comes",
            "Its first question is lost; the second one is answered.",
            ASK_AGAIN,
            || {
                let again = expect("peer", QUESTION)
                    .hint(FAILED, ASK_AGAIN)
                    .hint(Kind::Nothing, ASK_AGAIN);
                after(asked(), after(vec![again], hears(ANSWER, ANSWER)))
            },
        ),
        client(
            BadPeer,
            "goes on asking, once a second",
            "Only a question that comes after 2.5 s is answered.",
            ASK_AGAIN,
            || {
                let counted = call("counts the questions of 2.5 s", asks_on)
                    .hint(Kind::More, TOO_OFTEN)
                    .hint(Kind::TooEarly, IMPATIENT);
                after(asked(), after(vec![counted], hears(ANSWER, ANSWER)))
            },
        ),
        faults::starts_later(asks),
        client(
            BadPeer,
            "gives up a silent server",
            "No question is ever answered: exit code 1 in time.",
            GIVE_UP,
            || after(asked(), vec![fails_in_time()]),
        ),
        client(
            BadPeer,
            "gives up where nobody is",
            "All but its first question are refused: exit code 1 in time.",
            GIVE_UP,
            || {
                let away = call("goes away", |trial| {
                    trial.did(tr("went away"));
                    trial.remove_socket("peer").map(drop)
                });
                after(asked(), vec![away, fails_in_time()])
            },
        ),
    ]
}

fn just_answers() -> Vec<Step> {
    vec![expect("peer", ANSWER), ends(0)]
}
