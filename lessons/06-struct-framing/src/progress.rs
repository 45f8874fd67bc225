//! A file goes in blocks: how large they are, and how far it is.

use indicatif::style::TemplateError;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// The largest block: more is no faster, and every client costs one.
const MAX_BLOCK: usize = 1024 * 1024;

/// Parses `2048` or `64KiB` as a number of bytes. The error is a sentence.
pub fn block_size(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.strip_suffix("KiB") {
        Some(number) => (number, 1024),
        None => (text, 1),
    };
    let number: usize = number
        .parse()
        .map_err(|error| format!("{error}; give bytes, as 2048 or 64KiB"))?;
    number
        .checked_mul(unit)
        .filter(|bytes| (1..=MAX_BLOCK).contains(bytes))
        .ok_or_else(|| "a block has 1 byte to 1024KiB".into())
}

/// A bar on a terminal; elsewhere indicatif draws nothing.
pub fn progress_bar(size: u64) -> Result<ProgressBar, TemplateError> {
    let style = "{wide_bar} {bytes} of {total_bytes} {bytes_per_sec}";
    Ok(ProgressBar::new(size)
        .with_style(ProgressStyle::with_template(style)?)
        .with_finish(ProgressFinish::AndClear))
}
