//! The lessons' examples.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use programs::root;

/// An example of a lesson's package, built as fast as this program is.
///
/// # Errors
///
/// When it does not compile.
pub fn example(package: &str, name: &str) -> Result<PathBuf> {
    // The same cargo that built this program put it where that one will be.
    let here = std::env::current_exe().context("looking for itself")?;
    let folder = here.parent().unwrap_or(Path::new("."));
    let mut command = cargo();
    command.args(["build", "--quiet", "--package", package]);
    command.args(["--example", name]);
    let profile = folder.file_name().unwrap_or_default();
    if profile != "debug" {
        command.arg("--profile").arg(profile);
    }
    let status = command.status().context("starting cargo")?;
    ensure!(status.success(), "the example {name} does not compile");
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    Ok(folder.join("examples").join(file))
}

/// The cargo that started this program, at the workspace's root.
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root());
    command
}
