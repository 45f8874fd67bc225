//! Why a check did not pass.

/// What a step of a check gives.
pub type Step<T = ()> = Result<T, Failure>;

/// Why a check did not pass.
pub enum Failure {
    /// The program did something else than it should.
    Wrong(Box<Wrong>),
    /// The program could not be started: nothing can be judged.
    CannotStart(anyhow::Error),
    /// The command has no such placeholder, so this cannot be tried with it.
    Without(&'static str),
    /// lab's own side could not be played, which is no fault of the program.
    Ours(anyhow::Error),
    /// Ctrl-C.
    Interrupted,
}

/// What was wrong.
pub struct Wrong {
    /// What happened instead, in a sentence.
    pub what: String,
    /// The bytes that were expected, and those that came.
    pub bytes: Option<(Vec<u8>, Vec<u8>)>,
    /// What the mistake is likely to be; the check's own hint otherwise.
    pub hint: Option<&'static str>,
}

impl Failure {
    /// Something else happened than should have.
    pub fn new(what: impl Into<String>) -> Failure {
        let what = what.into();
        Failure::Wrong(Box::new(Wrong { what, bytes: None, hint: None }))
    }

    /// Shows bytes that were expected, and those that came.
    pub fn bytes(
        mut self,
        expected: impl AsRef<[u8]>,
        came: impl AsRef<[u8]>,
    ) -> Failure {
        if let Failure::Wrong(wrong) = &mut self {
            let (expected, came) = (expected.as_ref(), came.as_ref());
            wrong.bytes = Some((expected.into(), came.into()));
        }
        self
    }

    /// Names the likely mistake, unless that is done already.
    pub fn hint(mut self, hint: &'static str) -> Failure {
        if let Failure::Wrong(wrong) = &mut self {
            wrong.hint.get_or_insert(hint);
        }
        self
    }

    /// Names the likely mistake, whatever was thought before.
    pub fn rather(mut self, hint: &'static str) -> Failure {
        if let Failure::Wrong(wrong) = &mut self {
            wrong.hint = Some(hint);
        }
        self
    }

    /// The bytes that came, where they were wrong.
    pub fn came(&self) -> &[u8] {
        let bytes = match self {
            Failure::Wrong(wrong) => wrong.bytes.as_ref(),
            _ => None,
        };
        bytes.map_or(&[], |(_, came)| came)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Ours(error.into())
    }
}

/// Names the likely mistake behind a step that fails:
/// `peer.expect(b"x").map_err(hint("…"))?`.
pub fn hint(hint: &'static str) -> impl Fn(Failure) -> Failure {
    move |failure| failure.hint(hint)
}

/// Names the mistake behind a step that fails, whatever the step would say.
pub fn rather(hint: &'static str) -> impl Fn(Failure) -> Failure {
    move |failure| failure.rather(hint)
}
