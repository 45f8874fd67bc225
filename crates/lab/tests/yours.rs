//! Programs that are not the course's, drawn.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{Finished, Program, python_path, root};

fn lab(words: &[&str]) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).args(words);
    Program::spawn(&mut command).finish()
}

/// Two programs that are no lesson's, by their commands.
fn two(server: &str, client: &str, more: &[&str]) -> Finished {
    let words = ["run", "--server", server, "--client", client];
    lab(&[&words[..], more].concat())
}

fn program(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    path.join(name).to_str().unwrap().replace('\\', "/")
}

#[cfg(target_os = "linux")]
fn has(name: &str) -> bool {
    let there = Command::new(name).arg("--version").output();
    let there = there.is_ok_and(|output| output.status.success());
    if !there {
        println!("not tested: {name} is not installed");
    }
    there
}

/// All that was drawn, with one space wherever there are some: a sentence may
/// be broken anywhere.
fn drawn(finished: &Finished) -> String {
    finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn shows(finished: &Finished, words: &[&str]) {
    let drawn = drawn(finished);
    for words in words {
        assert!(drawn.contains(words), "no {words:?}: {finished:#?}");
    }
}

/// The times of a picture's rows, in the order in which they stand.
fn times(picture: &str) -> Vec<f64> {
    let times = picture.lines().filter_map(|line| line.get(..8));
    times.filter_map(|time| time.trim().parse().ok()).collect()
}

#[track_caller]
fn time_never_runs_backwards(finished: &Finished) {
    for picture in finished.stdout.split("\n\nlesson") {
        let times = times(picture);
        assert!(times.is_sorted(), "{times:?} {finished:#?}");
    }
}

/// An echo, with both lanes full.
#[track_caller]
fn shows_an_echo(finished: &Finished, seen: &str) {
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    shows(
        finished,
        &[
            seen,
            "connect ─",
            "accept",
            "send #1 9 B one piece",
            "recv 9 B = #1 one piece",
            "send #2 9 B",
            "recv 9 B = #2",
            "2 sends → 2 recvs",
        ],
    );
    time_never_runs_backwards(finished);
}

#[test]
fn ones_own_bytes_stick_in_the_picture() {
    let Some(python) = python_path() else { return };
    let sticky = format!("\"{python}\" -B {}", program("sticky.py"));
    let (server, client) =
        (format!("{sticky} server"), format!("{sticky} client {{port}}"));
    let finished = two(&server, &client, &[]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    shows(
        &finished,
        &[
            "seen by Python's tap",
            "send #5 1 B 5",
            "recv 5 B = #1 #2 #3 #4 #5 12345",
            "prints 12345",
            "5 sends → 1 recv of 5 bytes: every byte arrived, no boundary",
        ],
    );
    time_never_runs_backwards(&finished);
}

#[test]
fn pythons_event_loop_is_seen_too() {
    let Some(python) = python_path() else { return };
    let echo = |side| {
        let program = program("echo_asyncio.py");
        format!("\"{python}\" -B {program} {side} {{host}} {{port}}")
    };
    let finished = two(&echo("server"), &echo("client"), &[]);
    shows_an_echo(&finished, "seen by Python's tap");
    // A busy reader finds more than one piece at a time.
    let finished = two(&echo("server"), &echo("client"), &["--fragment", "1"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    shows(&finished, &["send #1 9 B one piece", "B = #1"]);
}

#[cfg(target_os = "linux")]
#[test]
fn python_that_loads_no_tap_is_traced() {
    let (Some(python), true) = (python_path(), has("strace")) else { return };
    let echo = |side| {
        let program = program("echo_asyncio.py");
        format!("\"{python}\" -I {program} {side} {{host}} {{port}}")
    };
    let finished = two(&echo("server"), &echo("client"), &[]);
    shows_an_echo(&finished, "-I does not load lab's tap: seen by strace");
}

#[cfg(target_os = "linux")]
#[test]
fn programs_in_c_are_traced() {
    if !has("strace") || !has("cc") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("echo");
    let mut compiler = Command::new("cc");
    compiler.arg("-o").arg(&binary).arg(program("echo.c"));
    assert!(compiler.status().unwrap().success());
    let echo = |side| format!("{} {side} {{port}}", binary.display());
    let finished = two(&echo("server"), &echo("client"), &[]);
    shows_an_echo(&finished, "seen by strace");
    shows(&finished, &["prints heard one piece", "close"]);
}

#[cfg(target_os = "linux")]
#[test]
fn programs_in_node_are_traced() {
    if !has("strace") || !has("node") {
        return;
    }
    let echo = |side| format!("node {} {side} {{port}}", program("echo.js"));
    let finished = two(&echo("server"), &echo("client"), &[]);
    shows_an_echo(&finished, "seen by strace");
}

#[test]
fn where_nothing_else_serves_the_wire_is_seen() {
    let Some(python) = python_path() else { return };
    let echo = |side| {
        let program = program("echo_asyncio.py");
        format!("\"{python}\" -B {program} {side} {{host}} {{port}}")
    };
    let finished = two(&echo("server"), &echo("client"), &["--see", "wire"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    shows(
        &finished,
        &[
            "seen on the wire",
            "send #1 9 B one piece",
            "send #2 9 B ONE PIECE",
            "prints heard ONE PIECE",
            "own calls were not seen",
        ],
    );
    let all = drawn(&finished);
    assert!(all.find("send #2") < all.find("heard ONE"), "{finished:#?}");
    assert!(!drawn(&finished).contains("recv 9 B"), "{finished:#?}");
}

#[test]
fn a_python_program_does_the_same_whether_it_is_seen_or_not() {
    let Some(python) = python_path() else { return };
    let folder = tempfile::tempdir().unwrap();
    let tap = include_str!("../src/observe/sitecustomize.py");
    fs::write(folder.path().join("sitecustomize.py"), tap).unwrap();
    let reports = folder.path().join("reports");
    fs::create_dir(&reports).unwrap();
    let run = |seen: bool| {
        let mut command = Command::new(&python);
        command.args(["-B", &program("many_ways.py")]).env_remove("LAB_TAP");
        if seen {
            command.env("LAB_TAP", &reports).env("PYTHONPATH", folder.path());
        }
        Program::spawn(&mut command).finish()
    };
    let (plain, seen) = (run(false), run(true));
    assert_eq!(plain.code, Some(7), "{plain:#?}");
    let lasting = |finished: &Finished| {
        // How a method is made is the one thing that differs.
        let lines = finished.stdout.lines().skip(1).map(str::to_owned);
        (finished.code, lines.collect::<Vec<_>>(), finished.stderr.clone())
    };
    assert_eq!(lasting(&plain), lasting(&seen));
    let reports = testkit::read_all(&reports);
    for op in [
        "loaded", "bind", "connect", "accept", "send", "recv", "peek",
        "shutdown", "close",
    ] {
        let op = format!("\"op\":\"{op}\"");
        assert!(reports.contains(&op), "no {op}: {reports}");
    }
    let unix = "\"head\":\"756e6978\"";
    assert!(!reports.contains(unix), "a unix socket: {reports}");
}

#[test]
fn a_programs_own_files_shadow_what_they_did_before() {
    let Some(python) = python_path() else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
    };
    write("socket.py", "print('a socket of my own')\n");
    write("sitecustomize.py", "print('hidden')\n");
    write("main.py", "import socket\nprint(socket.__file__ != '')\n");
    let main: PathBuf = folder.path().join("main.py");
    let command = format!("\"{python}\" -B {}", main.display());
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.current_dir(root()).args(["run", "01", "--client", &command]);
    lab.env("PYTHONPATH", folder.path());
    let finished = Program::spawn(&mut lab).finish();
    shows(&finished, &["prints hidden", "prints a socket of my own"]);
}

#[test]
fn what_looks_like_a_report_is_a_programs_own_words() {
    let Some(python) = python_path() else { return };
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main.py");
    let report = r#"{"tap":2,"op":"send","proto":"tcp","local":null,"peer":null,"start":5,"end":1,"calls":99999999999999999999,"len":-1,"head":"zz","error":null,"kind":null}"#;
    let text = format!(
        "import os, sys\nprint('''{report}''', file=sys.stderr)\n\
         open(os.environ['LAB_TAP'] + '/odd.jsonl', 'w').write(\n\
         '''{report}\\n''' * 3 + '[' * 100000 + '\\n' + '\\0' * 70000)\n"
    );
    fs::write(&main, text).unwrap();
    let command = format!("\"{python}\" -B {}", main.display());
    let finished = lab(&["run", "01", "--client", &command]);
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    shows(&finished, &["client: {\"tap\":2", "0 sends → 0 recvs"]);
}

#[cfg(unix)]
#[test]
fn a_program_that_prints_without_end_is_ended_and_named() {
    for side in ["--server", "--client"] {
        let finished = lab(&["run", "01", side, "yes {port}"]);
        assert_eq!(finished.code, Some(1), "{finished:#?}");
        let name = &side[2..];
        let words = format!("{name}: printed without end: lab ended it");
        shows(&finished, &[&words]);
        assert!(finished.stdout.lines().count() < 90, "{finished:#?}");
    }
}

#[test]
fn what_a_program_prints_keeps_its_place_among_its_calls() {
    let Some(python) = python_path() else { return };
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main.py");
    let text = "import socket, sys\n\
                s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n\
                print('before')\n\
                try:\n    s.send('text')\n\
                except TypeError:\n    print('a text is no bytes')\n\
                s.send(b'bytes')\nprint('between')\n\
                buffer = bytearray(9)\ns.recv_into(buffer=buffer)\n\
                print('after')\ns.close()\n";
    fs::write(&main, text).unwrap();
    let command = format!("\"{python}\" -B {} {{port}}", main.display());
    let finished = lab(&["run", "01", "--client", &command]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    let drawn = drawn(&finished);
    let places = [
        "prints before",
        "prints a text is no bytes",
        "send #1 5 B bytes",
        "prints between",
        "recv 9 B = #2",
        "prints after",
    ];
    let places = places.map(|words| drawn.find(words).unwrap_or_default());
    assert!(places.is_sorted() && places[0] > 0, "{places:?} {finished:#?}");
    assert!(drawn.contains("2 sends → 2 recvs"), "{finished:#?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_does_nothing_is_named() {
    if !has("strace") {
        return;
    }
    for (side, words) in [
        ("--server", "server: ended before a client could come"),
        ("--client", "client: ended, and no call on a socket was seen"),
    ] {
        let finished = lab(&["run", "01", side, "true {port}"]);
        assert_eq!(finished.code, Some(1), "{finished:#?}");
        shows(&finished, &[words]);
    }
}

#[test]
fn a_client_alone_is_drawn_against_a_server_elsewhere() {
    let listener = testkit::listen();
    let address = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let mut stream = testkit::accept(&listener);
        let mut buffer = [0; 100];
        let length = stream.read(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"one piece");
        stream.write_all("海贼王".as_bytes()).unwrap();
    });
    let finished = lab(&["run", "01", "--to", &address]);
    server.join().unwrap();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    shows(
        &finished,
        &["send #1 9 B one piece", "recv 9 B 海贼王", "prints 海贼王"],
    );
    let finished = lab(&["run", "01", "--to", "nowhere"]);
    finished.failed_with(&["--to nowhere: give a host and a port"]);
}

#[test]
fn a_line_is_typed_for_a_client_that_asks() {
    let Some(python) = python_path() else { return };
    let client = "lessons/08-threaded-server/python/client.py";
    let client = format!("\"{python}\" -B {client} {{host}}:{{port}}");
    let finished = lab(&["run", "08", "--client", &client, "--clients", "1"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    shows(&finished, &["send #2 9 B one piece"]);
}

#[test]
fn time_never_runs_backwards_in_any_lesson() {
    for words in [
        "run 01",
        "run 02 --delay 60ms",
        "run 03",
        "run 04 --interval 1ms",
        "run 05",
        "run 06 --busy 5ms --block 65536",
        "run 07",
        "run 08 --max-clients 1 --backlog 0",
        "run 06 --fragment 4096",
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let finished = lab(&words);
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        time_never_runs_backwards(&finished);
    }
}

#[test]
fn many_clients_share_a_lane_and_a_long_run_is_folded() {
    let finished = lab(&["run", "08", "--clients", "60"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    shows(&finished, &["60 clients on way server", "more rows (--all-rows)"]);
    shows(&finished, &["60 of 60 clients"]);
    let lines = finished.stdout.lines().count();
    assert!(lines < 90, "{lines}: {finished:#?}");
    let all = lab(&["run", "08", "--clients", "60", "--all-rows"]);
    assert!(all.stdout.lines().count() > 400, "{all:#?}");
}
