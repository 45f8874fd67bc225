//! The server, under clients good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use testkit::{Program, bind_udp, python};

fn server(arguments: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    Program::start(
        env!("CARGO_BIN_EXE_02-server"),
        address.iter().chain(arguments),
    )
}

/// Sends one datagram, and gives what the server answered and said.
fn send(arguments: &[&str], datagram: &[u8]) -> testkit::Finished {
    let server = server(arguments);
    let client = bind_udp();
    client.send_to(datagram, server.ready()).unwrap();
    let mut answer = [0; 100];
    let length = client.recv(&mut answer).unwrap();
    assert_eq!(&answer[..length], "海贼王".as_bytes());
    server.finish()
}

#[test]
fn it_serves_the_python_client() {
    let server = server(&[]);
    let address = server.ready().to_string();
    let script = "lessons/02-udp-basic/python/client.py";
    let Some(client) = python(script, &[&address]) else {
        return;
    };
    client.finish().printed("海贼王\n");
    server.finish().printed("onepiece\n");
}

#[test]
fn a_datagram_longer_than_the_buffer_is_said_to_be_cut() {
    let finished = send(&["--buffer", "4"], b"onepiece");
    finished.printed("onep\n");
    finished.logged(&["datagram of 8 bytes", "was cut: 4 kept, 4 lost"]);
}

#[test]
fn the_default_buffer_cuts_after_1024_bytes() {
    let finished = send(&[], "海".repeat(400).as_bytes());
    finished.printed(&format!("{}\u{fffd}\n", "海".repeat(341)));
    finished.logged(&["datagram of 1200 bytes", "1024 kept, 176 lost"]);
}

#[test]
fn a_datagram_that_just_fits_is_not_called_cut() {
    let finished = send(&["--buffer", "8"], b"onepiece");
    finished.printed("onepiece\n");
    assert!(!finished.stderr.contains("cut"), "{finished:?}");
}

#[test]
fn the_largest_datagram_arrives_whole() {
    let finished = send(&["--buffer", "65535"], &[b'x'; 65_507]);
    finished.printed(&("x".repeat(65_507) + "\n"));
}

#[test]
fn an_empty_datagram_is_a_message() {
    let finished = send(&[], b"");
    finished.printed("\n");
    finished.logged(&["sent a message of 0 bytes"]);
}

#[test]
fn a_taken_port_is_explained() {
    let taken = bind_udp();
    let address = taken.local_addr().unwrap().to_string();
    let server = Program::start(env!("CARGO_BIN_EXE_02-server"), [&address]);
    server.finish().failed_with(&[
        &format!("binding to {address}: "),
        "hint: perhaps the server of lesson 02 or 03 still runs",
    ]);
}

#[test]
fn a_buffer_of_no_bytes_is_a_wrong_argument() {
    let finished = server(&["--buffer", "0"]).finish();
    assert_eq!(finished.code, Some(2), "{finished:?}");
}
