//! A program and all that it starts, as one.

use std::process::Command;

use process_wrap::std::CommandWrap;

/// Gives a program a group of its own, which can be ended with all that it
/// started. Ctrl-C does not reach it by itself then: its parent ends it.
pub fn in_a_group(command: Command) -> CommandWrap {
    let mut command = CommandWrap::from(command);
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);
    command
}
