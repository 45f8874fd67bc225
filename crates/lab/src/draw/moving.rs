//! A run as an SVG that moves: what is sent piles up between the two sides,
//! until a recv takes it. It moves by CSS alone, and not at all for those who
//! ask their system for less motion.

use std::fmt::Write;

use programs::lang::{tr, tr_with};
use svg::Document;
use svg::node::element::{Group, Rectangle, Style, Text, Title};

use super::label::{Label, label};
use super::palette;
use super::svg::{FONTS, Picture};
use super::wrap::start_of;
use crate::network::event::Fate;
use crate::timeline::row::{Row, RowKind};

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 300.0;
const FONT: f64 = 19.0;

/// The widest message, and the pipe in which there is room for several.
const BLOCK: f64 = 92.0;
const TOP: f64 = 118.0;
const TALL: f64 = 64.0;
const PIPE: (f64, f64) = (260.0, 740.0);

/// The seconds of a step, and of the last sight of all.
const STEP: f64 = 1.0;
const LAST: f64 = 3.0;

/// One message: when it is sent, by whom, and when its last byte is taken.
struct Message<'a> {
    number: usize,
    row: &'a Row,
    sent: usize,
    taken: Option<usize>,
    /// Its place among those that are on the way with it.
    slot: usize,
    /// The network lost it.
    is_lost: bool,
}

/// Draws a run of two programs.
pub fn draw(picture: &Picture) -> String {
    let moves = |row: &&Row| {
        let kind = &row.kind;
        matches!(kind, RowKind::Sends { .. } | RowKind::Receives { .. })
    };
    let steps: Vec<&Row> = picture.rows.iter().filter(moves).collect();
    let messages = messages(&steps);
    let most = messages.iter().map(|m| m.slot + 1).max().unwrap_or(1);
    let width = ((PIPE.1 - PIPE.0 - 12.0) / most as f64).min(BLOCK);
    let length = steps.len() as f64 * STEP + LAST;
    let mut style = String::from("\n.said { opacity: 0; }\n");
    if let Some(last) = steps.len().checked_sub(1) {
        let _ = writeln!(style, ".said{last} {{ opacity: 1; }}");
    }
    style += "@media (prefers-reduced-motion: no-preference) {\n";
    let mut group = scene(picture);
    for message in &messages {
        group = group.add(block(message, width));
        style += &path(message, width, length);
    }
    for (step, row) in steps.iter().enumerate() {
        let words = text(&sentence(picture, row), WIDTH / 2.0, HEIGHT - 60.0);
        let class = format!("said said{step}");
        group = group.add(words.set("class", class));
        style += &said(step, steps.len(), length);
    }
    style += "}\n";
    Document::new()
        .set("viewBox", (0, 0, WIDTH, HEIGHT))
        .set("width", WIDTH)
        .set("height", HEIGHT)
        .set("font-family", FONTS)
        .set("font-size", FONT)
        .add(Title::new(picture.title.as_str()))
        .add(Style::new(style))
        .add(group)
        .to_string()
        + "\n"
}

fn messages<'a>(steps: &[&'a Row]) -> Vec<Message<'a>> {
    let mut messages: Vec<Message> = Vec::new();
    for (step, row) in steps.iter().enumerate() {
        match &row.kind {
            RowKind::Sends { number, fate, .. } => {
                let is_lost = *fate == Some(Fate::Lost);
                let before = messages.iter().filter(|m| {
                    m.row.lane == row.lane && m.taken.is_none() && !m.is_lost
                });
                let slot = before.count();
                let (number, sent, taken) = (*number, step, None);
                messages.push(Message {
                    number,
                    row,
                    sent,
                    taken,
                    slot,
                    is_lost,
                });
            }
            RowKind::Receives { slices, .. } => {
                for slice in slices {
                    let of =
                        messages.iter_mut().find(|m| m.number == slice.send);
                    if let Some(message) = of
                        && slice.range.end == slice.of
                    {
                        message.taken = Some(step);
                    }
                }
            }
            _ => {}
        }
    }
    messages
}

/// The two sides, and the pipe between them.
fn scene(picture: &Picture) -> Group {
    let paper = Rectangle::new()
        .set("width", WIDTH)
        .set("height", HEIGHT)
        .set("fill", "#ffffff");
    let pipe = Rectangle::new()
        .set("x", PIPE.0)
        .set("y", TOP - 12.0)
        .set("width", PIPE.1 - PIPE.0)
        .set("height", TALL + 24.0)
        .set("rx", 10)
        .set("fill", "#f1f1f1")
        .set("stroke", "#8a8a8a");
    let bold = |words: Text| words.set("font-weight", "bold");
    let middle = WIDTH / 2.0;
    let mut group = Group::new()
        .add(paper)
        .add(bold(text(&picture.title, middle, 40.0)))
        .add(text(tr("sent, and not received yet"), middle, TOP - 26.0))
        .add(pipe)
        .add(bold(text(&picture.sentence, middle, HEIGHT - 20.0)));
    let sides = [PIPE.0 / 2.0, (PIPE.1 + WIDTH) / 2.0];
    for (name, x) in picture.lanes.iter().zip(sides) {
        group = group.add(bold(text(name, x, TOP - 26.0)));
    }
    group
}

/// Where a message is: at its sender, in the pipe, at its receiver. The first
/// one in the pipe is the nearest to the receiver.
fn places(message: &Message, width: f64) -> [f64; 3] {
    let slot = width * message.slot as f64;
    let left = (PIPE.0 - width) / 2.0;
    let right = WIDTH - left - width;
    if message.row.lane == 0 {
        [left, PIPE.1 - width - 6.0 - slot, right]
    } else {
        [right, PIPE.0 + 6.0 + slot, left]
    }
}

/// A message, drawn in the pipe, where it stays if nothing moves.
fn block(message: &Message, width: f64) -> Group {
    let Label { with, .. } = label(message.row);
    let shown: String = with.iter().map(|span| span.text.as_str()).collect();
    // A letter takes some twelve pixels, a wide one twice that.
    let room = (1_u16..99).take_while(|n| f64::from(*n) * 12.0 < width).count();
    let shown = start_of(&shown, room);
    let x = places(message, width)[1];
    let middle = x + width / 2.0;
    let white = |words: Text| words.set("fill", "#fefefe");
    let number = format!("#{}", message.number);
    Group::new()
        .set("class", format!("m{}", message.number))
        .add(
            Rectangle::new()
                .set("x", x + 2.0)
                .set("y", TOP)
                .set("width", width - 4.0)
                .set("height", TALL)
                .set("rx", 8)
                .set("fill", palette::hex(message.number)),
        )
        .add(white(text(&number, middle, TOP + 25.0)))
        .add(white(text(shown, middle, TOP + 50.0)))
}

/// How a message moves, as percentages of the whole time.
fn path(message: &Message, width: f64, length: f64) -> String {
    let [from, pipe, to] = places(message, width);
    let at = |seconds: f64| 100.0 * seconds / length;
    let (here, there) = (from - pipe, to - pipe);
    let sent = message.sent as f64 * STEP;
    let mut frames = format!(
        "0%, {:.2}% {{ transform: translateX({here}px); opacity: 0; }}\n\
         {:.2}% {{ transform: translateX({here}px); opacity: 1; }}\n\
         {:.2}% {{ transform: none; opacity: 1; }}\n",
        at(sent),
        at(sent + STEP * 0.2),
        at(sent + STEP * 0.8),
    );
    let end = match message.taken {
        Some(taken) => {
            let taken = taken as f64 * STEP;
            let _ = writeln!(
                frames,
                "{:.2}% {{ transform: none; opacity: 1; }}",
                at(taken)
            );
            let _ = writeln!(
                frames,
                "{:.2}%, 98% {{ transform: translateX({}px); opacity: 1; }}",
                at(taken + STEP * 0.8),
                // What is taken together stays together.
                there + width * 0.12 * message.slot as f64,
            );
            format!("translateX({there}px)")
        }
        None if message.is_lost => {
            let _ = writeln!(
                frames,
                "{:.2}%, 98% {{ transform: translateY(60px); opacity: 0; }}",
                at(sent + STEP * 1.6)
            );
            "translateY(60px)".into()
        }
        None => "none".into(),
    };
    let _ = writeln!(frames, "100% {{ transform: {end}; opacity: 0; }}");
    let number = message.number;
    format!(
        "@keyframes m{number} {{\n{frames}}}\n\
         .m{number} {{ animation: m{number} {length}s infinite; }}\n"
    )
}

/// When a step's words are to be seen.
fn said(step: usize, steps: usize, length: f64) -> String {
    let at = |seconds: f64| 100.0 * seconds / length;
    let from = at(step as f64 * STEP);
    let to =
        if step + 1 == steps { 98.0 } else { at((step + 1) as f64 * STEP) };
    format!(
        "@keyframes said{step} {{\n\
         0%, {from:.2}% {{ opacity: 0; }}\n\
         {:.2}%, {:.2}% {{ opacity: 1; }}\n\
         {to:.2}%, 100% {{ opacity: 0; }}\n}}\n\
         .said{step} {{ animation: said{step} {length}s infinite; }}\n",
        from + 0.5,
        to - 0.5,
    )
}

/// A row's words, with the name of its program.
fn sentence(picture: &Picture, row: &Row) -> String {
    let Label { what, from, .. } = label(row);
    let words: String =
        what.iter().chain(&from).map(|span| span.text.as_str()).collect();
    let name = &picture.lanes[row.lane];
    tr_with("{name}: {words}", &[("name", name), ("words", &words)])
}

fn text(words: &str, x: f64, y: f64) -> Text {
    Text::new(words)
        .set("x", x)
        .set("y", y)
        .set("text-anchor", "middle")
        .set("fill", "#1b1b1b")
}
