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

use crate::catalogue::{self, LESSONS, Lesson, Play, Side};
use crate::knobs::{self, Sorted};
use crate::run::{self, Cast, Part, Scene};
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

    /// Put another program in the server's place
    #[arg(long, value_name = "COMMAND with {host} {port}")]
    server: Option<String>,

    /// Put another program in the client's place
    #[arg(long, value_name = "COMMAND with {host} {port}")]
    client: Option<String>,
}

/// Lists the lessons, one line each.
///
/// # Errors
///
/// When nobody takes the lines.
pub fn list() -> Result<()> {
    let mut out = anstream::stdout().lock();
    for Lesson { number, title, .. } in LESSONS {
        writeln!(out, "{number}  {title}")?;
    }
    Ok(())
}

/// Runs a lesson; true when all its programs succeeded.
///
/// # Errors
///
/// For wrong words, or when the programs cannot be built or started.
pub fn play(number: &str, words: &[String]) -> Result<bool> {
    let lesson = catalogue::lesson(number)?;
    let sorted = knobs::sort(lesson, words)?;
    let options = options(lesson, &sorted.lab);

    run::RUNNING.store(true, Ordering::Relaxed);
    let programs = match (&options.server, &options.client) {
        (Some(_), Some(_)) => HashMap::new(),
        _ => run::build::build(&root(), lesson.package)?,
    };
    let width = terminal_size::terminal_size()
        .map_or(80, |(columns, _)| usize::from(columns.0));
    let mut pictures = Vec::new();
    let mut succeeded = true;
    for play in lesson.plays {
        let cast = cast(lesson, play, &options, &sorted, &programs)?;
        let out = anstream::stdout();
        let mut terminal =
            Terminal::new(out, lanes(&cast), width, options.ascii);
        let title = title(lesson, play);
        let mut rows: Vec<Row> = Vec::new();
        let mut shown = Ok(());
        let mut place = String::new();
        let outcome = run::run(&cast, &mut |scene| {
            let live = !options.step && shown.is_ok();
            match scene {
                Scene::Begins(address) => {
                    place = address.to_string();
                    if live {
                        shown = terminal.head(&title, &place);
                    }
                }
                Scene::Row(row) => {
                    if live {
                        shown = terminal.row(row);
                    }
                    rows.push(row.clone());
                }
            }
        })?;
        shown?;
        if options.step {
            step(&mut terminal, &title, &place, &rows)?;
        }
        let sentence = summary::sentence(&rows, outcome.never_read);
        terminal.line("")?;
        terminal.line(&sentence)?;
        succeeded &= outcome.succeeded;
        let lanes = lanes(&cast);
        pictures.push(Picture {
            title,
            place,
            lanes,
            rows,
            sentence,
        });
    }
    if let Some(file) = &options.svg {
        let picture = svg::draw(&pictures);
        fs::write(file, picture)
            .with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(succeeded)
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

/// The programs of one run, as the options have them.
fn cast<'a>(
    lesson: &Lesson,
    play: &Play,
    options: &'a Options,
    sorted: &Sorted,
    programs: &HashMap<String, PathBuf>,
) -> Result<Cast<'a>> {
    let part = |side, name: String, own: &[&str]| {
        let (other, knobs) = match side {
            Side::Client => (&options.client, &sorted.client),
            Side::Server => (&options.server, &sorted.server),
        };
        if let Some(template) = other {
            return another_program(name, template);
        }
        let program = programs.get(&lesson.program(side));
        let program = program.context("cargo built no such program")?.clone();
        let own = own.iter().map(ToString::to_string);
        let words: Vec<String> = own.chain(knobs.iter().cloned()).collect();
        let command = Box::new(move |address: SocketAddr| {
            let mut command = Command::new(&program);
            command.arg(address.to_string()).args(&words);
            command
        });
        Ok(Part {
            name,
            command,
            ours: true,
        })
    };
    let name = |place: usize| match play.clients.len() {
        1 => "client".to_owned(),
        _ => format!("client {}", place + 1),
    };
    let clients = play.clients.iter().enumerate();
    Ok(Cast {
        clients: clients
            .map(|(place, own)| part(Side::Client, name(place), own))
            .collect::<Result<_>>()?,
        server: part(Side::Server, "server".into(), play.server)?,
        udp: lesson.udp,
        client_first: options.client_first,
    })
}

/// A program that is not the course's, from a command with placeholders.
fn another_program<'a>(name: String, template: &str) -> Result<Part<'a>> {
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
    Ok(Part {
        name,
        command,
        ours: false,
    })
}

fn lanes(cast: &Cast) -> Vec<String> {
    let parts = cast.clients.iter().chain([&cast.server]);
    parts.map(|part| part.name.clone()).collect()
}

fn title(lesson: &Lesson, play: &Play) -> String {
    let what = match play.title {
        "" => lesson.title,
        title => title,
    };
    format!("lesson {} · {what}", lesson.number)
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
        enter
            .read_line(&mut String::new())
            .context("waiting for Enter")?;
        terminal.row(row)?;
    }
    Ok(())
}

/// The workspace that lab belongs to.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
