//! A real browser, for the pages.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::{DEADLINE, Program, python_path, root};

/// Opens a page in headless Chromium, in a window of this size, and gives what
/// each step gave; `None`, and a word about it, where no browser is there. The
/// page must not complain, nor ask for anything. The steps are those of
/// `crates/lab/tests/browser/drive.py`.
///
/// # Panics
///
/// When the browser fails, or is missing on Linux while `CI` is set.
#[track_caller]
pub fn in_browser(
    page: &Path,
    size: [u32; 2],
    steps: &[Value],
) -> Option<Vec<Value>> {
    let (driver, python) = (chromedriver()?, python_path()?);
    let wanted = json!({"page": page, "size": size, "steps": steps});
    let mut drive = Command::new(python);
    drive.arg(root().join("crates/lab/tests/browser/drive.py"));
    drive.arg(driver).arg(wanted.to_string());
    let finished = Program::spawn(&mut drive).finish_within(6 * DEADLINE);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    let lines = finished.stdout.lines().map(serde_json::from_str);
    let mut given: Vec<Value> =
        lines.map(|line| line.expect("a line of JSON")).collect();
    let last = given.pop().expect("a last line");
    assert_eq!(last, json!({"console": [], "requests": []}));
    assert_eq!(given.len(), steps.len());
    Some(given)
}

/// Whether there is a browser to try a page in, as [`in_browser`] says.
pub fn has_browser() -> bool {
    chromedriver().is_some() && python_path().is_some()
}

/// Where chromedriver is.
fn chromedriver() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    // GitHub's machines name its folder.
    folders.extend(std::env::var_os("CHROMEWEBDRIVER").map(PathBuf::from));
    let name = format!("chromedriver{}", std::env::consts::EXE_SUFFIX);
    let mut files = folders.iter().map(|folder| folder.join(&name));
    let found = files.find(|file| file.is_file());
    if found.is_none() {
        let must =
            cfg!(target_os = "linux") && std::env::var_os("CI").is_some();
        assert!(!must, "chromedriver is not installed");
        println!("not tested: no chromedriver, so no browser is tried");
    }
    found
}
