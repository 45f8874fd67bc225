//! The frame before the file: how long the header is, then the header.
//!
//! ```text
//!  0         4                                  4 + N
//! ┌─────────┬──────────────────────────────────┬──────────────────┐
//! │    N    │ {"filename": "…", "filesize": F} │     the file     │
//! └─────────┴──────────────────────────────────┴──────────────────┘
//!  4 bytes:  N bytes of JSON                    F bytes, then the
//!  i32, little-endian                           end of the stream
//! ```
//!
//! The four bytes are what Python's `struct.pack('i', n)` makes on the
//! machines of today. There `'i'` means the order of the machine it runs on;
//! a wire format has to name one, as `'<i'` and [`LittleEndian`] do.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

use anyhow::{Context, Result, bail};
use byteorder::{BigEndian, ByteOrder, LittleEndian, WriteBytesExt};
use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Map, Serializer, Value};

use crate::repr;

/// The longest header, in bytes. A file name and a number need far less, and
/// no peer may choose how much memory is set aside for it.
pub const LONGEST: usize = 65_536;

/// What is said about a file before it comes.
#[derive(Debug, PartialEq, Serialize)]
pub struct Header {
    /// Its name, as the sender calls it: not to be trusted.
    pub filename: String,
    /// So many bytes follow the header.
    pub filesize: u64,
}

/// As Python's `print` shows the dict: `{'filename': 'a', 'filesize': 1}`.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filename = repr(&self.filename);
        let filesize = self.filesize;
        write!(f, "{{'filename': {filename}, 'filesize': {filesize}}}")
    }
}

/// Writes the length of the header, and the header.
///
/// # Errors
///
/// When the header is longer than [`LONGEST`], or the writer fails.
pub fn write(header: &Header, writer: &mut impl Write) -> Result<()> {
    let mut json = Vec::new();
    header.serialize(&mut Serializer::with_formatter(&mut json, LikePython))?;
    let bytes = json.len();
    if bytes > LONGEST {
        bail!("the header has {bytes} bytes, {LONGEST} at most may be sent");
    }
    // What is counted is bytes, not characters: Python's len() of a text
    // that holds 海 as it is would be too small.
    writer.write_i32::<LittleEndian>(i32::try_from(bytes)?)?;
    writer.write_all(&json)?;
    Ok(())
}

/// Reads the length of a header, and the header, and not a byte more.
///
/// `Order` is [`LittleEndian`]; with [`BigEndian`] the same four bytes are
/// another number, which is the experiment.
///
/// # Errors
///
/// When the stream ends or fails too early, the length is out of bounds, or
/// the header is not what it has to be: always naming what is wrong.
pub fn read<Order: ByteOrder>(reader: &mut impl Read) -> Result<Header> {
    let mut prefix = [0; 4];
    fill(&mut prefix, reader, "the length")?;
    let length = Order::read_i32(&prefix);
    let Some(length) = in_bounds(length) else {
        let [a, b, c, d] = prefix;
        bail!(
            "the length of the header is {length}, wanted is 1 to {LONGEST}; \
             its bytes {a:02x} {b:02x} {c:02x} {d:02x} are {} read \
             little-endian, {} read big-endian",
            LittleEndian::read_i32(&prefix),
            BigEndian::read_i32(&prefix)
        );
    };
    // Only now is memory set aside.
    let mut json = vec![0; length];
    fill(&mut json, reader, "the header")?;
    parse(&json)
}

/// A length from the network is an i32: it may be negative, or gigabytes.
fn in_bounds(length: i32) -> Option<usize> {
    let length = usize::try_from(length).ok()?;
    (1..=LONGEST).contains(&length).then_some(length)
}

/// Reads until the buffer is full, in however many pieces the bytes come.
///
/// `read_exact` does this too, but does not tell how many had come.
fn fill(buffer: &mut [u8], reader: &mut impl Read, what: &str) -> Result<()> {
    let (mut came, all) = (0, buffer.len());
    while came < all {
        match reader.read(&mut buffer[came..]) {
            Ok(0) => bail!("it closed after {came} of {all} bytes of {what}"),
            Ok(length) => came += length,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("{came} of {all} bytes of {what} came")
                });
            }
        }
    }
    Ok(())
}

/// Takes the two fields out of the JSON. Others may stand beside them.
fn parse(json: &[u8]) -> Result<Header> {
    let text = str::from_utf8(json).context("the header is not UTF-8")?;
    let value: Value =
        serde_json::from_str(text).context("the header is not JSON")?;
    let Value::Object(fields) = &value else {
        bail!("the header is not a JSON object: {}", start_of(&value));
    };
    let filename = field(fields, "filename", "text", Value::as_str)?;
    let filesize =
        field(fields, "filesize", "a number of bytes", Value::as_u64)?;
    Ok(Header { filename: filename.into(), filesize })
}

fn field<'a, T>(
    fields: &'a Map<String, Value>,
    name: &str,
    wanted: &str,
    take: fn(&'a Value) -> Option<T>,
) -> Result<T> {
    let value = fields
        .get(name)
        .with_context(|| format!("the header has no {name}"))?;
    take(value).with_context(|| {
        format!("the header's {name} is not {wanted}: {}", start_of(value))
    })
}

/// Enough of a value for a sentence about it.
fn start_of(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}

/// JSON as Python's `json.dumps` writes it: a space after `,` and `:`, and
/// nothing but printable ASCII. What is beyond is `\uXXXX`, in two of them
/// beyond U+FFFF (RFC 8259, section 7).
struct LikePython;

impl Formatter for LikePython {
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
