//! Builds examples of the lessons, beside their programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use programs::root;

/// Builds one, as fast as this program is, and gives its path.
///
/// # Errors
///
/// When it does not compile, which cargo has explained by then.
pub fn build(package: &str, name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe().context("looking where this is")?;
    let folder = here.parent().unwrap_or(Path::new("."));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(["build", "--quiet", "--package"]);
    command.args([package, "--example", name]);
    let profile = folder.file_name().unwrap_or_default();
    if profile != "debug" {
        command.arg("--profile").arg(profile);
    }
    let status = command.status().context("starting cargo")?;
    ensure!(status.success(), "the example {name} does not compile");
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    Ok(folder.join("examples").join(file))
}
