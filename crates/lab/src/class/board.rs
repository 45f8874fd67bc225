//! The board: a line per student, drawn again in place on a terminal; else a
//! line per change.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use programs::lang::{tr, tr_with};

use crate::draw::terminal::in_ascii;
use crate::draw::wrap::wrap;

use super::columns::{TITLES, cells, clip, ends};
use super::room::Room;
use super::student::{Ended, Student};
use super::welcome::NOBODY;

/// How often it is drawn.
const OFTEN: Duration = Duration::from_millis(200);

/// How long nobody may come before it says what to look at.
const PATIENCE: Duration = Duration::from_secs(20);

/// Draws the board on stdout.
pub struct Board {
    title: String,
    /// How the server is reached.
    command: String,
    ascii: bool,
    in_place: bool,
    /// It is drawn only at the end.
    only_last: bool,
    began: Instant,
    last: Option<Instant>,
    /// The lines that stand on the terminal, and its size then.
    drawn: usize,
    size: (usize, usize),
    hinted: bool,
}

impl Board {
    /// For a lesson. If a student is followed, the terminal is the picture's,
    /// and the board comes last.
    pub fn new(
        title: String,
        command: String,
        ascii: bool,
        only_last: bool,
    ) -> Board {
        Board {
            title,
            command,
            ascii,
            in_place: is_terminal() && !only_last,
            only_last,
            began: Instant::now(),
            last: None,
            drawn: 0,
            size: (0, 0),
            hinted: false,
        }
    }

    /// Draws what changed, if it is time.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn draw(&mut self, room: &mut Room) -> io::Result<()> {
        let soon = self.last.is_some_and(|last| last.elapsed() < OFTEN);
        let nobody = !self.hinted
            && room.students().is_empty()
            && self.began.elapsed() > PATIENCE;
        let resized = self.in_place && self.size != size();
        if soon || !(room.changed || nobody || resized || self.last.is_none()) {
            return Ok(());
        }
        self.hinted |= nobody;
        self.last = Some(Instant::now());
        if self.in_place {
            room.take_changed();
            return self.redraw(room);
        }
        let changed = room.take_changed();
        let mut lines = Vec::new();
        if !self.only_last {
            for student in changed {
                lines.extend(student_lines(student, size().0, false));
            }
            lines.extend(room.take_notices());
        }
        if nobody {
            lines.extend(NOBODY.iter().map(|line| tr(line).to_owned()));
        }
        self.write(&lines)
    }

    /// Draws the board a last time, whole.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn draw_last(&mut self, room: &Room) -> io::Result<()> {
        let mut lines = self.whole(room);
        if !self.in_place {
            lines.insert(0, String::new());
        }
        self.write(&lines)
    }

    /// The whole board, for a file.
    pub fn whole(&self, room: &Room) -> Vec<String> {
        self.lines(room, usize::MAX)
    }

    fn redraw(&mut self, room: &Room) -> io::Result<()> {
        let height = size().1;
        let lines = self.lines(room, height.saturating_sub(1));
        self.write(&lines)?;
        self.drawn = lines.len();
        Ok(())
    }

    /// Writes lines; on a terminal over those that stand there. Each is
    /// written over by itself: a screen that is cleared flickers, and some
    /// terminals keep what was cleared.
    fn write(&mut self, lines: &[String]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let mut end = "";
        if self.in_place {
            end = "\x1b[K";
            if self.size != (0, 0) && self.size != size() {
                // Its lines were broken anew: nobody knows where they are.
                write!(out, "\x1b[H\x1b[2J")?;
            } else if self.drawn > 0 {
                write!(out, "\r\x1b[{}A", self.drawn)?;
            }
            self.size = size();
        }
        for line in lines {
            if self.ascii {
                writeln!(out, "{}{end}", in_ascii(line))?;
            } else {
                writeln!(out, "{line}{end}")?;
            }
        }
        if self.in_place {
            write!(out, "\x1b[J")?;
        }
        self.drawn = 0;
        out.flush()
    }

    /// The board in at most this many lines.
    fn lines(&self, room: &Room, most: usize) -> Vec<String> {
        let width = size().0;
        let students = room.students();
        let open = students.iter().filter(|student| student.open > 0).count();
        let count = match students.len() {
            1 => tr_with("1 student, {open} here now", &[("open", &open)]),
            all => tr_with(
                "{all} students, {open} here now",
                &[("all", &all), ("open", &open)],
            ),
        };
        let mut lines = vec![
            ends(&self.title, &count, width),
            clip(&self.command, width),
            cells(TITLES.map(|title| tr(title).to_owned()), width),
        ];
        let mut last: Vec<String> = Vec::new();
        if students.is_empty() && self.hinted {
            last.extend(NOBODY.iter().map(|line| clip(tr(line), width)));
        }
        if room.unlisted() > 0 {
            let text = "{count} more came than fit here";
            let text = tr_with(text, &[("count", &room.unlisted())]);
            last.push(clip(&text, width));
        }
        last.extend(room.notices().map(|notice| clip(notice, width)));
        let room_left = most.saturating_sub(lines.len() + last.len() + 1);
        let (shown, hidden) = fitting(students, width, room_left);
        lines.extend(shown);
        if hidden > 0 {
            let text = "{hidden} more: a taller window has room for them";
            let text = tr_with(text, &[("hidden", &hidden)]);
            lines.push(clip(&text, width));
        }
        lines.extend(last);
        lines
    }
}

/// The lines of as many students as fit, the latest ones, in the order in
/// which they came; and how many do not.
fn fitting(
    students: &[Student],
    width: usize,
    most: usize,
) -> (Vec<String>, usize) {
    let all: usize =
        students.iter().map(|s| student_lines(s, width, false).len()).sum();
    let brief = all > most;
    let mut latest: Vec<usize> = (0..students.len()).collect();
    latest.sort_by_key(|place| std::cmp::Reverse(students[*place].seen));
    let mut left = most;
    let mut shown: Vec<(usize, Vec<String>)> = Vec::new();
    for place in latest {
        let lines = student_lines(&students[place], width, brief);
        if lines.len() > left {
            break;
        }
        left -= lines.len();
        shown.push((place, lines));
    }
    shown.sort_by_key(|(place, _)| *place);
    let hidden = students.len() - shown.len();
    (shown.into_iter().flat_map(|(_, lines)| lines).collect(), hidden)
}

/// A student's line, and what the server said below it; if it is to be
/// `brief`, only where something is wrong.
fn student_lines(student: &Student, width: usize, brief: bool) -> Vec<String> {
    let visits = match student.visits {
        0 => String::new(),
        visits => visits.to_string(),
    };
    let mut lines = vec![cells(
        [
            student.name.clone(),
            visits,
            student.received.words("recv"),
            student.sent.words("send"),
            student.state(),
        ],
        width,
    )];
    if student.turned_away > 0 {
        let times = student.turned_away;
        let text = "  turned away {times} times: too many at once";
        let text = tr_with(text, &[("times", &times)]);
        lines.push(clip(&text, width));
    }
    let dull = brief && student.ended == Some(Ended::Done);
    if !student.words.is_empty() && !dull {
        let words = wrap(&student.words, width.saturating_sub(4), 2);
        lines.extend(words.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// Whether stdout is a terminal that can go back up.
fn is_terminal() -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdout().is_terminal() && !is_dumb
}

/// The terminal's columns and lines.
fn size() -> (usize, usize) {
    match terminal_size::terminal_size() {
        Some((columns, lines)) => {
            (usize::from(columns.0).max(20), usize::from(lines.0))
        }
        None => (80, 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_students_are_shown_where_not_all_fit() {
        let student = |last| Student::new([10, 0, 0, last].into(), None);
        let mut students: Vec<Student> = (1..=5).map(student).collect();
        for (place, student) in students.iter_mut().enumerate() {
            student.seen += Duration::from_secs(5 - place as u64);
        }
        students[4].seen += Duration::from_secs(60);
        let (lines, hidden) = fitting(&students, 80, 3);
        let names: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(names, ["10.0.0.1", "10.0.0.2", "10.0.0.5"]);
        assert_eq!(hidden, 2);
    }
}
