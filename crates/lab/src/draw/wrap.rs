//! Long texts, broken into lines.

use programs::may_break;
use unicode_width::UnicodeWidthChar;

use super::label::Span;

/// Breaks pieces of a text as [`wrap`] does a whole one.
pub fn wrap_spans(
    spans: &[Span],
    columns: usize,
    most: usize,
) -> Vec<Vec<Span>> {
    let text: String = spans.iter().map(|span| span.text.as_str()).collect();
    let sends = spans.iter().flat_map(|s| s.text.chars().map(|_| s.send));
    let mut letters = text.chars().zip(sends).peekable();
    let mut lines = Vec::new();
    for line in wrap(&text, columns, most) {
        let mut broken: Vec<Span> = Vec::new();
        // Spaces around a break are in no line.
        while letters.next_if(|(c, _)| !line.starts_with(*c)).is_some() {}
        for c in line.chars() {
            let send = letters.next_if(|(letter, _)| *letter == c);
            let send = send.and_then(|(_, send)| send);
            match broken.last_mut().filter(|last| last.send == send) {
                Some(last) => last.text.push(c),
                None => broken.push(Span { text: c.into(), send }),
            }
        }
        lines.push(broken);
    }
    lines
}

/// Breaks a long text into at most this many lines of this many columns: at
/// spaces and between Chinese characters, where it can.
pub fn wrap(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && lines.len() < most {
        let mut line = start_of(rest, columns - 1);
        if line.len() < rest.len()
            && let Some(end) = last_break(rest, line.len())
        {
            line = &line[..end];
        }
        rest = rest[line.len()..].trim_start();
        lines.push(line.trim_end().into());
    }
    if let Some(last) = lines.last_mut()
        && !rest.is_empty()
    {
        last.push('…');
    }
    lines
}

/// The last place up to here at which a line may end.
fn last_break(text: &str, up_to: usize) -> Option<usize> {
    let mut letters = text.char_indices();
    let (_, mut before) = letters.next()?;
    let mut last = None;
    for (at, c) in letters.take_while(|(at, _)| *at <= up_to) {
        if c == ' ' || may_break(before, c) {
            last = Some(at);
        }
        before = c;
    }
    last
}

/// As much of a text as fits into this many columns, and a letter at least.
pub fn start_of(text: &str, columns: usize) -> &str {
    let mut width = 0;
    for (at, c) in text.char_indices() {
        width += c.width().unwrap_or(0);
        if width > columns && at > 0 {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("one two three", 9, 8), ["one two", "three"]);
        assert_eq!(wrap("onetwothree", 6, 8), ["onetw", "othre", "e"]);
        assert_eq!(wrap("one two three", 9, 1), ["one two…"]);
    }

    #[test]
    fn chinese_is_broken_between_characters_but_not_before_its_signs() {
        assert_eq!(wrap("一次两次。三次", 9, 8), ["一次两", "次。三次"]);
        assert_eq!(wrap("调用 recv 之后", 12, 8), ["调用 recv", "之后"]);
        assert_eq!(wrap("使用recv之后", 10, 8), ["使用recv", "之后"]);
        assert_eq!(wrap("一二（三四）", 7, 8), ["一二", "（三", "四）"]);
    }
}
