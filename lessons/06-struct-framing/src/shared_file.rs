//! The file that a server sends.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use common::Deadline;

use crate::frame::Header;

/// How long to wait for a descriptor, and when to ask again.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);

/// A file to send to each client as it is when the client comes.
pub struct SharedFile {
    path: PathBuf,
    filename: String,
}

impl SharedFile {
    /// Shares a file, or else the running program: a file that is always there.
    pub fn new(path: Option<&Path>) -> Result<SharedFile> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => std::env::current_exe().context("finding this program")?,
        };
        let name = path.file_name().and_then(|name| name.to_str());
        let filename = name.unwrap_or_default().to_owned();
        let shared = SharedFile { path, filename };
        shared.open()?;
        if shared.filename.is_empty() {
            bail!("the name of {} is not Unicode", shared.path.display());
        }
        Ok(shared)
    }

    /// Opens the file, and says what it is called and how large it is now. With
    /// too many files open, it waits up to ten seconds for one to close.
    pub fn open(&self) -> Result<(File, Header)> {
        let path = self.path.display();
        let failed = |error| anyhow!("opening {path}: {error}");
        // Opening a named pipe would wait for somebody to write into it.
        let metadata = fs::metadata(&self.path).map_err(failed)?;
        if metadata.is_dir() {
            bail!("{path} is a directory: only a file can be sent");
        }
        if !metadata.is_file() {
            bail!("{path} is a device: only a file can be sent");
        }
        let deadline = Deadline::after(PATIENCE);
        let mut opened = File::open(&self.path);
        while opened.as_ref().is_err_and(out_of_descriptors)
            && !deadline.left().is_zero()
        {
            common::log("waiting to open: Too many open files");
            thread::sleep(PAUSE);
            opened = File::open(&self.path);
        }
        let mut file = opened.map_err(failed)?;
        let filesize = file.metadata()?.len();
        // The files of /proc have content and no size.
        if filesize == 0 && file.read(&mut [0]).map_err(failed)? > 0 {
            bail!("{path} does not say how long it is: it cannot be sent");
        }
        Ok((file, Header { filename: self.filename.clone(), filesize }))
    }
}

/// ENFILE and EMFILE, which std has no kind for, on Linux, macOS and the BSDs.
fn out_of_descriptors(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}
