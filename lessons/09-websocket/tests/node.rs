//! Node's `ws`, as either side.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod peer;

use std::process::Command;

use testkit::Program;

/// A script for Node; `None`, and a word about it, where Node or its package
/// `ws` is missing (`npm install -g ws`, and `NODE_PATH=$(npm root -g)`).
fn node(script: &str, argument: &str) -> Option<Program> {
    let has_ws = Command::new("node").args(["-e", "require('ws')"]).output();
    if !has_ws.is_ok_and(|asked| asked.status.success()) {
        println!("not tested: Node's package ws is not installed");
        return None;
    }
    let mut command = Command::new("node");
    Some(Program::spawn(command.args(["-e", script, argument])))
}

#[test]
fn nodes_client_talks_to_our_server() {
    let server = peer::server(&[]);
    let script = "
        const ws = new (require('ws'))(`ws://${process.argv[1]}/`);
        const five = ['第一次', '第二次', '', '第四次', '第五次'];
        ws.on('open', () => five.forEach((text) => ws.send(text)));
        let heard = 0;
        ws.on('message', (data) => {
          console.log(data.toString());
          if (++heard === five.length) ws.close(1000);
        });
        ws.on('close', (code) => console.log(code));";
    let address = server.ready().to_string();
    let Some(client) = node(script, &address) else { return };
    let said = "第一次\n第二次\n\n第四次\n第五次\n";
    client.finish().printed(&format!("{said}1000\n"));
    let finished = server.stop();
    assert_eq!(finished.stdout, said);
    assert_eq!(finished.stderr.lines().count(), 2, "{finished:?}");
}

#[test]
fn our_client_talks_to_nodes_server() {
    let script = "
        const { WebSocketServer } = require('ws');
        const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
        server.on('listening', () =>
          console.error(`ready on 127.0.0.1:${server.address().port}`));
        server.on('connection', (client) =>
          client.on('message', (data, isBinary) =>
            server.clients.forEach((one) =>
              one.send(data, { binary: isBinary }))));";
    let Some(server) = node(script, "") else { return };
    let address = server.ready().to_string();
    let arguments = [&*address, "--message", "海贼王", "--message", ""];
    let arguments = [&arguments[..], &["--hear", "2"]].concat();
    let client = Program::start(env!("CARGO_BIN_EXE_09-client"), arguments);
    client.finish().printed("海贼王\n\n");
}
