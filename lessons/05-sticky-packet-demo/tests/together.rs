//! Both programs together, and each with Python's.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use testkit::{Finished, Program, python};

const MERGED: &str = "第一次第二次第三次第四次第五次\n";
const SPLIT: &str = "一次一\n次一次\n二次三\n次四次\n五次\n";

fn server(knobs: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    Program::start(env!("CARGO_BIN_EXE_05-server"), address.iter().chain(knobs))
}

fn client(server: &Program, knobs: &[&str]) -> Program {
    let address = server.ready().to_string();
    Program::start(
        env!("CARGO_BIN_EXE_05-client"),
        [address.as_str()].iter().chain(knobs),
    )
}

/// Runs both with the same knobs, and gives what the server and the client
/// said.
#[track_caller]
fn run(knobs: &[&str]) -> (Finished, Finished) {
    let server = server(knobs);
    let client = client(&server, knobs);
    let (server, client) = (server.finish(), client.finish());
    assert_eq!((server.code, client.code), (Some(0), Some(0)), "{server:?}");
    (server, client)
}

#[test]
fn five_writes_are_one_recv_every_time() {
    for knobs in [&[][..], &["--nodelay"], &["--gap", "5ms"]] {
        for _ in 0..10 {
            let (server, client) = run(knobs);
            server.printed(MERGED);
            server.logged(&["busy for 100ms", "end of the stream after 45"]);
            client.printed("");
            assert_eq!(client.stderr, "");
        }
    }
}

#[test]
fn the_article_s_five_lines_come_every_time() {
    for knobs in [&["--demo", "split"][..], &["--demo=split", "--nodelay"]] {
        for _ in 0..10 {
            let (server, client) = run(knobs);
            client.printed(SPLIT);
            client.logged(&["busy for 100ms", "end of the stream after 42"]);
            server.printed("");
        }
    }
}

#[test]
fn a_pause_between_the_sends_parts_them_for_a_receiver_that_waits() {
    // Long enough for a busy machine, yet nothing that a program may rely on.
    let (server, _) = run(&["--busy", "0ms", "--gap", "300ms"]);
    server.printed("第一次\n第二次\n第三次\n第四次\n第五次\n");
    assert!(!server.stderr.contains("busy"), "{server:?}");
}

#[test]
fn a_receiver_that_is_never_busy_still_gets_every_byte() {
    let (server, _) = run(&["--busy", "0ms"]);
    assert_eq!(server.stdout.replace('\n', ""), MERGED.trim_end());
}

#[test]
fn a_small_buffer_cuts_messages_and_characters() {
    let (server, _) = run(&["--buffer", "9"]);
    server.printed("第一次\n第二次\n第三次\n第四次\n第五次\n");

    let (_, client) = run(&["--demo", "split", "--buffer", "8"]);
    client.logged(&["一次[e4 b8]", "[80]次一[e6]", "[ac a1]二次"]);
    let lines: Vec<_> = client.stdout.lines().collect();
    assert_eq!(lines[..3], ["一次�", "�次一�", "��二次"]);

    let (_, client) = run(&["--demo", "split", "--buffer", "1"]);
    assert_eq!(client.stdout, "�\n".repeat(42));
}

#[test]
fn a_large_buffer_merges_what_was_called_split() {
    let (_, client) = run(&["--demo", "split", "--buffer", "1024"]);
    client.printed("一次一次一次二次三次四次五次\n");
}

#[test]
fn datagrams_keep_their_boundaries() {
    for _ in 0..10 {
        let (server, client) = run(&["--demo", "udp"]);
        server.printed("第一次\n第二次\n第三次\n第四次\n第五次\n");
        server.logged(&["busy for 100ms"]);
        client.printed("");
        assert_eq!(client.stderr, "");
    }
}

#[test]
fn a_short_buffer_loses_the_rest_of_each_datagram() {
    let (server, _) = run(&["--demo", "udp", "--buffer", "4"]);
    server.printed(&"第�\n".repeat(5));
    server.logged(&["of 9 bytes", "was cut: 4 kept, 5 lost", "第[e4]"]);
    assert_eq!(server.stderr.matches("4 kept, 5 lost").count(), 5);
}

/// The times of nagle's rounds, in milliseconds.
fn rounds(knobs: &[&str]) -> Vec<f64> {
    let (server, client) = run(&[&["--demo", "nagle"], knobs].concat());
    server.printed("");
    let lines = client.stdout.lines().enumerate();
    let times = lines.map(|(number, line)| {
        let start = format!("round {}: ", number + 1);
        let time = line.strip_prefix(&start).unwrap();
        time.strip_suffix(" ms").unwrap().parse().unwrap()
    });
    times.collect()
}

#[test]
fn nodelay_does_away_with_nagle_s_wait() {
    let mut with_nagle = rounds(&[]);
    let mut without = rounds(&["--nodelay"]);
    assert_eq!((with_nagle.len(), without.len()), (10, 10));
    with_nagle.sort_by(f64::total_cmp);
    without.sort_by(f64::total_cmp);
    // Other systems delay acknowledgements for other times, or not at all
    // over loopback.
    if cfg!(target_os = "linux") {
        assert!(with_nagle[3] > 30.0, "{with_nagle:?}");
        assert!(without[5] < 20.0, "{without:?}");
    }
}

#[test]
fn the_server_works_with_the_python_client() {
    for (demo, printed) in [("merge", MERGED), ("split", SPLIT)] {
        let server = server(&["--demo", demo]);
        let address = server.ready().to_string();
        let script = "lessons/05-sticky-packet-demo/python/client.py";
        let Some(client) = python(script, &[&address, "--demo", demo]) else {
            return;
        };
        let (server, client) = (server.finish(), client.finish());
        let (receiver, sender) = match demo {
            "merge" => (server, client),
            _ => (client, server),
        };
        receiver.printed(printed);
        sender.printed("");
    }
}

#[test]
fn the_client_works_with_the_python_server() {
    for (demo, printed) in [("merge", MERGED), ("split", SPLIT)] {
        let script = "lessons/05-sticky-packet-demo/python/server.py";
        let arguments = ["127.0.0.1:0", "--demo", demo];
        let Some(server) = python(script, &arguments) else {
            return;
        };
        let client = client(&server, &["--demo", demo]);
        let (server, client) = (server.finish(), client.finish());
        let (receiver, sender) = match demo {
            "merge" => (server, client),
            _ => (client, server),
        };
        receiver.printed(printed);
        sender.printed("");
    }
}

#[test]
fn both_programs_take_every_knob() {
    let knobs = [
        "--demo=split",
        "--busy=50ms",
        "--buffer=9",
        "--gap=1ms",
        "--nodelay",
        "--timeout=20s",
    ];
    let (_, client) = run(&knobs);
    client.printed(SPLIT);
}

#[test]
fn wrong_knobs_are_wrong_arguments() {
    for wrong in ["--demo=both", "--buffer=0", "--busy=1", "--gap=-1ms"] {
        for program in
            [env!("CARGO_BIN_EXE_05-server"), env!("CARGO_BIN_EXE_05-client")]
        {
            let finished = Program::start(program, [wrong]).finish();
            assert_eq!(finished.code, Some(2), "{wrong} {finished:?}");
        }
    }
}
