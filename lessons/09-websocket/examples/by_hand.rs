//! The handshake and one frame, worked out by hand, without tungstenite.
//!
//! Run it with `cargo run -p websocket --example by_hand`. It connects to
//! nothing: its bytes are the examples of RFC 6455, sections 1.3 and 5.7.

use data_encoding::BASE64;
use sha1::{Digest, Sha1};

/// What a server adds to the key, always this (section 1.3). One that knows
/// nothing of WebSocket would not, so the client knows whom it met.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`, which stays in base64.
fn accept_key(key: &str) -> String {
    let digest = Sha1::digest(format!("{key}{GUID}"));
    BASE64.encode(&digest)
}

/// One frame (section 5.2).
#[derive(Debug, PartialEq)]
struct Frame {
    fin: bool,
    opcode: u8,
    mask: Option<[u8; 4]>,
    payload: Vec<u8>,
}

/// Reads one frame, and gives how many bytes it took; `None` while they are
/// not all there. A stream may bring half a frame, or two.
///
/// ```text
///  1 bit  3    4 bits   1 bit   7 bits    0, 2 or 8    0 or 4
/// ┌─────┬────┬────────┬───────┬─────────┬────────────┬────────┬─────────┐
/// │ FIN │ 0  │ opcode │ MASK  │ length  │ its longer │  mask  │ payload │
/// │     │    │        │       │ or 126, │ form       │        │         │
/// │     │    │        │       │ or 127  │            │        │         │
/// └─────┴────┴────────┴───────┴─────────┴────────────┴────────┴─────────┘
///        one byte          one byte         bytes       bytes
/// ```
fn read_frame(bytes: &[u8]) -> Option<(Frame, usize)> {
    let ([first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match second & 0x7f {
        126 => {
            let (two, rest) = rest.split_first_chunk()?;
            (u16::from_be_bytes(*two).into(), rest)
        }
        127 => {
            let (eight, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*eight), rest)
        }
        short => (short.into(), rest),
    };
    let (mask, rest) = if second & 0x80 == 0 {
        (None, rest)
    } else {
        let (mask, rest) = rest.split_first_chunk()?;
        (Some(*mask), rest)
    };
    let (payload, rest) = rest.split_at_checked(length.try_into().ok()?)?;
    let mut payload = payload.to_vec();
    for (byte, mask) in payload.iter_mut().zip(mask.iter().flatten().cycle()) {
        *byte ^= mask;
    }
    let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
    let frame = Frame { fin, opcode, mask, payload };
    Some((frame, bytes.len() - rest.len()))
}

fn main() {
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    println!("GET /chat HTTP/1.1");
    println!("Upgrade: websocket");
    println!("Connection: Upgrade");
    println!("Sec-WebSocket-Key: {key}");
    println!();
    println!("HTTP/1.1 101 Switching Protocols");
    println!("Upgrade: websocket");
    println!("Connection: Upgrade");
    println!("Sec-WebSocket-Accept: {}", accept_key(key));
    println!();

    let bytes = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    println!("{bytes:02x?}");
    if let Some((frame, length)) = read_frame(bytes) {
        let text = String::from_utf8_lossy(&frame.payload);
        println!("{length} bytes: {frame:02x?}: {text}");
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, accept_key, read_frame};

    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    /// A frame that takes all of these bytes, and none of fewer.
    #[track_caller]
    fn read(bytes: &[u8]) -> Frame {
        for length in 0..bytes.len().min(100) {
            assert_eq!(read_frame(&bytes[..length]), None, "{length}");
        }
        let two = [bytes, b"\x81\x02hi"].concat();
        let (frame, length) = read_frame(&two).unwrap();
        assert_eq!(length, bytes.len());
        frame
    }

    fn frame(fin: bool, opcode: u8, payload: &[u8]) -> Frame {
        Frame { fin, opcode, mask: None, payload: payload.to_vec() }
    }

    #[test]
    fn the_accept_key_is_the_one_of_the_rfc() {
        let key = accept_key("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(key, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn frames_are_read_as_the_rfc_says() {
        assert_eq!(read(b"\x81\x05Hello"), frame(true, 1, b"Hello"));
        assert_eq!(read(b"\x01\x03Hel"), frame(false, 1, b"Hel"));
        assert_eq!(read(b"\x80\x02lo"), frame(true, 0, b"lo"));
        assert_eq!(read(b"\x89\x05Hello"), frame(true, 9, b"Hello"));
        let masked = b"\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        for (first, opcode) in [(0x81, 1), (0x8a, 10)] {
            let hello = frame(true, opcode, b"Hello");
            let read = read(&[&[first], &masked[..]].concat());
            assert_eq!(read, Frame { mask: Some(MASK), ..hello });
        }
    }

    #[test]
    fn a_length_has_three_forms() {
        let many = |count: usize| vec![7; count];
        let short = [&b"\x82\x7d"[..], &many(125)].concat();
        assert_eq!(read(&short), frame(true, 2, &many(125)));
        let middle = [&b"\x82\x7e\x01\x00"[..], &many(256)].concat();
        assert_eq!(read(&middle), frame(true, 2, &many(256)));
        let head = b"\x82\x7f\0\0\0\0\0\x01\0\0";
        let long = [&head[..], &many(65_536)].concat();
        assert_eq!(read(&long), frame(true, 2, &many(65_536)));
    }

    #[test]
    fn a_length_beyond_all_memory_only_waits() {
        assert_eq!(
            read_frame(b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"),
            None
        );
    }
}
