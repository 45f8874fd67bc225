//! Python's `websockets`, as either side.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod peer;

use std::process::Command;

use testkit::{Program, python, python_path};

/// Whether Python has the package; a word about it where it has not.
fn has_websockets() -> bool {
    let Some(path) = python_path() else { return false };
    let mut ask = Command::new(path);
    ask.args(["-c", "import websockets.sync.server"]);
    let found = ask.output().unwrap().status.success();
    if !found {
        println!("not tested: Python's package websockets is not installed");
    }
    found
}

const MESSAGES: [&str; 5] = ["第一次", "第二次", "", "第四次", "第五次"];

#[test]
fn the_python_client_talks_to_our_server() {
    if !has_websockets() {
        return;
    }
    let server = peer::server(&[]);
    let address = server.ready().to_string();
    let script = "lessons/09-websocket/python/client.py";
    let arguments = [&[&*address][..], &MESSAGES].concat();
    let client = python(script, &arguments).unwrap();
    let said = MESSAGES.join("\n") + "\n";
    client.finish().printed(&said);
    let finished = server.stop();
    assert_eq!(finished.stdout, said);
    assert_eq!(finished.stderr.lines().count(), 2, "{finished:?}");
}

#[test]
fn our_client_talks_to_the_python_server() {
    if !has_websockets() {
        return;
    }
    let script = "lessons/09-websocket/python/server.py";
    let server = python(script, &["127.0.0.1:0"]).unwrap();
    let address = server.ready().to_string();
    let program = env!("CARGO_BIN_EXE_09-client");
    let mut listener = Program::start(program, [&address]);
    listener.type_in("here\n");
    listener.wait_for_stdout("here\n");
    let mut arguments = vec![&*address, "--hear", "5"];
    arguments.extend(MESSAGES.iter().flat_map(|text| ["--message", text]));
    let said = MESSAGES.join("\n") + "\n";
    let client = Program::start(program, &arguments);
    client.finish().printed(&said);
    let all = format!("here\n{said}");
    listener.wait_for_stdout(&all);
    listener.close_stdin();
    listener.finish().printed(&all);
    assert_eq!(server.stop().stdout, all);
}
