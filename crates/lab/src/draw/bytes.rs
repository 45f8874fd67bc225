//! Bytes for people: text where they are text, hex where they are not.

/// Shows bytes as text; what is no UTF-8 stands in hex: `一次[e4 b8]`. What
/// could disturb a line is escaped. Where hardly anything is text, all stands
/// in hex. `more` bytes that are not at hand end it with an ellipsis.
pub fn show(mut bytes: &[u8], more: bool) -> String {
    if is_binary(bytes) {
        return show_hex(bytes, more);
    }
    let mut shown = String::new();
    loop {
        let (text, rest, hex) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, &[][..], &[][..]),
            Err(error) => {
                let (good, bad) = bytes.split_at(error.valid_up_to());
                let text = std::str::from_utf8(good).unwrap_or_default();
                // A character cut by the end of what is at hand is no error.
                let cut = error.error_len().is_none() && more;
                let length = error.error_len().unwrap_or(bad.len());
                let (bad, rest) = bad.split_at(length);
                (text, rest, if cut { &[] } else { bad })
            }
        };
        shown.extend(text.chars().map(harmless));
        if !hex.is_empty() {
            shown = join_hex(shown, hex);
        }
        if rest.is_empty() {
            break;
        }
        bytes = rest;
    }
    if more {
        shown.push('…');
    }
    shown
}

/// Shows bytes in hex, with an ellipsis for `more` that are not at hand.
pub fn show_hex(bytes: &[u8], more: bool) -> String {
    join_hex(String::new(), bytes) + if more { "…" } else { "" }
}

/// Whether a good part of the bytes are neither letters nor signs. A short
/// message with a cut character is text all the same.
fn is_binary(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let odd = |c: &char| {
        let undecodable = *c == '\u{fffd}' && bytes.len() > 16;
        undecodable || (c.is_control() && !c.is_whitespace())
    };
    text.chars().filter(odd).count() * 4 > text.chars().count()
}

/// Text with what could disturb a line escaped.
pub fn show_text(text: &str) -> String {
    text.chars().map(harmless).collect()
}

fn harmless(c: char) -> String {
    match c {
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => c.escape_unicode().to_string(),
        // No character at all, which XML forbids.
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER.to_string(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    }
}

/// Appends bytes in brackets, or to the brackets that it ends with.
fn join_hex(mut shown: String, bytes: &[u8]) -> String {
    let hex: Vec<String> = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let hex = hex.join(" ");
    let open = shown.rfind('[').filter(|at| {
        shown.ends_with(']')
            && shown[at + 1..shown.len() - 1]
                .split(' ')
                .all(|pair| u8::from_str_radix(pair, 16).is_ok())
    });
    match open {
        Some(_) => {
            shown.pop();
            shown + " " + &hex + "]"
        }
        None => shown + "[" + &hex + "]",
    }
}

#[cfg(test)]
mod tests {
    use super::show;

    #[test]
    fn text_is_shown_as_it_is() {
        assert_eq!(show("海贼王 ok".as_bytes(), false), "海贼王 ok");
    }

    #[test]
    fn a_cut_character_stands_in_hex() {
        let bytes = &"一次一".as_bytes()[..8];
        assert_eq!(show(bytes, false), "一次[e4 b8]");
        assert_eq!(show(&"一次".as_bytes()[1..], false), "[b8 80]次");
    }

    #[test]
    fn other_encodings_stand_in_one_pair_of_brackets() {
        let gbk = b"\xba\xa3\xd4\xf4\xcd\xf5";
        assert_eq!(show(gbk, false), "[ba a3 d4 f4 cd f5]");
    }

    #[test]
    fn numbers_and_programs_stand_in_hex() {
        assert_eq!(show(&[0x2f, 0, 0, 0], false), "[2f 00 00 00]");
        assert_eq!(
            show(b"\x7fELF\x02\x01\x01", true),
            "[7f 45 4c 46 02 01 01]…"
        );
    }

    #[test]
    fn a_head_ends_with_an_ellipsis_and_no_hex() {
        let bytes = &"一次一".as_bytes()[..8];
        assert_eq!(show(bytes, true), "一次…");
    }

    #[test]
    fn what_could_disturb_a_line_is_escaped() {
        assert_eq!(show(b"a\n\x1b[0m", false), "a\\n\\u{1b}[0m");
    }
}
