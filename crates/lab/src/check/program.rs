//! The program under judgement: started afresh for every check, listened to
//! with a bound, and ended with all that it started.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use process_wrap::std::ChildWrapper;

use crate::run::build;
use crate::run::process::in_a_group;

/// How the program is started: words with placeholders, such as `{port}`.
pub struct Line {
    words: Vec<String>,
    /// The course's own program, which stays in the check's folder.
    ours: bool,
}

impl Line {
    /// One of the course's own, built, with the words that follow its name.
    ///
    /// # Errors
    ///
    /// When it does not compile; cargo has said why by then.
    pub fn ours(
        root: &Path,
        package: &str,
        program: &str,
        words: &[&str],
    ) -> Result<Line> {
        let programs = build::build(root, package)?;
        let program =
            programs.get(program).context("cargo built no such program")?;
        let program = program.to_string_lossy().into_owned();
        let words = words.iter().map(ToString::to_string);
        Ok(Line {
            words: [program].into_iter().chain(words).collect(),
            ours: true,
        })
    }

    /// A learner's, from the words after `--`: one by one, or quoted as one.
    ///
    /// # Errors
    ///
    /// When a quote stays open, or no word tells the port.
    pub fn learners(words: &[String]) -> Result<Line> {
        let words = match words {
            [line] if line.contains(' ') => shlex::split(line)
                .with_context(|| format!("an open quote: {line}"))?,
            words => words.to_vec(),
        };
        let line = Line { words, ours: false };
        if !line.has("port") {
            bail!(
                "the command has no {{port}}; give it as \
                 -- COMMAND {{host}} {{port}}"
            );
        }
        Ok(line)
    }

    /// Whether it starts one of the course's own.
    pub fn is_ours(&self) -> bool {
        self.ours
    }

    /// Whether a placeholder stands in it.
    pub fn has(&self, placeholder: &str) -> bool {
        let placeholder = format!("{{{placeholder}}}");
        self.words.iter().any(|word| word.contains(&placeholder))
    }

    /// Builds what `cargo run` would build first, so that no check waits for
    /// the compiler.
    ///
    /// # Errors
    ///
    /// When it does not compile; cargo has said why by then.
    pub fn build(&self) -> Result<()> {
        let cargo = Path::new(&self.words[0]).file_stem();
        if cargo != Some("cargo".as_ref())
            || self.words.get(1).is_none_or(|word| word != "run")
        {
            return Ok(());
        }
        let words = self.words[2..].iter().take_while(|word| *word != "--");
        let built = Command::new(&self.words[0])
            .args(["build", "--quiet"])
            .args(words.filter(|word| !["-q", "--quiet"].contains(&&***word)))
            .status()
            .context("starting cargo")?;
        if !built.success() {
            bail!("it does not compile");
        }
        Ok(())
    }

    /// The command, with its placeholders filled.
    fn command(&self, values: &[(&str, String)], folder: &Path) -> Command {
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

/// A running program. Dropping it ends it, and what it started.
pub struct Program {
    child: Box<dyn ChildWrapper>,
    pub stdin: Option<ChildStdin>,
    pub stdout: Output,
    pub stderr: Output,
}

impl Program {
    /// Starts the program.
    ///
    /// # Errors
    ///
    /// When it is not there or cannot be started.
    pub fn start(
        line: &Line,
        values: &[(&str, String)],
        folder: &Path,
    ) -> Result<Program> {
        let mut command = line.command(values, folder);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = in_a_group(command)
            .spawn()
            .with_context(|| format!("starting {}", line.words[0]))?;
        Ok(Program {
            stdin: child.stdin().take(),
            stdout: Output::of(child.stdout().take().context("its stdout")?),
            stderr: Output::of(child.stderr().take().context("its stderr")?),
            child,
        })
    }

    /// How the program ended, if it has.
    ///
    /// # Errors
    ///
    /// When the system does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("watching the program")
    }

    /// Writes to its stdin; whether it wants to read that is its own affair.
    pub fn type_in(&mut self, text: &[u8]) {
        if let Some(stdin) = &mut self.stdin {
            let _ = stdin.write_all(text).and_then(|()| stdin.flush());
        }
    }

    /// Ends it now; what it has said by then is kept.
    pub fn end(&mut self) {
        // Both fail where all is over already, as it should be.
        let _ = self.child.start_kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

/// What came on a stream so far, up to a bound.
#[derive(Clone)]
pub struct Output(Arc<Mutex<Said>>);

#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    ended: bool,
    flooded: bool,
}

/// Nothing that a lesson's program prints comes near.
const MOST: usize = 1024 * 1024;

impl Output {
    fn of(mut stream: impl Read + Send + 'static) -> Output {
        let output = Output(Arc::default());
        let writer = output.clone();
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let length = stream.read(&mut buffer).unwrap_or(0);
                let mut said = writer.said();
                if length == 0 {
                    said.ended = true;
                    return;
                }
                // What is beyond is thrown away until the program is ended.
                let room = MOST - said.bytes.len();
                said.flooded |= length > room;
                said.bytes.extend(&buffer[..length.min(room)]);
            }
        });
        output
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that came so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.said().bytes.clone()
    }

    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        let said = self.said();
        said.ended || said.flooded
    }

    /// Whether more came than any program of the course has to say.
    pub fn has_flooded(&self) -> bool {
        self.said().flooded
    }
}
