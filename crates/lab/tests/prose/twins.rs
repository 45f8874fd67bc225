//! Each page is there in both languages, and both say the same.

use std::path::PathBuf;

use crate::pages::{Page, pages};

/// The pages in pairs, English first; the glossary has both in one, and a
/// table of formats needs none.
fn twins() -> Vec<(Page, Page)> {
    let all = pages();
    let is_chinese = |page: &Page| page.name().ends_with(".zh-CN.md");
    let (chinese, english): (Vec<Page>, Vec<Page>) =
        all.into_iter().partition(is_chinese);
    let english: Vec<Page> = english.into_iter().filter(has_twin).collect();
    let mut chinese: Vec<Option<Page>> =
        chinese.into_iter().map(Some).collect();
    let pairs: Vec<(Page, Page)> = english
        .into_iter()
        .map(|page| {
            let twin: PathBuf = page.file.with_extension("zh-CN.md");
            let found = chinese
                .iter_mut()
                .find(|other| other.as_ref().is_some_and(|o| o.file == twin));
            let other = found.and_then(Option::take);
            let other = other.unwrap_or_else(|| panic!("no {twin:?}"));
            (page, other)
        })
        .collect();
    let alone: Vec<&Page> = chinese.iter().flatten().collect();
    let alone: Vec<&PathBuf> = alone.iter().map(|page| &page.file).collect();
    assert!(alone.is_empty(), "in Chinese only: {alone:?}");
    pairs
}

fn has_twin(page: &Page) -> bool {
    !["GLOSSARY.md", "formats.md"].contains(&&*page.name())
}

/// How deep each heading is.
fn headings(page: &Page) -> Vec<usize> {
    let prose = page.prose();
    let headings = prose.iter().filter(|line| line.starts_with('#'));
    headings.map(|h| h.chars().take_while(|c| *c == '#').count()).collect()
}

/// The columns of each row of each table.
fn tables(page: &Page) -> Vec<usize> {
    let prose = page.prose();
    let rows = prose.iter().filter(|line| line.starts_with('|'));
    rows.map(|row| row.matches('|').count()).collect()
}

/// Links in the English page's words.
fn links(page: &Page) -> Vec<String> {
    let links = page.links();
    let mut links: Vec<String> = links
        .iter()
        .map(|link| link.split('#').next().unwrap_or_default())
        .map(|link| link.replace(".zh-CN.md", ".md"))
        .collect();
    // Each leads to the other one first.
    links.retain(|link| !link.is_empty());
    links
}

/// The words in backquotes that can be typed.
fn commands(page: &Page) -> Vec<String> {
    let prose = page.prose().join("\n");
    let pieces = prose.split('`').skip(1).step_by(2);
    let mut commands: Vec<String> = pieces
        .map(|piece| piece.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|piece| {
            let first = piece.split(' ').next().unwrap_or_default();
            ["cargo", "just", "python3"].contains(&first)
        })
        .collect();
    commands.sort();
    commands.dedup();
    commands
}

#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>(what: &str, of: impl Fn(&Page) -> T) {
    for (english, chinese) in twins() {
        let file = &chinese.file;
        assert_eq!(of(&english), of(&chinese), "{what} of {file:?}");
    }
}

#[test]
fn both_languages_have_the_same_headings() {
    same("headings", headings);
}

#[test]
fn both_languages_have_the_same_blocks() {
    same("blocks", Page::blocks);
}

#[test]
fn both_languages_have_the_same_tables() {
    same("tables", tables);
}

#[test]
fn both_languages_have_the_same_links() {
    same("links", links);
}

#[test]
fn both_languages_have_the_same_commands() {
    same("commands", commands);
}

#[test]
fn both_languages_fold_the_same_answers() {
    same("answers", |page| page.text.matches("<details>").count());
    same("answers", |page| page.text.matches("</details>").count());
}

#[test]
fn a_chinese_page_is_in_chinese() {
    for (_, chinese) in twins() {
        let prose = chinese.prose().join("");
        let letters = prose.chars().filter(|c| c.is_alphabetic());
        let own = letters.clone().filter(|c| *c >= '\u{4e00}').count();
        let all = letters.count();
        assert!(own * 4 > all, "{:?}: {own} of {all}", chinese.file);
    }
}

#[test]
fn each_lesson_has_its_parts_in_order() {
    let parts = [
        "## Run it",
        "## The idea in code",
        "## Be one side yourself",
        "## Why it happens",
        "## Experiments",
        "## Where the article is wrong or dated",
        "## Exercises",
    ];
    for (english, _) in twins() {
        if english.lesson().is_none() || english.name() != "README.md" {
            continue;
        }
        let prose = english.prose();
        let found: Vec<&&str> =
            prose.iter().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(
            found,
            parts.iter().collect::<Vec<_>>(),
            "{:?}",
            english.file
        );
    }
}

#[test]
fn a_plan_for_teaching_has_45_minutes() {
    for (english, chinese) in twins() {
        if english.name() != "teaching.md" {
            continue;
        }
        for page in [english, chinese] {
            let prose = page.prose();
            let rows = prose.iter().filter(|line| line.starts_with("| "));
            let minutes: u32 = rows
                .filter_map(|row| row.split('|').nth(1)?.trim().parse().ok())
                .map(|minutes: u32| minutes)
                .sum();
            assert_eq!(minutes, 45, "{:?}", page.file);
        }
    }
}
