//! What a learner pays: the first build and run of a lesson, the second, and
//! one after an edit; and what a watcher costs.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use programs::{LESSONS, Lesson, root};
use tempfile::TempDir;

use super::{Lab, l04};
use crate::compare::{
    Bound, Comparison, Contender, Divisor, Figure, Outcome, Row, Sample,
    Target, Verdict,
};
use crate::example::cargo;
use crate::report::figure;
use crate::scratch;
use crate::server::Server;

/// How often the long runs are drawn, of ten seconds together.
const TURNS: usize = 1;

/// A run of each lesson in an empty target folder; then the watcher.
///
/// # Errors
///
/// When a lesson does not compile or run.
pub fn run(lab: &Lab) -> Result<Vec<Outcome>> {
    let mut fetch = cargo();
    fetch.args(["fetch", "--locked", "--quiet"]);
    let status = fetch.status().context("starting cargo")?;
    ensure!(status.success(), "the crates cannot be downloaded");
    let numbers: &[&str] = match (lab.quick, lab.all) {
        (true, _) => &["01"],
        // The smallest, the one of the many calls, and the largest.
        (false, true) => &["01", "04", "09"],
        (false, false) => &[],
    };
    let lessons = LESSONS.iter().filter(|lesson| {
        numbers.is_empty() || numbers.contains(&lesson.number)
    });
    let mut rows = Vec::new();
    let mut verdicts = Vec::new();
    let mut outcomes = Vec::new();
    for lesson in lessons {
        eprint!("\rlearner · lesson {}  ", lesson.number);
        let target = scratch::folder(&std::env::temp_dir())?;
        let cost = cost(lesson, target.path())
            .with_context(|| format!("lab run {}", lesson.number))?;
        if lesson.number == "01" {
            let of = "01, second run in s";
            verdicts.push(Verdict::new(of, cost.second, Bound::AtMost(0.3)));
        }
        if lesson.number == "04" {
            outcomes.push(calls(&target)?);
        }
        rows.push(row(lesson, &cost));
    }
    eprint!("\r{:79}\r", "");
    let title = "learner · cargo lab run, nothing built".into();
    let builds = Outcome { title, unit: "s", turns: 1, rows, verdicts };
    outcomes.insert(0, builds);
    outcomes.push(watched(lab)?);
    Ok(outcomes)
}

/// What a learner waits for, in seconds, and what it takes.
struct Cost {
    cold: Run,
    second: f64,
    edited: f64,
    /// The target folder, in bytes.
    size: u64,
}

/// A run of `lab run`, with what is built for it.
struct Run {
    seconds: f64,
    cpu: Option<f64>,
    crates: usize,
}

fn cost(lesson: &Lesson, target: &Path) -> Result<Cost> {
    let number = lesson.number;
    let cold = lab_run(target, &[number])?;
    let second = lab_run(target, &[number])?.seconds;
    let size = size(target)?;
    let folder = format!("{number}-{}", lesson.package);
    let folder = root().join("lessons").join(folder);
    let source = folder.join("src").join("bin").join("server.rs");
    let edited = after_edit(&source, || lab_run(target, &[number]))?.seconds;
    Ok(Cost { cold, second, edited, size })
}

fn row(lesson: &Lesson, cost: &Cost) -> Row {
    let seconds = cost.cold.seconds;
    Row {
        name: lesson.number.into(),
        value: seconds,
        spread: [seconds; 2],
        ratio: 1.0,
        cpu: cost.cold.cpu,
        memory: None,
        waits: None,
        failed: 0,
        more: vec![
            ("crates", cost.cold.crates.to_string()),
            ("target, MiB", (cost.size >> 20).to_string()),
            ("second run, s", figure(cost.second)),
            ("edit and run, s", figure(cost.edited)),
        ],
    }
}

/// `cargo lab run`, as a learner types it.
fn lab_run(target: &Path, words: &[&str]) -> Result<Run> {
    let mut command = cargo();
    command.args(["lab", "run"]).args(words).stdin(Stdio::null());
    command.env("CARGO_TARGET_DIR", target).env_remove("LAB_TAP");
    // What it waits for is not the network.
    command.env("CARGO_NET_OFFLINE", "true");
    command.env("CARGO_TERM_COLOR", "never");
    let before = children_cpu();
    let began = Instant::now();
    let output = command.output().context("starting cargo")?;
    let seconds = began.elapsed().as_secs_f64();
    let after = children_cpu();
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it fails: {said}");
    let cpu = after.zip(before).map(|(after, before)| after - before);
    Ok(Run { seconds, cpu, crates: crates(&said) })
}

/// How many crates cargo says it compiles.
fn crates(said: &str) -> usize {
    let lines = said.lines().map(str::trim_start);
    lines.filter(|line| line.starts_with("Compiling ")).count()
}

/// Processor seconds of all that this program started and that has ended.
#[cfg(unix)]
fn children_cpu() -> Option<f64> {
    use nix::sys::resource::{UsageWho, getrusage};

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let times = [usage.user_time(), usage.system_time()];
    let seconds = times.map(|time| time.tv_sec() as f64);
    let micros = times.map(|time| time.tv_usec() as f64);
    Some(seconds.iter().sum::<f64>() + micros.iter().sum::<f64>() / 1e6)
}

/// Elsewhere nobody adds them up.
#[cfg(not(unix))]
fn children_cpu() -> Option<f64> {
    None
}

/// The bytes in a folder and in all below it.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            size(&entry.path())?
        } else {
            metadata.len() / names(&metadata)
        };
    }
    Ok(bytes)
}

/// How many names a file has: cargo gives two to a program.
#[cfg(unix)]
fn names(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata).max(1)
}

#[cfg(not(unix))]
fn names(_: &fs::Metadata) -> u64 {
    1
}

/// Does something after a file seems to have been edited: it is as it was, and
/// its time is a new one meanwhile.
fn after_edit<T>(file: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let path = file.display();
    let touch = |time| -> Result<()> {
        let file = File::options().append(true).open(file)?;
        Ok(file.set_modified(time)?)
    };
    let time = fs::metadata(file).and_then(|metadata| metadata.modified());
    let time = time.with_context(|| format!("looking for {path}"))?;
    touch(SystemTime::now()).with_context(|| format!("touching {path}"))?;
    let done = work();
    touch(time).with_context(|| format!("touching {path} again"))?;
    done
}

/// How long a run of many calls takes to be drawn.
fn calls(target: &TempDir) -> Result<Outcome> {
    let contenders = ["2500", "10000"].map(|count| {
        let words = ["04", "--interval", "0ms", "--count", count];
        let turn = move || {
            let value = lab_run(target.path(), &words)?.seconds;
            Ok(Sample { value, ..Sample::default() })
        };
        Contender { name: count.into(), turn: Box::new(turn) }
    });
    let comparison = Comparison {
        title: "learner · lab run 04, so many round trips".into(),
        unit: "s",
        contenders: contenders.into(),
        targets: vec![Target {
            of: "10000",
            to: Divisor::Contender("2500"),
            figure: Figure::Value,
            bound: Bound::AtMost(4.0),
        }],
    };
    comparison.run(TURNS)
}

/// What reporting each call costs a server.
fn watched(lab: &Lab) -> Result<Outcome> {
    let reports = scratch::folder(&scratch::memory())?;
    let watched = || -> Result<Server> {
        let mut command = lab.program("04-server")?;
        command.arg("127.0.0.1:0").env("LAB_TAP", reports.path());
        Server::start(command)
    };
    // The tap writes 64 MiB of reports for a process: each turn has a new one.
    let turn =
        |mut server: Server| l04::round_trips(&mut server, 1, lab.moment);
    let contenders: Vec<Contender> = vec![
        Contender {
            name: "nobody watches".into(),
            turn: Box::new(|| turn(lab.server("04", &[])?)),
        },
        Contender {
            name: "watched".into(),
            turn: Box::new(|| turn(watched()?)),
        },
    ];
    let comparison = Comparison {
        title: "learner · round trips of lesson 04".into(),
        unit: "/s",
        contenders,
        targets: Vec::new(),
    };
    comparison.run(lab.turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_counted_by_what_cargo_says() {
        let said = "   Compiling anyhow v1.0.102\n\
                    warning: Compiling is not mentioned\n   \
                    Compiling lab v0.1.0 (/course)\n    Finished `dev`\n";
        assert_eq!(crates(said), 2);
    }

    #[test]
    fn a_file_with_two_names_is_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("below");
        fs::create_dir(&below).unwrap();
        fs::write(below.join("one"), [0; 1000]).unwrap();
        assert_eq!(size(folder.path()).unwrap(), 1000);
        #[cfg(unix)]
        {
            let other = folder.path().join("other");
            fs::hard_link(below.join("one"), other).unwrap();
            assert_eq!(size(folder.path()).unwrap(), 1000);
        }
    }

    #[test]
    fn an_edited_file_has_its_own_time_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let time = SystemTime::UNIX_EPOCH;
        file.as_file().set_modified(time).unwrap();
        let modified = || fs::metadata(file.path())?.modified();
        let meanwhile = after_edit(file.path(), || Ok(modified()?)).unwrap();
        assert!(meanwhile > time);
        assert_eq!(modified().unwrap(), time);
    }
}
