//! Whatever ends a run, nothing is left running. Processes are looked up in
//! `/proc`, so this is tested on Linux.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use testkit::{DEADLINE, Program, root};

/// Starts a run in which both sides wait for each other for an hour, and
/// gives it with the ids of its two programs.
fn endless() -> (Program, u32, u32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    let words = ["run", "1", "--receive-first", "--timeout", "1h"];
    command.current_dir(root()).args(words);
    let lab = Program::spawn(&mut command);
    // Both are drawn waiting only after they have waited for a while.
    lab.wait_for_stdout("recv waits");
    let children = children(lab.id());
    let id = |name: &str| children.iter().find(|c| c.1 == name).unwrap().0;
    let (client, server) = (id("01-client"), id("01-server"));
    (lab, client, server)
}

/// The ids and names of the processes that a process has started.
fn children(parent: u32) -> Vec<(u32, String)> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let ids = fs::read_to_string(path).unwrap_or_default();
    let name = |id: u32| {
        let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
        Some((id, name.trim().to_owned()))
    };
    ids.split_whitespace().filter_map(|id| name(id.parse().ok()?)).collect()
}

#[track_caller]
fn is_gone(id: u32) {
    let until = Instant::now() + DEADLINE;
    while fs::exists(format!("/proc/{id}")).unwrap() {
        assert!(Instant::now() < until, "process {id} is still there");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn send(signal: &str, id: u32) {
    let mut kill = Command::new("kill");
    assert!(kill.args([signal, &id.to_string()]).status().unwrap().success());
}

#[test]
fn ctrl_c_ends_both_sides() {
    let (lab, client, server) = endless();
    send("-INT", lab.id());
    assert_eq!(lab.finish().code, Some(130));
    is_gone(client);
    is_gone(server);
}

#[test]
fn a_kill_of_lab_by_term_ends_both_sides() {
    let (lab, client, server) = endless();
    send("-TERM", lab.id());
    lab.finish();
    is_gone(client);
    is_gone(server);
}

#[test]
fn when_the_server_is_killed_the_run_ends_and_says_so() {
    let (lab, client, server) = endless();
    send("-KILL", server);
    let finished = lab.finish();
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    let said = finished.stdout.contains("is ended by a signal");
    assert!(said, "{finished:#?}");
    is_gone(client);
}

#[test]
fn when_the_client_is_killed_the_run_ends_and_says_so() {
    let (lab, client, server) = endless();
    send("-KILL", client);
    let finished = lab.finish();
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    let said = finished.stdout.contains("is ended by a signal");
    assert!(said, "{finished:#?}");
    is_gone(server);
}

#[test]
fn a_server_without_a_client_is_not_waited_for() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    let client = ["--client", "true {port}"];
    command.current_dir(root()).args(["run", "1"]).args(client);
    let finished = Program::spawn(&mut command).finish();
    assert!(finished.stdout.contains("accept waits"), "{finished:#?}");
}

#[test]
fn what_a_program_started_ends_with_it() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    let client = "sh -c 'sleep 1000 & echo child $!; exit 1 # {port}'";
    command.current_dir(root()).args(["run", "1", "--client", client]);
    let finished = Program::spawn(&mut command).finish();
    let (_, said) = finished.stdout.split_once("prints child ").unwrap();
    let child = said.split_whitespace().next().unwrap().parse().unwrap();
    is_gone(child);
}

#[test]
fn a_killed_lab_leaves_nothing_running() {
    let (lab, client, server) = endless();
    send("-KILL", lab.id());
    lab.finish();
    is_gone(client);
    is_gone(server);
}

#[test]
fn what_left_its_group_is_ended_too() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("id");
    let shell = format!("echo $$ > {}; sleep 600", note.display());
    let other = format!("sh -c \"setsid sh -c '{shell}' & wait\"");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    let words = ["run", "1", "--see", "wire", "--client", &other];
    command.current_dir(root()).args(words);
    let lab = Program::spawn(&mut command);
    let until = Instant::now() + DEADLINE;
    let id = loop {
        let id = fs::read_to_string(&note).unwrap_or_default();
        if id.ends_with('\n') {
            break id.trim().parse().unwrap();
        }
        assert!(Instant::now() < until, "it did not start");
        std::thread::sleep(Duration::from_millis(5));
    };
    send("-INT", lab.id());
    lab.finish();
    is_gone(id);
}

#[test]
fn a_network_that_reports_much_is_ended_too() {
    let Some(python) = testkit::python_path() else { return };
    let socket = "import socket, sys\n\
                  s = socket.socket(type=socket.SOCK_DGRAM)\n\
                  to = ('127.0.0.1', int(sys.argv[1]))\n";
    let server = format!("{socket}s.bind(to)\nwhile True: s.recv(100)");
    let client = format!("{socket}while True: s.sendto(b'x', to)");
    let command = |text: &str| format!("{python} -c \"{text}\" {{port}}");
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.current_dir(root()).args(["run", "--udp", "--see", "wire"]);
    lab.args(["--server", &command(&server), "--client", &command(&client)]);
    let lab = Program::spawn(&mut lab);
    lab.wait_for_stdout("send #40");
    send("-INT", lab.id());
    assert_eq!(lab.finish().code, Some(130));
}
