//! A handler that fails or panics costs its own client only.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use testkit::{Program, connect, until_closed};

/// Cargo builds examples for tests, beside the folder of the test itself.
fn careless() -> Program {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples");
    let name = format!("careless{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(built.join(name));
    // One place, so that one which is not given back is missed.
    command.args(["127.0.0.1:0", "--max-clients", "1"]);
    Program::spawn(command.env("RUST_BACKTRACE", "1"))
}

fn asked(server: SocketAddr) -> TcpStream {
    let mut client = connect(server);
    let mut question = [0; 20];
    client.read_exact(&mut question).unwrap();
    assert_eq!(&question, b"100 divided by what?");
    client
}

#[test]
fn failing_and_panicking_are_a_line_each_and_the_server_lives() {
    let server = careless();
    let mut lines = Vec::new();
    for (number, trouble) in [
        ("0", "the handler panicked at "),
        ("seven", "not a number: \"seven\": "),
        ("0", "the handler panicked at "),
    ] {
        let mut client = asked(server.ready());
        client.write_all(number.as_bytes()).unwrap();
        assert_eq!(until_closed(&mut client), b"");
        let peer = client.local_addr().unwrap();
        lines.push(format!("client {peer}: {trouble}"));
    }
    let mut client = asked(server.ready());
    client.write_all(b"7").unwrap();
    assert_eq!(until_closed(&mut client), b"14");

    let finished = server.stop();
    let said: Vec<&str> = finished
        .stderr
        .lines()
        .filter(|line| line.starts_with("client "))
        .collect();
    assert_eq!(said.len(), lines.len(), "{finished:#?}");
    for (said, wanted) in said.iter().zip(&lines) {
        assert!(said.starts_with(wanted), "{finished:#?}");
    }
    // Ready, the three, and that the one place was taken, four times.
    assert_eq!(finished.stderr.lines().count(), 8, "{finished:#?}");
}
