//! `lab run`, as a learner starts it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

use testkit::{Finished, Program, root};

fn lab(arguments: &[&str]) -> Finished {
    started(arguments).finish()
}

fn started(arguments: &[&str]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).args(arguments);
    Program::spawn(&mut command)
}

/// The words of a lane, row by row, without the head, arrows and counts. On a busy
/// machine any recv may wait long enough to be drawn: that is left out too.
fn lane(finished: &Finished, server: bool) -> Vec<String> {
    let rows = finished.stdout.lines();
    let rows = rows.skip_while(|row| !row.starts_with("      ms")).skip(1);
    rows.take_while(|row| !row.is_empty())
        // A slow start is a gap.
        .filter(|row| !row.contains('⋮'))
        .filter_map(|row| {
            let words = row.get(10..)?;
            // Spaces stand before a server's words, or before an arrow.
            let is_server = words.starts_with("      ");
            let around = |c: char| " 0123456789─▶◀→←".contains(c);
            let words = if is_server {
                words.trim_start_matches(around)
            } else {
                words.split(['─', '◀']).next()?.trim_end()
            };
            (is_server == server).then(|| words.to_owned())
        })
        .enumerate()
        .filter(|(place, words)| *place == 0 || words != "recv waits")
        .map(|(_, words)| words)
        .collect()
}

/// All that was drawn, with one space wherever there are some: a sentence may
/// be broken anywhere.
fn on_one_line(finished: &Finished) -> String {
    finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn lesson_01_shows_both_messages_in_their_lanes() {
    let finished = lab(&["run", "01"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert_eq!(
        lane(&finished, false),
        [
            "connect",
            "send #1 9 B one piece",
            "recv 9 B = #2 海贼王",
            "prints 海贼王",
            "close",
        ],
        "{finished:#?}"
    );
    assert_eq!(
        lane(&finished, true),
        [
            "accept waits",
            "accept",
            "recv 9 B = #1 one piece",
            "prints one piece",
            "send #2 9 B 海贼王",
            "close",
        ],
        "{finished:#?}"
    );
    assert!(finished.stdout.contains("2 sends → 2 recvs"), "{finished:#?}");
}

#[test]
fn lessons_02_and_03_show_datagrams() {
    for number in ["2", "03"] {
        let finished = lab(&["run", number]);
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        assert_eq!(
            lane(&finished, false),
            [
                "send #1 8 B onepiece",
                "recv 9 B = #2 海贼王",
                "prints 海贼王",
                "close",
            ],
            "{finished:#?}"
        );
        assert_eq!(
            lane(&finished, true),
            [
                "recv waits",
                "recv 8 B = #1 onepiece",
                "prints onepiece",
                "send #2 9 B 海贼王",
                "close",
            ],
            "{finished:#?}"
        );
    }
}

#[test]
fn no_receive_is_drawn_before_its_send() {
    for _ in 0..10 {
        let finished = lab(&["run", "01"]);
        let at = |words| finished.stdout.find(words).unwrap();
        assert!(at("send #1") < at("= #1"), "{finished:#?}");
        assert!(at("send #2") < at("= #2"), "{finished:#?}");
        assert!(at("connect ─") < at("accept\n"), "{finished:#?}");
    }
}

#[test]
fn a_knob_reaches_the_side_that_has_it() {
    let finished = lab(&["run", "2", "--buffer", "4"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    let cut = "recv 4 B = #1[0..4], 4 B lost";
    assert!(finished.stdout.contains(cut), "{finished:#?}");
    assert!(finished.stdout.contains("is lost."), "{finished:#?}");
}

#[test]
fn each_side_can_have_its_own_encoding() {
    let words = "run 3 --on client --encoding big5 --on server --encoding gbk";
    let finished = lab(&words.split(' ').collect::<Vec<_>>());
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    for words in ["[ba a3 d4 f4 cd f5]", "prints 漆崞卼"] {
        assert!(finished.stdout.contains(words), "{finished:#?}");
    }
}

#[test]
fn a_tcp_client_that_starts_first_fails_with_its_hint() {
    let finished = lab(&["run", "1", "--client-first"]);
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    for words in [
        "client: error: connecting to 127.0.0.1:",
        "hint: start the server first: just server 01",
    ] {
        assert!(finished.stdout.contains(words), "{finished:#?}");
    }
    assert!(lane(&finished, true).is_empty(), "{finished:#?}");
}

#[test]
fn a_udp_client_that_starts_first_asks_again() {
    let finished = lab(&["run", "2", "--client-first"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    for words in ["#1 met nobody", "recv 8 B = #2", "recv 9 B = #3"] {
        assert!(on_one_line(&finished).contains(words), "{finished:#?}");
    }
}

#[test]
fn two_sides_that_wait_for_each_other_are_drawn_waiting() {
    let words = ["run", "1", "--receive-first", "--timeout", "200ms"];
    let finished = lab(&words);
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    let waits = finished.stdout.matches("recv waits").count();
    assert_eq!(waits, 2, "{finished:#?}");
    assert!(finished.stdout.contains("nothing was sent"), "{finished:#?}");
}

#[test]
fn another_program_can_take_either_side() {
    let Some(python) = testkit::python_path() else { return };
    for (lesson, folder) in [("1", "01-tcp-basic"), ("2", "02-udp-basic")] {
        for side in ["server", "client"] {
            let command = format!(
                "\"{python}\" -B lessons/{folder}/python/{side}.py \
                 {{host}}:{{port}}"
            );
            let finished =
                lab(&["run", lesson, &format!("--{side}"), &command]);
            assert_eq!(finished.code, Some(0), "{finished:#?}");
            let lanes = [false, true].map(|server| lane(&finished, server));
            for (lane, send) in lanes.iter().zip(["send #1", "send #2"]) {
                let words = lane.join("\n");
                for words_of in [send, "recv ", "prints ", "close"] {
                    assert!(words.contains(words_of), "{finished:#?}");
                }
            }
            assert!(finished.stdout.contains("Python's tap"), "{finished:#?}");
        }
    }
}

#[test]
fn a_program_that_fails_is_shown_as_it_said_it() {
    let other = [env!("CARGO_BIN_EXE_lab"), "run", "99", "{port}"];
    let other = programs::join(&other.map(String::from));
    let finished = lab(&["run", "1", "--server", &other]);
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    for words in ["server: error: no lesson 99", "ends with exit code 1"] {
        assert!(finished.stdout.contains(words), "{finished:#?}");
    }
}

#[test]
fn a_command_without_a_program_is_refused() {
    for (other, words) in [
        ("{port} server", "first word is its program"),
        #[cfg(unix)]
        ("'open {port}", "open quote"),
        ("no-such-program {port}", "starting no-such-program"),
    ] {
        let finished = lab(&["run", "1", "--server", other]);
        assert_eq!(finished.code, Some(1), "{finished:#?}");
        finished.logged(&["error: ", words]);
    }
}

#[cfg(unix)]
#[test]
fn words_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let word = std::ffi::OsStr::from_bytes(b"\xff");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).args(["run", "1", "--message"]).arg(word);
    let finished = Program::spawn(&mut command).finish();
    assert_eq!(finished.code, Some(2), "{finished:#?}");
    finished.logged(&["invalid UTF-8"]);
}

#[test]
fn wrong_words_are_explained() {
    let finished = lab(&["run", "99"]);
    finished.failed_with(&["no lesson 99; there are 01, 02, 03"]);
    let finished = lab(&["run", "1", "--nodelay"]);
    assert_eq!(finished.code, Some(2), "{finished:#?}");
    finished.logged(&["unexpected argument '--nodelay'"]);
    let finished = lab(&["run", "1", "--on", "client", "--buffer", "2"]);
    assert_eq!(finished.code, Some(2), "{finished:#?}");
}

#[test]
fn the_lessons_are_listed() {
    let finished = lab(&["list"]);
    assert_eq!(finished.code, Some(0));
    for number in ["01", "02", "03"] {
        let found = finished.stdout.lines().any(|l| l.starts_with(number));
        assert!(found, "{finished:#?}");
    }
}

#[test]
fn the_help_of_a_run_names_the_lessons_knobs() {
    let finished = lab(&["run", "3", "--help"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    for words in ["--client-first", "--encoding <NAME>", "(both)"] {
        assert!(finished.stdout.contains(words), "{finished:#?}");
    }
}

#[test]
fn without_a_terminal_it_is_plain_text() {
    let finished = lab(&["run", "1"]);
    assert!(!finished.stdout.contains('\u{1b}'), "{finished:#?}");
    assert!(finished.stdout.lines().all(|line| !line.ends_with(' ')));
}

#[test]
fn ascii_draws_with_ascii_signs() {
    let finished = lab(&["run", "1", "--ascii", "--message", "hello"]);
    let drawn = finished.stdout.replace("海贼王", "");
    assert!(drawn.is_ascii(), "{finished:#?}");
    assert!(drawn.contains("-->"), "{finished:#?}");
}

#[test]
fn the_same_picture_is_written_as_svg() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.svg");
    let finished = lab(&["run", "1", "--svg", file.to_str().unwrap()]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    let picture = std::fs::read_to_string(file).unwrap();
    for words in [
        "<svg",
        "width=\"1000\"",
        "one piece",
        "海贼王",
        "#1",
        "#2",
        "2 sends",
        "→ 9",
    ] {
        assert!(picture.contains(words), "no {words}: {picture}");
    }
    let events = svg::read(&picture).unwrap();
    let error =
        |e: &svg::parser::Event| matches!(e, svg::parser::Event::Error(_));
    assert!(!events.into_iter().any(|event| error(&event)), "{picture}");
}

#[test]
fn a_picture_that_cannot_be_written_is_a_sentence() {
    let finished = lab(&["run", "1", "--svg", "no/such/folder/x.svg"]);
    finished.failed_with(&["writing no/such/folder/x.svg: "]);
}

#[test]
fn the_articles_ports_may_be_taken_by_something_else() {
    // Either our sockets hold the ports, or something else does already.
    let _tcp = std::net::TcpListener::bind("127.0.0.1:9789");
    let _udp = std::net::UdpSocket::bind("127.0.0.1:8888");
    for number in ["1", "2", "3"] {
        let finished = lab(&["run", number]);
        assert_eq!(finished.code, Some(0), "{finished:#?}");
    }
}

#[test]
fn it_ends_quietly_when_nobody_reads_on() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).args(["run", "1"]);
    let lab = Program::spawn_printing_to(&mut command, writer);
    drop(command);
    let finished = lab.finish();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert!(!finished.stderr.contains("error"), "{finished:#?}");
}
