//! What lesson 06 does as Python does it, character for character: how
//! `json.dumps` writes JSON, and how `print` shows a dict.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::frame::Header;

/// JSON as `json.dumps` writes it: a space after `,` and `:`, and only ASCII.
pub fn to_json(header: &Header) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::new();
    header.serialize(&mut Serializer::with_formatter(&mut json, Dumps))?;
    Ok(json)
}

struct Dumps;

impl Formatter for Dumps {
    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
    ) -> io::Result<()> {
        writer.write_all(b": ")
    }

    /// `\uXXXX`, and two of them beyond U+FFFF (RFC 8259, section 7).
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for unit in fragment.encode_utf16() {
            match u8::try_from(unit) {
                Ok(ascii @ b' '..=b'~') => writer.write_all(&[ascii])?,
                _ => write!(writer, "\\u{unit:04x}")?,
            }
        }
        Ok(())
    }
}

/// A dict, as `print` shows it: `{'filename': 'a', 'filesize': 1}`.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { filename, filesize } = self;
        let filename = repr(filename);
        write!(f, "{{'filename': {filename}, 'filesize': {filesize}}}")
    }
}

/// A text, as `repr` shows it: in `'`, or in `"` if it has some `'` and no
/// `"`, and what is not printable spelled out.
pub fn repr(text: &str) -> String {
    let single = !text.contains('\'') || text.contains('"');
    let quote = if single { '\'' } else { '"' };
    let mut shown = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\\' => shown.push_str("\\\\"),
            _ if c == quote => shown.extend(['\\', quote]),
            _ if is_printable(c) => shown.push(c),
            _ => shown.push_str(&match u32::from(c) {
                code @ ..=0xff => format!("\\x{code:02x}"),
                code @ ..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    shown.push(quote);
    shown
}

/// Rust's `{:?}` and Python's `repr` leave the same characters as they are,
/// but for accents with nothing to stand on: so here they stand on an a.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~') || format!("a{c}").escape_debug().eq(['a', c])
}
