//! What a learner types while a run is shown.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context, Result, bail};
use programs::lang::tr;
use unicode_width::UnicodeWidthStr;

use crate::signals::interrupted;

/// How soon Ctrl-C is noticed.
const GLANCE: Duration = Duration::from_millis(50);

/// The lines of stdin.
pub struct Keys {
    lines: Receiver<io::Result<String>>,
    /// Somebody types, and sees it.
    typed: bool,
    /// Lines on the screen can be erased.
    erases: bool,
    columns: usize,
    /// Nothing more is typed.
    ended: bool,
}

impl Keys {
    /// Begins to read stdin, for a screen of this many columns.
    pub fn read(columns: usize) -> Keys {
        // One line is taken at a time. Ctrl-C interrupts no read, so a thread
        // reads, and the picture looks up from time to time.
        let (sender, lines) = sync_channel(0);
        thread::spawn(move || {
            // What is no UTF-8 is no answer, but no reason to end either.
            for line in io::stdin().lock().split(b'\n') {
                let text = line.map(|line| {
                    let text = String::from_utf8_lossy(&line);
                    text.trim_end_matches('\r').to_owned()
                });
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        let typed = io::stdin().is_terminal();
        let stdout = io::stdout();
        let takes_escapes = stdout.is_terminal()
            && AutoStream::choice(&stdout) != ColorChoice::Never;
        let erases = typed && takes_escapes;
        Keys { lines, typed, erases, columns, ended: false }
    }

    /// Waits for a line behind a prompt that stays.
    ///
    /// # Errors
    ///
    /// On Ctrl-C, and when the prompt cannot be written.
    pub fn answer(&mut self, prompt: &str) -> Result<Option<String>> {
        let mut out = anstream::stdout();
        if self.typed {
            write!(out, "{prompt} ")?;
        } else {
            writeln!(out, "{prompt}")?;
        }
        out.flush()?;
        let line = self.line()?;
        if line.is_none() && self.typed {
            // Ctrl-D ends no line.
            writeln!(out)?;
        }
        Ok(line)
    }

    /// Waits for a line behind a prompt that is gone afterwards. Where nobody
    /// types there is no prompt.
    ///
    /// # Errors
    ///
    /// On Ctrl-C, and when the prompt cannot be written.
    pub fn key(&mut self, prompt: &str) -> Result<Option<String>> {
        if !self.typed || self.ended {
            return self.line();
        }
        let mut out = anstream::stdout();
        write!(out, "{prompt} ")?;
        out.flush()?;
        let line = self.line()?;
        match &line {
            Some(line) if self.erases => {
                // Enter moved down by a line; a long line took several.
                let width = prompt.width() + 1 + line.width();
                let up = 1 + width / self.columns.max(1);
                write!(out, "\x1b[{up}A\r\x1b[J")?;
            }
            None if self.erases => write!(out, "\r\x1b[J")?,
            None => writeln!(out)?,
            Some(_) => {}
        }
        out.flush()?;
        Ok(line)
    }

    /// Makes room for the picture to be drawn again.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines.
    pub fn clear(&self) -> io::Result<()> {
        let mut out = anstream::stdout();
        if self.erases {
            write!(out, "\x1b[H\x1b[2J")?;
        } else {
            writeln!(out)?;
        }
        out.flush()
    }

    /// The next line, or nothing once stdin has ended.
    fn line(&mut self) -> Result<Option<String>> {
        loop {
            if interrupted() {
                bail!("interrupted");
            }
            match self.lines.recv_timeout(GLANCE) {
                Ok(line) => {
                    let line = line.context(tr("reading what is typed"))?;
                    return Ok(Some(line.trim().into()));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.ended = true;
                    return Ok(None);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// The first letter of what was typed. A Chinese input method may type `２`
/// and `ｂ` for `2` and `b`.
pub fn letter(line: &str) -> Option<char> {
    let first = line.chars().next()?;
    let wide = u32::from(first).checked_sub(0xfee0);
    let narrow = wide.filter(|narrow| (0x21..0x7f).contains(narrow));
    let narrow = narrow.and_then(char::from_u32).unwrap_or(first);
    Some(narrow.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::letter;

    #[test]
    fn the_first_letter_counts_in_either_width() {
        for (line, first) in
            [("back", 'b'), ("Q", 'q'), ("２", '2'), ("ｂ", 'b')]
        {
            assert_eq!(letter(line), Some(first));
        }
        assert_eq!(letter(""), None);
        assert_eq!(letter("后退"), Some('后'));
    }
}
