//! Reports to `lab`: lines of a file that is this process's own, in the folder
//! that `LAB_TAP` names. So a program's stderr stays its own.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process;
use std::sync::{LazyLock, Mutex, PoisonError};

/// How many bytes are reported at most: no program shall fill the disk.
const MOST: usize = 64 << 20;

/// The last line, where there would be more.
const STOPPED: &str = "{\"tap\":2,\"op\":\"stopped\"}";

/// The file, and how many bytes it may still take.
struct Reports {
    file: Option<File>,
    left: usize,
}

static REPORTS: LazyLock<Mutex<Reports>> = LazyLock::new(|| {
    let folder = std::env::var_os("LAB_TAP").unwrap_or_default();
    let name = format!("{}.jsonl", process::id());
    let path = Path::new(&folder).join(name);
    let file = OpenOptions::new().create(true).append(true).open(path).ok();
    let mut reports = Reports { file, left: MOST };
    reports.write("{\"tap\":2,\"op\":\"loaded\",\"by\":\"rust\"}");
    Mutex::new(reports)
});

/// Writes one line. Where the folder takes none, nobody is left to report to.
pub fn write_line(line: &str) {
    REPORTS.lock().unwrap_or_else(PoisonError::into_inner).write(line);
}

impl Reports {
    fn write(&mut self, line: &str) {
        let Some(file) = &mut self.file else { return };
        let enough = line.len() >= self.left;
        let line = if enough { STOPPED } else { line };
        self.left = self.left.saturating_sub(line.len() + 1);
        // One write per line, so that none is read half.
        let written = file.write_all(format!("{line}\n").as_bytes());
        if enough || written.is_err() {
            self.file = None;
        }
    }
}
