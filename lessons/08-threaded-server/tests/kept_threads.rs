//! Threads that are kept for the next client.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use testkit::{Program, connect, reset, until_closed};

/// Cargo builds examples for tests, beside the folder of the test itself.
fn server(knobs: &[&str]) -> Program {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples");
    let name = format!("kept_threads{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(built.join(name));
    Program::spawn(command.arg("127.0.0.1:0").args(knobs))
}

fn greeted(server: SocketAddr) -> TcpStream {
    let mut client = connect(server);
    let mut greeting = [0; "server端消息".len()];
    client.read_exact(&mut greeting).unwrap();
    assert_eq!(greeting, "server端消息".as_bytes());
    client
}

fn send_line(mut client: TcpStream, line: &str) {
    client.write_all(line.as_bytes()).unwrap();
    assert_eq!(until_closed(&mut client), b"");
}

/// How many threads a program has, the one that accepts included, once all of
/// them sleep: one that has closed its connection is idle by then.
#[cfg(target_os = "linux")]
fn threads(program: &Program) -> usize {
    use std::fs::{read_dir, read_to_string};
    let tasks = format!("/proc/{}/task", program.id());
    let end = std::time::Instant::now() + testkit::DEADLINE;
    while std::time::Instant::now() < end {
        // The state follows the name in proc_pid_stat(5). A thread that ends
        // meanwhile has none.
        let state = |task: std::io::Result<std::fs::DirEntry>| {
            let stat = read_to_string(task.unwrap().path().join("stat"));
            let stat = stat.unwrap_or_default();
            stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next())
        };
        let states: Vec<_> = read_dir(&tasks).unwrap().map(state).collect();
        if states.iter().all(|state| *state == Some('S')) {
            return states.len();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("its threads never sleep");
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_serves_the_next_client_and_more_are_started_when_none_is_idle() {
    let server = server(&[]);
    let address = server.ready();
    for line in ["first", "second", "third"] {
        send_line(greeted(address), line);
        assert_eq!(threads(&server), 2, "after the {line} client");
    }
    // Five at once are more than the one that was kept; then five are.
    for _ in 0..2 {
        let clients: Vec<_> = (0..5).map(|_| greeted(address)).collect();
        clients.into_iter().for_each(|client| send_line(client, "one of 5"));
        assert_eq!(threads(&server), 6);
    }
    let printed = server.stop().stdout;
    assert!(printed.starts_with("first\nsecond\nthird\none of 5\n"));
    assert_eq!(printed.lines().count(), 13);
}

#[test]
fn beyond_max_clients_they_wait_and_a_bad_one_gives_its_place_back() {
    let server = server(&["--max-clients", "2"]);
    let address = server.ready();
    let (one, two) = (greeted(address), greeted(address));
    let mut three = connect(address);
    three.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let early = three.read(&mut [0; 1]).unwrap_err().kind();
    let waited = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    assert!(waited.contains(&early), "{early}");

    let gone = one.local_addr().unwrap();
    drop(one);
    server.wait_for_stderr(&format!(
        "client {gone}: it closed before sending anything"
    ));
    reset(two);
    three.set_read_timeout(Some(testkit::DEADLINE)).unwrap();
    let mut greeting = [0; "server端消息".len()];
    three.read_exact(&mut greeting).unwrap();
    send_line(three, "third");
    send_line(greeted(address), "still here");
    assert_eq!(server.stop().stdout, "third\nstill here\n");
}
