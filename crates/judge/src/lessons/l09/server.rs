//! What lesson 09's server must do.

use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use programs::lang::{tr, tr_with};
use sha1::{Digest, Sha1};

use super::{
    BEYOND, BEYOND_ASCII, BINARY, CLOSE, CONTINUATION, COUNTS_BYTES, FIN, GUID,
    Head, KEY, LENGTHS, LINE, MOST, NOT_UTF8, ONE_RECV, PIECES_OF_ONE, PING,
    PINGED, PONG, RESERVED, RESERVED_FIRST_BYTES, TEXT, TOO_LONG, accept_of,
    all, blame, from_client, from_server, head, message, other_frame, plain,
    prints_soon, receive,
};
use crate::faults::{self, UNSAFE};
use crate::hints::{ESCAPES, SERVES_ON};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{Article, BadPeer, Many, Odd, Pieces};
use crate::script::{
    Action, Check, Name, Step, after, call, close, connect, expect, expect_end,
    pause, prints, prints_safely, reset, restart, runs, send, send_pieces,
    server, try_send,
};
use crate::trial::Trial;

/// Enough for a program that fails to end.
const MOMENT: Duration = Duration::from_secs(1);

/// What nobody has.
const NOWHERE: &str = "GET /nowhere";
const ERROR: &[&str] = &["4"];

const NO_HANDSHAKE: &str = "the client asks in HTTP, with lines that end with \
    CR LF and an empty one at the end: read up to that, then answer HTTP/1.1 \
    101 with Upgrade, Connection and Sec-WebSocket-Accept, and an empty line";
const ACCEPT_SUM: &str = "the accept is the base64 of the SHA-1 of the key's \
    text, as it came, with the GUID 258EAFA5… of RFC 6455, section 1.3, put \
    behind it";
const NO_GUID: &str = "this is the SHA-1 of the key alone: put the GUID \
    258EAFA5… of RFC 6455, section 1.3, behind it first";
const DECODED: &str = "the key stays in base64: what is hashed is its text, \
    not the 16 bytes that it stands for";
const IN_HEX: &str = "the digest goes in base64, all 20 bytes of it, and not \
    in hex (digest, not hexdigest)";
const NOT_UNMASKED: &str = "a client's frame is masked: 4 bytes of mask stand \
    before its payload, and each byte is XORed with the mask's byte at its \
    place modulo 4. What a server sends is not masked: 0x81, the length, the \
    text";
const NOT_SAID: &str = "what one client says is heard by everybody, the \
    speaker too: send it to each as one text frame, as soon as it has come";
const CLOSED: &str = "a close (opcode 8) is answered with a close, and then \
    the connection is closed; it is no message";
const UNMASKED: &str = "a client's frame without a mask is against the rules: \
    close with 1002, and neither print nor pass on what it says";
const ANY_CASE: &str = "names of headers, and the words websocket and \
    Upgrade, come in any case, and Connection may be a list";
const NO_UPGRADE: &str = "who does not ask for a WebSocket, or not with a key \
    and version 13, gets an HTTP error such as 404, 400 or 426";
const FOREIGN: &str = "a browser lets any page ask, and says in Origin whose \
    it is: answer 403 unless its host and port are those of Host; without \
    Origin it is no browser";
const OWN_PAGE: &str = "a browser sends Origin for this server's own page \
    too: let a client in whose Origin is http:// and the value of Host";
const OTHER_METHOD: &str = "only GET asks for a WebSocket: look at the first \
    word of the request, and answer any other with 405, whatever the headers \
    say";
const WITH_BODY: &str = "the answer to HEAD ends with the empty line, where \
    that to GET has its text (RFC 9110, section 9.3.2); some packages for \
    WebSocket send the text all the same";
const LONG_HEAD: &str = "a request's head is as long as the client likes: \
    stop at 8192 bytes, for example, answer 431, and close";
const BYTES_AS_TEXT: &str = "opcode 2 is bytes, which need not be UTF-8: pass \
    them on with opcode 2. In a text frame (opcode 1) they break the rules, \
    and a browser closes on them";
const DEAF: &str = "a send waits when the kernel's buffers are full, and a \
    client that never reads does not empty them: give each client a queue of \
    bounded length and a thread that sends from it, and drop a client whose \
    queue is full";
const ONE_AT_A_TIME: &str = "each client needs a thread of its own: a recv \
    waits for its client, and with it waits everybody behind";
const EVERYBODY: &str = "keep a list of all who are here, and send what one \
    says to each of them; who is gone must not keep it from the others";
const LEFT_OPEN: &str = "\"Address already in use\" is no bug of yours: the \
    side that closes first keeps the connection's port for a minute \
    (TIME_WAIT). Set SO_REUSEADDR before bind";

/// The usual mistakes with an accept, and the hint for each.
fn wrong_accepts(key: &str) -> [(String, &'static str); 5] {
    let raw = BASE64.decode(key.as_bytes()).unwrap_or_default();
    let digest = Sha1::digest(format!("{key}{GUID}"));
    let hex = HEXLOWER.encode(&digest);
    [
        (BASE64.encode(&Sha1::digest(key)), NO_GUID),
        (
            BASE64.encode(&Sha1::digest([&raw, GUID.as_bytes()].concat())),
            DECODED,
        ),
        (BASE64.encode(hex.as_bytes()), IN_HEX),
        (hex, IN_HEX),
        (key.to_owned(), ACCEPT_SUM),
    ]
}

/// A request such as `GET /`, its headers behind Host.
fn request(trial: &mut Trial, what: &str, fields: &str) -> Outcome<Vec<u8>> {
    let host = trial.place()?;
    let head = format!("{what} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
    Ok(head.into())
}

/// The headers that ask for a WebSocket.
fn upgrade() -> String {
    format!(
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: \
         {KEY}\r\nSec-WebSocket-Version: 13\r\n"
    )
}

/// Asks with these headers, for a WebSocket if a key is among them.
fn asks_with(name: Name, what: &'static str, fields: String) -> Step {
    let sentence = if fields.contains(KEY) {
        "asks for the WebSocket"
    } else {
        "asks in HTTP"
    };
    call(sentence, move |trial| {
        let request = request(trial, what, &fields)?;
        trial.send(name, &request)
    })
}

/// Asks as this server's own page does, in a browser.
fn asks_from_own_page(name: Name) -> Step {
    call("asks for the WebSocket", move |trial| {
        let origin = format!("Origin: http://{}\r\n", trial.place()?);
        let request = request(trial, "GET /", &(upgrade() + &origin))?;
        trial.send(name, &request)
    })
}

/// Expects 101, with all that belongs to it.
fn let_in(name: Name) -> Step {
    let step = call("expects 101 and the accept", move |trial| {
        let (head, rest) = head(trial, name)?;
        if !head.first.starts_with("HTTP/1.1 101") {
            let words = "it answered {line}, and not 101";
            let line = format!("{:.40?}", head.first);
            let what = tr_with(words, &[("line", &line)]);
            return Err(trial.with_end(Kind::Other, &what));
        }
        head.demand("Upgrade", "websocket")?;
        head.demand("Connection", "Upgrade")?;
        let right = accept_of(KEY);
        let came = head.field("Sec-WebSocket-Accept").unwrap_or_default();
        if came != right {
            let stop = head.lacks("Sec-WebSocket-Accept", &right);
            let wrong = wrong_accepts(KEY);
            let known = wrong.iter().find(|(accept, _)| accept == came);
            return Err(stop.with_hint(known.map_or(ACCEPT_SUM, |(_, h)| h)));
        }
        if head.field("Sec-WebSocket-Extensions").is_some() {
            let what = tr("it chose an extension that nobody had offered");
            return Err(Stop::mismatch(Kind::Other, what));
        }
        if rest.is_empty() {
            return Ok(());
        }
        let what = tr("more bytes came, though nothing was said yet");
        Err(Stop::mismatch(Kind::More, what).with_bytes("", rest))
    });
    step.hint(Kind::Nothing, NO_HANDSHAKE)
        .hint(Kind::Part, NO_HANDSHAKE)
        .hint(Kind::End, NO_HANDSHAKE)
        .hint(Kind::Other, NO_HANDSHAKE)
}

/// A client that is in the room.
fn joined(name: Name) -> Vec<Step> {
    vec![connect(name), asks_with(name, "GET /", upgrade()), let_in(name)]
}

fn peer_joined() -> Vec<Step> {
    joined("peer")
}

/// This text comes from the server, in one frame.
fn hears(name: Name, text: impl AsRef<[u8]>) -> Step {
    expect(name, from_server(TEXT, text))
        .hint(Kind::Nothing, NOT_SAID)
        .hint(Kind::Other, NOT_UNMASKED)
}

/// A client says this, and hears it as everybody does.
fn says(name: Name, text: &str) -> Vec<Step> {
    vec![send(name, message(text)), hears(name, text), prints(text)]
}

/// The next client is served; if not, the check's own mistake is the cause.
fn served_next() -> Vec<Step> {
    plain(after(joined("next"), says("next", "next one")))
}

/// The whole dialogue of a server with one client.
fn repeats() -> Vec<Step> {
    after(peer_joined(), says("peer", LINE))
}

/// A close comes, without a mask.
fn sends_close(name: Name) -> Step {
    call("expects a close", move |trial| {
        let frame = receive(trial, name)?;
        if frame.first == FIN | CLOSE && frame.mask.is_none() {
            return Ok(());
        }
        Err(other_frame(FIN | CLOSE, &frame))
    })
}

/// The server ends the connection, and does not wait for this side to.
fn closes_first(name: Name) -> Step {
    call("expects the end", move |trial| {
        let came = trial.receive_all(name, 1)?;
        if came.end.is_some() {
            return Ok(());
        } else if came.bytes.is_empty() {
            let what = tr("it had not closed the connection 12 s later");
            return Err(Stop::mismatch(Kind::NotEnded, what));
        }
        let what = tr("more bytes came, where the end was expected");
        Err(Stop::mismatch(Kind::More, what).with_bytes("", came.bytes))
    })
}

/// The server closes with this code, or closes the connection at once.
fn shuts_out(name: Name, code: u16, hint: &'static str) -> Vec<Step> {
    let closed =
        call("expects a close with a code, or the end", move |trial| {
            let whole = |bytes: &[u8]| {
                let length = bytes.get(1).map(|length| usize::from(*length));
                let close = bytes.first().is_none_or(|b| *b == FIN | CLOSE);
                !close || length.is_some_and(|l| bytes.len() >= l + 2)
            };
            let came = trial.receive_until(name, 200, whole)?;
            let right = from_server(CLOSE, code.to_be_bytes());
            let said = came.bytes.get(2..4);
            if came.bytes.is_empty() && came.end.is_some() {
                return Ok(());
            } else if came.bytes.is_empty() {
                let what = tr("nothing came within 12 s");
                return Err(trial.with_end(Kind::Nothing, what));
            } else if came.bytes.starts_with(&[FIN | CLOSE])
                && said.is_none_or(|said| said == code.to_be_bytes())
            {
                return Ok(());
            }
            let what = tr("other bytes came");
            let stop = trial.with_end(Kind::Other, what);
            Err(stop.with_bytes(right, came.bytes))
        });
    vec![
        closed.or_hint(hint),
        try_send(name, from_client(FIN | CLOSE, code.to_be_bytes())),
        expect_end(name).or_hint(hint),
    ]
}

/// The server answers with an HTTP error: one that begins so.
fn refuses(
    name: Name,
    statuses: &'static [&'static str],
    hint: &'static str,
) -> Step {
    let step = call("expects an HTTP error", move |trial| {
        let (head, _) = head(trial, name)?;
        is_refusal(trial, &head, statuses)
    });
    step.or_hint(hint)
}

fn is_refusal(trial: &mut Trial, head: &Head, statuses: &[&str]) -> Outcome {
    let came = head.first.split(' ').nth(1).unwrap_or_default();
    let http = head.first.starts_with("HTTP/1.");
    let right = statuses.iter().any(|status| came.starts_with(status));
    if http && came.len() == 3 && right {
        return Ok(());
    }
    let words = "it answered {line}, and not an error";
    let line = format!("{:.40?}", head.first);
    let what = tr_with(words, &[("line", &line)]);
    Err(trial.with_end(Kind::Other, &what))
}

/// Asks in HTTP for what is refused, with one of these statuses.
fn refused(
    what: &'static str,
    fields: String,
    statuses: &'static [&'static str],
    hint: &'static str,
) -> Vec<Step> {
    vec![
        connect("peer"),
        asks_with("peer", what, fields),
        refuses("peer", statuses, hint),
        close("peer"),
    ]
}

/// The answer to HEAD has no body, whatever it is (RFC 9110, section 9.3.2).
fn has_no_body(trial: &mut Trial) -> Outcome {
    let (_, mut rest) = head(trial, "peer")?;
    if rest.is_empty() {
        rest = trial.receive("peer", MOST, MOMENT, |_| false)?.bytes;
    }
    if rest.is_empty() {
        return Ok(());
    }
    let what = tr("a body came behind the empty line");
    Err(Stop::mismatch(Kind::More, what).with_bytes("", rest))
}

/// Asks with a head that is longer than any server takes.
fn asks_at_length(trial: &mut Trial) -> Outcome {
    let long = format!("X: {}\r\n{}", "x".repeat(BEYOND), upgrade());
    let request = request(trial, "GET /", &long)?;
    // It need not read all of it before it answers, and closes.
    trial.play(&Action::TrySend("peer", request))
}

/// A server that closes while something unread lies there resets, and the
/// reset may overtake its answer.
fn is_refused_or_shut_out(trial: &mut Trial) -> Outcome {
    match head(trial, "peer") {
        Ok((head, _)) => is_refusal(trial, &head, &["4"]),
        Err(Stop::Mismatch(m)) if m.kind == Kind::End => Ok(()),
        Err(stop) => Err(stop),
    }
}

/// Bytes go to all as they came, or are refused with 1003, "unsupported
/// data" (RFC 6455, section 7.4.1).
fn hears_bytes(trial: &mut Trial) -> Outcome {
    let frame = receive(trial, "peer")?;
    let refused = frame.first == FIN | CLOSE
        && frame.payload.starts_with(&1003_u16.to_be_bytes());
    if frame.mask.is_none() && refused {
        return Ok(());
    }
    if frame.mask.is_some() || frame.first != FIN | BINARY {
        return Err(other_frame(FIN | BINARY, &frame));
    }
    if frame.payload == faults::GARBLED {
        return Ok(());
    }
    let what = tr("the frame's payload is another one");
    let stop = Stop::mismatch(Kind::Other, what);
    Err(stop.with_bytes(faults::GARBLED, frame.payload))
}

pub fn checks() -> Vec<Check> {
    let joined_then = |steps: fn() -> Vec<Step>| {
        move || all([peer_joined(), steps(), served_next()])
    };
    vec![
        server(
            Article,
            "lets a client in",
            "It answers a GET with 101, and the accept for its key.",
            NO_HANDSHAKE,
            peer_joined,
        ),
        server(
            Article,
            "says again what is said",
            "It prints a client's message, and sends it back as one frame.",
            NOT_UNMASKED,
            repeats,
        ),
        server(
            Article,
            "takes one client after another",
            "Three clients join, at whatever path, and stay.",
            ONE_AT_A_TIME,
            || {
                let asks = asks_with("other", "GET /chat?room=1", upgrade());
                all([
                    repeats(),
                    plain(vec![connect("other"), asks, let_in("other")]),
                    plain(says("other", "other one")),
                    served_next(),
                ])
            },
        ),
        server(
            Pieces,
            "takes two frames of one send for two messages",
            "Two frames arrive at once: two lines, two frames back.",
            ONE_RECV,
            joined_then(|| {
                let two = [message("one"), message("piece")].concat();
                let both = vec![
                    send("peer", two),
                    hears("peer", "one"),
                    hears("peer", "piece"),
                    prints("one"),
                    prints("piece"),
                ];
                blame(ONE_RECV, both)
            }),
        ),
        server(
            Pieces,
            "takes a frame that comes byte by byte",
            "Each recv brings one byte: it is one message all the same.",
            ONE_RECV,
            joined_then(|| {
                let dripped = vec![
                    send_pieces("peer", message(LINE), 1),
                    hears("peer", LINE),
                    prints(LINE),
                ];
                blame(ONE_RECV, dripped)
            }),
        ),
        server(
            Pieces,
            "takes a request that comes in pieces",
            "The head comes 9 bytes at a time, up to its empty line.",
            NO_HANDSHAKE,
            || {
                let asks = call("asks, 9 bytes at a time", |trial| {
                    let request = request(trial, "GET /", &upgrade())?;
                    trial.play(&Action::Pieces("peer", request, 9))
                });
                let joined = vec![connect("peer"), asks, let_in("peer")];
                after(joined, says("peer", LINE))
            },
        ),
        server(
            Pieces,
            "joins the frames of one message",
            "A message comes in three frames, with a ping between them.",
            PIECES_OF_ONE,
            joined_then(|| {
                let pieces = vec![
                    send("peer", from_client(TEXT, "one")),
                    send("peer", from_client(CONTINUATION, " ")),
                    send("peer", from_client(FIN | PING, "?")),
                    expect("peer", from_server(PONG, "?")),
                    send("peer", from_client(FIN | CONTINUATION, "piece")),
                    hears("peer", LINE),
                    prints(LINE),
                ];
                blame(PIECES_OF_ONE, pieces)
            }),
        ),
        server(
            Odd,
            "knows the three forms of a length",
            "Messages of 125, 126, 65535 and 65536 bytes, and of none.",
            LENGTHS,
            joined_then(|| {
                let lengths = [125, 126, 65_535, 65_536, 0];
                let steps = lengths.map(|length| {
                    let text = "x".repeat(length);
                    says("peer", &text)
                });
                blame(LENGTHS, all(steps))
            }),
        ),
        server(
            Odd,
            "passes on what is beyond ASCII",
            "A text is UTF-8, and its length counts bytes.",
            COUNTS_BYTES,
            joined_then(|| blame(COUNTS_BYTES, says("peer", BEYOND_ASCII))),
        ),
        server(
            Odd,
            "escapes what could command a terminal",
            "Control characters, U+202E and their like never reach stdout.",
            ESCAPES,
            joined_then(|| {
                vec![
                    send("peer", message(UNSAFE)),
                    hears("peer", UNSAFE),
                    prints_safely(&["one", "piece"]).or_hint(ESCAPES),
                ]
            }),
        ),
        server(
            Odd,
            "passes on bytes as bytes",
            "Opcode 2 goes to all with opcode 2, or is closed with 1003.",
            BYTES_AS_TEXT,
            || {
                let bytes = vec![
                    send("peer", from_client(FIN | BINARY, faults::GARBLED)),
                    call("expects the bytes, or a close", hears_bytes)
                        .or_hint(BYTES_AS_TEXT),
                ];
                let next = vec![
                    send("next", message(LINE)),
                    hears("next", LINE),
                    prints_soon(LINE),
                ];
                let next = after(joined("next"), next);
                all([peer_joined(), bytes, blame(BYTES_AS_TEXT, next)])
            },
        ),
        server(
            Odd,
            "reads headers in any case",
            "upgrade: WebSocket, and Connection: keep-alive, Upgrade.",
            ANY_CASE,
            || {
                let fields = format!(
                    "connection: keep-alive, Upgrade\r\nupgrade: \
                     WebSocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: {KEY}\r\n"
                );
                let asks = asks_with("peer", "GET /", fields);
                let joined = vec![connect("peer"), asks, let_in("peer")];
                blame(ANY_CASE, after(joined, says("peer", LINE)))
            },
        ),
        server(
            Odd,
            "lets its own page in",
            "Its Origin is the server's own address, as in a browser: 101.",
            OWN_PAGE,
            || {
                let asks = asks_from_own_page("peer");
                let joined = vec![connect("peer"), asks, let_in("peer")];
                blame(OWN_PAGE, after(joined, says("peer", LINE)))
            },
        ),
        faults::listens_where_told(repeats),
        faults::patient(repeats),
        server(
            BadPeer,
            "answers a ping",
            "A pong with the same payload; nothing is printed.",
            PINGED,
            joined_then(|| {
                vec![
                    send("peer", from_client(FIN | PING, "there?")),
                    expect("peer", from_server(PONG, "there?")).or_hint(PINGED),
                    // One that nobody asked for.
                    send("peer", from_client(FIN | PONG, "")),
                ]
            }),
        ),
        server(
            BadPeer,
            "answers a close",
            "A close for a close, then the end; the others stay.",
            CLOSED,
            joined_then(|| {
                let code = 1000_u16.to_be_bytes();
                vec![
                    send("peer", from_client(FIN | CLOSE, code)),
                    sends_close("peer").or_hint(CLOSED),
                    closes_first("peer").or_hint(CLOSED),
                ]
            }),
        ),
        server(
            BadPeer,
            "refuses a frame without a mask",
            "It closes with 1002, or at once; the text goes nowhere.",
            UNMASKED,
            joined_then(|| {
                let sent = vec![send("peer", from_server(TEXT, LINE))];
                after(sent, shuts_out("peer", 1002, UNMASKED))
            }),
        ),
        server(
            BadPeer,
            "refuses a text that is no text",
            "It closes with 1007, or at once; the text goes nowhere.",
            NOT_UTF8,
            joined_then(|| {
                let sent = vec![send("peer", message(faults::GARBLED))];
                after(sent, shuts_out("peer", 1007, NOT_UTF8))
            }),
        ),
        server(
            BadPeer,
            "refuses a message beyond all bounds",
            "A frame says that it is 2^62 bytes long: 1009, or the end.",
            TOO_LONG,
            joined_then(|| {
                let head = b"\x81\xff\x40\0\0\0\0\0\0\0\x01\x02\x03\x04";
                let sent = vec![send("peer", head)];
                after(sent, shuts_out("peer", 1009, TOO_LONG))
            }),
        ),
        server(
            BadPeer,
            "refuses reserved bits and opcodes",
            "RSV1, opcodes 3 and 11: it closes with 1002, or at once.",
            RESERVED,
            || {
                let wrong = RESERVED_FIRST_BYTES.map(|first| {
                    let sent = vec![send("peer", from_client(first, LINE))];
                    let ends = shuts_out("peer", 1002, RESERVED);
                    all([peer_joined(), sent, ends])
                });
                after(all(wrong), served_next())
            },
        ),
        server(
            BadPeer,
            "answers plain HTTP with an error",
            "No upgrade, no key, an old version: 4xx, and it lives on.",
            NO_UPGRADE,
            || {
                let key = format!("Sec-WebSocket-Key: {KEY}\r\n");
                let keyless = upgrade().replace(&key, "");
                let header = "Upgrade: websocket\r\n";
                let no_upgrade = upgrade().replace(header, "");
                let old = upgrade().replace(": 13", ": 8");
                all([
                    refused(NOWHERE, String::new(), ERROR, NO_UPGRADE),
                    refused(NOWHERE, no_upgrade, ERROR, NO_UPGRADE),
                    refused(NOWHERE, keyless, ERROR, NO_UPGRADE),
                    refused(NOWHERE, old, ERROR, NO_UPGRADE),
                    served_next(),
                ])
            },
        ),
        server(
            BadPeer,
            "lets no other method in",
            "POST, with all headers of a handshake: 405, or its like.",
            OTHER_METHOD,
            || {
                let statuses = &["4", "501"];
                let posted =
                    refused("POST /", upgrade(), statuses, OTHER_METHOD);
                after(posted, served_next())
            },
        ),
        server(
            BadPeer,
            "answers HEAD without a body",
            "HEAD is answered as GET is, up to the empty line.",
            WITH_BODY,
            || {
                let asked = vec![
                    connect("peer"),
                    asks_with("peer", "HEAD /", String::new()),
                    call("expects an answer without a body", has_no_body)
                        .hint(Kind::More, WITH_BODY),
                    close("peer"),
                ];
                after(asked, served_next())
            },
        ),
        server(
            BadPeer,
            "refuses a request beyond all bounds",
            "Its head has 2,000,000 bytes: 431, or the end.",
            LONG_HEAD,
            || {
                let asked = vec![
                    connect("peer"),
                    call("asks with a head of 2,000,000 bytes", asks_at_length),
                    call(
                        "expects an HTTP error, or the end",
                        is_refused_or_shut_out,
                    )
                    .or_hint(LONG_HEAD),
                    close("peer"),
                ];
                after(asked, served_next())
            },
        ),
        server(
            BadPeer,
            "refuses another site's page",
            "Its Origin is foreign: 403.",
            FOREIGN,
            || {
                let fields =
                    format!("{}Origin: http://evil.example\r\n", upgrade());
                let foreign = refused(NOWHERE, fields, &["403"], FOREIGN);
                after(foreign, served_next())
            },
        ),
        server(
            BadPeer,
            "outlives clients that vanish",
            "They reset or close, before and after the handshake.",
            SERVES_ON,
            || {
                let gone = vec![
                    connect("peer"),
                    close("peer"),
                    connect("peer"),
                    reset("peer"),
                ];
                all([
                    gone,
                    blame(SERVES_ON, peer_joined()),
                    vec![reset("peer")],
                    blame(SERVES_ON, peer_joined()),
                    vec![close("peer"), pause(MOMENT), runs()],
                    served_next(),
                ])
            },
        ),
        server(
            BadPeer,
            "starts again at once on the same port",
            "Ended and started again, it can listen there at once.",
            LEFT_OPEN,
            || all([repeats(), vec![restart()], served_next()]),
        ),
        server(
            Many,
            "lets everybody hear",
            "Three are in the room: each hears what each says, in order.",
            EVERYBODY,
            || {
                let hear =
                    |name, text| blame(EVERYBODY, vec![hears(name, text)]);
                all([
                    joined("one"),
                    says("one", "from one"),
                    joined("two"),
                    says("two", "from two"),
                    hear("one", "from two"),
                    joined("three"),
                    says("three", "from three"),
                    hear("one", "from three"),
                    hear("two", "from three"),
                ])
            },
        ),
        server(
            Many,
            "lets nobody wait for who never asks",
            "One connects, one asks by half; another is served meanwhile.",
            ONE_AT_A_TIME,
            || {
                let half = "GET / HTTP/1.1\r\nUpgrade: webs";
                let mute = vec![
                    connect("mute"),
                    connect("half"),
                    send("half", half),
                    pause(Duration::from_millis(300)),
                ];
                after(mute, served_next())
            },
        ),
        server(
            Many,
            "lets nobody wait for a client that never reads",
            "One never reads: another says four long messages, and hears them.",
            DEAF,
            || {
                let deaf = vec![
                    call("connects, with a small receive buffer", |trial| {
                        trial.connect_narrow("deaf")
                    }),
                    asks_with("deaf", "GET /", upgrade()),
                    let_in("deaf"),
                ];
                let long = ["1", "2", "3", "4"]
                    .map(|digit| says("peer", &digit.repeat(60_000)));
                all([peer_joined(), plain(deaf), blame(DEAF, all(long))])
            },
        ),
        server(
            Many,
            "tells those who stay when others are gone",
            "One of three resets, one closes: the third talks on.",
            EVERYBODY,
            || {
                let gone = vec![reset("one"), close("two")];
                all([
                    joined("one"),
                    joined("two"),
                    peer_joined(),
                    gone,
                    blame(EVERYBODY, says("peer", "still")),
                    blame(EVERYBODY, says("peer", "here")),
                    served_next(),
                ])
            },
        ),
        server(
            Many,
            "fills a room with fifty",
            "Fifty are in the room: one speaks, and all hear it.",
            EVERYBODY,
            || vec![call("fifty join, one speaks, all hear", fifty)],
        ),
    ]
}

/// Fifty join; the last speaks, and all hear it.
fn fifty(trial: &mut Trial) -> Outcome {
    let play = |trial: &mut Trial, steps: Vec<Step>| {
        steps.iter().try_for_each(|step| trial.play(&step.action))
    };
    let mut others = Vec::new();
    for _ in 1..50 {
        play(trial, joined("other"))?;
        others.push(trial.take("other")?);
    }
    play(trial, peer_joined())?;
    // Some servers note a client only once they have let it in.
    crate::trial::wait::pause(Duration::from_millis(500))?;
    play(trial, says("peer", LINE))?;
    for other in others {
        trial.put("other", other);
        play(trial, vec![hears("other", LINE)])?;
    }
    Ok(())
}
