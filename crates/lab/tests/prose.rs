//! What the lessons' pages say is what the programs do: every quoted run is
//! run again, every link leads somewhere, every file is linked.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{Program, root};

/// The lessons' pages, with their folders.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages: Vec<(PathBuf, String)> =
        fs::read_dir(root().join("lessons"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|folder| {
                let page = fs::read_to_string(folder.join("README.md"));
                let page = page.unwrap_or_else(|e| panic!("{folder:?}: {e}"));
                (folder, page)
            })
            .collect();
    for folder in [root(), root().join("lessons")] {
        let page = fs::read_to_string(folder.join("README.md")).unwrap();
        pages.push((folder, page));
    }
    pages.sort();
    pages
}

fn is_lesson(folder: &Path) -> bool {
    folder.join("Cargo.toml").exists() && folder != root()
}

/// The blocks of a page that quote a terminal: the commands and what came.
fn quoted_runs(page: &str) -> Vec<(String, String)> {
    let mut runs = Vec::new();
    let mut rest = page;
    while let Some((_, block)) = rest.split_once("```console\n") {
        let (block, after) = block.split_once("```").unwrap();
        rest = after;
        for run in block.split("$ ").skip(1) {
            let (command, output) = run.split_once('\n').unwrap();
            runs.push((command.to_owned(), output.to_owned()));
        }
    }
    runs
}

/// The lines of a picture without what differs from run to run: times, ports,
/// and which of two lanes came first.
fn lasting(picture: &str) -> Vec<String> {
    let mut lines: Vec<String> = picture.lines().map(lasting_line).collect();
    // How long nothing happened differs as times do.
    lines.retain(|line| !line.is_empty() && !line.starts_with('⋮'));
    lines.sort();
    lines
}

fn lasting_line(line: &str) -> String {
    let line = match line.split_at_checked(10) {
        Some((time, words)) if time.trim().parse::<f64>().is_ok() => words,
        _ => line,
    };
    let mut pieces = line.split("127.0.0.1:");
    let mut lasting = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        lasting += "127.0.0.1:PORT";
        lasting += piece.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    // Where the port stands at the right, its digits move the spaces.
    lasting.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn run(command: &str) -> String {
    let words = shlex::split(command).unwrap();
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.current_dir(root()).args(&words[2..]);
    Program::spawn(&mut lab).finish().stdout
}

#[test]
fn every_quoted_run_is_what_a_run_shows() {
    let mut runs = 0;
    for (folder, page) in pages() {
        for (command, output) in quoted_runs(&page) {
            if !command.starts_with("cargo lab ") || output.trim().is_empty() {
                continue;
            }
            runs += 1;
            // The two sides race for small things, such as who closes first
            // or whether a wait is long enough to be drawn.
            let mut shown = String::new();
            let agrees = (0..5).any(|_| {
                shown = run(&command);
                lasting(&shown) == lasting(&output)
            });
            assert!(
                agrees,
                "{folder:?}: {command}\nquoted:\n{output}\nshown:\n{shown}"
            );
        }
    }
    assert!(runs >= 3, "only {runs} runs are quoted");
}

/// What the links of a page in a folder lead to.
fn links(folder: &Path, page: &str) -> Vec<PathBuf> {
    let targets = page.split("](").skip(1);
    targets
        .filter_map(|target| target.split([')', '#', ' ']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(|target| folder.join(target))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    for (folder, page) in pages() {
        for target in links(&folder, &page) {
            assert!(target.exists(), "{folder:?}: {target:?}");
        }
    }
}

#[test]
fn every_file_of_a_lesson_is_linked_from_its_page() {
    for (folder, page) in pages() {
        if !is_lesson(&folder) {
            continue;
        }
        let linked = links(&folder, &page);
        for part in ["src", "src/bin", "python", "examples", "tests"] {
            let Ok(files) = fs::read_dir(folder.join(part)) else {
                continue;
            };
            for file in files {
                let path = file.unwrap().path();
                let is_code = path.extension();
                if is_code.is_some_and(|kind| kind == "rs" || kind == "py") {
                    let found = linked.contains(&path);
                    assert!(found, "{path:?} is not linked");
                }
            }
        }
    }
}

#[test]
fn every_lesson_has_a_picture_of_its_run() {
    for (folder, page) in pages() {
        if !is_lesson(&folder) {
            continue;
        }
        let pictures = fs::read_dir(&folder).unwrap().filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.ends_with(".svg").then_some(name)
        });
        let pictures: Vec<String> = pictures.collect();
        assert!(!pictures.is_empty(), "{folder:?}");
        for name in pictures {
            let picture = fs::read_to_string(folder.join(&name)).unwrap();
            assert!(picture.starts_with("<svg"), "{folder:?}");
            let shown = page.contains(&format!("]({name})"));
            let on_top = name == "moving.svg";
            assert!(shown || on_top, "{folder:?} does not show {name}");
        }
    }
}
