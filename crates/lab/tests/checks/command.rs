//! What `lab check` says and does, whatever the lesson; and `lab start`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::checking::check;
use testkit::{Finished, Program, root};

#[test]
fn the_checks_are_listed_stage_by_stage() {
    let verdict = check(&["1", "--list"]);
    assert_eq!(verdict.code, Some(0), "{verdict:#?}");
    let lines: Vec<&str> = verdict.stdout.lines().collect();
    for line in [
        "lesson 01 · server · {host} {port}",
        "stage 1 · as the article does it",
        "  answers one message",
        "      It prints what the client says, answers, and ends.",
        "stage 4 · wrong, silent, gone",
        "lesson 01 · client · {host} {port}",
    ] {
        assert!(lines.contains(&line), "no {line:?} in {verdict:#?}");
    }
    let server = check(&["03", "server", "--list"]);
    assert!(server.stdout.contains("{encoding}"), "{server:#?}");
    assert!(!server.stdout.contains("· client"), "{server:#?}");
}

#[test]
fn every_check_fits_into_a_line_and_has_a_name_of_its_own() {
    for number in 1..=8 {
        let list = check(&[&number.to_string(), "--list"]).stdout;
        assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
        for side in list.split("lesson ").skip(1) {
            let names = side.lines().filter(|line| {
                line.starts_with("  ") && !line.starts_with("   ")
            });
            let mut names: Vec<&str> = names.collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{list}");
        }
    }
}

#[test]
fn what_cannot_be_judged_ends_with_exit_code_2() {
    for (words, said) in [
        (&["99"][..], "no lesson 99"),
        (&["1", "--", "true", "{port}"], "which side is it?"),
        (&["1", "server", "--", "true"], "has no {port}"),
        (&["1", "server", "--", "'true {port}"], "an open quote"),
        (
            &["1", "server", "--", "no-such-program", "{port}"],
            "starting no-such",
        ),
        (&["1", "nobody"], "invalid value 'nobody'"),
    ] {
        let verdict = check(words);
        assert_eq!(verdict.code, Some(2), "{words:?} {verdict:#?}");
        assert!(verdict.stderr.contains(said), "{words:?} {verdict:#?}");
    }
}

#[test]
fn a_program_that_does_not_compile_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("Cargo.toml");
    let text = "[package]\nname = \"wrong\"\n[workspace]\n[[bin]]\n\
                name = \"wrong\"\npath = \"wrong.rs\"\n";
    fs::write(&manifest, text).unwrap();
    fs::write(folder.path().join("wrong.rs"), "fn main() -> {}").unwrap();
    let manifest = manifest.to_str().unwrap();
    let words = ["1", "server", "--", env!("CARGO"), "run", "--manifest-path"];
    let verdict = check(&[&words[..], &[manifest, "--", "{port}"]].concat());
    assert_eq!(verdict.code, Some(2), "{verdict:#?}");
    assert!(verdict.stderr.contains("it does not compile"), "{verdict:#?}");
}

#[test]
fn it_stops_at_the_first_failure_unless_told_to_go_on() {
    let lab = env!("CARGO_BIN_EXE_lab");
    let words = ["1", "client", "--", lab, "list", "{port}"];
    let verdict = check(&words);
    assert_eq!(verdict.code, Some(1), "{verdict:#?}");
    assert_eq!(verdict.stdout.matches("FAILED").count(), 1, "{verdict:#?}");
    let words = ["1", "client", "--all", "--", lab, "list", "{port}"];
    let verdict = check(&words);
    assert_eq!(verdict.code, Some(1), "{verdict:#?}");
    assert!(verdict.stdout.matches("FAILED").count() > 5, "{verdict:#?}");
    assert!(verdict.stdout.contains("failure is in stage 1"), "{verdict:#?}");
}

#[test]
fn a_starting_point_compiles_and_fails_the_first_check() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=8 {
        for language in ["rust", "python"] {
            let started = start(number, language, folder.path());
            assert_eq!(started.code, Some(0), "{started:#?}");
            for words in commands(&started.stdout) {
                let words: Vec<&str> =
                    words.iter().map(String::as_str).collect();
                let verdict = check(&words);
                let first = check(&[words[0], words[1], "--list"]).stdout;
                let first = first.lines().nth(2).unwrap_or("none").trim();
                if first == "none" {
                    continue; // There is nothing that it could fail.
                }
                assert_eq!(verdict.code, Some(1), "{words:?} {verdict:#?}");
                assert_eq!(verdict.failed(), first, "{verdict:#?}");
                let ran = verdict.stdout.contains("nothing is done yet");
                assert!(ran, "{verdict:#?}");
                let warned = verdict.stderr.contains("warning");
                assert!(!warned, "{verdict:#?}");
            }
        }
    }
}

#[test]
fn a_starting_point_is_the_contract_and_never_overwrites_anything() {
    let folder = tempfile::tempdir().unwrap();
    start(1, "rust", folder.path());
    let file = folder.path().join("01-tcp-basic/src/bin/server.rs");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("//! Listens for TCP at HOST:PORT"), "{text}");
    assert!(!text.contains("Connects by TCP"), "{text}");
    fs::write(&file, "mine").unwrap();
    fs::remove_file(folder.path().join("01-tcp-basic/Cargo.toml")).unwrap();
    let again = start(1, "rust", folder.path());
    again.failed_with(&["server.rs is there already, and stays as it is"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert!(!folder.path().join("01-tcp-basic/Cargo.toml").exists());
}

fn start(number: u8, language: &str, into: &Path) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    let into = into.to_str().unwrap();
    let words = ["start", &number.to_string(), language, "--into", into];
    command.current_dir(root()).args(words);
    Program::spawn(&mut command).finish()
}

/// The words after `lab check` in the commands that `lab start` tells.
fn commands(told: &str) -> Vec<Vec<String>> {
    let lines = told.lines().filter(|line| !line.contains("--list"));
    lines
        .filter_map(|line| line.trim().strip_prefix("cargo lab check "))
        .map(|words| shlex::split(words).unwrap())
        .collect()
}

#[cfg(target_os = "linux")]
mod what_it_started_ends_with_it {
    use std::fs;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use testkit::{DEADLINE, Program, root};

    /// Judges a program that starts another, says its id, and waits.
    fn endless() -> (Program, u32) {
        let folder = tempfile::tempdir().unwrap().keep();
        let told = folder.join("id");
        let script = format!(
            "sleep 1000 & echo $! > '{0}.new'; mv '{0}.new' '{0}'; wait # {{port}}",
            told.display()
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        let words = ["check", "1", "server", "--", "sh", "-c", &script];
        command.current_dir(root()).args(words);
        let lab = Program::spawn(&mut command);
        let until = Instant::now() + DEADLINE;
        while !told.exists() {
            assert!(Instant::now() < until, "it was never started");
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = fs::read_to_string(told).unwrap().trim().parse().unwrap();
        fs::remove_dir_all(folder).unwrap();
        (lab, id)
    }

    #[track_caller]
    fn is_gone(id: u32) {
        let until = Instant::now() + DEADLINE;
        while fs::exists(format!("/proc/{id}")).unwrap() {
            assert!(Instant::now() < until, "process {id} is still there");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn after_a_failure() {
        let (lab, child) = endless();
        let finished = lab.finish();
        assert_eq!(finished.code, Some(1), "{finished:#?}");
        let said = "nobody could connect to it within 10 s";
        assert!(finished.stdout.contains(said), "{finished:#?}");
        is_gone(child);
    }

    #[test]
    fn after_ctrl_c() {
        for signal in ["-INT", "-TERM"] {
            let (lab, child) = endless();
            let id = lab.id().to_string();
            let mut kill = Command::new("kill");
            assert!(kill.args([signal, &id]).status().unwrap().success());
            assert_eq!(lab.finish().code, Some(130));
            is_gone(child);
        }
    }
}
