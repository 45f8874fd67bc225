//! Where a line may end besides at a space.

use unicode_width::UnicodeWidthChar;

/// No line begins with one of these, or ends with one of those.
const CLOSING: &str = "，。：；？！、）》”’…,.:;?!)\"";
const OPENING: &str = "（《“‘(\"";

/// Whether a line may end between two letters: it may beside a Chinese one,
/// but not before the signs that belong to it.
pub fn may_break(before: char, after: char) -> bool {
    let is_wide = |c: char| c.width() == Some(2);
    (is_wide(before) || is_wide(after))
        && !CLOSING.contains(after)
        && !OPENING.contains(before)
}
