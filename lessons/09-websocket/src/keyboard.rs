//! The lines that the user types.

use std::io::{self, BufRead, Read};

use anyhow::{Context, Result, bail};

/// A line longer than this is nobody's typing.
const MAX_LINE: usize = 1024 * 1024;

/// Gives each line of stdin, without its end, to `say`.
pub fn each_line(mut say: impl FnMut(String)) -> Result<()> {
    let mut stdin = io::stdin().lock();
    loop {
        let mut line = Vec::new();
        let most = MAX_LINE as u64 + 2;
        let read = stdin.by_ref().take(most).read_until(b'\n', &mut line);
        if read.context("reading a line from stdin")? == 0 {
            return Ok(());
        }
        if line.pop_if(|last| *last == b'\n').is_some() {
            line.pop_if(|last| *last == b'\r');
        }
        if line.len() > MAX_LINE {
            bail!("the line on stdin is longer than {MAX_LINE} bytes");
        }
        say(String::from_utf8(line).context("a text message is UTF-8")?);
    }
}
