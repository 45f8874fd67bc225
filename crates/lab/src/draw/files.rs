//! Pictures in files.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::svg::{self, Picture};
use super::{html, moving};
use programs::lang::{Lang, tr_with};

/// Writes each picture as SVG, moving or still. Of several, each has a file:
/// `run.svg` becomes `run-1.svg` and so on.
///
/// # Errors
///
/// When a file cannot be written.
pub fn write_svg(file: &Path, pictures: &[Picture], moves: bool) -> Result<()> {
    for (place, picture) in pictures.iter().enumerate() {
        let own = with_suffix(file, &(place + 1).to_string());
        let file = if pictures.len() > 1 { &own } else { file };
        let drawn =
            if moves { moving::draw(picture) } else { svg::draw(picture) };
        write(file, &drawn)?;
    }
    Ok(())
}

/// Writes a class's board as SVG: `run.svg` becomes `run-board.svg`.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_board(file: &Path, board: &[String]) -> Result<()> {
    write(&with_suffix(file, "board"), &svg::lines(board))
}

/// Writes the pictures, and a class's board, as a page.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_html(
    file: &Path,
    pictures: &[Picture],
    board: &[String],
    lang: Option<Lang>,
) -> Result<()> {
    write(file, &html::page(pictures, board, lang))
}

/// Looks whether a file can be written, before there is anything to lose.
///
/// # Errors
///
/// When it cannot.
pub fn check(file: &Path) -> Result<()> {
    let opened = OpenOptions::new().append(true).create(true).open(file);
    opened.map(drop).with_context(|| {
        tr_with("writing {file}", &[("file", &file.display())])
    })
}

/// A file's name with a word before its extension.
fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut name = format!("{stem}-{suffix}");
    if let Some(extension) = file.extension() {
        name += &format!(".{}", extension.to_string_lossy());
    }
    file.with_file_name(name)
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| {
        tr_with("writing {file}", &[("file", &file.display())])
    })
}
