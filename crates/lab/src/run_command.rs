//! What `lab list` and `lab run` do, from the words of the command line to
//! the last sentence.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{CommandFactory, FromArgMatches, Parser};
use programs::help;
use programs::lang::{Lang, tr, tr_with};

use crate::compare;
use crate::knobs::{self, SplitArgs};
use crate::lessons::{self, LESSONS, Lesson, Scenario, Side};
use crate::network::{self, Faults};
use crate::observe::{See, python};
use crate::prepare::{Setting, has, value_of};
use crate::questions;
use crate::run::Run;
use crate::show::{self, Show};
use crate::signals::INTERRUPTED;

/// Runs both sides of a lesson, or any two programs, and draws what crosses
/// the wire
#[derive(Parser)]
pub struct Options {
    /// Write the picture to a file too; of several, NAME-1.svg and so on
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,

    /// The picture in that file moves: messages pile up, and a recv takes them
    #[arg(long, requires = "svg")]
    pub moving: bool,

    /// Write a page that a browser steps through
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Show that page in the browser
    #[arg(long)]
    pub show: bool,

    /// Show the finished run event by event, at each Enter; b goes back
    #[arg(long)]
    pub step: bool,

    /// Stop at questions on what comes next, and tell whether you are right
    #[arg(long, conflicts_with = "compare")]
    pub ask: bool,

    /// Speak English or Chinese [default: as the environment says]
    #[arg(long)]
    lang: Option<Lang>,

    /// Draw with ASCII signs only
    #[arg(long)]
    pub ascii: bool,

    /// Say what the signs of the picture mean
    #[arg(long)]
    pub legend: bool,

    /// Draw every row of a long run
    #[arg(long)]
    pub all_rows: bool,

    /// Start the client first
    #[arg(long)]
    pub client_first: bool,

    /// How many clients to start
    #[arg(long, value_name = "N")]
    pub clients: Option<NonZeroUsize>,

    /// Lesson 05: count the recvs under several settings instead, unwatched
    #[arg(long)]
    compare: bool,

    /// Put another program in the server's place; one that has a port of its
    /// own needs no {port}
    #[arg(long, value_name = "COMMAND with {host} {port}")]
    pub server: Option<String>,

    /// Put another program in the client's place
    #[arg(long, value_name = "COMMAND with {host} {port}")]
    pub client: Option<String>,

    /// What is typed on the client's stdin; lesson 08 has a line for programs
    /// that are not the course's
    #[arg(long = "type", value_name = "TEXT")]
    pub typed: Option<String>,

    /// Run the client alone, against a server that runs elsewhere
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "server")]
    pub to: Option<String>,

    /// Without a lesson: the programs speak UDP
    #[arg(long)]
    udp: bool,

    /// How the calls of other programs are seen [default: the best way that
    /// is there]
    #[arg(long)]
    pub see: Option<See>,

    #[command(flatten)]
    network: network::options::NetworkOptions,
}

impl Options {
    /// Whether no program was given to be run.
    fn starts_nothing(&self) -> bool {
        let given = [&self.server, &self.client, &self.to];
        given.iter().all(|given| given.is_none())
    }
}

/// Lists the lessons, one line each.
///
/// # Errors
///
/// When nobody takes the lines.
pub fn list() -> Result<()> {
    let mut out = anstream::stdout().lock();
    for lesson in LESSONS {
        writeln!(out, "{}  {}", lesson.number, tr(lesson.title))?;
    }
    Ok(())
}

/// One run without a lesson's knobs.
const ANY_TWO: Scenario = lessons::PLAIN;

/// Runs a lesson, or any two programs; true when all of them succeeded.
///
/// # Errors
///
/// For wrong words, or when the programs cannot be built or started.
pub fn run(words: &[String]) -> Result<bool> {
    let (lesson, words) = match words.split_first() {
        Some((number, rest)) if !number.starts_with('-') => {
            (Some(lessons::lesson(number)?), rest)
        }
        _ => (None, words),
    };
    let split = match lesson {
        Some(lesson) => knobs::sort(lesson, words)?,
        None => SplitArgs { lab: words.to_vec(), ..SplitArgs::default() },
    };
    let options = options(lesson, &split.lab);
    if lesson.is_none() && options.legend && options.starts_nothing() {
        show::legend(options.ascii)?;
        return Ok(true);
    }
    if options.ask {
        match lesson {
            Some(lesson) => questions::check(lesson.number)?,
            None => {
                bail!(tr(
                    "the questions are a lesson's: cargo lab run 05 --ask"
                ))
            }
        }
    }
    let udp = is_udp(lesson, &split, &options);
    let network = network(lesson, udp, &options)?;
    let programs = build(lesson, &options)?;
    if options.compare {
        return match lesson {
            Some(lesson) => compare::compare(lesson, &programs),
            None => {
                bail!(tr(compare::ELSEWHERE))
            }
        };
    }
    #[cfg(target_os = "linux")]
    programs::adopt_orphans();
    let folder = tempfile::tempdir().context(tr("making a folder"))?;
    let python = python::install(folder.path())?;
    let setting = Setting {
        lesson,
        options: &options,
        split: &split,
        programs: &programs,
        python: &python,
        network,
        udp,
    };
    let scenarios = match lesson {
        Some(lesson) => scenarios(lesson, &split, &options),
        None => vec![&ANY_TWO],
    };
    let alone = lesson.is_none_or(|l| scenarios.len() < l.scenarios.len());
    let mut show = Show::new(&options);
    let mut succeeded = true;
    for (place, scenario) in scenarios.iter().enumerate() {
        let files = folder.path().join(format!("files {place}"));
        let reports = folder.path().join(format!("reports {place}"));
        for folder in [&files, &reports] {
            fs::create_dir(folder).context(tr("making a folder"))?;
        }
        let plan = setting.plan(scenario, &files)?;
        let title = title(lesson, &split, scenario, alone);
        let play = lesson.map(|lesson| {
            let demo = value_of(&split.server, "--demo");
            (lesson, lesson.play(scenario, demo))
        });
        let run = Run::start(&plan, &reports)?;
        succeeded &= show.draw(title, &plan, run, play)?;
        if show.is_over {
            break;
        }
    }
    show.end(lesson)?;
    Ok(succeeded)
}

/// Builds those of the course's programs that are needed.
fn build(
    lesson: Option<&Lesson>,
    options: &Options,
) -> Result<HashMap<String, PathBuf>> {
    let Some(lesson) = lesson else { return Ok(HashMap::new()) };
    let mut names = Vec::new();
    if options.server.is_none() && options.to.is_none() {
        names.push(lesson.program(Side::Server));
    }
    if options.client.is_none() {
        names.push(lesson.program(Side::Client));
    }
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    programs::build(&names, &INTERRUPTED)
}

fn title(
    lesson: Option<&Lesson>,
    split: &SplitArgs,
    scenario: &Scenario,
    alone: bool,
) -> String {
    let Some(lesson) = lesson else { return tr("two programs").into() };
    let demo = value_of(&split.server, "--demo");
    let title = match (scenario.title, alone) {
        (_, true) if demo.is_some() => demo.unwrap_or_default(),
        ("", _) | (_, true) => lesson.title,
        (title, false) => title,
    };
    lessons::heading(lesson.number, title)
}

/// The runs that make up the lesson; one alone, if a knob takes the place of
/// what distinguishes them; and none that another program would show as well.
fn scenarios<'a>(
    lesson: &'a Lesson,
    split: &SplitArgs,
    options: &Options,
) -> Vec<&'a Scenario> {
    let given = |own: &[&str], words: &[String]| {
        own.iter().any(|word| word.starts_with("--") && has(words, word))
    };
    let replaced = lesson.scenarios.iter().any(|scenario| {
        given(scenario.server, &split.server)
            || scenario.clients.iter().any(|own| given(own, &split.client))
    });
    let several = if replaced || options.clients.is_some() {
        &lesson.scenarios[..1]
    } else {
        lesson.scenarios
    };
    let is_there = |side: &Option<Side>| match side {
        Some(Side::Server) => options.server.is_none() && options.to.is_none(),
        Some(Side::Client) => options.client.is_none(),
        None => true,
    };
    let others = [&options.server, &options.client];
    let plays = |scenario: &Scenario| {
        let mut others = others.iter().filter_map(|other| other.as_ref());
        scenario.demo.is_none() || others.all(|other| other.contains("{demo}"))
    };
    let kept = several.iter().enumerate().filter(|(place, scenario)| {
        *place == 0 || is_there(&scenario.needs) && plays(scenario)
    });
    kept.map(|(_, scenario)| scenario).collect()
}

/// Reads lab's own options, or explains them and exits.
fn options(lesson: Option<&Lesson>, words: &[String]) -> Options {
    let mut command = Options::command().no_binary_name(true);
    command = match lesson {
        Some(lesson) => command
            .bin_name(format!("cargo lab run {}", lesson.number))
            .after_help(explain_knobs(lesson)),
        None => command
            .bin_name("cargo lab run")
            .override_usage(tr("cargo lab run NN [OPTIONS] [KNOBS]\n       \
                 cargo lab run --server COMMAND --client COMMAND [OPTIONS]"))
            .after_help(
                "Each lesson has knobs of its own: cargo lab run 05 --help",
            ),
    };
    let matches = help::matches(command, words);
    Options::from_arg_matches(&matches)
        .unwrap_or_else(|error| help::exit(&error))
}

/// What the lesson's knobs are for.
pub fn explain_knobs(lesson: &Lesson) -> String {
    let number = lesson.number;
    let mut text =
        tr_with("Knobs of lesson {number}:", &[("number", &number)]) + "\n";
    for knob in lesson.knobs {
        let value = knob.value.map_or(String::new(), |v| format!(" <{v}>"));
        let flag = format!("{}{value}", knob.name);
        let sides = match knob.sides {
            [side] => side.title(),
            _ => tr("both"),
        };
        text += &format!("  {flag:28} {} ({sides})\n", tr(knob.help));
    }
    text + tr("A knob goes to the sides that have it; after --on client or \
         --on server, to that side only.")
}

/// Whether a run with these knobs sends datagrams.
fn is_udp(
    lesson: Option<&Lesson>,
    split: &SplitArgs,
    options: &Options,
) -> bool {
    let demo = |word: &String| word == "udp" || word == "--demo=udp";
    let lesson = lesson.is_some_and(|lesson| lesson.udp);
    options.udp || lesson || split.client.iter().any(demo)
}

/// The network that the options ask for.
fn network(
    lesson: Option<&Lesson>,
    udp: bool,
    options: &Options,
) -> Result<Option<Faults>> {
    let number = lesson.map(|lesson| lesson.number);
    let faults = options.network.faults(number, udp)?;
    if faults.is_some() && options.compare {
        bail!(tr("--compare watches the programs alone, without a network"));
    }
    if faults.is_some() && options.client_first && !udp {
        bail!(tr(
            "--client-first shows a client that nobody answers; the network \
             would answer it: leave one of them out"
        ));
    }
    Ok(faults)
}
