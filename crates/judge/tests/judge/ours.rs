//! The course's own programs pass every check of their lesson.

use std::process::Command;

use testkit::root;

#[track_caller]
fn passes(lesson: &str) {
    let mut judge = Command::new(env!("CARGO_BIN_EXE_judge"));
    judge.current_dir(root()).args(["--lang", "en", "check", lesson, "--all"]);
    let output = judge.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    assert_eq!(stdout.matches(" passed all ").count(), 2, "{stdout}");
    assert!(!stdout.contains("not judged"), "{stdout}");
}

#[test]
fn lesson_01() {
    passes("01");
}

#[test]
fn lesson_02() {
    passes("02");
}

#[test]
fn lesson_03() {
    passes("03");
}

#[test]
fn lesson_04() {
    passes("04");
}

#[test]
fn lesson_05() {
    passes("05");
}

#[test]
fn lesson_06() {
    passes("06");
}

#[test]
fn lesson_07() {
    passes("07");
}

#[test]
fn lesson_08() {
    passes("08");
}

#[test]
fn lesson_09() {
    passes("09");
}
