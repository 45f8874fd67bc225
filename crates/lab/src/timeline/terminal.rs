//! The picture in a terminal: a line a row, printed as it happens.
//!
//! With one client there are two lanes and, between them, the count of bytes
//! that are on the way; with several, a lane for each and no arrows.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::UnicodeWidthStr;

use super::label::{Label, Span, label, plain, wrap_spans};
use super::network_event::Fate;
use super::palette;
use super::row::{Row, RowKind};

/// The columns of the time, with the space after it.
const TIME: usize = 10;

/// The columns of the count of unread bytes between two lanes.
const UNREAD: usize = 8;

/// Before and after a server's words: an arrow's head and its line.
const ARROW: usize = 4;

/// Behind a client's words: the least that an arrow needs.
const ROOM_FOR_ARROW: usize = 3;

/// No picture is narrower or wider than this.
const NARROW: usize = 60;
const WIDE: usize = 120;

/// Draws rows into a terminal, or anything else that takes lines.
pub struct Terminal<W> {
    out: W,
    lanes: Vec<String>,
    width: usize,
    ascii: bool,
    zero: Option<u64>,
}

/// The way of an arrow, as seen in the picture.
#[derive(Clone, Copy, PartialEq)]
enum Arrow {
    Right,
    Left,
    None,
}

impl<W: Write> Terminal<W> {
    /// For lanes of these names, the server's last, in this many columns.
    pub fn new(
        out: W,
        lanes: Vec<String>,
        width: usize,
        ascii: bool,
    ) -> Terminal<W> {
        let width = width.clamp(NARROW, WIDE);
        Terminal { out, lanes, width, ascii, zero: None }
    }

    /// Prints the title and the heads of the lanes.
    ///
    /// # Errors
    ///
    /// As all the others here: when nobody takes the lines any more.
    pub fn head(&mut self, title: &str, place: &str) -> io::Result<()> {
        let gap = self.width.saturating_sub(title.width() + place.width());
        let bold = Style::new().bold();
        let title = format!("{bold}{title}{bold:#}");
        self.line(&format!("{title}{}{place}", " ".repeat(gap.max(2))))?;
        let mut heads = format!("{:>w$}  ", "ms", w = TIME - 2);
        for (place, name) in self.lanes.clone().iter().enumerate() {
            if self.lanes.len() == 2 && place == 1 {
                let unread = center("unread", UNREAD);
                heads += &format!("{unread}{}", " ".repeat(ARROW));
            }
            heads += &pad(name, self.lane());
        }
        let dim = Style::new().dimmed();
        self.line(&format!("{dim}{}{dim:#}", heads.trim_end()))
    }

    /// Prints one row.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        let zero = *self.zero.get_or_insert(row.at);
        let dim = Style::new().dimmed();
        let time = format!("{:>w$.2}  ", since(zero, row.at), w = TIME - 2);
        let time = format!("{dim}{time}{dim:#}");
        let label = label(row);
        if matches!(row.kind, RowKind::Network(_)) {
            // It is said by none of the two sides, and so in no lane.
            let words = self.paint(&label.what, usize::MAX, &row.kind).0;
            return self.line(&format!("{time}{words}"));
        }
        let is_words = matches!(
            row.kind,
            RowKind::Says(_)
                | RowKind::Ends(_)
                | RowKind::Waits(_)
                | RowKind::SendFails { .. }
                | RowKind::ReceiveFails { .. }
        );
        if is_words && width(&label.what) > self.lane() {
            // A sentence that does not fit into its lane is not cut: it is
            // what the program has to say.
            let lane = &self.lanes[row.lane];
            let words = self.paint(&label.what, usize::MAX, &row.kind).0;
            return self.line(&format!("{time}{lane}: {words}"));
        }
        let mut lines = self.lines(row, label).into_iter();
        let first = lines.next().unwrap_or_default();
        let drawn = match self.lanes.len() {
            2 => self.beside_unread(row, &first),
            _ => self.in_own_lane(row, &first),
        };
        self.line(&format!("{time}{}", drawn.trim_end()))?;
        for rest in lines {
            let (words, _) = self.paint(&rest, self.lane(), &row.kind);
            let before = " ".repeat(TIME + self.words_begin(row.lane));
            self.line(&format!("{before}{words}"))?;
        }
        Ok(())
    }

    /// Puts the sends, and the bytes or text, behind the words, or below them
    /// where there is no room.
    fn lines(&self, row: &Row, label: Label) -> Vec<Vec<Span>> {
        let Label { what, mut from, with } = label;
        // A client's arrow begins, or ends, behind its words.
        let room = match row.lane {
            0 => self.lane() - ROOM_FOR_ARROW,
            _ => self.lane(),
        };
        let mut lines = vec![what];
        if from.is_empty() || width(&lines[0]) + width(&from) <= room {
            lines[0].extend(from);
        } else {
            from[0].text = from[0].text.trim_start().into();
            lines.push(from);
        }
        if with.is_empty() {
            return lines;
        }
        if lines.len() == 1 && width(&lines[0]) + 1 + width(&with) <= room {
            lines[0].extend(plain(" "));
            lines[0].extend(with);
            return lines;
        }
        lines.extend(wrap_spans(&with, self.lane(), 4));
        lines
    }

    /// The column, after the time, at which a lane's words begin.
    fn words_begin(&self, lane: usize) -> usize {
        match self.lanes.len() {
            2 => lane * (self.lane() + UNREAD + ARROW),
            _ => lane * self.lane(),
        }
    }

    /// Prints a line under the picture.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn line(&mut self, line: &str) -> io::Result<()> {
        if self.ascii {
            writeln!(self.out, "{}", in_ascii(line))
        } else {
            writeln!(self.out, "{line}")
        }?;
        self.out.flush()
    }

    /// The columns of a lane's words.
    fn lane(&self) -> usize {
        match self.lanes.len() {
            2 => (self.width - TIME - UNREAD - ARROW) / 2,
            lanes => (self.width - TIME) / lanes,
        }
    }

    fn beside_unread(&self, row: &Row, spans: &[Span]) -> String {
        let lane = self.lane();
        let (arrow, unread) = travel(row);
        let unread = unread.map_or(String::new(), short);
        let unread = center(&unread, UNREAD);
        if row.lane == 1 {
            let arrow = match (arrow, fate(row)) {
                (Arrow::Left, Some(Fate::Lost)) => " ✕─ ",
                (Arrow::Left, Some(Fate::Passes { copies: 2.., .. })) => "◀◀─ ",
                (Arrow::Left, Some(Fate::Passes { late: true, .. })) => "◀╌╌ ",
                (Arrow::Left, _) => "◀── ",
                (Arrow::Right, _) => "──▶ ",
                (Arrow::None, _) => "    ",
            };
            let (words, _) = self.paint(spans, lane, &row.kind);
            return format!("{}{unread}{arrow}{words}", " ".repeat(lane));
        }
        let room = match arrow {
            Arrow::None => lane,
            _ => lane - ROOM_FOR_ARROW,
        };
        let (mut words, width) = self.paint(spans, room, &row.kind);
        let crosses = matches!(row.kind, RowKind::Connects { error: None });
        let room = lane - width;
        words += &match arrow {
            _ if crosses => {
                let line = room + UNREAD + ARROW - 3;
                return words + " " + &"─".repeat(line) + "▶";
            }
            Arrow::Right => pad(&right(room, fate(row)), room),
            Arrow::Left => format!(" ◀{}", "─".repeat(room - 2)),
            Arrow::None => " ".repeat(room),
        };
        words + &unread
    }

    fn in_own_lane(&self, row: &Row, spans: &[Span]) -> String {
        let before = " ".repeat(self.lane() * row.lane);
        let (words, _) = self.paint(spans, self.lane() - 1, &row.kind);
        before + &words
    }

    /// Cuts the words to this many columns, and colours them.
    fn paint(
        &self,
        spans: &[Span],
        room: usize,
        kind: &RowKind,
    ) -> (String, usize) {
        let whole = width(spans);
        let mut left = if whole > room { room - 1 } else { room };
        let (mut painted, mut columns) = (String::new(), 0);
        for span in spans {
            let (text, taken) = span.text.unicode_truncate(left);
            let style = match span.send {
                Some(send) => palette::style(send),
                None => style(kind),
            };
            painted += &format!("{style}{text}{style:#}");
            left -= taken;
            columns += taken;
            if text.len() < span.text.len() {
                break;
            }
        }
        if whole > room {
            painted.push('…');
            columns += 1;
        }
        (painted, columns)
    }
}

fn width(spans: &[Span]) -> usize {
    spans.iter().map(|span| span.text.width()).sum()
}

/// The style of words that belong to no send.
fn style(kind: &RowKind) -> Style {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    match kind {
        RowKind::Says(text) if text.starts_with("error:") => red,
        RowKind::SendFails { .. } | RowKind::ReceiveFails { .. } => red,
        RowKind::Connects { error: Some(_) } | RowKind::Ends(_) => red,
        RowKind::Network(_) => red,
        RowKind::Waits(_) | RowKind::Says(_) => Style::new().dimmed(),
        _ => Style::new(),
    }
}

/// Which way a row's bytes travel in the picture, and how many are under way.
fn travel(row: &Row) -> (Arrow, Option<u64>) {
    let (out, back) = match row.lane {
        0 => (Arrow::Right, Arrow::Left),
        _ => (Arrow::Left, Arrow::Right),
    };
    match &row.kind {
        RowKind::Sends { unread, .. } => (out, *unread),
        RowKind::Receives { unread, .. } => (back, *unread),
        RowKind::EndOfStream => (back, None),
        RowKind::Shuts | RowKind::Closes { udp: false, .. } => (out, None),
        _ => (Arrow::None, None),
    }
}

/// What the network made of a datagram.
fn fate(row: &Row) -> Option<Fate> {
    match row.kind {
        RowKind::Sends { fate, .. } => fate,
        _ => None,
    }
}

/// An arrow of this many columns. A lost datagram's ends on the way, a doubled
/// one's has two heads, and a late one's line is broken.
fn right(room: usize, fate: Option<Fate>) -> String {
    let (line, head) = match fate {
        Some(Fate::Passes { copies: 2.., late: false }) => ("─", "▶▶"),
        Some(Fate::Passes { copies: 2.., late: true }) => ("╌", "▶▶"),
        Some(Fate::Passes { late: true, .. }) => ("╌", "▶"),
        Some(Fate::Lost) => {
            return format!(" {}✕", "─".repeat((room / 2).max(2) - 1));
        }
        _ => ("─", "▶"),
    };
    let length = room.saturating_sub(1 + head.width());
    format!(" {}{head}", line.repeat(length))
}

/// Milliseconds between two times in nanoseconds.
fn since(zero: u64, at: u64) -> f64 {
    let nanos = i128::from(at) - i128::from(zero);
    nanos as f64 / 1e6
}

/// A number of bytes in at most six columns.
fn short(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => bytes.to_string(),
        _ => format!("{:.1}M", bytes as f64 / 1e6),
    }
}

fn pad(text: &str, width: usize) -> String {
    let gap = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(gap))
}

/// A number in the middle of this many columns.
fn center(text: &str, width: usize) -> String {
    let before = width.saturating_sub(text.width()) / 2;
    pad(&format!("{}{text}", " ".repeat(before)), width)
}

/// The same line for terminals that draw some signs two columns wide.
fn in_ascii(line: &str) -> String {
    let one = |c| match c {
        '─' | '·' => '-',
        '╌' => '.',
        '✕' => 'x',
        '▶' | '→' => '>',
        '◀' => '<',
        '…' => '~',
        other => other,
    };
    line.chars().map(one).collect()
}

#[cfg(test)]
mod tests;
