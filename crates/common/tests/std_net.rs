//! A lesson says `use common::tap::…` where a program of one's own says
//! `use std::net::…`, and nothing else in it need change: every lesson is
//! checked here with std's line.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::root;

const OURS: &str = "use common::tap::";
const STDS: &str = "use std::net::";

/// Copies a folder, with std's line in place of ours in every Rust source.
/// Gives the number of lines that were replaced.
fn copy(from: &Path, to: &Path) -> usize {
    fs::create_dir_all(to).unwrap();
    let mut replaced = 0;
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            replaced += copy(&path, &target);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            replaced += source.matches(OURS).count();
            fs::write(target, source.replace(OURS, STDS)).unwrap();
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
    replaced
}

#[test]
fn every_lesson_builds_with_std_in_the_taps_place() {
    let root = root();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path();
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(root.join(file), to.join(file)).unwrap();
    }
    for krate in ["common", "testkit"] {
        let from = root.join("crates").join(krate);
        let to = to.join("crates").join(krate);
        fs::create_dir_all(to.join("src")).unwrap();
        fs::copy(from.join("Cargo.toml"), to.join("Cargo.toml")).unwrap();
        copy(&from.join("src"), &to.join("src"));
    }
    let replaced = copy(&root.join("lessons"), &to.join("lessons"));
    assert!(replaced >= 5, "only {replaced} lines name the tap");

    // A target folder of its own keeps what was checked for the next time,
    // and the real programs from being overwritten.
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let output = Command::new(cargo)
        .current_dir(to)
        .args(["check", "--quiet", "--bins", "--workspace"])
        .env("CARGO_TARGET_DIR", root.join("target/std-net"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
