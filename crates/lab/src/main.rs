//! The course's tool: `cargo lab list`, `cargo lab run 01`.

mod catalogue;
mod compare;
mod knobs;
mod network;
mod play;
mod run;
mod timeline;

use std::process::{ExitCode, exit};
use std::sync::atomic::Ordering;

use clap::{Parser, Subcommand};

/// Runs the lessons and draws the wire
#[derive(Parser)]
#[command(name = "lab", bin_name = "cargo lab")]
struct Args {
    #[command(subcommand)]
    command: Order,
}

#[derive(Subcommand)]
enum Order {
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
    let result = match args.command {
        Order::List => play::list().map(|()| true),
        Order::Run { number, words } => play::play(&number, &words),
    };
    match result {
        _ if run::INTERRUPTED.load(Ordering::Relaxed) => ExitCode::from(130),
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever read our lines has seen enough, as `| head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref().map(std::io::Error::kind);
    io == Some(std::io::ErrorKind::BrokenPipe)
}
