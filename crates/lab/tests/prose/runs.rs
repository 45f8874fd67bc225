//! Quoted output matches a run: every quoted run is run again.

use std::process::Command;

use testkit::{Program, root};

use crate::pages::{Page, pages};

/// The blocks of a page that quote a terminal: the commands and what came.
fn quoted_runs(page: &Page) -> Vec<(String, String)> {
    let mut runs = Vec::new();
    for block in page.blocks() {
        if block.language == "console" {
            let text = format!("\n{}", block.text);
            for run in text.split("\n$ ").skip(1) {
                let (command, output) =
                    run.split_once('\n').unwrap_or((run, ""));
                runs.push((command.to_owned(), output.to_owned()));
            }
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
    for page in pages() {
        // The Chinese pages have the same blocks.
        if page.name().ends_with(".zh-CN.md") {
            continue;
        }
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
                "{:?}: {command}\nquoted:\n{output}\nshown:\n{shown}",
                page.file
            );
        }
    }
    assert!(runs >= 3, "only {runs} runs are quoted");
}
