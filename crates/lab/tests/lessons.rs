//! What `lab run` shows of the lessons that have more to show than one
//! message each way.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::process::Command;

use testkit::{Finished, Program, root};

fn lab(words: &str) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).args(shlex::split(words).unwrap());
    Program::spawn(&mut command).finish()
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
        let shown = finished.stdout.contains(words);
        assert!(shown, "no {words:?}: {finished:#?}");
    }
}

/// The flags in a text of help, without clap's own.
fn flags(help: &str) -> Vec<String> {
    let mut flags: Vec<String> = help
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--"))
        .filter_map(|line| line.split([' ', ',']).next())
        .map(|name| format!("--{name}"))
        .collect();
    flags.sort();
    flags
}

#[test]
fn the_knobs_of_a_run_are_those_of_the_programs() {
    let list = succeeds("list").stdout;
    for number in list.lines().map(|line| &line[..2]) {
        let help = succeeds(&format!("run {number} --help")).stdout;
        let (_, knobs) = help.split_once("Knobs of lesson").unwrap();
        for side in ["client", "server"] {
            let mine: String = knobs
                .lines()
                .filter(|line| line.trim_start().starts_with("--"))
                .filter(|line| {
                    let whose = format!("({side})");
                    line.ends_with(&whose) || line.ends_with("(both)")
                })
                .map(|line| format!("{line}\n"))
                .collect();
            let program = format!("{number}-{side}");
            let output = Command::new(env!("CARGO"))
                .current_dir(root())
                .args(["run", "--quiet", "--bin", &program, "--", "--help"])
                .output()
                .unwrap();
            let help = String::from_utf8(output.stdout).unwrap();
            assert_eq!(flags(&mine), flags(&help), "{program}");
        }
    }
}

#[test]
fn lesson_04_asks_three_times() {
    let finished = succeeds("run 4 --interval 50ms");
    assert_eq!(finished.stdout.matches("prints 2").count(), 3, "{finished:#?}");
}

#[test]
fn lesson_04_finds_a_clock_that_is_wrong() {
    let words = "run 4 --measure --interval 20ms --on server --skew 2s";
    shows(&succeeds(words), &["offset", "best: this clock is", "behind"]);
}

#[test]
fn lesson_05_shows_what_the_article_shows() {
    for _ in 0..5 {
        let finished = succeeds("run 5");
        shows(
            &finished,
            &[
                "recv 45 B = #1 #2 #3 #4 #5",
                "busy for 100ms, not reading",
                "5 sends → 1 recv of 45 bytes: every byte arrived",
                "recv 9 B = #1[0..9]",
                "recv 9 B = #1[9..18]",
                "recv 9 B = #2 #3[0..3]",
                "recv 9 B = #3[3..6] #4",
                "recv 6 B = #5",
                "5 sends → 5 recvs",
            ],
        );
        let prints = ["一次一", "次一次", "二次三", "次四次", "五次"];
        let mut rest = finished.stdout.as_str();
        for line in prints {
            let (_, after) =
                rest.split_once(&format!("prints {line}")).unwrap();
            rest = after;
        }
    }
}

#[test]
fn a_knob_that_tells_the_demos_apart_leaves_one_of_them() {
    let finished = succeeds("run 5 --demo split --buffer 8");
    shows(&finished, &["recv 8 B = #1[0..8]", "一次[e4 b8]"]);
    assert!(!finished.stdout.contains("第一次"), "{finished:#?}");
    let finished = succeeds("run 5 --demo udp");
    shows(&finished, &["recv 9 B = #5", "came whole"]);
}

#[test]
fn lesson_05_compares_settings_in_a_table() {
    // A machine that stands still for 100 ms makes an exception.
    let shows_it = (0..5).any(|_| {
        let finished = succeeds("run 5 --compare");
        let line = |setting: &str| {
            let mut lines = finished.stdout.lines();
            let line = lines.find(|line| line.starts_with(setting)).unwrap();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let busy = ["as it is", "--nodelay", "--gap 5ms"];
        line("--busy 0ms --gap 5ms").contains("5 recvs")
            && busy.iter().all(|b| line(b) == format!("{b} 10 1 recv (10x)"))
    });
    assert!(shows_it);
    let other = lab("run 1 --compare");
    other.failed_with(&["--compare is lesson 05's"]);
}

#[test]
fn lesson_06_works_again_and_again_and_sums_up_the_file() {
    for _ in 0..2 {
        let finished = succeeds("run 6");
        shows(&finished, &["\"06-server", "MiB/s", "calls", "end of stream"]);
        let rows = finished.stdout.lines().count();
        assert!(rows < 150, "{rows} lines: {finished:#?}");
    }
    let left: Vec<_> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with("06-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn lesson_06_writes_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy");
    let words =
        format!("run 6 --file LICENSE-MIT --output '{}'", file.display());
    succeeds(&words);
    let licence = fs::read(root().join("LICENSE-MIT")).unwrap();
    assert_eq!(fs::read(file).unwrap(), licence);
}

#[test]
fn lesson_07_accepts_one_and_rejects_one_without_showing_a_key() {
    let finished = succeeds("run 7");
    shows(&finished, &["the right key", "prints 合法用户", "a wrong key"]);
    let (_, wrong) = finished.stdout.split_once("a wrong key").unwrap();
    assert!(!wrong.contains("合法用户"), "{finished:#?}");
    assert!(wrong.contains("rejected"), "{finished:#?}");
    for secret in ["guessed", "这是一个秘钥"] {
        assert!(!finished.stdout.contains(secret), "{finished:#?}");
        assert!(!finished.stderr.contains(secret), "{finished:#?}");
    }
}

#[test]
fn lesson_08_shows_who_waits_for_whom() {
    // A machine may take longer to start the quick clients than the slow one
    // thinks: then there is nothing to see.
    let shows_it = (0..5).any(|_| {
        let finished = succeeds("run 8");
        let titles = ["a thread per client", "one client at a time"];
        let [beside, after] = titles.map(|title| {
            let play = finished.stdout.split_once(title).unwrap().1;
            // In the server's lane, the last one.
            let place = |words| {
                let found = play.find(words);
                found.unwrap_or_else(|| panic!("{words}: {finished:#?}"))
            };
            (place("3▶ accept"), place("1◀ close"))
        });
        assert!(after.0 > after.1, "{finished:#?}");
        let waits = finished.stdout.matches("Waited for the server's first");
        assert_eq!(waits.count(), 2, "{finished:#?}");
        beside.0 < beside.1
    });
    assert!(shows_it);
}
