//! The course's tool: `cargo lab list`, `cargo lab run 01`,
//! `cargo lab class 01`, `cargo lab check 01`, `cargo lab start 01 rust`.

mod class;
mod clock;
mod compare;
mod draw;
mod judge;
mod keys;
mod knobs;
mod lessons;
mod network;
mod observe;
mod prepare;
mod questions;
mod run;
mod run_command;
mod show;
mod signals;
mod steps;
mod timeline;

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use programs::help;
use programs::lang::{self, Lang, tr_with};

/// Runs the lessons, draws the wire, and judges programs
#[derive(Parser)]
#[command(name = "lab", bin_name = "cargo lab")]
struct Args {
    /// Speak English or Chinese [default: as the environment says]
    #[arg(long, global = true)]
    lang: Option<Lang>,

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
        /// The lesson's number, its knobs, and more: see `run --help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Serve a whole class: a board with a line per student
    #[command(disable_help_flag = true)]
    Class {
        /// The lesson's number, its knobs, and more: see `class --help`
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
    #[cfg(unix)]
    if programs::is_guard() {
        programs::guard();
        return ExitCode::SUCCESS;
    }
    lang::choose(std::env::args_os().skip(1));
    let matches = help::matches(Args::command(), std::env::args_os());
    let args = Args::from_arg_matches(&matches)
        .unwrap_or_else(|error| help::exit(&error));
    if let Err(error) = signals::handle() {
        log(&tr_with(
            "warning: Ctrl-C will not tidy up: {error}",
            &[("error", &error)],
        ));
    }
    let serves = matches!(args.command, Subcommands::Class { .. });
    let judges = matches!(args.command, Subcommands::Check { .. });
    let result = match args.command {
        Subcommands::List => run_command::list().map(|()| ExitCode::SUCCESS),
        Subcommands::Run { words } => {
            signals::tidy_up_first();
            run_command::run(&words).map(code)
        }
        Subcommands::Class { words } => {
            signals::tidy_up_first();
            class::run(&words).map(|()| ExitCode::SUCCESS)
        }
        Subcommands::Check { words } => judge::judge("check", &words),
        Subcommands::Start { words } => judge::judge("start", &words),
    };
    match result {
        // Ctrl-C is how a class ends.
        Ok(code) if serves => code,
        _ if signals::interrupted() && !serves => {
            if io::stderr().is_terminal() {
                // The prompt goes below what the terminal shows for Ctrl-C.
                log("");
            }
            ExitCode::from(130)
        }
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let error = format!("{error:#}");
            log(&tr_with("error: {error}", &[("error", &error)]));
            // A program that was not judged has neither passed nor failed.
            ExitCode::from(if judges { 2 } else { 1 })
        }
    }
}

fn code(succeeded: bool) -> ExitCode {
    if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes a line on stderr; where nobody can read it, nobody is left to tell.
fn log(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The reader of our lines has seen enough, as `| head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref().map(io::Error::kind);
    io == Some(ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests;
