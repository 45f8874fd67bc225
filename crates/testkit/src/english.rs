//! Whether a program speaks English where it should speak Chinese.

/// Checks that no line has an English sentence: three words in a row. Lines
/// that hold one of `allowed` are others' words, such as a lesson's program's.
#[track_caller]
pub fn assert_no_english(text: &str, allowed: &[&str]) {
    let english: Vec<&str> = text
        .lines()
        .filter(|line| !allowed.iter().any(|words| line.contains(words)))
        .filter(|line| has_sentence(line))
        .collect();
    assert!(english.is_empty(), "{english:#?} in:\n{text}");
    assert!(!text.is_ascii(), "no Chinese: {text}");
}

fn has_sentence(line: &str) -> bool {
    let is_word = |word: &&str| {
        let word = word.trim_start_matches(['"', '\'', '(']);
        let word = word.trim_end_matches(|c: char| c.is_ascii_punctuation());
        let rest = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase())
    };
    let words: Vec<&str> = line.split(' ').collect();
    words.windows(3).any(|three| three.iter().all(is_word))
}
