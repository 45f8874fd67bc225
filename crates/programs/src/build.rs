//! Builds a lesson's programs, and nothing else.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// A line of `cargo build --message-format json`, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds a package's programs and gives their paths by name.
///
/// # Errors
///
/// When they do not compile; cargo has said why by then.
pub fn build(root: &Path, package: &str) -> Result<HashMap<String, PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--bins", "--package", package])
        .args(["--message-format", "json-render-diagnostics"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting cargo")?;

    // Cargo's progress is worth showing, save that it has finished.
    let stderr = child.stderr.take().context("cargo's stderr")?;
    let progress = thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if !line.trim_start().starts_with("Finished") {
                anstream::eprintln!("{line}");
            }
        }
    });
    let stdout = child.stdout.take().context("cargo's stdout")?;
    let mut programs = HashMap::new();
    for line in BufReader::new(stdout).lines() {
        let message: Message =
            serde_json::from_str(&line?).context("reading cargo's messages")?;
        if let (Some(target), Some(path)) = (message.target, message.executable)
        {
            programs.insert(target.name, path);
        }
    }
    let status = child.wait().context("waiting for cargo")?;
    let _ = progress.join();
    if !status.success() {
        bail!("{package} does not compile");
    }
    Ok(programs)
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
