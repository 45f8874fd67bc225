//! How a step of a check ended, when it did not go as it should.

/// What a step gives.
pub type Outcome<T = ()> = Result<T, Stop>;

/// Why a check ends early.
pub enum Stop {
    /// The program did something else than it should.
    Mismatch(Box<Mismatch>),
    /// The command has no such placeholder, so this cannot be tried with it.
    MissingPlaceholder(&'static str),
    /// The machine is too busy to tell right from wrong.
    TooBusy,
    /// The program could not be started, or the judge's own side could not
    /// be played: nothing can be judged.
    Broken(anyhow::Error),
    /// Ctrl-C.
    Interrupted,
}

/// What was wrong.
pub struct Mismatch {
    /// What happened instead, in a sentence.
    pub what: String,
    /// What kind of mistake it looks like.
    pub kind: Kind,
    /// What kind it would look like if the program had not ended.
    pub otherwise: Option<Kind>,
    /// The bytes that were expected, and those that were received.
    pub bytes: Option<(Vec<u8>, Vec<u8>)>,
    /// A hint that what was seen proves, whatever the check is about.
    pub hint: Option<&'static str>,
    /// A hint that is likely, unless the step has one for this kind.
    pub suggestion: Option<&'static str>,
}

/// What kind of mistake a mismatch looks like: hints hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing came, or nobody could be reached.
    Nothing,
    /// Nothing came, and nothing was printed either.
    Mute,
    /// A part came, and no more.
    Part,
    /// A part of a line was printed, and no end of it.
    HalfLine,
    /// The end of the stream came too early.
    End,
    /// More came than should have.
    More,
    /// Other bytes came.
    Other,
    /// It had not ended, or had not closed the connection.
    NotEnded,
    /// It gave up, or ended, before its time.
    TooEarly,
    /// It ended with this exit code, or by a signal.
    Exit(Option<i32>),
    /// It failed without a sentence on stderr.
    Wordless,
    /// It failed with a traceback or a panic.
    Traceback,
    /// It printed what could command a terminal.
    Unsafe,
    /// It printed bytes that are no UTF-8.
    NotText,
}

impl Stop {
    /// The program did something else than it should.
    pub fn mismatch(kind: Kind, what: impl Into<String>) -> Stop {
        let what = what.into();
        Stop::Mismatch(Box::new(Mismatch {
            what,
            kind,
            otherwise: None,
            bytes: None,
            hint: None,
            suggestion: None,
        }))
    }

    /// Shows the bytes that were expected, and those that were received.
    pub fn with_bytes(
        mut self,
        expected: impl AsRef<[u8]>,
        received: impl AsRef<[u8]>,
    ) -> Stop {
        if let Stop::Mismatch(mismatch) = &mut self {
            let bytes = (expected.as_ref().into(), received.as_ref().into());
            mismatch.bytes = Some(bytes);
        }
        self
    }

    /// Says what kind it would look like if the program had not ended.
    pub fn instead_of(mut self, kind: Kind) -> Stop {
        if let Stop::Mismatch(mismatch) = &mut self {
            mismatch.otherwise = Some(kind);
        }
        self
    }

    /// Adds a hint that is likely.
    pub fn suggest(mut self, hint: &'static str) -> Stop {
        if let Stop::Mismatch(mismatch) = &mut self {
            mismatch.suggestion = Some(hint);
        }
        self
    }

    /// Adds a hint that what was seen proves.
    pub fn with_hint(mut self, hint: &'static str) -> Stop {
        if let Stop::Mismatch(mismatch) = &mut self {
            mismatch.hint = Some(hint);
        }
        self
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Stop {
        Stop::Broken(error.into())
    }
}
