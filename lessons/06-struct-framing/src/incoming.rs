//! A file that appears whole, or not at all.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::exit;

use anyhow::{Context, Result, anyhow, bail};
use tempfile::{Builder, NamedTempFile};

/// A file on its way, under a name of its own until it is whole.
///
/// It lies in the folder of its target: only within one file system can a
/// file be renamed, which is the one step that nobody sees half done. Dropped
/// before that, it is deleted.
pub struct Incoming {
    file: NamedTempFile,
    target: PathBuf,
    force: bool,
}

impl Incoming {
    /// Makes an empty file beside `target`.
    ///
    /// # Errors
    ///
    /// When the target exists and `force` does not say to replace it, or when
    /// the folder takes no file.
    pub fn create(target: &Path, force: bool) -> Result<Incoming> {
        let name = target.file_name().with_context(|| {
            format!("{} is no name for a file", target.display())
        })?;
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let target = target.with_file_name(name);
        check_vacant(&target, force)?;

        let mut builder = Builder::new();
        builder.prefix(".06-client-").suffix(".part");
        // As any new file gets them: the kernel takes the umask off. What
        // tempfile would choose, 0600, is for files that stay temporary.
        #[cfg(unix)]
        builder
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(|error| {
            anyhow!("making a file in {}: {error}", folder.display())
        })?;
        delete_on_interrupt(file.path().to_owned())?;
        Ok(Incoming { file, target, force })
    }

    /// Gives the file its name, now that it is whole.
    ///
    /// # Errors
    ///
    /// When a file of that name has come into being meanwhile.
    pub fn publish(self) -> Result<PathBuf> {
        let target = self.target;
        let published = if self.force {
            self.file.persist(&target)
        } else {
            self.file.persist_noclobber(&target)
        };
        match published {
            Ok(_) => Ok(target),
            Err(error) => {
                bail!("naming it {}: {}", target.display(), error.error)
            }
        }
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Refuses early what could not be published: an hour of transfer later is
/// late to hear of it.
fn check_vacant(target: &Path, force: bool) -> Result<()> {
    let path = target.display();
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => bail!("looking for {path}: {error}"),
        Ok(found) if !found.is_file() => {
            bail!("{path} exists and is not a file; take another --output")
        }
        Ok(_) if !force => {
            bail!(
                "{path} exists; --force overwrites it, --output FILE \
                   takes another name"
            )
        }
        Ok(_) => Ok(()),
    }
}

/// Ctrl-C ends a program at once: nothing is dropped, so nothing deleted.
fn delete_on_interrupt(path: PathBuf) -> Result<()> {
    ctrlc::set_handler(move || {
        let _ = fs::remove_file(&path);
        common::note("interrupted");
        exit(130)
    })
    .context("preparing for Ctrl-C")
}
