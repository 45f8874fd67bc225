//! CPython, the other side of the interop tests.

use std::process::{Command, Stdio};

use crate::{Program, root};

/// Starts a lesson's Python program, named from the root.
///
/// Without Python the test that asked cannot be held; it says so and passes.
/// Where `CI` is set, Python has to be there.
#[track_caller]
pub fn python(script: &str, arguments: &[&str]) -> Option<Program> {
    let found = ["python3", "python"].into_iter().find(|name| {
        let mut version = Command::new(name);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    });
    let Some(name) = found else {
        assert!(std::env::var_os("CI").is_none(), "Python is not installed");
        println!("not tested: Python is not installed");
        return None;
    };
    let mut command = Command::new(name);
    command.env("PYTHONIOENCODING", "utf-8");
    command.args(["-B", "-u"]).arg(root().join(script)).args(arguments);
    Some(Program::spawn(&mut command))
}
