//! `lab check`: is a program right, in whatever language it is written?
//!
//! The program is a black box, judged by bytes, stdout and exit alone. Each
//! lesson's checks are a table, in a file of its own.

mod bench;
mod failure;
mod hints;
mod lesson01;
mod lesson02;
mod lesson03;
mod lesson04;
mod lesson05;
mod lesson06;
mod lesson07;
mod lesson08;
mod player;
mod program;
mod report;

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::{Result, bail};
use clap::Args;

use crate::catalogue::{self, Lesson, Side};
use crate::run;
use bench::Bench;
use failure::{Failure, Step};
use player::Event;
use program::Line;
use report::Report;

/// One thing that a lesson's program must do.
pub struct Check {
    pub name: &'static str,
    pub side: Side,
    /// How far one has come who gets here: 1 to 5.
    pub stage: u8,
    /// What it is for, in a line.
    pub purpose: &'static str,
    /// The misconception that is likely behind a failure.
    pub hint: &'static str,
    /// Plays the other side.
    pub run: fn(&mut Bench) -> Step,
}

/// The stages.
pub const AS_THE_ARTICLE: u8 = 1;
pub const PIECES: u8 = 2;
pub const ODD: u8 = 3;
pub const BAD_PEER: u8 = 4;
pub const MANY: u8 = 5;

/// What a stage is about.
fn stage(number: u8) -> &'static str {
    match number {
        AS_THE_ARTICLE => "as the article does it",
        PIECES => "in pieces and all at once",
        ODD => "too long, empty, not text",
        BAD_PEER => "wrong, silent, gone",
        _ => "many at once",
    }
}

/// How a lesson's programs are started.
pub struct Programs {
    /// The words after the course's own server, and after its own client.
    pub server: &'static [&'static str],
    pub client: &'static [&'static str],
    /// Placeholders beside {host} and {port}, with their usual values.
    pub values: &'static [(&'static str, &'static str)],
}

/// Where a lesson's checks are.
fn checks(number: &str) -> (&'static Programs, &'static [Check]) {
    match number {
        "01" => (&lesson01::PROGRAMS, lesson01::CHECKS),
        "02" => (&lesson02::PROGRAMS, lesson02::CHECKS),
        "03" => (&lesson03::PROGRAMS, lesson03::CHECKS),
        "04" => (&lesson04::PROGRAMS, lesson04::CHECKS),
        "05" => (&lesson05::PROGRAMS, lesson05::CHECKS),
        "06" => (&lesson06::PROGRAMS, lesson06::CHECKS),
        "07" => (&lesson07::PROGRAMS, lesson07::CHECKS),
        _ => (&lesson08::PROGRAMS, lesson08::CHECKS),
    }
}

/// The words of `lab check`.
#[derive(Args)]
pub struct Options {
    /// The lesson's number, such as 1 or 01
    number: String,

    /// Which side is judged; both, when it is the course's own
    #[arg(value_enum)]
    side: Option<Side>,

    /// Go on after a failure
    #[arg(long)]
    all: bool,

    /// Try only the checks whose name holds this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,

    /// Name the checks, and judge nothing
    #[arg(long)]
    list: bool,

    /// The program to judge, in any language; the course's own without this
    #[arg(last = true, value_name = "COMMAND with {host} {port}")]
    command: Vec<String>,
}

/// Judges a program: 0 when it passed all checks, 1 when it failed one.
///
/// # Errors
///
/// When nothing can be judged: for wrong words, or a program that does not
/// compile or start.
pub fn check(options: &Options) -> Result<ExitCode> {
    let lesson = catalogue::lesson(&options.number)?;
    let (programs, table) = checks(lesson.number);
    if !options.command.is_empty() && options.side.is_none() {
        bail!(
            "which side is it? Say: check {} server, or client",
            lesson.number
        );
    }
    let mut report = Report::new(lesson);
    let sides = [Side::Server, Side::Client];
    let mut passed = true;
    run::RUNNING.store(true, Ordering::Relaxed);
    for side in sides {
        if options.side.is_some_and(|wanted| wanted != side) {
            continue;
        }
        let only = options.only.as_deref().unwrap_or_default();
        let wanted =
            |check: &&Check| check.side == side && check.name.contains(only);
        let mut selected: Vec<&Check> = table.iter().filter(wanted).collect();
        selected.sort_by_key(|check| check.stage);
        if selected.is_empty() && options.side.is_some() {
            bail!("no check's name holds {only:?}; --list names them");
        }
        if options.list {
            report.list(side, programs, &selected)?;
            continue;
        }
        let line = line(lesson, side, programs, &options.command)?;
        report.begin(side, &options.command, &selected)?;
        passed &= judge(&line, lesson, programs, options.all, &mut report)?;
        if !passed && !options.all {
            break;
        }
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How the program is started that is to be judged. It is built by then.
fn line(
    lesson: &Lesson,
    side: Side,
    programs: &Programs,
    command: &[String],
) -> Result<Line> {
    if !command.is_empty() {
        let line = Line::learners(command)?;
        line.build()?;
        return Ok(line);
    }
    let words = match side {
        Side::Server => programs.server,
        Side::Client => programs.client,
    };
    Line::ours(
        &run::build::root(),
        lesson.package,
        &lesson.program(side),
        words,
    )
}

/// Tries the checks one by one; whether none failed.
fn judge(
    line: &Line,
    lesson: &Lesson,
    programs: &Programs,
    all: bool,
    report: &mut Report,
) -> Result<bool> {
    while let Some(check) = report.next() {
        let (outcome, witness) = try_one(check, line, lesson, programs);
        match outcome {
            Ok(()) => report.passed(check)?,
            Err(Failure::Without(name)) => report.not_judged(check, name)?,
            Err(Failure::Wrong(wrong)) => {
                report.failed(check, &wrong, &witness)?;
                if !all {
                    break;
                }
            }
            Err(Failure::CannotStart(error) | Failure::Ours(error)) => {
                return Err(error);
            }
            Err(Failure::Interrupted) => bail!("interrupted"),
        }
    }
    report.end()
}

/// What a failed check has to show.
#[derive(Default)]
struct Witness {
    log: Vec<Event>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// Tries one check. The program is started for it, and ended after it.
fn try_one(
    check: &Check,
    line: &Line,
    lesson: &Lesson,
    programs: &Programs,
) -> (Step, Witness) {
    let mut bench = match Bench::new(line, lesson.udp, programs.values) {
        Ok(bench) => bench,
        Err(failure) => return (Err(failure), Witness::default()),
    };
    let mut outcome = (check.run)(&mut bench);
    if let (Err(Failure::Wrong(_)), Err(flood)) = (&outcome, bench.ended()) {
        outcome = Err(flood);
    }
    if let Ok(true) = bench.ended() {
        // Its last words may not have been read yet.
        let _ = bench.is_silent();
    }
    let (stdout, stderr) = bench.output();
    (outcome, Witness { log: bench.log(), stdout, stderr })
}

/// The placeholders that a lesson's command has, beside host and port.
pub fn placeholders(number: &str, side: Side) -> Vec<&'static str> {
    let (programs, _) = checks(number);
    let words = match side {
        Side::Server => programs.server,
        Side::Client => programs.client,
    };
    let names = words.iter().filter_map(|word| {
        let name = word.strip_prefix('{')?.strip_suffix('}')?;
        (!name.contains('{')).then_some(name)
    });
    names.collect()
}
