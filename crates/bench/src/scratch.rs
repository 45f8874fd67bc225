//! Folders for a while: they go with their values, and on Ctrl-C too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use tempfile::{Builder, TempDir};

/// What Ctrl-C has to remove. A file in memory would stay until the next boot.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

static IS_HANDLED: LazyLock<bool> = LazyLock::new(|| {
    let handler = || {
        let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        for folder in folders.iter() {
            let _ = fs::remove_dir_all(folder);
        }
        exit(130);
    };
    ctrlc::set_handler(handler).is_ok()
});

/// Where files are in memory, if the system has such a place; elsewhere where
/// temporary files are.
pub fn memory() -> PathBuf {
    let shared = Path::new("/dev/shm");
    if cfg!(target_os = "linux") && shared.is_dir() {
        return shared.to_owned();
    }
    std::env::temp_dir()
}

/// Makes a new folder in another.
///
/// # Errors
///
/// When none can be made there, or nothing would remove it on Ctrl-C.
pub fn folder(parent: &Path) -> Result<TempDir> {
    ensure!(*IS_HANDLED, "Ctrl-C would not tidy up");
    let folder = Builder::new()
        .prefix("bench-")
        .tempdir_in(parent)
        .with_context(|| format!("a folder in {}", parent.display()))?;
    let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    folders.push(folder.path().to_owned());
    Ok(folder)
}
