//! What each lesson's programs must do: a file per lesson.

mod l01;
mod l02;
mod l03;
mod l04;
mod l05;
mod l06;
mod l07;
mod l08;
mod l09;

use programs::Side;

use crate::outcome::Outcome;
use crate::script::Check;
use crate::trial::Trial;

/// How a lesson's programs are started.
pub struct Programs {
    /// The words after the course's own server, and after its own client.
    pub server: &'static [&'static str],
    pub client: &'static [&'static str],
    /// Placeholders beside {host} and {port}, with their usual values.
    pub values: &'static [(&'static str, &'static str)],
    /// What the two print when they talk with each other.
    pub dialogue: Dialogue,
}

/// What two right programs print when they talk with each other.
pub struct Dialogue {
    pub server: &'static [&'static str],
    pub client: &'static [&'static str],
    /// What is typed at the client.
    pub typed: &'static str,
    /// Gives either program what it needs before it starts.
    pub prepare: fn(&mut Trial) -> Outcome,
    /// Whether the client ends by itself.
    pub client_ends: bool,
    /// Whether the server serves on.
    pub lives_on: bool,
}

impl Programs {
    /// The words after the course's own program.
    pub fn words(&self, side: Side) -> &'static [&'static str] {
        match side {
            Side::Server => self.server,
            Side::Client => self.client,
        }
    }

    /// The placeholders of one side, beside host and port.
    pub fn placeholders(&self, side: Side) -> Vec<&'static str> {
        let names = self.words(side).iter().filter_map(|word| {
            let name = word.strip_prefix('{')?.strip_suffix('}')?;
            (!name.contains('{')).then_some(name)
        });
        names.collect()
    }
}

/// For programs that need nothing.
pub fn nothing(_: &mut Trial) -> Outcome {
    Ok(())
}

/// How a lesson's programs are started.
pub fn programs(number: &str) -> Programs {
    match number {
        "01" => l01::PROGRAMS,
        "02" => l02::PROGRAMS,
        "03" => l03::PROGRAMS,
        "04" => l04::PROGRAMS,
        "05" => l05::PROGRAMS,
        "06" => l06::PROGRAMS,
        "07" => l07::PROGRAMS,
        "08" => l08::PROGRAMS,
        _ => l09::PROGRAMS,
    }
}

/// A lesson's checks.
pub fn checks(number: &str) -> Vec<Check> {
    match number {
        "01" => l01::checks(),
        "02" => l02::checks(),
        "03" => l03::checks(),
        "04" => l04::checks(),
        "05" => l05::checks(),
        "06" => l06::checks(),
        "07" => l07::checks(),
        "08" => l08::checks(),
        _ => l09::checks(),
    }
}
