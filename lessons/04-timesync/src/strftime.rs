//! strftime: a time in a format of `%` directives.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use chrono::format::{Fixed, Item, ParseErrorKind, Parsed, StrftimeItems};
use chrono::{DateTime, FixedOffset, format};

/// The most bytes in a format, and in the text made from it.
pub const MAX_LENGTH: usize = 1024;

/// Writes a time in a format that came from the network.
///
/// # Errors
///
/// A sentence without a `%`, since it becomes the answer.
pub fn render(format: &[u8], time: &DateTime<FixedOffset>) -> Result<String> {
    if format.len() > MAX_LENGTH {
        bail!("the format is longer than {MAX_LENGTH} bytes");
    }
    let format = str::from_utf8(format).context("the format is no text")?;
    if format.contains('\0') {
        bail!("the format has a NUL byte in it");
    }
    // chrono's `to_string` panics on a bad format. `write!` gives an error.
    let mut text = String::new();
    if write!(text, "{}", time.format(format)).is_err() {
        bail!("the format has a percent sign without a meaning");
    }
    // 512 times %c makes 12 KB out of 1 KB, which somebody who forges the
    // sender's address could have sent to a victim (RFC 4732).
    if text.len() > MAX_LENGTH {
        bail!("the answer would be longer than {MAX_LENGTH} bytes");
    }
    Ok(text)
}

/// Reads an answer as text, if it reads back as a time in this format.
///
/// Some formats can be written but not read back (`%s%f`: where does the
/// first number end?), others only another strftime knows, and a `%Z` may be
/// any name. For them, any text will do.
pub fn read_time<'a>(answer: &'a [u8], format: &str) -> Result<&'a str> {
    let text = read_text(answer)?;
    let possible = match StrftimeItems::new(format).parse() {
        Err(_) => !text.is_empty(),
        Ok(items) => {
            let any_name = items.contains(&Item::Fixed(Fixed::TimezoneName));
            let sample = DateTime::UNIX_EPOCH.fixed_offset();
            let sample = render(format.as_bytes(), &sample);
            let sample = sample.unwrap_or_default();
            any_name || !reads_back(&sample, &items) || reads_back(text, &items)
        }
    };
    if !possible {
        bail!("the answer is no such time: \"{text:.80}\"");
    }
    Ok(text)
}

/// Reads an answer as text that is no error message.
pub(crate) fn read_text(answer: &[u8]) -> Result<&str> {
    let text = str::from_utf8(answer).context("the answer is no text")?;
    if text.starts_with("error: ") {
        bail!("the server answered \"{text:.80}\"");
    }
    Ok(text)
}

fn reads_back(text: &str, items: &[Item]) -> bool {
    let mut fields = Parsed::new();
    if format::parse(&mut fields, text, items.iter()).is_err() {
        return false;
    }
    // 30 February is no date; too few fields for a date are no fault.
    match fields.to_naive_date() {
        Err(error) => error.kind() == ParseErrorKind::NotEnough,
        Ok(_) => true,
    }
}
