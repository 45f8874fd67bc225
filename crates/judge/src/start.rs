//! `lab start`: a starting point for a learner's own programs, which says
//! what they must do, reads their arguments, and solves nothing.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::lessons;
use programs::lang::{tr, tr_with};
use programs::{Lesson, Side};

/// What each lesson's programs must do: the parts `server`, `client`, `both`.
const CONTRACTS: [&str; 9] = [
    include_str!("start/01.txt"),
    include_str!("start/02.txt"),
    include_str!("start/03.txt"),
    include_str!("start/04.txt"),
    include_str!("start/05.txt"),
    include_str!("start/06.txt"),
    include_str!("start/07.txt"),
    include_str!("start/08.txt"),
    include_str!("start/09.txt"),
];

/// What holds for every program.
const ALWAYS: &str = "\
What it prints goes to stdout, a line each, flushed; everything else goes to
stderr. Exit code 0 when all went well, 1 and a sentence on stderr when not.
";

/// What Python is called on this system.
const PYTHON_NAME: &str = if cfg!(windows) { "python" } else { "python3" };

const RUST: &str = include_str!("start/program.rs.txt");
const PYTHON: &str = include_str!("start/program.py.txt");
const MANIFEST: &str = include_str!("start/Cargo.toml.txt");

/// What a starting point says when it is run.
const UNDONE: &str = "nothing is done yet, with";

/// The words of `lab start`.
#[derive(Args)]
pub struct Options {
    /// The lesson's number, such as 1 or 01
    number: String,

    /// The language to write it in
    #[arg(value_enum)]
    language: Language,

    /// Put it there instead of into work/
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Rust,
    Python,
}

/// Writes a starting point into `work/`, and says how to judge it.
///
/// # Errors
///
/// When something is there already, or cannot be written.
pub fn start(options: &Options) -> Result<()> {
    let lesson = programs::lesson(&options.number)?;
    let own = format!("{}-{}", lesson.number, lesson.package);
    let (folder, name) = match &options.into {
        Some(folder) => {
            (folder.join(&own), format!("{}/{own}", folder.display()))
        }
        None => {
            (programs::root().join("work").join(&own), format!("work/{own}"))
        }
    };
    let sides = [Side::Server, Side::Client];
    let mut files: Vec<(String, String)> = sides
        .iter()
        .map(|side| match options.language {
            Language::Rust => (
                format!("src/bin/{side}.rs"),
                program(RUST, "//!", lesson, *side),
            ),
            Language::Python => {
                (format!("{side}.py"), program(PYTHON, "#", lesson, *side))
            }
        })
        .collect();
    if matches!(options.language, Language::Rust) {
        let why = "A workspace of its own: the course's does not claim it.";
        let mut manifest =
            MANIFEST.replace("NAME", lesson.package).replace("WHY", tr(why));
        if lesson.number == "06" {
            manifest += "\n[dependencies]\nserde_json = \"1\"\n";
        }
        files.push(("Cargo.toml".into(), manifest));
    }
    for (file, _) in &files {
        if folder.join(file).exists() {
            bail!(tr_with(
                "{file} is there already, and stays as it is",
                &[("file", &format_args!("{name}/{file}"))],
            ));
        }
    }
    let mut out = anstream::stdout().lock();
    for (file, text) in &files {
        write_new(&folder.join(file), text).with_context(|| {
            let file = format!("{name}/{file}");
            tr_with("writing {file}", &[("file", &file)])
        })?;
        let file = format!("{name}/{file}");
        writeln!(out, "{}", tr_with("wrote {file}", &[("file", &file)]))?;
    }
    for side in sides {
        let run = match options.language {
            Language::Rust => format!(
                "cargo run --quiet --manifest-path {name}/Cargo.toml \
                 --bin {side} --"
            ),
            Language::Python => format!("{PYTHON_NAME} {name}/{side}.py"),
        };
        let more = lessons::programs(lesson.number).placeholders(side);
        let more = more.iter().map(|name| format!("\"{{{name}}}\""));
        let mut arguments = vec!["\"{host}:{port}\"".to_owned()];
        arguments.extend(more);
        let number = lesson.number;
        let question = "What must the {side} do? Is it right?";
        let question = tr_with(question, &[("side", &side.title())]);
        writeln!(out, "\n{question}")?;
        writeln!(out, "  cargo lab check {number} {side} --list")?;
        let arguments = arguments.join(" ");
        writeln!(
            out,
            "  cargo lab check {number} {side} -- {run} {arguments}"
        )?;
    }
    Ok(())
}

/// What the program is given: an address, and what the lesson needs.
fn arguments(lesson: &Lesson, side: Side) -> impl Iterator<Item = &str> {
    let more = lessons::programs(lesson.number).placeholders(side);
    std::iter::once("address").chain(more)
}

/// One side's program, from a template.
fn program(
    template: &str,
    comment: &str,
    lesson: &Lesson,
    side: Side,
) -> String {
    let number: usize = lesson.number.parse().unwrap_or(1);
    let contract = CONTRACTS.get(number - 1).copied().unwrap_or_default();
    let wanted = match side {
        Side::Server => ["server", "both"],
        Side::Client => ["client", "both"],
    };
    let mut text = tr_with(
        "Lesson {number}, the {side}: yours to write.",
        &[("number", &lesson.number), ("side", &side.title())],
    );
    text += "\n\n";
    for (_, part) in parts(contract).filter(|(of, _)| wanted.contains(of)) {
        text += tr(part);
    }
    text += tr(ALWAYS);
    let commented: String = text
        .lines()
        .map(|line| format!("{comment} {line}").trim_end().to_owned() + "\n")
        .collect();
    let names: Vec<&str> = arguments(lesson, side).collect();
    let shown: Vec<String> =
        names.iter().map(|name| format!("{{{name}}}")).collect();
    let usage = names.join(" ").to_uppercase();
    template
        .replace("CONTRACT\n", &commented)
        .replace("NAMES", &names.join(", "))
        .replace("usage: ", tr("usage: "))
        .replace("USAGE", &format!("{side} {usage}"))
        .replace(UNDONE, tr(UNDONE))
        .replace("SHOWN", &shown.join(" "))
}

/// The parts of a contract, and whom each is for.
fn parts(contract: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = contract;
    std::iter::from_fn(move || {
        let (of, text) = rest.split_once('\n')?;
        let heads = ["\nserver\n", "\nclient\n", "\nboth\n"];
        let ends = heads.iter().filter_map(|head| text.find(head));
        let end = ends.min().map_or(text.len(), |end| end + 1);
        rest = &text[end..];
        Some((of, &text[..end]))
    })
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}
