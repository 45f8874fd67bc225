//! How a program ends: an exit code, and an error as one sentence.

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use crate::log;

/// Ends a program: 0, or 1 and the error in a sentence, with its hint.
pub fn exit_code(lesson: &str, result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    log(&format!("error: {}", error_chain(&error)));
    let io = error.chain().find_map(|cause| cause.downcast_ref());
    if let Some(hint) = io.and_then(|error| hint(lesson, error)) {
        log(&format!("hint: {hint}"));
    }
    ExitCode::FAILURE
}

/// An error with its causes, in one sentence.
pub fn error_chain(error: &anyhow::Error) -> String {
    let causes = error.chain().map(|cause| {
        match cause.downcast_ref().map(io::Error::kind) {
            // What Unix and Windows call a socket's timeout.
            Some(ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                "nothing within --timeout".into()
            }
            Some(ErrorKind::InvalidInput) if cfg!(target_os = "macos") => {
                format!("{cause} (macOS says so after a reset)")
            }
            _ => cause.to_string(),
        }
    });
    causes.collect::<Vec<_>>().join(": ")
}

fn hint(lesson: &str, error: &io::Error) -> Option<String> {
    let taken = match lesson {
        "02" | "03" => "the server of lesson 02 or 03 still runs",
        "05" | "06" => "the server of lesson 05, 06 or 08 still runs",
        "08" => {
            "the server of lesson 05, 06 or 08 still runs (or, after \
             --no-reuse, old connections linger for a minute)"
        }
        _ => "this server still runs",
    };
    let first =
        if ["02", "03", "04"].contains(&lesson) { "" } else { " first" };
    Some(match error.kind() {
        ErrorKind::ConnectionRefused => format!(
            "start the server{first}: just server {lesson}; if it ran, look \
             there for its address and errors"
        ),
        ErrorKind::AddrInUse => format!(
            "perhaps {taken}: look in your other terminals and end it, or \
             take a free port: just server {lesson} 127.0.0.1:0"
        ),
        ErrorKind::AddrNotAvailable => "is it this machine's address?".into(),
        // EMSGSIZE, which std has no kind for: Linux, macOS, Windows.
        _ if matches!(error.raw_os_error(), Some(90 | 40 | 10040)) => {
            "IPv4 takes 65,507 bytes at most (65,535 - 20 - 8); macOS sends \
             9,216 unless its net.inet.udp.maxdgram is raised"
                .into()
        }
        _ => return None,
    })
}
