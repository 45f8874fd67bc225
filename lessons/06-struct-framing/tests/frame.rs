//! The frame, without sockets.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Cursor, Read};

use byteorder::{BigEndian, LittleEndian};
use struct_framing::frame::{self, Header, MAX_HEADER};
use struct_framing::repr;
use testkit::python;

/// Names that JSON, Python and terminals each treat in their own way.
const NAMES: [&str; 12] = [
    "one piece.mp4",
    "塑料王国.mp4",
    "",
    "it's",
    "say \"it\"",
    "it's \"it\"",
    "a\\b/c",
    "\0\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1b}\u{1f} ~\u{7f}\u{80}\u{9f}",
    "\u{a0}\u{ad}ÿĀ\u{301}\u{200b}\u{200e}\u{2028}\u{202e}\u{2066}\u{3000}",
    "\u{d7ff}\u{e000}\u{feff}\u{fffd}\u{fffe}\u{ffff}",
    "😀🏴\u{e0067}\u{10000}\u{1f3ff}\u{10ffff}",
    "</script>&'",
];

fn header(filename: &str, filesize: u64) -> Header {
    let filename = filename.into();
    Header { filename, filesize }
}

fn written(header: &Header) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::write(header, &mut bytes).unwrap();
    bytes
}

fn framed(json: &[u8]) -> Vec<u8> {
    let length = i32::try_from(json.len()).unwrap();
    [&length.to_le_bytes(), json].concat()
}

fn read(bytes: &[u8]) -> Result<Header, String> {
    let mut stream = Cursor::new(bytes);
    frame::read::<LittleEndian>(|buffer| stream.read(buffer))
        .map_err(|error| format!("{error:#}"))
}

#[track_caller]
fn refused(bytes: &[u8], words: &[&str]) {
    let error = read(bytes).unwrap_err();
    for word in words {
        assert!(error.contains(word), "no {word:?} in {error:?}");
    }
    assert!(error.len() < 300, "{error}");
}

#[test]
fn a_header_is_a_length_and_then_json() {
    let json = br#"{"filename": "\u6d77.txt", "filesize": 7}"#;
    let bytes = written(&header("海.txt", 7));
    assert_eq!(bytes, framed(json));
    assert_eq!(bytes[..4], [41, 0, 0, 0]);
}

#[test]
fn the_bytes_are_those_that_python_writes() {
    let script = "lessons/06-struct-framing/tests/like_python.py";
    let Some(mut python) = python(script, &[]) else {
        return;
    };
    let hex = |bytes: &[u8]| -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let mut expected = String::new();
    for name in NAMES {
        python.type_in(&(hex(name.as_bytes()) + "\n"));
        let header = header(name, 1 << 63);
        let shown = hex(header.to_string().as_bytes());
        expected += &format!("{} {shown}\n", hex(&written(&header)));
    }
    python.finish().printed(&expected);
}

#[test]
fn what_is_written_is_read_again() {
    for name in NAMES {
        for size in [0, 1, u64::MAX] {
            let header = header(name, size);
            assert_eq!(read(&written(&header)).unwrap(), header);
        }
    }
}

#[test]
fn plain_utf8_other_spacing_and_other_fields_are_read_too() {
    let json = " {\"x\":[1],\"filesize\":7,\n\"filename\":\"海\"} ";
    assert_eq!(read(&framed(json.as_bytes())), Ok(header("海", 7)));
}

#[test]
fn nothing_after_the_header_is_read() {
    let bytes = [written(&header("a", 4)), b"file".to_vec()].concat();
    let mut stream = Cursor::new(bytes);
    frame::read::<LittleEndian>(|buffer| stream.read(buffer)).unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "file");
}

#[test]
fn a_header_in_pieces_is_read_whole() {
    let header = header("海.txt", 7);
    let mut stream = Cursor::new(written(&header));
    let drip = |buffer: &mut [u8]| stream.read(&mut buffer[..1]);
    let received = frame::read::<LittleEndian>(drip).unwrap();
    assert_eq!(received, header);
}

#[test]
fn a_length_out_of_bounds_is_named_with_its_bounds() {
    for length in [0, -1, i32::MIN, i32::MAX, 65_537] {
        let bytes = [&length.to_le_bytes()[..], b"{}"].concat();
        refused(&bytes, &[&format!("is {length}, wanted is 1 to 65536")]);
    }
}

#[test]
fn a_length_in_the_other_byte_order_is_recognised() {
    refused(
        &[&52_i32.to_be_bytes()[..], b"{}"].concat(),
        &[
            "the length of the header is 872415232,",
            "00 00 00 34",
            "872415232 read little-endian, 52 read big-endian",
        ],
    );
}

#[test]
fn the_same_bytes_read_the_other_way_round_are_another_length() {
    let bytes = written(&header("a.txt", 7));
    let mut stream = Cursor::new(bytes);
    let read = frame::read::<BigEndian>(|buffer| stream.read(buffer));
    let error = read.unwrap_err().to_string();
    let wanted = "is 603979776, wanted is 1 to 65536; its bytes 24 00 00 00 \
                  are 36 read little-endian, 603979776 read big-endian";
    assert!(error.ends_with(wanted), "{error}");
}

#[test]
fn the_longest_header_is_read_and_a_longer_one_not_written() {
    let frame_around = "{\"filename\": \"\", \"filesize\": 0}".len();
    let longest = header(&"x".repeat(MAX_HEADER - frame_around), 0);
    assert_eq!(read(&written(&longest)).unwrap(), longest);

    let longer = header(&"x".repeat(MAX_HEADER - frame_around + 1), 0);
    let error = frame::write(&longer, &mut Vec::new()).unwrap_err();
    let wanted = "the header has 65537 bytes, 65536 at most may be sent";
    assert_eq!(error.to_string(), wanted);
}

#[test]
fn a_stream_that_ends_early_is_told_with_what_had_come() {
    let bytes = written(&header("a", 1));
    refused(&[], &["closed after 0 of 4 bytes of the length"]);
    refused(&bytes[..2], &["closed after 2 of 4 bytes of the length"]);
    refused(&bytes[..4], &["closed after 0 of 32 bytes of the header"]);
    refused(&bytes[..35], &["closed after 31 of 32 bytes of the header"]);
}

#[test]
fn a_header_that_is_not_json_is_refused() {
    for json in [&b"not json"[..], b"{", b"\0\0\0\0", b"{} {}", b"NaN"] {
        refused(&framed(json), &["the header is not JSON"]);
    }
    let deep = "[".repeat(MAX_HEADER);
    refused(&framed(deep.as_bytes()), &["the header is not JSON"]);
    let half = br#"{"filename": "\ud83d", "filesize": 1}"#;
    refused(&framed(half), &["the header is not JSON", "hex escape"]);
}

#[test]
fn a_header_that_is_not_utf8_is_refused() {
    let gbk = b"{\"filename\": \"\xba\xa3\", \"filesize\": 1}";
    refused(&framed(gbk), &["the header is not UTF-8", "index 14"]);
}

#[test]
fn a_header_that_is_no_object_is_refused() {
    for json in ["[\"a\", 1]", "\"a\"", "1", "null", "true"] {
        let wanted = format!("is not a JSON object: {json}");
        refused(&framed(json.as_bytes()), &[&wanted]);
    }
    let long = format!("\"{}\"", "x".repeat(60_000));
    refused(&framed(long.as_bytes()), &["is not a JSON object: \"xxx"]);
}

#[test]
fn a_header_without_a_field_is_refused() {
    let json = br#"{"filename": "a"}"#;
    refused(&framed(json), &["missing field `filesize`"]);
    let json = br#"{"filesize": 1}"#;
    refused(&framed(json), &["missing field `filename`"]);
}

#[test]
fn a_field_of_the_wrong_kind_is_refused_and_shown_as_it_came() {
    for wrong in [
        "-1",
        "1.5",
        "1.0",
        "1e3",
        "\"1\"",
        "null",
        "true",
        "[1]",
        "18446744073709551616",
    ] {
        let json = format!("{{\"filename\": \"a\", \"filesize\": {wrong}}}");
        let wanted = format!("the header cannot be used: {json}: invalid ");
        refused(&framed(json.as_bytes()), &[&wanted]);
    }
    for wrong in ["1", "null", "[\"a\"]", "{}"] {
        let json = format!("{{\"filename\": {wrong}, \"filesize\": 1}}");
        let wanted = format!("the header cannot be used: {json}: invalid ");
        refused(&framed(json.as_bytes()), &[&wanted]);
    }
}

#[test]
fn of_a_doubled_field_the_last_counts() {
    let json = br#"{"filename": "a", "filesize": 1, "filesize": 2}"#;
    assert_eq!(read(&framed(json)), Ok(header("a", 2)));
}

#[test]
fn a_length_that_counts_characters_is_recognised() {
    let json = r#"{"filename": "海贼王.txt", "filesize": 7}"#;
    let length = i32::try_from(json.chars().count()).unwrap();
    let bytes = [&length.to_le_bytes(), json.as_bytes()].concat();
    refused(&bytes, &["the header is not JSON", "count characters, not bytes"]);
}

#[test]
fn a_text_is_shown_as_python_shows_it() {
    for (text, shown) in [
        ("海.txt", "'海.txt'"),
        ("it's", "\"it's\""),
        ("\"it's\"", "'\"it\\'s\"'"),
        ("a\\b\n\u{1b}\u{a0}", "'a\\\\b\\n\\x1b\\xa0'"),
        ("\u{202e}\u{e0067}", "'\\u202e\\U000e0067'"),
    ] {
        assert_eq!(repr(text), shown);
    }
}
