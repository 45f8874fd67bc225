//! The course's tool: `cargo lab list`, `cargo lab run 01`,
//! `cargo lab check 01`, `cargo lab start 01 rust`.

mod catalogue;
mod compare;
mod judge;
mod knobs;
mod network;
mod run;
mod run_command;
mod timeline;

use std::process::{ExitCode, exit};
use std::sync::atomic::Ordering;

use clap::{Parser, Subcommand};

/// Runs the lessons, draws the wire, and judges programs
#[derive(Parser)]
#[command(name = "lab", bin_name = "cargo lab")]
struct Args {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// List the lessons
    List,
    /// Run both sides of a lesson and draw what crosses the wire
    #[command(disable_help_flag = true)]
    Run {
        /// The lesson's number, such as 1 or 01
        number: String,
        /// Options of the run and knobs of the lesson: see `run NN --help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Judge a program: yours in any language, or the course's own
    #[command(disable_help_flag = true)]
    Check {
        /// The lesson's number, and more: see `check --help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Put a starting point for your own programs into the folder work/
    #[command(disable_help_flag = true)]
    Start {
        /// The lesson's number and a language: see `start --help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let handled = ctrlc::set_handler(|| {
        if !run::INTERRUPTED.swap(true, Ordering::Relaxed)
            && run::RUNNING.load(Ordering::Relaxed)
        {
            return; // The run under way notices, and tidies up first.
        }
        exit(130);
    });
    if let Err(error) = handled {
        eprintln!("warning: Ctrl-C will not tidy up: {error}");
    }
    let judges = matches!(args.command, Subcommands::Check { .. });
    let result = match args.command {
        Subcommands::List => run_command::list().map(|()| ExitCode::SUCCESS),
        Subcommands::Run { number, words } => {
            run_command::run_lesson(&number, &words).map(code)
        }
        Subcommands::Check { words } => judge::judge("check", &words),
        Subcommands::Start { words } => judge::judge("start", &words),
    };
    match result {
        _ if run::INTERRUPTED.load(Ordering::Relaxed) => ExitCode::from(130),
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            // A program that was not judged has neither passed nor failed.
            ExitCode::from(if judges { 2 } else { 1 })
        }
    }
}

fn code(succeeded: bool) -> ExitCode {
    if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The reader of our lines has seen enough, as `| head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref().map(std::io::Error::kind);
    io == Some(std::io::ErrorKind::BrokenPipe)
}
