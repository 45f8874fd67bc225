//! What to predict before a run goes on: the questions of a lesson's
//! `questions.toml`, placed in the rows of a run.
//!
//! Where a question names a fact, its right answer is computed from the run:
//! other knobs may make another answer right. A question that the run has no
//! place for, or no answer to, is left out.

mod fact;
mod file;

use std::fs;

use anyhow::{Context, Result};
use programs::lang::tr_with;

use crate::timeline::row::Row;
use fact::Rows;
use file::{Answer, Question, Text};

/// A question, and where the run stops for it.
#[derive(Debug)]
pub struct Asked {
    /// The row before which the run stops, by its place.
    pub before: usize,
    /// The right answer's place.
    pub right: usize,
    /// In English and in Chinese.
    pub words: [Words; 2],
}

/// A question in one language.
#[derive(Debug)]
pub struct Words {
    pub question: String,
    pub answers: Vec<String>,
    /// Why the right answer is right.
    pub why: String,
}

/// The questions of one play of a lesson, placed in its rows. Plays are
/// numbered from 0, as the lesson's scenarios; the server has the last lane.
///
/// # Errors
///
/// When the lesson's file cannot be read, or breaks a rule.
pub fn questions(
    lesson: &str,
    play: usize,
    rows: &[Row],
    lanes: usize,
) -> Result<Vec<Asked>> {
    let rows = Rows { rows, lanes };
    let questions = read(lesson)?;
    let asked = questions
        .iter()
        .filter(|question| question.play == play)
        .filter_map(|question| place(question, &rows));
    let mut asked: Vec<Asked> = asked.collect();
    asked.sort_by_key(|asked| asked.before);
    Ok(asked)
}

/// Reads a lesson's questions, to know before a run whether one can ask.
///
/// # Errors
///
/// When the lesson's file cannot be read, or breaks a rule.
pub fn check(lesson: &str) -> Result<()> {
    read(lesson).map(|_| ())
}

/// Reads the file of a lesson. It is read at each run: who writes a question
/// sees it at once.
fn read(lesson: &str) -> Result<Vec<Question>> {
    let lesson = programs::lesson(lesson)?;
    let folder = format!("{}-{}", lesson.number, lesson.package);
    let file = programs::root().join("lessons").join(folder);
    let file = file.join("questions.toml");
    let text = fs::read_to_string(&file).with_context(|| {
        tr_with("reading {file}", &[("file", &file.display())])
    })?;
    file::parse(&text).with_context(|| file.display().to_string())
}

/// Finds a question's place and its answer in a run.
fn place(question: &Question, rows: &Rows) -> Option<Asked> {
    if let Some((fact, value)) = &question.given
        && fact.value(rows)? != *value
    {
        return None;
    }
    let before = rows.find(&question.before)?;
    let right = match &question.fact {
        Some(fact) => {
            let value = fact.value(rows)?;
            let is_right = |answer: &Answer| answer.is.contains(&value);
            question.answers.iter().position(is_right)?
        }
        None => question.right?,
    };
    let why = &question.answers.get(right)?.why;
    let why = why.as_ref().or(question.why.as_ref())?;
    let words = |pick: fn(&Text) -> &String| Words {
        question: pick(&question.text).clone(),
        answers: question
            .answers
            .iter()
            .map(|a| pick(&a.text).clone())
            .collect(),
        why: pick(why).clone(),
    };
    let words = [words(|text| &text.en), words(|text| &text.zh)];
    Some(Asked { before, right, words })
}

#[cfg(test)]
mod tests;
