//! Rows made by hand, as they look in a terminal.

use unicode_width::UnicodeWidthStr;

use super::*;
use crate::timeline::event::{Bytes, Failure, Slice};
use crate::timeline::frames::Frames;

const CLIENT: usize = 0;
const SERVER: usize = 1;

fn bytes(text: &str) -> Bytes {
    let head = text.as_bytes().to_vec();
    Bytes { len: head.len() as u64, head, calls: 1, took: 0 }
}

fn row(lane: usize, kind: RowKind) -> Row {
    Row { at: 0, lane, peer: Some(1 - lane), client: None, kind }
}

fn sends(number: usize, text: &str, unread: u64) -> Row {
    let (bytes, on_way) = (bytes(text), Some(unread));
    row(
        CLIENT,
        RowKind::Sends {
            number,
            bytes,
            on_way,
            udp: false,
            fate: None,
            arrived: false,
            frames: Vec::new(),
        },
    )
}

fn receives(text: &str, slices: Vec<Slice>) -> Row {
    let (bytes, on_way) = (bytes(text), Some(0));
    let (udp, again, frames) = (false, false, Vec::new());
    row(SERVER, RowKind::Receives { bytes, slices, on_way, udp, again, frames })
}

fn slice(send: usize, of: u64) -> Slice {
    Slice { send, range: 0..of, of }
}

fn rows() -> Vec<Row> {
    let error = Failure {
        kind: "WouldBlock".into(),
        text: "Resource temporarily unavailable".into(),
        after: 1_000_000_000,
    };
    vec![
        row(SERVER, RowKind::Waits("accept waits".into())),
        row(CLIENT, RowKind::Connects { error: None, took: 0 }),
        row(SERVER, RowKind::Accepts { error: None }),
        sends(1, "第一次", 9),
        sends(2, "第二次", 18),
        receives("第一次第二次", vec![slice(1, 9), slice(2, 9)]),
        row(SERVER, RowKind::Prints("第一次第二次".repeat(10))),
        row(CLIENT, RowKind::ReceiveFails { error, lost: vec![] }),
        row(CLIENT, RowKind::Closes { unread: 0, udp: false }),
        row(SERVER, RowKind::EndOfStream),
    ]
}

fn drawn(width: usize, ascii: bool) -> String {
    let mut out = Vec::new();
    let lanes = vec!["client".to_owned(), "server".to_owned()];
    let mut terminal = Terminal::new(&mut out, lanes, width, ascii);
    terminal.head("lesson", "place", &[]).unwrap();
    for row in rows() {
        terminal.row(&row).unwrap();
    }
    let coloured = String::from_utf8(out).unwrap();
    anstream::adapter::strip_str(&coloured).to_string()
}

#[test]
fn arrows_lead_from_lane_to_lane_over_the_bytes_on_the_way() {
    let wanted = "\
lesson                                                                     place
      ms  client                        on way     server
    0.00                                           accept waits
    0.00  connect ───────────────────────────────▶
    0.00                                           accept
    0.00  send #1 9 B 第一次 ─────────▶  → 9
    0.00  send #2 9 B 第二次 ─────────▶  → 18
    0.00                                 → 0   ──▶ recv 18 B = #1 #2
                                                   第一次第二次
    0.00                                           prints
                                                   第一次第二次第一次第二次第一
                                                   次第二次第一次第二次第一次第
                                                   二次第一次第二次第一次第二次
                                                   第一次第二次第一次第二次第一…
    0.00  recv: nothing in 1.0s
    0.00  close ──────────────────────▶
    0.00                                       ──▶ end of stream
";
    assert_eq!(drawn(80, false), wanted);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [60, 73, 80, 100, 120] {
        for line in drawn(width, false).lines() {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn ascii_signs_take_the_same_columns() {
    let (plain, ascii) = (drawn(80, false), drawn(80, true));
    for (plain, ascii) in plain.lines().zip(ascii.lines()) {
        assert_eq!(plain.width(), ascii.width());
        let signs = ascii.chars().filter(|c| !"第一二次".contains(*c));
        assert!(signs.collect::<String>().is_ascii(), "{ascii}");
    }
}

#[test]
fn an_arrow_shows_what_the_network_made_of_a_datagram() {
    let passes = |copies, late| Fate::Passes { copies, late };
    for (fate, client, server) in [
        (Fate::Lost, "text ───", " ✕─ send"),
        (passes(1, false), "────▶ ", "◀── send"),
        (passes(2, false), "───▶▶ ", "◀◀─ send"),
        (passes(1, true), "╌╌╌╌▶ ", "◀╌╌ send"),
    ] {
        for (lane, arrow) in [(CLIENT, client), (SERVER, server)] {
            let kind = RowKind::Sends {
                number: 1,
                bytes: bytes("text"),
                on_way: Some(4),
                udp: true,
                fate: Some(fate),
                arrived: false,
                frames: Vec::new(),
            };
            let lanes = vec!["client".to_owned(), "server".to_owned()];
            let mut out = anstream::StripStream::new(Vec::new());
            let mut terminal = Terminal::new(&mut out, lanes, 80, false);
            terminal.row(&row(lane, kind)).unwrap();
            let line = String::from_utf8(out.into_inner()).unwrap();
            assert!(line.contains(arrow), "no {arrow:?}: {line}");
            assert_eq!(line.contains('✕'), fate == Fate::Lost, "{line}");
            assert_eq!(
                line.contains('▶') || line.contains('◀'),
                fate != Fate::Lost
            );
        }
    }
}

#[test]
fn three_clients_have_arrows_in_eighty_columns() {
    let names = ["client 1", "client 2", "client 3", "server"];
    let lanes = names.map(str::to_owned).to_vec();
    let mut out = anstream::StripStream::new(Vec::new());
    let mut terminal = Terminal::new(&mut out, lanes, 80, false);
    terminal.head("lesson", "place", &[]).unwrap();
    let error = "connecting to 127.0.0.1:8000: Connection refused".to_owned();
    for kind in [
        RowKind::Connects { error: None, took: 0 },
        sends(1, "a message that is long", 9).kind,
        RowKind::Says(error.clone()),
    ] {
        terminal
            .row(&Row { at: 0, lane: 1, peer: Some(3), client: None, kind })
            .unwrap();
    }
    let kind = receives("a message", vec![slice(1, 22)]).kind;
    terminal
        .row(&Row { at: 0, lane: 3, peer: Some(1), client: None, kind })
        .unwrap();
    let drawn = String::from_utf8(out.into_inner()).unwrap();
    for words in ["connect ─▶", "send #1 22 B ─▶", "2▶ recv 9 B", &error]
    {
        assert!(drawn.contains(words), "no {words:?}: {drawn}");
    }
    assert!(drawn.lines().all(|line| line.width() <= 80), "{drawn}");
    assert!(!drawn.contains('…'), "{drawn}");
}

#[test]
fn a_text_that_is_too_long_breaks_between_words() {
    let mut out = anstream::StripStream::new(Vec::new());
    let lanes = vec!["client".to_owned(), "server".to_owned()];
    let mut terminal = Terminal::new(&mut out, lanes, 60, false);
    let title = "a title of some length, and a half of it again";
    terminal.head(title, "[::1]:12345 and more", &[]).unwrap();
    terminal.sentence(&"words and words ".repeat(8)).unwrap();
    let drawn = String::from_utf8(out.into_inner()).unwrap();
    assert!(drawn.lines().all(|line| line.width() <= 60), "{drawn}");
    assert!(drawn.contains("[::1]:12345 and more"), "{drawn}");
}

#[test]
fn frames_are_named_before_their_bytes() {
    let mut walk = Frames::default();
    walk.walk(&bytes("GET / HTTP/1.1\r\n\r\n"));
    let masked = b"\x81\x82\x01\x02\x03\x04\x49\x6b";
    let close = b"\x88\x00";
    let reason = b"\x88\x84\0\0\0\0\x03\xe8hi";
    let code = b"\x88\x82\0\0\0\0\x03\xf1";
    for (call, shown) in [
        (&masked[..], "text 2 B masked: Hi · [81 82 01 02 03 04 49 6b]"),
        (&[&masked[..], close].concat(), "text 2 B masked, close 0 B · ["),
        (reason, "close 4 B masked: 1000 hi · [88 84 00"),
        (&reason[..8], "close 4 B… masked · [88 84 00"),
        (&reason[8..], "…close 4 B masked · [68 69]"),
        (code, "close 2 B masked: 1009 · [88 82 00"),
        (b"\x01\x02Hi", "text 2 B, more follows · [01"),
        (b"\x80\x01!", "continuation 1 B · [80"),
        (b"\xc1\x01\x00", "compressed text 1 B · [c1 01 00]"),
        (&close.repeat(3), "3 × close 0 B · [88 00 88 00 88 00]"),
    ] {
        let mut row = sends(1, "", 0);
        let RowKind::Sends { bytes, frames, .. } = &mut row.kind else {
            panic!("sends makes a send")
        };
        bytes.head = call.to_vec();
        bytes.len = call.len() as u64;
        *frames = walk.walk(bytes);
        let label = label(&row).joined();
        let text: String =
            label.with.iter().map(|span| span.text.as_str()).collect();
        assert!(text.starts_with(shown), "{text}");
    }
}
