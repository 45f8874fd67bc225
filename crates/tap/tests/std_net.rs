//! A lesson says `use tap::…` where a program of one's own says
//! `use std::net::…`, and nothing else need change, in either direction.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{Program, root};

/// A line with one of these imports sockets.
const SOCKETS: [&str; 3] = ["TcpListener", "TcpStream", "UdpSocket"];

/// Copies a folder, with one crate's sockets in the place of another's in
/// every Rust source. Returns the number of lines that were replaced.
fn copy(from: &Path, to: &Path, ours: &str, theirs: &str) -> usize {
    fs::create_dir_all(to).unwrap();
    let mut replaced = 0;
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            replaced += copy(&path, &target, ours, theirs);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let (text, lines) = replace(&source, ours, theirs);
            replaced += lines;
            fs::write(target, text).unwrap();
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
    replaced
}

/// Replaces `use std::net::{Shutdown, TcpStream}` by `use tap::TcpStream` and
/// the rest, or the other way round.
fn replace(source: &str, ours: &str, theirs: &str) -> (String, usize) {
    let (mut text, mut lines) = (String::new(), 0);
    for line in source.lines() {
        let names = line
            .strip_prefix("use ")
            .and_then(|rest| rest.strip_prefix(ours))
            .and_then(|rest| rest.strip_prefix("::"))
            .map(|rest| rest.trim_matches(['{', '}', ';']));
        let mut sockets = Vec::new();
        let mut rest = Vec::new();
        for name in names.into_iter().flat_map(|names| names.split(", ")) {
            let is_socket = SOCKETS.contains(&name);
            if is_socket { &mut sockets } else { &mut rest }.push(name);
        }
        if sockets.is_empty() {
            text += line;
        } else {
            lines += 1;
            text += &format!("use {theirs}::{{{}}};", sockets.join(", "));
            if !rest.is_empty() {
                text += &format!(" use {ours}::{{{}}};", rest.join(", "));
            }
        }
        text.push('\n');
    }
    (text, lines)
}

/// Runs cargo in a folder, with a target folder that outlives the test: what
/// was built stays for the next time.
fn cargo(folder: &Path, arguments: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let output = Command::new(cargo)
        .current_dir(folder)
        .args(arguments)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

fn target() -> PathBuf {
    root().join("target/std-net")
}

#[test]
fn every_lesson_builds_with_std_in_the_taps_place() {
    let root = root();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path();
    fs::copy(root.join("Cargo.lock"), to.join("Cargo.lock")).unwrap();
    // Not every member is copied, so none is there by default.
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (before, list) = manifest.split_once("default-members").unwrap();
    let (_, after) = list.split_once(']').unwrap();
    fs::write(to.join("Cargo.toml"), format!("{before}{after}")).unwrap();
    for krate in ["tap", "testkit"] {
        let krate = Path::new("crates").join(krate);
        copy(&root.join(&krate), &to.join(&krate), "none", "none");
    }
    let common = Path::new("crates/common");
    copy(&root.join(common), &to.join(common), "tap", "std::net");
    let lessons =
        copy(&root.join("lessons"), &to.join("lessons"), "tap", "std::net");
    assert!(lessons >= 12, "only {lessons} lines name the tap");
    cargo(to, &["check", "--quiet", "--bins", "--workspace"]);
}

#[test]
fn ten_programs_for_std_do_the_same_with_the_tap() {
    let folder = tempfile::tempdir().unwrap();
    let tap = root().join("crates/tap");
    let mut names = Vec::new();
    let bins = folder.path().join("src/bin");
    fs::create_dir_all(&bins).unwrap();
    for entry in fs::read_dir(tap.join("tests/programs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let source = fs::read_to_string(&path).unwrap();
        let (with_tap, lines) = replace(&source, "std::net", "tap");
        assert_eq!(lines, 1, "{name}");
        fs::write(bins.join(format!("{name}_std.rs")), source).unwrap();
        fs::write(bins.join(format!("{name}_tap.rs")), with_tap).unwrap();
        names.push(name);
    }
    assert!(names.len() >= 10, "{names:?}");
    let manifest = format!(
        "[package]\nname = \"programs\"\nedition = \"2024\"\n\
         [dependencies]\ntap.path = {tap:?}\n[workspace]\n"
    );
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    // The tap inherits its package's data from the workspace it stands in.
    cargo(folder.path(), &["build", "--quiet", "--offline", "--bins"]);

    let stdout = |name: &str, watched: bool| {
        let mut command = Command::new(target().join("debug").join(name));
        let reports = tempfile::tempdir().unwrap();
        if watched {
            command.env("LAB_TAP", reports.path());
        }
        let finished = Program::spawn(&mut command).finish();
        assert_eq!(finished.code, Some(0), "{name}: {finished:?}");
        let reports = testkit::read_all(reports.path());
        assert_eq!(reports.contains("\"tap\":2"), watched, "{name}");
        assert!(!finished.stderr.contains("\"tap\""), "{name}");
        finished.stdout
    };
    for name in names {
        let std = stdout(&format!("{name}_std"), false);
        assert!(!std.is_empty(), "{name} prints nothing");
        assert_eq!(stdout(&format!("{name}_tap"), false), std, "{name}");
        assert_eq!(stdout(&format!("{name}_tap"), true), std, "{name}");
    }
}
