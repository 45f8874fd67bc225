//! Every command that a page names can be typed.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use testkit::{Program, root};

use crate::pages::pages;

/// The commands of a page: in blocks behind `$`, one per line in `sh` blocks,
/// and in the prose between backquotes.
fn commands(page: &crate::pages::Page) -> Vec<String> {
    let mut commands = Vec::new();
    for block in page.blocks() {
        let lines = block.text.lines();
        match block.language.as_str() {
            "console" => commands.extend(
                lines
                    .filter_map(|line| line.strip_prefix("$ "))
                    .map(str::to_owned),
            ),
            "sh" => commands.extend(lines.map(str::to_owned)),
            _ => {}
        }
    }
    let prose = page.prose().join(" ");
    commands.extend(prose.split('`').skip(1).step_by(2).map(str::to_owned));
    commands
}

/// What a program explains of itself, asked once.
#[derive(Default)]
struct Helps(HashMap<Vec<String>, String>);

impl Helps {
    fn of(&mut self, program: &[&str]) -> &str {
        let key: Vec<String> = program.iter().map(|w| (*w).into()).collect();
        self.0.entry(key).or_insert_with(|| {
            let mut command = match program {
                ["lab", rest @ ..] => {
                    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
                    lab.args(rest);
                    lab
                }
                [bin, ..] => {
                    let cargo =
                        std::env::var_os("CARGO").unwrap_or("cargo".into());
                    let mut run = Command::new(cargo);
                    run.args(["run", "--quiet", "--bin", bin, "--"]);
                    run
                }
                [] => unreachable!("a command has a program"),
            };
            command.current_dir(root()).arg("--help");
            let finished = Program::spawn(&mut command).finish();
            assert_eq!(finished.code, Some(0), "{program:?}: {finished:#?}");
            finished.stdout
        })
    }
}

/// The flags of these words, without their values.
fn flags<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let own = words.iter().take_while(|word| **word != "--");
    own.filter(|word| word.starts_with("--") && word.len() > 2)
        .map(|word| word.split('=').next().unwrap_or(word))
        .filter(|flag| !["--help", "--on"].contains(flag))
        .collect()
}

/// Why a command cannot be typed; `None` if it can, or is nobody's we know.
fn fault(command: &str, helps: &mut Helps, recipes: &str) -> Option<String> {
    let words = shlex::split(command.trim_end_matches('&').trim())?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |help: &str, words: &[&str]| {
        let missing = flags(words).into_iter().find(|flag| {
            let ends = |c: char| !c.is_alphanumeric() && c != '-';
            !help.split(ends).any(|word| word == *flag)
        });
        missing.map(|flag| format!("no {flag}"))
    };
    let is_number = |word: &str| word.parse::<u8>().is_ok();
    match &words[..] {
        ["just"] => None,
        ["just", recipe, rest @ ..] => {
            let is_there = recipes
                .lines()
                .any(|line| line.split([' ', ':']).next() == Some(*recipe));
            if !is_there {
                return Some(format!("no recipe {recipe}"));
            }
            match (*recipe, rest) {
                ("run" | "show", [number, rest @ ..]) if is_number(number) => {
                    has(helps.of(&["lab", "run", number]), rest)
                }
                ("class", [number, rest @ ..]) => {
                    has(helps.of(&["lab", "class", number]), rest)
                }
                ("client" | "server", [number, rest @ ..])
                    if is_number(number) =>
                {
                    let bin = format!("{number:0>2}-{recipe}");
                    has(helps.of(&[&bin]), rest)
                }
                _ => None,
            }
        }
        ["cargo", "lab", "run", number, rest @ ..] if is_number(number) => {
            has(helps.of(&["lab", "run", number]), rest)
        }
        ["cargo", "lab", "run", rest @ ..] => {
            has(helps.of(&["lab", "run"]), rest)
        }
        ["cargo", "lab", "class", number, rest @ ..] => {
            has(helps.of(&["lab", "class", number]), rest)
        }
        ["cargo", "lab", sub, rest @ ..] => has(helps.of(&["lab", sub]), rest),
        ["cargo", "run", "--bin", bin, rest @ ..] => {
            let rest = rest.split_first().map_or(&[][..], |(_, rest)| rest);
            has(helps.of(&[bin]), rest)
        }
        ["python3", rest @ ..] => {
            let file = rest.iter().find(|word| !word.starts_with('-'))?;
            let ours = file.starts_with("lessons/");
            let missing = ours && !root().join(file).exists();
            missing.then(|| format!("no {file}"))
        }
        _ => None,
    }
}

#[test]
fn every_command_can_be_typed() {
    let mut helps = Helps::default();
    let recipes = fs::read_to_string(root().join("justfile")).unwrap();
    let mut faults = Vec::new();
    for page in pages() {
        for command in commands(&page) {
            if let Some(why) = fault(&command, &mut helps, &recipes) {
                faults.push(format!("{:?}: {command}: {why}", page.file));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
