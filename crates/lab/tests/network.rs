//! `lab run` with an unreliable network between the two sides.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::{Finished, Program, root};

fn start(words: &str) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).args(shlex::split(words).unwrap());
    Program::spawn(&mut command)
}

fn lab(words: &str) -> Finished {
    start(words).finish()
}

#[track_caller]
fn succeeds(words: &str) -> Finished {
    let finished = lab(words);
    assert_eq!(finished.code, Some(0), "{words}: {finished:#?}");
    finished
}

#[track_caller]
fn shows(finished: &Finished, words: &[&str]) {
    for words in words {
        // A sentence may be broken anywhere.
        let all = finished.stdout.split_whitespace().collect::<Vec<_>>();
        let shown = all.join(" ").contains(words);
        assert!(shown, "no {words:?}: {finished:#?}");
    }
}

/// What happened to the datagrams: the rows of sends and receives, without
/// their times.
fn traffic(finished: &Finished) -> Vec<String> {
    let rows = finished.stdout.lines().filter_map(|line| line.get(10..));
    rows.filter(|row| row.contains('#'))
        .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn lesson_02_sees_the_same_fate_twice_and_succeeds_at_its_second_try() {
    let words = "run 02 --loss 50% --seed 62";
    let runs = [(); 2].map(|()| succeeds(words));
    let wanted = [
        "send #1 8 B onepiece ───✕ → 0",
        "send #2 8 B onepiece ───────▶ → 8",
        "→ 0 ──▶ recv 8 B = #2 onepiece",
        "← 9 ◀── send #3 9 B 海贼王",
        "recv 9 B = #3 海贼王 ◀─────── ← 0",
    ];
    for finished in &runs {
        assert_eq!(traffic(finished), wanted, "{finished:#?}");
        shows(
            finished,
            &[
                "recv: nothing in 1.",
                "3 sends → 2 recvs",
                "On the way: 1 lost.",
            ],
        );
        let head = finished.stdout.lines().next().unwrap();
        assert!(head.contains("seed 62 · 127.0.0.1:"), "{head}");
    }
    let page = root().join("lessons/02-udp-basic/README.md");
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains(words), "the page names no such run");
}

#[test]
fn lesson_05_sees_datagrams_lost_doubled_and_overtaken_at_once() {
    let words = "run 05 --demo udp --loss 30% --duplicate 20% --reorder 20%";
    for seed in ["", " --seed 62", " --seed 62"] {
        let finished = succeeds(&format!("{words}{seed}"));
        let wanted = [
            "send #1 9 B 第一次 ─────────▶ → 9",
            "send #2 9 B 第二次 ─────────▶ → 18",
            "send #3 9 B 第三次 ────✕ → 18",
            "send #4 9 B 第四次 ╌╌╌╌╌╌╌╌╌▶ → 27",
            "send #5 9 B 第五次 ────────▶▶ → 45",
            "→ 36 ──▶ recv 9 B = #1 第一次",
            "→ 27 ──▶ recv 9 B = #2 第二次",
            "→ 18 ──▶ recv 9 B = #5 第五次",
            "→ 9 ──▶ recv 9 B = #4 第四次",
            "→ 0 ──▶ recv 9 B = #5 again 第五次",
        ];
        assert_eq!(traffic(&finished), wanted, "{finished:#?}");
        let sentence = "On the way: 1 lost, 1 doubled, 1 overtaken.";
        shows(&finished, &["seed 62 · ", sentence]);
    }
}

#[test]
fn what_the_network_does_is_in_the_picture_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.svg");
    let words = "run 05 --demo udp --loss 30% --duplicate 20% --reorder 20%";
    succeeds(&format!("{words} --svg '{}'", file.display()));
    let picture = fs::read_to_string(file).unwrap();
    for words in ["seed 62", "again", "1 lost, 1 doubled, 1 overtaken"] {
        assert!(picture.contains(words), "no {words}: {picture}");
    }
}

#[test]
fn the_other_udp_lessons_go_through_the_network_too() {
    succeeds("run 03 --loss 50%");
    let words = "run 04 --interval 20ms --delay 20ms --measure";
    shows(&succeeds(words), &["offset"]);
}

#[test]
fn a_datagram_to_a_server_that_is_not_there_yet_meets_nobody() {
    let finished = succeeds("run 02 --client-first --seed 62");
    // Unless the server was quick enough.
    if !finished.stdout.contains("recv 8 B = #1") {
        shows(&finished, &["network: #1 met nobody", "recv 8 B = #2"]);
    }
}

#[test]
fn a_file_in_one_byte_pieces_is_identical() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy");
    let words = format!(
        "run 06 --fragment 1 --file LICENSE-MIT --output '{}'",
        file.display()
    );
    let finished = succeeds(&words);
    shows(&finished, &["recv 1 B = #", "every byte arrived in order"]);
    let licence = fs::read(root().join("LICENSE-MIT")).unwrap();
    assert_eq!(fs::read(&file).unwrap(), licence);
    let rows = finished.stdout.lines().count();
    assert!(rows < 150, "{rows} lines: {finished:#?}");
}

#[test]
fn a_file_that_is_cut_leaves_no_file_and_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy");
    let words = format!(
        "run 06 --cut-after 3000 --file LICENSE-APACHE --output '{}'",
        file.display()
    );
    let finished = lab(&words);
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    shows(
        &finished,
        &[
            "network: cuts the connection after 3000 bytes",
            "it closed after 2947 of 11358 bytes of the file",
            "The network cut it off after 3000 bytes.",
        ],
    );
    assert!(!file.exists());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn lesson_01_takes_a_byte_for_the_message() {
    // A reader that is late, on a busy machine, finds two bytes or more.
    let byte_by_byte = || {
        let finished = succeeds("run 01 --fragment 1 --delay 20ms");
        let recv = finished.stdout.contains("recv 1 B = #1[0..1] o");
        recv && finished.stdout.contains("prints o\n")
    };
    assert!((0..20).any(|_| byte_by_byte()));
}

#[test]
fn lesson_05_still_prints_five_lines_when_the_reader_is_busy_long_enough() {
    let finished = succeeds("run 05 --demo split --fragment 1 --busy 1s");
    let mut rest = finished.stdout.as_str();
    for line in ["一次一", "次一次", "二次三", "次四次", "五次"] {
        let print = format!("prints {line}\n");
        let (_, after) = rest.split_once(&print).unwrap();
        rest = after;
    }
    shows(&finished, &["5 sends → 5 recvs"]);
}

#[test]
fn lesson_07_proves_its_key_byte_by_byte() {
    let finished = succeeds("run 07 --fragment 1");
    shows(&finished, &["prints 合法用户", "rejected"]);
}

#[test]
fn lesson_08_keeps_its_clients_apart() {
    let finished = succeeds("run 08 --fragment 4 --delay 5ms");
    shows(&finished, &["quick too", "client 3"]);
}

#[test]
fn another_program_can_take_either_side() {
    let Some(python) = testkit::python_path() else { return };
    for (number, folder, network) in [
        ("01", "01-tcp-basic", "--delay 10ms"),
        ("02", "02-udp-basic", "--delay 10ms"),
    ] {
        for side in ["server", "client"] {
            let path = format!("lessons/{folder}/python/{side}.py");
            assert!(Path::new(&root()).join(&path).exists());
            let command = format!("\"{python}\" -B {path} {{host}}:{{port}}");
            let words = format!("run {number} {network} --{side} '{command}'");
            shows(&succeeds(&words), &["send #1", "recv ", "prints "]);
        }
    }
}

#[test]
fn an_option_that_does_not_fit_is_a_sentence() {
    for (words, sentence) in [
        ("run 02 --fragment 1", "--fragment is for TCP; UDP has --loss"),
        ("run 06 --loss 10%", "reorders nothing: --loss is for UDP; TCP has"),
        ("run 05 --loss 10%", "such as this lesson's --demo udp"),
        ("run 05 --demo udp --cut-after 5", "--cut-after is for TCP"),
        ("run 01 --client-first --delay 1ms", "leave one of them out"),
        ("run 05 --compare --delay 1ms", "without a network"),
    ] {
        lab(words).failed_with(&[sentence]);
    }
    let finished = lab("run 02 --loss 30");
    assert_eq!(finished.code, Some(2), "{finished:#?}");
    finished.logged(&["give a percentage"]);
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_ends_a_run_through_the_network() {
    let lab = start("run 01 --receive-first --timeout 1h --delay 1s");
    lab.wait_for_stdout("recv waits");
    let id = lab.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status();
    assert!(kill.unwrap().success());
    assert_eq!(lab.finish().code, Some(130));
}
