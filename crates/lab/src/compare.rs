//! `lab run 05 --compare`: how many recvs it takes under several settings.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use programs::lang::{tr, tr_with};

use crate::draw::terminal::pad;
use crate::lessons::{Lesson, Side};
use crate::run::{Plan, Program, Run, Sight, Start};
use crate::timeline::row::RowKind;

/// What is said where there is nothing to compare.
pub const ELSEWHERE: &str =
    "--compare is lesson 05's: cargo lab run 05 --compare";

/// How often each setting is tried.
const RUNS: usize = 10;

/// The settings, which both sides are given.
const SETTINGS: &[&[&str]] = &[
    &[],
    &["--nodelay"],
    &["--gap", "5ms"],
    &["--busy", "0ms"],
    &["--busy", "0ms", "--nodelay"],
    &["--busy", "0ms", "--gap", "5ms"],
];

/// Runs the merge demo under each setting, with the tap off so that watching
/// changes nothing, and prints how many recvs the five sends took.
///
/// # Errors
///
/// For any other lesson, and when the programs cannot be started.
pub fn compare(
    lesson: &Lesson,
    programs: &HashMap<String, PathBuf>,
) -> Result<bool> {
    if lesson.number != "05" {
        bail!(tr(ELSEWHERE));
    }
    let mut out = anstream::stdout();
    let title = "lesson 05 · merge: five sends, under several settings";
    writeln!(out, "{}", tr(title))?;
    let [setting, runs, took] = ["setting", "runs", "took"].map(tr);
    writeln!(out, "{} {runs:>w$}  {took}", pad(setting, 26), w = 4)?;
    let mut succeeded = true;
    for setting in SETTINGS {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for _ in 0..RUNS {
            let folder = tempfile::tempdir().context(tr("making a folder"))?;
            let plan = plan(lesson, programs, setting)?;
            let mut run = Run::start(&plan, folder.path())?;
            let mut recvs = 0;
            for row in run.by_ref() {
                let prints = matches!(row?.kind, RowKind::Prints(_));
                recvs += usize::from(prints);
            }
            succeeded &= run.outcome().succeeded;
            *counts.entry(recvs).or_default() += 1;
        }
        let name = match setting {
            [] => tr("as it is").to_owned(),
            words => words.join(" "),
        };
        let took: Vec<String> = counts
            .iter()
            .map(|(recvs, runs)| match recvs {
                1 => tr_with("1 recv ({runs}x)", &[("runs", runs)]),
                recvs => tr_with(
                    "{recvs} recvs ({runs}x)",
                    &[("recvs", recvs), ("runs", runs)],
                ),
            })
            .collect();
        writeln!(out, "{} {RUNS:>4}  {}", pad(&name, 26), took.join(tr(", ")))?;
    }
    Ok(succeeded)
}

fn plan(
    lesson: &Lesson,
    programs: &HashMap<String, PathBuf>,
    setting: &[&str],
) -> Result<Plan<'static>> {
    let program = |side, name: &str| {
        let program = programs.get(&lesson.program(side));
        let program =
            program.context(tr("cargo built no such program"))?.clone();
        let words = setting.iter().map(ToString::to_string).collect();
        anyhow::Ok(Program {
            name: name.into(),
            start: Start::Ours { program, words, folder: None },
            sight: Sight::Nothing,
            why: String::new(),
            ours: true,
            typed: String::new(),
            python: None,
        })
    };
    Ok(Plan {
        clients: vec![program(Side::Client, "client")?],
        server: program(Side::Server, "server")?,
        udp: false,
        client_first: false,
        lives_on: false,
        elsewhere: None,
        network: None,
    })
}
