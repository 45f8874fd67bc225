//! The client, under servers good and bad, and at a keyboard.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod peer;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use testkit::{Program, accept, listen, refusing, reset, until_closed};

use peer::{
    ACCEPT, BINARY, CLOSE, PING, PONG, TEXT, masked, read_head, receive,
    receive_close, receive_text, unmasked,
};

fn client(server: &TcpListener, arguments: &[&str]) -> Program {
    let address = server.local_addr().unwrap().to_string();
    Program::start(
        env!("CARGO_BIN_EXE_09-client"),
        [address.as_str()].iter().chain(arguments),
    )
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let start = format!("{}: ", name.to_lowercase());
    let mut lines = head.lines();
    let line = lines.find(|line| line.to_lowercase().starts_with(&start));
    &line.unwrap_or_else(|| panic!("no {name}: {head}"))[start.len()..]
}

/// What a key is answered with, by the same sum as in the example.
fn accept_key(key: &str) -> String {
    use sha1::{Digest, Sha1};
    let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    data_encoding::BASE64.encode(&Sha1::digest(format!("{key}{guid}")))
}

/// Accepts the client, and lets it in.
#[track_caller]
fn let_in(listener: &TcpListener) -> TcpStream {
    let mut stream = accept(listener);
    let head = read_head(&mut stream);
    let accept = accept_key(header(&head, "Sec-WebSocket-Key"));
    let answer = answer(&format!("Sec-WebSocket-Accept: {accept}"));
    stream.write_all(answer.as_bytes()).unwrap();
    stream
}

fn answer(accept: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\n{accept}\r\n\r\n"
    )
}

#[track_caller]
fn closes(stream: &mut TcpStream) {
    assert_eq!(receive(stream), (CLOSE, Vec::new()));
    stream.write_all(&unmasked(CLOSE, "")).unwrap();
    // A client waits for the server's end (RFC 6455, section 7.1.1).
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(until_closed(stream), b"");
}

#[test]
fn its_request_is_a_handshake_without_an_origin() {
    let listener = listen();
    let _client = client(&listener, &[]);
    let head = read_head(&mut accept(&listener));
    let address = listener.local_addr().unwrap().to_string();
    assert!(head.starts_with("GET / HTTP/1.1\r\n"), "{head}");
    assert_eq!(header(&head, "Host"), address);
    assert_eq!(header(&head, "Upgrade"), "websocket");
    assert_eq!(header(&head, "Connection"), "Upgrade");
    assert_eq!(header(&head, "Sec-WebSocket-Version"), "13");
    assert!(!head.to_lowercase().contains("origin"), "{head}");
    assert_eq!(accept_key(peer::KEY), ACCEPT);
}

#[test]
fn each_line_typed_is_a_message_the_empty_one_too() {
    let listener = listen();
    let mut client = client(&listener, &[]);
    let mut stream = let_in(&listener);
    client.type_in("one piece\n\n  海贼王 \r\nlast");
    client.close_stdin();
    for text in ["one piece", "", "  海贼王 ", "last"] {
        assert_eq!(receive_text(&mut stream), text);
    }
    closes(&mut stream);
    let finished = client.finish();
    finished.printed("");
    assert_eq!(finished.stderr, "");
}

#[test]
fn its_frames_are_masked_each_with_a_new_mask() {
    let listener = listen();
    let _client =
        client(&listener, &["--message", "same", "--message", "same"]);
    let mut stream = let_in(&listener);
    let mut two = [[0; 10]; 2];
    for frame in &mut two {
        std::io::Read::read_exact(&mut stream, frame).unwrap();
        assert_eq!(frame[..2], [TEXT, 0x84]);
    }
    assert_ne!(two[0], two[1]);
}

#[test]
fn it_prints_what_it_hears_while_one_types() {
    let listener = listen();
    let mut client = client(&listener, &[]);
    let mut stream = let_in(&listener);
    stream.write_all(&unmasked(TEXT, "first")).unwrap();
    client.wait_for_stdout("first\n");
    client.type_in("hello\n");
    assert_eq!(receive_text(&mut stream), "hello");
    // Two frames in one send, and one frame in pieces.
    let two = [unmasked(TEXT, "a"), unmasked(TEXT, "b")].concat();
    stream.write_all(&two).unwrap();
    for byte in unmasked(BINARY, [0; 3]) {
        stream.write_all(&[byte]).unwrap();
    }
    stream.write_all(&unmasked(TEXT, "\u{1b}[2J\u{202e}")).unwrap();
    client.wait_for_stdout("\\u{202e}\n");
    client.close_stdin();
    closes(&mut stream);
    client.finish().printed(
        "first\na\nb\n(3 bytes that are no text)\n\\u{1b}[2J\\u{202e}\n",
    );
}

#[test]
fn it_closes_after_hearing_as_many_as_it_was_told() {
    let listener = listen();
    let client = client(&listener, &["--hear", "2"]);
    let mut stream = let_in(&listener);
    for frame in [unmasked(TEXT, "a"), unmasked(PONG, ""), unmasked(TEXT, "b")]
    {
        stream.write_all(&frame).unwrap();
    }
    closes(&mut stream);
    client.finish().printed("a\nb\n");
}

#[test]
fn what_comes_before_the_answer_to_its_close_is_printed() {
    let listener = listen();
    let client = client(&listener, &["--message", "hi"]);
    let mut stream = let_in(&listener);
    assert_eq!(receive_text(&mut stream), "hi");
    assert_eq!(receive(&mut stream), (CLOSE, Vec::new()));
    stream.write_all(&unmasked(TEXT, "hi")).unwrap();
    stream.write_all(&unmasked(CLOSE, "")).unwrap();
    drop(stream);
    client.finish().printed("hi\n");
}

#[test]
fn it_answers_a_ping() {
    let listener = listen();
    let mut client = client(&listener, &[]);
    let mut stream = let_in(&listener);
    stream.write_all(&unmasked(PING, "are you there")).unwrap();
    let (first, payload) = receive(&mut stream);
    assert_eq!((first, &payload[..]), (PONG, &b"are you there"[..]));
    client.close_stdin();
    closes(&mut stream);
    client.finish().printed("");
}

#[test]
fn a_server_that_closes_is_answered_and_its_reason_told() {
    let listener = listen();
    let client = client(&listener, &[]);
    let mut stream = let_in(&listener);
    stream.write_all(&unmasked(CLOSE, b"\x03\xf1too \x1b long")).unwrap();
    assert_eq!(receive_close(&mut stream), Some(1009));
    drop(stream);
    let server = listener.local_addr().unwrap().to_string();
    let reason = "it closed: 1009 too \\u{1b} long";
    client.finish().failed_with(&[&server, reason]);
}

#[test]
fn a_server_that_goes_without_a_close_is_named() {
    for leave in [drop, reset] {
        let listener = listen();
        let client = client(&listener, &[]);
        leave(let_in(&listener));
        let server = listener.local_addr().unwrap().to_string();
        client.finish().failed_with(&["error: server ", &server]);
    }
}

#[test]
fn a_server_that_does_not_answer_its_close_is_given_up() {
    let listener = listen();
    let arguments = ["--message", "hi", "--timeout", "200ms"];
    let client = client(&listener, &arguments);
    let _stream = let_in(&listener);
    client.finish().failed_with(&["nothing within --timeout"]);
}

#[test]
fn a_server_that_stays_silent_is_given_up_when_messages_are_awaited() {
    let listener = listen();
    let client = client(&listener, &["--hear", "2", "--timeout", "300ms"]);
    let mut stream = let_in(&listener);
    stream.write_all(&unmasked(TEXT, "one")).unwrap();
    let finished = client.finish();
    finished
        .failed_with(&["1 heard, 1 more awaited: nothing within --timeout"]);
    assert_eq!(finished.stdout, "one\n");
}

/// Repeats something to a client until it has gone.
fn until_gone(mut step: impl FnMut() -> std::io::Result<()> + Send + 'static) {
    std::thread::spawn(move || while step().is_ok() {});
}

#[test]
fn pings_and_a_message_that_drips_do_not_stretch_its_patience() {
    for (knobs, words) in [
        (&["--hear", "1"][..], "1 more awaited: nothing within --timeout"),
        (&["--message", "hi"], "it did not answer the close"),
    ] {
        let arguments = [knobs, &["--timeout", "500ms"]].concat();
        let listener = listen();
        let pinged = client(&listener, &arguments);
        let mut stream = let_in(&listener);
        until_gone(move || stream.write_all(&unmasked(PING, "")));
        pinged.finish().failed_with(&[words]);

        let dripped = client(&listener, &arguments);
        let mut stream = let_in(&listener);
        stream.write_all(b"\x81\x7f\0\0\0\0\0\x0f\0\0").unwrap();
        until_gone(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            stream.write_all(b"x")
        });
        dripped.finish().failed_with(&[words]);
    }
}

#[test]
fn a_wrong_handshake_is_explained() {
    let wrong = answer("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    let endless = format!("HTTP/1.1 101 X\r\nX: {}", "y".repeat(99_999));
    for (bytes, words) in [
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "it answered 403 Forbidden, not 101: it does not say why",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n<html>", "it answered 200 OK, not 101"),
        (&wrong, "Key mismatch in \"Sec-WebSocket-Accept\""),
        ("server端消息\r\n", "it answered something else than HTTP: invalid"),
        (&endless, "its answer's head is too long"),
        ("", "it closed before its answer was whole"),
    ] {
        let listener = listen();
        let client = client(&listener, &[]);
        let mut stream = accept(&listener);
        read_head(&mut stream);
        // It may be gone before it has taken all of it.
        let _ = stream.write_all(bytes.as_bytes());
        drop(stream);
        client.finish().failed_with(&["asking for the WebSocket", words]);
    }
}

#[test]
fn a_server_of_something_else_is_not_waited_for() {
    let listener = listen();
    let client = client(&listener, &["--timeout", "1m"]);
    let mut stream = accept(&listener);
    read_head(&mut stream);
    stream.write_all("server端消息".as_bytes()).unwrap();
    client.finish().failed_with(&["it answered something else than HTTP"]);
}

#[test]
fn a_handshake_that_drips_is_given_up() {
    let listener = listen();
    let client = client(&listener, &["--timeout", "400ms"]);
    let mut stream = accept(&listener);
    read_head(&mut stream);
    for byte in answer(&"X: y\r\n".repeat(99)).bytes() {
        if stream.write_all(&[byte]).is_err() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    client.finish().failed_with(&["asking for the WebSocket"]);
}

#[test]
fn a_handshake_in_many_small_pieces_is_taken_and_what_follows_it() {
    // A longer head than is waited for whole; and it comes with its end.
    for head in [2, 99, 2000] {
        let listener = listen();
        let client = client(&listener, &["--hear", "1"]);
        let mut stream = accept(&listener);
        let asked = read_head(&mut stream);
        let accept = accept_key(header(&asked, "Sec-WebSocket-Key"));
        let accept = format!("Sec-WebSocket-Accept: {accept}");
        let padding = format!("X: {}\r\n", "y".repeat(head));
        let mut bytes = answer(&format!("{padding}{accept}")).into_bytes();
        bytes.extend(unmasked(TEXT, "hi"));
        stream.set_nodelay(true).unwrap();
        for piece in bytes.chunks(1 + head / 100) {
            stream.write_all(piece).unwrap();
            std::thread::sleep(std::time::Duration::from_micros(500));
        }
        closes(&mut stream);
        client.finish().printed("hi\n");
    }
}

#[test]
fn frames_that_break_the_protocol_are_refused() {
    for (bytes, words) in [
        (masked(TEXT, "hi"), "Received a masked frame from server"),
        (unmasked(TEXT, b"\xff"), "UTF-8 encoding error"),
        (unmasked(0x83, ""), "protocol error"),
        (b"\x81\x7f\0\0\0\0\0\x20\0\0".to_vec(), "is longer than 1048576"),
    ] {
        let listener = listen();
        let client = client(&listener, &[]);
        let mut stream = let_in(&listener);
        stream.write_all(&bytes).unwrap();
        let server = listener.local_addr().unwrap().to_string();
        until_closed(&mut stream);
        drop(stream);
        let finished = client.finish();
        finished.failed_with(&[&server, words]);
        // Not once more as its own cause.
        assert_eq!(finished.stderr.matches(words).count(), 1, "{finished:?}");
    }
}

#[test]
fn two_clients_talk_through_the_server() {
    let server = peer::server(&[]);
    let address = server.ready().to_string();
    let program = env!("CARGO_BIN_EXE_09-client");
    let mut one = Program::start(program, [&address]);
    // It is in the room once it hears itself.
    one.type_in("here\n");
    one.wait_for_stdout("here\n");
    let five = ["--message", "a"].repeat(5);
    let two = Program::start(program, [address.as_str()].iter().chain(&five));
    two.finish().printed(&"a\n".repeat(5));
    one.wait_for_stdout(&"a\n".repeat(5));
    one.close_stdin();
    one.finish().printed(&format!("here\n{}", "a\n".repeat(5)));
    let finished = server.stop();
    assert_eq!(finished.stdout, format!("here\n{}", "a\n".repeat(5)));
    assert_eq!(finished.stderr.lines().count(), 2, "{finished:?}");
}

#[test]
fn a_message_that_is_too_long_for_the_server_is_told() {
    let server = peer::server(&["--max-message", "1000"]);
    let address = server.ready().to_string();
    let program = env!("CARGO_BIN_EXE_09-client");
    let arguments = [&*address, "--message", &"x".repeat(100_000)];
    let client = Program::start(program, arguments);
    client.finish().failed_with(&[&address, "it closed: 1009"]);
}

#[test]
fn lines_that_cannot_be_sent_are_refused() {
    for (script, words) in [
        (r#"printf 'a\377\n' | "$0" "$1""#, "valid UTF-8"),
        (
            r#"head -c 1100000 /dev/zero | tr '\0' x | "$0" "$1""#,
            "has less than 1048576 bytes",
        ),
    ] {
        if cfg!(windows) {
            return;
        }
        let listener = listen();
        let client = Program::spawn(Command::new("sh").args([
            "-c",
            script,
            env!("CARGO_BIN_EXE_09-client"),
            &listener.local_addr().unwrap().to_string(),
        ]));
        let mut stream = let_in(&listener);
        until_closed(&mut stream);
        drop(stream);
        client.finish().failed_with(&[words]);
    }
}

#[test]
fn without_a_server_the_hint_says_to_start_one() {
    let (_kept, address) = refusing();
    Program::start(env!("CARGO_BIN_EXE_09-client"), [address.to_string()])
        .finish()
        .failed_with(&[
            &format!("error: connecting to {address}: "),
            "hint: start the server first: just server 09",
        ]);
}

#[cfg(unix)]
#[test]
fn being_stopped_and_continued_changes_nothing() {
    let server = peer::server(&[]);
    let address = server.ready().to_string();
    let program = env!("CARGO_BIN_EXE_09-client");
    let mut client = Program::start(program, [&address]);
    client.type_in("one\n");
    client.wait_for_stdout("one\n");
    client.stop_and_continue();
    server.stop_and_continue();
    client.type_in("two\n");
    client.wait_for_stdout("two\n");
    client.close_stdin();
    client.finish().printed("one\ntwo\n");
}
