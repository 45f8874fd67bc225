//! How the program under judgement is started.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use programs::lang::{tr, tr_with};

/// A command with placeholders: `{host}`, `{port}`, and the lesson's own.
#[derive(Clone)]
pub struct CommandTemplate {
    words: Vec<String>,
    /// Whether it is the course's own program.
    ours: bool,
}

impl CommandTemplate {
    /// A learner's command: words, or one text to be split into words.
    pub fn learners(command: &[String]) -> Result<CommandTemplate> {
        let words = match command {
            [line] => programs::split(line).with_context(|| {
                tr_with("a quote is open in {line}", &[("line", line)])
            })?,
            words => words.to_vec(),
        };
        if words.is_empty() {
            bail!(tr("the command is empty"));
        }
        if !words.iter().any(|word| word.contains("{port}")) {
            bail!(tr("the command needs {port}, and most want {host} as well"));
        }
        Ok(CommandTemplate { words, ours: false })
    }

    /// One of the course's own programs, with its arguments.
    pub fn ours(program: PathBuf, words: &[&str]) -> CommandTemplate {
        let program = program.to_string_lossy().into_owned();
        let words = words.iter().map(|word| (*word).to_owned());
        let words = std::iter::once(program).chain(words).collect();
        CommandTemplate { words, ours: true }
    }

    /// Whether the command has a placeholder.
    pub fn has(&self, name: &str) -> bool {
        let placeholder = format!("{{{name}}}");
        self.words.iter().any(|word| word.contains(&placeholder))
    }

    /// The program's name, for a sentence.
    pub fn program(&self) -> &str {
        &self.words[0]
    }

    /// Compiles what `cargo run` would, once and before any clock runs.
    pub fn build(&self) -> Result<()> {
        let cargo = Path::new(&self.words[0]).file_stem();
        let runs = self.words.get(1).is_some_and(|word| word == "run");
        if cargo != Some("cargo".as_ref()) || !runs {
            return Ok(());
        }
        let words = self.words[2..].iter().take_while(|word| *word != "--");
        let built = Command::new(&self.words[0])
            .args(["build", "--quiet"])
            .args(words.filter(|word| !["-q", "--quiet"].contains(&&***word)))
            .status()
            .context(tr("starting cargo"))?;
        if !built.success() {
            bail!(tr("it does not compile"));
        }
        Ok(())
    }

    /// The command, with its placeholders filled.
    pub fn fill(&self, values: &[(&str, String)], folder: &Path) -> Command {
        // The course's own do without a flag whose value is empty.
        let is_empty = |word: &String| {
            let mut empty = values.iter().filter(|(_, value)| value.is_empty());
            self.ours && empty.any(|(name, _)| *word == format!("{{{name}}}"))
        };
        let words = self.words.iter().enumerate().filter(|(number, word)| {
            !is_empty(word) && !self.words.get(number + 1).is_some_and(is_empty)
        });
        let mut words = words.map(|(_, word)| {
            values.iter().fold(word.clone(), |word, (name, value)| {
                word.replace(&format!("{{{name}}}"), value)
            })
        });
        let mut command = Command::new(words.next().unwrap_or_default());
        if self.ours {
            command.current_dir(folder);
        }
        // Python keeps lines for itself when stdout is a pipe, and writes
        // them in an encoding of Windows' choice, unless told otherwise.
        command
            .args(words)
            .env_remove("LAB_TAP")
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONIOENCODING", "utf-8");
        command
    }
}
