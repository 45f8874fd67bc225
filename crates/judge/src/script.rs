//! A check is a list of steps, which the [player](crate::player) plays.
//!
//! Each step is made by the function of its name: `connect("client")`,
//! `send("client", "one piece")`. Names tell connections apart. A hint hangs
//! on the step whose failure it explains, by the kind of failure.

use std::fmt::{Debug, Display};
use std::sync::Arc;
use std::time::Duration;

use programs::Side;
use programs::lang::{tr, tr_with};

use crate::outcome::{Kind, Outcome};
use crate::trial::Trial;

/// The name of a connection, or of a UDP socket.
pub type Name = &'static str;

/// One thing that a lesson's program must do.
#[derive(Clone)]
pub struct Check {
    /// What the program does when it is right.
    pub name: &'static str,
    pub side: Side,
    /// How far a program is that gets here.
    pub stage: Stage,
    /// What it is for, in a line.
    pub purpose: &'static str,
    /// The likely mistake behind a failure that no step's hint explains.
    pub hint: &'static str,
    /// Plays the other side.
    pub script: Arc<dyn Fn() -> Vec<Step> + Send + Sync>,
}

impl Check {
    /// Whether its name holds this, in English or as it is shown.
    pub fn is_called(&self, part: &str) -> bool {
        self.name.contains(part) || tr(self.name).contains(part)
    }
}

/// A check of the server.
pub fn server(
    stage: Stage,
    name: &'static str,
    purpose: &'static str,
    hint: &'static str,
    script: impl Fn() -> Vec<Step> + Send + Sync + 'static,
) -> Check {
    let (side, script) = (Side::Server, Arc::new(script));
    Check { name, side, stage, purpose, hint, script }
}

/// A check of the client.
pub fn client(
    stage: Stage,
    name: &'static str,
    purpose: &'static str,
    hint: &'static str,
    script: impl Fn() -> Vec<Step> + Send + Sync + 'static,
) -> Check {
    let (side, script) = (Side::Client, Arc::new(script));
    Check { name, side, stage, purpose, hint, script }
}

/// How far a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Article = 1,
    Pieces,
    Odd,
    BadPeer,
    Many,
}

impl Stage {
    /// What the stage is about.
    pub fn title(self) -> &'static str {
        match self {
            Stage::Article => tr("as the article does it"),
            Stage::Pieces => tr("in pieces and all at once"),
            Stage::Odd => tr("too long, empty, not text"),
            Stage::BadPeer => tr("wrong, silent, gone"),
            Stage::Many => tr("many at once"),
        }
    }
}

/// A step, and the hints for its failure.
pub struct Step {
    pub action: Action,
    pub hints: Vec<(Option<Kind>, &'static str)>,
}

/// What no data says: a part of a script that is written out.
pub type Play = Box<dyn Fn(&mut Trial) -> Outcome>;

/// What a step does.
pub enum Action {
    Give(&'static str, String),
    Env(&'static str, String),
    Start,
    Restart,
    Connect(Name),
    Accept(Name),
    Ask(Name),
    Bind(Name),
    Stranger(Name, Name),
    Send(Name, Vec<u8>),
    TrySend(Name, Vec<u8>),
    Pieces(Name, Vec<u8>, usize),
    Drip(Name, Vec<u8>),
    Expect(Name, Vec<u8>),
    ExpectLike(Name, String),
    ExpectEnd(Name),
    Quiet(Name, Duration),
    CloseSending(Name),
    Close(Name),
    Reset(Name),
    Type(String),
    CloseStdin,
    Prints(String),
    Shows(&'static str),
    PrintsPart(String),
    PrintsSafely(Vec<&'static str>),
    Explains,
    Runs,
    Ends(i32),
    GivesUp(i32),
    Pause(Duration),
    Call(&'static str, Play),
}

impl Step {
    /// Hints at the mistake behind a failure of this kind.
    pub fn hint(mut self, kind: Kind, hint: &'static str) -> Step {
        self.hints.push((Some(kind), hint));
        self
    }

    /// Hints at the mistake behind any other failure of this step.
    pub fn or_hint(mut self, hint: &'static str) -> Step {
        self.hints.push((None, hint));
        self
    }

    /// The hint for a failure of this kind; with `only_seen`, none that is
    /// merely likely.
    pub fn hint_for(
        &self,
        kind: Kind,
        only_seen: bool,
    ) -> Option<&'static str> {
        let of =
            |kind| self.hints.iter().find(move |(of, _)| *of == Some(kind));
        let exact = of(kind).or_else(|| {
            let mute = kind == Kind::Mute;
            mute.then(|| of(Kind::Nothing)).flatten()
        });
        let any = self.hints.iter().find(|(of, _)| of.is_none());
        let any = any.filter(|_| !only_seen);
        exact.or(any).map(|(_, hint)| *hint)
    }
}

/// Two scripts, one after the other.
pub fn after(mut first: Vec<Step>, then: Vec<Step>) -> Vec<Step> {
    first.extend(then);
    first
}

fn step(action: Action) -> Step {
    Step { action, hints: Vec::new() }
}

/// Gives a placeholder such as `{key}` its value, before the program starts.
pub fn give(placeholder: &'static str, value: impl Into<String>) -> Step {
    step(Action::Give(placeholder, value.into()))
}

/// Sets a variable in the environment of the program, before it starts.
pub fn env(name: &'static str, value: impl Into<String>) -> Step {
    step(Action::Env(name, value.into()))
}

/// Starts the program: a server, or a client of an address where nobody is.
pub fn start() -> Step {
    step(Action::Start)
}

/// Ends the program and starts it again, with the same address.
pub fn restart() -> Step {
    step(Action::Restart)
}

/// Connects to the server under judgement, which is started by that.
pub fn connect(name: Name) -> Step {
    step(Action::Connect(name))
}

/// Accepts the client under judgement; listens first, if that was not done.
pub fn accept(name: Name) -> Step {
    step(Action::Accept(name))
}

/// A UDP socket that asks the server under judgement.
pub fn ask(name: Name) -> Step {
    step(Action::Ask(name))
}

/// A UDP socket that the client under judgement asks.
pub fn bind(name: Name) -> Step {
    step(Action::Bind(name))
}

/// Another UDP socket, which knows the peer of `of` and was not asked.
pub fn stranger(name: Name, of: Name) -> Step {
    step(Action::Stranger(name, of))
}

/// Sends all of this; on UDP as one datagram.
pub fn send(name: Name, bytes: impl AsRef<[u8]>) -> Step {
    step(Action::Send(name, bytes.as_ref().into()))
}

/// Sends this, whether or not the program still takes it.
pub fn try_send(name: Name, bytes: impl AsRef<[u8]>) -> Step {
    step(Action::TrySend(name, bytes.as_ref().into()))
}

/// Sends this a few bytes at a time, with a pause after each piece.
pub fn send_pieces(name: Name, bytes: impl AsRef<[u8]>, size: usize) -> Step {
    step(Action::Pieces(name, bytes.as_ref().into(), size))
}

/// Sends a byte now and then until the program closes, which it has to do.
pub fn drip(name: Name, bytes: impl AsRef<[u8]>) -> Step {
    step(Action::Drip(name, bytes.as_ref().into()))
}

/// Expects exactly these bytes next; on UDP, in one datagram.
pub fn expect(name: Name, bytes: impl AsRef<[u8]>) -> Step {
    step(Action::Expect(name, bytes.as_ref().into()))
}

/// Expects one datagram like this text, in which `#` is any digit.
pub fn expect_like(name: Name, pattern: impl Into<String>) -> Step {
    step(Action::ExpectLike(name, pattern.into()))
}

/// Expects that the program sends nothing more and closes the connection.
pub fn expect_end(name: Name) -> Step {
    step(Action::ExpectEnd(name))
}

/// Expects that nothing comes for a time, and no end either.
pub fn quiet(name: Name, time: Duration) -> Step {
    step(Action::Quiet(name, time))
}

/// Closes this direction; the other one stays open.
pub fn close_sending(name: Name) -> Step {
    step(Action::CloseSending(name))
}

/// Closes the connection, or the UDP socket.
pub fn close(name: Name) -> Step {
    step(Action::Close(name))
}

/// Throws the connection away (RST), as a crashed machine's would be.
pub fn reset(name: Name) -> Step {
    step(Action::Reset(name))
}

/// Types this on the program's stdin.
pub fn types(text: impl Into<String>) -> Step {
    step(Action::Type(text.into()))
}

/// Closes the program's stdin.
pub fn close_stdin() -> Step {
    step(Action::CloseStdin)
}

/// Expects that the program prints this line next.
pub fn prints(line: impl Into<String>) -> Step {
    step(Action::Prints(line.into()))
}

/// Expects this next on stdout, now, and no line's end after it: a prompt. A
/// line editor may surround it with its commands, and show what is typed.
pub fn shows(prompt: &'static str) -> Step {
    step(Action::Shows(prompt))
}

/// Expects a line that is the beginning of this text, or all of it: as much
/// as the program took at once. U+FFFD may stand for a cut character.
pub fn prints_part(text: impl Into<String>) -> Step {
    step(Action::PrintsPart(text.into()))
}

/// Expects a line that holds these words, is UTF-8, and has nothing in it
/// that could command a terminal or disorder a line.
pub fn prints_safely(words: &[&'static str]) -> Step {
    step(Action::PrintsSafely(words.to_vec()))
}

/// Expects a sentence on stderr that was not there before this trial's last
/// look, and no traceback.
pub fn explains() -> Step {
    step(Action::Explains)
}

/// Expects that the program is still running.
pub fn runs() -> Step {
    step(Action::Runs)
}

/// Closes every connection, as a real peer would by now, and expects that the
/// program prints nothing more and ends with this exit code; with 1, that it
/// says why.
pub fn ends(code: i32) -> Step {
    step(Action::Ends(code))
}

/// Holds every connection open and expects that the program gives up in its
/// own time, with this exit code and a sentence.
pub fn gives_up(code: i32) -> Step {
    step(Action::GivesUp(code))
}

/// Does nothing for a time.
pub fn pause(time: Duration) -> Step {
    step(Action::Pause(time))
}

/// What no data says, with a sentence for `--list`.
pub fn call(
    sentence: &'static str,
    play: impl Fn(&mut Trial) -> Outcome + 'static,
) -> Step {
    step(Action::Call(sentence, Box::new(play)))
}

impl Action {
    /// What the step does, for `--list`.
    pub fn sentence(&self) -> String {
        let bytes = |bytes: &Vec<u8>| {
            let text = String::from_utf8_lossy(bytes);
            let count = bytes.len();
            if count <= 24 && !text.contains('\u{fffd}') {
                format!("{text:?}")
            } else if count == 1 {
                tr("1 byte").to_owned()
            } else {
                tr_with("{count} bytes", &[("count", &count)])
            }
        };
        let one = |words: &str, name: &str, value: &dyn Display| {
            tr_with(words, &[(name, value)])
        };
        let short = |text: &str| format!("{text:.30?}");
        match self {
            Action::Give(name, value) => tr_with(
                "{placeholder} is {value}",
                &[
                    ("placeholder", &format_args!("{{{name}}}")),
                    ("value", &format_args!("{value:.30}")),
                ],
            ),
            Action::Env(name, value) => tr_with(
                "sets {name} to {value}",
                &[("name", name), ("value", value)],
            ),
            Action::Start => tr("starts it").into(),
            Action::Restart => tr("starts it again").into(),
            Action::Connect(_) => tr("connects").into(),
            Action::Accept(_) => tr("accepts").into(),
            Action::Ask(_) | Action::Bind(_) => tr("binds a socket").into(),
            Action::Stranger(..) => tr("binds a stranger's socket").into(),
            Action::Send(_, sent) | Action::TrySend(_, sent) => {
                one("sends {bytes}", "bytes", &bytes(sent))
            }
            Action::Pieces(_, sent, size) => tr_with(
                "sends {bytes}, {size} at a time",
                &[("bytes", &bytes(sent)), ("size", size)],
            ),
            Action::Drip(..) => tr("drips a byte now and then").into(),
            Action::Expect(_, expected) => {
                one("expects {bytes}", "bytes", &bytes(expected))
            }
            Action::ExpectLike(_, pattern) => one(
                "expects {pattern}, # being any digit",
                "pattern",
                &short(pattern),
            ),
            Action::ExpectEnd(_) => tr("expects the end").into(),
            Action::Quiet(_, time) => {
                one("expects nothing for {time}", "time", &debug(time))
            }
            Action::CloseSending(_) => tr("closes its sending side").into(),
            Action::Close(_) => tr("closes").into(),
            Action::Reset(_) => tr("resets").into(),
            Action::Type(text) if text.chars().count() == 1 => {
                tr("types 1 character").into()
            }
            Action::Type(text) => {
                one("types {count} characters", "count", &text.chars().count())
            }
            Action::CloseStdin => tr("closes its stdin").into(),
            Action::Prints(line) => {
                one("it prints {line}", "line", &short(line))
            }
            Action::Shows(prompt) => {
                one("it asks with {prompt}", "prompt", &debug(prompt))
            }
            Action::PrintsPart(_) => {
                tr("it prints the text or its start").into()
            }
            Action::PrintsSafely(_) => tr("it prints that safely").into(),
            Action::Explains => tr("it says so on stderr").into(),
            Action::Runs => tr("it still runs").into(),
            Action::Ends(code) => one("it ends with {code}", "code", code),
            Action::GivesUp(code) => {
                one("it gives up with {code}", "code", code)
            }
            Action::Pause(time) => one("waits {time}", "time", &debug(time)),
            Action::Call(sentence, _) => tr(sentence).into(),
        }
    }
}

/// A value as Rust shows it: a text in quotes, a time with its unit.
pub fn debug(value: &dyn Debug) -> String {
    format!("{value:?}")
}
