//! Which words of `lab run NN …` are lab's own, and which are for a side.

use anyhow::{Result, bail};
use programs::lang::{tr, tr_with};

use crate::lessons::{Lesson, Side};

/// The words after `lab run NN`, sorted by whom they are for.
#[derive(Debug, Default, PartialEq)]
pub struct SplitArgs {
    pub lab: Vec<String>,
    pub client: Vec<String>,
    pub server: Vec<String>,
}

/// Sorts the words: a knob goes to the sides that have it, or after
/// `--on SIDE` to that side alone; what is no knob is lab's.
///
/// # Errors
///
/// When a knob lacks its value or goes to a side without it.
pub fn sort(lesson: &Lesson, words: &[String]) -> Result<SplitArgs> {
    let mut split = SplitArgs::default();
    let mut only = None;
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        if word == "--on" {
            only = Some(match words.next().map(String::as_str) {
                Some("client") => Side::Client,
                Some("server") => Side::Server,
                _ => bail!(tr("--on is followed by client or server")),
            });
            continue;
        }
        let (name, joined) = match word.split_once('=') {
            Some((name, _)) => (name, true),
            None => (word.as_str(), false),
        };
        let Some(knob) = lesson.knob(name) else {
            split.lab.push(word.clone());
            continue;
        };
        let mut passed = vec![word.clone()];
        if let (Some(value), false) = (knob.value, joined) {
            match words.next() {
                Some(word) => passed.push(word.clone()),
                None => bail!(tr_with(
                    "{name} wants a value: {name} {value}",
                    &[("name", &name), ("value", &value)],
                )),
            }
        }
        match only {
            Some(side) if !knob.sides.contains(&side) => {
                bail!(tr_with(
                    "lesson {number}'s {side} has no {name}",
                    &[
                        ("number", &lesson.number),
                        ("side", &side.title()),
                        ("name", &name),
                    ],
                ))
            }
            Some(Side::Client) => split.client.extend(passed),
            Some(Side::Server) => split.server.extend(passed),
            None => {
                for side in knob.sides {
                    match side {
                        Side::Client => split.client.extend(passed.clone()),
                        Side::Server => split.server.extend(passed.clone()),
                    }
                }
            }
        }
    }
    Ok(split)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::lesson;

    fn split(number: &str, words: &str) -> Result<SplitArgs> {
        let words: Vec<String> = words.split(' ').map(String::from).collect();
        sort(lesson(number)?, &words)
    }

    #[test]
    fn a_knob_goes_to_the_sides_that_have_it() {
        let split = split("01", "--message hi --timeout 2s").unwrap();
        assert_eq!(split.client.join(" "), "--message hi --timeout 2s");
        assert_eq!(split.server.join(" "), "--timeout 2s");
        assert!(split.lab.is_empty());
    }

    #[test]
    fn what_is_no_knob_is_for_lab_wherever_it_stands() {
        let split =
            split("02", "--svg a.svg --on server --buffer 4 --ascii").unwrap();
        assert_eq!(split.lab.join(" "), "--svg a.svg --ascii");
        assert_eq!(split.server.join(" "), "--buffer 4");
        assert!(split.client.is_empty());
    }

    #[test]
    fn each_side_can_have_its_own_value() {
        let words = "--on client --encoding=gbk --on server --encoding big5";
        let split = split("03", words).unwrap();
        assert_eq!(split.client.join(" "), "--encoding=gbk");
        assert_eq!(split.server.join(" "), "--encoding big5");
    }

    #[test]
    fn a_knob_of_the_other_side_is_refused() {
        let error = split("02", "--on client --buffer 4").unwrap_err();
        assert_eq!(error.to_string(), "lesson 02's client has no --buffer");
    }

    #[test]
    fn a_knob_without_its_value_is_refused() {
        let error = split("01", "--message").unwrap_err();
        assert!(error.to_string().contains("wants a value"), "{error}");
        assert!(split("01", "--on").is_err());
        assert!(split("01", "--on both").is_err());
    }
}
