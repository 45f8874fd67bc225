//! The client, under servers good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use hmac_auth::{Digest, proof};
use testkit::{Program, accept, listen, python, refusing, reset, until_closed};

const KEY: &[u8] = "这是一个秘钥".as_bytes();

fn client(server: &TcpListener, arguments: &[&str]) -> Program {
    let address = server.local_addr().unwrap().to_string();
    start(&address, arguments)
}

fn start(address: &str, arguments: &[&str]) -> Program {
    Program::start(
        env!("CARGO_BIN_EXE_07-client"),
        [address].iter().chain(arguments),
    )
}

#[test]
fn it_answers_the_challenge_prints_nothing_and_ends() {
    for (digest, name) in [(Digest::Md5, "md5"), (Digest::Sha256, "sha256")] {
        let listener = listen();
        let client = client(&listener, &["--digest", name]);
        let mut stream = accept(&listener);
        stream.write_all(&[7; 32]).unwrap();
        let right = proof(KEY, digest, &[7; 32]);
        assert_eq!(until_closed(&mut stream), right.as_bytes());
        let finished = client.finish();
        finished.printed("");
        assert_eq!(finished.stderr, "");
    }
}

#[test]
fn the_two_sides_agree_and_a_wrong_key_is_found_out() {
    let listening = ["127.0.0.1:0", "--key", "tea", "--digest", "sha256"];
    let server = Program::start(env!("CARGO_BIN_EXE_07-server"), listening);
    let address = server.ready().to_string();
    let arguments = ["--key", "tea", "--digest", "sha256"];
    start(&address, &arguments).finish().printed("");
    server.wait_for_stdout("合法用户\n");
    // The verdict is the server's alone: the client has done its part.
    start(&address, &["--digest", "sha256"]).finish().printed("");
    server.wait_for_stderr("rejected");
    assert_eq!(server.stop().stdout, "合法用户\n");
}

#[test]
fn it_is_accepted_by_the_python_server() {
    let script = "lessons/07-hmac-auth/python/server.py";
    for digest in ["md5", "sha256"] {
        let arguments = ["127.0.0.1:0", "这是一个秘钥", digest];
        let Some(server) = python(script, &arguments) else {
            return;
        };
        let address = server.ready().to_string();
        for key in ["tea", "这是一个秘钥"] {
            let arguments = ["--digest", digest, "--key", key];
            start(&address, &arguments).finish().printed("");
        }
        server.wait_for_stdout("合法用户\n");
        assert_eq!(server.stop().stdout, "合法用户\n");
    }
}

#[test]
fn a_replayed_answer_is_right_only_for_its_own_challenge() {
    let hex = "ab".repeat(32);
    let recorded = proof(KEY, Digest::Md5, &[0xab; 32]);
    let replay = ["--replay", &recorded, "--key", "unknown"];

    let fixed = ["127.0.0.1:0", "--fixed-challenge", &hex];
    let fixed = Program::start(env!("CARGO_BIN_EXE_07-server"), fixed);
    start(&fixed.ready().to_string(), &replay).finish().printed("");
    fixed.wait_for_stdout("合法用户\n");

    let fresh =
        Program::start(env!("CARGO_BIN_EXE_07-server"), ["127.0.0.1:0"]);
    start(&fresh.ready().to_string(), &replay).finish().printed("");
    fresh.wait_for_stderr("rejected");
    assert_eq!(fresh.stop().stdout, "");
}

#[test]
fn a_replay_goes_out_as_it_was_given() {
    let listener = listen();
    let client = client(&listener, &["--replay", "AbC"]);
    let mut stream = accept(&listener);
    stream.write_all(&[7; 32]).unwrap();
    assert_eq!(until_closed(&mut stream), b"AbC");
    client.finish().printed("");
}

#[test]
fn a_challenge_in_pieces_is_read_to_its_end() {
    let listener = listen();
    let client = client(&listener, &[]);
    let mut stream = accept(&listener);
    stream.set_nodelay(true).unwrap();
    for number in 0..32 {
        stream.write_all(&[number]).unwrap();
        sleep(Duration::from_millis(2));
    }
    let challenge: Vec<u8> = (0..32).collect();
    let right = proof(KEY, Digest::Md5, &challenge);
    assert_eq!(until_closed(&mut stream), right.as_bytes());
    client.finish().printed("");
}

#[test]
fn a_challenge_too_short_is_refused() {
    let listener = listen();
    let client = client(&listener, &[]);
    let mut stream = accept(&listener);
    stream.write_all(&[7; 31]).unwrap();
    drop(stream);
    let server = listener.local_addr().unwrap();
    client.finish().failed_with(&[
        &format!("error: server {server}: waiting for the challenge: "),
        "it closed after 31 of 32 bytes",
    ]);
}

#[test]
fn of_a_challenge_too_long_the_first_32_bytes_count() {
    let listener = listen();
    let client = client(&listener, &[]);
    let mut stream = accept(&listener);
    stream.write_all(&[7; 33]).unwrap();
    let mut answer = [0; 32];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, proof(KEY, Digest::Md5, &[7; 32]).as_bytes());
    let finished = client.finish();
    finished.printed("");
    finished.logged(&["left unread"]);
}

#[test]
fn a_server_that_closes_after_its_verdict_is_no_failure() {
    for read in [0, 1, 64] {
        let listener = listen();
        let client = client(&listener, &["--digest", "sha256"]);
        let mut stream = accept(&listener);
        stream.write_all(&[7; 32]).unwrap();
        if read == 0 {
            // It sends its proof; nobody will have read it.
            client.finish().printed("");
        } else {
            stream.read_exact(&mut vec![0; read]).unwrap();
            drop(stream);
            client.finish().printed("");
        }
    }
}

#[test]
fn dripping_does_not_stretch_the_time() {
    let listener = listen();
    let client = client(&listener, &["--timeout", "200ms"]);
    let mut stream = accept(&listener);
    stream.set_nodelay(true).unwrap();
    for number in 0..32 {
        // The client is gone before the end.
        let _ = stream.write_all(&[number]);
        sleep(Duration::from_millis(20));
    }
    assert_eq!(until_closed(&mut stream), b"");
    client
        .finish()
        .failed_with(&[" of 32 bytes came: nothing within --timeout"]);
}

#[test]
fn a_silent_server_is_given_up() {
    let listener = listen();
    let client = client(&listener, &["--timeout", "100ms"]);
    let _stream = accept(&listener);
    let server = listener.local_addr().unwrap().to_string();
    client.finish().failed_with(&[
        &server,
        "0 of 32 bytes came: nothing within --timeout",
    ]);
}

#[test]
fn a_server_that_goes_is_named() {
    let listener = listen();
    let server = listener.local_addr().unwrap().to_string();
    let silent = client(&listener, &[]);
    drop(accept(&listener));
    silent.finish().failed_with(&[&server, "it closed after 0 of 32 bytes"]);
    let broken = client(&listener, &[]);
    reset(accept(&listener));
    broken.finish().failed_with(&[&server]);
}

#[test]
fn without_a_server_the_hint_says_to_start_one() {
    let (_kept, address) = refusing();
    start(&address.to_string(), &[]).finish().failed_with(&[
        &format!("error: connecting to {address}: "),
        "hint: start the server first: just server 07",
    ]);
}

#[test]
fn the_key_is_never_shown() {
    let listener = listen();
    let mut command = Command::new(env!("CARGO_BIN_EXE_07-client"));
    command.args([
        &listener.local_addr().unwrap().to_string(),
        "--key",
        "open sesame",
    ]);
    let reports = tempfile::tempdir().unwrap();
    let client = Program::spawn(command.env("LAB_TAP", reports.path()));
    let mut stream = accept(&listener);
    stream.write_all(&[7; 31]).unwrap();
    drop(stream);
    let finished = client.finish();
    finished.failed_with(&[]);
    let reports = testkit::read_all(reports.path());
    assert!(reports.contains("\"op\":\"recv\""), "{reports}");
    let said = finished.stderr + &reports;
    assert!(!said.contains("sesame"), "{said}");

    let help = Program::start(env!("CARGO_BIN_EXE_07-client"), ["--help"]);
    let help = help.finish().stdout;
    assert!(!help.contains(str::from_utf8(KEY).unwrap()), "{help}");
}

#[test]
fn wrong_arguments_are_explained_with_exit_code_2() {
    for wrong in [
        &["--digest", "crc32"][..],
        &["--replay", ""],
        &["--replay", "xyz"],
        &["--timeout", "5"],
    ] {
        let finished = start("127.0.0.1:1", wrong).finish();
        assert_eq!(finished.code, Some(2), "{wrong:?} {finished:?}");
        finished.logged(&["error: "]);
    }
}
