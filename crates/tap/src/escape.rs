//! Text from the network, made safe for a terminal.

/// Escapes what could command a terminal or disorder a line: control
/// characters, line separators, and marks that change the text's direction.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069 => {
                safe.extend(c.escape_unicode());
            }
            _ if c.is_control() => safe.extend(c.escape_default()),
            _ => safe.push(c),
        }
    }
    safe
}
