//! The pages, and what stands in them.

use std::fs;
use std::path::{Path, PathBuf};

use testkit::root;

/// A page in Markdown.
pub struct Page {
    pub file: PathBuf,
    pub text: String,
}

/// A fenced block: its language, and what is in it.
#[derive(Debug, PartialEq)]
pub struct Block {
    pub language: String,
    pub text: String,
}

/// Every page of the course: the first one, and all below `lessons`.
pub fn pages() -> Vec<Page> {
    let lessons = root().join("lessons");
    let mut folders = vec![root(), lessons.clone()];
    folders.extend(lesson_folders());
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|kind| kind == "md"))
        .collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        // A checkout on Windows may have other line ends.
        Page { text: text.replace("\r\n", "\n"), file }
    };
    files.into_iter().map(read).collect()
}

/// The folders of the lessons.
pub fn lesson_folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("lessons")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> =
        paths.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

impl Page {
    pub fn folder(&self) -> &Path {
        self.file.parent().unwrap()
    }

    pub fn name(&self) -> String {
        self.file.file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// The lesson's number, if the page is of one.
    pub fn lesson(&self) -> Option<String> {
        let folder = self.folder().file_name()?.to_str()?;
        let number = folder.split('-').next()?;
        number.parse::<u8>().is_ok().then(|| number.to_owned())
    }

    /// The fenced blocks, in order.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for line in self.text.lines() {
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(language)) => {
                    let language = language.to_owned();
                    open = Some(Block { language, text: String::new() });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(block), None) => {
                    block.text += line;
                    block.text += "\n";
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{:?}: a block stays open", self.file);
        blocks
    }

    /// The lines that are not in a block.
    pub fn prose(&self) -> Vec<&str> {
        let mut is_code = false;
        let lines = self.text.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            is_code ^= fence;
            !is_code && !fence
        });
        lines.collect()
    }

    /// Where the links lead to, as they are written.
    pub fn links(&self) -> Vec<String> {
        let prose = self.prose().join("\n");
        let targets = prose.split("](").skip(1);
        targets
            .filter_map(|target| target.split([')', ' ']).next())
            .map(str::to_owned)
            .collect()
    }
}
