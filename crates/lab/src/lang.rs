//! The language that lab speaks to a learner.

use std::env;

use clap::ValueEnum;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    #[value(name = "en")]
    English,
    #[value(name = "zh")]
    Chinese,
}

impl Lang {
    /// The language of the environment: Chinese where it says so, English
    /// everywhere else.
    pub fn from_environment() -> Lang {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        Lang::of(names.iter().map(|name| env::var(name).unwrap_or_default()))
    }

    /// The first of these that is not empty counts, as POSIX has it.
    fn of(mut values: impl Iterator<Item = String>) -> Lang {
        let locale = values.find(|value| !value.is_empty());
        let locale = locale.unwrap_or_default().to_lowercase();
        if locale.starts_with("zh") { Lang::Chinese } else { Lang::English }
    }

    /// The one of two texts that is in this language: English comes first.
    pub fn pick<T>(self, [english, chinese]: [T; 2]) -> T {
        match self {
            Lang::English => english,
            Lang::Chinese => chinese,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_with_a_value_chooses_the_language() {
        let of =
            |values: [&str; 3]| Lang::of(values.map(String::from).into_iter());
        assert_eq!(of(["", "", "zh_CN.UTF-8"]), Lang::Chinese);
        assert_eq!(of(["C", "", "zh_CN.UTF-8"]), Lang::English);
        assert_eq!(of(["", "zh_TW", "en_US"]), Lang::Chinese);
        assert_eq!(of(["", "", ""]), Lang::English);
    }
}
