//! The language that lab and judge speak: English, or Chinese by the one
//! catalogue `lang/zh.po`.

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::{Display, Write};
use std::sync::{LazyLock, OnceLock};

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// The Chinese texts, by the English ones.
const CHINESE: &str = include_str!("../lang/zh.po");

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// As it stands in the code.
    English,
    /// As it stands in the catalogue.
    Chinese,
}

impl ValueEnum for Lang {
    fn value_variants<'a>() -> &'a [Lang] {
        &[Lang::English, Lang::Chinese]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl Lang {
    /// What `--lang` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Lang::English => "en",
            Lang::Chinese => "zh",
        }
    }

    /// The one of two texts that is in this language: English comes first.
    pub fn pick<T>(self, [english, chinese]: [T; 2]) -> T {
        match self {
            Lang::English => english,
            Lang::Chinese => chinese,
        }
    }

    /// The language of a locale such as `zh_CN.UTF-8` or `zh-Hans-CN`.
    fn of_locale(locale: &str) -> Lang {
        if locale.to_lowercase().starts_with("zh") {
            Lang::Chinese
        } else {
            Lang::English
        }
    }

    /// The first of these that is not empty counts, as POSIX has it.
    fn of(mut values: impl Iterator<Item = String>) -> Option<Lang> {
        let locale = values.find(|value| !value.is_empty())?;
        Some(Lang::of_locale(&locale))
    }

    fn of_environment() -> Lang {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let values = names.iter().map(std::env::var);
        let values = values.map(Result::unwrap_or_default);
        Lang::of(values).unwrap_or_else(of_system)
    }
}

/// The language of Windows' own texts, where no variable is set.
#[cfg(windows)]
fn of_system() -> Lang {
    let locale = sys_locale::get_locale().unwrap_or_default();
    Lang::of_locale(&locale)
}

/// Elsewhere the variables are all there is.
#[cfg(not(windows))]
fn of_system() -> Lang {
    Lang::English
}

/// What the command line asks for, if anything.
static ASKED: OnceLock<Option<Lang>> = OnceLock::new();

static OF_ENVIRONMENT: LazyLock<Lang> = LazyLock::new(Lang::of_environment);

thread_local! {
    static WITHIN: Cell<Option<Lang>> = const { Cell::new(None) };
}

/// Chooses this process's language by the words of its command line, before
/// they are parsed: what is wrong with them is said in that language too. They
/// may be anything, not even text.
pub fn choose(words: impl IntoIterator<Item = OsString>) {
    let words = words.into_iter();
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let _ = ASKED.set(find(words));
}

/// Looks for `--lang` before the command of a learner's own program.
fn find(words: impl Iterator<Item = String>) -> Option<Lang> {
    let mut words = words.take_while(|word| word != "--");
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next()?,
            Some(joined) => joined.strip_prefix('=').unwrap_or_default().into(),
            None => continue,
        };
        if let Ok(lang) = Lang::from_str(&value, false) {
            return Some(lang);
        }
    }
    None
}

/// The language that the command line asked for, if it did.
pub fn asked() -> Option<Lang> {
    ASKED.get().copied().flatten()
}

/// The language that is spoken: the command line's, else the environment's.
pub fn lang() -> Lang {
    let within = WITHIN.with(Cell::get);
    within.or_else(asked).unwrap_or(*OF_ENVIRONMENT)
}

/// Speaks another language meanwhile, in this thread.
pub fn within<T>(lang: Lang, work: impl FnOnce() -> T) -> T {
    let before = WITHIN.replace(Some(lang));
    let done = work();
    WITHIN.set(before);
    done
}

/// A text in the language that is spoken. One that the catalogue lacks stays
/// English.
pub fn tr(text: &str) -> &str {
    match lang() {
        Lang::English => text,
        Lang::Chinese => chinese(text).unwrap_or(text),
    }
}

/// A text in the language that is spoken, with values for its placeholders
/// such as `{count}`.
pub fn tr_with(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = tr(text);
    while let Some((before, after)) = rest.split_once('{') {
        filled += before;
        let name = after.split_once('}');
        let value = name.and_then(|(name, rest)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, rest))
        });
        match value {
            Some((value, left)) => {
                let _ = write!(filled, "{value}");
                rest = left;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

/// The Chinese for a text, if the catalogue has it.
pub fn chinese(text: &str) -> Option<&'static str> {
    static TEXTS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let catalogue = polib::po_file::parse_from_reader(CHINESE.as_bytes());
        let texts = catalogue.iter().flat_map(|c| c.messages());
        let text = |m: &dyn polib::message::MessageView| {
            let chinese = m.msgstr().unwrap_or_default();
            (m.msgid().to_owned(), chinese.to_owned())
        };
        texts.map(text).filter(|(_, chinese)| !chinese.is_empty()).collect()
    });
    TEXTS.get(text).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_with_a_value_chooses_the_language() {
        let of =
            |values: [&str; 3]| Lang::of(values.map(String::from).into_iter());
        assert_eq!(of(["", "", "zh_CN.UTF-8"]), Some(Lang::Chinese));
        assert_eq!(of(["C", "", "zh_CN.UTF-8"]), Some(Lang::English));
        assert_eq!(of(["", "zh_TW", "en_US"]), Some(Lang::Chinese));
        assert_eq!(of(["", "", ""]), None);
    }

    #[test]
    fn the_command_line_is_asked_but_not_the_learners_own() {
        let find = |line: &str| find(line.split(' ').map(String::from));
        assert_eq!(find("lab run --lang zh 05"), Some(Lang::Chinese));
        assert_eq!(find("lab --lang=en run 05"), Some(Lang::English));
        assert_eq!(find("lab run 05 --lang"), None);
        assert_eq!(find("lab run 05 --language zh"), None);
        assert_eq!(find("judge check 01 server -- a --lang zh"), None);
    }

    #[test]
    fn placeholders_are_filled_and_other_brackets_stay() {
        let text = "{a} of {b}: {host}, {";
        let filled = tr_with(text, &[("b", &2), ("a", &"{b}")]);
        assert_eq!(filled, "{b} of 2: {host}, {");
    }

    #[test]
    fn another_language_is_spoken_for_a_while() {
        within(Lang::Chinese, || {
            assert_eq!(tr("client"), "客户端");
            within(Lang::English, || assert_eq!(tr("client"), "client"));
            assert_eq!(lang(), Lang::Chinese);
        });
    }
}
