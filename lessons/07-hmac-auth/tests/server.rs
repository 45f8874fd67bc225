//! The server, under clients good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use hmac_auth::{Challenge, Digest, proof};
use testkit::{Program, connect, python, reset, until_closed};

const KEY: &[u8] = "这是一个秘钥".as_bytes();

fn server(arguments: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    Program::start(
        env!("CARGO_BIN_EXE_07-server"),
        address.iter().chain(arguments),
    )
}

/// Connects, and gives what a client that has the key would answer.
fn challenged(server: SocketAddr, digest: Digest) -> (TcpStream, String) {
    let mut client = connect(server);
    let mut challenge = Challenge::default();
    client.read_exact(&mut challenge).unwrap();
    (client, proof(KEY, digest, &challenge))
}

fn name(client: &TcpStream) -> String {
    format!("client {}: ", client.local_addr().unwrap())
}

/// Checks that the server still accepts an honest client.
#[track_caller]
fn still_serves(server: Program) {
    let (mut client, right) = challenged(server.ready(), Digest::Md5);
    client.write_all(right.as_bytes()).unwrap();
    server.wait_for_stdout("合法用户\n");
    assert_eq!(server.stop().stdout, "合法用户\n");
}

#[test]
fn it_accepts_the_python_client() {
    let script = "lessons/07-hmac-auth/python/client.py";
    for digest in ["md5", "sha256"] {
        let server = server(&["--key", "tea", "--digest", digest]);
        let address = server.ready().to_string();
        let Some(client) = python(script, &[&address, "tea", digest]) else {
            return;
        };
        client.finish().printed("");
        server.wait_for_stdout("合法用户\n");
    }
    let server = server(&[]);
    let address = server.ready().to_string();
    python(script, &[&address]).unwrap().finish().printed("");
    server.wait_for_stdout("合法用户\n");
    let wrong_key = python(script, &[&address, "tea"]).unwrap();
    wrong_key.finish().printed("");
    server.wait_for_stderr("rejected");
}

#[test]
fn wrong_answers_are_rejected_and_the_next_client_is_served() {
    let server = server(&[]);
    let wrong: [fn(&str) -> String; 7] = [
        str::to_uppercase,
        |right| format!("\n{right}"),
        |right| format!("{}\n", &right[..31]),
        |right| right[..31].to_owned() + "g",
        |right| right.chars().rev().collect(),
        |_| "\u{1b}[2J".repeat(20),
        |_| "0".repeat(100_000),
    ];
    for spoil in wrong {
        let (mut client, right) = challenged(server.ready(), Digest::Md5);
        // The server may hang up on one that is still sending.
        let _ = client.write_all(spoil(&right).as_bytes());
        server.wait_for_stderr(&(name(&client) + "rejected: "));
        until_closed(&mut client);
    }
    still_serves(server);
}

#[test]
fn an_answer_of_another_digest_is_not_the_proof() {
    let md5 = server(&[]);
    let (mut client, right) = challenged(md5.ready(), Digest::Sha256);
    client.write_all(right.as_bytes()).unwrap();
    md5.wait_for_stderr(&(name(&client) + "rejected: "));

    let sha256 = server(&["--digest", "sha256", "--timeout", "200ms"]);
    let (mut client, right) = challenged(sha256.ready(), Digest::Md5);
    client.write_all(right.as_bytes()).unwrap();
    sha256.wait_for_stderr(&name(&client));
    sha256.wait_for_stderr("32 of 64 bytes came: nothing within --timeout");
    assert_eq!(sha256.stop().stdout, "");
}

#[test]
fn a_silent_client_delays_nobody_and_is_given_up() {
    let patient = server(&["--timeout", "1h"]);
    let _silent = connect(patient.ready());
    still_serves(patient);

    let server = server(&["--timeout", "200ms"]);
    let mut silent = connect(server.ready());
    server.wait_for_stderr(&name(&silent));
    server.wait_for_stderr("0 of 32 bytes came: nothing within --timeout");
    assert_eq!(until_closed(&mut silent).len(), 32);
}

#[test]
fn dripping_does_not_stretch_the_time() {
    let server = server(&["--timeout", "200ms"]);
    let (mut client, right) = challenged(server.ready(), Digest::Md5);
    client.set_nodelay(true).unwrap();
    for byte in right.as_bytes() {
        // The server is gone before the end.
        let _ = client.write_all(&[*byte]);
        sleep(Duration::from_millis(20));
    }
    server.wait_for_stderr("of 32 bytes came: nothing within --timeout");
    assert_eq!(server.stop().stdout, "");
}

#[test]
fn clients_that_go_are_named() {
    let server = server(&[]);
    let client = connect(server.ready());
    let gone = name(&client);
    drop(client);
    server.wait_for_stderr(&gone);

    let (mut client, right) = challenged(server.ready(), Digest::Md5);
    let gone = name(&client);
    client.write_all(&right.as_bytes()[..20]).unwrap();
    drop(client);
    server.wait_for_stderr(&gone);
    server.wait_for_stderr("it closed after 20 of 32 bytes");

    let (client, _) = challenged(server.ready(), Digest::Md5);
    let gone = name(&client);
    reset(client);
    server.wait_for_stderr(&gone);
    still_serves(server);
}

#[test]
fn every_client_gets_a_challenge_of_its_own() {
    let server = server(&[]);
    let (_one, first) = challenged(server.ready(), Digest::Md5);
    let (mut two, second) = challenged(server.ready(), Digest::Md5);
    assert_ne!(first, second);
    two.write_all(first.as_bytes()).unwrap();
    server.wait_for_stderr(&(name(&two) + "rejected: "));
}

#[test]
fn a_fixed_challenge_makes_an_old_answer_right() {
    let hex = "0123456789abcdef".repeat(4);
    let server = server(&["--fixed-challenge", &hex]);
    let (_one, first) = challenged(server.ready(), Digest::Md5);
    let (mut two, _) = challenged(server.ready(), Digest::Md5);
    two.write_all(first.as_bytes()).unwrap();
    server.wait_for_stdout("合法用户\n");
}

#[cfg(unix)]
#[test]
fn out_of_descriptors_it_waits_and_then_goes_on() {
    let script = r#"ulimit -n 20; exec "$0" 127.0.0.1:0 --timeout 1h"#;
    let server = Program::spawn(Command::new("sh").args([
        "-c",
        script,
        env!("CARGO_BIN_EXE_07-server"),
    ]));
    let clients: Vec<_> = (0..40).map(|_| connect(server.ready())).collect();
    server.wait_for_stderr("waiting to accept a client: Too many open files");
    // Most of them have not been accepted yet. Each that is judged makes
    // room for another.
    for mut client in clients {
        let mut challenge = Challenge::default();
        client.read_exact(&mut challenge).unwrap();
        let right = proof(KEY, Digest::Md5, &challenge);
        client.write_all(right.as_bytes()).unwrap();
    }
    server.wait_for_stdout(&"合法用户\n".repeat(40));
}

#[test]
fn the_key_and_the_expected_proof_are_never_shown() {
    for watched in [false, true] {
        let reports = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_07-server"));
        command.args(["127.0.0.1:0", "--key", "open sesame"]);
        command.env_remove("LAB_TAP");
        if watched {
            command.env("LAB_TAP", reports.path());
        }
        let server = Program::spawn(&mut command);
        let address = server.ready();
        let mut client = connect(address);
        let mut challenge = Challenge::default();
        client.read_exact(&mut challenge).unwrap();
        client.write_all(&[b'0'; 32]).unwrap();
        server.wait_for_stderr("rejected");

        let said = server.stop();
        let reports = testkit::read_all(reports.path());
        assert_eq!(reports.contains("\"op\":\"recv\""), watched, "{reports}");
        let said = said.stdout + &said.stderr + &reports;
        let expected = proof(b"open sesame", Digest::Md5, &challenge);
        let hex: String =
            b"open sesame".iter().map(|b| format!("{b:02x}")).collect();
        for secret in ["open sesame", &hex, &expected] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    let help = Program::start(env!("CARGO_BIN_EXE_07-server"), ["--help"]);
    let help = help.finish().stdout;
    assert!(!help.contains(str::from_utf8(KEY).unwrap()), "{help}");
}

#[test]
fn a_taken_port_is_explained() {
    let taken = testkit::listen();
    let address = taken.local_addr().unwrap().to_string();
    let server = Program::start(env!("CARGO_BIN_EXE_07-server"), [&address]);
    server.finish().failed_with(&[
        &format!("listening on {address}: "),
        "just server 07 127.0.0.1:0",
    ]);
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_07-server"));
    command.arg("127.0.0.1:0");
    let server = Program::spawn_printing_to(&mut command, writer);
    drop(command);
    let (mut client, right) = challenged(server.ready(), Digest::Md5);
    client.write_all(right.as_bytes()).unwrap();
    let finished = server.finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}

#[test]
fn wrong_arguments_are_explained_with_exit_code_2() {
    for wrong in [
        &["--digest", "crc32"][..],
        &["--fixed-challenge", "00"],
        &["--fixed-challenge", &"+f".repeat(32)],
        &["--timeout", "5"],
        &["--key"],
    ] {
        let finished = server(wrong).finish();
        assert_eq!(finished.code, Some(2), "{wrong:?} {finished:?}");
        finished.logged(&["error: "]);
    }
}
