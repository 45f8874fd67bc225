//! The server, under clients good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;

use testkit::{Program, connect, python, reset};

fn server(arguments: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    Program::start(
        env!("CARGO_BIN_EXE_01-server"),
        address.iter().chain(arguments),
    )
}

#[test]
fn it_serves_the_python_client() {
    let server = server(&[]);
    let address = server.ready().to_string();
    let script = "lessons/01-tcp-basic/python/client.py";
    let Some(client) = python(script, &[&address]) else {
        return;
    };
    client.finish().printed("海贼王\n");
    server.finish().printed("one piece\n");
}

#[test]
fn a_client_that_says_nothing_is_given_up() {
    let server = server(&["--timeout", "100ms"]);
    let client = connect(server.ready());
    let peer = client.local_addr().unwrap().to_string();
    server.finish().failed_with(&[&peer, "nothing within --timeout"]);
}

#[test]
fn a_client_that_closes_at_once_is_named() {
    let server = server(&[]);
    let client = connect(server.ready());
    let peer = client.local_addr().unwrap().to_string();
    drop(client);
    server.finish().failed_with(&[&peer, "closed before sending anything"]);
}

#[test]
fn a_client_that_resets_is_named() {
    let server = server(&[]);
    let client = connect(server.ready());
    let peer = client.local_addr().unwrap().to_string();
    reset(client);
    server.finish().failed_with(&[&peer]);
}

#[test]
fn more_than_the_buffer_is_said_to_be_left() {
    let server = server(&[]);
    let mut client = connect(server.ready());
    client.write_all("海".repeat(400).as_bytes()).unwrap();
    let finished = server.finish();
    finished.printed(&format!("{}\u{fffd}\n", "海".repeat(341)));
    finished.logged(&["left unread"]);
}

#[test]
fn a_taken_port_is_explained() {
    let taken = testkit::listen();
    let address = taken.local_addr().unwrap().to_string();
    let server = Program::start(env!("CARGO_BIN_EXE_01-server"), [&address]);
    server.finish().failed_with(&[
        &format!("listening on {address}: "),
        "hint: perhaps this server still runs: look in your other terminals",
        "just server 01 127.0.0.1:0",
    ]);
}

#[test]
fn bound_to_every_interface_it_tells_other_machines_the_way() {
    let server = Program::start(env!("CARGO_BIN_EXE_01-server"), ["0.0.0.0:0"]);
    let port = server.ready().port();
    server.wait_for_stderr("from another machine: just client 01 ");
    server.wait_for_stderr(&format!(":{port}\n"));
}

#[test]
fn names_and_ipv6_are_addresses_too() {
    for place in ["localhost:0", "[::1]:0"] {
        let server = Program::start(env!("CARGO_BIN_EXE_01-server"), [place]);
        let mut client = connect(server.ready());
        client.write_all(b"x").unwrap();
        server.finish().printed("x\n");
    }
}

#[test]
fn wrong_arguments_are_explained_with_exit_code_2() {
    for wrong in [
        &["nowhere"][..],
        &["127.0.0.1:99999"],
        &["127.0.0.1:0", "--timeout", "5"],
        &["127.0.0.1:0", "--timeout", "99h"],
        &["127.0.0.1:0", "--timeout", "-1s"],
        &["127.0.0.1:0", "--colour"],
    ] {
        let server = Program::start(env!("CARGO_BIN_EXE_01-server"), wrong);
        let finished = server.finish();
        assert_eq!(finished.code, Some(2), "{wrong:?} {finished:?}");
        finished.logged(&["error: "]);
    }
}
