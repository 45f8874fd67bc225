//! CPython, the other side of the interop tests.

use std::process::Command;

use crate::{Program, root};

/// Where CPython is; `None`, and a word about it, where it is missing.
///
/// # Panics
///
/// When it is missing while `CI` is set: there it has to be tried.
pub fn python_path() -> Option<String> {
    // On Windows a `python3` may be a stub that leads to a shop.
    let found = ["python3", "python"].into_iter().find_map(|name| {
        let mut ask = Command::new(name);
        ask.args(["-c", "import sys; print(sys.executable)"]);
        let output = ask.output().ok()?;
        let path = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| path.trim().to_owned())
    });
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "Python is not installed");
        println!("not tested: Python is not installed");
    }
    found
}

/// Starts a Python program, given as its path in the workspace; `None` where
/// Python is missing.
pub fn python(script: &str, arguments: &[&str]) -> Option<Program> {
    let mut command = Command::new(python_path()?);
    command.env("PYTHONIOENCODING", "utf-8");
    command.args(["-B", "-u"]).arg(root().join(script)).args(arguments);
    Some(Program::spawn(&mut command))
}
