//! Both programs, with each other, with Python, and with bad peers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use testkit::{Finished, Program, bind_udp, python, refusing_udp};

fn server(arguments: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    Program::start(
        env!("CARGO_BIN_EXE_03-server"),
        address.iter().chain(arguments),
    )
}

fn client(address: &str, arguments: &[&str]) -> Program {
    Program::start(
        env!("CARGO_BIN_EXE_03-client"),
        [address].iter().chain(arguments),
    )
}

/// Runs both sides, and gives what the server and the client said.
fn talk(server_has: &[&str], client_has: &[&str]) -> (Finished, Finished) {
    let server = server(server_has);
    let client = client(&server.ready().to_string(), client_has);
    (server.finish(), client.finish())
}

#[test]
fn the_two_sides_talk_in_any_encoding() {
    for name in ["utf-8", "gbk", "gb18030"] {
        let arguments = ["--encoding", name];
        let (server, client) = talk(&arguments, &arguments);
        server.printed("onepiece\n");
        client.printed("海贼王\n");
    }
}

#[test]
fn the_server_serves_the_python_client() {
    for coding in ["utf-8", "gbk"] {
        let server = server(&["--encoding", coding]);
        let address = server.ready().to_string();
        let script = "lessons/03-udp-wrapper/python/client.py";
        let Some(client) = python(script, &[&address, coding]) else {
            return;
        };
        client.finish().printed("海贼王\n");
        server.finish().printed("onepiece\n");
    }
}

#[test]
fn the_client_talks_to_the_python_server() {
    for coding in ["utf-8", "gbk"] {
        let script = "lessons/03-udp-wrapper/python/server.py";
        let arguments = ["127.0.0.1:0", coding];
        let Some(server) = python(script, &arguments) else {
            return;
        };
        let address = server.ready().to_string();
        let client = client(&address, &["--encoding", coding]);
        client.finish().printed("海贼王\n");
        server.finish().printed("onepiece\n");
    }
}

#[test]
fn bytes_read_in_another_encoding_are_another_text() {
    let (server, client) =
        talk(&["--encoding", "gbk"], &["--encoding", "big5"]);
    server.printed("onepiece\n");
    client.printed("漆崞卼\n");
}

#[test]
fn what_the_encoding_lacks_is_never_sent() {
    let (server, client) =
        talk(&["--encoding", "big5"], &["--timeout", "200ms"]);
    assert_eq!(server.stdout, "onepiece\n");
    server.failed_with(&["answering 127.0.0.1:", "Big5 has no 贼 (U+8D3C)"]);
    client.failed_with(&["asking 127.0.0.1:"]);
}

#[test]
fn a_question_that_cannot_be_encoded_fails_at_once() {
    let peer = bind_udp();
    let address = peer.local_addr().unwrap().to_string();
    let arguments =
        ["--encoding", "big5", "--message", "贼", "--timeout", "1h"];
    client(&address, &arguments).finish().failed_with(&["Big5 has no 贼"]);
}

#[test]
fn bytes_of_no_character_are_replaced_and_said_to_be() {
    let server = server(&[]);
    let peer = bind_udp();
    peer.send_to(b"\xba\xa3\x1b[2J", server.ready()).unwrap();
    let finished = server.finish();
    finished.printed("\u{fffd}\u{fffd}\\u{1b}[2J\n");
    finished.logged(&["some bytes are not UTF-8"]);
}

#[test]
fn a_byte_order_mark_does_not_change_the_encoding() {
    let server = server(&["--encoding", "gbk"]);
    let peer = bind_udp();
    peer.send_to(b"\xef\xbb\xbfx", server.ready()).unwrap();
    assert_ne!(server.finish().stdout, "x\n");
}

#[test]
fn a_cut_datagram_is_said_to_be_cut() {
    let (server, _) = talk(&["--buffer", "3"], &["--message", "海贼"]);
    server.printed("海\n");
    server.logged(&["datagram of 6 bytes", "was cut: 3 kept, 3 lost"]);
}

#[test]
fn an_answer_of_any_size_comes_whole() {
    let peer = bind_udp();
    let client = client(&peer.local_addr().unwrap().to_string(), &[]);
    let (_, address) = peer.recv_from(&mut [0; 100]).unwrap();
    peer.send_to(&[b'x'; 2000], address).unwrap();
    client.finish().printed(&("x".repeat(2000) + "\n"));
}

#[test]
fn empty_texts_are_messages() {
    let (server, client) = talk(&[], &["--message", ""]);
    server.printed("\n");
    server.logged(&["a message of 0 bytes"]);
    client.printed("海贼王\n");
}

#[test]
fn when_nobody_is_there_the_client_gives_up_with_the_hint() {
    let (_kept, address) = refusing_udp();
    let client = client(&address.to_string(), &["--timeout", "300ms"]);
    client.finish().failed_with(&[
        &format!("asking {address}: "),
        "hint: start the server: just server 03",
    ]);
}

#[test]
fn an_unknown_encoding_is_a_wrong_argument() {
    let finished = server(&["--encoding", "klingon"]).finish();
    assert_eq!(finished.code, Some(2), "{finished:?}");
    finished.logged(&["try utf-8, gbk, big5"]);
}
