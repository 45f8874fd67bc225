//! What `lab check` says and does, whatever the lesson; and `lab start`.

use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::root;

#[derive(Debug)]
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Said {
    /// The name of the check that failed first.
    fn failed(&self) -> &str {
        let mut lines = self.stdout.lines();
        lines.find_map(|line| line.strip_prefix("FAILED  ")).unwrap_or("none")
    }
}

fn judge(words: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_judge"));
    command.current_dir(root()).args(["--lang", "en"]);
    let output = command.args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

fn check(words: &[&str]) -> Said {
    judge(&[&["check"], words].concat())
}

#[test]
fn the_checks_are_listed_stage_by_stage_with_what_they_do() {
    let said = check(&["1", "--list"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    let lines: Vec<&str> = said.stdout.lines().collect();
    for line in [
        "lesson 01 · server · {host} {port}",
        "stage 1 · as the article does it",
        "  answers one message",
        "      It prints what the client says, answers, and ends.",
        "      connects · sends \"one piece\" · expects \"海贼王\" · expects the \
         end · it",
        "stage 4 · wrong, silent, gone",
        "lesson 01 · client · {host} {port}",
    ] {
        assert!(lines.contains(&line), "no {line:?} in {said:#?}");
    }
}

#[test]
fn every_check_fits_into_80_columns_and_has_a_name_of_its_own() {
    use unicode_width::UnicodeWidthStr;
    for number in 1..=9 {
        let list = check(&[&number.to_string(), "--list"]).stdout;
        assert!(list.lines().all(|line| line.width() <= 80), "{list}");
        for side in list.split("lesson ").skip(1) {
            let names = side.lines().filter(|line| {
                line.starts_with("  ") && !line.starts_with("   ")
            });
            let mut names: Vec<&str> = names.collect();
            let all = names.len();
            assert!(all > 3, "{list}");
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{list}");
        }
    }
}

#[test]
fn what_cannot_be_judged_ends_with_exit_code_2() {
    for (words, why) in [
        (&["99"][..], "no lesson 99"),
        (&["1", "--", "true", "{port}"], "which side is it?"),
        (&["1", "server", "--", "true"], "needs {port}"),
        #[cfg(unix)]
        (&["1", "server", "--", "'true {port}"], "a quote is open"),
        (
            &["1", "server", "--", "no-such-program", "{port}"],
            "starting no-such",
        ),
        (&["1", "nobody"], "invalid value 'nobody'"),
        (&["1", "both", "--", "true {port}"], "both -- SERVER COMMAND"),
    ] {
        let said = check(words);
        assert_eq!(said.code, Some(2), "{words:?} {said:#?}");
        assert!(said.stderr.contains(why), "{words:?} {said:#?}");
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
    let said = check(&[&words[..], &[manifest, "--", "{port}"]].concat());
    assert_eq!(said.code, Some(2), "{said:#?}");
    assert!(said.stderr.contains("it does not compile"), "{said:#?}");
}

#[test]
fn it_stops_at_the_first_failure_unless_all_are_asked_for() {
    let other = env!("CARGO_BIN_EXE_judge");
    let words = ["1", "client", "--", other, "--version", "{port}"];
    let said = check(&words);
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert_eq!(said.stdout.matches("FAILED").count(), 1, "{said:#?}");
    let words = ["1", "client", "--all", "--", other, "--version", "{port}"];
    let said = check(&words);
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stdout.matches("FAILED").count() > 5, "{said:#?}");
    assert!(said.stdout.contains("failure is in stage 1"), "{said:#?}");
    let words = ["1", "client", "--only", "asks", "--", other, "{port}"];
    let said = check(&words);
    let one = "The client failed the one check, in stage 1, ";
    assert!(said.stdout.contains(one), "{said:#?}");
}

#[test]
fn json_is_a_line_per_check() {
    let other = env!("CARGO_BIN_EXE_judge");
    let words = ["1", "client", "--json", "--", other, "--version", "{port}"];
    let said = check(&words);
    assert_eq!(said.code, Some(1), "{said:#?}");
    let line: serde_json::Value =
        serde_json::from_str(said.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(line["lesson"], "01");
    assert_eq!(line["side"], "client");
    assert_eq!(line["verdict"], "failed");
    assert!(line["hint"].is_string(), "{line}");
}

#[test]
fn the_exit_codes_are_in_the_help() {
    let said = check(&["--help"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stdout.contains("Exit codes: 0 when every"), "{said:#?}");
}

#[test]
fn a_starting_point_runs_and_fails_the_first_check() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=9 {
        for language in ["rust", "python"] {
            let number = number.to_string();
            let into = folder.path().to_str().unwrap();
            let said = judge(&["start", &number, language, "--into", into]);
            assert_eq!(said.code, Some(0), "{said:#?}");
            for words in commands(&said.stdout) {
                let words: Vec<&str> =
                    words.iter().map(String::as_str).collect();
                let said = check(&words);
                assert_eq!(said.code, Some(1), "{words:?} {said:#?}");
                let first = check(&[words[0], words[1], "--list"]).stdout;
                let first = first.lines().nth(2).unwrap_or("none").trim();
                assert_eq!(said.failed(), first, "{said:#?}");
                let ran = said.stdout.contains("nothing is done yet");
                assert!(ran, "{said:#?}");
                assert!(!said.stderr.contains("warning"), "{said:#?}");
            }
        }
    }
}

/// The words of the `cargo lab check` commands that judge a program.
fn commands(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("cargo lab check "))
        .filter(|command| !command.contains("--list"))
        .map(|command| programs::split(command).unwrap())
        .collect()
}

#[test]
fn a_starting_point_is_the_contract_and_never_overwrites_anything() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let start = || judge(&["start", "1", "rust", "--into", into]);
    start();
    let file = folder.path().join("01-tcp-basic/src/bin/server.rs");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("//! Listens for TCP at HOST:PORT"), "{text}");
    assert!(!text.contains("Connects by TCP"), "{text}");

    fs::write(&file, "mine").unwrap();
    let again = start();
    assert_eq!(again.code, Some(2), "{again:#?}");
    assert!(again.stderr.contains("is there already"), "{again:#?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

/// One of this folder's right programs.
fn right(name: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    tests.join("right").join(name).to_str().unwrap().to_owned()
}

#[test]
fn two_programs_are_tried_with_each_other_and_with_ours() {
    let (server, client) = (right("01_server.py"), right("01_client.py"));
    let Some(python) = testkit::python_path() else { return };
    let server = [&*python, "-B", &server, "{host}", "{port}"];
    let client = [&*python, "-B", &client, "{host}", "{port}"];
    let words = [&["1", "both", "--"], &server[..], &["--"], &client];
    let said = check(&words.concat());
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(said.stdout.matches("ok  ").count(), 3, "{said:#?}");

    let words = [&["1", "both", "--"], &client[..], &["--"], &server];
    let said = check(&words.concat());
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stdout.contains("FAILED  your server, your client"));
}
