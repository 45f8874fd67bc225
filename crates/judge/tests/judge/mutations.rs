//! The judge is held to account: right programs pass, and each small mistake
//! in them is caught by the check that is meant for it, with its hint.
//!
//! `right/NN_SIDE.py` is a right program (`frames.py` stands in both of lesson
//! 09), `mutations/NN_SIDE.txt` a list of mistakes: a name after `#`, lines that are replaced (`-`, which have to
//! stand there exactly once) by others (`+`), and after `!` the check that
//! fails and its hint. `UPDATE_MUTATIONS=1` tries all checks, and writes which
//! fails first and its hint; `UPDATE_MUTATIONS=hints` writes the hints only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::python_path;

/// How many programs are judged at a time: most of them wait.
const AT_ONCE: usize = 40;

struct Mutation {
    name: String,
    hunks: Vec<(String, String)>,
    /// The check that fails, and its hint.
    golden: (String, String),
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The lessons' sides that have a right program, as `01_server`; with `ONLY`
/// in the environment, those whose name holds it.
fn sides() -> Vec<String> {
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut names: Vec<String> = fs::read_dir(tests().join("right"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.retain(|name| name.contains('_') && name.contains(&only));
    names.sort();
    names
}

/// A right program in one file, so that a mistake may be made in what it
/// imports too.
fn right(side: &str) -> String {
    let file = |name: &str| tests().join(format!("right/{name}.py"));
    let program = fs::read_to_string(file(side)).unwrap();
    let frames = fs::read_to_string(file("frames")).unwrap();
    let lines = program.lines().map(|line| match line {
        line if line.starts_with("from frames import ") => &frames,
        line => line,
    });
    lines.map(|line| format!("{line}\n")).collect()
}

fn parse(text: &str) -> Vec<Mutation> {
    let mut mutations: Vec<Mutation> = Vec::new();
    let mut fresh = true;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            let (hunks, golden) = Default::default();
            mutations.push(Mutation { name: name.into(), hunks, golden });
            fresh = true;
            continue;
        }
        let Some(mutation) = mutations.last_mut() else { continue };
        let code = |line: &str| line.get(2..).unwrap_or_default().to_owned();
        match line.chars().next() {
            None => fresh = true,
            Some(sign @ ('-' | '+')) => {
                if fresh {
                    mutation.hunks.push(Default::default());
                    fresh = false;
                }
                let hunk = mutation.hunks.last_mut().unwrap();
                let side = if sign == '-' { &mut hunk.0 } else { &mut hunk.1 };
                *side += &(code(line) + "\n");
            }
            Some('!') => mutation.golden.0 = code(line),
            Some(_) => {
                let hint = &mut mutation.golden.1;
                if !hint.is_empty() {
                    hint.push(' ');
                }
                hint.push_str(line.trim());
            }
        }
    }
    mutations
}

/// Replaces each hunk's lines, which have to stand there exactly once.
fn apply(right: &str, mutation: &Mutation) -> String {
    let mut text = format!("\n{right}");
    let mut places: Vec<(usize, &(String, String))> = Vec::new();
    for hunk in &mutation.hunks {
        let old = format!("\n{}", hunk.0);
        let found = text.matches(&old).count();
        assert_eq!(found, 1, "{}: {old:?}", mutation.name);
        places.push((text.find(&old).unwrap() + 1, hunk));
    }
    // From the last to the first, so that the places stay true.
    places.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    for (place, (old, new)) in places {
        text.replace_range(place..place + old.len(), new);
    }
    text.split_off(1)
}

/// The placeholders of a lesson's command beside host and port.
fn placeholders(side: &str) -> &'static str {
    match side {
        "03_server" | "03_client" => "{encoding}",
        "05_server" | "05_client" => "{demo}",
        "06_server" => "{file}",
        "06_client" => "{out}",
        "07_server" | "07_client" => "{key}",
        _ => "",
    }
}

/// Judges a Python program; gives the exit code and what was said.
fn judge(
    python: &str,
    side: &str,
    program: &Path,
    options: &[&str],
) -> (i32, String) {
    let (lesson, which) = side.split_once('_').unwrap();
    let program = program.to_str().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_judge"));
    command.args(["--lang", "en", "check", lesson, which]).args(options);
    command.args(["--", python, "-B", program, "{host}", "{port}"]);
    let more = placeholders(side);
    command.args((!more.is_empty()).then_some(more));
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout);
    (output.status.code().unwrap_or(-1), format!("{stdout}{stderr}"))
}

/// The check that failed, and its hint on one line.
fn verdict(report: &str) -> (String, String) {
    let failed = report.lines().find_map(|l| l.strip_prefix("FAILED  "));
    let hint = report.split_once("hint: ").map_or("", |(_, hint)| hint);
    let hint = hint.split("\n\n").next().unwrap_or_default();
    let hint: Vec<&str> = hint.split_whitespace().collect();
    (failed.unwrap_or("none").to_owned(), hint.join(" "))
}

/// Does some work for each item, several at a time.
fn for_each<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(item) =
                    items.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    work(item);
                }
            });
        }
    });
}

#[test]
fn every_right_program_passes() {
    let Some(python) = python_path() else { return };
    let wrong = Mutex::new(Vec::new());
    for_each(&sides(), |side| {
        let program = tests().join(format!("right/{side}.py"));
        let (code, report) = judge(&python, side, &program, &["--all"]);
        if code != 0 {
            wrong.lock().unwrap().push(format!("{side}\n{report}"));
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_mutation_is_caught_by_its_own_check() {
    let Some(python) = python_path() else { return };
    let update = std::env::var("UPDATE_MUTATIONS").unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for side in sides() {
        let list = tests().join(format!("mutations/{side}.txt"));
        let right = right(&side);
        let text = fs::read_to_string(&list).unwrap();
        for (number, mutation) in parse(&text).into_iter().enumerate() {
            let program = folder.path().join(format!("{side}_{number}.py"));
            fs::write(&program, apply(&right, &mutation)).unwrap();
            all.push((side.clone(), program, mutation));
        }
    }
    // The later lessons wait longest.
    all.reverse();
    let wrong = Mutex::new(Vec::new());
    let found = Mutex::new(Vec::new());
    for_each(&all, |(side, program, mutation)| {
        let (check, hint) = &mutation.golden;
        let options = ["--only", check.as_str()];
        let all_checks = update == "1";
        let options = if all_checks { &[][..] } else { &options[..] };
        let (_, report) = judge(&python, side, program, options);
        let came = verdict(&report);
        // Never passed: caught, or said not to be judgeable now.
        let busy = report.contains("the machine is too busy to tell");
        if came != (check.clone(), hint.clone()) && !busy {
            wrong
                .lock()
                .unwrap()
                .push(format!("{side}, {}: {came:?}\n{report}", mutation.name));
        }
        let key = (side.clone(), mutation.name.clone());
        found.lock().unwrap().push((key, came));
    });
    if !update.is_empty() {
        let found = found.into_inner().unwrap();
        return write_golden(&found);
    }
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let some = std::env::var_os("ONLY").is_some();
    assert!(some || all.len() >= 140, "only {} mutations", all.len());
}

type Found = ((String, String), (String, String));

/// Writes the checks and hints that came into the lists.
fn write_golden(found: &[Found]) {
    for side in sides() {
        let list = tests().join(format!("mutations/{side}.txt"));
        let text = fs::read_to_string(&list).unwrap();
        let mut out = String::new();
        let mut name = String::new();
        let mut golden = false;
        for line in text.lines() {
            if let Some(new) = line.strip_prefix("# ") {
                (name, golden) = (new.to_owned(), false);
            }
            let key = (side.clone(), name.clone());
            let came = found.iter().find(|(of, _)| *of == key);
            if let (Some((_, (check, hint))), true) =
                (came, line.starts_with('!'))
            {
                golden = true;
                out += &format!("! {check}\n");
                let options = textwrap::Options::new(76)
                    .word_splitter(textwrap::WordSplitter::NoHyphenation);
                for line in textwrap::wrap(hint, options) {
                    out += &format!("  {line}\n");
                }
                continue;
            }
            if golden && line.starts_with("  ") {
                continue;
            }
            golden = false;
            out += line;
            out.push('\n');
        }
        fs::write(&list, out).unwrap();
    }
}
