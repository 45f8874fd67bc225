//! What a program has printed so far, collected while it runs.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

use crate::DEADLINE;

/// A finished program: how it ended, and all that it printed.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl Finished {
    /// Checks that the program succeeded and printed exactly this.
    #[track_caller]
    pub fn printed(&self, stdout: &str) {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(0), stdout),
            "{self:#?}"
        );
    }

    /// Checks that the program failed, without a panic, in a sentence on
    /// stderr that holds each of these.
    #[track_caller]
    pub fn failed_with(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert!(self.stderr.contains("error: "), "{self:#?}");
        self.logged(words);
    }

    /// Checks that each of these stands on stderr.
    #[track_caller]
    pub fn logged(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
    }
}

/// One stream, read to its end by a thread of its own.
#[derive(Clone)]
pub(crate) struct Stream(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    text: String,
    ended: bool,
}

impl Stream {
    /// A stream that goes elsewhere.
    pub fn empty() -> Stream {
        Stream::read(std::io::empty())
    }

    pub fn read(source: impl Read + Send + 'static) -> Stream {
        let stream = Stream(Arc::default());
        let writer = stream.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(source);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                let text = String::from_utf8_lossy(&line).into_owned();
                writer.change(|state| state.text += &text);
                line.clear();
            }
            writer.change(|state| state.ended = true);
        });
        stream
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.0.lock().expect("no thread panics here"));
        self.0.1.notify_all();
    }

    /// What was read so far.
    pub fn so_far(&self) -> String {
        self.0.0.lock().expect("no thread panics here").text.clone()
    }

    /// Waits until `found` finds something, the stream ends, or time is up.
    pub fn wait<T>(&self, found: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.until(|state| match found(&state.text) {
            None if !state.ended => None,
            answer => Some(answer),
        })?
    }

    /// Waits for the end, and returns all that was read.
    pub fn all(&self) -> Option<String> {
        self.until(|state| state.ended.then(|| state.text.clone()))
    }

    fn until<T>(&self, done: impl Fn(&State) -> Option<T>) -> Option<T> {
        let until = Instant::now() + DEADLINE;
        let mut state = self.0.0.lock().expect("no thread panics here");
        loop {
            let answer = done(&state);
            let left = until.saturating_duration_since(Instant::now());
            if answer.is_some() || left.is_zero() {
                return answer;
            }
            let woken = self.0.1.wait_timeout(state, left);
            state = woken.expect("no thread panics here").0;
        }
    }
}
