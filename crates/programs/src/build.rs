//! Builds programs of the workspace, and nothing else.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::Group;
use crate::lang::{tr, tr_with};

/// How often it is looked whether cargo is done.
const TICK: Duration = Duration::from_millis(5);

/// Builds programs of these names and gives their paths. They are where this
/// program itself is, since the same cargo built it.
///
/// # Errors
///
/// When they do not compile, which cargo has explained by then; or when
/// `interrupted` was set meanwhile.
pub fn build(
    names: &[String],
    interrupted: &AtomicBool,
) -> Result<HashMap<String, PathBuf>> {
    let here = std::env::current_exe().context(tr("looking where this is"))?;
    let folder = here.parent().unwrap_or(Path::new("."));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).arg("build").stderr(Stdio::piped());
    for name in names {
        command.args(["--bin", name]);
    }
    let profile = folder.file_name().unwrap_or_default();
    if profile != "debug" {
        command.arg("--profile").arg(profile);
    }
    let mut cargo = Group::start(command).context(tr("starting cargo"))?;

    // Cargo's progress is worth showing, save that it has finished.
    let stderr = cargo.stderr().take().context("cargo's stderr")?;
    let progress = thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if !line.trim_start().starts_with("Finished") {
                anstream::eprintln!("{line}");
            }
        }
    });
    let status = loop {
        if interrupted.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        match cargo.try_wait().context(tr("waiting for cargo"))? {
            Some(status) => break status,
            None => thread::sleep(TICK),
        }
    };
    let _ = progress.join();
    if !status.success() {
        let names = names.join(tr(" or "));
        bail!(tr_with("{names} does not compile", &[("names", &names)]));
    }
    let mut programs = HashMap::new();
    for name in names {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let path = folder.join(file);
        if !path.exists() {
            bail!(tr_with(
                "cargo did not put {name} into {folder}",
                &[("name", name), ("folder", &folder.display())],
            ));
        }
        programs.insert(name.clone(), path);
    }
    Ok(programs)
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
