//! Right programs in other languages pass: a language that the machine does
//! not have is named, and left out.

use std::path::{Path, PathBuf};
use std::process::Command;

fn languages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/languages")
}

/// Whether the machine has a program.
fn has(program: &str, version: &str) -> bool {
    let found = Command::new(program).arg(version).output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        println!("not tested: {program} is not installed");
    }
    found
}

/// Judges lesson 01's program in another language.
#[track_caller]
fn passes(side: &str, command: &[&str]) {
    let mut judge = Command::new(env!("CARGO_BIN_EXE_judge"));
    judge
        .args(["--lang", "en", "check", "01", side, "--all", "--"])
        .args(command);
    judge.args(["{host}", "{port}"]);
    let output = judge.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
}

fn source(name: &str) -> String {
    languages().join(name).to_str().unwrap().to_owned()
}

/// Compiles a program into a folder; gives its path.
#[cfg(unix)]
fn compile(folder: &Path, compiler: &mut Command) -> String {
    let program = folder.join("program").to_str().unwrap().to_owned();
    let output = compiler.args(["-o", &program]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    program
}

#[cfg(unix)]
#[test]
fn a_right_server_in_c_passes_though_its_stdout_is_buffered() {
    if has("cc", "--version") {
        let folder = tempfile::tempdir().unwrap();
        let mut compiler = Command::new("cc");
        compiler.arg(source("01_server.c"));
        passes("server", &[&compile(folder.path(), &mut compiler)]);
    }
}

#[test]
fn a_right_server_in_node_passes_though_it_closes_gracefully() {
    if has("node", "--version") {
        passes("server", &["node", &source("01_server.js")]);
    }
}

#[test]
fn a_right_client_in_node_passes() {
    if has("node", "--version") {
        passes("client", &["node", &source("01_client.js")]);
    }
}

#[test]
fn a_right_server_in_perl_passes() {
    if has("perl", "--version") {
        passes("server", &["perl", &source("01_server.pl")]);
    }
}

#[test]
fn a_right_client_in_perl_passes() {
    if has("perl", "--version") {
        passes("client", &["perl", &source("01_client.pl")]);
    }
}

#[test]
fn a_right_server_in_ruby_passes() {
    if has("ruby", "--version") {
        passes("server", &["ruby", &source("01_server.rb")]);
    }
}

#[test]
fn a_right_client_in_ruby_passes() {
    if has("ruby", "--version") {
        passes("client", &["ruby", &source("01_client.rb")]);
    }
}

#[test]
fn a_right_server_in_java_passes_though_it_starts_slowly() {
    if has("java", "--version") {
        passes("server", &["java", &source("Server01.java")]);
    }
}

#[test]
fn a_right_client_in_go_passes() {
    if has("go", "version") {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let mut compiler = Command::new("go");
        compiler.args(["build", "-o"]).arg(&program);
        compiler.arg(source("01_client.go"));
        compiler.env("GOCACHE", folder.path().join("cache"));
        let output = compiler.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        passes("client", &[program.to_str().unwrap()]);
    }
}
