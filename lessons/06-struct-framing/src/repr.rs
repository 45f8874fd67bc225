//! Python's `repr` of a text, which is how it prints a text inside a dict.

/// Puts a text in quotes, and spells out what is not printable.
///
/// The quotes are `'`, unless the text has some of these and no `"`.
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

/// Rust's `{:?}` and Python's `repr` leave the same characters as they are:
/// all but those of Unicode's categories Other and Separator, and the space.
/// (Which characters exist depends on the Unicode version of either.)
fn is_printable(c: char) -> bool {
    // Rust also spells out an accent that has nothing to stand on, so here
    // it stands on an a.
    matches!(c, ' '..='~') || format!("a{c}").escape_debug().eq(['a', c])
}
