//! What the learner reads, line by line.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::{Result, bail};
use common::escape;
use programs::lang::{Lang, lang, tr, tr_with};
use programs::{Lesson, Side, may_break};
use serde_json::json;
use textwrap::core::Word;
use textwrap::{WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

use crate::check::Verdict;
use crate::lessons::Programs;
use crate::outcome::Mismatch;
use crate::script::{Check, Stage};
use crate::trial::{Event, Transcript};

const WIDTH: usize = 80;

/// Bytes to a line: in hex and as text they fill 80 columns.
const ROW: usize = 16;

/// How many lines of a long text are shown: its last ones say most.
const TAIL: usize = 8;

/// What a later failure is worth while an earlier one stands.
const FIRST_THINGS_FIRST: &str =
    "mend the first failure first: this one may come from it";

/// The checks of one side, as they are tried.
pub struct Report<'a> {
    lesson: &'a Lesson,
    side: Side,
    json: bool,
    all: usize,
    passed: usize,
    not_judged: Vec<String>,
    first_failure: Option<Stage>,
}

impl<'a> Report<'a> {
    pub fn new(lesson: &'a Lesson, side: Side, json: bool) -> Report<'a> {
        Report {
            lesson,
            side,
            json,
            all: 0,
            passed: 0,
            not_judged: Vec::new(),
            first_failure: None,
        }
    }

    /// Says what each check does, stage by stage.
    pub fn list(&self, programs: &Programs, checks: &[Check]) -> Result<()> {
        let more = programs.placeholders(self.side);
        let more: Vec<String> =
            more.iter().map(|name| format!(" {{{name}}}")).collect();
        self.title(&format!(" · {{host}} {{port}}{}", more.concat()))?;
        let mut last = None;
        for check in checks {
            if last != Some(check.stage) {
                last = Some(check.stage);
                let (number, title) = (check.stage as u8, check.stage.title());
                let stage = tr_with(
                    "stage {number} · {title}",
                    &[("number", &number), ("title", &title)],
                );
                line(&paint(dim(), &stage))?;
            }
            line(&format!("  {}", tr(check.name)))?;
            words("      ", tr(check.purpose))?;
            let steps = (check.script)();
            let steps: Vec<String> =
                steps.iter().map(|step| step.action.sentence()).collect();
            for part in wrapped(&steps.join(" · "), WIDTH - 6) {
                line(&paint(dim(), &format!("      {part}")))?;
            }
        }
        Ok(())
    }

    /// Begins with one side.
    pub fn begin(&mut self, command: &[String], all: usize) -> Result<()> {
        self.all = all;
        let whose = if command.is_empty() {
            tr(" · the course's own").into()
        } else {
            format!(" · {}", escape(&command.join(" ")))
        };
        self.title(&whose)
    }

    fn title(&self, whose: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        let number = self.lesson.number;
        let title = tr_with(
            "lesson {number} · {title}",
            &[("number", &number), ("title", &self.side.title())],
        );
        line(&format!("{}{whose}", paint(Style::new().bold(), &title)))
    }

    /// Reports one check.
    pub fn tried(
        &mut self,
        check: &Check,
        verdict: &Verdict,
        transcript: &Transcript,
    ) -> Result<()> {
        let later = self.first_failure.is_some();
        let (word, what, hint) = match verdict {
            Verdict::Passed => ("passed", None, None),
            Verdict::Failed(mismatch, hint) => {
                ("failed", Some(mismatch.what.clone()), hint.map(tr))
            }
            Verdict::MissingPlaceholder(name) => {
                let what = tr_with(
                    "the command has no {placeholder}",
                    &[("placeholder", &format_args!("{{{name}}}"))],
                );
                ("not judged", Some(what), None)
            }
            Verdict::TooBusy => {
                let what = tr("the machine is too busy to tell").to_owned();
                ("not judged", Some(what), None)
            }
        };
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(..) => {
                self.first_failure.get_or_insert(check.stage);
            }
            _ => self.not_judged.push(check.name.to_owned()),
        }
        if self.json {
            return line(
                &json!({
                    "lesson": self.lesson.number,
                    "side": self.side.to_string(),
                    "check": check.name,
                    "stage": check.stage as u8,
                    "verdict": word,
                    "what": what,
                    "hint": hint,
                })
                .to_string(),
            );
        }
        match verdict {
            Verdict::Passed => {
                let ok = paint(colour(AnsiColor::Green), tr("ok"));
                line(&format!("{ok}  {}", tr(check.name)))
            }
            Verdict::Failed(mismatch, hint) => {
                // Of later failures only what was seen is worth saying.
                let seen = mismatch.hint.or(if later { None } else { *hint });
                let hint = seen.unwrap_or(FIRST_THINGS_FIRST);
                failed(check, mismatch, tr(hint), transcript)
            }
            _ => {
                let what = what.unwrap_or_default();
                line(&tr_with(
                    "--  {name} ({what}: not judged)",
                    &[("name", &tr(check.name)), ("what", &what)],
                ))
            }
        }
    }

    /// Ends with how far the program got; whether no check failed.
    pub fn end(&self) -> Result<bool> {
        let all = self.all - self.not_judged.len();
        if all == 0 {
            bail!(tr_with(
                "no check of lesson {number} could be tried",
                &[("number", &self.lesson.number)],
            ));
        }
        let failed = self.first_failure.is_some();
        if self.json {
            return Ok(!failed);
        }
        let text = match self.first_failure {
            None if all == 1 => "The {side} passed the one check.",
            None => "The {side} passed all {all} checks.",
            Some(_) if all == 1 => {
                "The {side} failed the one check, in stage {number}, {title}."
            }
            Some(_) => {
                "The {side} passed {passed} of {all} checks; the first failure \
                 is in stage {number}, {title}."
            }
        };
        let stage = self.first_failure;
        let mut text = tr_with(
            text,
            &[
                ("side", &self.side.title()),
                ("all", &all),
                ("passed", &self.passed),
                ("number", &stage.map_or(0, |stage| stage as u8)),
                ("title", &stage.map_or("", Stage::title)),
            ],
        );
        let count = self.not_judged.len();
        if count > 0 {
            text += &tr_with(" Not judged: {count}.", &[("count", &count)]);
        }
        line("")?;
        words("", &text)?;
        Ok(!failed)
    }
}

fn failed(
    check: &Check,
    mismatch: &Mismatch,
    hint: &str,
    transcript: &Transcript,
) -> Result<()> {
    let red = colour(AnsiColor::Red).bold();
    let title = format!("{}  {}", tr("FAILED"), tr(check.name));
    line(&paint(red, &title))?;
    words("    ", tr(check.purpose))?;
    line("")?;
    let events = &transcript.events;
    let skipped = events.len().saturating_sub(TAIL);
    if skipped > 0 {
        let words = match skipped {
            1 => "    … 1 earlier step",
            _ => "    … {skipped} earlier steps",
        };
        line(&tr_with(words, &[("skipped", &skipped)]))?;
    }
    if events.is_empty() {
        line(tr("    the judge had not sent anything yet"))?;
    }
    for event in &events[skipped..] {
        match event {
            Event::Did(what) => {
                words(tr("    the judge "), &escape(what))?;
            }
            Event::Sent(bytes) => {
                line(&counted("    the judge sent {bytes}", bytes))?;
                rows(bytes, 0, 2)?;
            }
            Event::Received(bytes) => {
                line(&counted("    the program sent {bytes}", bytes))?;
                rows(bytes, 0, 2)?;
            }
        }
    }
    let what = escape(&mismatch.what);
    words(tr("    but "), &tr_with("{what}.", &[("what", &what)]))?;
    if let Some((expected, received)) = &mismatch.bytes {
        compare(expected, received)?;
    }
    tail("stdout", &transcript.stdout)?;
    tail("stderr", &transcript.stderr)?;
    line("")?;
    words(tr("    hint: "), hint)
}

/// Shows where bytes begin to differ: a caret under the first one.
fn compare(expected: &[u8], received: &[u8]) -> Result<()> {
    let pairs = expected.iter().zip(received);
    let same = pairs.take_while(|(a, b)| a == b).count();
    let from = same / ROW * ROW;
    line(&counted("    expected {bytes}", expected))?;
    rows(expected, from, 2)?;
    line(&counted("    got {bytes}", received))?;
    rows(received, from, 2)?;
    if same >= expected.len() && same >= received.len() {
        return Ok(());
    }
    let indent = 6 + (same - from) * 3;
    let what = match (same < expected.len(), same < received.len()) {
        (_, false) => tr("nothing more came"),
        (false, _) => tr("nothing more was expected"),
        _ => tr("the first difference is above"),
    };
    let caret = colour(AnsiColor::Red).bold();
    let text = format!("^^ {what}");
    if indent + text.width() > WIDTH {
        let text = format!("{what} ^^");
        let before = (indent + 2).saturating_sub(text.width());
        return line(&paint(caret, &format!("{}{text}", " ".repeat(before))));
    }
    line(&paint(caret, &format!("{}{text}", " ".repeat(indent))))
}

/// Rows of bytes from a place on, in hex and as text.
fn rows(bytes: &[u8], from: usize, most: usize) -> Result<()> {
    if from > 0 {
        line(&tr_with("      … {from} before", &[("from", &from)]))?;
    }
    let rest = bytes.get(from..).unwrap_or_default();
    for row in rest.chunks(ROW).take(most) {
        let hex: Vec<String> = row.iter().map(|b| format!("{b:02x}")).collect();
        let width = ROW * 3 + 1;
        line(&format!("      {:width$} {}", hex.join(" "), as_text(row)))?;
    }
    let left = rest.len().saturating_sub(most * ROW);
    if left > 0 {
        line(&tr_with("      … {left} more", &[("left", &left)]))?;
    }
    Ok(())
}

/// Bytes as text, with a dot for what is none.
fn as_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let shown = |c: char| {
        let own = escape(c.encode_utf8(&mut [0; 4]));
        if c == '\u{fffd}' || own.len() != c.len_utf8() { '·' } else { c }
    };
    text.chars().map(shown).collect()
}

/// The last lines that the program printed; of a backtrace, its first line.
fn tail(name: &str, bytes: &[u8]) -> Result<()> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return line(&tr_with("    its {name} is empty", &[("name", &name)]));
    }
    if let Some(at) = lines.iter().position(|l| *l == "stack backtrace:") {
        lines.truncate(at);
    }
    let skipped = lines.len().saturating_sub(TAIL);
    line(&tr_with("    its {name}:", &[("name", &name)]))?;
    if skipped > 0 {
        let words = match skipped {
            1 => "      … 1 earlier line",
            _ => "      … {skipped} earlier lines",
        };
        line(&tr_with(words, &[("skipped", &skipped)]))?;
    }
    for text in &lines[skipped..] {
        let parts = wrapped(&escape(text), WIDTH - 6);
        for part in parts.iter().take(3) {
            line(&format!("      {part}"))?;
        }
    }
    Ok(())
}

/// Words, broken so that they fit; the first line begins so.
fn words(first: &str, text: &str) -> Result<()> {
    let indent = first.width();
    let mut before = first.to_owned();
    for part in wrapped(text, WIDTH - indent) {
        line(&format!("{before}{part}"))?;
        before = " ".repeat(indent);
    }
    Ok(())
}

/// Breaks a text into lines of at most this many columns.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    // A header such as Sec-WebSocket-Key stays in one piece.
    let mut options = textwrap::Options::new(width)
        .word_splitter(WordSplitter::NoHyphenation);
    if lang() == Lang::Chinese {
        options.word_separator = WordSeparator::Custom(pieces);
    }
    let lines = textwrap::wrap(text, options);
    lines.into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// The pieces of a Chinese text that no line's end may part.
fn pieces(text: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut rest = text;
    Box::new(std::iter::from_fn(move || {
        let next = rest.chars().skip(1);
        let mut pairs = rest.char_indices().zip(next);
        let end = pairs.find_map(|((at, before), after)| {
            let space = before == ' ' && after != ' ';
            let ends = space || after != ' ' && may_break(before, after);
            ends.then_some(at + before.len_utf8())
        });
        let (piece, later) = rest.split_at(end.unwrap_or(rest.len()));
        rest = later;
        (!piece.is_empty()).then(|| Word::from(piece))
    }))
}

/// Words with a number of bytes in them.
fn counted(words: &str, bytes: &[u8]) -> String {
    let count = match bytes.len() {
        0 => tr("nothing").to_owned(),
        1 => tr("1 byte:").to_owned(),
        n => tr_with("{count} bytes:", &[("count", &n)]),
    };
    tr_with(words, &[("bytes", &count)])
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
