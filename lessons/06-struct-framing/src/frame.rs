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

use std::io::{self, Write};

use anyhow::{Context, Result, anyhow, bail};
use byteorder::{BigEndian, ByteOrder, LittleEndian, WriteBytesExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::python;

/// The longest header, in bytes. A file name and a number need far less, and
/// no peer may choose how much memory is set aside for it.
pub const MAX_HEADER: usize = 65_536;

/// What is said about a file before it comes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Its name, as the sender calls it: not to be trusted.
    pub filename: String,
    /// The number of bytes after the header.
    pub filesize: u64,
}

/// Writes the length of the header, and the header.
pub fn write(header: &Header, writer: &mut impl Write) -> Result<()> {
    let json = python::to_json(header)?;
    let bytes = json.len();
    if bytes > MAX_HEADER {
        bail!("the header has {bytes} bytes, {MAX_HEADER} at most may be sent");
    }
    // The length counts bytes, not characters: 海 is one character, and three
    // bytes of UTF-8.
    writer.write_i32::<LittleEndian>(i32::try_from(bytes)?)?;
    writer.write_all(&json)?;
    Ok(())
}

/// Reads the length of a header, and the header, and not a byte more.
///
/// `recv` receives once, into a buffer. `Order` is [`LittleEndian`]; with
/// [`BigEndian`] the same four bytes are another number: the experiment.
pub fn read<Order: ByteOrder>(
    mut recv: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> Result<Header> {
    let mut prefix = [0; 4];
    fill(&mut prefix, &mut recv, "the length")?;
    // A length from the network may be negative, or gigabytes. Memory is set
    // aside only after this check.
    let length = Order::read_i32(&prefix);
    let bytes = usize::try_from(length).unwrap_or(0);
    if !(1..=MAX_HEADER).contains(&bytes) {
        bail!("{}", out_of_bounds(length, prefix));
    }
    let mut json = vec![0; bytes];
    fill(&mut json, &mut recv, "the header")?;
    parse(&json)
}

/// Receives until the buffer is full, in however many pieces the bytes come.
fn fill(
    buffer: &mut [u8],
    recv: &mut impl FnMut(&mut [u8]) -> io::Result<usize>,
    what: &str,
) -> Result<()> {
    let (mut received, all) = (0, buffer.len());
    while received < all {
        let length = recv(&mut buffer[received..]).with_context(|| {
            format!("{received} of {all} bytes of {what} came")
        })?;
        if length == 0 {
            bail!("it closed after {received} of {all} bytes of {what}");
        }
        received += length;
    }
    Ok(())
}

fn out_of_bounds(length: i32, prefix: [u8; 4]) -> String {
    let [a, b, c, d] = prefix;
    let little = LittleEndian::read_i32(&prefix);
    let big = BigEndian::read_i32(&prefix);
    format!(
        "the length of the header is {length}, wanted is 1 to {MAX_HEADER}; \
         its bytes {a:02x} {b:02x} {c:02x} {d:02x} are {little} read \
         little-endian, {big} read big-endian"
    )
}

/// Takes the two fields out of the JSON. There may be others; if one appears
/// twice, the last counts, as in Python.
fn parse(json: &[u8]) -> Result<Header> {
    let text = str::from_utf8(json).context("the header is not UTF-8")?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let early = "; does its length count characters, not bytes?";
        let hint = if error.is_eof() { early } else { "" };
        anyhow!("the header is not JSON: {error}{hint}")
    })?;
    if !value.is_object() {
        bail!("the header is not a JSON object: {text:.40}");
    }
    let header = Header::deserialize(value);
    header.with_context(|| format!("the header cannot be used: {text:.99}"))
}
