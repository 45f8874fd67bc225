//! The picture as SVG: a lane per program, time downwards, and an arrow from
//! each send to each receive that took bytes of it.
//!
//! With two lanes the words stand outside of them; with more, behind the last.
//! So no arrow crosses a word.

mod shapes;

use std::collections::HashMap;

use programs::lang::tr;
use svg::Document;
use svg::node::element::{Circle, Group, Rectangle, Text, Title};

use super::label::{Label, Span, Tone, label, name_before, plain, time, tone};
use super::palette;
use super::wrap::{wrap, wrap_spans};
use crate::questions::Asked;
use crate::timeline::event::LONG;
use crate::timeline::row::{NetworkRow, Row, RowKind, wait_ends};
pub use shapes::FONTS;
use shapes::{
    FONT, GREY, INK, LETTER, PALE, PAPER, RED, SIGNS, arrow, drawn, line, lost,
    span_width, text, words, words_width,
};

/// One run's timeline.
pub struct Picture {
    pub title: String,
    pub place: String,
    pub lanes: Vec<String>,
    pub rows: Vec<Row>,
    pub sentence: String,
    /// What to predict, for the page.
    pub asked: Vec<Asked>,
    /// For the page, which translates by itself.
    pub english: Words,
}

/// The words of a picture in one language.
pub struct Words {
    pub lanes: Vec<String>,
    pub sentence: String,
}

// All in pixels of a picture that is as wide as a page: it is read there at
// the size it has.
const WIDTH: f64 = 1000.0;
const MARGIN: f64 = 20.0;
const TIMES: f64 = 104.0;

/// The two lanes, where there are two.
const LEFT: f64 = 420.0;
const RIGHT: f64 = 560.0;

/// From one of several lanes to the next, and from the last to the words.
const STEP: f64 = 72.0;

/// The room for the count of bytes on the way, at the right.
const COUNT: f64 = 76.0;

const ROW: f64 = 32.0;
const BODY: f64 = 22.0;
const HEAD: f64 = 96.0;
const FOOT: f64 = 96.0;

/// The height of a long time in which nothing happens: it grows with the
/// time, but not without end.
const GAP: f64 = 30.0;
const MOST_GAP: f64 = 90.0;

/// Draws a picture.
pub fn draw(picture: &Picture) -> String {
    let drawing = Drawing::new(picture);
    let height = drawing.height().ceil();
    Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("font-family", FONTS)
        .set("font-size", FONT)
        .add(Title::new(picture.title.as_str()))
        .add(
            Rectangle::new()
                .set("width", WIDTH)
                .set("height", height)
                .set("fill", PAPER),
        )
        .add(drawing.draw())
        .to_string()
        + "\n"
}

/// Draws lines of text.
pub fn lines(lines: &[String]) -> String {
    let height = MARGIN * 2.0 + BODY * lines.len() as f64;
    let mut document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("font-family", FONTS)
        .set("font-size", FONT)
        .add(
            Rectangle::new()
                .set("width", WIDTH)
                .set("height", height)
                .set("fill", PAPER),
        );
    let mut y = MARGIN + FONT;
    for line in lines {
        // Columns are made of spaces.
        let line = text(line, MARGIN, y, INK);
        document = document.add(line.set("xml:space", "preserve"));
        y += BODY;
    }
    document.to_string() + "\n"
}

/// The time between two rows in which nothing happened.
fn gap(last: Option<&Row>, row: &Row) -> u64 {
    last.map_or(0, |last| row.at.saturating_sub(last.at))
}

/// The height of that time.
fn gap_height(gap: u64) -> f64 {
    if gap < LONG {
        return 0.0;
    }
    let times = gap as f64 / LONG as f64;
    (GAP * (1.0 + times.log10())).min(MOST_GAP)
}

/// A picture with its measures.
struct Drawing<'a> {
    picture: &'a Picture,
    /// The height of each row's middle.
    middles: Vec<f64>,
    bottom: f64,
}

impl<'a> Drawing<'a> {
    fn new(picture: &'a Picture) -> Drawing<'a> {
        let mut drawing = Drawing { picture, middles: Vec::new(), bottom: 0.0 };
        let mut y = HEAD;
        let mut last = None;
        for row in &picture.rows {
            y += gap_height(gap(last, row));
            last = Some(row);
            drawing.middles.push(y + ROW / 2.0);
            let label = drawing.label(row);
            y += ROW + BODY * (drawing.body(row.lane, &label).len() as f64);
        }
        drawing.bottom = y;
        drawing
    }

    fn height(&self) -> f64 {
        let lines = self.sentence().len() + LEGEND.len();
        self.bottom + FOOT + BODY * (lines as f64 - 2.0)
    }

    fn has_two_lanes(&self) -> bool {
        self.picture.lanes.len() == 2
    }

    /// Where a program's lane runs.
    fn lane(&self, lane: usize) -> f64 {
        match lane {
            0 if self.has_two_lanes() => LEFT,
            _ if self.has_two_lanes() => RIGHT,
            lane => TIMES + STEP * (lane as f64 + 0.7),
        }
    }

    /// The edge at which the words of a lane begin; for the left one of two,
    /// end.
    fn edge(&self, lane: usize) -> f64 {
        match (self.has_two_lanes(), lane) {
            (true, 0) => LEFT - 14.0,
            (true, _) => RIGHT + 14.0,
            _ => self.lane(self.picture.lanes.len() - 1) + 28.0,
        }
    }

    /// How wide a lane's words may be.
    fn room(&self, lane: usize) -> f64 {
        match (self.has_two_lanes(), lane) {
            (true, 0) => self.edge(0) - TIMES - 10.0,
            _ => WIDTH - COUNT - self.edge(lane),
        }
    }

    /// How many letters such a line has.
    fn letters(&self, lane: usize) -> usize {
        let room = self.room(lane);
        (1_u16..999).take_while(|n| f64::from(*n) * LETTER <= room).count()
    }

    /// The words of a row; a program's own may be long, and are then broken.
    fn label(&self, row: &Row) -> Label {
        let mut label = label(row).joined();
        label.what.append(&mut label.from);
        if !self.has_two_lanes() && !is_in_no_lane(row) {
            let name = &self.picture.lanes[row.lane];
            let is_server = row.lane + 1 == self.picture.lanes.len();
            // Which client a row of the server's is about.
            let name = match row.peer {
                Some(client) if is_server => format!("{name} ({})", client + 1),
                _ => name.clone(),
            };
            label.what.splice(0..0, plain(name_before(&name)));
        }
        let what: f64 = label.what.iter().map(span_width).sum();
        let is_words = matches!(row.kind, RowKind::Says(_) | RowKind::Waits(_));
        if is_words && what > self.room(row.lane) {
            // It goes on below, as bytes do.
            let text: String =
                label.what.iter().map(|span| span.text.as_str()).collect();
            let lines = wrap(&text, self.letters(row.lane), 1);
            let first = lines.first().map_or("", |l| l.trim_end_matches('…'));
            label.with = plain(text[first.len()..].trim_start());
            label.what = plain(first);
        }
        label
    }

    /// The lines below a row's words: its bytes or text, if there is no room
    /// behind the words.
    fn body(&self, lane: usize, label: &Label) -> Vec<Vec<Span>> {
        let what: f64 = label.what.iter().map(span_width).sum();
        let behind = what + LETTER + words_width(&label.with);
        if label.with.is_empty() || behind <= self.room(lane) {
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
                let height = gap_height(gap);
                let y = middle - ROW / 2.0 - height / 2.0 + FONT * 0.35;
                let words = text(&words, TIMES, y, GREY);
                group = group.add(words.set("text-anchor", "end"));
            }
            last = Some(row);
            group = group.add(self.row(row, middle));
        }
        let mut y = self.bottom + 36.0;
        for line in &self.sentence() {
            group =
                group.add(words(line, MARGIN, y).set("font-weight", "bold"));
            y += BODY;
        }
        for line in LEGEND.map(tr) {
            let words = text(line, MARGIN, y + 4.0, GREY);
            group = group.add(words.set("font-size", FONT - 3.0));
            y += BODY;
        }
        group
    }

    /// The last sentence, in lines.
    fn sentence(&self) -> Vec<Vec<Span>> {
        wrap_spans(&plain(self.picture.sentence.as_str()), 100, 3)
    }

    fn head(&self) -> Group {
        let Picture { title, place, lanes, .. } = self.picture;
        let end = |words: Text| words.set("text-anchor", "end");
        let heads = HEAD - 18.0;
        let mut group = Group::new()
            .add(
                text(title, MARGIN, 34.0, INK)
                    .set("font-size", FONT + 4.0)
                    .set("font-weight", "bold"),
            )
            .add(end(text(place, WIDTH - MARGIN, 34.0, GREY)))
            .add(end(text("ms", TIMES, heads, GREY)))
            .add(end(text(tr("on way"), WIDTH - MARGIN, heads, GREY)));
        for (lane, name) in lanes.iter().enumerate() {
            let x = self.lane(lane);
            let (at, anchor) = match (self.has_two_lanes(), lane) {
                (true, 0) => (self.edge(0), "end"),
                (true, _) => (self.edge(1), "start"),
                _ => (x, "middle"),
            };
            let name = text(name, at, heads, INK).set("text-anchor", anchor);
            let name = if self.has_two_lanes() {
                name.set("font-weight", "bold")
            } else {
                name.set("font-size", FONT - 4.0)
            };
            group = group
                .add(line((x, HEAD - 8.0), (x, self.bottom), PALE, 3.0))
                .add(name);
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
            let until = wait_ends(rows, place)
                .map_or(self.bottom, |end| self.middles[end]);
            let from = self.middles[place];
            group = group.add(
                Rectangle::new()
                    .set("x", self.lane(row.lane) - 5.0)
                    .set("y", from)
                    .set("width", 10)
                    .set("height", until - from)
                    .set("rx", 5)
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
                    // It is the system that answers, whatever the program
                    // there does.
                    let server = self.lane(self.picture.lanes.len() - 1);
                    let there = (server, here.1);
                    group = group.add(arrow(here, there, SIGNS, 2.0));
                    connects.insert(row.lane, here.1);
                }
                RowKind::Accepts { error: None } => {
                    let from = row.peer.and_then(|peer| connects.get(&peer));
                    if let Some(from) = from {
                        // Until now the client waited in the backlog.
                        let x = here.0 - 9.0;
                        let waited = line((x, *from), (x, here.1), SIGNS, 2.0);
                        let waited = waited.set("stroke-dasharray", "2 4");
                        group = group.add(waited);
                    }
                }
                RowKind::Shuts
                | RowKind::EndArrives
                | RowKind::Closes { udp: false, .. } => {
                    closes.entry(pair).or_insert(here);
                }
                RowKind::Network(NetworkRow::Cuts { .. }) => {
                    // From here the end comes to both sides.
                    let middle = self.lane(0) + self.lane(1);
                    let middle = (middle / 2.0, self.middles[place]);
                    for (one, other) in [(0, 1), (1, 0)] {
                        closes.insert((one, Some(other)), middle);
                    }
                }
                RowKind::EndOfStream => {
                    if let Some(there) = closes.get(&back) {
                        group = group.add(arrow(*there, here, SIGNS, 2.0));
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
        let base = y + FONT * 0.35;
        let colour = colour(&row.kind);
        let time = text(&format!("{time:.2}"), TIMES, base, GREY);
        let mut group = Group::new().add(time.set("text-anchor", "end"));
        // What the network did stands between the lanes.
        let nowhere = is_in_no_lane(row);
        if !nowhere {
            group = group.add(
                Circle::new()
                    .set("cx", self.lane(row.lane))
                    .set("cy", y)
                    .set("r", 5)
                    .set("fill", colour),
            );
        }
        if let Some(count) = on_way(row, self.picture.lanes.len()) {
            let count = text(&count, WIDTH - MARGIN, base, GREY);
            group = group.add(count.set("text-anchor", "end"));
        }
        let label = self.label(row);
        // The client's words stand before its lane, all others' behind.
        let left = row.lane == 0 && self.has_two_lanes() && !nowhere;
        let edge = self.edge(row.lane);
        let mut lines = self.body(row.lane, &label);
        let mut width: f64 = label.what.iter().map(span_width).sum();
        let mut behind = 0.0;
        if lines.is_empty() && !label.with.is_empty() {
            lines.push(label.with);
            behind = width + LETTER;
            width += LETTER + words_width(&lines[0]);
        }
        let mut at = if nowhere {
            (LEFT + RIGHT) / 2.0 - width / 2.0
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

/// Whether a row is no program's.
fn is_in_no_lane(row: &Row) -> bool {
    matches!(row.kind, RowKind::Network(_) | RowKind::Skips(_))
}

/// How many bytes are on the way once a row has happened, and where to.
fn on_way(row: &Row, lanes: usize) -> Option<String> {
    let (on_way, out) = match &row.kind {
        RowKind::Sends { on_way, .. } => (*on_way, true),
        RowKind::Receives { on_way, .. } => (*on_way, false),
        _ => return None,
    };
    let to_server = (row.lane + 1 == lanes) != out;
    let way = if to_server { "→" } else { "←" };
    on_way.map(|bytes| format!("{way} {bytes}"))
}

/// What the signs of the picture mean.
const LEGEND: [&str; 2] = [
    "coloured arrow: bytes, from their send to the recv that took them · \
     grey bar: a call waits",
    "grey arrow: connect, answered by the system, or the end · dots: in \
     the backlog until accept · ✕: lost",
];

fn colour(kind: &RowKind) -> &'static str {
    match tone(kind) {
        Tone::Error => RED,
        Tone::Quiet => GREY,
        Tone::Plain => INK,
    }
}
