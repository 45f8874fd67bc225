//! What lesson 09's programs must do.

mod client;
mod server;

use data_encoding::BASE64;
use programs::lang::{tr, tr_with};
use sha1::{Digest, Sha1};

use super::{Dialogue, Programs, nothing};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::{Check, Name, Step, call};
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
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What RFC 6455, section 5.2, reserves: RSV1, which only an extension may
/// set, an opcode of data, and one of control.
const RESERVED_FIRST_BYTES: [u8; 3] = [FIN | 0x40 | TEXT, FIN | 3, FIN | 11];

/// No head is longer, and nothing but a head comes before a frame.
const MOST: usize = 8192;

/// More than anybody takes for a head, in bytes: Go's net/http takes 1 MiB.
const BEYOND: usize = 2_000_000;

const ONE_RECV: &str = "a recv brings what has arrived by now: half a frame, \
    or two. Keep what came, take whole frames from it, and leave the rest for \
    later";
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
const NOT_UTF8: &str = "a text frame that is no UTF-8 is against the rules: \
    close with 1007, and neither print nor pass it on; U+FFFD is not for here";
const TOO_LONG: &str = "a length is what the peer claims: bound it, and close \
    with 1009, before any memory is taken for it";
const RESERVED: &str = "three bits of the first byte (0x70) are 0 without an \
    extension, and opcodes 3 to 7 and 11 to 15 have no meaning: close with \
    1002, and do not skip the frame";

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

fn other_frame(first: u8, frame: &Frame) -> Stop {
    let what = tr("another frame came (its first byte: FIN and opcode)");
    Stop::mismatch(Kind::Other, what).with_bytes([first], [frame.first])
}

/// It prints this line, after one for the bytes that came before, or none:
/// what bytes look like on stdout is not laid down.
fn prints_soon(text: &'static str) -> Step {
    call("it prints the text behind the bytes", move |trial| {
        match trial.line()? {
            Some(line) if line != text.as_bytes() => trial.check_safe(&line)?,
            Some(_) => return Ok(()),
            None => {}
        }
        trial.prints(text)
    })
}

fn all(parts: impl IntoIterator<Item = Vec<Step>>) -> Vec<Step> {
    parts.into_iter().flatten().collect()
}

pub fn checks() -> Vec<Check> {
    let mut checks = server::checks();
    checks.extend(client::checks());
    checks
}
