//! The picture in a terminal: a line a row, printed as it happens.
//!
//! With one client there are two lanes and, between them, the count of bytes
//! that are on the way in each direction; with several, a lane for each, and
//! an arrow beside the words.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use programs::lang::tr;
use unicode_width::UnicodeWidthStr;

use super::label::{Label, Span, Tone, label, name_before, plain, time, tone};
use super::palette;
use super::wrap::{wrap, wrap_spans};
use crate::network::event::Fate;
use crate::timeline::event::LONG;
use crate::timeline::row::{Row, RowKind};

/// The columns of the time, with the space after it.
const TIME: usize = 10;

/// The columns of the count of bytes on the way, between two lanes.
const ON_WAY: usize = 8;

/// Before and after a server's words: an arrow's head and its line.
const ARROW: usize = 4;

/// Behind a client's words: the least that an arrow needs.
const ROOM_FOR_ARROW: usize = 3;

/// No picture is narrower or wider than this.
const NARROW: usize = 60;
const WIDE: usize = 120;

/// What the signs mean.
const LEGEND: &str = "\
send #1    the first send of the run; each has a number and a colour
= #1 #2    the bytes came from these sends; #1[0..4]: from a part of it;
           …#5: the rest of a long one
→ 45       45 bytes sent to the server that it has not received yet: they
           wait in one of the two systems, or are on the way; ← 9: to the client
waits      the call has begun and does not end soon
⋮          nothing happened for so long";

/// Draws rows into a terminal, or anything else that takes lines.
pub struct Terminal<W> {
    out: W,
    lanes: Vec<String>,
    width: usize,
    ascii: bool,
    zero: Option<u64>,
    /// When the last row was.
    last: Option<u64>,
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
        Terminal { out, lanes, width, ascii, zero: None, last: None }
    }

    /// Prints the title, what was started, and the heads of the lanes.
    ///
    /// # Errors
    ///
    /// As all the others here: when nobody takes the lines any more.
    pub fn head(
        &mut self,
        title: &str,
        place: &str,
        commands: &[String],
    ) -> io::Result<()> {
        let bold = Style::new().bold();
        let dim = Style::new().dimmed();
        let gap = self.width.saturating_sub(title.width() + place.width());
        let painted = format!("{bold}{title}{bold:#}");
        if gap > 1 {
            self.line(&format!("{painted}{}{place}", " ".repeat(gap)))?;
        } else {
            self.line(&painted)?;
            self.line(&format!("{place:>w$}", w = self.width))?;
        }
        for command in commands {
            for line in wrap(command, self.width, 4) {
                self.line(&format!("{dim}{line}{dim:#}"))?;
            }
        }
        let mut heads = format!("{:>w$}  ", "ms", w = TIME - 2);
        for (place, name) in self.lanes.clone().iter().enumerate() {
            if self.lanes.len() == 2 && place == 1 {
                let on_way = center(tr("on way"), ON_WAY);
                heads += &format!("{on_way}{}", " ".repeat(ARROW));
            }
            heads += &pad(name, self.lane());
        }
        self.line(&format!("{dim}{}{dim:#}", heads.trim_end()))
    }

    /// Prints what the signs of the picture mean.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn legend(&mut self) -> io::Result<()> {
        let dim = Style::new().dimmed();
        for line in tr(LEGEND).lines() {
            self.line(&format!("{dim}{line}{dim:#}"))?;
        }
        Ok(())
    }

    /// Prints one row.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        let zero = *self.zero.get_or_insert(row.at);
        let dim = Style::new().dimmed();
        let gap = row.at.saturating_sub(self.last.unwrap_or(row.at));
        self.last = Some(row.at);
        if gap >= LONG {
            // Nothing happened for a long time, and the eye is to see it.
            let gap = format!("{:>w$}  {}", "⋮", time(gap), w = TIME - 2);
            self.line(&format!("{dim}{gap}{dim:#}"))?;
        }
        let time = format!("{:>w$.2}  ", since(zero, row.at), w = TIME - 2);
        let time = format!("{dim}{time}{dim:#}");
        let label = label(row);
        let is_words = matches!(
            row.kind,
            RowKind::Says(_)
                | RowKind::Ends(_)
                | RowKind::Waits(_)
                | RowKind::SendFails { .. }
                | RowKind::ReceiveFails { .. }
        );
        let in_no_lane =
            matches!(row.kind, RowKind::Network(_) | RowKind::Skips(_));
        if in_no_lane || is_words && width(&label.what) > self.lane() {
            // What the network did is in no lane, and a sentence that does
            // not fit into its lane is not cut: it is what the program says.
            let mut what = label.what;
            if is_words {
                let lane = &self.lanes[row.lane];
                what.splice(0..0, plain(name_before(lane)));
            }
            let mut before = time;
            for line in wrap_spans(&what, self.width - TIME, 8) {
                let words = self.paint(&line, &row.kind);
                self.line(&format!("{before}{words}"))?;
                before = " ".repeat(TIME);
            }
            return Ok(());
        }
        let mut lines = self.lines(row, label).into_iter();
        let first = lines.next().unwrap_or_default();
        let drawn = match self.lanes.len() {
            2 => self.beside_count(row, &first),
            _ => self.in_own_lane(row, &first),
        };
        self.line(&format!("{time}{}", drawn.trim_end()))?;
        for rest in lines {
            let words = self.paint(&rest, &row.kind);
            let before = " ".repeat(TIME + self.words_begin(row.lane));
            self.line(&format!("{before}{words}"))?;
        }
        Ok(())
    }

    /// Prints a sentence under the picture.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn sentence(&mut self, text: &str) -> io::Result<()> {
        for line in wrap(text, self.width, 8) {
            self.line(&line)?;
        }
        Ok(())
    }

    /// Prints words of their own style, under the picture or within it.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        for line in wrap(text, self.width, 8) {
            self.line(&format!("{style}{line}{style:#}"))?;
        }
        Ok(())
    }

    /// Prints an item of a list; its further lines begin below its words.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn item(&mut self, sign: &str, text: &str) -> io::Result<()> {
        let mut before = sign.to_owned();
        for line in wrap(text, self.width - sign.width(), 8) {
            self.line(&format!("{before}{line}"))?;
            before = " ".repeat(sign.width());
        }
        Ok(())
    }

    /// Forgets the rows that were printed: the picture begins anew.
    pub fn rewind(&mut self) {
        self.zero = None;
        self.last = None;
    }

    /// Puts the sends, and the bytes or text, behind the words, or below them
    /// where there is no room.
    fn lines(&self, row: &Row, label: Label) -> Vec<Vec<Span>> {
        let Label { what, from, frames, with } = label;
        let two = self.lanes.len() == 2;
        // A client's arrow begins, or ends, behind its words.
        let room = match row.lane {
            0 if two => self.lane() - ROOM_FOR_ARROW,
            _ if two => self.lane(),
            _ => self.lane() - 1 - self.arrow_beside(row).width(),
        };
        let mut lines = fit(&what, room);
        for (part, gap) in [(from, ""), (frames, " "), (with, " ")] {
            if part.is_empty() {
                continue;
            }
            let whole = width(&lines[0]) + gap.len() + width(&part);
            if lines.len() == 1 && whole <= room {
                lines[0].extend(plain(gap));
                lines[0].extend(part);
                continue;
            }
            let mut part = part;
            part[0].text = part[0].text.trim_start().into();
            lines.extend(fit(&part, if two { self.lane() } else { room }));
        }
        lines
    }

    /// The column, after the time, at which a lane's words begin.
    fn words_begin(&self, lane: usize) -> usize {
        match self.lanes.len() {
            2 => lane * (self.lane() + ON_WAY + ARROW),
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
            2 => (self.width - TIME - ON_WAY - ARROW) / 2,
            lanes => (self.width - TIME) / lanes,
        }
    }

    fn beside_count(&self, row: &Row, spans: &[Span]) -> String {
        let lane = self.lane();
        let (arrow, on_way) = travel(row, row.lane + 1 == self.lanes.len());
        let way = match arrow {
            Arrow::Right => "→",
            _ => "←",
        };
        let count = on_way.map(|bytes| format!("{way} {}", short(bytes)));
        let count = center(&count.unwrap_or_default(), ON_WAY);
        let words = self.paint(spans, &row.kind);
        if row.lane == 1 {
            let arrow = match (arrow, fate(row)) {
                (Arrow::Left, Some(Fate::Lost)) => " ✕─ ",
                (Arrow::Left, Some(Fate::Passes { copies: 2.., .. })) => "◀◀─ ",
                (Arrow::Left, Some(Fate::Passes { late: true, .. })) => "◀╌╌ ",
                (Arrow::Left, _) => "◀── ",
                (Arrow::Right, _) => "──▶ ",
                (Arrow::None, _) => "    ",
            };
            return format!("{}{count}{arrow}{words}", " ".repeat(lane));
        }
        let room = lane - width(spans);
        if matches!(row.kind, RowKind::Connects { error: None, .. }) {
            let line = room + ON_WAY + ARROW - 3;
            return words + " " + &"─".repeat(line) + "▶";
        }
        let arrow = match arrow {
            Arrow::Right => pad(&right(room, fate(row)), room),
            Arrow::Left => format!(" ◀{}", "─".repeat(room.saturating_sub(2))),
            Arrow::None => " ".repeat(room),
        };
        words + &arrow + &count
    }

    fn in_own_lane(&self, row: &Row, spans: &[Span]) -> String {
        let before = " ".repeat(self.lane() * row.lane);
        let words = self.paint(spans, &row.kind);
        let arrow = self.arrow_beside(row);
        let is_server = row.lane + 1 == self.lanes.len();
        if is_server {
            format!("{before}{arrow}{words}")
        } else {
            format!("{before}{words}{arrow}")
        }
    }

    /// With several clients: the arrow beside a row's words, with the client's
    /// number where the row is the server's.
    fn arrow_beside(&self, row: &Row) -> String {
        let (arrow, _) = travel(row, row.lane + 1 == self.lanes.len());
        let server = self.lanes.len() - 1;
        let connects =
            matches!(row.kind, RowKind::Connects { error: None, .. });
        if row.lane < server {
            return match arrow {
                _ if connects => " ─▶",
                Arrow::Right => " ─▶",
                Arrow::Left => " ◀─",
                Arrow::None => "",
            }
            .into();
        }
        let client = row.peer.map(|peer| (peer + 1).to_string());
        let client = client.unwrap_or_default();
        let accepts = matches!(row.kind, RowKind::Accepts { error: None });
        match arrow {
            _ if accepts => format!("{client}▶ "),
            Arrow::Right => format!("{client}▶ "),
            Arrow::Left => format!("{client}◀ "),
            Arrow::None => String::new(),
        }
    }

    /// Colours words.
    fn paint(&self, spans: &[Span], kind: &RowKind) -> String {
        let mut painted = String::new();
        for span in spans {
            let style = match span.send {
                Some(send) => palette::style(send),
                None => style(kind),
            };
            painted += &format!("{style}{}{style:#}", span.text);
        }
        painted
    }
}

/// Breaks words into lines of this many columns, if they are longer.
fn fit(spans: &[Span], room: usize) -> Vec<Vec<Span>> {
    if width(spans) <= room {
        return vec![spans.to_vec()];
    }
    wrap_spans(spans, room, 4)
}

fn width(spans: &[Span]) -> usize {
    spans.iter().map(|span| span.text.width()).sum()
}

/// The style of words that belong to no send.
fn style(kind: &RowKind) -> Style {
    match tone(kind) {
        Tone::Error => Style::new().fg_color(Some(AnsiColor::Red.into())),
        Tone::Quiet => Style::new().dimmed(),
        Tone::Plain => Style::new(),
    }
}

/// Which way a row's bytes travel in the picture, and how many are under way.
fn travel(row: &Row, is_server: bool) -> (Arrow, Option<u64>) {
    let (out, back) = if is_server {
        (Arrow::Left, Arrow::Right)
    } else {
        (Arrow::Right, Arrow::Left)
    };
    match &row.kind {
        RowKind::Sends { on_way, .. } => (out, *on_way),
        RowKind::Receives { on_way, .. } => (back, *on_way),
        RowKind::EndOfStream => (back, None),
        RowKind::Shuts
        | RowKind::EndArrives
        | RowKind::Closes { udp: false, .. } => (out, None),
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

/// A text with spaces behind it, up to this many columns.
pub fn pad(text: &str, width: usize) -> String {
    let gap = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(gap))
}

/// A number in the middle of this many columns.
fn center(text: &str, width: usize) -> String {
    let before = width.saturating_sub(text.width()) / 2;
    pad(&format!("{}{text}", " ".repeat(before)), width)
}

/// The same line for terminals that draw some signs two columns wide.
pub fn in_ascii(line: &str) -> String {
    let one = |c| match c {
        '─' | '·' => '-',
        '╌' => '.',
        '✕' => 'x',
        '▶' | '→' => '>',
        '◀' | '←' => '<',
        '…' => '~',
        '⋮' => ':',
        other => other,
    };
    line.chars().map(one).collect()
}

#[cfg(test)]
mod tests;
