//! A comparison as a table, on a terminal and in Markdown.

use std::fmt::Write;

use comfy_table::presets::{ASCII_MARKDOWN, NOTHING};
use comfy_table::{CellAlignment, Table};

use crate::compare::{Outcome, Row};

/// The table with its title, and below it how far each target was met.
pub fn terminal(outcome: &Outcome) -> String {
    let mut table = table(outcome);
    table.load_style(NOTHING);
    let table = table.trim_fmt();
    format!("{}\n{table}\n{}", outcome.title, verdicts(outcome, ""))
}

/// All tables, under the machine's name.
pub fn markdown(machine: &str, outcomes: &[Outcome]) -> String {
    let mut text = format!("# Measured\n\n{machine}\n");
    for outcome in outcomes {
        let mut table = table(outcome);
        table.load_style(ASCII_MARKDOWN);
        let verdicts = verdicts(outcome, "- ");
        // Writing to a string cannot fail.
        let _ = write!(text, "\n## {}\n\n{table}\n", outcome.title);
        if !verdicts.is_empty() {
            let _ = write!(text, "\n{verdicts}");
        }
    }
    text
}

/// What stands in a column that not every comparison has.
type Cell = fn(&Row) -> Option<String>;

fn table(outcome: &Outcome) -> Table {
    let Outcome { unit, turns, rows, .. } = outcome;
    let mut table = Table::new();
    let is_once = *turns == 1;
    let mut header = vec!["", *unit];
    if !is_once {
        header.extend(["least…most", "÷ first"]);
    }
    // A column that nobody fills is left out.
    let columns: [(&str, Cell); 4] = [
        ("50, 99 %, ms", waits),
        ("CPU s", |row| row.cpu.map(|cpu| format!("{cpu:.2}"))),
        ("MiB", |row| row.memory.map(mebibytes)),
        ("failed", |row| (row.failed > 0).then(|| row.failed.to_string())),
    ];
    let columns = columns
        .iter()
        .filter(|(_, value)| rows.iter().any(|row| value(row).is_some()));
    header.extend(columns.clone().map(|(name, _)| *name));
    let more = rows.first().map_or(&[][..], |row| &row.more);
    header.extend(more.iter().map(|(name, _)| *name));
    table.set_header(header);
    for row in rows {
        let [least, most] = row.spread;
        let mut cells = vec![row.name.clone(), figure(row.value)];
        if !is_once {
            cells.push(format!("{}…{}", figure(least), figure(most)));
            cells.push(format!("{:.2}", row.ratio));
        }
        let more = columns.clone().map(|(_, value)| value(row));
        cells.extend(more.map(Option::unwrap_or_default));
        cells.extend(row.more.iter().map(|(_, cell)| cell.clone()));
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn verdicts(outcome: &Outcome, bullet: &str) -> String {
    let lines = outcome.verdicts.iter().map(|verdict| {
        let is_met = if verdict.is_met { "met" } else { "not met" };
        format!("{bullet}{}: {:.2}, {is_met}\n", verdict.words, verdict.ratio)
    });
    lines.collect()
}

fn waits(row: &Row) -> Option<String> {
    let [usual, slow] = row.waits?;
    Some(format!("{}, {}", figure(usual), figure(slow)))
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.1}", bytes / f64::from(1 << 20))
}

/// Three digits or more.
pub fn figure(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> Row {
        Row {
            name: name.into(),
            value: 12_345.6,
            spread: [12_000.0, 13_000.0],
            ratio: 0.75,
            cpu: Some(12.34),
            memory: Some(1234.5 * f64::from(1 << 20)),
            waits: None,
            failed: 0,
            more: Vec::new(),
        }
    }

    fn outcome(turns: usize, rows: Vec<Row>) -> Outcome {
        let title = "06 · 1 GiB discarded".into();
        Outcome { title, unit: "MiB/s", turns, rows, verdicts: Vec::new() }
    }

    #[test]
    fn a_table_with_the_longest_figures_fits_into_80_columns() {
        let waits = Row { waits: Some([1234.56; 2]), ..row("tokio, 1,000") };
        let files = outcome(7, vec![row("lesson 06, sendfile")]);
        for outcome in [outcome(7, vec![waits]), files] {
            for line in terminal(&outcome).lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

    #[test]
    fn what_is_done_once_has_no_spread_and_may_have_columns_of_its_own() {
        let row = Row { more: vec![("crates", "17".into())], ..row("01") };
        let text = terminal(&outcome(1, vec![row]));
        let words = text.lines().nth(1).unwrap().split_whitespace();
        let words: Vec<&str> = words.collect();
        assert_eq!(words, ["MiB/s", "CPU", "s", "MiB", "crates"]);
    }
}
