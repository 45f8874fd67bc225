//! The Chinese catalogue is complete: it has every text that lab, judge and
//! programs show, and none that nobody shows.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read_dir, read_to_string};

use polib::message::MessageView;
use programs::root;
use sources::Source;

/// The catalogue's texts, Chinese by English.
fn catalogue() -> BTreeMap<String, String> {
    let file = root().join("crates/programs/lang/zh.po");
    let catalogue = polib::po_file::parse(&file).expect("a catalogue");
    let text = |m: &dyn MessageView| {
        (m.msgid().to_owned(), m.msgstr().unwrap_or_default().to_owned())
    };
    catalogue.messages().map(text).collect()
}

/// What clap says of the help that it adds by itself.
const CLAPS_OWN: [&str; 2] =
    ["Print help", "Print this message or the help of the given subcommand(s)"];

/// What must be done with a starting point, in parts: they are the comments.
fn contracts() -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    let folder = root().join("crates/judge/src/start");
    for file in read_dir(folder).expect("the starting points") {
        let path = file.expect("a file").path();
        let is_contract = path.file_stem().is_some_and(|n| n.len() == 2);
        if !is_contract {
            continue;
        }
        let text = read_to_string(path).expect("a text");
        let mut part = String::new();
        for line in text.lines() {
            if ["server", "client", "both"].contains(&line) {
                parts.insert(std::mem::take(&mut part));
            } else {
                part += &format!("{line}\n");
            }
        }
        parts.insert(part);
    }
    parts.remove("");
    parts
}

#[test]
fn every_text_given_to_tr_is_translated() {
    let catalogue = catalogue();
    let source = Source::read();
    let lacks = |text: &&String| !catalogue.contains_key(*text);
    let missing: Vec<&String> =
        source.translated.iter().filter(lacks).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_sentence_in_the_sources_is_translated() {
    let catalogue = catalogue();
    let source = Source::read();
    let lacks = |text: &&String| {
        sources::is_sentence(text) && !catalogue.contains_key(*text)
    };
    let missing: Vec<&String> = source.literals.iter().filter(lacks).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_text_with_names_in_brackets_is_translated() {
    let catalogue = catalogue();
    let source = Source::read();
    let lacks = |text: &&String| !catalogue.contains_key(*text);
    let missing: Vec<&String> = source.templates.iter().filter(lacks).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_part_of_a_starting_point_is_translated() {
    let catalogue = catalogue();
    let lacks = |text: &String| !catalogue.contains_key(text);
    let missing: Vec<String> = contracts().into_iter().filter(lacks).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_catalogue_has_nothing_that_nobody_shows() {
    let source = Source::read();
    let contracts = contracts();
    let is_shown = |text: &String| {
        source.literals.contains(text)
            || source.help.contains(text)
            || contracts.contains(text)
            || CLAPS_OWN.contains(&text.as_str())
    };
    let catalogue = catalogue();
    let unused: Vec<&String> =
        catalogue.keys().filter(|text| !is_shown(text)).collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn a_translation_says_something_with_the_same_placeholders() {
    for (english, chinese) in catalogue() {
        assert!(!chinese.trim().is_empty(), "{english:?} has no translation");
        assert_eq!(
            placeholders(&english),
            placeholders(&chinese),
            "{english:?} and {chinese:?}"
        );
    }
}

/// The names in brackets: values are put there, or a learner puts them.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for part in text.split('{').skip(1) {
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
        match part.split_once('}') {
            Some((name, _)) if name.chars().all(is_word) => {
                names.insert(name);
            }
            _ => {}
        }
    }
    names
}
