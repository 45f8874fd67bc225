//! `lab check` and `lab start` are `judge`, a package of its own: nobody who
//! only runs a lesson waits until it is built.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use programs::lang::{self, tr};

use crate::signals::INTERRUPTED;

/// Builds `judge` and puts it in the place of this program.
///
/// # Errors
///
/// When it does not compile or cannot be started.
pub fn judge(subcommand: &str, words: &[String]) -> Result<ExitCode> {
    let programs = programs::build(&["judge".into()], &INTERRUPTED)?;
    let judge = programs.get("judge").context(tr("cargo built no judge"))?;
    let mut command = Command::new(judge);
    if let Some(lang) = lang::asked() {
        command.args(["--lang", lang.name()]);
    }
    command.arg(subcommand).args(words);
    replace(command)
}

#[cfg(unix)]
fn replace(mut command: Command) -> Result<ExitCode> {
    // Its signals and its exit code are those of this process then.
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    Err(error).context(tr("starting judge"))
}

#[cfg(not(unix))]
fn replace(mut command: Command) -> Result<ExitCode> {
    let status = command.status().context(tr("starting judge"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::from(2), ExitCode::from))
}
