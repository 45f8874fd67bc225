//! A file that appears whole, or not at all.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::exit;

use anyhow::{Context, Result, anyhow, bail};
use tempfile::{Builder, NamedTempFile};

/// A file on its way, under a name of its own until it is whole.
///
/// It lies in the folder of its target: only within one file system can a
/// file be renamed, which is the one step that nobody sees half done. Dropped
/// before that, it is deleted.
pub struct PartialFile {
    file: NamedTempFile,
    target: PathBuf,
    force: bool,
}

impl PartialFile {
    /// Makes an empty file beside `target`, which may exist only with `force`.
    pub fn create(target: &Path, force: bool) -> Result<PartialFile> {
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
        Ok(PartialFile { file, target, force })
    }

    /// Writes the next bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| anyhow!("writing the file: {error}"))
    }

    /// Gives the file its name, now that it is whole.
    pub fn publish(self) -> Result<()> {
        let target = self.target;
        let published = if self.force {
            self.file.persist(&target)
        } else {
            self.file.persist_noclobber(&target)
        };
        if let Err(error) = published {
            bail!("naming it {}: {}", target.display(), error.error);
        }
        common::log(&format!("{} is whole", target.display()));
        Ok(())
    }
}

/// Refuses now what could not be published after an hour of transfer.
fn check_vacant(target: &Path, force: bool) -> Result<()> {
    let path = target.display();
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => bail!("looking for {path}: {error}"),
        Ok(found) if !found.is_file() => {
            bail!("{path} exists and is not a file; take another --output")
        }
        Ok(_) if !force => bail!(
            "{path} exists; --force overwrites it, --output FILE takes \
             another name"
        ),
        Ok(_) => Ok(()),
    }
}

/// Ctrl-C ends a program at once: nothing is dropped, so nothing deleted.
fn delete_on_interrupt(path: PathBuf) -> Result<()> {
    ctrlc::set_handler(move || {
        let _ = fs::remove_file(&path);
        common::log("interrupted");
        exit(130)
    })
    .context("preparing for Ctrl-C")
}
