//! `lab check`: tries a program against a lesson's checks.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use anyhow::{Context, Result, bail};
use clap::Args;
use programs::lang::{tr, tr_with};
use programs::{Lesson, Side};

use crate::lessons::{self, Programs};
use crate::outcome::{Mismatch, Stop};
use crate::pair;
use crate::player::play;
use crate::report::Report;
use crate::script::{Check, Stage, Step};
use crate::trial::wait::INTERRUPTED;
use crate::trial::{CommandTemplate, Transcript, Trial};

/// How many checks are tried side by side: most of them wait.
const AT_ONCE: usize = 6;

/// How often a check is played again when the machine was too busy.
const TRIES: usize = 3;

/// The words of `lab check`.
#[derive(Args)]
#[command(after_help = "Exit codes: 0 when every check passed, 1 when one \
                        failed, 2 when nothing could be judged.")]
pub struct Options {
    /// The lesson's number, such as 1 or 01
    number: String,

    /// Which side is judged: server, client, or both
    side: Option<Which>,

    /// Go on after a failure
    #[arg(long)]
    all: bool,

    /// Try only the checks whose name holds this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,

    /// Say what each check does, and judge nothing
    #[arg(long)]
    list: bool,

    /// Print one line of JSON per check, for a teacher's own program
    #[arg(long)]
    json: bool,

    /// The program to judge, in any language; the course's own without this.
    /// For both: the server's command, then -- and the client's
    #[arg(last = true, value_name = "COMMAND with {host} {port}")]
    command: Vec<String>,
}

/// Which side is judged.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    One(Side),
    Both,
}

impl std::str::FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Which, String> {
        match text {
            "both" => Ok(Which::Both),
            side => side.parse().map(Which::One),
        }
    }
}

/// How one check went.
pub enum Verdict {
    Passed,
    Failed(Box<Mismatch>, Option<&'static str>),
    MissingPlaceholder(&'static str),
    TooBusy,
}

/// Judges a program: 0 when it passed all checks, 1 when it failed one.
///
/// # Errors
///
/// When nothing can be judged: for wrong words, or a program that does not
/// compile or start.
pub fn check(options: &Options) -> Result<ExitCode> {
    let lesson = programs::lesson(&options.number)?;
    let checks = lessons::checks(lesson.number);
    let programs = lessons::programs(lesson.number);
    if options.side == Some(Which::Both) && !options.command.is_empty() {
        return pair::check(lesson, &programs, &options.command);
    }
    if !options.command.is_empty() && options.side.is_none() {
        bail!(tr_with(
            "which side is it? Say: check {number} server, or client",
            &[("number", &lesson.number)],
        ));
    }
    let mut passed = true;
    for side in [Side::Server, Side::Client] {
        let wanted = match options.side {
            Some(Which::One(wanted)) => wanted == side,
            _ => true,
        };
        if !wanted {
            continue;
        }
        let only = options.only.as_deref().unwrap_or_default();
        let mut selected: Vec<Check> = checks
            .iter()
            .filter(|check| check.side == side && check.is_called(only))
            .cloned()
            .collect();
        selected.sort_by_key(|check| check.stage);
        let one = matches!(options.side, Some(Which::One(_)));
        if selected.is_empty() && one {
            bail!(tr_with(
                "no check's name holds {only}; --list names them",
                &[("only", &format_args!("{only:?}"))],
            ));
        }
        if selected.is_empty() {
            continue;
        }
        let mut report = Report::new(lesson, side, options.json);
        if options.list {
            report.list(&programs, &selected)?;
            continue;
        }
        let template = template(lesson, side, &programs, &options.command)?;
        report.begin(&options.command, selected.len())?;
        judge(&template, lesson, &programs, &selected, options, &mut report)?;
        passed &= report.end()?;
        if !passed && !options.all {
            break;
        }
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How the program is started that is to be judged. It is built by then.
fn template(
    lesson: &Lesson,
    side: Side,
    programs: &Programs,
    command: &[String],
) -> Result<CommandTemplate> {
    if !command.is_empty() {
        let template = CommandTemplate::learners(command)?;
        template.build()?;
        return Ok(template);
    }
    ours(lesson, side, programs)
}

/// The course's own program.
pub fn ours(
    lesson: &Lesson,
    side: Side,
    programs: &Programs,
) -> Result<CommandTemplate> {
    let name = lesson.program(side);
    let built = programs::build(std::slice::from_ref(&name), &INTERRUPTED)?;
    let program =
        built.get(&name).context(tr("cargo built no such program"))?;
    Ok(CommandTemplate::ours(program.clone(), programs.words(side)))
}

/// Tries the checks, stage by stage, those of a stage side by side; and
/// reports them in their order.
fn judge(
    template: &CommandTemplate,
    lesson: &Lesson,
    programs: &Programs,
    checks: &[Check],
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    for stage in checks.chunk_by(|a, b| a.stage == b.stage) {
        let crowd = stage[0].stage == Stage::Many;
        let at_once = if crowd { 1 } else { AT_ONCE };
        let goes_on = try_stage(
            template,
            lesson,
            programs,
            stage,
            at_once,
            options.all,
            report,
        )?;
        if !goes_on {
            return Ok(());
        }
    }
    Ok(())
}

/// Tries the checks of one stage; whether the next one should be tried.
fn try_stage(
    template: &CommandTemplate,
    lesson: &Lesson,
    programs: &Programs,
    checks: &[Check],
    at_once: usize,
    all: bool,
    report: &mut Report,
) -> Result<bool> {
    let next = AtomicUsize::new(0);
    let over = AtomicBool::new(false);
    let (sender, results) = channel();
    thread::scope(|scope| {
        for _ in 0..at_once.min(checks.len()) {
            let sender = sender.clone();
            let (next, over) = (&next, &over);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(check) = checks.get(place) else { return };
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let tried = try_one(check, template, lesson, programs);
                    if sender.send((place, tried)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut done: Vec<Option<_>> = Vec::new();
        done.resize_with(checks.len(), || None);
        let mut reported = 0;
        while let Ok((place, tried)) = results.recv() {
            done[place] = Some(tried);
            while let Some(tried) =
                done.get_mut(reported).and_then(Option::take)
            {
                let check = &checks[reported];
                reported += 1;
                let (verdict, transcript) = match tried {
                    Ok(tried) => tried,
                    Err(error) => {
                        over.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                };
                let failed = matches!(verdict, Verdict::Failed(..));
                report.tried(check, &verdict, &transcript)?;
                if failed && !all {
                    over.store(true, Ordering::Relaxed);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    })
}

/// Tries one check, again when the machine was too busy to tell.
fn try_one(
    check: &Check,
    template: &CommandTemplate,
    lesson: &Lesson,
    programs: &Programs,
) -> Result<(Verdict, Transcript)> {
    let mut last = (Verdict::TooBusy, Transcript::default());
    for _ in 0..TRIES {
        let mut trial = match Trial::new(template, lesson.udp, programs.values)
        {
            Ok(trial) => trial,
            Err(stop) => return broken(stop).map(|v| (v, last.1)),
        };
        let steps = (check.script)();
        let verdict = match play(&steps, &mut trial) {
            Ok(()) => Verdict::Passed,
            Err((place, stop)) => {
                // A flood shows itself as many things.
                let stop = match (trial.has_ended(), stop) {
                    (Err(flood @ Stop::Mismatch(_)), Stop::Mismatch(_)) => {
                        flood
                    }
                    (_, stop) => stop,
                };
                verdict(check, &steps[place], stop)?
            }
        };
        last = (verdict, trial.transcript());
        if !matches!(last.0, Verdict::TooBusy) {
            break;
        }
    }
    Ok(last)
}

fn verdict(check: &Check, step: &Step, stop: Stop) -> Result<Verdict> {
    let mismatch = match stop {
        Stop::Mismatch(mismatch) => mismatch,
        other => return broken(other),
    };
    // What was seen proves more than what is likely.
    let hint = mismatch
        .hint
        .or(step.hint_for(mismatch.kind, true))
        .or(mismatch.otherwise.and_then(|kind| step.hint_for(kind, true)))
        .or(mismatch.suggestion)
        .or(step.hint_for(mismatch.kind, false))
        .or(Some(check.hint));
    Ok(Verdict::Failed(mismatch, hint))
}

fn broken(stop: Stop) -> Result<Verdict> {
    match stop {
        Stop::MissingPlaceholder(name) => Ok(Verdict::MissingPlaceholder(name)),
        Stop::TooBusy => Ok(Verdict::TooBusy),
        Stop::Broken(error) => Err(error),
        Stop::Interrupted => bail!(tr("interrupted")),
        Stop::Mismatch(mismatch) => bail!("{}", mismatch.what),
    }
}
