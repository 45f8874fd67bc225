//! The file that a server offers.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::frame::Header;

/// How long to wait for a descriptor before asking again.
pub const PAUSE: Duration = Duration::from_millis(500);

/// A file to send to each client as it is when the client comes.
pub struct Offer {
    path: PathBuf,
    filename: String,
}

impl Offer {
    /// Offers a file, or else the program that runs: real bytes, some
    /// megabytes of them, and the one file that is there on every machine.
    ///
    /// # Errors
    ///
    /// When it cannot be opened now, or has no name that JSON could hold.
    pub fn new(path: Option<&Path>) -> Result<Offer> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => std::env::current_exe().context("finding this program")?,
        };
        let filename =
            path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let offer =
            Offer { filename: filename.clone().unwrap_or_default(), path };
        offer.open()?;
        if filename.is_none() {
            bail!("the name of {} is not Unicode", offer.path.display());
        }
        Ok(offer)
    }

    /// Opens the file, and says what it is called and how large it is now.
    ///
    /// When this process has too many files open, it waits for one to close.
    ///
    /// # Errors
    ///
    /// When it is not there, cannot be read, or is a directory or a device.
    pub fn open(&self) -> Result<(File, Header)> {
        let path = self.path.display();
        // Opening a named pipe would wait for somebody to write into it.
        let kind = fs::metadata(&self.path)
            .map_err(|error| anyhow!("opening {path}: {error}"))?;
        if kind.is_dir() {
            bail!("{path} is a directory: only a file can be sent");
        }
        if !kind.is_file() {
            bail!("{path} is a device: only a file can be sent");
        }
        let file = loop {
            match File::open(&self.path) {
                Err(error) if out_of_descriptors(&error) => {
                    common::note(&format!("waiting to open: {error}"));
                    thread::sleep(PAUSE);
                }
                opened => break opened,
            }
        }
        .map_err(|error| anyhow!("opening {path}: {error}"))?;
        let header = Header {
            filename: self.filename.clone(),
            filesize: file.metadata()?.len(),
        };
        Ok((file, header))
    }
}

/// ENFILE and EMFILE, which std has no kind for, on Linux, macOS and the BSDs.
fn out_of_descriptors(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}
