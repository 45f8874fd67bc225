//! The colours of the sends: distinct also for those who see fewer
//! colours, and never alone: the send's number says it too.

use anstyle::{Ansi256Color, Color, Style};

/// For SVG, dark enough under white letters; and the nearest ones among a
/// terminal's 256 that read well on light and on dark.
const COLOURS: [(&str, u8); 6] = [
    ("#0068ad", 32),
    ("#b94f00", 166),
    ("#00785a", 36),
    ("#9d3f7a", 169),
    ("#7d6000", 136),
    ("#5a4bb0", 98),
];

fn colour(send: usize) -> (&'static str, u8) {
    COLOURS[(send + COLOURS.len() - 1) % COLOURS.len()]
}

/// A send's colour in SVG.
pub fn hex(send: usize) -> &'static str {
    colour(send).0
}

/// A send's colour in a terminal.
pub fn style(send: usize) -> Style {
    let colour = Color::Ansi256(Ansi256Color(colour(send).1));
    Style::new().fg_color(Some(colour)).bold()
}
