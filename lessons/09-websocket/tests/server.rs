//! The server's WebSocket, under clients good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod peer;

use std::io::Write;
use std::net::TcpStream;

use testkit::{reset, until_closed};

use peer::{
    BINARY, CLOSE, MORE, PING, PONG, REST, TEXT, enter, masked, name, receive,
    receive_close, receive_text, server, unmasked, upgrade,
};

/// Sends a message, and hears it back: it is still served.
#[track_caller]
fn is_served(client: &mut TcpStream) {
    client.write_all(&masked(TEXT, "still here")).unwrap();
    assert_eq!(receive_text(client), "still here");
}

#[test]
fn what_one_says_all_hear_in_one_frame_without_a_mask() {
    let server = server(&[]);
    let mut clients: Vec<_> = (0..3).map(|_| enter(server.ready())).collect();
    clients[1].write_all(&masked(TEXT, "海贼王")).unwrap();
    for client in &mut clients {
        let mut bytes = [0; 11];
        std::io::Read::read_exact(client, &mut bytes).unwrap();
        assert_eq!(bytes[..], unmasked(TEXT, "海贼王"));
    }
    server.wait_for_stdout("海贼王\n");
    assert_eq!(server.stop().stdout, "海贼王\n");
}

#[test]
fn five_at_once_stay_five() {
    let server = server(&[]);
    let mut one = enter(server.ready());
    let mut two = enter(server.ready());
    let five = ["第一次", "第二次", "第三次", "", "第五次"];
    // One send, five frames: TCP may carry them in one segment.
    let bytes: Vec<u8> = five.iter().flat_map(|t| masked(TEXT, t)).collect();
    one.write_all(&bytes).unwrap();
    for client in [&mut one, &mut two] {
        for text in five {
            assert_eq!(receive_text(client), text);
        }
    }
    server.wait_for_stdout("第一次\n第二次\n第三次\n\n第五次\n");
}

#[test]
fn a_frame_cut_anywhere_is_read_whole() {
    let server = server(&[]);
    let mut client = enter(server.ready());
    let long = "x".repeat(300);
    for text in ["hi", &long] {
        for byte in masked(TEXT, text) {
            client.write_all(&[byte]).unwrap();
        }
        assert_eq!(receive_text(&mut client), text);
    }
}

#[test]
fn frames_may_come_right_behind_the_request() {
    let server = server(&[]);
    let mut client = testkit::connect(server.ready());
    let mut bytes = upgrade("/", "").into_bytes();
    bytes.extend(masked(TEXT, "early"));
    client.write_all(&bytes).unwrap();
    peer::read_head(&mut client);
    assert_eq!(receive_text(&mut client), "early");
}

#[test]
fn fragments_become_one_message_even_inside_a_character() {
    let server = server(&[]);
    let mut client = enter(server.ready());
    let bytes = "海贼王".as_bytes();
    client.write_all(&masked(0x01, &bytes[..4])).unwrap();
    // A control frame may come between two fragments.
    client.write_all(&masked(PING, "between")).unwrap();
    client.write_all(&masked(MORE, &bytes[4..5])).unwrap();
    client.write_all(&masked(REST, &bytes[5..])).unwrap();
    assert_eq!(receive(&mut client), (PONG, b"between".to_vec()));
    assert_eq!(receive_text(&mut client), "海贼王");
}

#[test]
fn bytes_that_are_no_text_are_passed_on_as_they_are() {
    let server = server(&[]);
    let mut client = enter(server.ready());
    client.write_all(&masked(BINARY, b"\xff\0\x1b")).unwrap();
    assert_eq!(receive(&mut client), (BINARY, b"\xff\0\x1b".to_vec()));
    server.wait_for_stdout("(3 bytes that are no text)\n");
}

#[test]
fn a_ping_is_answered_and_a_pong_that_nobody_asked_for_is_not() {
    let server = server(&[]);
    let mut client = enter(server.ready());
    client.write_all(&masked(PONG, "unasked")).unwrap();
    client.write_all(&masked(PING, "")).unwrap();
    assert_eq!(receive(&mut client), (PONG, Vec::new()));
    client.write_all(&masked(PING, [7; 125])).unwrap();
    assert_eq!(receive(&mut client), (PONG, vec![7; 125]));
    is_served(&mut client);
}

#[test]
fn a_client_that_is_silent_is_asked_and_one_that_stays_so_is_given_up() {
    let server = server(&["--ping", "200ms"]);
    let mut alive = enter(server.ready());
    let mut dead = enter(server.ready());
    for _ in 0..4 {
        let (first, payload) = receive(&mut alive);
        assert_eq!(first, PING);
        alive.write_all(&masked(PONG, payload)).unwrap();
    }
    assert_eq!(receive(&mut dead), (PING, Vec::new()));
    assert_eq!(until_closed(&mut dead), b"");
    drop(dead);
}

#[test]
fn one_that_answers_no_ping_is_named_at_once() {
    // A message that never ends is no answer.
    for keeps_sending in [false, true] {
        let server = server(&["--ping", "200ms", "--timeout", "1h"]);
        let mut dead = enter(server.ready());
        let said = name(&dead) + "it did not answer a ping within --ping";
        let mut drips = dead.try_clone().unwrap();
        let start = [&[TEXT, 0xff][..], &[0, 0, 0, 0, 0, 0, 0xff, 0], &[0; 4]];
        dead.write_all(&start.concat()).unwrap();
        let dripping = std::thread::spawn(move || {
            while keeps_sending && drips.write_all(b"x").is_ok() {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        });
        server.wait_for_stderr(&said);
        drop(dead);
        dripping.join().unwrap();
    }
}

#[test]
fn a_close_is_answered_with_its_code_and_the_server_ends_first() {
    let server = server(&[]);
    let mut stays = enter(server.ready());
    for (payload, code) in [
        (&b""[..], None),
        (b"\x03\xe8", Some(1000)),
        (b"\x03\xe9bye", Some(1001)),
    ] {
        let mut client = enter(server.ready());
        client.write_all(&masked(CLOSE, payload)).unwrap();
        assert_eq!(receive_close(&mut client), code, "{payload:?}");
    }
    is_served(&mut stays);
    assert_eq!(server.stop().stderr.lines().count(), 2);
}

#[test]
fn a_close_that_complains_is_answered_and_named() {
    let server = server(&[]);
    for (payload, code, words) in [
        (&b"\x0f\xa0bye"[..], 4000, "it closed: 4000 bye"),
        (b"\x03\xefno text", 1007, "it closed: 1007 no text"),
        // Codes that may not be sent are an error of protocol.
        (b"\x03\xed", 1002, "it closed: 1002"),
        (b"\x00\x00", 1002, "it closed: 1002"),
    ] {
        let mut client = enter(server.ready());
        client.write_all(&masked(CLOSE, payload)).unwrap();
        assert_eq!(receive_close(&mut client), Some(code), "{payload:?}");
        let said = name(&client) + words;
        drop(client);
        server.wait_for_stderr(&said);
    }
}

#[test]
fn all_that_was_said_before_a_close_is_heard_before_its_answer() {
    let server = server(&[]);
    let mut client = enter(server.ready());
    let mut bytes: Vec<u8> = masked(TEXT, "last").repeat(100);
    bytes.extend(masked(CLOSE, ""));
    client.write_all(&bytes).unwrap();
    for _ in 0..100 {
        assert_eq!(receive_text(&mut client), "last");
    }
    assert_eq!(receive_close(&mut client), None);
}

/// Sends this, is closed with the code, and the server says why.
#[track_caller]
fn refused(bytes: &[u8], code: u16, words: &str) {
    let server = server(&["--max-message", "1000"]);
    let mut stays = enter(server.ready());
    let mut client = enter(server.ready());
    client.write_all(bytes).unwrap();
    assert_eq!(receive_close(&mut client), Some(code), "{words}");
    let said = name(&client);
    drop(client);
    server.wait_for_stderr(&(said + words));
    is_served(&mut stays);
}

#[test]
fn a_frame_without_a_mask_is_refused() {
    let words = "WebSocket protocol error: Received an unmasked frame";
    refused(&unmasked(TEXT, "hi"), 1002, words);
}

#[test]
fn what_breaks_the_protocol_is_refused() {
    let words = "WebSocket protocol error";
    for bytes in [
        masked(0xc1, "reserved bit"),
        masked(0x83, "reserved opcode"),
        masked(0x8b, "reserved opcode"),
        masked(0x09, "a ping in pieces"),
        masked(PING, [0; 126]),
        masked(REST, "nothing to continue"),
        [masked(0x01, "a"), masked(TEXT, "b")].concat(),
        masked(CLOSE, "x"),
    ] {
        refused(&bytes, 1002, words);
    }
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let words = "UTF-8 encoding error";
    refused(&masked(TEXT, b"\xff"), 1007, words);
    refused(&masked(TEXT, &"海".as_bytes()[..2]), 1007, words);
    let halves = [masked(0x01, b"\xe6\xb5"), masked(REST, b"x")].concat();
    refused(&halves, 1007, words);
}

#[test]
fn a_message_that_is_too_long_is_refused() {
    let long = "its message of 1001 bytes is longer than 1000";
    refused(&masked(TEXT, [b'x'; 1001]), 1009, long);
    let halves = [masked(0x01, [b'x'; 600]), masked(REST, [b'x'; 401])];
    refused(&halves.concat(), 1009, long);
    // Its length alone: nothing is set aside for it.
    let huge = b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask";
    refused(huge, 1009, "its message of 9223372036854775807 bytes");
    // Much of it is under way already when the server closes.
    refused(&masked(BINARY, [0; 60_000]), 1009, "its message of 60000 bytes");
}

#[test]
fn the_longest_message_is_taken() {
    let server = server(&[]);
    let mut client = enter(server.ready());
    for length in [125, 126, 65_535, 65_536] {
        client.write_all(&masked(TEXT, vec![b'x'; length])).unwrap();
        assert_eq!(receive_text(&mut client).len(), length);
    }
    client.write_all(&masked(TEXT, [b'x'; 65_537])).unwrap();
    assert_eq!(receive_close(&mut client), Some(1009));
}

#[test]
fn clients_that_go_without_a_close_are_named() {
    let server = server(&[]);
    let mut stays = enter(server.ready());
    let gone = enter(server.ready());
    let words = name(&gone) + "it went without a close frame";
    drop(gone);
    server.wait_for_stderr(&words);
    let mut cut = enter(server.ready());
    cut.write_all(&masked(TEXT, "hello")[..7]).unwrap();
    let words = name(&cut) + "it went without a close frame";
    drop(cut);
    server.wait_for_stderr(&words);
    let broken = enter(server.ready());
    let words = name(&broken);
    reset(broken);
    server.wait_for_stderr(&words);
    is_served(&mut stays);
}

#[test]
fn hostile_text_is_printed_harmlessly() {
    let server = server(&[]);
    let mut client = enter(server.ready());
    let hostile = "\u{1b}[2J\u{202e}x\r\n<script>\0";
    client.write_all(&masked(TEXT, hostile)).unwrap();
    // The others get it as it was said: to show it safely is their part.
    assert_eq!(receive_text(&mut client), hostile);
    let shown = "\\u{1b}[2J\\u{202e}x\\r\\n<script>\\u{0}\n";
    server.wait_for_stdout(shown);
    assert_eq!(server.stop().stdout, shown);
}

#[test]
fn the_page_is_announced_after_the_ready_line() {
    for (bound, reached) in [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[::]", "[::1]"),
    ] {
        let server = testkit::Program::start(
            env!("CARGO_BIN_EXE_09-server"),
            [format!("{bound}:0")],
        );
        let port = server.ready().port();
        let page = format!("the page is http://{reached}:{port}/\n");
        server.wait_for_stderr(&page);
        let first = format!("ready on {bound}:{port}\n");
        assert!(server.stop().stderr.starts_with(&first));
    }
}
