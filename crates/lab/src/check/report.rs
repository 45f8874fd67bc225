//! What the learner is told, line by line.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::{Result, bail};
use unicode_width::UnicodeWidthStr;

use super::failure::Wrong;
use super::player::Event;
use super::{Check, Programs, Witness, stage};
use crate::catalogue::{Lesson, Side};
use crate::timeline::bytes::show_text;
use crate::timeline::label::wrap;

const WIDTH: usize = 80;

/// Bytes to a line: in hex and as text they fill 80 columns.
const ROW: usize = 16;

/// So many lines of a long text are shown: its last ones say most.
const TAIL: usize = 6;

/// The checks of one side, as they are tried.
pub struct Report {
    lesson: &'static Lesson,
    side: Side,
    checks: Vec<&'static Check>,
    tried: usize,
    passed: usize,
    not_judged: usize,
    first_failure: Option<&'static Check>,
}

impl Report {
    pub fn new(lesson: &'static Lesson) -> Report {
        Report {
            lesson,
            side: Side::Server,
            checks: Vec::new(),
            tried: 0,
            passed: 0,
            not_judged: 0,
            first_failure: None,
        }
    }

    /// Names the checks of one side, stage by stage.
    ///
    /// # Errors
    ///
    /// As all the others here: when nobody takes the lines any more.
    pub fn list(
        &self,
        side: Side,
        programs: &Programs,
        checks: &[&Check],
    ) -> Result<()> {
        let more =
            programs.values.iter().map(|(name, _)| format!(" {{{name}}}"));
        let more: String = more.collect();
        self.title(side, &format!(" · {{host}} {{port}}{more}"))?;
        let mut last = 0;
        for check in checks {
            if check.stage != last {
                last = check.stage;
                let title = format!("stage {last} · {}", stage(last));
                line(&paint(dim(), &title))?;
            }
            line(&format!("  {}", check.name))?;
            words("      ", check.purpose)?;
        }
        Ok(())
    }

    /// Begins with one side.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn begin(
        &mut self,
        side: Side,
        command: &[String],
        checks: &[&'static Check],
    ) -> Result<()> {
        let lesson = self.lesson;
        *self = Report { side, checks: checks.to_vec(), ..Report::new(lesson) };
        let whose = match command.is_empty() {
            true => " · the course's own".into(),
            false => format!(" · {}", show_text(&command.join(" "))),
        };
        self.title(side, &whose)
    }

    fn title(&self, side: Side, whose: &str) -> Result<()> {
        let title = format!("lesson {} · {side}", self.lesson.number);
        line(&format!("{}{whose}", paint(Style::new().bold(), &title)))
    }

    /// The next check to be tried.
    pub fn next(&mut self) -> Option<&'static Check> {
        let next = self.checks.get(self.tried).copied();
        self.tried += 1;
        next
    }

    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn passed(&mut self, check: &Check) -> Result<()> {
        self.passed += 1;
        let ok = paint(colour(AnsiColor::Green), "ok");
        line(&format!("{ok}  {}", check.name))
    }

    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn not_judged(&mut self, check: &Check, name: &str) -> Result<()> {
        self.not_judged += 1;
        let text = format!("the command has no {{{name}}}: not judged");
        line(&format!("--  {} ({text})", check.name))
    }

    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn failed(
        &mut self,
        check: &'static Check,
        wrong: &Wrong,
        witness: &Witness,
    ) -> Result<()> {
        self.first_failure.get_or_insert(check);
        let red = colour(AnsiColor::Red).bold();
        let name = format!("FAILED  {}", check.name);
        line(&paint(red, &name))?;
        words("    ", check.purpose)?;
        line("")?;
        let events = &witness.log;
        let skipped = events.len().saturating_sub(TAIL);
        if skipped > 0 {
            line(&format!("    … {skipped} earlier steps"))?;
        }
        for event in &events[skipped..] {
            match event {
                Event::Did(what) => line(&format!("    lab {what}"))?,
                Event::Sent(bytes) => {
                    line(&format!("    lab sent {}", count(bytes.len())))?;
                    rows(bytes, 0, 2)?;
                }
            }
        }
        words("    but ", &format!("{}.", wrong.what))?;
        if let Some((expected, came)) = &wrong.bytes {
            compare(expected, came)?;
        }
        tail("stdout", &witness.stdout)?;
        tail("stderr", &witness.stderr)?;
        line("")?;
        let hint = wrong.hint.unwrap_or(check.hint);
        words("    hint: ", hint)
    }

    /// Ends with how far the program got; whether no check failed.
    ///
    /// # Errors
    ///
    /// When no check could be tried with this command.
    pub fn end(&self) -> Result<bool> {
        let all = self.checks.len() - self.not_judged;
        if all == 0 {
            bail!("no check of lesson {} could be tried", self.lesson.number);
        }
        let (side, passed) = (self.side, self.passed);
        let mut text = match self.first_failure {
            None => format!("The {side} passed all {all} checks."),
            Some(check) => format!(
                "The {side} passed {passed} of {all} checks; the first \
                 failure is in stage {}, {}.",
                check.stage,
                stage(check.stage)
            ),
        };
        if self.not_judged > 0 {
            text += &format!(" Not judged: {}.", self.not_judged);
        }
        line("")?;
        words("", &text)?;
        Ok(self.first_failure.is_none())
    }
}

/// Shows where bytes begin to differ: a caret under the first one.
fn compare(expected: &[u8], came: &[u8]) -> Result<()> {
    let pairs = expected.iter().zip(came);
    let same = pairs.take_while(|(a, b)| a == b).count();
    let from = same / ROW * ROW;
    line(&format!("    expected {}", count(expected.len())))?;
    rows(expected, from, 1)?;
    line(&format!("    came {}", count(came.len())))?;
    rows(came, from, 1)?;
    if same < expected.len() || same < came.len() {
        let indent = " ".repeat(6 + (same - from) * 3);
        let what = match (same < expected.len(), same < came.len()) {
            (_, false) => "nothing more came",
            (false, _) => "nothing more was expected",
            _ => "the first difference",
        };
        let caret = colour(AnsiColor::Red).bold();
        let text = format!("^^ {what}");
        let text = match indent.len() + text.len() > WIDTH {
            true => {
                format!("{:>w$}", format!("{what} ^^"), w = indent.len() + 2)
            }
            false => format!("{indent}{text}"),
        };
        line(&paint(caret, &text))?;
    }
    Ok(())
}

/// Rows of bytes from a place on, in hex and as text.
fn rows(bytes: &[u8], from: usize, most: usize) -> Result<()> {
    if from > 0 {
        line(&format!("      … {from} before"))?;
    }
    let rest = bytes.get(from..).unwrap_or_default();
    for row in rest.chunks(ROW).take(most) {
        let hex: Vec<String> = row.iter().map(|b| format!("{b:02x}")).collect();
        let width = ROW * 3 + 1;
        line(&format!("      {:width$} {}", hex.join(" "), as_text(row)))?;
    }
    let left = rest.len().saturating_sub(most * ROW);
    if left > 0 {
        line(&format!("      … {left} more"))?;
    }
    Ok(())
}

/// Bytes as text, with a dot for what is none.
fn as_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let dot = |c: char| match c {
        '\u{fffd}' => "·".to_owned(),
        c if show_text(c.encode_utf8(&mut [0; 4])).len() != c.len_utf8() => {
            "·".to_owned()
        }
        c => c.to_string(),
    };
    text.chars().map(dot).collect()
}

/// The last lines that the program said.
fn tail(name: &str, bytes: &[u8]) -> Result<()> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(TAIL);
    if lines.is_empty() {
        return line(&format!("    its {name} is empty"));
    }
    line(&format!("    its {name}:"))?;
    if skipped > 0 {
        line(&format!("      … {skipped} earlier lines"))?;
    }
    for text in &lines[skipped..] {
        for part in wrap(&show_text(text), WIDTH - 6, 3) {
            line(&format!("      {part}"))?;
        }
    }
    Ok(())
}

/// Words, broken between them so that they fit; the first line begins so.
fn words(first: &str, text: &str) -> Result<()> {
    let indent = first.width();
    let mut before = first.to_owned();
    for part in wrap(text, WIDTH - indent, 20) {
        line(&format!("{before}{part}"))?;
        before = " ".repeat(indent);
    }
    Ok(())
}

fn count(bytes: usize) -> String {
    match bytes {
        0 => "nothing".into(),
        1 => "1 byte:".into(),
        n => format!("{n} bytes:"),
    }
}

fn dim() -> Style {
    Style::new().dimmed()
}

fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

fn line(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
