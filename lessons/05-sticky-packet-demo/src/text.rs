//! Text that was cut without regard for characters.

use std::fmt::Write;

/// Logs which bytes of a line are no whole character, if any.
pub fn log_parts(line: &[u8]) {
    if str::from_utf8(line).is_err() {
        common::log(&format!("not whole characters: {}", with_hex(line)));
    }
}

/// Shows bytes as text, and those that are no whole character in hex: the
/// first 8 bytes of 一次一 are `一次[e4 b8]`.
pub fn with_hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut in_hex = false;
    for chunk in bytes.utf8_chunks() {
        if in_hex && !chunk.valid().is_empty() {
            text.push(']');
            in_hex = false;
        }
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push(if in_hex { ' ' } else { '[' });
            in_hex = true;
            let _ = write!(text, "{byte:02x}");
        }
    }
    if in_hex {
        text.push(']');
    }
    text
}
