//! Judges programs: `lab check` and `lab start` start this.

mod check;
mod faults;
mod hints;
mod lessons;
mod outcome;
mod pair;
mod player;
mod report;
mod script;
mod start;
mod trial;

use std::process::{ExitCode, exit};
use std::sync::atomic::Ordering;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use programs::help;
use programs::lang::{self, Lang, tr_with};

use trial::wait::INTERRUPTED;

/// Is a program right, in whatever language it is written?
#[derive(Parser)]
#[command(name = "judge", bin_name = "cargo lab")]
struct Args {
    /// Speak English or Chinese [default: as the environment says]
    #[arg(long, global = true)]
    lang: Option<Lang>,

    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Judge a program: yours in any language, or the course's own
    Check(check::Options),
    /// Put a starting point for your own programs into the folder work/
    Start(start::Options),
}

fn main() -> ExitCode {
    #[cfg(unix)]
    if programs::is_guard() {
        programs::guard();
        return ExitCode::SUCCESS;
    }
    lang::choose(std::env::args_os().skip(1));
    let matches = help::matches(Args::command(), std::env::args_os());
    let args = Args::from_arg_matches(&matches)
        .unwrap_or_else(|error| help::exit(&error));
    let handled = ctrlc::set_handler(|| {
        // The trial under way notices, and tidies up first.
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            exit(130);
        }
    });
    if let Err(error) = handled {
        common::log(&tr_with(
            "warning: Ctrl-C will not tidy up: {error}",
            &[("error", &error)],
        ));
    }
    let result = match args.command {
        Subcommands::Check(options) => check::check(&options),
        Subcommands::Start(options) => {
            start::start(&options).map(|()| ExitCode::SUCCESS)
        }
    };
    match result {
        _ if INTERRUPTED.load(Ordering::Relaxed) => ExitCode::from(130),
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let error = format!("{error:#}");
            common::log(&tr_with("error: {error}", &[("error", &error)]));
            // A program that was not judged has neither passed nor failed.
            ExitCode::from(2)
        }
    }
}

/// Nobody reads our lines any more, as after `| head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref().map(std::io::Error::kind);
    io == Some(std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests;
