//! A line that the user types.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::process::exit;

use anyhow::{Context, Result, bail};

/// A line longer than this is nobody's typing.
const MAX_LINE: usize = 1024 * 1024;

/// Asks for a line, as Python's `input` does; `None` at the end of stdin. It
/// is bytes, so that what is no UTF-8 goes to the server as it was typed.
pub fn prompt(prompt: &str) -> Result<Option<Vec<u8>>> {
    let mut stdout = io::stdout().lock();
    match write!(stdout, "{prompt}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        printed => printed.context("printing the prompt")?,
    }

    let mut line = Vec::new();
    let mut stdin = io::stdin().lock().take(MAX_LINE as u64 + 2);
    stdin.read_until(b'\n', &mut line).context("reading a line from stdin")?;
    if line.is_empty() {
        return Ok(None);
    }
    // The last line of a file may lack its end.
    if line.pop_if(|last| *last == b'\n').is_some() {
        line.pop_if(|last| *last == b'\r');
    }
    if line.len() > MAX_LINE {
        bail!("the line on stdin is longer than {MAX_LINE} bytes");
    }
    Ok(Some(line))
}
