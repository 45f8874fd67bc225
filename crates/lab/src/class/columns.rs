//! The columns of the board, aligned also where letters are two columns wide.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The least columns of each cell: name, visits, came, answered, ended.
const CELLS: [usize; 5] = [15, 6, 23, 22, 8];

/// The title of each cell.
pub const TITLES: [&str; 5] =
    ["student", "visits", "came", "answered", "ended"];

/// Cells beside each other; what room there is beyond the least, the two
/// messages share.
pub fn cells(cells: [String; 5], width: usize) -> String {
    let least: usize = CELLS.iter().sum::<usize>() + CELLS.len() - 1;
    let more = width.saturating_sub(least);
    let mut line = String::new();
    for (place, cell) in cells.iter().enumerate() {
        let extra = match place {
            2 => more / 2,
            3 => more - more / 2,
            _ => 0,
        };
        let cell = clip(cell, CELLS[place] + extra);
        let gap = (CELLS[place] + extra).saturating_sub(cell.width());
        line += &cell;
        line += &" ".repeat(gap + 1);
    }
    line.trim_end().into()
}

/// Two texts at both ends of a line.
pub fn ends(left: &str, right: &str, width: usize) -> String {
    let left = clip(left, width.saturating_sub(right.width() + 2));
    let gap = width.saturating_sub(left.width() + right.width());
    format!("{left}{}{right}", " ".repeat(gap))
}

/// As much of a text as fits into this many columns.
pub fn clip(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.into();
    }
    let mut clipped = String::new();
    let mut left = columns.saturating_sub(1);
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if width > left {
            break;
        }
        left -= width;
        clipped.push(c);
    }
    clipped + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_keep_the_cells_aligned() {
        let line = |name: &str, last: &str| {
            let came = format!("1 recv, 9 B {last}");
            cells([name.into(), "1".into(), came, "x".into(), "y".into()], 80)
        };
        let lines = [
            line("10.0.0.7", "one piece"),
            line("海贼王海贼王海贼王", "海贼王海贼王海贼王"),
        ];
        let place = |line: &str| line[..line.rfind('x').unwrap()].width();
        assert_eq!(place(&lines[0]), place(&lines[1]), "{lines:#?}");
        assert!(lines.iter().all(|line| line.width() <= 80), "{lines:#?}");
        assert!(lines[1].starts_with("海贼王海贼王海…"), "{lines:#?}");
    }
}
