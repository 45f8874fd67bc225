//! The server, under clients good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use testkit::{Program, connect, python, reset, until_closed};

const GREETING: &str = "server端消息";

fn server(arguments: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    Program::start(
        env!("CARGO_BIN_EXE_08-server"),
        address.iter().chain(arguments),
    )
}

/// Connects and waits for the greeting.
#[track_caller]
fn greeted(server: SocketAddr) -> TcpStream {
    let mut client = connect(server);
    wait_for_greeting(&mut client);
    client
}

#[track_caller]
fn wait_for_greeting(client: &mut TcpStream) {
    let mut greeting = [0; GREETING.len()];
    client.read_exact(&mut greeting).unwrap();
    assert_eq!(greeting, GREETING.as_bytes());
}

fn name(client: &TcpStream) -> String {
    format!("client {}: ", client.local_addr().unwrap())
}

/// Sends a line, and waits until the server has done with the client.
#[track_caller]
fn send_line(mut client: TcpStream, line: &str) {
    client.write_all(line.as_bytes()).unwrap();
    assert_eq!(until_closed(&mut client), b"");
}

#[test]
fn it_serves_the_python_client() {
    let server = server(&[]);
    let address = server.ready().to_string();
    let script = "lessons/08-threaded-server/python/client.py";
    let Some(mut client) = python(script, &[&address]) else {
        return;
    };
    client.type_in("海贼王\n");
    client.finish().printed("server端消息\n>>>");
    server.wait_for_stdout("海贼王\n");
}

#[test]
fn lines_printed_at_the_same_time_stay_whole() {
    let server = server(&[]);
    let address = server.ready();
    let clients: Vec<_> = (0..100).map(|_| greeted(address)).collect();
    let threads: Vec<_> = clients
        .into_iter()
        .enumerate()
        .map(|(number, client)| {
            let line = format!("{number} ").repeat(100);
            std::thread::spawn(move || send_line(client, &line))
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    let stdout = server.stop().stdout;
    let mut lines: Vec<&str> = stdout.lines().collect();
    lines.sort_unstable();
    let mut wanted: Vec<String> =
        (0..100).map(|n| format!("{n} ").repeat(100)).collect();
    wanted.sort_unstable();
    assert_eq!(lines, wanted);
}

#[test]
fn beyond_max_clients_they_wait_in_the_backlog() {
    let server = server(&["--max-clients", "2"]);
    let address = server.ready();
    let one = greeted(address);
    let _two = greeted(address);
    server.wait_for_stderr("every place is taken");

    let mut three = connect(address);
    three.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let early = three.read(&mut [0; 1]).unwrap_err().kind();
    let waited = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    assert!(waited.contains(&early), "{early}");

    send_line(one, "bye");
    three.set_read_timeout(Some(testkit::DEADLINE)).unwrap();
    wait_for_greeting(&mut three);
}

#[test]
fn places_of_clients_that_went_are_free_again() {
    let server = server(&["--max-clients", "1", "--idle", "100ms"]);
    let address = server.ready();
    drop(greeted(address));
    reset(greeted(address));
    drop(connect(address));
    reset(connect(address));
    let idle = greeted(address);
    server.wait_for_stderr(&(name(&idle) + "it said nothing within --idle"));
    send_line(greeted(address), "still here");
    assert_eq!(server.stop().stdout, "still here\n");
}

#[test]
fn an_idle_client_is_given_up() {
    let server = server(&["--idle", "100ms"]);
    let mut idle = greeted(server.ready());
    assert_eq!(until_closed(&mut idle), b"");
    server.wait_for_stderr(&(name(&idle) + "it said nothing within --idle"));
}

#[test]
fn clients_that_go_are_named() {
    let server = server(&[]);
    let client = greeted(server.ready());
    let gone = name(&client);
    drop(client);
    server.wait_for_stderr(&(gone + "it closed before sending anything"));

    let mut client = greeted(server.ready());
    client.shutdown(Shutdown::Write).unwrap();
    server.wait_for_stderr(
        &(name(&client) + "it closed before sending anything"),
    );
    assert_eq!(until_closed(&mut client), b"");

    let client = greeted(server.ready());
    let gone = name(&client);
    reset(client);
    server.wait_for_stderr(&(gone + "waiting for its line: "));

    send_line(greeted(server.ready()), "still here");
    assert_eq!(server.stop().stdout, "still here\n");
}

#[test]
fn more_than_the_buffer_is_said_to_be_left() {
    let server = server(&[]);
    let mut client = greeted(server.ready());
    client.write_all("海".repeat(400).as_bytes()).unwrap();
    server.wait_for_stdout(&format!("{}\u{fffd}\n", "海".repeat(341)));
    let peer = client.local_addr().unwrap();
    server.wait_for_stderr(&format!("{peer}: more came than was received"));
}

#[cfg(unix)]
#[test]
fn out_of_descriptors_it_waits_and_then_goes_on() {
    let script = r#"ulimit -n 20; exec "$0" 127.0.0.1:0"#;
    let server = Program::spawn(Command::new("sh").args([
        "-c",
        script,
        env!("CARGO_BIN_EXE_08-server"),
    ]));
    let clients: Vec<_> = (0..40).map(|_| connect(server.ready())).collect();
    server.wait_for_stderr("waiting to accept a client: Too many open files");

    #[cfg(target_os = "linux")]
    {
        let before = cpu_ticks(&server);
        std::thread::sleep(Duration::from_millis(500));
        let spent = cpu_ticks(&server) - before;
        assert!(spent < 10, "{spent} of some 50 ticks spent on waiting");
    }

    for (number, mut client) in clients.into_iter().enumerate() {
        wait_for_greeting(&mut client);
        send_line(client, &number.to_string());
    }
    assert_eq!(server.stop().stdout.lines().count(), 40);
}

/// The processor time of a program so far, in hundredths of a second.
#[cfg(target_os = "linux")]
fn cpu_ticks(program: &Program) -> u64 {
    // Fields 14 and 15 of proc_pid_stat(5), counted after the name.
    let path = format!("/proc/{}/stat", program.id());
    let stat = std::fs::read_to_string(path).unwrap();
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    let fields = after_name.split_whitespace().skip(11).take(2);
    fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

#[cfg(target_os = "linux")]
#[test]
fn the_backlog_is_as_long_as_asked_for() {
    let connected = |backlog| {
        let server = server(&["--max-clients", "1", "--backlog", backlog]);
        let _served = greeted(server.ready());
        let waiting: Vec<_> = (0..10)
            .map_while(|_| {
                let patience = Duration::from_millis(200);
                TcpStream::connect_timeout(&server.ready(), patience).ok()
            })
            .collect();
        waiting.len()
    };
    // Linux lets one more wait than it was asked to.
    assert_eq!(connected("2"), 3);
    assert_eq!(connected("1024"), 10);
}

#[cfg(target_os = "linux")]
#[test]
fn stopped_in_the_shell_and_going_on_it_still_waits_for_the_line() {
    let server = server(&[]);
    let client = greeted(server.ready());
    // Give the thread time to be in recv; where it is not yet, nothing is
    // tested, but nothing fails either.
    std::thread::sleep(Duration::from_millis(50));
    for signal in ["-STOP", "-CONT"] {
        let script = format!("kill {signal} {}", server.id());
        let kill = Command::new("sh").args(["-c", &script]).status();
        assert!(kill.unwrap().success());
        std::thread::sleep(Duration::from_millis(50));
    }
    send_line(client, "still here");
    assert_eq!(server.stop().stdout, "still here\n");
}

#[cfg(target_os = "linux")]
#[test]
fn without_reuse_a_restart_has_to_wait() {
    let first = server(&["--no-reuse"]);
    let address = first.ready();
    send_line(greeted(address), "bye");
    first.stop();
    let address = address.to_string();
    let arguments = [address.as_str(), "--no-reuse"];
    Program::start(env!("CARGO_BIN_EXE_08-server"), arguments)
        .finish()
        .failed_with(&[
            &format!("listening on {address}: "),
            "after --no-reuse, old connections linger",
        ]);
}

#[test]
fn a_taken_port_is_explained() {
    let taken = testkit::listen();
    let address = taken.local_addr().unwrap().to_string();
    let server = Program::start(env!("CARGO_BIN_EXE_08-server"), [&address]);
    server.finish().failed_with(&[
        &format!("listening on {address}: "),
        "hint: perhaps the server of lesson 05, 06 or 08 still runs",
        "just server 08 127.0.0.1:0",
    ]);
}

#[test]
fn names_and_ipv6_are_addresses_too() {
    for place in ["localhost:0", "[::1]:0"] {
        let server = Program::start(env!("CARGO_BIN_EXE_08-server"), [place]);
        send_line(greeted(server.ready()), "x");
        assert_eq!(server.stop().stdout, "x\n");
    }
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_08-server"));
    command.arg("127.0.0.1:0");
    let server = Program::spawn_printing_to(&mut command, writer);
    drop(command);
    greeted(server.ready()).write_all(b"x").unwrap();
    let finished = server.finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}

#[test]
fn wrong_arguments_are_explained_with_exit_code_2() {
    for wrong in [
        &["--max-clients", "0"][..],
        &["--max-clients", "20000"],
        &["--backlog", "-1"],
        &["--backlog", "70000"],
        &["--idle", "10"],
    ] {
        let finished = server(wrong).finish();
        assert_eq!(finished.code, Some(2), "{wrong:?} {finished:?}");
        finished.logged(&["error: "]);
    }
}
