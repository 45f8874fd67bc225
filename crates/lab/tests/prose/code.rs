//! Quoted code stands in the source, word for word.

use std::fs;
use std::path::Path;

use crate::pages::{lesson_folders, pages};

/// All of a folder's sources of a kind, as one text.
fn sources(folder: &Path, kind: &str) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(&path, kind);
        } else if path.extension().is_some_and(|k| k == kind) {
            text += &fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        }
    }
    text
}

#[test]
fn quoted_code_stands_in_the_lessons_source() {
    for page in pages() {
        let languages = [("rust", "rs"), ("python", "py")];
        for block in page.blocks() {
            let kind = languages.iter().find(|(l, _)| *l == block.language);
            let (Some((_, kind)), Some(_)) = (kind, page.lesson()) else {
                continue;
            };
            let source = sources(page.folder(), kind);
            let file = &page.file;
            assert!(
                source.contains(&block.text),
                "{file:?} quotes what is not in the source:\n{}",
                block.text
            );
        }
    }
}

#[test]
fn each_lesson_quotes_the_function_that_holds_its_idea() {
    for folder in lesson_folders() {
        for name in ["README.md", "README.zh-CN.md"] {
            let page = pages().into_iter();
            let page = page.filter(|page| page.file == folder.join(name));
            let rust = page.flat_map(|page| page.blocks()).filter(|block| {
                block.language == "rust" && block.text.lines().count() > 5
            });
            assert!(rust.count() > 0, "{folder:?}/{name} quotes no function");
        }
    }
}
