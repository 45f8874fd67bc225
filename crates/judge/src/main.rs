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

use clap::{Parser, Subcommand};

use trial::wait::INTERRUPTED;

/// Is a program right, in whatever language it is written?
#[derive(Parser)]
#[command(name = "judge", bin_name = "cargo lab")]
struct Args {
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
    let args = Args::parse();
    let handled = ctrlc::set_handler(|| {
        // The trial under way notices, and tidies up first.
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            exit(130);
        }
    });
    if let Err(error) = handled {
        common::log(&format!("warning: Ctrl-C will not tidy up: {error}"));
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
            common::log(&format!("error: {error:#}"));
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
