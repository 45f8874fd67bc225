//! strftime: a time in a format of `%` directives.

use std::fmt::{self, Write};

use anyhow::{Context, Result, bail};
use chrono::format::{Fixed, Item, ParseErrorKind, Parsed, StrftimeItems};
use chrono::{DateTime, FixedOffset, Local, format};

/// The most bytes in a format, and in the text made from it.
pub const LONGEST: usize = 1024;

/// Writes a time in a format that came from the network.
///
/// # Errors
///
/// A sentence, when the format is no text or has a `%` without a meaning, or
/// when it or its result is longer than [`LONGEST`].
pub fn render(format: &[u8], time: &DateTime<FixedOffset>) -> Result<String> {
    if format.len() > LONGEST {
        bail!("the format is longer than {LONGEST} bytes");
    }
    let format = str::from_utf8(format).context("the format is no text")?;
    if format.contains('\0') {
        bail!("the format has a NUL byte in it");
    }
    // chrono's `to_string` panics on a bad format. Parsing it first does not.
    let items = StrftimeItems::new(format)
        .parse()
        .context("the format has a % without a meaning")?;

    // 512 times %c would make 12 KB out of 1 KB. Whoever forges a sender's
    // address could have that sent to somebody else (RFC 4732).
    let mut text = Bounded(String::new());
    if time.format_with_items(items.iter()).write_to(&mut text).is_err() {
        bail!("the answer would be longer than {LONGEST} bytes");
    }
    Ok(text.0)
}

/// A text that refuses to grow past [`LONGEST`].
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.0.len() + more.len() > LONGEST {
            return Err(fmt::Error);
        }
        self.0.push_str(more);
        Ok(())
    }
}

/// Reads an answer as the text that it is, if it can be a time in this
/// format, right or wrong.
///
/// It can when it reads back as a time. Some formats can be written but not
/// read back (`%s%f`: where does the first number end?), others only another
/// strftime knows, and a `%Z` may be any name. For them, any text will do.
///
/// # Errors
///
/// A sentence, when the answer is none or says that there is none.
pub fn read_time<'a>(answer: &'a [u8], format: &str) -> Result<&'a str> {
    let text = read_text(answer)?;
    if let Ok(items) = StrftimeItems::new(format).parse() {
        let any_name = items.contains(&Item::Fixed(Fixed::TimezoneName));
        let now = render(format.as_bytes(), &Local::now().fixed_offset());
        let sample = now.unwrap_or_default();
        if any_name || !reads_back(&sample, &items) || reads_back(text, &items)
        {
            return Ok(text);
        }
    } else if !text.is_empty() {
        return Ok(text);
    }
    bail!("the answer is no such time: {:?}", short(text))
}

/// Reads an answer as text that is no error message.
pub(crate) fn read_text(answer: &[u8]) -> Result<&str> {
    let text = str::from_utf8(answer).context("the answer is no text")?;
    if text.starts_with("error: ") {
        bail!("the server answered {:?}", short(text));
    }
    Ok(text)
}

/// The beginning of a text, enough to recognise it.
pub(crate) fn short(text: &str) -> &str {
    let end = text.char_indices().nth(80).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

fn reads_back(text: &str, items: &[Item]) -> bool {
    let mut fields = Parsed::new();
    if format::parse(&mut fields, text, items.iter()).is_err() {
        return false;
    }
    // Each field is possible. A date may still be none, such as 30 February;
    // too few fields for a date are no fault.
    match fields.to_naive_date() {
        Err(error) => error.kind() == ParseErrorKind::NotEnough,
        Ok(_) => true,
    }
}
