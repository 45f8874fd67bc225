//! The client, under servers good and bad, and at a keyboard.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use testkit::{
    Finished, Program, accept, listen, python, refusing, reset, until_closed,
};

const PROMPTED: &str = "server端消息\n>>>";

fn client(server: &TcpListener, arguments: &[&str]) -> Program {
    let address = server.local_addr().unwrap().to_string();
    Program::start(
        env!("CARGO_BIN_EXE_08-client"),
        [address.as_str()].iter().chain(arguments),
    )
}

/// Accepts the client and greets it.
fn greet(listener: &TcpListener) -> TcpStream {
    let mut stream = accept(listener);
    stream.write_all("server端消息".as_bytes()).unwrap();
    stream
}

#[test]
fn it_prints_the_greeting_prompts_and_sends_the_line() {
    let listener = listen();
    let mut client = client(&listener, &[]);
    let mut stream = greet(&listener);
    client.wait_for_stdout("server端消息\n");
    client.type_in("one piece\n");
    assert_eq!(until_closed(&mut stream), b"one piece");
    let finished = client.finish();
    finished.printed(PROMPTED);
    assert_eq!(finished.stderr, "");
}

#[test]
fn with_a_message_it_does_not_prompt() {
    let listener = listen();
    let client = client(&listener, &["--message", "海贼王"]);
    let mut stream = greet(&listener);
    assert_eq!(until_closed(&mut stream), "海贼王".as_bytes());
    client.finish().printed("server端消息\n");
}

#[test]
fn it_talks_to_the_python_server() {
    let script = "lessons/08-threaded-server/python/server.py";
    let Some(server) = python(script, &["127.0.0.1:0"]) else {
        return;
    };
    let address = server.ready().to_string();
    let executable = env!("CARGO_BIN_EXE_08-client");
    let mut typing = Program::start(executable, [&address]);
    let arguments = [&address, "--message", "two"];
    let quick = Program::start(executable, arguments);
    quick.finish().printed("server端消息\n");
    server.wait_for_stdout("two\n");
    typing.type_in("one\n");
    typing.finish().printed(PROMPTED);
    server.wait_for_stdout("one\n");
    assert_eq!(server.stop().stdout, "two\none\n");
}

/// Runs the client with this on stdin, and gives what it sent and said.
fn typed(stdin: &str) -> (Vec<u8>, Finished) {
    let listener = listen();
    let mut client = client(&listener, &[]);
    let mut stream = greet(&listener);
    client.type_in(stdin);
    client.close_stdin();
    (until_closed(&mut stream), client.finish())
}

#[test]
fn of_a_line_its_end_alone_is_taken_off() {
    for (stdin, sent) in [
        ("one\n", "one"),
        ("one\r\n", "one"),
        ("one", "one"),
        ("one\ntwo\n", "one"),
        ("one\n\n", "one"),
        ("one\r", "one\r"),
        ("one\r\r\n", "one\r"),
        ("  one \t\n", "  one \t"),
        ("\u{feff}海\0\n", "\u{feff}海\0"),
    ] {
        let (came, finished) = typed(stdin);
        assert_eq!(came, sent.as_bytes(), "{stdin:?}");
        finished.printed(PROMPTED);
        assert_eq!(finished.stderr, "", "{stdin:?}");
    }
}

#[test]
fn when_stdin_has_ended_there_is_nothing_to_send() {
    let (came, finished) = typed("");
    assert_eq!(came, b"");
    finished.printed(PROMPTED);
    finished.logged(&["stdin has ended: there is nothing to send"]);
}

#[test]
fn an_empty_line_is_not_sent_and_it_says_why() {
    for empty in ["\n", "\r\n", "\nmore\n"] {
        let (came, finished) = typed(empty);
        assert_eq!(came, b"");
        finished.printed(PROMPTED);
        finished.logged(&["an empty line is no message in TCP"]);
    }
    let listener = listen();
    let client = client(&listener, &["--message", ""]);
    assert_eq!(until_closed(&mut greet(&listener)), b"");
    let finished = client.finish();
    finished.printed("server端消息\n");
    finished.logged(&["an empty line is no message in TCP"]);
}

#[test]
fn a_line_without_end_is_refused_before_memory_is_full() {
    let (came, finished) = typed(&"x".repeat(1024 * 1024 + 1));
    assert_eq!(came, b"");
    finished.failed_with(&["longer than 1048576 bytes"]);
    let longest = "x".repeat(1024 * 1024);
    for end in ["", "\n", "\r\n"] {
        let (came, finished) = typed(&format!("{longest}{end}"));
        assert!(came == longest.as_bytes(), "{} bytes came", came.len());
        finished.printed(PROMPTED);
    }
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_sent_as_they_are() {
    let listener = listen();
    let script = r#"printf 'a\377\200b\n' | "$0" "$1""#;
    let client = Program::spawn(Command::new("sh").args([
        "-c",
        script,
        env!("CARGO_BIN_EXE_08-client"),
        &listener.local_addr().unwrap().to_string(),
    ]));
    assert_eq!(until_closed(&mut greet(&listener)), b"a\xff\x80b");
    client.finish().printed(PROMPTED);
}

#[cfg(unix)]
#[test]
fn a_stdin_that_cannot_be_read_is_a_failure_or_an_end() {
    for (stdin, says) in [
        ("<&-", "there is nothing to send"),
        ("</", "reading a line from stdin: Is a directory"),
    ] {
        let listener = listen();
        let script = format!(r#""$0" "$1" {stdin}"#);
        let client = Program::spawn(Command::new("sh").args([
            "-c",
            &script,
            env!("CARGO_BIN_EXE_08-client"),
            &listener.local_addr().unwrap().to_string(),
        ]));
        assert_eq!(until_closed(&mut greet(&listener)), b"");
        let finished = client.finish();
        finished.logged(&[says]);
        assert_eq!(finished.stdout, PROMPTED);
    }
}

#[test]
fn a_server_that_goes_while_one_types_is_noticed() {
    noticed(drop, "it closed before the line was sent");
    noticed(reset, "before the line was sent");
}

/// A server leaves, and the user types on. On a busy machine the line may
/// overtake the news; so one of a few such clients has to notice.
#[track_caller]
fn noticed(leave: fn(TcpStream), words: &str) {
    let listener = listen();
    let server = listener.local_addr().unwrap().to_string();
    let last = (0..5).map(|_| {
        let mut client = client(&listener, &[]);
        let stream = greet(&listener);
        client.wait_for_stdout("server端消息\n");
        leave(stream);
        client.type_in("one piece\n");
        client.finish()
    });
    let noticed = last.into_iter().find(|client| client.code != Some(0));
    noticed.unwrap().failed_with(&[&server, words]);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let listener = listen();
    let client = client(&listener, &["--timeout", "100ms"]);
    let _stream = accept(&listener);
    let server = listener.local_addr().unwrap().to_string();
    client.finish().failed_with(&[
        &server,
        "waiting for its greeting: nothing within --timeout",
    ]);
}

#[test]
fn a_server_that_goes_before_its_greeting_is_named() {
    let listener = listen();
    let server = listener.local_addr().unwrap().to_string();
    let closed = client(&listener, &[]);
    drop(accept(&listener));
    closed
        .finish()
        .failed_with(&[&server, "it closed before sending anything"]);
    let broken = client(&listener, &[]);
    reset(accept(&listener));
    broken.finish().failed_with(&[&server]);
}

#[test]
fn a_greeting_that_is_not_text_is_shown_harmlessly() {
    let listener = listen();
    let client = client(&listener, &["--message", "x"]);
    let mut stream = accept(&listener);
    stream.write_all(b"\xe6\xb5\x1b[31m\n").unwrap();
    assert_eq!(until_closed(&mut stream), b"x");
    client.finish().printed("\u{fffd}\\u{1b}[31m\\n\n");
}

#[test]
fn a_greeting_longer_than_the_buffer_is_said_to_be() {
    let listener = listen();
    let mut client = client(&listener, &[]);
    let mut stream = accept(&listener);
    stream.write_all(&[b'x'; 3000]).unwrap();
    client.wait_for_stdout("x\n");
    client.type_in("one piece\n");
    let finished = client.finish();
    finished.printed(&("x".repeat(1024) + "\n>>>"));
    finished.logged(&["more came than was received: left unread"]);
}

#[test]
fn without_a_server_the_hint_says_to_start_one() {
    let (_kept, address) = refusing();
    Program::start(env!("CARGO_BIN_EXE_08-client"), [address.to_string()])
        .finish()
        .failed_with(&[
            &format!("error: connecting to {address}: "),
            "hint: start the server first: just server 08",
        ]);
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let listener = listen();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_08-client"));
    command.arg(listener.local_addr().unwrap().to_string());
    let client = Program::spawn_printing_to(&mut command, writer);
    drop(command);
    assert_eq!(until_closed(&mut greet(&listener)), b"");
    let finished = client.finish();
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
}
