//! The client, under servers good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;

use testkit::{Finished, Program, bind_udp, bind_udp_to, python, refusing_udp};

fn client(server: SocketAddr, arguments: &[&str]) -> Program {
    Program::start(
        env!("CARGO_BIN_EXE_04-client"),
        [server.to_string().as_str(), "--interval", "1ms"]
            .iter()
            .chain(arguments),
    )
}

/// Receives one question: its text and who asked.
fn question(server: &UdpSocket) -> (String, SocketAddr) {
    let mut datagram = [0; 2000];
    let (length, peer) = server.recv_from(&mut datagram).unwrap();
    (String::from_utf8(datagram[..length].to_vec()).unwrap(), peer)
}

/// Answers the questions in turn, and gives what the client said.
fn answered(arguments: &[&str], answers: &[&[u8]]) -> Finished {
    let server = bind_udp();
    let count = answers.len().to_string();
    let arguments = [&["--count", &count], arguments].concat();
    let client = client(server.local_addr().unwrap(), &arguments);
    for answer in answers {
        let (_, peer) = question(&server);
        server.send_to(answer, peer).unwrap();
    }
    client.finish()
}

#[test]
fn it_asks_as_the_article_does_and_prints_the_answers() {
    let server = bind_udp();
    let arguments = ["--count", "2"];
    let client = client(server.local_addr().unwrap(), &arguments);
    for answer in ["2026/02/03 04:05:06", "2026/02/03 04:05:07"] {
        let (format, peer) = question(&server);
        assert_eq!(format, "%Y/%m/%d %H:%M:%S");
        server.send_to(answer.as_bytes(), peer).unwrap();
    }
    let finished = client.finish();
    finished.printed("2026/02/03 04:05:06\n2026/02/03 04:05:07\n");
    assert_eq!(finished.stderr, "");
}

#[test]
fn it_talks_to_the_python_server() {
    let script = "lessons/04-timesync/python/server.py";
    let Some(server) = python(script, &["127.0.0.1:0"]) else {
        return;
    };
    let arguments = ["--format", "%%%Y", "--count", "3"];
    let finished = client(server.ready(), &arguments).finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.stdout.lines().count(), 3);
    assert!(finished.stdout.starts_with("%2"), "{finished:?}");

    // Windows' strftime ends the Python server instead.
    if cfg!(windows) {
        return;
    }
    // What only the Rust server knows is no time when it comes back as is.
    let arguments = ["--format", "%H %.3f", "--count", "1"];
    let finished = client(server.ready(), &arguments).finish();
    finished.failed_with(&["no such time", "%.3f"]);
}

#[test]
fn without_a_count_it_asks_for_ever() {
    let server = bind_udp();
    let mut client = client(server.local_addr().unwrap(), &[]);
    for _ in 0..50 {
        let (_, peer) = question(&server);
        server.send_to(b"2026/02/03 04:05:06", peer).unwrap();
    }
    client.is_running();
    client.stop();
}

#[test]
fn the_pause_is_the_one_asked_for() {
    let server = bind_udp();
    let arguments = ["--count", "3", "--interval", "120ms"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_04-client"));
    command.arg(server.local_addr().unwrap().to_string());
    let started = std::time::Instant::now();
    let client = Program::spawn(command.args(arguments));
    for _ in 0..3 {
        let (_, peer) = question(&server);
        server.send_to(b"2026/02/03 04:05:06", peer).unwrap();
    }
    client.finish();
    assert!(started.elapsed().as_millis() >= 240);
}

#[test]
fn a_late_or_doubled_answer_is_never_taken_for_the_next() {
    let server = bind_udp();
    let arguments = ["--count", "3", "--format", "%S"];
    let client = client(server.local_addr().unwrap(), &arguments);
    let mut peers = Vec::new();
    for second in [b"01", b"02", b"03"] {
        let (_, peer) = question(&server);
        for earlier in &peers {
            server.send_to(b"59", *earlier).unwrap();
        }
        server.send_to(second, peer).unwrap();
        server.send_to(second, peer).unwrap();
        assert!(!peers.contains(&peer), "the same socket again");
        peers.push(peer);
    }
    client.finish().printed("01\n02\n03\n");
}

#[test]
fn a_stranger_is_never_taken_for_the_server() {
    let server = bind_udp();
    let arguments = ["--count", "1", "--format", "%S"];
    let client = client(server.local_addr().unwrap(), &arguments);
    let (_, peer) = question(&server);
    for _ in 0..10 {
        bind_udp().send_to(b"59", peer).unwrap();
    }
    server.send_to(b"01", peer).unwrap();
    client.finish().printed("01\n");
}

#[test]
fn a_missing_answer_is_said_and_the_next_is_asked_for() {
    let server = bind_udp();
    let arguments = ["--count", "2", "--format", "%S", "--timeout", "900ms"];
    let client = client(server.local_addr().unwrap(), &arguments);
    question(&server);
    client.wait_for_stderr("nothing within --timeout");
    let (_, peer) = question(&server);
    server.send_to(b"02", peer).unwrap();
    let finished = client.finish();
    finished.failed_with(&["missing answers: 1 of 2"]);
    assert_eq!(finished.stdout, "02\n");
}

#[test]
fn a_lost_question_is_asked_again_within_the_timeout() {
    let server = bind_udp();
    let arguments = ["--count", "1", "--format", "%S"];
    let client = client(server.local_addr().unwrap(), &arguments);
    let (_, lost) = question(&server);
    let (_, peer) = question(&server);
    assert_eq!(lost, peer, "it is the same question");
    server.send_to(b"01", peer).unwrap();
    let finished = client.finish();
    finished.printed("01\n");
    assert_eq!(finished.stderr, "");
}

#[test]
fn what_cannot_be_the_time_goes_to_stderr() {
    let good: &[u8] = b"2026/02/03 04:05:06";
    let huge = b"2026/02/03 04:05:06".repeat(3000);
    let answers: [(&[u8], &str); 6] = [
        (b"error: no such %", "the server answered \"error: no such %\""),
        (b"one piece", "the answer is no such time: \"one piece\""),
        (b"", "the answer is no such time: \"\""),
        (b"\xff", "the answer is no text"),
        (b"\x1b[2J", "no such time"),
        (&huge, "no such time"),
    ];
    for (bad, why) in answers {
        let finished = answered(&[], &[bad, good]);
        finished.failed_with(&[why, "missing answers: 1 of 2"]);
        assert_eq!(finished.stdout, "2026/02/03 04:05:06\n");
        assert!(finished.stderr.len() < 600, "{finished:?}");
        assert!(!finished.stderr.contains('\x1b'));
    }
}

#[test]
fn when_nobody_is_there_it_fails_with_the_hint() {
    let (_kept, address) = refusing_udp();
    let arguments = ["--count", "2", "--timeout", "100ms"];
    client(address, &arguments).finish().failed_with(&[
        &format!("no time: asking {address}: "),
        &format!("missing answers: 2 of 2: asking {address}: "),
        "hint: start the server: just server 04",
    ]);
}

#[test]
fn told_to_run_for_ever_it_waits_for_a_server_that_comes_later() {
    let (_sleeping, address) = refusing_udp();
    let mut client = client(address, &["--timeout", "900ms"]);
    client.wait_for_stderr("no time: asking ");
    client.is_running();

    let server = bind_udp_to(address);
    let (_, peer) = question(&server);
    server.send_to(b"2026/02/03 04:05:06", peer).unwrap();
    client.wait_for_stdout("2026/02/03 04:05:06\n");
    client.is_running();
    client.stop();
}

#[test]
fn a_closed_stdout_ends_the_program_quietly() {
    let server = bind_udp();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_04-client"));
    command.arg(server.local_addr().unwrap().to_string());
    let client = Program::spawn_printing_to(&mut command, writer);
    let (_, peer) = question(&server);
    server.send_to(b"2026/02/03 04:05:06", peer).unwrap();
    drop(command);
    let finished = client.finish();
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
}

/// The numbers of milliseconds in a line.
fn milliseconds(line: &str) -> Vec<f64> {
    let before_ms = line.split(" ms").map(|part| part.rsplit(' ').next());
    before_ms.flatten().flat_map(str::parse).collect()
}

#[test]
fn the_skew_of_a_server_is_found_within_the_bound() {
    for (skew, ahead) in [("--skew=2s", -2000.0), ("--skew=-1m", 60_000.0)] {
        let server = Program::start(
            env!("CARGO_BIN_EXE_04-server"),
            ["127.0.0.1:0", skew],
        );
        let finished = client(server.ready(), &["--measure"]).finish();
        assert_eq!(finished.code, Some(0), "{finished:?}");
        let lines: Vec<_> = finished.stdout.lines().collect();
        let (best, rounds) = lines.split_last().unwrap();
        assert_eq!(rounds.len(), 5, "{finished:?}");
        let mut bounds = Vec::new();
        for line in rounds {
            let [round_trip, offset, bound] = milliseconds(line)[..] else {
                panic!("not three times: {line}");
            };
            assert!((bound - round_trip / 2.0).abs() < 0.002, "{line}");
            assert!((offset - ahead).abs() < bound + 0.002, "{line}");
            bounds.push(bound);
        }
        let [apart, bound] = milliseconds(best)[..] else {
            panic!("not two times: {best}");
        };
        assert!((apart - ahead.abs()).abs() < bound + 0.002, "{best}");
        assert!(bounds.iter().all(|other| bound <= *other), "{finished:?}");
        let side = if ahead > 0.0 { "ahead of" } else { "behind" };
        assert!(best.contains(side), "{best}");
    }
}

#[cfg(unix)]
#[test]
fn the_python_server_is_measured_in_whole_seconds_and_that_is_said() {
    let script = "lessons/04-timesync/python/server.py";
    let Some(server) = python(script, &["127.0.0.1:0"]) else {
        return;
    };
    let arguments = ["--measure", "--count", "2"];
    let finished = client(server.ready(), &arguments).finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let lines: Vec<_> = finished.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{finished:?}");
    assert!(lines[0].ends_with("(the server tells whole seconds only)"));
    assert!(lines[2].starts_with("best: the clocks agree, ± 5"), "{lines:?}");
}

#[test]
fn what_is_no_time_is_not_measured() {
    let finished = answered(&["--measure"], &[b"one piece", b"error: no"]);
    finished.failed_with(&["no such time: \"one piece\"", "\"error: no\""]);
    assert_eq!(finished.stdout, "");
}

#[test]
fn measuring_has_a_format_of_its_own() {
    let (_kept, address) = refusing_udp();
    let wrong = client(address, &["--measure", "--format", "%Y"]).finish();
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert_eq!(client(address, &["--count", "0"]).finish().code, Some(2));
}

#[cfg(unix)]
#[test]
fn it_goes_on_waiting_after_ctrl_z_and_fg() {
    let server = bind_udp();
    let arguments = ["--count", "1", "--format", "%S", "--timeout", "20s"];
    let client = client(server.local_addr().unwrap(), &arguments);
    let (_, peer) = server.recv_from(&mut [0; 100]).unwrap();
    for _ in 0..20 {
        client.stop_and_continue();
    }
    server.send_to(b"07", peer).unwrap();
    client.finish().printed("07\n");
}
