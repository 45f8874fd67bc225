//! Frames by hand: RFC 6455, section 5.7, and calls that cut them.

use super::*;

const UPGRADE: &[u8] = b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
const HELLO: &[u8] = b"\x81\x05Hello";
const MASKED_HELLO: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";

fn bytes(head: &[u8]) -> Bytes {
    let head = head.to_vec();
    Bytes { len: head.len() as u64, head, calls: 1, took: 0 }
}

/// A part: opcode, payload's length, range, and whether the frame begins and
/// ends there.
type Told = (u8, u64, Range<u64>, bool, bool);

/// The parts of each call after the upgrade.
fn parts(calls: &[&[u8]]) -> Vec<Vec<Told>> {
    let mut frames = Frames::default();
    assert_eq!(frames.walk(&bytes(UPGRADE)), []);
    let calls = calls.iter().map(|call| {
        let parts = frames.walk(&bytes(call)).into_iter();
        let parts = parts.map(|part| {
            let Part { frame, range, begins, ends, .. } = part;
            (frame.opcode, frame.payload, range, begins, ends)
        });
        parts.collect()
    });
    calls.collect()
}

#[test]
fn a_text_is_read_without_its_mask() {
    let mut frames = Frames::default();
    frames.walk(&bytes(UPGRADE));
    for call in [HELLO, MASKED_HELLO] {
        let parts = frames.walk(&bytes(call));
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].payload.as_deref(), Some(&b"Hello"[..]));
        assert_eq!(parts[0].range, 0..call.len() as u64);
    }
}

#[test]
fn a_call_may_hold_two_frames_and_one_without_a_payload() {
    let call = [HELLO, b"\x88\x00"].concat();
    let all = [(1, 5, 0..7, true, true), (8, 0, 7..9, true, true)];
    assert_eq!(parts(&[&call]), [all]);
}

#[test]
fn a_frame_may_take_several_calls_even_in_its_header() {
    let calls = [&MASKED_HELLO[..1], &MASKED_HELLO[1..8], &MASKED_HELLO[8..]];
    let expected = [
        vec![],
        vec![(1, 5, 0..7, false, false)],
        vec![(1, 5, 0..3, false, true)],
    ];
    assert_eq!(parts(&calls), expected);
}

#[test]
fn a_length_may_take_two_or_eight_bytes_more() {
    let two = [&b"\x82\x7e\x01\x00"[..], &[7; 256]].concat();
    let eight = b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00";
    let expected = [
        vec![(2, 256, 0..260, true, true)],
        vec![(2, 65_536, 0..10, true, false)],
    ];
    let mut found = parts(&[&two, eight]);
    // Of the second nothing but the header came.
    assert_eq!(found.pop(), Some(vec![(2, 65_536, 0..10, true, false)]));
    assert_eq!(found, expected[..1]);
    let more = [&eight[..], &[7; 20]].concat();
    assert_eq!(parts(&[&more]), [[(2, 65_536, 0..30, true, false)]]);
}

#[test]
fn a_header_and_its_payload_may_be_two_calls() {
    let mut frames = Frames::default();
    frames.walk(&bytes(UPGRADE));
    let [header, payload] = [&MASKED_HELLO[..6], &MASKED_HELLO[6..]]
        .map(|call| frames.walk(&bytes(call)));
    assert_eq!((header[0].begins, header[0].ends), (true, false));
    assert_eq!((payload[0].begins, payload[0].ends), (false, true));
    assert_eq!(payload[0].payload.as_deref(), Some(&b"Hello"[..]));
}

#[test]
fn a_compressed_message_is_named_and_not_read() {
    let mut frames = Frames::default();
    frames.walk(&bytes(UPGRADE));
    let parts = frames.walk(&bytes(b"\xc1\x05\xca\xcf\x4b\x05\x00"));
    assert_eq!((parts[0].frame.compressed, &parts[0].payload), (true, &None));
    assert_eq!(frames.walk(&bytes(HELLO)).len(), 1);
    // No close, and no later part of a message, has that bit.
    for wrong in [b"\xc8\x00", b"\xc0\x00"] {
        frames.walk(&bytes(wrong));
        assert_eq!(frames.walk(&bytes(HELLO)), []);
    }
}

#[test]
fn a_handshake_may_come_byte_by_byte() {
    for head in [UPGRADE, b"HTTP/1.1 101 Switching Protocols\r\n\r\n"] {
        let mut frames = Frames::default();
        for byte in head {
            assert_eq!(frames.walk(&bytes(&[*byte])), []);
        }
        assert_eq!(frames.walk(&bytes(HELLO)).len(), 1);
    }
}

#[test]
fn a_payload_that_is_not_at_hand_is_passed_over() {
    let mut frames = Frames::default();
    let head = [UPGRADE, b"\x82\x7e\x01\x00"].concat();
    let len = head.len() as u64 + 256;
    frames.walk(&Bytes { len, head, calls: 1, took: 0 });
    let parts = frames.walk(&bytes(HELLO));
    assert_eq!(parts[0].payload.as_deref(), Some(&b"Hello"[..]));
}

#[test]
fn a_handshake_that_is_not_all_at_hand_fills_its_call() {
    let mut frames = Frames::default();
    let head = b"HTTP/1.1 101 Switching Protocols\r\nConn".to_vec();
    assert_eq!(frames.walk(&Bytes { len: 129, head, calls: 1, took: 0 }), []);
    assert_eq!(frames.walk(&bytes(HELLO)).len(), 1);
}

#[test]
fn a_handshake_that_is_not_all_at_hand_may_go_on() {
    for rest in [&[&b"\r\n"[..]][..], &[b"A: b\r\n", b"\r", b"\n"]] {
        let mut frames = Frames::default();
        let head = b"GET / HTTP/1.1\r\nConn".to_vec();
        frames.walk(&Bytes { len: 113, head, calls: 1, took: 0 });
        for call in rest {
            assert_eq!(frames.walk(&bytes(call)), [], "{call:?}");
        }
        assert_eq!(frames.walk(&bytes(HELLO)).len(), 1);
        assert_eq!(frames.walk(&bytes(HELLO)).len(), 1);
    }
}

#[test]
fn other_streams_have_no_frames() {
    let pages = [
        &[&b"one piece"[..], HELLO][..],
        &[b"HTTP/1.1 200 OK\r\n\r\n", HELLO],
        &[UPGRADE, b"POST / HTTP/1.1\r\n\r\n", HELLO],
    ];
    for calls in pages {
        let mut frames = Frames::default();
        let found = calls.iter().flat_map(|call| frames.walk(&bytes(call)));
        assert_eq!(found.collect::<Vec<_>>(), [], "{calls:?}");
    }
}

#[test]
fn a_receive_has_the_parts_of_the_frames_it_took() {
    let mut frames = Frames::default();
    frames.walk(&bytes(UPGRADE));
    let parts = frames.walk(&bytes(&[HELLO, HELLO].concat()));
    let taken = within(&parts, &(3..14));
    let taken = taken.iter().map(|part| (part.begins, part.ends));
    assert_eq!(taken.collect::<Vec<_>>(), [(false, true), (true, true)]);
}
