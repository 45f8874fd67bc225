//! The server out of six calls behaves as the lesson's server.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::net::SocketAddr;

use testkit::{Program, connect, until_closed};

/// Cargo builds examples for tests, beside the folder of the test itself.
fn six_steps() -> Program {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples");
    let name = format!("six_steps{}", std::env::consts::EXE_SUFFIX);
    Program::start(built.join(name), ["127.0.0.1:0", "--timeout", "10s"])
}

fn address(server: &Program) -> SocketAddr {
    server.wait_for_stderr("4 accept: waiting");
    let said = server.stderr_so_far();
    let (_, address) = said.split_once("the socket is ").unwrap();
    address.lines().next().unwrap().parse().unwrap()
}

#[test]
fn each_step_is_printed_as_it_happens() {
    let server = six_steps();
    let mut client = connect(address(&server));
    server.wait_for_stderr("5 recv: waiting");
    client.write_all(b"one piece").unwrap();
    assert_eq!(until_closed(&mut client), "海贼王".as_bytes());
    let finished = server.finish();
    finished.printed("one piece\n");
    let steps: Vec<&str> =
        finished.stderr.lines().filter_map(|line| line.get(..2)).collect();
    assert_eq!(steps.concat(), "1 2 3 4 4 5 5 5 6 ", "{finished:?}");
}

#[test]
fn a_client_that_closes_at_once_is_named() {
    let server = six_steps();
    drop(connect(address(&server)));
    server.finish().failed_with(&["closed before sending anything"]);
}
