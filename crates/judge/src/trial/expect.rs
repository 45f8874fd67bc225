//! What the program prints, and how it ends.

use std::time::{Duration, Instant};

use programs::lang::{tr, tr_with};

use crate::outcome::{Kind, Outcome, Stop};
use crate::script::debug;
use crate::trial::wait::{LEAST_PATIENCE, PATIENCE, Wait, is_in_doubt};
use crate::trial::{Trial, how_it_ended};

/// How long a program may take to begin, on a busy machine.
const BEGIN: Duration = Duration::from_secs(6);

/// What a program without a flush looks like from here.
const FLUSH: &str = "nothing, or half a line, came on stdout; a program that \
                     prints must also flush, for stdout may be a pipe";

const BYTES: &str = "these are Python's words for bytes: what comes from a \
                     socket is bytes, to be decoded before it is printed";

const STDOUT: &str = "stdout is for what the article's program prints; \
                      everything else belongs on stderr";

const PANIC: &str = "101 is how a Rust program ends that panics: what comes \
                     from outside must never reach unwrap or expect";

const SENTENCE: &str = "what went wrong must show: a sentence on stderr, and \
                        exit code 1";

const TRACEBACK: &str = "a traceback is no sentence: catch the error where it \
                         can happen, say on stderr what went wrong and with \
                         whom, and exit with 1";

impl Trial {
    /// How long the program is waited for now: longer while it is young,
    /// since on a busy machine it may not have begun yet.
    fn patience(&self) -> Duration {
        PATIENCE + BEGIN.saturating_sub(self.age())
    }

    /// The next line on stdout, without its end; `None` when there is none.
    /// A program that ends may leave the end of its last line out.
    pub fn line(&mut self) -> Outcome<Option<Vec<u8>>> {
        let wait = Wait::new(self.patience());
        loop {
            let ended = self.has_ended()?;
            if ended {
                self.wait_for_output()?;
            }
            let stdout = self.stdout();
            let rest = stdout.get(self.read..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                self.read += end + 1;
                let line = &rest[..end];
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                return Ok(Some(line.to_vec()));
            }
            if ended || !wait.goes_on()? {
                self.read = stdout.len();
                let last = (!rest.is_empty()).then(|| rest.to_vec());
                if last.is_some() && !ended {
                    let what =
                        tr("it printed a part of a line, and no end of it");
                    return Err(Stop::mismatch(Kind::HalfLine, what)
                        .with_bytes("", rest)
                        .suggest(FLUSH));
                }
                return Ok(last);
            }
        }
    }

    /// Expects that it prints this line next.
    pub fn prints(&mut self, expected: &str) -> Outcome {
        let Some(line) = self.line()? else {
            let what = not_printed(expected);
            let ended = self.has_ended()?;
            let stop =
                self.with_end(Kind::Nothing, &what).with_bytes(expected, "");
            return Err(if ended { stop } else { stop.suggest(FLUSH) });
        };
        if line == expected.as_bytes() {
            return Ok(());
        }
        Err(self.other_line(expected, &line))
    }

    /// Expects a line like this one, in which `#` is any digit.
    pub fn prints_like(&mut self, pattern: &str) -> Outcome {
        let Some(line) = self.line()? else {
            return Err(self.with_end(Kind::Nothing, tr("it printed nothing")));
        };
        let expected = like(pattern, &line);
        if line == expected {
            return Ok(());
        }
        Err(self.other_line(&String::from_utf8_lossy(&expected), &line))
    }

    /// Whether a whole line is there that was not looked at yet.
    pub fn has_line(&self) -> bool {
        let stdout = self.stdout();
        stdout.get(self.read..).is_some_and(|rest| rest.contains(&b'\n'))
    }

    /// What is wrong with a line.
    pub fn other_line(&mut self, expected: &str, line: &[u8]) -> Stop {
        let kind = if expected.as_bytes().starts_with(line) {
            Kind::Part
        } else if line.starts_with(expected.as_bytes()) {
            Kind::More
        } else {
            Kind::Other
        };
        let what = not_printed(expected);
        let stop = self.with_end(kind, &what).with_bytes(expected, line);
        let repr = line.starts_with(b"b'") || line.starts_with(b"b\"");
        if repr { stop.with_hint(BYTES) } else { stop }
    }

    /// Expects this prompt next on stdout, before anything is typed.
    pub fn shows(&mut self, prompt: &str) -> Outcome {
        let wait = Wait::new(self.patience());
        loop {
            let ended = self.has_ended()?;
            if ended {
                self.wait_for_output()?;
            }
            let stdout = self.stdout();
            let rest = stdout.get(self.read..).unwrap_or_default();
            let shown = without_commands(rest);
            if shown.starts_with(prompt.as_bytes()) {
                self.edits = shown.len() < rest.len();
                self.read += rest.len() - shown.len() + prompt.len();
                return Ok(());
            }
            let part = prompt.as_bytes().starts_with(&shown);
            if part && !ended && wait.goes_on()? {
                continue;
            }
            let kind =
                if shown.is_empty() { Kind::Nothing } else { Kind::Other };
            let words = "it did not ask with {prompt}";
            let what = tr_with(words, &[("prompt", &debug(&prompt))]);
            let stop = self.with_end(kind, &what).with_bytes(prompt, shown);
            return Err(if part && !ended {
                stop.suggest(FLUSH)
            } else {
                stop
            });
        }
    }

    /// Expects a line that is this text, or its beginning.
    pub fn prints_part(&mut self, whole: &str) -> Outcome {
        let Some(line) = self.line()? else {
            let what = tr("it printed nothing");
            return Err(self
                .with_end(Kind::Nothing, what)
                .with_bytes(whole, ""));
        };
        let Ok(text) = str::from_utf8(&line) else {
            return Err(not_text(&line));
        };
        let part = text.trim_end_matches('\u{fffd}');
        if !text.is_empty() && whole.starts_with(part) {
            return Ok(());
        }
        let what = tr("it did not print the text, or its beginning");
        Err(self.with_end(Kind::Other, what).with_bytes(whole, line))
    }

    /// Expects a line of text that holds these words and nothing that could
    /// command a terminal or disorder a line.
    pub fn prints_safely(&mut self, words: &[&str]) -> Outcome {
        let Some(line) = self.line()? else {
            return Err(self.with_end(Kind::Nothing, tr("it printed nothing")));
        };
        self.check_safe(&line)?;
        let text = String::from_utf8_lossy(&line);
        if let Some(word) = words.iter().find(|word| !text.contains(**word)) {
            let words = "the line that it printed lacks {word}";
            let what = tr_with(words, &[("word", &debug(word))]);
            let stop = self.with_end(Kind::Other, &what);
            return Err(stop.with_bytes(word, &line));
        }
        Ok(())
    }

    /// Expects of a printed line that it is UTF-8, and could not command a
    /// terminal or disorder a line.
    pub fn check_safe(&self, line: &[u8]) -> Outcome {
        let Ok(text) = str::from_utf8(line) else {
            return Err(not_text(line));
        };
        if let Some(c) = text.chars().find(|c| is_unsafe(*c)) {
            let code = u32::from(c);
            let what = tr_with(
                "it printed {code} as it came, which {why}",
                &[
                    ("code", &format_args!("U+{code:04X}")),
                    ("why", &why_unsafe(c)),
                ],
            );
            return Err(Stop::mismatch(Kind::Unsafe, what));
        }
        Ok(())
    }

    /// Expects that all of these are printed, in any order, and however they
    /// are parted into lines: several threads may print them.
    pub fn prints_all(&mut self, texts: &[String]) -> Outcome {
        let wait = Wait::new(self.patience());
        loop {
            let ended = self.has_ended()?;
            let printed = self.stdout();
            let printed = String::from_utf8_lossy(&printed);
            let missing = texts.iter().find(|text| {
                let wanted = texts.iter().filter(|other| other == text);
                printed.matches(text.as_str()).count() < wanted.count()
            });
            let Some(missing) = missing else {
                self.read = self.stdout().len();
                return Ok(());
            };
            if ended || !wait.goes_on()? {
                let words = "it did not print {text} for each";
                let what = tr_with(words, &[("text", &debug(missing))]);
                return Err(self.with_end(Kind::Nothing, &what));
            }
        }
    }

    /// Whether it has printed anything by now, or does so within a second.
    pub fn has_printed(&mut self) -> bool {
        let wait = Wait::new(Duration::from_secs(1));
        loop {
            let ended = self.has_ended().unwrap_or(true);
            let printed = !self.stdout().is_empty();
            if printed || ended || !wait.goes_on().unwrap_or(false) {
                return printed;
            }
        }
    }

    /// Expects a new sentence on stderr, which is no traceback.
    pub fn explains(&mut self) -> Outcome {
        let wait = Wait::new(self.patience());
        loop {
            let ended = self.has_ended()?;
            if ended {
                self.wait_for_output()?;
            }
            let stderr = self.stderr();
            let new = stderr.get(self.explained..).unwrap_or_default();
            if is_traceback(new) {
                return Err(traceback());
            }
            if new.contains(&b'\n') || (ended && !new.trim_ascii().is_empty()) {
                self.explained = stderr.len();
                return Ok(());
            }
            if ended || !wait.goes_on()? {
                let what = tr("it said nothing on stderr about it");
                return Err(self.with_end(Kind::Wordless, what));
            }
        }
    }

    /// Takes what stderr holds by now for known.
    pub fn skip_stderr(&mut self) {
        self.explained = self.stderr().len();
    }

    /// Expects that it is still running.
    pub fn runs(&mut self) -> Outcome {
        if !self.has_ended()? {
            return Ok(());
        }
        let what = tr("it ended, where it should have gone on");
        Err(self.with_end(Kind::TooEarly, what))
    }

    /// Closes all connections as a real peer would by now, and expects that
    /// the program prints nothing more and ends with this exit code.
    pub fn ends(&mut self, code: i32) -> Outcome {
        // A program that closes gracefully waits for this side's end.
        for connection in self.connections.values() {
            connection.close_sending();
        }
        if !self.wait_for_end(self.patience())? {
            let what = tr("it had not ended 12 s later");
            return Err(Stop::mismatch(Kind::NotEnded, what));
        }
        self.ended_with(code)
    }

    /// Holds all connections open, and expects that the program gives up in
    /// its own time.
    pub fn gives_up(&mut self, code: i32) -> Outcome {
        let since = Instant::now();
        if !self.wait_for_end(self.patience())? {
            let what = tr("it was still waiting 12 s later");
            return Err(Stop::mismatch(Kind::NotEnded, what));
        }
        if since.elapsed() < LEAST_PATIENCE {
            let what = gave_up(since.elapsed());
            let stop = self.with_end(Kind::TooEarly, &what);
            return Err(stop);
        }
        if is_in_doubt(since.elapsed()) {
            return Err(Stop::TooBusy);
        }
        self.ended_with(code)
    }

    /// Waits for the end of the program, and takes what its peers send
    /// meanwhile off their hands; whether it ended.
    pub fn wait_for_end(&mut self, time: Duration) -> Outcome<bool> {
        let wait = Wait::new(time);
        while !self.has_ended()? {
            let names: Vec<_> = self.connections.keys().copied().collect();
            for name in names {
                let connection = self.connection(name)?;
                let brief = Duration::from_millis(1);
                connection.receive(65_536, brief, |_| true, || Ok(()))?;
            }
            if !wait.goes_on()? {
                return Ok(false);
            }
        }
        self.wait_for_output()?;
        Ok(true)
    }

    /// Expects this exit code of a program that has ended; and a sentence
    /// where it failed, and nothing more on stdout.
    pub fn ended_with(&mut self, code: i32) -> Outcome {
        let stdout = self.stdout();
        let more = stdout.get(self.read..).unwrap_or_default();
        if !more.is_empty() && !self.edits {
            let what = tr("it printed more on stdout than it should");
            return Err(Stop::mismatch(Kind::More, what)
                .with_bytes("", more)
                .suggest(STDOUT));
        }
        let stderr = self.stderr();
        let ended = self.exit_code();
        if is_traceback(&stderr) && ended != Some(0) {
            let how = how_it_ended(ended);
            let what = tr_with("{how}, with a traceback", &[("how", &how)]);
            let stop = Stop::mismatch(Kind::Traceback, what);
            let panicked = ended == Some(101);
            return Err(if panicked {
                stop.with_hint(PANIC)
            } else {
                stop.with_hint(TRACEBACK)
            });
        }
        if ended != Some(code) {
            let how = how_it_ended(ended);
            let words = "{how}, where {code} was expected";
            let what = tr_with(words, &[("how", &how), ("code", &code)]);
            let stop = Stop::mismatch(Kind::Exit(ended), what);
            return Err(match ended {
                Some(101) => stop.with_hint(PANIC),
                _ => stop,
            });
        }
        let new = stderr.get(self.explained..).unwrap_or_default();
        if code == 1 && new.trim_ascii().is_empty() {
            let what =
                tr("it ended with exit code 1, and said nothing on stderr");
            return Err(
                Stop::mismatch(Kind::Wordless, what).with_hint(SENTENCE)
            );
        }
        Ok(())
    }
}

/// What is shown where these bytes go to a terminal: a line editor's commands
/// (ESC, `[`, and all up to a letter) are not.
fn without_commands(bytes: &[u8]) -> Vec<u8> {
    let mut shown = Vec::new();
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        if *byte == 0x1b {
            bytes.find(|byte| byte.is_ascii_alphabetic());
        } else {
            shown.push(*byte);
        }
    }
    shown
}

/// A pattern with these bytes' own digits in the place of each `#`: what they
/// should be, to be what they are.
pub fn like(pattern: &str, bytes: &[u8]) -> Vec<u8> {
    let digit = |place: usize| {
        bytes.get(place).copied().filter(u8::is_ascii_digit).unwrap_or(b'0')
    };
    let places = pattern.bytes().enumerate();
    places.map(|(at, b)| if b == b'#' { digit(at) } else { b }).collect()
}

/// That it gave up, and after which time.
pub fn gave_up(after: Duration) -> String {
    let seconds = format!("{:.1}", after.as_secs_f64());
    tr_with("it gave up after {seconds} s", &[("seconds", &seconds)])
}

fn not_printed(expected: &str) -> String {
    let line = format!("{expected:.60?}");
    tr_with("it did not print {line}", &[("line", &line)])
}

fn not_text(line: &[u8]) -> Stop {
    let what = tr("it printed bytes that are no UTF-8");
    let shown = String::from_utf8_lossy(line).into_owned();
    Stop::mismatch(Kind::NotText, what).with_bytes(shown, line)
}

fn traceback() -> Stop {
    let what = tr("a traceback came on stderr");
    Stop::mismatch(Kind::Traceback, what).suggest(TRACEBACK)
}

/// Whether a text on stderr is how a language reports what was not caught.
fn is_traceback(stderr: &[u8]) -> bool {
    let text = String::from_utf8_lossy(stderr);
    [
        "Traceback (most recent call last)",
        "panicked at ",
        "goroutine ",
        "Exception in thread ",
        "\n    at ",
        "\n\tat ",
        "Unhandled exception",
        "terminate called",
    ]
    .iter()
    .any(|mark| text.contains(mark))
}

/// Control characters, line separators, and what changes a text's direction.
fn is_unsafe(c: char) -> bool {
    common::escape(c.encode_utf8(&mut [0; 4])).len() != c.len_utf8()
}

fn why_unsafe(c: char) -> &'static str {
    if c.is_control() {
        tr("may command a terminal")
    } else {
        tr("turns the text around, or breaks the line")
    }
}
