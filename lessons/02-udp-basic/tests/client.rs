//! The client, under servers good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::net::SocketAddr;

use testkit::{Program, bind_udp, python, refusing_udp};

fn client(server: SocketAddr, arguments: &[&str]) -> Program {
    Program::start(
        env!("CARGO_BIN_EXE_02-client"),
        [server.to_string().as_str()].iter().chain(arguments),
    )
}

#[test]
fn it_talks_to_the_python_server() {
    let script = "lessons/02-udp-basic/python/server.py";
    let Some(server) = python(script, &["127.0.0.1:0"]) else {
        return;
    };
    client(server.ready(), &[]).finish().printed("海贼王\n");
    server.finish().printed("onepiece\n");
}

#[test]
fn when_nobody_is_there_it_gives_up_with_the_hint() {
    let (_kept, address) = refusing_udp();
    client(address, &["--timeout", "300ms"]).finish().failed_with(&[
        &format!("asking {address}: "),
        "hint: start the server: just server 02",
    ]);
}

#[test]
fn a_silent_server_is_asked_again_and_then_given_up() {
    let server = bind_udp();
    let address = server.local_addr().unwrap();
    let client = client(address, &["--timeout", "1500ms"]);
    client.finish().failed_with(&[
        &format!("asking {address}: "),
        "nothing within --timeout",
    ]);
    server.set_nonblocking(true).unwrap();
    let mut datagram = [0; 100];
    for _ in 0..2 {
        let (length, _) = server.recv_from(&mut datagram).unwrap();
        assert_eq!(&datagram[..length], b"onepiece");
    }
    server.recv_from(&mut datagram).unwrap_err();
}

#[test]
fn an_empty_message_is_a_datagram_all_the_same() {
    let server = bind_udp();
    let client = client(server.local_addr().unwrap(), &["--message", ""]);
    let mut datagram = [0; 100];
    let (length, peer) = server.recv_from(&mut datagram).unwrap();
    assert_eq!(length, 0);
    server.send_to(b"", peer).unwrap();
    let finished = client.finish();
    finished.printed("\n");
    finished.logged(&["a message of 0 bytes"]);
}

#[test]
fn an_answer_of_any_size_comes_whole() {
    let server = bind_udp();
    let client = client(server.local_addr().unwrap(), &[]);
    let (_, peer) = server.recv_from(&mut [0; 100]).unwrap();
    server.send_to("海".repeat(700).as_bytes(), peer).unwrap();
    client.finish().printed(&("海".repeat(700) + "\n"));
}

#[test]
fn a_message_too_long_for_a_datagram_is_refused_with_a_sentence() {
    let server = bind_udp();
    // Windows takes 32,767 letters in a command.
    let long = "海".repeat(65_508 / 3);
    let address = server.local_addr().unwrap();
    let client = client(address, &["--message", &long]);
    client.finish().failed_with(&[
        &format!("asking {address}: "),
        "hint: IPv4 takes 65,507 bytes at most",
    ]);
}

#[cfg(unix)]
#[test]
fn it_goes_on_waiting_after_ctrl_z_and_fg() {
    let server = bind_udp();
    let arguments = ["--timeout", "20s"];
    let client = client(server.local_addr().unwrap(), &arguments);
    let (_, peer) = server.recv_from(&mut [0; 100]).unwrap();
    for _ in 0..20 {
        client.stop_and_continue();
    }
    server.send_to(b"late", peer).unwrap();
    client.finish().printed("late\n");
}
