//! What a projector shows: each program on two or three screens, the idea
//! first, each idea whole on one screen, and each lesson small.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use testkit::root;
use unicode_width::UnicodeWidthStr;

/// The columns of a projected screen.
const WIDTH: usize = 80;

/// The lines of a projected screen.
const SCREEN: usize = 40;

/// The most lines of a program, and the most of them before its arguments.
const PROGRAM: usize = 125;
const BEFORE_ARGS: usize = 2 * SCREEN;

/// A lesson: its folder, the bound on the lines of its `src`, and its ideas.
struct Lesson {
    folder: &'static str,
    lines: usize,
    ideas: &'static [(&'static str, &'static str)],
}

const LESSONS: [Lesson; 9] = [
    Lesson {
        folder: "01-tcp-basic",
        lines: 135,
        ideas: &[("bin/server.rs", "fn answer("), ("bin/client.rs", "fn ask(")],
    },
    Lesson {
        folder: "02-udp-basic",
        lines: 190,
        ideas: &[
            ("bin/server.rs", "fn receive("),
            ("bin/client.rs", "fn exchange("),
        ],
    },
    Lesson {
        folder: "03-udp-wrapper",
        lines: 280,
        ideas: &[
            ("lib.rs", "pub struct TextSocket "),
            ("lib.rs", "impl TextSocket "),
        ],
    },
    Lesson {
        folder: "04-timesync",
        lines: 400,
        ideas: &[
            ("bin/server.rs", "fn answer("),
            ("cristian.rs", "impl Measurement "),
        ],
    },
    Lesson {
        folder: "05-sticky-packet-demo",
        lines: 430,
        ideas: &[
            ("stream.rs", "pub fn receive_all("),
            ("stream.rs", "pub fn send_each("),
        ],
    },
    Lesson {
        folder: "06-struct-framing",
        lines: 680,
        ideas: &[
            ("frame.rs", "pub fn write("),
            ("frame.rs", "pub fn read<"),
            ("bin/server.rs", "fn send("),
            ("bin/client.rs", "fn receive_file("),
        ],
    },
    Lesson {
        folder: "07-hmac-auth",
        lines: 290,
        ideas: &[
            ("bin/server.rs", "fn judge("),
            ("bin/client.rs", "fn prove("),
            ("lib.rs", "pub fn verify("),
        ],
    },
    Lesson {
        folder: "08-threaded-server",
        lines: 400,
        ideas: &[
            ("lib.rs", "pub fn serve_forever<"),
            ("bin/server.rs", "fn handle("),
            ("bin/client.rs", "fn talk("),
        ],
    },
    Lesson {
        folder: "09-websocket",
        lines: 970,
        ideas: &[("bin/server.rs", "fn say("), ("bin/client.rs", "fn talk(")],
    },
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn lines_in(folder: &Path) -> usize {
    sources(folder).iter().map(|path| read(path).lines().count()).sum()
}

fn src(lesson: &Lesson) -> PathBuf {
    root().join("lessons").join(lesson.folder).join("src")
}

/// The first and the last line of an item, counted from 1: from its docs to
/// the brace that closes it.
fn item(source: &str, start: &str) -> Option<(usize, usize)> {
    let lines: Vec<&str> = source.lines().collect();
    let head =
        lines.iter().position(|line| line.trim_start().starts_with(start))?;
    let indent = lines[head].len() - lines[head].trim_start().len();
    let close = format!("{}}}", " ".repeat(indent));
    let end = head + lines[head..].iter().position(|line| *line == close)?;
    let is_doc = |line: &str| {
        let line = line.trim_start();
        line.starts_with("///") || line.starts_with("#[")
    };
    let docs =
        lines[..head].iter().rev().take_while(|line| is_doc(line)).count();
    Some((head - docs + 1, end + 1))
}

#[test]
fn a_program_fits_on_the_projector_with_its_arguments_last() {
    for lesson in &LESSONS {
        for side in ["server", "client"] {
            let path = src(lesson).join(format!("bin/{side}.rs"));
            let source = read(&path);
            let lines = source.lines().count();
            assert!(lines <= PROGRAM, "{path:?}: {lines} lines");
            let (run, _) = item(&source, "fn run(").unwrap();
            let (main, end) = item(&source, "fn main(").unwrap();
            assert_eq!(end, lines, "{path:?}: main is not the last");
            let args = item(&source, "struct Args ").map(|(first, _)| first);
            let args = args.unwrap_or(main);
            assert!(run < args && args <= main, "{path:?}: not in order");
            let before = args - 1;
            assert!(before <= BEFORE_ARGS, "{path:?}: {before} lines first");
        }
    }
}

#[test]
fn no_line_is_wider_than_the_projector() {
    let lessons = sources(&root().join("lessons"));
    let common = sources(&root().join("crates/common/src"));
    for path in lessons.iter().chain(&common) {
        for (number, line) in read(path).lines().enumerate() {
            let width = line.width();
            let number = number + 1;
            assert!(width <= WIDTH, "{path:?}:{number}: {width} columns");
        }
    }
}

#[test]
fn every_idea_is_whole_on_one_screen_and_among_the_first_two() {
    for lesson in &LESSONS {
        for (file, idea) in lesson.ideas {
            let path = src(lesson).join(file);
            let found = item(&read(&path), idea);
            let (first, last) =
                found.unwrap_or_else(|| panic!("{path:?} has no {idea}"));
            let lines = last + 1 - first;
            assert!(lines <= SCREEN, "{path:?}: {idea} has {lines} lines");
            let late = first > BEFORE_ARGS;
            assert!(!late, "{path:?}: {idea} begins at line {first}");
        }
    }
}

#[test]
fn a_program_begins_with_its_idea() {
    for lesson in &LESSONS {
        for (file, idea) in lesson.ideas {
            if !file.starts_with("bin/") {
                continue;
            }
            let path = src(lesson).join(file);
            let source = read(&path);
            let (first, _) = item(&source, idea).unwrap();
            let code = source.lines().take(first - 1);
            let earlier: Vec<&str> =
                code.filter(|line| line.contains("fn ")).collect();
            assert!(earlier.is_empty(), "{path:?}: {earlier:?} come first");
        }
    }
}

#[test]
fn every_lesson_stays_small() {
    for lesson in &LESSONS {
        let lines = lines_in(&src(lesson));
        let Lesson { folder, lines: most, .. } = lesson;
        assert!(lines <= *most, "{folder}: {lines} lines, {most} at most");
    }
}

#[test]
fn common_stays_tiny() {
    let lines = lines_in(&root().join("crates/common/src"));
    assert!(lines < 450, "{lines} lines");
}

#[test]
fn every_lesson_is_measured() {
    let folders = fs::read_dir(root().join("lessons")).unwrap();
    for entry in folders.map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        let known = LESSONS.iter().any(|lesson| lesson.folder == name);
        assert!(known || !entry.is_dir(), "{name} is not measured");
    }
}
