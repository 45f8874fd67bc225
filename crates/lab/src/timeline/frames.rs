//! The frames of WebSocket in a stream, as far as the first bytes of each call
//! tell (RFC 6455, section 5.2).

use std::ops::Range;

use super::event::Bytes;

/// What is known of one direction of a stream.
#[derive(Debug, Default)]
pub struct Frames {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Begins,
    /// In the head of an HTTP message, which ends with an empty line; the
    /// bytes of it that came last.
    Head(Vec<u8>),
    /// In such a head or behind it: not all of it was at hand.
    Behind,
    /// Between two frames, or in the header of one; what came of it.
    Header(Vec<u8>),
    /// In a payload: of which frame, and how many bytes are still to come.
    Payload(Frame, u64),
    /// It is no WebSocket, or nobody can tell where a frame begins.
    Other,
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Whether it is the last of its message.
    pub fin: bool,
    /// Whether its message is compressed (RFC 7692): its first reserved bit
    /// says so.
    pub compressed: bool,
    pub opcode: u8,
    pub mask: Option<[u8; 4]>,
    /// How many bytes the header and the payload have.
    pub header: u64,
    pub payload: u64,
}

/// The bytes of a frame that one call moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub frame: Frame,
    /// Which bytes of the call.
    pub range: Range<u64>,
    /// Whether the frame begins here, and whether it ends here.
    pub begins: bool,
    pub ends: bool,
    /// The payload without its mask, if all of it is at hand, and says
    /// something without being unpacked.
    pub payload: Option<Vec<u8>>,
}

impl Frames {
    /// Of a stream in which nobody can tell where a frame begins.
    pub fn lost() -> Frames {
        Frames { state: State::Other }
    }

    /// The frames among the next bytes.
    pub fn walk(&mut self, bytes: &Bytes) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut at = 0;
        let mut header_at = None;
        // A frame without a payload is over where its header is.
        while at < bytes.len || matches!(self.state, State::Payload(_, 0)) {
            let known = known(bytes, at..bytes.len);
            match std::mem::take(&mut self.state) {
                State::Begins if is_http(known) => {
                    self.state = State::Head(Vec::new());
                }
                State::Head(seen) => at += self.head(seen, known, bytes, at),
                State::Behind if begins_frame(known) => {
                    self.state = State::Header(Vec::new());
                }
                State::Behind if !known.is_empty() => {
                    at += self.head(Vec::new(), known, bytes, at);
                    if let State::Head(_) = self.state {
                        self.state = State::Behind;
                    }
                }
                State::Header(seen) if seen.is_empty() && is_http(known) => {
                    self.state = State::Head(Vec::new());
                }
                State::Header(mut seen) => {
                    header_at.get_or_insert(at);
                    seen.extend(known.first());
                    at += 1;
                    self.state = match header(&seen) {
                        _ if known.is_empty() => State::Other,
                        Header::Cut => State::Header(seen),
                        Header::Whole(frame) => {
                            State::Payload(frame, frame.payload)
                        }
                        Header::Wrong => State::Other,
                    };
                }
                State::Payload(frame, left) => {
                    let payload = at..at + left.min(bytes.len - at);
                    at = payload.end;
                    let left = left - (payload.end - payload.start);
                    let range = header_at.take().unwrap_or(payload.start)..at;
                    let begins = payload.start - range.start == frame.header;
                    let ends = left == 0;
                    let payload = known_payload(&frame, bytes, payload);
                    parts.push(Part { frame, range, begins, ends, payload });
                    self.state = match left {
                        0 => State::Header(Vec::new()),
                        _ => State::Payload(frame, left),
                    };
                }
                State::Begins | State::Behind | State::Other => {
                    self.state = State::Other;
                    break;
                }
            }
        }
        // Of this frame the header came alone.
        if let (Some(begin), State::Payload(frame, _)) =
            (header_at, &self.state)
        {
            let (frame, range) = (*frame, begin..at);
            let begins = at - begin == frame.header;
            let (ends, payload) = (false, None);
            parts.push(Part { frame, range, begins, ends, payload });
        }
        parts
    }

    /// Goes to the end of an HTTP head, and returns how many bytes of the call
    /// belong to it. Where the last of them are not at hand, all do: nobody
    /// sends a frame before the head was answered. It may go on, though.
    fn head(
        &mut self,
        mut seen: Vec<u8>,
        known: &[u8],
        bytes: &Bytes,
        at: u64,
    ) -> u64 {
        let before = seen.len();
        seen.extend(known);
        let left = bytes.len - at;
        let end = seen.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            self.state = State::Header(Vec::new());
            return (end + 4 - before) as u64;
        }
        self.state = if known.len() as u64 == left {
            State::Head(seen.split_off(seen.len().saturating_sub(3)))
        } else {
            State::Behind
        };
        left
    }
}

/// Which of these bytes of a call are at hand.
fn known(bytes: &Bytes, range: Range<u64>) -> &[u8] {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let head = &bytes.head;
    let until = place(range.end).min(head.len());
    head.get(place(range.start)..until).unwrap_or_default()
}

/// Whether an HTTP message begins here, as far as its first bytes came. No
/// frame begins with these, of which no known kind has that reserved bit set.
pub fn is_http(bytes: &[u8]) -> bool {
    let begins = |with: &[u8]| {
        let mut both = bytes.iter().zip(with);
        !bytes.is_empty() && both.all(|(byte, expected)| byte == expected)
    };
    begins(b"GET ") || begins(b"HTTP/1.1 101")
}

/// Whether a frame begins here, of which a head has no such byte: the first
/// of a text, of bytes, or of a ping, pong or close.
fn begins_frame(bytes: &[u8]) -> bool {
    let first = bytes.first();
    first.is_some_and(|first| {
        matches!(first, 1 | 2 | 0x81 | 0x82 | 0x88..=0x8a | 0xc1 | 0xc2)
    })
}

/// What the first bytes of a frame are.
enum Header {
    Cut,
    Whole(Frame),
    Wrong,
}

fn header(bytes: &[u8]) -> Header {
    let (&[first, second], rest) = match bytes.split_first_chunk::<2>() {
        Some(split) => split,
        None => return Header::Cut,
    };
    let opcode = first & 0x0f;
    // Only the first frame of a message says that it is compressed.
    let compressed = match (first & 0x70, opcode) {
        (0, 0..=2 | 8..=10) => false,
        (0x40, 1 | 2) => true,
        _ => return Header::Wrong,
    };
    // A short payload's length stands in the byte itself; 126 and 127 say that
    // two or eight bytes follow with it, the highest first.
    let more = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some((length, rest)) = rest.split_at_checked(more) else {
        return Header::Cut;
    };
    let payload = match length {
        [] => u64::from(second & 0x7f),
        _ => length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let mask = match (second & 0x80, rest.first_chunk::<4>()) {
        (0, _) => None,
        (_, Some(mask)) => Some(*mask),
        (_, None) => return Header::Cut,
    };
    let header = bytes.len() as u64;
    let fin = first & 0x80 != 0;
    Header::Whole(Frame { fin, compressed, opcode, mask, header, payload })
}

/// A payload without its mask, if all of it lies in this range of the call
/// and is at hand.
fn known_payload(
    frame: &Frame,
    bytes: &Bytes,
    range: Range<u64>,
) -> Option<Vec<u8>> {
    let known = known(bytes, range);
    if known.len() as u64 != frame.payload || frame.compressed {
        return None;
    }
    let mask = frame.mask.unwrap_or_default();
    let mask = mask.iter().cycle();
    Some(known.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect())
}

impl Part {
    /// Whether it is of a ping or a pong, by which two programs learn that the
    /// other is still there.
    fn is_heartbeat(&self) -> bool {
        matches!(self.frame.opcode, 9 | 10)
    }

    /// Whether it is of a text, or of bytes, that one says to the other.
    pub fn is_message(&self) -> bool {
        matches!(self.frame.opcode, 0..=2)
    }
}

/// Whether a call moved nothing but pings and pongs.
pub fn are_heartbeats(parts: &[Part]) -> bool {
    !parts.is_empty() && parts.iter().all(Part::is_heartbeat)
}

/// The frames of a receive that took this range of a send's bytes.
pub fn within(parts: &[Part], range: &Range<u64>) -> Vec<Part> {
    let met = parts.iter().filter_map(|part| {
        let start = part.range.start.max(range.start);
        let end = part.range.end.min(range.end);
        (start < end).then(|| {
            let begins = part.begins && start == part.range.start;
            let ends = part.ends && end == part.range.end;
            let whole = (start..end) == part.range;
            let payload = part.payload.clone().filter(|_| whole);
            let frame = part.frame;
            Part { frame, range: start..end, begins, ends, payload }
        })
    });
    met.collect()
}

#[cfg(test)]
mod tests;
