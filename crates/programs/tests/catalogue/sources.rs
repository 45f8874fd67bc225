//! The texts that stand in the sources.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use programs::root;
use syn::LitStr;

/// The texts of all sources, without their tests.
#[derive(Default)]
pub struct Source {
    /// Every string.
    pub literals: BTreeSet<String>,
    /// Those that are given to `tr` or `tr_with` as they stand.
    pub translated: BTreeSet<String>,
    /// Those with names in brackets that no macro fills in.
    pub templates: BTreeSet<String>,
    /// Doc comments, as clap makes help of them.
    pub help: BTreeSet<String>,
}

impl Source {
    /// Reads the sources of lab, judge and programs.
    pub fn read() -> Source {
        let mut source = Source::default();
        for package in ["lab", "judge", "programs"] {
            let folder = root().join("crates").join(package).join("src");
            for file in rust_files(&folder) {
                let text = read_to_string(&file).expect("a source");
                let tokens: TokenStream = text.parse().expect("Rust");
                source.tokens(tokens);
            }
        }
        source
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut docs: Vec<String> = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            if is_punct(&tokens[at], '#') {
                // That of a whole file has a sign more.
                let inner =
                    tokens.get(at + 1).is_some_and(|t| is_punct(t, '!'));
                at += usize::from(inner);
                let attribute = tokens.get(at + 1).map(ToString::to_string);
                let attribute = attribute.unwrap_or_default();
                if attribute.replace(' ', "") == "[cfg(test)]" {
                    at = end_of_item(&tokens, at);
                    continue;
                }
                if let Some(TokenTree::Group(group)) = tokens.get(at + 1) {
                    match doc(group.stream()) {
                        Some(line) => docs.push(line),
                        None => self.attribute(group.stream()),
                    }
                    at += 2;
                    continue;
                }
            }
            self.help.extend(help(&std::mem::take(&mut docs)));
            match &tokens[at] {
                TokenTree::Group(group) => {
                    if at > 0 && is_tr(&tokens[at - 1]) {
                        self.translated.extend(first_text(group.stream()));
                    }
                    let before = self.templates.clone();
                    self.tokens(group.stream());
                    if at > 1 && is_formatting(&tokens[at - 2..at]) {
                        self.templates = before;
                    }
                }
                token => {
                    let text = text(token);
                    let template = text.clone().filter(|t| is_template(t));
                    self.templates.extend(template);
                    self.literals.extend(text);
                }
            }
            at += 1;
        }
    }

    /// What clap shows of an attribute.
    fn attribute(&mut self, tokens: TokenStream) {
        for token in tokens {
            match &token {
                TokenTree::Group(group) => self.attribute(group.stream()),
                token => self.help.extend(text(token)),
            }
        }
    }
}

/// Whether a string says something: three English words in a row.
pub fn is_sentence(text: &str) -> bool {
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())
    };
    let words: Vec<&str> = text.split([' ', '\n']).collect();
    let is_shown =
        words.windows(3).any(|three| three.iter().all(|w| is_word(w)));
    is_shown
        && !NOT_SHOWN.iter().any(|start| text.trim_start().starts_with(start))
}

/// Whether a string has a name in brackets, and a word outside of them.
fn is_template(text: &str) -> bool {
    let mut names = false;
    let mut outside = String::new();
    for (place, part) in text.split('{').enumerate() {
        match part.split_once('}') {
            Some((name, rest)) if place > 0 => {
                let is_letter = |c: char| c.is_ascii_lowercase() || c == '_';
                names |= !name.is_empty() && name.chars().all(is_letter);
                outside += rest;
            }
            _ => outside += part,
        }
        outside.push(' ');
    }
    let mut words = outside.split(|c: char| !c.is_ascii_alphabetic());
    names && words.any(|word| word.len() > 1)
}

/// How strings begin that are the same in every language: commands, styles,
/// and what programs print or send each other.
const NOT_SHOWN: [&str; 14] = [
    "0%, {:",
    "100% {{",
    "Traceback (most recent call last)",
    "cargo lab ",
    "cargo run ",
    "day %d",
    "just client ",
    "one piece\nanother",
    "open, sesame!",
    "ready on ",
    "the date is",
    "{:.2}% {{",
    "{{\"filename\"",
    "{{'filename'",
];

/// Who writes a lesson's questions reads English.
const FOR_AUTHORS: [&str; 2] = ["questions/fact.rs", "questions/file.rs"];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a source").path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if name != "tests.rs"
            && path.extension() == Some("rs".as_ref())
            && !FOR_AUTHORS.iter().any(|file| path.ends_with(file))
        {
            files.push(path);
        }
    }
    files
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// Whether these are the name and the sign of a macro such as `format!`.
fn is_formatting(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Ident(name), sign] = tokens else { return false };
    let name = name.to_string();
    let formats = ["format", "print", "write", "bail", "anyhow", "args"];
    is_punct(sign, '!') && formats.iter().any(|part| name.contains(part))
}

fn is_tr(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(name) if name == "tr" || name == "tr_with")
}

/// Where the item behind an attribute ends.
fn end_of_item(tokens: &[TokenTree], from: usize) -> usize {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ';'),
    };
    let length = tokens[from..].iter().position(is_end);
    length.map_or(tokens.len(), |length| from + length + 1)
}

fn text(token: &TokenTree) -> Option<String> {
    let text: LitStr = syn::parse2(TokenStream::from(token.clone())).ok()?;
    Some(text.value())
}

fn first_text(tokens: TokenStream) -> Option<String> {
    text(&tokens.into_iter().next()?)
}

/// A line of a doc comment.
fn doc(attribute: TokenStream) -> Option<String> {
    let mut tokens = attribute.into_iter();
    let is_doc = tokens.next()?.to_string() == "doc";
    let line = text(&tokens.nth(1)?)?;
    is_doc.then(|| line.trim().to_owned())
}

/// The help that clap makes of a doc comment: its first paragraph as one
/// line, without the full stop.
fn help(docs: &[String]) -> Option<String> {
    let lines: Vec<&str> = docs
        .iter()
        .map(String::as_str)
        .take_while(|line| !line.is_empty())
        .collect();
    let text = lines.join(" ");
    (!text.is_empty()).then(|| text.trim_end_matches('.').to_owned())
}
