//! What `lab list` and `lab run` do, from the words of the command line to
//! the last sentence.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, bail};
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::catalogue::{self, LESSONS, Lesson, Scenario, Side};
use crate::compare;
use crate::knobs::{self, SplitArgs};
use crate::network::{self, Faults};
use crate::run::{self, Plan, Program, Update};
use crate::timeline::row::Row;
use crate::timeline::svg::Picture;
use crate::timeline::terminal::Terminal;
use crate::timeline::{summary, svg};

/// Runs both sides of a lesson and draws what crosses the wire
#[derive(Parser)]
struct Options {
    /// Write the picture to a file too
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Show the finished run event by event, at each Enter
    #[arg(long)]
    step: bool,

    /// Draw with ASCII signs only
    #[arg(long)]
    ascii: bool,

    /// Start the client first
    #[arg(long)]
    client_first: bool,

    /// Lesson 05: count the recvs under several settings instead, unwatched
    #[arg(long)]
    compare: bool,

    /// Put another program in the server's place
    #[arg(long, value_name = "COMMAND with {host} {port}")]
    server: Option<String>,

    /// Put another program in the client's place
    #[arg(long, value_name = "COMMAND with {host} {port}")]
    client: Option<String>,

    #[command(flatten)]
    network: network::options::NetworkOptions,
}

/// Lists the lessons, one line each.
///
/// # Errors
///
/// When nobody takes the lines.
pub fn list() -> Result<()> {
    let mut out = anstream::stdout().lock();
    for lesson in LESSONS {
        writeln!(out, "{}  {}", lesson.number, lesson.title)?;
    }
    Ok(())
}

/// Runs a lesson; true when all its programs succeeded.
///
/// # Errors
///
/// For wrong words, or when the programs cannot be built or started.
pub fn run_lesson(number: &str, words: &[String]) -> Result<bool> {
    let lesson = catalogue::lesson(number)?;
    let split = knobs::sort(lesson, words)?;
    let options = options(lesson, &split.lab);
    let network = network(lesson, &split, &options)?;

    run::RUNNING.store(true, Ordering::Relaxed);
    let programs = match (&options.server, &options.client) {
        (Some(_), Some(_)) => HashMap::new(),
        _ => programs::build(&programs::root(), lesson.package)?,
    };
    if options.compare {
        return compare::compare(lesson, &programs);
    }
    let width = terminal_size::terminal_size()
        .map_or(80, |(columns, _)| usize::from(columns.0));
    let mut pictures = Vec::new();
    let mut succeeded = true;
    let scenarios = scenarios(lesson, &split);
    let alone = scenarios.len() < lesson.scenarios.len();
    for (place, play) in scenarios.iter().enumerate() {
        let folder = tempfile::tempdir().context("making a folder")?;
        let plan = Plan {
            network,
            ..plan(lesson, play, &options, &split, &programs, folder.path())?
        };
        let mut terminal = Terminal::new(
            anstream::stdout(),
            lanes(&plan),
            width,
            options.ascii,
        );
        if place > 0 {
            terminal.line("")?;
        }
        let demo = value_of(&split.server, "--demo");
        let title = match (play.title, alone) {
            (_, true) if demo.is_some() => demo.unwrap_or_default(),
            ("", _) | (_, true) => lesson.title,
            (title, false) => title,
        };
        let title = format!("lesson {} · {title}", lesson.number);
        let mut rows: Vec<Row> = Vec::new();
        let mut shown = Ok(());
        let mut place = String::new();
        let outcome = run::run(&plan, &mut |update| {
            let live = !options.step && shown.is_ok();
            match update {
                Update::Begins(address) => {
                    let seed = network.as_ref().and_then(Faults::seed);
                    place = seed.map_or(String::new(), |seed| {
                        format!("seed {seed} · ")
                    });
                    place += &address.to_string();
                    if live {
                        shown = terminal.head(&title, &place);
                    }
                }
                Update::Row(row) => {
                    if live {
                        shown = terminal.row(row);
                    }
                    rows.push(row.clone());
                }
            }
        })?;
        shown?;
        drop(folder);
        if options.step {
            step(&mut terminal, &title, &place, &rows)?;
        }
        let lanes = lanes(&plan);
        let sentence = summary::sentence(
            &rows,
            &lanes,
            options.server.is_none() && options.client.is_none(),
            outcome.never_read,
        );
        terminal.line("")?;
        terminal.line(&sentence)?;
        succeeded &= outcome.succeeded;
        pictures.push(Picture { title, place, lanes, rows, sentence });
    }
    if let Some(file) = &options.svg {
        let picture = svg::draw(&pictures);
        fs::write(file, picture)
            .with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(succeeded)
}

/// The runs that make up the lesson; one alone, if a knob takes the place of
/// what distinguishes them.
fn scenarios<'a>(lesson: &'a Lesson, split: &SplitArgs) -> &'a [Scenario] {
    let given = |own: &[&str], words: &[String]| {
        own.iter().any(|word| word.starts_with("--") && has(words, word))
    };
    let replaced = lesson.scenarios.iter().any(|play| {
        given(play.server, &split.server)
            || play.clients.iter().any(|own| given(own, &split.client))
    });
    if replaced { &lesson.scenarios[..1] } else { lesson.scenarios }
}

/// Whether words hold a flag, alone or joined with its value.
fn has(words: &[String], flag: &str) -> bool {
    words.iter().any(|word| {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        name == flag
    })
}

/// A flag's value among words.
fn value_of<'a>(words: &'a [String], flag: &str) -> Option<&'a str> {
    let place = words.iter().position(|word| word.starts_with(flag))?;
    match words[place].split_once('=') {
        Some((_, value)) => Some(value),
        None => words.get(place + 1).map(String::as_str),
    }
}

/// A play's own words, less those whose place others take.
fn own_words(lesson: &Lesson, own: &[&str], given: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    let mut own = own.iter();
    while let Some(word) = own.next() {
        let value = match lesson.knob(word) {
            Some(knob) if knob.value.is_some() => own.next(),
            _ => None,
        };
        if !has(given, word) {
            words.push((*word).to_owned());
            words.extend(value.map(ToString::to_string));
        }
    }
    words
}

/// Reads lab's own options, or explains them and exits.
fn options(lesson: &Lesson, words: &[String]) -> Options {
    let mut knobs = format!("Knobs of lesson {}:\n", lesson.number);
    for knob in lesson.knobs {
        let value = knob.value.map_or(String::new(), |v| format!(" <{v}>"));
        let sides: Vec<String> =
            knob.sides.iter().map(ToString::to_string).collect();
        let flag = format!("{}{value}", knob.name);
        knobs += &format!("  {flag:24} {}\n", sides.join(" and "));
    }
    knobs += "A knob goes to the sides that have it; after --on client or \
              --on server, to that side only.\n\
              What a knob does: cargo run --bin NN-server -- --help";
    let command = Options::command()
        .bin_name(format!("cargo lab run {}", lesson.number))
        .after_help(knobs.replace("NN", lesson.number))
        .no_binary_name(true);
    let matches = command.get_matches_from(words);
    Options::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Whether a run with these knobs sends datagrams.
fn is_udp(lesson: &Lesson, split: &SplitArgs) -> bool {
    let demo = |word: &String| word == "udp" || word == "--demo=udp";
    lesson.udp || split.client.iter().any(demo)
}

/// The network that the options ask for.
fn network(
    lesson: &Lesson,
    split: &SplitArgs,
    options: &Options,
) -> Result<Option<Faults>> {
    let udp = is_udp(lesson, split);
    let faults = options.network.faults(lesson.number, udp)?;
    if faults.is_some() && options.compare {
        bail!("--compare watches the programs alone, without a network");
    }
    if faults.is_some() && options.client_first && !udp {
        bail!(
            "--client-first shows a client that nobody answers; the network \
             would answer it: leave one of them out"
        );
    }
    Ok(faults)
}

/// The programs of one run, as the options have them. What a client writes
/// goes to a folder of lab's, unless an option says where.
fn plan<'a>(
    lesson: &Lesson,
    play: &Scenario,
    options: &'a Options,
    split: &SplitArgs,
    programs: &HashMap<String, PathBuf>,
    folder: &Path,
) -> Result<Plan<'a>> {
    let program = |side, name: String, own: &[&str]| {
        let (other, knobs) = match side {
            Side::Client => (&options.client, &split.client),
            Side::Server => (&options.server, &split.server),
        };
        if let Some(template) = other {
            return another_program(name, template);
        }
        let program = programs.get(&lesson.program(side));
        let program = program.context("cargo built no such program")?.clone();
        let mut words = own_words(lesson, own, knobs);
        words.extend(knobs.iter().cloned());
        let writes = side == Side::Client && !has(knobs, "--output");
        let folder = writes.then(|| folder.to_owned());
        let command = Box::new(move |address: SocketAddr| {
            let mut command = Command::new(&program);
            if let Some(folder) = &folder {
                command.current_dir(folder);
            }
            command.arg(address.to_string()).args(&words);
            command
        });
        Ok(Program { name, command, ours: true })
    };
    let name = |place: usize| match play.clients.len() {
        1 => "client".to_owned(),
        _ => format!("client {}", place + 1),
    };
    let clients = play.clients.iter().enumerate();
    Ok(Plan {
        clients: clients
            .map(|(place, own)| program(Side::Client, name(place), own))
            .collect::<Result<_>>()?,
        server: program(Side::Server, "server".into(), play.server)?,
        udp: is_udp(lesson, split),
        client_first: options.client_first,
        lives_on: lesson.lives_on,
        tap: true,
        network: None,
    })
}

/// A program that is not the course's, from a command with placeholders.
fn another_program<'a>(name: String, template: &str) -> Result<Program<'a>> {
    let words = shlex::split(template)
        .filter(|words| !words.is_empty())
        .with_context(|| format!("no command, or an open quote: {template}"))?;
    if !template.contains("{port}") {
        bail!("the {name}'s command has no {{port}}: {template}");
    }
    let command = Box::new(move |address: SocketAddr| {
        let host = address.ip().to_string();
        let port = address.port().to_string();
        let mut words = words
            .iter()
            .map(|word| word.replace("{host}", &host).replace("{port}", &port));
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        command
    });
    Ok(Program { name, command, ours: false })
}

fn lanes(plan: &Plan) -> Vec<String> {
    let parts = plan.clients.iter().chain([&plan.server]);
    parts.map(|part| part.name.clone()).collect()
}

/// Shows a finished run row by row, one at each Enter.
fn step<W: Write>(
    terminal: &mut Terminal<W>,
    title: &str,
    place: &str,
    rows: &[Row],
) -> Result<()> {
    // Nothing runs any more: Ctrl-C may end lab at once.
    run::RUNNING.store(false, Ordering::Relaxed);
    terminal.head(title, place)?;
    let mut enter = io::stdin().lock();
    for row in rows {
        enter.read_line(&mut String::new()).context("waiting for Enter")?;
        terminal.row(row)?;
    }
    Ok(())
}
