//! Everything that lab says of itself is there in Chinese.

use clap::CommandFactory;
use programs::help;
use programs::lang::chinese;

use crate::Args;
use crate::class;
use crate::lessons::LESSONS;
use crate::run_command::Options;

fn assert_chinese(texts: &[String]) {
    let lacks = |text: &&String| chinese(text).is_none();
    let missing: Vec<&String> = texts.iter().filter(lacks).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_help_is_there_in_chinese() {
    let commands =
        [Args::command(), Options::command(), class::Options::command()];
    for mut command in commands {
        command.build();
        assert_chinese(&help::texts(&command));
    }
}

#[test]
fn the_lessons_and_their_knobs_are_there_in_chinese() {
    for lesson in LESSONS {
        let knobs = lesson.knobs.iter().map(|knob| knob.help);
        let titles = lesson.scenarios.iter().map(|scenario| scenario.title);
        let titles = titles.filter(|title| title.contains(' '));
        let texts = knobs.chain(titles).chain([lesson.title]);
        assert_chinese(&texts.map(String::from).collect::<Vec<_>>());
    }
}
