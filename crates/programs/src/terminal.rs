//! A pseudo-terminal for a program's stdout.

use std::fs::File;
use std::process::Command;

/// Makes stdout a pseudo-terminal, since many languages keep lines for
/// themselves when stdout is a pipe; gives the end to read from.
#[cfg(unix)]
pub fn terminal(command: &mut Command) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::{FdFlags, fcntl_setfd};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, OutputModes, tcgetattr, tcsetattr};

    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).ok()?;
    // A program that held this end too would keep its own stdout open. Only
    // Linux could open it so at once.
    fcntl_setfd(&ours, FdFlags::CLOEXEC).ok()?;
    grantpt(&ours).ok()?;
    unlockpt(&ours).ok()?;
    let name = ptsname(&ours, Vec::new()).ok()?.into_string().ok()?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let theirs = open(name, flags, Mode::empty()).ok()?;
    // As it is printed: no carriage return before each line end.
    let mut modes = tcgetattr(&theirs).ok()?;
    modes.output_modes &= !OutputModes::OPOST;
    tcsetattr(&theirs, OptionalActions::Now, &modes).ok()?;
    command.stdout(std::process::Stdio::from(theirs));
    Some(File::from(ours))
}

/// Elsewhere stdout stays what it is.
#[cfg(not(unix))]
pub fn terminal(_: &mut Command) -> Option<File> {
    None
}
