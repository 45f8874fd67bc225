//! A thousand clients at once. This file has one test, because that needs a
//! process, and file descriptors, of its own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{Read, Write};
use std::process::Command;

use testkit::{Program, connect, until_closed};

const NAME: &str = "a_thousand_clients_are_served_while_one_is_silent";

#[test]
fn a_thousand_clients_are_served_while_one_is_silent() {
    // Many systems allow a process 1024 descriptors, macOS 256, but let it
    // raise that. The shell can, so the test starts itself once more.
    let raised = std::env::var_os("DESCRIPTORS_RAISED").is_some();
    if cfg!(unix) && !raised {
        let script = r#"ulimit -n 4096; exec "$0" --exact "$1""#;
        let mut again = Command::new("sh");
        again.args(["-c", script]).arg(std::env::current_exe().unwrap());
        again.arg(NAME).env("DESCRIPTORS_RAISED", "yes");
        let finished = Program::spawn(&mut again).finish();
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        assert!(finished.stdout.contains("1 passed"), "{finished:#?}");
        return;
    }
    let arguments = ["127.0.0.1:0", "--max-clients", "1001"];
    let server = Program::start(env!("CARGO_BIN_EXE_08-server"), arguments);
    let address = server.ready();
    let mut silent = connect(address);
    let mut clients: Vec<_> = (0..1000).map(|_| connect(address)).collect();
    for client in clients.iter_mut().chain([&mut silent]) {
        let mut greeting = [0; "server端消息".len()];
        client.read_exact(&mut greeting).unwrap();
        assert_eq!(greeting, "server端消息".as_bytes());
    }
    for (number, client) in clients.iter_mut().enumerate() {
        client.write_all(number.to_string().as_bytes()).unwrap();
    }
    for client in &mut clients {
        assert_eq!(until_closed(client), b"");
    }
    let finished = server.stop();
    let mut numbers: Vec<usize> =
        finished.stdout.lines().map(|n| n.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, Vec::from_iter(0..1000), "{}", finished.stderr);
}
