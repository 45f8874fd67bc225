//! What lesson 05's programs must do.
//!
//! In merge the server receives and the client sends, in split it is the
//! other way round. A command without `{demo}` plays one of the two, which
//! shows: one side of each sends as soon as it is connected. Where a recv
//! ends is the network's choice, so the judge sends the next piece only once
//! the last one is printed.

use std::collections::BTreeSet;
use std::iter::repeat;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use programs::Side;
use programs::lang::tr;

use super::{Dialogue, Programs, nothing};
use crate::faults::{self, UNSAFE};
use crate::hints::{CUT, END, ESCAPES, NOT_TEXT, RESET, TIMEOUT};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{self, Article, BadPeer, Odd, Pieces};
use crate::script::{
    Check, Step, accept, after, ask, bind, call, client, close, close_sending,
    connect, ends, expect, expect_end, give, pause, prints, prints_safely,
    quiet, reset, restart, send, send_pieces, server, try_send,
};
use crate::trial::Trial;
use crate::trial::wait::{PATIENCE, Wait};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}", "--demo", "{demo}"],
    client: &["{host}:{port}", "--demo", "{demo}"],
    values: &[("demo", "merge")],
    dialogue: Dialogue {
        server: &MERGE,
        client: &[],
        typed: "",
        prepare: nothing,
        client_ends: true,
        lives_on: false,
    },
};

const MERGE: [&str; 5] = ["第一次", "第二次", "第三次", "第四次", "第五次"];
const SPLIT: [&str; 5] = ["一次一次一次", "二次", "三次", "四次", "五次"];

/// How long a piece may stay unprinted: a program may keep a cut character.
const BRIEF: Duration = Duration::from_millis(100);

const ONE_RECV: &str = "one send is not one recv, and a short recv does not \
    mean that all has come: TCP has no messages. Receive again and again, \
    until a recv gives 0 bytes: that is the end of the stream";
const COLLECTS: &str = "a recv returns as soon as anything is there: print \
    what it brought, as a line, before the next recv. This program waits for \
    more, or for the end, before it prints (or does not flush stdout)";
const NO_LINE: &str = "what each recv brought is a line of its own: end it \
    with a newline, and flush stdout";
const AT_ONCE: &str = "accept, receive up to 1024 bytes, print them as one \
    line, and end when the stream does";
const NINE: &str = "each recv takes up to 9 bytes, wherever a message ends: \
    print each as a line of its own, until the end";
const NO_MESSAGE: &str = "a recv of 0 bytes is no empty message, and does not \
    mean \"nothing yet\": it is the end of the stream. Print nothing for it, \
    and end";
const EACH_RECV: &str = "the 5 s are for each recv, not for the whole stream: \
    a slow sender may take as long as it likes, if something comes now and \
    then";
const NO_END: &str = "a recv that fails is not the end of the stream: what \
    came may be half of it. Say so on stderr, and exit with 1";
const NOT_ANSWERED: &str = "send all five one after the other, and close: \
    nobody answers, so wait for nothing";
const NOT_CLOSED: &str = "all five have come, but the receiver waits for more \
    until the socket is closed: close it, and end";
const EXTRA: &str = "send the messages' UTF-8 and nothing else: no newline, no \
    separator, no length";
const SENDER_RESET: &str = "the other side may be gone before all is sent: a \
    send that fails is a sentence on stderr and exit code 1, never a panic or \
    a signal (SIGPIPE)";
const REUSE: &str = "the side that closes first keeps the connection's port \
    for a minute (TIME_WAIT): set SO_REUSEADDR before bind";
const UDP_SOCKET: &str = "bind a UDP socket (SOCK_DGRAM) to the host and port \
    of the arguments: a TCP socket hears no datagram";
const DATAGRAMS: &str = "a recv takes one datagram, however many wait: print \
    each as a line of its own, at once, and end after the fifth";
const ONE_DATAGRAM: &str = "one send is one datagram: send each message with \
    its own, and end";
const SIX: &str = "a message is 6 bytes, however they come: receive until \
    there are so many, then answer once, and wait for the next 6";
const HALF: &str = "the end of the stream in the middle of 6 bytes is a \
    failure: say so on stderr, and exit with 1";
const ROUNDS: &str = "write, write, read: both halves, then wait for the \
    answer, then the next round";
const UNANSWERED: &str = "a recv of 0 bytes is no answer: it is the end of \
    the stream. Say on stderr that the server closed, and exit with 1";

/// Connects, once the side that receives is known to be judged.
fn receiver(side: Side) -> Vec<Step> {
    match side {
        Side::Server => vec![
            call("plays merge", |trial| plays(trial, Side::Server, "merge")),
            connect("peer"),
        ],
        Side::Client => vec![
            call("plays split", |trial| plays(trial, Side::Client, "split")),
            accept("peer"),
        ],
    }
}

fn sender(side: Side) -> Vec<Step> {
    match side {
        Side::Server => vec![
            call("plays split", |trial| plays(trial, Side::Server, "split")),
            connect("peer"),
        ],
        Side::Client => vec![
            call("plays merge", |trial| plays(trial, Side::Client, "merge")),
            accept("peer"),
        ],
    }
}

/// A check of the two that receive: merge's server, and split's client.
fn receivers(
    stage: Stage,
    [merge, split]: [&'static str; 2],
    purpose: &'static str,
    hint: &'static str,
    script: fn(Side) -> Vec<Step>,
) -> Vec<Check> {
    let steps = move |side| after(receiver(side), script(side));
    vec![
        server(stage, merge, purpose, hint, move || steps(Side::Server)),
        client(stage, split, purpose, hint, move || steps(Side::Client)),
    ]
}

/// The lines for a message that is there at once: with room for all of it,
/// or for 9 bytes, which are three of its characters.
fn lines(side: Side, message: &str) -> Vec<Step> {
    let letters: Vec<char> = message.chars().collect();
    let room = if side == Side::Server { letters.len() } else { 3 };
    letters.chunks(room).map(|line| prints(String::from_iter(line))).collect()
}

fn at_once(side: Side, messages: [&str; 5]) -> Vec<Step> {
    let sent = vec![send("peer", messages.concat()), close("peer")];
    after(sent, lines(side, &messages.concat()))
}

fn first(side: Side) -> Vec<Step> {
    after(vec![send("peer", SPLIT[0])], lines(side, SPLIT[0]))
}

fn closes() -> Vec<Step> {
    vec![close("peer"), ends(0)]
}

/// Sends what could command a terminal in pieces that fit 9 bytes.
fn unsafe_pieces(_: Side) -> Vec<Step> {
    let odd = UNSAFE.chars().filter(|c| !c.is_ascii_graphic());
    let pieces = odd.flat_map(|c| {
        let shown = prints_safely(&["<", ">"]).or_hint(ESCAPES);
        vec![send("peer", format!("<{c}>")), shown]
    });
    after(pieces.collect(), closes())
}

fn sends(side: Side, messages: [&str; 5]) -> Vec<Step> {
    let all = vec![
        expect("peer", messages.concat()).hint(Kind::Other, EXTRA),
        call("it closes first", closes_first)
            .hint(Kind::NotEnded, NOT_CLOSED)
            .hint(Kind::More, EXTRA),
        ends(0).hint(Kind::NotEnded, NOT_CLOSED),
    ];
    after(sender(side), all)
}

pub fn checks() -> Vec<Check> {
    let receiving = [
        receivers(
            Article,
            [
                "merge: prints what came at once",
                "split: reads nine bytes at a time",
            ],
            "All is there at the first recv: one line, or one per 9 bytes.",
            "print what each recv brought as a line of its own",
            // One more line, for the end, is another check's affair.
            |side| {
                let server = side == Side::Server;
                let (messages, hint) =
                    if server { (MERGE, AT_ONCE) } else { (SPLIT, NINE) };
                let all = at_once(side, messages).into_iter();
                all.map(|step| step.or_hint(hint)).collect()
            },
        ),
        receivers(
            Pieces,
            [
                "merge: reads to the end of the stream",
                "split: reads to the end of the stream",
            ],
            "It comes 3 bytes at a time: all of it is printed.",
            ONE_RECV,
            |_| {
                let fed = call("sends 3 bytes at a time", |trial| {
                    feed(trial, &MERGE.concat(), repeat(3))
                });
                let all = call("it prints all, once and in order", |trial| {
                    shows(trial, &MERGE.concat())
                });
                vec![fed, close("peer"), all, ends(0)]
            },
        ),
        receivers(
            Pieces,
            [
                "merge: survives cut characters",
                "split: survives cut characters",
            ],
            "It comes byte by byte, and a character has 3.",
            CUT,
            |_| {
                let fed = call("sends a byte at a time", |trial| {
                    feed(trial, &MERGE.concat(), repeat(1))
                });
                let all = call("it prints all, once and in order", |trial| {
                    shows(trial, &MERGE.concat())
                });
                vec![fed, close("peer"), all, ends(0)]
            },
        ),
        receivers(
            Pieces,
            [
                "merge: prints no line for the end",
                "split: prints no line for the end",
            ],
            "The end of the stream is no message: no line, not even an empty \
             one.",
            NO_MESSAGE,
            |side| {
                let end = ends(0).hint(Kind::More, NO_MESSAGE);
                after(at_once(side, SPLIT), vec![end])
            },
        ),
        receivers(
            Pieces,
            [
                "merge: prints each recv before the next",
                "split: prints each recv before the next",
            ],
            "Each message comes once the last one is printed.",
            ONE_RECV,
            |side| {
                let sent = call("sends each once it printed the last", in_step);
                let lines = SPLIT.iter().flat_map(|text| lines(side, text));
                let lines = lines.map(|step| step.hint(Kind::Part, NO_LINE));
                [sent].into_iter().chain(lines).collect()
            },
        ),
        receivers(
            Pieces,
            [
                "merge: loses nothing, whatever a recv brings",
                "split: loses nothing, whatever a recv brings",
            ],
            "855 bytes, in pieces of 1, 2, 3 bytes and so on, up to 40.",
            ONE_RECV,
            |_| {
                let fed = call("sends 1 byte, 2 bytes … 40", |trial| {
                    feed(trial, &MERGE.concat().repeat(19), 1..=41)
                });
                let all = call("it prints all, once and in order", |trial| {
                    shows(trial, &MERGE.concat().repeat(19))
                });
                vec![fed, close("peer"), all, ends(0)]
            },
        ),
        receivers(
            Odd,
            [
                "merge: loses nothing of a long stream",
                "split: loses nothing of a long stream",
            ],
            "9000 bytes at once: more than one recv takes.",
            ONE_RECV,
            |_| {
                let all = call("it prints all, once and in order", |trial| {
                    shows(trial, &"海贼王".repeat(1000))
                });
                let sent = send("peer", "海贼王".repeat(1000));
                vec![sent, close("peer"), all, ends(0)]
            },
        ),
        receivers(
            Odd,
            [
                "merge: survives bytes that are no text",
                "split: survives bytes that are no text",
            ],
            "Bytes that are no UTF-8 are shown as U+FFFD.",
            NOT_TEXT,
            |_| faults::garbled(Vec::new, closes)(),
        ),
        receivers(
            Odd,
            [
                "merge: escapes what could command a terminal",
                "split: escapes what could command a terminal",
            ],
            "Control characters, U+202E and their like never reach stdout.",
            ESCAPES,
            unsafe_pieces,
        ),
        receivers(
            BadPeer,
            [
                "merge: takes the end for no message",
                "split: takes the end for no message",
            ],
            "Closed before anything came: exit code 1, and no line.",
            END,
            |_| faults::gone(Vec::new)(),
        ),
        receivers(
            BadPeer,
            [
                "merge: gives up a silent client",
                "split: gives up a silent \
              server",
            ],
            "Silent after the first message: exit code 1 in time.",
            TIMEOUT,
            |side| faults::silent(move || first(side))(),
        ),
        receivers(
            BadPeer,
            [
                "merge: waits for a slow client",
                "split: waits for a slow server",
            ],
            "A message every 2.5 s: each recv has 5 s of its own.",
            EACH_RECV,
            |_| {
                let late = Duration::from_millis(2500);
                let each = MERGE[..4]
                    .iter()
                    .flat_map(|text| [try_send("peer", text), pause(late)]);
                let all = call("it prints all, once and in order", |trial| {
                    shows(trial, &MERGE[..4].concat())
                });
                let end = [close("peer"), all, ends(0)];
                each.chain(end).collect()
            },
        ),
        receivers(
            BadPeer,
            [
                "merge: says when the connection breaks",
                "split: says when the connection breaks",
            ],
            "Reset after the first message: exit code 1.",
            RESET,
            |side| {
                let failed = ends(1).hint(Kind::Exit(Some(0)), NO_END);
                after(first(side), vec![reset("peer"), failed])
            },
        ),
    ];
    let others = vec![
        server(
            Article,
            "split: sends its five messages",
            "42 bytes, in however many sends, then the end; it prints nothing.",
            NOT_ANSWERED,
            || sends(Side::Server, SPLIT),
        ),
        client(
            Article,
            "merge: sends its five messages",
            "45 bytes, in however many sends, then the end; it prints nothing.",
            NOT_ANSWERED,
            || sends(Side::Client, MERGE),
        ),
        server(
            BadPeer,
            "split: survives a client that is gone",
            "Reset at once: exit code 0 or 1, as far as it came.",
            SENDER_RESET,
            || {
                let end = call("it ends with 0, or says why not", |trial| {
                    ends_somehow(trial, &[0, 1])
                });
                after(sender(Side::Server), vec![reset("peer"), end])
            },
        ),
        server(
            BadPeer,
            "split: starts again at once on the same port",
            "It closed first; ended and started again, it listens there.",
            REUSE,
            || {
                let again = vec![
                    restart(),
                    connect("peer").hint(Kind::Exit(Some(1)), REUSE),
                    expect("peer", SPLIT.concat()),
                ];
                after(sends(Side::Server, SPLIT), again)
            },
        ),
        // Whatever it plays, it is there.
        faults::listens_where_told(|| vec![connect("peer")]),
        faults::patient(|| vec![connect("peer")]),
        faults::goes_where_told(|| vec![accept("peer")]),
        faults::nobody_listens(),
        server(
            Article,
            "udp: prints a line per datagram",
            "Datagrams keep their boundaries: five lines, then the end.",
            DATAGRAMS,
            || {
                let rest = MERGE[1..].iter().map(|text| send("peer", text));
                let lines = MERGE.map(prints);
                let rest = rest.chain(lines).chain([ends(0)]);
                after(asks_by_udp(), rest.collect())
            },
        ),
        server(
            Pieces,
            "udp: prints each datagram before the next",
            "Each datagram comes once the last one is printed.",
            DATAGRAMS,
            || {
                let shown = |text| prints(text).hint(Kind::Nothing, DATAGRAMS);
                let rest = MERGE[1..].iter();
                let rest =
                    rest.flat_map(|text| [send("peer", text), shown(*text)]);
                let all = [shown(MERGE[0])].into_iter().chain(rest);
                after(asks_by_udp(), all.chain([ends(0)]).collect())
            },
        ),
        client(
            Article,
            "udp: sends its five datagrams",
            "Five messages, a datagram each, and no more; it prints nothing.",
            ONE_DATAGRAM,
            || {
                let all = MERGE.iter().map(|text| expect("peer", text));
                let before = vec![give("demo", "udp"), bind("peer")];
                let no_more = vec![ends(0), quiet("peer", BRIEF)];
                after(before, all.chain(no_more).collect())
            },
        ),
        server(
            Pieces,
            "nagle: answers each message once",
            "Two halves, one `!`: as two, in bytes, and two at once.",
            SIX,
            || {
                vec![
                    give("demo", "nagle"),
                    connect("peer"),
                    send("peer", "一"),
                    quiet("peer", BRIEF * 2),
                    send("peer", "次"),
                    expect("peer", "!"),
                    send_pieces("peer", "一次", 1),
                    expect("peer", "!"),
                    send("peer", "一次一次"),
                    expect("peer", "!!"),
                    close_sending("peer"),
                    expect_end("peer"),
                    ends(0),
                ]
            },
        ),
        server(
            BadPeer,
            "nagle: notices half a message",
            "The stream ends after 3 of 6 bytes: exit code 1.",
            HALF,
            || {
                let half = vec![connect("peer"), send("peer", "一")];
                let end = vec![close_sending("peer"), expect_end("peer")];
                let half = after(half, after(end, vec![ends(1)]));
                after(vec![give("demo", "nagle")], half)
            },
        ),
        client(
            Article,
            "nagle: waits for each answer",
            "It sends 6 bytes, and the next ones after the answer.",
            ROUNDS,
            || {
                vec![
                    give("demo", "nagle"),
                    accept("peer"),
                    expect("peer", "一次"),
                    quiet("peer", Duration::from_secs(1)),
                    send("peer", "!"),
                    expect("peer", "一次"),
                    quiet("peer", BRIEF * 2),
                    send("peer", "!"),
                    expect("peer", "一次"),
                ]
            },
        ),
        client(
            BadPeer,
            "nagle: notices a server that is gone",
            "The server closes without an answer: exit code 1.",
            UNANSWERED,
            || {
                let end = call("it ends with 1", |t| ends_somehow(t, &[1]));
                vec![
                    give("demo", "nagle"),
                    accept("peer"),
                    expect("peer", "一次"),
                    close_sending("peer"),
                    end,
                ]
            },
        ),
    ];
    receiving.into_iter().flatten().chain(others).collect()
}

/// Has the program play this demo; one that cannot be told which is asked
/// what it plays: it is met by a peer that sends nothing, and either sends
/// or ends.
fn plays(trial: &mut Trial, side: Side, demo: &'static str) -> Outcome {
    match trial.give("demo", demo) {
        Err(missing @ Stop::MissingPlaceholder(_)) => {
            let split = demo == "split";
            if sends_first(trial, side)? == ((side == Side::Server) == split) {
                return Ok(());
            }
            Err(missing)
        }
        given => given,
    }
}

fn sends_first(trial: &mut Trial, side: Side) -> Outcome<bool> {
    trial.did(tr("sent nothing, to see which demo it plays"));
    match side {
        Side::Server => trial.connect("probe")?,
        Side::Client => trial.accept("probe")?,
    }
    trial.connection("probe")?.close_sending();
    let sends = match trial.receive_all("probe", 1) {
        Ok(received) => !received.bytes.is_empty(),
        // One that floods stdout takes the end for a message.
        Err(Stop::Mismatch(_)) => false,
        Err(stop) => return Err(stop),
    };
    match side {
        Side::Server => {
            // It may have closed first: then its port is not free yet.
            trial.stop();
            trial.move_to(Ipv4Addr::LOCALHOST)?;
            trial.restart()?;
        }
        Side::Client => trial.restart()?,
    }
    Ok(sends)
}

/// Sends a text in pieces, each once the last one shows on stdout, or after
/// a while: it may be a part of a character.
fn feed(
    trial: &mut Trial,
    text: &str,
    sizes: impl IntoIterator<Item = usize>,
) -> Outcome {
    trial.did(tr(
        "sent the following in pieces, and looked at stdout after each",
    ));
    trial.sent(text.as_bytes());
    let mut rest = text.as_bytes();
    for size in sizes {
        let (piece, later) = rest.split_at(size.min(rest.len()));
        let printed = trial.stdout().len();
        // Whether it takes all shows in what it prints.
        let _ = trial.connection("peer")?.send(piece);
        if printed == 0 {
            trial.has_printed();
        }
        let wait = Wait::for_something(BRIEF);
        while trial.stdout().len() == printed && !trial.has_ended()? {
            if !wait.goes_on()? {
                break;
            }
        }
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    Ok(())
}

/// Sends each message once the last one shows on stdout.
fn in_step(trial: &mut Trial) -> Outcome {
    let mut sent = String::new();
    for message in SPLIT {
        trial.send("peer", message.as_bytes())?;
        sent += message;
        let since = Instant::now();
        let wait = Wait::new(PATIENCE);
        loop {
            let ended = trial.has_ended()?;
            let mut printed = trial.stdout();
            printed.retain(|byte| !b"\r\n".contains(byte));
            if printed.len() >= sent.len() {
                break;
            }
            if ended || !wait.goes_on()? {
                let what = tr("it did not print what it was sent, before more");
                let stop = trial.with_end(Kind::Part, what);
                let stop = stop.with_bytes(&sent, printed);
                let waited = since.elapsed() > Duration::from_secs(1);
                return Err(if waited {
                    stop.with_hint(COLLECTS)
                } else {
                    stop
                });
            }
        }
    }
    Ok(())
}

/// Expects the end of the stream, while this side stays open.
fn closes_first(trial: &mut Trial) -> Outcome {
    let received = trial.receive_all("peer", 1)?;
    if !received.bytes.is_empty() {
        let what = tr("more bytes came, where the end was expected");
        let stop = Stop::mismatch(Kind::More, what);
        return Err(stop.with_bytes("", received.bytes));
    }
    if received.end.is_none() {
        let what = tr("it had not closed the connection 12 s later");
        return Err(Stop::mismatch(Kind::NotEnded, what));
    }
    Ok(())
}

/// Expects that it ends, and has printed this text in as many lines as it
/// likes. For a character that was cut, there may be up to three U+FFFD.
fn shows(trial: &mut Trial, text: &str) -> Outcome {
    let came = all_lines(trial)?;
    if is_same(text, &came) {
        return Ok(());
    }
    let what = tr("it did not print all that came, once and in order");
    Err(trial.with_end(Kind::Other, what).with_bytes(text, came))
}

/// Expects that it ends with one of these codes, whatever it has printed.
fn ends_somehow(trial: &mut Trial, codes: &[i32]) -> Outcome {
    all_lines(trial)?;
    let found = codes.iter().find(|code| trial.exit_code() == Some(**code));
    let expected = found.or(codes.first()).copied().unwrap_or_default();
    trial.ended_with(expected)
}

/// What it prints until it ends, without the lines' ends.
fn all_lines(trial: &mut Trial) -> Outcome<String> {
    if !trial.wait_for_end(PATIENCE)? {
        let what = tr("it had not ended 12 s later");
        return Err(Stop::mismatch(Kind::NotEnded, what));
    }
    let mut all = String::new();
    while let Some(line) = trial.line()? {
        all += &String::from_utf8_lossy(&line);
    }
    Ok(all)
}

/// Whether this is a text, but for characters that were cut.
fn is_same(text: &str, came: &str) -> bool {
    let came: Vec<char> = came.chars().collect();
    // All the places in what came that so much of the text may lead to.
    let mut places = BTreeSet::from([0]);
    for c in text.chars() {
        let mut next = BTreeSet::new();
        for place in places {
            let rest = came.get(place..).unwrap_or_default();
            if rest.first() == Some(&c) {
                next.insert(place + 1);
            }
            let cut = rest.iter().take(3).take_while(|c| **c == '\u{fffd}');
            next.extend((1..=cut.count()).map(|parts| place + parts));
        }
        places = next;
    }
    places.contains(&came.len())
}

/// The first datagram, to a server that is started by that.
fn asks_by_udp() -> Vec<Step> {
    let udp = call("judges with datagrams", |trial| {
        trial.use_udp(true);
        Ok(())
    });
    let first = send("peer", MERGE[0]).hint(Kind::Nothing, UDP_SOCKET);
    vec![give("demo", "udp"), udp, ask("peer"), first]
}
