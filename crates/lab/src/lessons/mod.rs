//! What `lab run` knows of the lessons: what their programs accept, and what
//! a run of each is. One file a lesson.

mod l01;
mod l02;
mod l03;
mod l04;
mod l05;
mod l06;
mod l07;
mod l08;
mod l09;

use std::ops::Deref;

use anyhow::{Context, Result};
pub use programs::Side;
use programs::lang::{tr, tr_with};

/// All lessons, in order.
pub const LESSONS: &[&Lesson] = &[
    &l01::LESSON,
    &l02::LESSON,
    &l03::LESSON,
    &l04::LESSON,
    &l05::LESSON,
    &l06::LESSON,
    &l07::LESSON,
    &l08::LESSON,
    &l09::LESSON,
];

/// A lesson, as `lab run` knows it.
pub struct Lesson {
    base: &'static programs::Lesson,
    /// Where its server listens, if nothing else is said.
    pub port: u16,
    /// Its server serves until it is ended.
    pub lives_on: bool,
    /// What is typed on the stdin of a client that is not the course's.
    pub typed: &'static str,
    pub knobs: &'static [Knob],
    /// A run without knobs is all of these, one after the other.
    pub scenarios: &'static [Scenario],
}

impl Deref for Lesson {
    type Target = programs::Lesson;
    fn deref(&self) -> &programs::Lesson {
        self.base
    }
}

/// A flag of a lesson's programs that `lab run` passes on.
pub struct Knob {
    pub name: &'static str,
    /// What the flag's value is called, if it takes one.
    pub value: Option<&'static str>,
    pub sides: &'static [Side],
    /// What it is for, in a line.
    pub help: &'static str,
}

/// One run of a lesson's programs: what each side is given beside the
/// address and the knobs from the command line. A knob from there takes the
/// place of the same one here.
pub struct Scenario {
    pub title: &'static str,
    pub server: &'static [&'static str],
    /// A client each.
    pub clients: &'static [&'static [&'static str]],
    /// It shows what one of the course's programs does, whatever the others.
    pub needs: Option<Side>,
    /// What `{demo}` stands for in the commands of other programs; one that
    /// has no `{demo}` plays the first scenario only.
    pub demo: Option<&'static str>,
}

const CLIENT: &[Side] = &[Side::Client];
const SERVER: &[Side] = &[Side::Server];
const BOTH: &[Side] = &[Side::Client, Side::Server];

/// One client, and nothing but what the article has.
pub const PLAIN: Scenario = Scenario {
    title: "",
    server: &[],
    clients: &[&[]],
    needs: None,
    demo: None,
};

/// Both sides once, as the article has them.
const ONCE: &[Scenario] = &[PLAIN];

const TIMEOUT: Knob =
    knob("--timeout", "TIME", BOTH, "how long a peer may be silent [5s]");
const BUFFER: Knob = knob(
    "--buffer",
    "N",
    SERVER,
    "room for one datagram, in bytes; more is lost [1024]",
);

const fn knob(
    name: &'static str,
    value: &'static str,
    sides: &'static [Side],
    help: &'static str,
) -> Knob {
    Knob { name, value: Some(value), sides, help }
}

const fn flag(
    name: &'static str,
    sides: &'static [Side],
    help: &'static str,
) -> Knob {
    Knob { name, value: None, sides, help }
}

/// Finds a lesson by its number, with or without the leading zero.
///
/// # Errors
///
/// When there is no such lesson.
pub fn lesson(number: &str) -> Result<&'static Lesson> {
    let base = programs::lesson(number)?;
    let known = LESSONS.iter().find(|lesson| lesson.number == base.number);
    known.copied().with_context(|| {
        tr_with("lab cannot run lesson {number}", &[("number", &number)])
    })
}

/// A lesson's number, and what of it is shown.
pub fn heading(number: &str, title: &str) -> String {
    tr_with(
        "lesson {number} · {title}",
        &[("number", &number), ("title", &tr(title))],
    )
}

impl Lesson {
    /// Its number and its title.
    pub fn heading(&self) -> String {
        heading(self.number, self.title)
    }

    /// Finds a knob by its flag.
    pub fn knob(&self, name: &str) -> Option<&'static Knob> {
        self.knobs.iter().find(|knob| knob.name == name)
    }

    /// Which of the lesson's scenarios is played: this one, unless a knob
    /// names the demo of another.
    pub fn play(&self, scenario: &Scenario, demo: Option<&str>) -> usize {
        let named = |one: &Scenario| demo.is_some() && one.demo == demo;
        let mut all = self.scenarios.iter();
        let named = all.clone().position(named);
        named
            .or_else(|| all.position(|one| std::ptr::eq(one, scenario)))
            .unwrap_or_default()
    }
}
