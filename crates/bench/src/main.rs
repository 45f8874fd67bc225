//! `just bench`: the lessons' programs beside others that do the same work.

mod compare;
mod connections;
mod descriptors;
mod example;
mod lessons;
mod load;
mod machine;
mod peers;
mod report;
mod room;
mod scratch;
mod server;
mod tools;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand};

use lessons::{ALL, Lab};

/// Measures the lessons' programs beside others that do the same work, in
/// turns, and says for each by how much it differs. Five minutes for all
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// One lesson (04, 06, 07, 08, 09), or `learner`: what it costs to build
    /// and run each lesson. Without it all are measured, for `learner` only
    /// three lessons
    #[arg(value_name = "NN")]
    what: Option<String>,

    /// Fewer turns, each shorter: a taste
    #[arg(long)]
    quick: bool,

    /// Also write the tables as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Also draw the tables as bars, in an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    #[command(subcommand)]
    peer: Option<Peer>,
}

#[derive(Subcommand)]
enum Peer {
    /// Serve as one of the programs to compare with
    #[command(hide = true)]
    Peer { name: String },
}

fn run(args: &Args) -> Result<()> {
    if let Some(Peer::Peer { name }) = &args.peer {
        return peers::serve(name);
    }
    let what = args.what.as_deref().map(|what| match what.len() {
        1 => format!("0{what}"),
        _ => what.to_owned(),
    });
    let known = ALL.iter().map(|(name, _)| *name);
    if let Some(what) = &what
        && !known.clone().any(|name| name == what)
    {
        let known = known.collect::<Vec<_>>().join(", ");
        bail!("nothing is measured of {what:?}; there are {known}");
    }
    // After five minutes it would be late to say so.
    for file in [&args.markdown, &args.svg].into_iter().flatten() {
        let opened = File::options().append(true).create(true).open(file);
        opened.with_context(|| format!("writing {}", file.display()))?;
    }
    let lab = Lab::new(args.quick, what.is_none())?;
    let machine = machine::describe();
    common::print(&machine)?;
    let (mut outcomes, mut failed) = (Vec::new(), Vec::new());
    for (name, measure) in ALL {
        if what.as_ref().is_some_and(|what| what != name) {
            continue;
        }
        // The others' figures are worth keeping.
        let measured = measure(&lab).unwrap_or_else(|error| {
            eprintln!("error: {name}: {}", common::error_chain(&error));
            failed.push(*name);
            Vec::new()
        });
        for mut outcome in measured {
            // Short turns decide nothing.
            if args.quick {
                outcome.verdicts.clear();
            }
            common::print("")?;
            for line in report::terminal(&outcome).lines() {
                common::print(line)?;
            }
            outcomes.push(outcome);
        }
    }
    if let Some(file) = &args.markdown {
        let text = report::markdown(&machine, &outcomes);
        fs::write(file, text)
            .with_context(|| format!("writing {}", file.display()))?;
    }
    if let Some(file) = &args.svg {
        report::plot(file, &machine, &outcomes)?;
    }
    ensure!(failed.is_empty(), "not measured: {}", failed.join(", "));
    Ok(())
}

fn main() -> ExitCode {
    #[cfg(unix)]
    if programs::is_guard() {
        programs::guard();
        return ExitCode::SUCCESS;
    }
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", common::error_chain(&error));
            ExitCode::FAILURE
        }
    }
}
