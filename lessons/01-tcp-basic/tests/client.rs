//! The client, under servers good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use testkit::{Program, accept, listen, python, refusing, reset, until_closed};

fn client(server: &TcpListener, arguments: &[&str]) -> Program {
    let address = server.local_addr().unwrap().to_string();
    Program::start(
        env!("CARGO_BIN_EXE_01-client"),
        [address.as_str()].iter().chain(arguments),
    )
}

fn receive_one_piece(stream: &mut impl Read) {
    let mut message = [0; 9];
    stream.read_exact(&mut message).unwrap();
    assert_eq!(&message, b"one piece");
}

#[test]
fn it_talks_to_the_python_server() {
    let script = "lessons/01-tcp-basic/python/server.py";
    let Some(server) = python(script, &["127.0.0.1:0"]) else {
        return;
    };
    let address = server.ready().to_string();
    let client = Program::start(env!("CARGO_BIN_EXE_01-client"), [&address]);
    client.finish().printed("海贼王\n");
    server.finish().printed("one piece\n");
}

#[test]
fn without_a_server_the_hint_says_to_start_one() {
    let (_kept, address) = refusing();
    let client =
        Program::start(env!("CARGO_BIN_EXE_01-client"), [address.to_string()]);
    client.finish().failed_with(&[
        &format!("error: connecting to {address}: "),
        "hint: start the server first: just server 01",
    ]);
}

#[test]
fn a_backtrace_asked_for_does_not_hide_the_sentence() {
    let (_kept, address) = refusing();
    let mut command = Command::new(env!("CARGO_BIN_EXE_01-client"));
    command.arg(address.to_string()).env("RUST_BACKTRACE", "1");
    let finished = Program::spawn(&mut command).finish();
    finished.failed_with(&["error: connecting to "]);
    assert_eq!(finished.stderr.lines().count(), 2, "{finished:?}");
}

#[test]
fn a_silent_server_is_given_up() {
    let listener = listen();
    let client = client(&listener, &["--timeout", "100ms"]);
    let _stream = accept(&listener);
    let server = listener.local_addr().unwrap().to_string();
    client.finish().failed_with(&[
        &server,
        "waiting for its answer",
        "nothing within --timeout",
    ]);
}

#[test]
fn a_server_that_closes_without_an_answer_is_named() {
    let listener = listen();
    let client = client(&listener, &[]);
    receive_one_piece(&mut accept(&listener));
    client.finish().failed_with(&["closed before sending anything"]);
}

#[test]
fn a_server_that_resets_is_named() {
    let listener = listen();
    let client = client(&listener, &[]);
    reset(accept(&listener));
    let server = listener.local_addr().unwrap().to_string();
    client.finish().failed_with(&[&server]);
}

#[test]
fn more_than_the_buffer_is_said_to_be_left() {
    let listener = listen();
    let client = client(&listener, &[]);
    let mut stream = accept(&listener);
    receive_one_piece(&mut stream);
    stream.write_all(&[b'x'; 3000]).unwrap();
    let finished = client.finish();
    finished.printed(&("x".repeat(1024) + "\n"));
    finished.logged(&["left unread"]);
}

#[test]
fn an_empty_message_sends_nothing_at_all() {
    let listener = listen();
    let arguments = ["--message", "", "--timeout", "100ms"];
    let client = client(&listener, &arguments);
    let mut stream = accept(&listener);
    assert_eq!(until_closed(&mut stream), b"");
    client.finish().failed_with(&["nothing within --timeout"]);
}

#[test]
fn receiving_first_makes_both_sides_wait() {
    let listener = listen();
    let arguments = ["--receive-first", "--timeout", "100ms"];
    let client = client(&listener, &arguments);
    let mut stream = accept(&listener);
    assert_eq!(until_closed(&mut stream), b"");
    client.finish().failed_with(&["waiting for its answer"]);
}

#[test]
fn receiving_first_works_with_a_server_that_speaks_first() {
    let listener = listen();
    let client = client(&listener, &["--receive-first"]);
    let mut stream = accept(&listener);
    stream.write_all(b"hello").unwrap();
    receive_one_piece(&mut stream);
    client.finish().printed("hello\n");
}

#[test]
fn a_closed_stdout_ends_the_program_quietly() {
    let listener = listen();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_01-client"));
    command.arg(listener.local_addr().unwrap().to_string());
    let client = Program::spawn_printing_to(&mut command, writer);
    let mut stream = accept(&listener);
    receive_one_piece(&mut stream);
    stream.write_all(b"x").unwrap();
    drop(command);
    let finished = client.finish();
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn it_goes_on_waiting_after_ctrl_z_and_fg() {
    let listener = listen();
    let client = client(&listener, &[]);
    let mut stream = accept(&listener);
    receive_one_piece(&mut stream);
    for _ in 0..20 {
        client.stop_and_continue();
    }
    stream.write_all("海贼王".as_bytes()).unwrap();
    client.finish().printed("海贼王\n");
}
