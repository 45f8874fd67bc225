//! Python's tap: a module that the interpreter loads by itself.

use programs::lang::{tr, tr_with};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

const SITECUSTOMIZE: &str = include_str!("sitecustomize.py");

/// Writes the module into a folder of its own in here; gives that folder.
///
/// # Errors
///
/// When it cannot be written.
pub fn install(folder: &Path) -> Result<PathBuf> {
    let folder = folder.join("lab");
    fs::create_dir_all(&folder)
        .context(tr("making a folder for Python's tap"))?;
    let file = folder.join("sitecustomize.py");
    fs::write(&file, SITECUSTOMIZE).context(tr("writing Python's tap"))?;
    Ok(folder)
}

/// Has an interpreter load the module, if the command starts one.
pub fn load(command: &mut Command, folder: &Path) {
    let mut path = folder.as_os_str().to_owned();
    if let Some(rest) = std::env::var_os("PYTHONPATH") {
        path.push(if cfg!(windows) { ";" } else { ":" });
        path.push(rest);
    }
    // Each line is to be seen when it is printed.
    command.env("PYTHONPATH", path).env("PYTHONUNBUFFERED", "1");
    command.env("PYTHONIOENCODING", "utf-8");
    // The module is not the program's: no compiled copy of it is kept.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
}

/// Whether the words of a command start Python; and if so, why the tap is not
/// loaded there, if it is not.
pub fn starts_python(words: &[String]) -> Option<Result<(), String>> {
    let name = Path::new(words.first()?).file_stem()?.to_str()?;
    let is_python = ["python", "pypy"].iter().any(|p| name.starts_with(p));
    if !is_python && name != "py" && !has_pythons_line(words.first()?) {
        return None;
    }
    let options = words[1..].iter().take_while(|word| word.starts_with('-'));
    for option in options {
        if ["-c", "-m"].contains(&option.as_str()) {
            break;
        }
        let short = !option.starts_with("--");
        if short && option.contains(['I', 'S', 'E']) {
            let why = tr_with(
                "{name} {option} does not load lab's tap",
                &[("name", &name), ("option", option)],
            );
            return Some(Err(why));
        }
    }
    Some(Ok(()))
}

/// Whether a program is a script that names Python in its first line.
fn has_pythons_line(program: &str) -> bool {
    let mut start = Vec::new();
    let file = fs::File::open(program).map(|file| file.take(128));
    let _ = file.and_then(|mut file| file.read_to_end(&mut start));
    let line = start.split(|byte| *byte == b'\n').next();
    let line = String::from_utf8_lossy(line.unwrap_or_default()).into_owned();
    line.starts_with("#!") && line.contains("python")
}
