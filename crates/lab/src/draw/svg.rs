//! The picture as SVG: a lane a program, time downwards, and an arrow from
//! each send to each receive that took bytes of it.

use std::collections::HashMap;

use svg::Document;
use svg::node::Blob;
use svg::node::element::{Circle, Group, Line, Rectangle, Text, Title};
use unicode_width::UnicodeWidthStr;

use super::bytes::show_text;
use super::label::{Label, Span, label, plain, time, wrap_spans};
use super::palette;
use crate::timeline::event::LONG;
use crate::timeline::row::{NetworkRow, Row, RowKind};

/// One run's timeline.
pub struct Picture {
    pub title: String,
    pub place: String,
    pub lanes: Vec<String>,
    pub rows: Vec<Row>,
    pub sentence: String,
}

// All in pixels of a picture that is 1280 wide, as a projector shows it.
const WIDTH: f64 = 1280.0;
const MARGIN: f64 = 28.0;
const TIMES: f64 = 112.0;

/// The left one of two lanes; the right one mirrors it.
const LEFT: f64 = 500.0;
const FONT: f64 = 20.0;
const ROW: f64 = 42.0;
const BODY: f64 = 26.0;
const HEAD: f64 = 116.0;
const FOOT: f64 = 76.0;

/// The height of a long time in which nothing happens.
const GAP: f64 = 34.0;

/// How many letters fit into a line of bytes or text of its own.
const LETTERS: usize = 30;

/// A letter's width in a monospaced font, and so half of a wide one's.
const LETTER: f64 = FONT * 0.602;

const FONTS: &str = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', \
                     'Noto Sans Mono CJK SC', 'Noto Sans CJK SC', monospace";
const INK: &str = "#1b1b1b";
const GREY: &str = "#6b6b6b";
const PALE: &str = "#d5d5d5";
const RED: &str = "#b3261e";
const PAPER: &str = "#ffffff";

/// The letters on a chip of a send's colour.
const CHIP: &str = "#fefefe";

/// Draws the pictures below each other.
pub fn draw(pictures: &[Picture]) -> String {
    let mut top = 0.0;
    let mut all = Group::new();
    for picture in pictures {
        let drawing = Drawing::new(picture, top);
        top += drawing.height();
        all = all.add(drawing.draw());
    }
    let titles: Vec<&str> = pictures.iter().map(|p| p.title.as_str()).collect();
    Document::new()
        .set("viewBox", (0, 0, WIDTH, top))
        .set("font-family", FONTS)
        .set("font-size", FONT)
        .add(Title::new(titles.join("; ")))
        .add(
            Rectangle::new()
                .set("width", WIDTH)
                .set("height", top)
                .set("fill", PAPER),
        )
        .add(all)
        .to_string()
        + "\n"
}

/// The time between two rows in which nothing happened.
fn gap(last: Option<&Row>, row: &Row) -> u64 {
    last.map_or(0, |last| row.at.saturating_sub(last.at))
}

/// A picture with its measures.
struct Drawing<'a> {
    picture: &'a Picture,
    top: f64,
    /// The height of each row's middle.
    middles: Vec<f64>,
    bottom: f64,
}

impl<'a> Drawing<'a> {
    fn new(picture: &'a Picture, top: f64) -> Drawing<'a> {
        let mut drawing =
            Drawing { picture, top, middles: Vec::new(), bottom: 0.0 };
        let mut y = top + HEAD;
        let mut last = None;
        for row in &picture.rows {
            if gap(last, row) >= LONG {
                y += GAP;
            }
            last = Some(row);
            drawing.middles.push(y + ROW / 2.0);
            y += ROW + BODY * (drawing.body(row.lane, &told(row)).len() as f64);
        }
        drawing.bottom = y;
        drawing
    }

    fn height(&self) -> f64 {
        let lines = self.sentence().len().max(1) as f64;
        self.bottom + FOOT + BODY * (lines - 1.0) - self.top
    }

    /// Where a program's lane runs.
    fn lane(&self, lane: usize) -> f64 {
        let lanes = self.picture.lanes.len();
        if lanes == 2 {
            return if lane == 0 { LEFT } else { WIDTH - LEFT };
        }
        let step = (WIDTH - TIMES - MARGIN * 3.0) / lanes as f64;
        TIMES + MARGIN * 3.0 + step * lane as f64
    }

    /// How wide words beside a lane may be.
    fn room(&self) -> f64 {
        match self.picture.lanes.len() {
            2 => LEFT - TIMES - 30.0,
            lanes => (WIDTH - TIMES - MARGIN * 3.0) / lanes as f64 - 30.0,
        }
    }

    /// How many letters a line of bytes or text has.
    fn letters(&self, lane: usize) -> usize {
        match (self.picture.lanes.len(), lane) {
            (2, 0) => LETTERS,
            (2, _) => LETTERS + 6,
            _ => LETTERS * 2 / 3,
        }
    }

    /// The lines below a row's words: its bytes or text, if there is no room
    /// behind the words.
    fn body(&self, lane: usize, label: &Label) -> Vec<Vec<Span>> {
        let what: f64 = label.what.iter().map(span_width).sum();
        let behind = what + LETTER + words_width(&label.with);
        if label.with.is_empty() || behind <= self.room() {
            Vec::new()
        } else {
            wrap_spans(&label.with, self.letters(lane), 6)
        }
    }

    fn draw(&self) -> Group {
        let mut group = self.head();
        group = group.add(self.arrows());
        let mut last = None;
        for (place, row) in self.picture.rows.iter().enumerate() {
            let middle = self.middles[place];
            let gap = gap(last, row);
            if gap >= LONG {
                let words = format!("⋮ {}", time(gap));
                let y = middle - ROW / 2.0 - GAP / 2.0 + FONT * 0.35;
                let words = text(&words, TIMES, y, GREY);
                group = group.add(words.set("text-anchor", "end"));
            }
            last = Some(row);
            group = group.add(self.row(row, middle));
        }
        for (place, line) in self.sentence().iter().enumerate() {
            let y = self.bottom + 44.0 + BODY * place as f64;
            group =
                group.add(words(line, MARGIN, y).set("font-weight", "bold"));
        }
        group
    }

    /// The last sentence, in lines.
    fn sentence(&self) -> Vec<Vec<Span>> {
        wrap_spans(&plain(self.picture.sentence.as_str()), 100, 3)
    }

    fn head(&self) -> Group {
        let Picture { title, place, lanes, .. } = self.picture;
        let y = self.top + 44.0;
        let mut group = Group::new()
            .add(
                text(title, MARGIN, y, INK)
                    .set("font-size", 26)
                    .set("font-weight", "bold"),
            )
            .add(text(place, WIDTH - MARGIN, y, GREY).set("text-anchor", "end"))
            .add(
                text("ms", TIMES, self.top + 92.0, GREY)
                    .set("text-anchor", "end"),
            );
        for (lane, name) in lanes.iter().enumerate() {
            let x = self.lane(lane);
            group = group
                .add(line(x, self.top + 104.0, x, self.bottom, PALE, 4.0))
                .add(
                    text(name, x, self.top + 92.0, INK)
                        .set("text-anchor", "middle")
                        .set("font-weight", "bold"),
                );
        }
        self.waits(group)
    }

    /// While a call waits, its lane is thick.
    fn waits(&self, mut group: Group) -> Group {
        let rows = &self.picture.rows;
        for (place, row) in rows.iter().enumerate() {
            if !matches!(row.kind, RowKind::Waits(_)) {
                continue;
            }
            let next =
                rows[place + 1..].iter().position(|r| r.lane == row.lane);
            let until =
                next.map_or(self.bottom, |n| self.middles[place + 1 + n]);
            let from = self.middles[place];
            group = group.add(
                Rectangle::new()
                    .set("x", self.lane(row.lane) - 7.0)
                    .set("y", from)
                    .set("width", 14)
                    .set("height", until - from)
                    .set("rx", 7)
                    .set("fill", "#ececec")
                    .set("stroke", "#a0a0a0"),
            );
        }
        group
    }

    fn arrows(&self) -> Group {
        let mut group = Group::new();
        let mut sends = HashMap::new();
        let mut connects = HashMap::new();
        let mut closes = HashMap::new();
        let mut received: Vec<usize> = Vec::new();
        for (place, row) in self.picture.rows.iter().enumerate() {
            let here = (self.lane(row.lane), self.middles[place]);
            let pair = (row.lane, row.peer);
            let back = (row.peer.unwrap_or(row.lane), Some(row.lane));
            match &row.kind {
                RowKind::Sends { number, .. } => {
                    sends.insert(*number, (here, row.peer));
                }
                RowKind::Receives { slices, .. } => {
                    for slice in slices {
                        received.push(slice.send);
                        if let Some((there, _)) = sends.get(&slice.send) {
                            let colour = palette::hex(slice.send);
                            group = group.add(arrow(*there, here, colour, 3.0));
                        }
                    }
                }
                RowKind::Connects { error: None, .. } => {
                    connects.insert(row.lane, here);
                }
                RowKind::Accepts { error: None } => {
                    let from = row.peer.and_then(|peer| connects.get(&peer));
                    if let Some(there) = from {
                        group = group.add(arrow(*there, here, "#8a8a8a", 2.0));
                    }
                }
                RowKind::Shuts
                | RowKind::EndArrives
                | RowKind::Closes { udp: false, .. } => {
                    closes.entry(pair).or_insert(here);
                }
                RowKind::Network(NetworkRow::Cuts { .. }) => {
                    // From here the end comes to both sides.
                    let middle = (WIDTH / 2.0, self.middles[place]);
                    for (one, other) in [(0, 1), (1, 0)] {
                        closes.insert((one, Some(other)), middle);
                    }
                }
                RowKind::EndOfStream => {
                    if let Some(there) = closes.get(&back) {
                        group = group.add(arrow(*there, here, "#8a8a8a", 2.0));
                    }
                }
                _ => {}
            }
        }
        // What nobody received ends on its way.
        for (number, ((x, y), peer)) in sends {
            if !received.contains(&number) {
                // A peer that has not spoken yet is at the picture's far side.
                let lanes = self.picture.lanes.len();
                let far = if x > self.lane(0) { 0 } else { lanes - 1 };
                let to = self.lane(peer.unwrap_or(far));
                let end = (x + (to - x) * 0.55, y + ROW * 0.5);
                group = group.add(lost((x, y), end, palette::hex(number)));
            }
        }
        group
    }

    fn row(&self, row: &Row, y: f64) -> Group {
        let zero = self.picture.rows.first().map_or(0, |row| row.at);
        let time = (i128::from(row.at) - i128::from(zero)) as f64 / 1e6;
        // What the network did stands between the lanes.
        let network =
            matches!(row.kind, RowKind::Network(_) | RowKind::Skips(_));
        let x = if network { WIDTH / 2.0 } else { self.lane(row.lane) };
        let base = y + FONT * 0.35;
        let colour = colour(&row.kind);
        let mut group = Group::new().add(
            text(&format!("{time:.2}"), TIMES, base, GREY)
                .set("text-anchor", "end"),
        );
        if !network {
            group = group.add(
                Circle::new()
                    .set("cx", x)
                    .set("cy", y)
                    .set("r", 6)
                    .set("fill", colour),
            );
        }
        let label = told(row);
        // The client's words stand before its lane, all others' behind.
        let left = row.lane == 0 && self.picture.lanes.len() == 2;
        let edge = if left { x - 18.0 } else { x + 18.0 };
        let mut lines = self.body(row.lane, &label);
        let mut width: f64 = label.what.iter().map(span_width).sum();
        let mut behind = 0.0;
        if lines.is_empty() && !label.with.is_empty() {
            lines.push(label.with);
            behind = width + LETTER;
            width += LETTER + words_width(&lines[0]);
        }
        let mut at = if network {
            x - width / 2.0
        } else if left {
            edge - width
        } else {
            edge
        };
        for span in &label.what {
            let (element, width) = drawn(span, at, base, colour);
            group = group.add(element);
            at += width;
        }
        for (place, spans) in lines.iter().enumerate() {
            let (x, y) = if behind <= 0.0 {
                (edge, base + BODY * (place as f64 + 1.0))
            } else if left {
                (edge, base)
            } else {
                (edge + behind, base)
            };
            let anchor = if left { "end" } else { "start" };
            group = group.add(words(spans, x, y).set("text-anchor", anchor));
        }
        group
    }
}

/// The words of a row; a program's own may be long, and are then broken.
fn told(row: &Row) -> Label {
    let mut label = label(row);
    label.what.append(&mut label.from);
    if let RowKind::Says(words) | RowKind::Waits(words) = &row.kind
        && words.width() > LETTERS - 2
    {
        let (what, with) = match words.split_once(": ") {
            Some((what, with)) if what.width() < LETTERS => (what, with),
            _ => ("says", words.as_str()),
        };
        label.what[0].text = format!("{}:", show_text(what));
        label.with = plain(show_text(with));
    }
    label
}

/// A piece of a row's words: a send's number on a chip of its colour.
fn drawn(span: &Span, x: f64, base: f64, colour: &str) -> (Group, f64) {
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

fn colour(kind: &RowKind) -> &'static str {
    match kind {
        RowKind::Says(text) if text.starts_with("error:") => RED,
        RowKind::SendFails { .. } | RowKind::ReceiveFails { .. } => RED,
        RowKind::SendEnds { error: Some(_), .. } => RED,
        RowKind::Connects { error: Some(_), .. } | RowKind::Ends(_) => RED,
        RowKind::Network(_) => RED,
        RowKind::Waits(_) | RowKind::Says(_) | RowKind::Skips(_) => GREY,
        _ => INK,
    }
}

fn span_width(span: &Span) -> f64 {
    let chip = if span.send.is_some() { 12.0 } else { 0.0 };
    text_width(&span.text) + chip
}

/// About the width of a text. A wide character takes an em, which is a bit
/// less than two letters; so no text is wider than this.
fn text_width(text: &str) -> f64 {
    text.width() as f64 * LETTER
}

fn words_width(spans: &[Span]) -> f64 {
    spans.iter().map(|span| text_width(&span.text)).sum()
}

/// Words in one line, each piece in the colour of the send it came from.
fn words(spans: &[Span], x: f64, y: f64) -> Text {
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

fn text(words: &str, x: f64, y: f64, colour: &str) -> Text {
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

fn line(x1: f64, y1: f64, x2: f64, y2: f64, colour: &str, width: f64) -> Line {
    Line::new()
        .set("x1", x1)
        .set("y1", y1)
        .set("x2", x2)
        .set("y2", y2)
        .set("stroke", colour)
        .set("stroke-width", width)
}

/// An arrow from one lane to another, with a head at its end.
fn arrow(from: (f64, f64), to: (f64, f64), colour: &str, width: f64) -> Group {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let tip = (to.0 - ux * 8.0, to.1 - uy * 8.0);
    let mut group =
        Group::new().add(line(from.0, from.1, tip.0, tip.1, colour, width));
    for side in [1.0, -1.0] {
        let x = tip.0 - ux * 14.0 - uy * 7.0 * side;
        let y = tip.1 - uy * 14.0 + ux * 7.0 * side;
        group = group.add(line(tip.0, tip.1, x, y, colour, width));
    }
    group
}

/// An arrow that ends on its way, with a cross.
fn lost(from: (f64, f64), to: (f64, f64), colour: &str) -> Group {
    let (x, y) = to;
    Group::new()
        .add(line(from.0, from.1, x, y, colour, 3.0))
        .add(line(x - 9.0, y - 9.0, x + 9.0, y + 9.0, RED, 4.0))
        .add(line(x - 9.0, y + 9.0, x + 9.0, y - 9.0, RED, 4.0))
}
