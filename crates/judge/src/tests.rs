//! Everything that the judge says is there in Chinese.

use std::collections::BTreeSet;

use clap::CommandFactory;
use programs::help;
use programs::lang::chinese;

use crate::Args;
use crate::lessons::checks;
use crate::script::Action;

fn assert_chinese(texts: &BTreeSet<String>) {
    let lacks = |text: &&String| chinese(text).is_none();
    let missing: Vec<&String> = texts.iter().filter(lacks).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_help_is_there_in_chinese() {
    let mut command = Args::command();
    command.build();
    assert_chinese(&help::texts(&command).into_iter().collect());
}

#[test]
fn every_check_is_there_in_chinese() {
    let mut texts = BTreeSet::new();
    for check in programs::LESSONS.iter().flat_map(|l| checks(l.number)) {
        texts.extend([check.name, check.purpose, check.hint].map(String::from));
        for step in (check.script)() {
            texts.extend(step.hints.iter().map(|(_, hint)| (*hint).to_owned()));
            if let Action::Call(sentence, _) = step.action {
                texts.insert(sentence.to_owned());
            }
        }
    }
    assert_chinese(&texts);
}
