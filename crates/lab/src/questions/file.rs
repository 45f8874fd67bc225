//! The shape of a questions file, and its rules.
//!
//! ```toml
//! [[questions]]
//! play = 0                          # which of the lesson's scenarios
//! before = "server recv"            # the run stops before this row
//! given = { count = "client send", is = "5" }   # asked only where this holds
//! fact = { count = "server recv" }  # computed; or `right = 2` says it
//! en = "How many recvs …?"
//! zh = "……几次 recv？"
//! why = { en = "…", zh = "…" }      # unless the right answer says why
//!
//! [[questions.answers]]
//! is = ["1"]                        # the fact's values that make it right
//! en = "One."
//! zh = "一次。"
//! why = { en = "…", zh = "…" }      # where other answers have other reasons
//! ```
//!
//! A row is named by a program, a call, and which of them it is:
//! `client 2 recv 3`. A fact is `count` (how often such a call is made),
//! `bytes` (how many it moves), `frame` (in WebSocket, how long the frame of
//! its n-th message is), `peer` (which client is at its other end) or `sooner`
//! (whether the first of two rows comes first: `yes` or `no`).

use std::fmt::Display;
use std::str::FromStr;

use anyhow::{Result, anyhow};
use toml_span::de_helpers::TableHelper;
use toml_span::value::Value;
use toml_span::{DeserError, Deserialize, Error, ErrorKind, Span};

use super::fact::{Fact, Place};

/// One question of a file.
pub struct Question {
    /// Which of the lesson's scenarios it is about.
    pub play: usize,
    pub before: Place,
    /// It is asked only where this fact has this value.
    pub given: Option<(Fact, String)>,
    /// What the right answer is computed from.
    pub fact: Option<Fact>,
    /// The right answer's place, where no fact tells it.
    pub right: Option<usize>,
    pub text: Text,
    /// Why the right answer is right, where it does not say so itself.
    pub why: Option<Text>,
    pub answers: Vec<Answer>,
}

/// One answer to choose.
pub struct Answer {
    /// The values of the fact for which it is right.
    pub is: Vec<String>,
    pub text: Text,
    pub why: Option<Text>,
}

/// A text in both languages.
pub struct Text {
    pub en: String,
    pub zh: String,
}

/// Reads a file.
///
/// # Errors
///
/// When it is no TOML, or breaks one of the rules here.
pub fn parse(text: &str) -> Result<Vec<Question>> {
    let file = toml_span::parse(text).map_err(DeserError::from);
    let file = file.and_then(|mut file| File::deserialize(&mut file));
    file.map(|file| file.questions).map_err(|error| {
        let told = error.errors.iter().map(|error| {
            let before = text.get(..error.span.start).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {error}")
        });
        anyhow!(told.collect::<Vec<_>>().join("; "))
    })
}

struct File {
    questions: Vec<Question>,
}

impl<'de> Deserialize<'de> for File {
    fn deserialize(value: &mut Value<'de>) -> Result<File, DeserError> {
        let mut table = TableHelper::new(value)?;
        let questions = table.required("questions");
        table.finalize(None)?;
        Ok(File { questions: questions? })
    }
}

impl<'de> Deserialize<'de> for Question {
    fn deserialize(value: &mut Value<'de>) -> Result<Question, DeserError> {
        let span = value.span;
        let mut table = TableHelper::new(value)?;
        let play = table.required("play");
        let before = table.required("before");
        let given: Option<Given> = table.optional("given");
        let fact = table.optional("fact");
        let right: Option<usize> = table.optional("right");
        let why = table.optional("why");
        let answers = table.required("answers");
        let text = text(&mut table);
        table.finalize(None)?;
        let question = Question {
            play: play?,
            before: before?,
            given: given.map(|given| (given.fact, given.is)),
            fact,
            right: right.map(|right| right.wrapping_sub(1)),
            text: text?,
            why,
            answers: answers?,
        };
        match question.broken_rule() {
            Some(rule) => Err(broken(rule, span)),
            None => Ok(question),
        }
    }
}

impl Question {
    fn broken_rule(&self) -> Option<&'static str> {
        let answers = &self.answers;
        let computed = answers.iter().filter(|answer| !answer.is.is_empty());
        if !(2..=4).contains(&answers.len()) {
            return Some("a question has two to four answers");
        }
        match (&self.fact, self.right) {
            (Some(_), None) if computed.clone().count() == 0 => {
                Some("with `fact`, an answer says by `is` when it is right")
            }
            (Some(_), None) => {
                let lacks = |answer: &Answer| answer.why.is_none();
                let lacks = self.why.is_none() && computed.clone().any(lacks);
                lacks.then_some("an answer that may be right says `why`")
            }
            (None, Some(right)) if right >= answers.len() => {
                Some("`right` is the number of an answer, from 1")
            }
            (None, Some(_)) if computed.clone().count() > 0 => {
                Some("`is` says when an answer is right: name the `fact`")
            }
            (None, Some(_)) if self.why.is_none() => {
                Some("a question says `why` its answer is right")
            }
            (None, Some(_)) => None,
            _ => Some("a question has either `fact` or `right`"),
        }
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize(value: &mut Value<'de>) -> Result<Answer, DeserError> {
        let mut table = TableHelper::new(value)?;
        let is: Option<Vec<String>> = table.optional("is");
        let why = table.optional("why");
        let text = text(&mut table);
        table.finalize(None)?;
        Ok(Answer { is: is.unwrap_or_default(), text: text?, why })
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize(value: &mut Value<'de>) -> Result<Text, DeserError> {
        let mut table = TableHelper::new(value)?;
        let text = text(&mut table);
        table.finalize(None)?;
        Ok(text?)
    }
}

/// Both languages, neither of them empty.
fn text(table: &mut TableHelper) -> Result<Text, Error> {
    let en = table.required_s::<String>("en");
    let zh = table.required_s::<String>("zh");
    let (en, zh) = (en?, zh?);
    for text in [&en, &zh] {
        if text.value.trim().is_empty() {
            let message = ErrorKind::Custom("a text is empty".into());
            return Err((message, text.span).into());
        }
    }
    Ok(Text { en: en.value, zh: zh.value })
}

struct Given {
    fact: Fact,
    is: String,
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize(value: &mut Value<'de>) -> Result<Given, DeserError> {
        let span = value.span;
        let mut table = TableHelper::new(value)?;
        let is = table.required("is");
        let fact = fact(&mut table, span);
        table.finalize(None)?;
        Ok(Given { fact: fact?, is: is? })
    }
}

impl<'de> Deserialize<'de> for Fact {
    fn deserialize(value: &mut Value<'de>) -> Result<Fact, DeserError> {
        let span = value.span;
        let mut table = TableHelper::new(value)?;
        let fact = fact(&mut table, span);
        table.finalize(None)?;
        fact
    }
}

fn fact(table: &mut TableHelper, span: Span) -> Result<Fact, DeserError> {
    let count = table.optional("count").map(Fact::Count);
    let bytes = table.optional("bytes").map(Fact::Bytes);
    let frame = table.optional("frame").map(Fact::Frame);
    let peer = table.optional("peer").map(Fact::Peer);
    let sooner: Option<Vec<Place>> = table.optional("sooner");
    let sooner = sooner.map(|places| match places[..] {
        [first, second] => Ok(Fact::Sooner(first, second)),
        _ => Err(broken("`sooner` names two rows", span)),
    });
    let facts = [count, bytes, frame, peer, sooner.transpose()?];
    let mut facts = facts.into_iter().flatten();
    match (facts.next(), facts.next()) {
        (Some(fact), None) => Ok(fact),
        _ => Err(broken(
            "a fact is one of `count`, `bytes`, `frame`, `peer`, `sooner`",
            span,
        )),
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize(value: &mut Value<'de>) -> Result<Place, DeserError> {
        let span = value.span;
        let text = value.take_string(None)?;
        Place::from_str(&text).map_err(|error| broken(error, span))
    }
}

fn broken(rule: impl Display, span: Span) -> DeserError {
    let kind = ErrorKind::Custom(rule.to_string().into());
    DeserError::from(Error::from((kind, span)))
}
