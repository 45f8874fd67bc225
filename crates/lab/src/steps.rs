//! A finished run, shown at a learner's pace: row by row, or from one
//! question to the next.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use programs::lang::{lang, tr, tr_with};

use crate::draw::terminal::Terminal;
use crate::keys::{Keys, letter};
use crate::questions::{Asked, Words};
use crate::timeline::row::Row;

const KEYS: &str = "Enter: next, b: back, q: end";

/// A finished run.
pub struct Finished<'a> {
    pub title: &'a str,
    pub place: &'a str,
    pub commands: &'a [String],
    pub rows: &'a [Row],
    pub asked: &'a [Asked],
}

/// Shows finished runs, one after the other.
pub struct Steps {
    keys: Keys,
    /// It stops before every row, not at the questions only.
    every_row: bool,
    /// How many questions were asked, and answered right.
    asked: usize,
    right: usize,
}

/// What a learner wants next.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    Next,
    Back,
    End,
}

impl Steps {
    /// Says what is to come, and which keys there are.
    ///
    /// # Errors
    ///
    /// As all the others here: on Ctrl-C, and when nobody takes the lines.
    pub fn start<W: Write>(
        terminal: &mut Terminal<W>,
        keys: Keys,
        every_row: bool,
        asks: bool,
    ) -> Result<Steps> {
        let intro = match (every_row, asks) {
            (true, true) => {
                "lab runs the lesson first, and then shows it row by row, \
                 with questions on the way."
            }
            (true, false) => {
                "lab runs the lesson first, and then shows it row by row."
            }
            (false, _) => {
                "lab runs the lesson first, and then shows it up to each \
                 question. Type a number and Enter; q ends."
            }
        };
        terminal.sentence(tr(intro))?;
        if every_row {
            terminal.sentence(tr(KEYS))?;
        }
        terminal.line("")?;
        Ok(Steps { keys, every_row, asked: 0, right: 0 })
    }

    /// Shows one run; whether the learner wants to see what follows.
    ///
    /// # Errors
    ///
    /// On Ctrl-C, and when nobody takes the lines.
    pub fn show<W: Write>(
        &mut self,
        terminal: &mut Terminal<W>,
        run: &Finished,
    ) -> Result<bool> {
        terminal.head(run.title, run.place, run.commands)?;
        let mut asked = run.asked.iter().peekable();
        let mut drawn = 0;
        loop {
            // A question is asked once, also when one goes back.
            while let Some(next) = asked.next_if(|next| next.before <= drawn) {
                if !self.ask(terminal, next)? {
                    return Ok(false);
                }
            }
            if self.every_row {
                match self.key(terminal)? {
                    Key::Next => {}
                    Key::Back => {
                        drawn = drawn.saturating_sub(1);
                        self.keys.clear()?;
                        terminal.rewind();
                        terminal.head(run.title, run.place, run.commands)?;
                        for row in &run.rows[..drawn] {
                            terminal.row(row)?;
                        }
                        continue;
                    }
                    Key::End => return Ok(false),
                }
            }
            let Some(row) = run.rows.get(drawn) else { return Ok(true) };
            terminal.row(row)?;
            drawn += 1;
        }
    }

    fn key<W: Write>(&mut self, terminal: &mut Terminal<W>) -> Result<Key> {
        let prompt = tr(KEYS);
        loop {
            let line = self.keys.key(prompt)?;
            match line.as_deref().and_then(letter) {
                None | Some('n') => return Ok(Key::Next),
                Some('b') => return Ok(Key::Back),
                Some('q') => return Ok(Key::End),
                Some(other) => {
                    terminal.sentence(&tr_with(
                        "There is no key {other} here. {prompt}.",
                        &[("other", &other), ("prompt", &prompt)],
                    ))?;
                }
            }
        }
    }

    /// Asks a question; whether the learner wants to go on.
    fn ask<W: Write>(
        &mut self,
        terminal: &mut Terminal<W>,
        asked: &Asked,
    ) -> Result<bool> {
        let words = lang().pick(asked.words.each_ref());
        self.asked += 1;
        let number = self.asked;
        let bold = Style::new().bold();
        terminal.line("")?;
        terminal.styled(
            bold,
            &tr_with(
                "Question {number}: {question}",
                &[("number", &number), ("question", &words.question)],
            ),
        )?;
        for (place, answer) in words.answers.iter().enumerate() {
            terminal.item(&format!("{:>3}  ", place + 1), answer)?;
        }
        let Some(chosen) = self.choose(terminal, words.answers.len())? else {
            return Ok(false);
        };
        self.judge(terminal, asked, words, chosen)?;
        terminal.line("")?;
        Ok(true)
    }

    /// What the learner chooses: `Some(None)` asks to be told the answer, and
    /// `None` ends.
    fn choose<W: Write>(
        &mut self,
        terminal: &mut Terminal<W>,
        answers: usize,
    ) -> Result<Option<Option<usize>>> {
        let prompt = tr_with(
            "Your answer, 1 to {answers} (Enter alone shows it):",
            &[("answers", &answers)],
        );
        loop {
            let line = self.keys.answer(&prompt)?;
            let Some(letter) = line.as_deref().and_then(letter) else {
                return Ok(Some(None));
            };
            let is_one = line.is_some_and(|line| line.chars().count() == 1);
            match letter.to_digit(10) {
                _ if letter == 'q' => return Ok(None),
                Some(digit @ 1..) if is_one && digit as usize <= answers => {
                    return Ok(Some(Some(digit as usize - 1)));
                }
                _ => terminal.sentence(&tr_with(
                    "That is none of the answers: type a number from 1 to \
                     {answers}, or Enter alone to see the answer.",
                    &[("answers", &answers)],
                ))?,
            }
        }
    }

    /// Says whether the choice is right, and why.
    fn judge<W: Write>(
        &mut self,
        terminal: &mut Terminal<W>,
        asked: &Asked,
        words: &Words,
        chosen: Option<usize>,
    ) -> Result<()> {
        let right = asked.right + 1;
        let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
        let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
        let (style, verdict) = match chosen {
            Some(chosen) if chosen == asked.right => {
                self.right += 1;
                (green, tr("Right.").to_owned())
            }
            Some(_) => {
                let told = "No, the right answer is {right}.";
                (yellow, tr_with(told, &[("right", &right)]))
            }
            None => {
                let told = "The right answer is {right}.";
                (Style::new(), tr_with(told, &[("right", &right)]))
            }
        };
        terminal.styled(style, &verdict)?;
        Ok(terminal.sentence(&words.why)?)
    }

    /// Says how many answers were right.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines.
    pub fn score<W: Write>(&self, terminal: &mut Terminal<W>) -> Result<()> {
        let Steps { asked, right, .. } = self;
        let words = match asked {
            0 => tr("No question fits this run: lab asks about the lesson as \
                     it runs without knobs.")
            .to_owned(),
            _ => tr_with(
                "Right answers: {right} of {asked}.",
                &[("right", right), ("asked", asked)],
            ),
        };
        terminal.line("")?;
        Ok(terminal.sentence(&words)?)
    }
}
