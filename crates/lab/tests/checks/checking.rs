//! What the tests of `lab check` share. Its deadlines are lab's own: every
//! step of a check has one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "not every test needs everything")]

use std::process::Command;

use testkit::root;

/// What `lab check` said.
#[derive(Debug)]
pub struct Verdict {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Verdict {
    /// The name of the check that failed.
    pub fn failed(&self) -> &str {
        let mut lines = self.stdout.lines();
        lines.find_map(|line| line.strip_prefix("FAILED  ")).unwrap_or("none")
    }

    /// The hint, on one line.
    pub fn hint(&self) -> String {
        let (_, hint) =
            self.stdout.split_once("hint: ").unwrap_or(("", "none"));
        let hint = hint.split("\n\n").next().unwrap_or_default();
        hint.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Runs `lab check` with these words.
pub fn check(words: &[&str]) -> Verdict {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).arg("check").args(words);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Verdict {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// Runs it for a Python program in `tests/broken`, whose name holds its side.
/// `None`, and a word about it, where there is no Python.
#[track_caller]
pub fn check_python(
    lesson: &str,
    script: &str,
    arguments: &str,
) -> Option<Verdict> {
    try_python(lesson, script, arguments, &[])
}

fn try_python(
    lesson: &str,
    script: &str,
    arguments: &str,
    options: &[&str],
) -> Option<Verdict> {
    let python = python()?;
    let side = if script.contains("_server") { "server" } else { "client" };
    let command = format!(
        "{python} -B crates/lab/tests/broken/{script}.py {{host}} {{port}} \
         {arguments}"
    );
    let mut words = vec![lesson, side];
    words.extend(options);
    words.extend(["--", &command]);
    Some(check(&words))
}

/// Checks that the course's own programs pass.
#[track_caller]
pub fn ours_pass(lesson: &str) {
    let verdict = check(&[lesson, "--all"]);
    assert_eq!(verdict.code, Some(0), "{verdict:#?}");
    assert_eq!(verdict.stdout.matches(" passed all ").count(), 2);
    assert!(!verdict.stdout.contains("not judged"), "{verdict:#?}");
}

/// Checks that a program passes.
#[track_caller]
pub fn passes(lesson: &str, script: &str, arguments: &str) {
    if let Some(verdict) = check_python(lesson, script, arguments) {
        assert_eq!(verdict.code, Some(0), "{verdict:#?}");
        assert!(verdict.stdout.contains(" passed all "), "{verdict:#?}");
    }
}

/// Checks that a program is caught by this check, with this hint; gives all
/// that was said.
#[track_caller]
pub fn caught(
    lesson: &str,
    script: &str,
    arguments: &str,
    by: &str,
    hint: &str,
) -> Option<Verdict> {
    // A program like the article's has to pass the checks before this one.
    let only = ["--only", by];
    let options = if script.starts_with("article") { &[] } else { &only[..] };
    let verdict = try_python(lesson, script, arguments, options)?;
    assert_eq!(verdict.code, Some(1), "{verdict:#?}");
    let came = (verdict.failed(), verdict.hint());
    assert_eq!(came, (by, hint.to_owned()), "{verdict:#?}");
    Some(verdict)
}

/// CPython's name here; `None`, and a word about it, where it is missing.
fn python() -> Option<&'static str> {
    let is_there = |name: &&str| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    let found = ["python3", "python"].into_iter().find(is_there);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "Python is not installed");
        println!("not tested: Python is not installed");
    }
    found
}
