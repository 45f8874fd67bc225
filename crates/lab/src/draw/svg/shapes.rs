//! What the picture is made of: words, lines and arrows.

use svg::node::Blob;
use svg::node::element::{Group, Line, Rectangle, Text};
use unicode_width::UnicodeWidthStr;

use crate::draw::label::Span;
use crate::draw::palette;

pub const FONTS: &str = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', \
                     'Noto Sans Mono CJK SC', 'Noto Sans CJK SC', monospace";
pub const INK: &str = "#1b1b1b";
pub const GREY: &str = "#6b6b6b";
pub const PALE: &str = "#d5d5d5";
pub const SIGNS: &str = "#7a7a7a";
pub const RED: &str = "#b3261e";
pub const PAPER: &str = "#ffffff";

/// The letters on a chip of a send's colour.
const CHIP: &str = "#fefefe";

pub const FONT: f64 = 17.0;

/// A letter's width in a monospaced font, and so half of a wide one's.
pub const LETTER: f64 = FONT * 0.602;

/// A piece of a row's words: a send's number on a chip of its colour.
pub fn drawn(span: &Span, x: f64, base: f64, colour: &str) -> (Group, f64) {
    let width = span_width(span);
    let group = match span.send {
        None => Group::new().add(text(&span.text, x, base, colour)),
        Some(send) => Group::new()
            .add(
                Rectangle::new()
                    .set("x", x)
                    .set("y", base - FONT * 0.92)
                    .set("width", width)
                    .set("height", FONT * 1.25)
                    .set("rx", 6)
                    .set("fill", palette::hex(send)),
            )
            .add(
                text(&span.text, x + width / 2.0, base, CHIP)
                    .set("text-anchor", "middle")
                    .set("font-weight", "bold"),
            ),
    };
    (group, width)
}

pub fn span_width(span: &Span) -> f64 {
    let chip = if span.send.is_some() { 12.0 } else { 0.0 };
    text_width(&span.text) + chip
}

/// About the width of a text. A wide character takes an em, which is a bit
/// less than two letters; so no text is wider than this.
fn text_width(text: &str) -> f64 {
    text.width() as f64 * LETTER
}

pub fn words_width(spans: &[Span]) -> f64 {
    spans.iter().map(|span| text_width(&span.text)).sum()
}

/// Words in one line, each piece in the colour of the send it came from.
pub fn words(spans: &[Span], x: f64, y: f64) -> Text {
    // Written out, since a line break between two pieces would be a space.
    let pieces = spans.iter().map(|Span { text, send }| {
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        match send {
            None => text,
            Some(send) => {
                let colour = palette::hex(*send);
                format!("<tspan fill=\"{colour}\">{text}</tspan>")
            }
        }
    });
    text("", x, y, INK).add(Blob::new(pieces.collect::<String>()))
}

pub fn text(words: &str, x: f64, y: f64, colour: &str) -> Text {
    // Viewers trim spaces at both ends: those before the words are measured.
    let shown = words.trim_start();
    let spaces = words.width() - shown.width();
    Text::new(shown)
        .set("x", x + spaces as f64 * LETTER)
        .set("y", y)
        .set("fill", colour)
        // Where an arrow passes, the words stand before it.
        .set("stroke", if colour == CHIP { "none" } else { PAPER })
        .set("stroke-width", 5)
        .set("stroke-linejoin", "round")
        .set("paint-order", "stroke")
}

pub fn line(
    from: (f64, f64),
    to: (f64, f64),
    colour: &str,
    width: f64,
) -> Line {
    Line::new()
        .set("x1", from.0)
        .set("y1", from.1)
        .set("x2", to.0)
        .set("y2", to.1)
        .set("stroke", colour)
        .set("stroke-width", width)
}

/// An arrow from one lane to another, with a head at its end.
pub fn arrow(
    from: (f64, f64),
    to: (f64, f64),
    colour: &str,
    width: f64,
) -> Group {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let tip = (to.0 - ux * 8.0, to.1 - uy * 8.0);
    let mut group = Group::new().add(line(from, tip, colour, width));
    for side in [1.0, -1.0] {
        let x = tip.0 - ux * 14.0 - uy * 7.0 * side;
        let y = tip.1 - uy * 14.0 + ux * 7.0 * side;
        group = group.add(line(tip, (x, y), colour, width));
    }
    group
}

/// An arrow that ends on its way, with a cross.
pub fn lost(from: (f64, f64), to: (f64, f64), colour: &str) -> Group {
    let (x, y) = to;
    Group::new()
        .add(line(from, to, colour, 3.0))
        .add(line((x - 8.0, y - 8.0), (x + 8.0, y + 8.0), RED, 4.0))
        .add(line((x - 8.0, y + 8.0), (x + 8.0, y - 8.0), RED, 4.0))
}
