//! What lesson 09's client must do.

use std::time::Duration;

use data_encoding::BASE64;
use programs::lang::tr;

use super::{
    BEYOND, BEYOND_ASCII, BINARY, CLOSE, CONTINUATION, COUNTS_BYTES, FIN, KEY,
    LENGTHS, LINE, NOT_UTF8, ONE_RECV, PIECES_OF_ONE, PING, PINGED, PONG,
    RESERVED, RESERVED_FIRST_BYTES, TEXT, TOO_LONG, accept_of, all, blame,
    frame, from_server, head, masked, message, other_frame, prints_soon,
    receive,
};
use crate::faults::{self, UNSAFE};
use crate::hints::{ESCAPES, IMPATIENT, RESET, TIMEOUT};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{Article, BadPeer, Odd, Pieces};
use crate::script::{
    Action, Check, Name, Step, accept, after, call, client, close, close_stdin,
    ends, expect_end, pause, prints, prints_safely, restart, send, send_pieces,
    types,
};
use crate::trial::Trial;

const NOT_MASKED: &str = "a client masks all that it sends, with 4 random \
    bytes that stand before the payload, and sets the mask bit (0x80) in the \
    second byte";
const MASK_UNUSED: &str = "the frame says that it is masked, and its payload \
    is as it was: XOR each byte with the mask's byte at its place modulo 4";
const NEWLINE: &str = "the line goes without its newline: what reads a line \
    mostly leaves it there";
const QUIET_ROOM: &str = "5 s are for the answer to the request: from then on \
    a room may be silent for an hour, so wait for messages without limit";
const REFUSED: &str = "the answer was a right one: 101, and the base64 of the \
    SHA-1 of the key's text with the GUID 258EAFA5… of RFC 6455, section 1.3, \
    behind it. Names of headers come in any case";
const SAME_MASK: &str = "each frame has a mask of its own: take 4 fresh \
    random bytes from the operating system each time";
const BEHIND_HEAD: &str = "what one recv brings may hold the end of the HTTP \
    and a frame behind it: keep what stands behind the empty line";
const ASKS: &str = "the client speaks first, in HTTP: GET / HTTP/1.1, Host, \
    Upgrade: websocket, Connection: Upgrade, Sec-WebSocket-Key (16 random \
    bytes in base64), Sec-WebSocket-Version: 13, and an empty line; lines end \
    with CR LF";
const NOT_SENT: &str = "a line is sent as soon as it is typed, without its \
    newline, as one masked text frame; hear the server meanwhile";
const NOT_HEARD: &str = "print each message when it comes, also while the \
    user types nothing: reading stdin and reading the socket are two threads' \
    work. Flush what is printed";
const END_OF_STDIN: &str = "at the end of stdin send a close (masked), hear \
    on until the server's close comes, then end with 0";
const NOT_CHECKED: &str = "work out the accept for your own key, and compare: \
    who cannot answer it does not speak WebSocket, so say so and exit with 1";
const NOT_101: &str = "only 101 lets you in: say on stderr what was answered \
    instead, and exit with 1";
const LONG_ANSWER: &str = "an answer's head is as long as the server likes: \
    stop at 8192 bytes, for example, say so, and exit with 1";
const SERVER_CLOSED: &str = "when the server closes first, answer its close, \
    say so on stderr, and exit with 1";
const MASKED_BY_SERVER: &str = "a server's frame is never masked: one that is \
    breaks the rules, so say so and exit with 1";
const BYTES: &str = "opcode 2 is bytes, which need not be UTF-8: do not \
    decode them. Print how many there are, for example, and hear on";
const LOST: &str = "a recv of 0 bytes without a close before it is no good \
    end: say on stderr that the server went, and exit with 1";

/// Receives a client's frame: masked, with this first byte.
fn receive_masked(
    trial: &mut Trial,
    name: Name,
    first: u8,
) -> Outcome<(Vec<u8>, [u8; 4])> {
    let frame = receive(trial, name)?;
    let Some(mask) = frame.mask else {
        let what = tr("a frame came that is not masked");
        return Err(Stop::mismatch(Kind::Other, what).with_hint(NOT_MASKED));
    };
    if frame.first != first {
        return Err(other_frame(first, &frame));
    }
    Ok((frame.payload, mask))
}

/// A masked frame with this payload comes from the client.
fn sends(name: Name, opcode: u8, payload: impl AsRef<[u8]>) -> Step {
    let wanted = payload.as_ref().to_vec();
    let words = match opcode {
        PONG => "expects a masked pong with the same payload",
        _ => "expects one masked text frame",
    };
    let step = call(words, move |trial| {
        let (payload, mask) = receive_masked(trial, name, FIN | opcode)?;
        if payload == wanted {
            return Ok(());
        }
        let what = tr("the frame's payload is another one");
        let stop = Stop::mismatch(Kind::Other, what);
        let stop = stop.with_bytes(&wanted, &payload);
        Err(if masked(&payload, mask) == wanted {
            stop.with_hint(MASK_UNUSED)
        } else if payload.trim_ascii_end() == wanted {
            stop.with_hint(NEWLINE)
        } else {
            stop
        })
    });
    match opcode {
        PONG => step.or_hint(PINGED),
        _ => step.hint(Kind::Nothing, NOT_SENT).or_hint(NOT_SENT),
    }
}

/// A masked close comes.
fn sends_close(name: Name) -> Step {
    call("expects a close", move |trial| {
        receive_masked(trial, name, FIN | CLOSE).map(drop)
    })
}

/// A client that has asked for a WebSocket; its key is answered by `with`.
fn answers(name: Name, with: fn(&str) -> Vec<u8>) -> Step {
    let step = call("answers its request", move |trial| {
        let key = asked(trial, name)?;
        trial.send(name, &with(&key))
    });
    step.hint(Kind::Nothing, ASKS)
        .hint(Kind::Part, ASKS)
        .hint(Kind::End, ASKS)
        .hint(Kind::Other, ASKS)
}

/// The key of a client's request, which has to be a right one.
fn asked(trial: &mut Trial, name: Name) -> Outcome<String> {
    let (head, rest) = head(trial, name)?;
    let words: Vec<&str> = head.first.split(' ').collect();
    let right = matches!(words[..], ["GET", path, "HTTP/1.1"]
                         if path.starts_with('/'));
    if !right {
        let what = tr("its request's first line is another one");
        let stop = Stop::mismatch(Kind::Other, what);
        return Err(stop.with_bytes("GET / HTTP/1.1", &head.first));
    }
    let host = trial.place()?.to_string();
    head.demand("Host", &host)?;
    head.demand("Upgrade", "websocket")?;
    head.demand("Connection", "Upgrade")?;
    head.demand("Sec-WebSocket-Version", "13")?;
    let key = head.field("Sec-WebSocket-Key").unwrap_or_default();
    let raw = BASE64.decode(key.as_bytes()).unwrap_or_default();
    if raw.len() != 16 {
        let what = tr("its Sec-WebSocket-Key is not 16 bytes in base64");
        return Err(Stop::mismatch(Kind::Other, what).with_bytes("", key));
    }
    if rest.is_empty() {
        return Ok(key.to_owned());
    }
    let what = tr("more bytes came, before the request was answered");
    Err(Stop::mismatch(Kind::More, what).with_bytes("", rest))
}

fn answer(accept: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    head.into()
}

fn right_answer(key: &str) -> Vec<u8> {
    answer(&accept_of(key))
}

/// A right answer, and a message right behind it.
fn answer_and_message(key: &str) -> Vec<u8> {
    [right_answer(key), from_server(TEXT, LINE)].concat()
}

/// The answer to another key, and a message that nobody should believe.
fn foreign_answer(_: &str) -> Vec<u8> {
    answer_and_message(KEY)
}

/// What a server says that knows no WebSocket; and what looks like a message,
/// for who does not care.
fn no_websocket(key: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        accept_of(key)
    );
    [head.into_bytes(), from_server(TEXT, LINE)].concat()
}

/// Answers with a head that is longer than any client takes, and a message
/// that nobody should believe.
fn answers_at_length(trial: &mut Trial) -> Outcome {
    let key = asked(trial, "peer")?;
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nX: {}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        "x".repeat(BEYOND),
        accept_of(&key)
    );
    let bytes = [head.into_bytes(), from_server(TEXT, LINE)].concat();
    // It need not read all of it before it gives up.
    trial.play(&Action::TrySend("peer", bytes))
}

fn accepted() -> Vec<Step> {
    vec![accept("peer")]
}

/// A client that was let in.
fn admitted() -> Vec<Step> {
    vec![accept("peer"), answers("peer", right_answer)]
}

/// The client prints what it hears.
fn shows_heard(text: &str) -> Vec<Step> {
    vec![
        send("peer", from_server(TEXT, text)),
        prints(text).hint(Kind::Nothing, NOT_HEARD),
    ]
}

/// The client says what is wrong, and exits with 1.
fn fails(hint: &'static str) -> Step {
    ends(1)
        .hint(Kind::More, hint)
        .hint(Kind::Exit(Some(0)), hint)
        .hint(Kind::NotEnded, hint)
}

/// The client goes by itself, with a close or without: one that waits for more
/// would go only when this side does.
fn goes(hint: &'static str) -> Vec<Step> {
    let gone = call("expects a close, or the end", |trial| {
        let came = trial.receive_all("peer", 1)?;
        if came.end.is_some() || !came.bytes.is_empty() {
            return Ok(());
        }
        let what = tr("nothing came within 12 s");
        Err(trial.with_end(Kind::Nothing, what))
    });
    vec![gone.or_hint(hint), fails(hint)]
}

/// stdin ends, and so does the client, with both closes.
fn parts() -> Vec<Step> {
    vec![
        close_stdin(),
        sends_close("peer").or_hint(END_OF_STDIN),
        send("peer", from_server(CLOSE, 1000_u16.to_be_bytes())),
        expect_end("peer").or_hint(END_OF_STDIN),
        ends(0).or_hint(END_OF_STDIN),
    ]
}

/// A line is typed, and sent.
fn speaks(line: &str) -> Vec<Step> {
    vec![types(format!("{line}\n")), sends("peer", TEXT, line)]
}

/// The whole dialogue of a client.
fn talks() -> Vec<Step> {
    after(after(admitted(), speaks(LINE)), after(shows_heard(LINE), parts()))
}

pub fn checks() -> Vec<Check> {
    let then = |before: fn() -> Vec<Step>, steps: fn() -> Vec<Step>| {
        move || after(before(), steps())
    };
    vec![
        client(
            Article,
            "asks for the WebSocket",
            "GET, Host, Upgrade, Connection, version 13 and a key.",
            ASKS,
            then(admitted, || {
                let mut steps = shows_heard(LINE);
                for step in &mut steps {
                    step.hints.insert(0, (Some(Kind::Exit(Some(1))), REFUSED));
                }
                steps
            }),
        ),
        client(
            Article,
            "says what is typed, and prints what it hears",
            "A line is a masked text frame; a text frame is a line.",
            NOT_SENT,
            then(admitted, || after(speaks(LINE), shows_heard("two piece"))),
        ),
        client(
            Article,
            "ends when its user has no more to say",
            "At the end of stdin it closes, hears on, and ends with 0.",
            END_OF_STDIN,
            then(admitted, || {
                let heard = vec![
                    close_stdin(),
                    sends_close("peer").or_hint(END_OF_STDIN),
                ];
                let code = 1000_u16.to_be_bytes();
                let closed = vec![
                    send("peer", from_server(CLOSE, code)),
                    expect_end("peer").or_hint(END_OF_STDIN),
                    ends(0).or_hint(END_OF_STDIN),
                ];
                let farewell = blame(END_OF_STDIN, shows_heard("farewell"));
                all([speaks(LINE), heard, farewell, closed])
            }),
        ),
        client(
            Pieces,
            "takes two frames of one recv for two messages",
            "Two frames arrive at once: two lines.",
            ONE_RECV,
            then(admitted, || {
                let two = ["one", "piece"].map(|text| from_server(TEXT, text));
                vec![
                    send("peer", two.concat()),
                    prints("one").hint(Kind::Other, ONE_RECV),
                    prints("piece").hint(Kind::Nothing, ONE_RECV),
                ]
            }),
        ),
        client(
            Pieces,
            "takes a frame that comes byte by byte",
            "Each recv brings one byte: it is one message all the same.",
            ONE_RECV,
            then(admitted, || {
                vec![
                    send_pieces("peer", from_server(TEXT, LINE), 1),
                    prints(LINE).hint(Kind::Nothing, ONE_RECV),
                ]
            }),
        ),
        client(
            Pieces,
            "keeps what comes behind the answer",
            "A message arrives together with the 101.",
            BEHIND_HEAD,
            || {
                vec![
                    accept("peer"),
                    answers("peer", answer_and_message),
                    prints(LINE).hint(Kind::Nothing, BEHIND_HEAD),
                ]
            },
        ),
        client(
            Pieces,
            "joins the frames of one message",
            "A message comes in three frames, with a ping between them.",
            PIECES_OF_ONE,
            then(admitted, || {
                vec![
                    send("peer", frame(TEXT, b"one", None)),
                    send("peer", frame(CONTINUATION, b" ", None)),
                    send("peer", from_server(PING, "?")),
                    sends("peer", PONG, "?"),
                    send("peer", from_server(CONTINUATION, "piece")),
                    prints(LINE).or_hint(PIECES_OF_ONE),
                ]
            }),
        ),
        client(
            Odd,
            "knows the three forms of a length",
            "125, 126, 65535 and 65536 bytes are said, and heard.",
            LENGTHS,
            then(admitted, || {
                let lengths = [125, 126, 65_535, 65_536];
                let steps = lengths.map(|length| {
                    let text = "x".repeat(length);
                    let heard = vec![
                        send("peer", from_server(TEXT, &text)),
                        prints(text.clone()),
                    ];
                    after(speaks(&text), heard)
                });
                blame(LENGTHS, all(steps))
            }),
        ),
        client(
            Odd,
            "says and hears what is beyond ASCII",
            "A text is UTF-8, and its length counts bytes.",
            COUNTS_BYTES,
            then(admitted, || {
                let said = speaks(BEYOND_ASCII);
                blame(COUNTS_BYTES, after(said, shows_heard(BEYOND_ASCII)))
            }),
        ),
        client(
            Odd,
            "hears on after a message of bytes",
            "Opcode 2 is bytes: it prints them safely or not, and hears on.",
            BYTES,
            then(admitted, || {
                vec![
                    send("peer", from_server(BINARY, faults::GARBLED)),
                    send("peer", from_server(TEXT, LINE)),
                    prints_soon(LINE).or_hint(BYTES),
                ]
            }),
        ),
        client(
            Odd,
            "masks each frame anew",
            "The same line twice is masked in two ways.",
            SAME_MASK,
            then(admitted, || {
                vec![
                    types("same\nsame\n"),
                    call("expects two masks", |trial| {
                        let text = FIN | TEXT;
                        let (_, one) = receive_masked(trial, "peer", text)?;
                        let (_, two) = receive_masked(trial, "peer", text)?;
                        if one != two {
                            return Ok(());
                        }
                        let what = tr("both frames have the same mask");
                        let stop = Stop::mismatch(Kind::Other, what);
                        Err(stop.with_hint(SAME_MASK))
                    })
                    .hint(Kind::Nothing, NOT_SENT),
                ]
            }),
        ),
        client(
            Odd,
            "escapes what could command a terminal",
            "Control characters, U+202E and their like never reach stdout.",
            ESCAPES,
            then(admitted, || {
                vec![
                    send("peer", from_server(TEXT, UNSAFE)),
                    prints_safely(&["one", "piece"]).or_hint(ESCAPES),
                ]
            }),
        ),
        faults::goes_where_told(talks),
        client(
            BadPeer,
            "answers a ping from the server",
            "A masked pong with the same payload; nothing is printed.",
            PINGED,
            then(admitted, || {
                let ping = vec![
                    send("peer", from_server(PING, "there?")),
                    sends("peer", PONG, "there?"),
                ];
                after(ping, shows_heard(LINE))
            }),
        ),
        client(
            BadPeer,
            "answers a close from the server",
            "A masked close for a close, then exit code 1.",
            SERVER_CLOSED,
            then(admitted, || {
                vec![
                    send("peer", from_server(CLOSE, 1001_u16.to_be_bytes())),
                    sends_close("peer").or_hint(SERVER_CLOSED),
                    fails(SERVER_CLOSED),
                ]
            }),
        ),
        client(
            BadPeer,
            "refuses a wrong accept",
            "The answer fits another key: exit code 1, nothing printed.",
            NOT_CHECKED,
            || {
                vec![
                    accept("peer"),
                    answers("peer", foreign_answer),
                    fails(NOT_CHECKED),
                ]
            },
        ),
        client(
            BadPeer,
            "takes only 101 for an answer",
            "The server knows no WebSocket (404): exit code 1.",
            NOT_101,
            || {
                vec![
                    accept("peer"),
                    answers("peer", no_websocket),
                    fails(NOT_101),
                ]
            },
        ),
        client(
            BadPeer,
            "refuses an answer beyond all bounds",
            "Its head has 2,000,000 bytes: exit code 1, nothing printed.",
            LONG_ANSWER,
            || {
                let answers =
                    call("answers with 2,000,000 bytes", answers_at_length);
                vec![accept("peer"), answers, fails(LONG_ANSWER)]
            },
        ),
        client(
            BadPeer,
            "refuses a masked frame from the server",
            "It breaks the rules: exit code 1, nothing printed.",
            MASKED_BY_SERVER,
            then(admitted, || {
                vec![send("peer", message(LINE)), fails(MASKED_BY_SERVER)]
            }),
        ),
        client(
            BadPeer,
            "refuses reserved bits and opcodes",
            "They break the rules: exit code 1, nothing printed.",
            RESERVED,
            || {
                let mut steps = Vec::new();
                for first in RESERVED_FIRST_BYTES {
                    if !steps.is_empty() {
                        steps.push(restart());
                    }
                    let wrong = frame(first, LINE.as_bytes(), None);
                    steps.extend(admitted());
                    steps.push(send("peer", wrong));
                    steps.extend(goes(RESERVED));
                }
                steps
            },
        ),
        client(
            BadPeer,
            "refuses a message beyond all bounds",
            "A frame says that it is 2^62 bytes long: exit code 1.",
            TOO_LONG,
            then(admitted, || {
                let head = b"\x81\x7f\x40\0\0\0\0\0\0\0";
                after(vec![send("peer", head)], goes(TOO_LONG))
            }),
        ),
        client(
            BadPeer,
            "refuses a text that is no text",
            "It breaks the rules: exit code 1, nothing printed.",
            NOT_UTF8,
            then(admitted, || {
                vec![
                    send("peer", from_server(TEXT, faults::GARBLED)),
                    fails(NOT_UTF8),
                ]
            }),
        ),
        client(
            BadPeer,
            "notices a server that goes without a close",
            "The end comes without a close frame: exit code 1.",
            LOST,
            then(admitted, || vec![close("peer"), fails(LOST)]),
        ),
        client(
            BadPeer,
            "notices a server that resets",
            "The connection breaks: exit code 1, and no panic.",
            RESET,
            faults::broken(admitted),
        ),
        client(
            BadPeer,
            "waits for a slow server",
            "The answer comes 3 s later, and the first message 6 s later.",
            IMPATIENT,
            || {
                let mut quiet_room = blame(QUIET_ROOM, shows_heard(LINE));
                for step in &mut quiet_room {
                    step.hints.push((Some(Kind::Exit(Some(1))), QUIET_ROOM));
                }
                all([
                    vec![
                        accept("peer"),
                        pause(Duration::from_secs(3)),
                        answers("peer", right_answer),
                        pause(Duration::from_secs(6)),
                    ],
                    quiet_room,
                ])
            },
        ),
        client(
            BadPeer,
            "gives up a silent server",
            "The server accepts and says nothing: exit code 1 in time.",
            TIMEOUT,
            faults::silent(accepted),
        ),
        faults::nobody_listens(),
    ]
}
