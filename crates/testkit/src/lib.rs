//! What the tests share: real programs, started, watched and stopped.
//!
//! Every wait has a deadline, every program ends with its [`Program`], and a
//! failure shows what both streams had said.

#![allow(clippy::expect_used, reason = "a broken test may panic")]

mod browser;
mod english;
mod output;
mod peer;
mod program;
mod python;

pub use browser::{has_browser, in_browser};
pub use english::assert_no_english;
pub use output::Finished;
pub use peer::{
    UdpPeer, accept, bind_udp, bind_udp_to, connect, listen, refusing,
    refusing_udp, reset, until_closed,
};
pub use program::Program;
pub use python::{python, python_path};

use std::path::PathBuf;
use std::time::Duration;

/// How long a test waits for anything before it fails: far beyond what a busy
/// machine needs, so that a failure means something.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("crates/testkit has a root").into()
}

/// All that stands in a folder's files, one after the other.
pub fn read_all(folder: &std::path::Path) -> String {
    let files = std::fs::read_dir(folder).expect("a folder");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("a file").path();
        std::fs::read_to_string(path).expect("a text")
    };
    files.map(read).collect()
}
