//! What lesson 09's programs must do.

use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use programs::Side;
use programs::lang::{tr, tr_with};
use sha1::{Digest, Sha1};

use super::{Dialogue, Programs, nothing};
use crate::faults::{self, UNSAFE};
use crate::hints::{ESCAPES, IMPATIENT, RESET, SERVES_ON, TIMEOUT};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{Article, BadPeer, Many, Odd, Pieces};
use crate::script::{
    Action, Check, Name, Step, accept, after, call, client, close, close_stdin,
    connect, ends, expect, expect_end, pause, prints, prints_safely, reset,
    restart, runs, send, send_pieces, server, try_send, types,
};
use crate::trial::Trial;

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}"],
    values: &[],
    dialogue: Dialogue {
        server: &[LINE],
        client: &[LINE],
        typed: "one piece\n",
        prepare: nothing,
        client_ends: false,
        lives_on: true,
    },
};

const LINE: &str = "one piece";
const BEYOND_ASCII: &str = "海贼王 é 😀";

/// The key of RFC 6455, section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The mask of RFC 6455, section 5.7.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// No head is longer, and nothing but a head comes before a frame.
const MOST: usize = 8192;
/// Enough for a program that fails to end.
const MOMENT: Duration = Duration::from_secs(1);

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
const ONE_RECV: &str = "a recv brings what has arrived by now: half a frame, \
    or two. Keep what came, take whole frames from it, and leave the rest for \
    later";
const BEHIND_HEAD: &str = "what one recv brings may hold the end of the HTTP \
    and a frame behind it: keep what stands behind the empty line";
const LENGTHS: &str = "a length has three forms: up to 125 in the second \
    byte; 126 there, and 2 bytes behind it; 127 there, and 8 bytes; the \
    shortest that does, big-endian";
const COUNTS_BYTES: &str =
    "the length counts bytes, not characters: encode first, then count";
const PIECES_OF_ONE: &str = "a message may come in several frames: the first \
    has its opcode, the others have 0, and the last has FIN (0x80). Join \
    them; a ping may come between them";
const PINGED: &str = "answer a ping (opcode 9) at once with a pong (opcode \
    10) that has the same payload; it is no message, so it is not printed";
const CLOSED: &str = "a close (opcode 8) is answered with a close, and then \
    the connection is closed; it is no message";
const UNMASKED: &str = "a client's frame without a mask is against the rules: \
    close with 1002, and neither print nor pass on what it says";
const NOT_UTF8: &str = "a text frame that is no UTF-8 is against the rules: \
    close with 1007, and neither print nor pass it on; U+FFFD is not for here";
const TOO_LONG: &str = "a length is what the peer claims: bound it, and close \
    with 1009, before any memory is taken for it";
const ANY_CASE: &str = "names of headers, and the words websocket and \
    Upgrade, come in any case, and Connection may be a list";
const NO_UPGRADE: &str = "who does not ask for a WebSocket, or not with a key \
    and version 13, gets an HTTP error such as 404, 400 or 426";
const FOREIGN: &str = "a browser lets any page ask, and says in Origin whose \
    it is: answer 403 unless its host and port are those of Host; without \
    Origin it is no browser";
const ONE_AT_A_TIME: &str = "each client needs a thread of its own: a recv \
    waits for its client, and with it waits everybody behind";
const EVERYBODY: &str = "keep a list of all who are here, and send what one \
    says to each of them; who is gone must not keep it from the others";
const LEFT_OPEN: &str = "\"Address already in use\" is no bug of yours: the \
    side that closes first keeps the connection's port for a minute \
    (TIME_WAIT). Set SO_REUSEADDR before bind";

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
const SERVER_CLOSED: &str = "when the server closes first, answer its close, \
    say so on stderr, and exit with 1";
const MASKED_BY_SERVER: &str = "a server's frame is never masked: one that is \
    breaks the rules, so say so and exit with 1";
const LOST: &str = "a recv of 0 bytes without a close before it is no good \
    end: say on stderr that the server went, and exit with 1";

/// A frame, masked or not.
fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..126), _) => bytes.push(bit | length),
        (_, Ok(length)) => {
            bytes.push(bit | 126);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(bit | 127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(mask.iter().flatten());
    bytes.extend(masked(payload, mask.unwrap_or_default()));
    bytes
}

fn masked(payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mask = mask.iter().cycle();
    payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

/// A frame of a client's.
fn from_client(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(first, payload.as_ref(), Some(MASK))
}

/// A frame of a server's.
fn from_server(opcode: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(FIN | opcode, payload.as_ref(), None)
}

/// A client's message, in one frame.
fn message(text: impl AsRef<[u8]>) -> Vec<u8> {
    from_client(FIN | TEXT, text)
}

/// What a server answers a key with.
fn accept_of(key: &str) -> String {
    BASE64.encode(&Sha1::digest(format!("{key}{GUID}")))
}

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

/// The head of a request or of an answer.
struct Head {
    first: String,
    fields: Vec<(String, String)>,
}

impl Head {
    fn parse(bytes: &[u8]) -> Head {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default().to_owned();
        let fields = lines.filter_map(|line| line.split_once(':'));
        let fields = fields.map(|(name, value)| {
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Head { first, fields: fields.collect() }
    }

    /// A header's value.
    fn field(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        let mut found = self.fields.iter().filter(|(of, _)| *of == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Expects a header whose value has this word, in any case.
    fn demand(&self, name: &str, wanted: &str) -> Outcome {
        let value = self.field(name).unwrap_or_default();
        let mut words = value.split(',').map(str::trim);
        if words.any(|word| word.eq_ignore_ascii_case(wanted)) {
            return Ok(());
        }
        Err(self.lacks(name, wanted))
    }

    fn lacks(&self, name: &str, wanted: &str) -> Stop {
        let header = format!("{name}: {wanted}");
        let words = "its HTTP has no {header}";
        let what = tr_with(words, &[("header", &header)]);
        let value = self.field(name).unwrap_or_default();
        Stop::mismatch(Kind::Other, what).with_bytes(wanted, value)
    }
}

/// The next HTTP head, and what came right behind it.
fn head(trial: &mut Trial, name: Name) -> Outcome<(Head, Vec<u8>)> {
    let end = |bytes: &[u8]| {
        let place = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        place.map(|place| place + 4)
    };
    let received =
        trial.receive_until(name, MOST, |bytes| end(bytes).is_some())?;
    let bytes = received.bytes;
    if let Some(end) = end(&bytes) {
        return Ok((Head::parse(&bytes[..end]), bytes[end..].into()));
    }
    let (kind, what) = if received.end.is_some() {
        (Kind::End, tr("it closed before its HTTP had ended"))
    } else if bytes.is_empty() {
        (Kind::Nothing, tr("nothing came within 12 s"))
    } else {
        (Kind::Part, tr("no empty line (CR LF CR LF) ended its HTTP"))
    };
    Err(trial.with_end(kind, what))
}

/// A request for a WebSocket, its headers behind Host.
fn request(trial: &mut Trial, path: &str, fields: &str) -> Outcome<Vec<u8>> {
    let host = trial.place()?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
    Ok(head.into())
}

/// The headers that ask for a WebSocket.
fn upgrade() -> String {
    format!(
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: \
         {KEY}\r\nSec-WebSocket-Version: 13\r\n"
    )
}

/// Asks for a WebSocket with these headers.
fn asks_with(name: Name, path: &'static str, fields: String) -> Step {
    call("asks for the WebSocket", move |trial| {
        let request = request(trial, path, &fields)?;
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
    vec![connect(name), asks_with(name, "/", upgrade()), let_in(name)]
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

/// The same steps without their hints: the check's own is the likely one.
fn plain(mut steps: Vec<Step>) -> Vec<Step> {
    steps.iter_mut().for_each(|step| step.hints.clear());
    steps
}

/// Steps whose failure has this cause here, whatever it is elsewhere.
fn blame(hint: &'static str, steps: Vec<Step>) -> Vec<Step> {
    let kinds = [
        Kind::Nothing,
        Kind::Part,
        Kind::More,
        Kind::End,
        Kind::Other,
        Kind::NotEnded,
        Kind::Exit(Some(0)),
    ];
    let hinted = plain(steps).into_iter().map(|step| {
        let step = kinds.iter().fold(step, |step, kind| step.hint(*kind, hint));
        step.or_hint(hint)
    });
    hinted.collect()
}

/// The whole dialogue of a server with one client.
fn repeats() -> Vec<Step> {
    after(peer_joined(), says("peer", LINE))
}

/// What a frame held.
struct Frame {
    first: u8,
    mask: Option<[u8; 4]>,
    payload: Vec<u8>,
}

/// The next frame, in the right form.
fn receive(trial: &mut Trial, name: Name) -> Outcome<Frame> {
    let number = |bytes: Vec<u8>| {
        bytes.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte))
    };
    let start = trial.receive_exactly(name, 2)?;
    let [first, second] = start[..] else { return Err(wrong_form(&start)) };
    let (least, length) = match second & 0x7f {
        126 => (126, number(trial.receive_exactly(name, 2)?)),
        127 => (65_536, number(trial.receive_exactly(name, 8)?)),
        short => (0, short.into()),
    };
    if first & 0x70 != 0 || length < least || length > 1_000_000 {
        return Err(wrong_form(&start).with_hint(LENGTHS));
    }
    let mask = if second & 0x80 == 0 {
        None
    } else {
        trial.receive_exactly(name, 4)?.try_into().ok()
    };
    let length = usize::try_from(length).unwrap_or_default();
    let payload = match length {
        0 => Vec::new(),
        length => trial.receive_exactly(name, length)?,
    };
    let payload = masked(&payload, mask.unwrap_or_default());
    Ok(Frame { first, mask, payload })
}

fn wrong_form(start: &[u8]) -> Stop {
    let what = tr("what came is no frame: FIN and opcode, mask bit and length");
    Stop::mismatch(Kind::Other, what).with_bytes("", start)
}

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

fn other_frame(first: u8, frame: &Frame) -> Stop {
    let what = tr("another frame came (its first byte: FIN and opcode)");
    Stop::mismatch(Kind::Other, what).with_bytes([first], [frame.first])
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

/// A close comes, masked or not as its sender's side demands.
fn sends_close(name: Name, sender: Side) -> Step {
    call("expects a close", move |trial| {
        if sender == Side::Client {
            return receive_masked(trial, name, FIN | CLOSE).map(drop);
        }
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

/// The server answers with an HTTP error: this one, or any 4xx.
fn refuses(name: Name, status: &'static str, hint: &'static str) -> Step {
    let step = call("expects an HTTP error", move |trial| {
        let (head, _) = head(trial, name)?;
        let came = head.first.split(' ').nth(1).unwrap_or_default();
        let http = head.first.starts_with("HTTP/1.");
        if http && came.len() == 3 && came.starts_with(status) {
            return Ok(());
        }
        let words = "it answered {line}, and not an error";
        let line = format!("{:.40?}", head.first);
        let what = tr_with(words, &[("line", &line)]);
        Err(trial.with_end(Kind::Other, &what))
    });
    step.or_hint(hint)
}

/// Asks in HTTP for what is refused, with this status or its like.
fn refused(
    fields: String,
    status: &'static str,
    hint: &'static str,
) -> Vec<Step> {
    vec![
        connect("peer"),
        asks_with("peer", "/nowhere", fields),
        refuses("peer", status, hint),
        close("peer"),
    ]
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

/// stdin ends, and so does the client, with both closes.
fn parts() -> Vec<Step> {
    vec![
        close_stdin(),
        sends_close("peer", Side::Client).or_hint(END_OF_STDIN),
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

fn all(parts: impl IntoIterator<Item = Vec<Step>>) -> Vec<Step> {
    parts.into_iter().flatten().collect()
}

pub fn checks() -> Vec<Check> {
    let mut checks = servers();
    checks.extend(clients());
    checks
}

fn servers() -> Vec<Check> {
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
                let asks = asks_with("other", "/chat?room=1", upgrade());
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
                    let request = request(trial, "/", &upgrade())?;
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
            "reads headers in any case",
            "upgrade: WebSocket, and Connection: keep-alive, Upgrade.",
            ANY_CASE,
            || {
                let fields = format!(
                    "connection: keep-alive, Upgrade\r\nupgrade: \
                     WebSocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: {KEY}\r\n"
                );
                let asks = asks_with("peer", "/", fields);
                let joined = vec![connect("peer"), asks, let_in("peer")];
                blame(ANY_CASE, after(joined, says("peer", LINE)))
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
                    sends_close("peer", Side::Server).or_hint(CLOSED),
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
                    refused(String::new(), "4", NO_UPGRADE),
                    refused(no_upgrade, "4", NO_UPGRADE),
                    refused(keyless, "4", NO_UPGRADE),
                    refused(old, "4", NO_UPGRADE),
                    served_next(),
                ])
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
                after(refused(fields, "403", FOREIGN), served_next())
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

fn clients() -> Vec<Check> {
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
                    sends_close("peer", Side::Client).or_hint(END_OF_STDIN),
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
                    sends_close("peer", Side::Client).or_hint(SERVER_CLOSED),
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
            "refuses a masked frame from the server",
            "It breaks the rules: exit code 1, nothing printed.",
            MASKED_BY_SERVER,
            then(admitted, || {
                vec![send("peer", message(LINE)), fails(MASKED_BY_SERVER)]
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
