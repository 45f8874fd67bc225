//! The table in formats.md is true: CPython and the server's formatting, side
//! by side, over dates and time zones.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)] // Elsewhere Python's zone cannot be chosen.

use chrono::{DateTime, FixedOffset};
use testkit::root;
use timesync::render;

/// As the C library reads them: hours west of Greenwich, rules of summer.
const ZONES: [&str; 5] = [
    "UTC0",
    "CST-8",
    "EST5EDT,M3.2.0,M11.1.0",
    "IST-5:30",
    "NST3:30NDT,M3.2.0,M11.1.0",
];

/// Seconds since 1970: turns of years, ISO weeks and summer time, leap days,
/// midnight and noon, and numbers of one digit.
const DATES: [i64; 15] = [
    0,
    951_782_400,
    978_307_199,
    1_104_537_600,
    1_230_768_000,
    1_262_304_000,
    1_325_376_000,
    1_456_747_200,
    1_709_208_000,
    1_710_054_000,
    1_730_613_600,
    1_767_225_599,
    1_770_062_706,
    2_147_483_648,
    4_102_444_800,
];

/// What C99 has, in 7.23.3.5.
const C99: &str = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";

struct Row {
    verdict: String,
    directives: Vec<String>,
    example: Vec<String>,
}

fn table() -> Vec<Row> {
    let path = root().join("lessons/04-timesync/formats.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(2).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let quoted = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).map(Into::into).collect()
        };
        let rust = cells[5].trim_matches('`').to_owned();
        Row {
            verdict: cells[1].to_owned(),
            directives: quoted(cells[2]),
            example: [quoted(cells[3]), quoted(cells[4]), vec![rust]].concat(),
        }
    });
    rows.collect()
}

/// The rows that hold here: what is not C99 depends on the C library.
fn rows() -> Vec<Row> {
    let glibc = cfg!(all(target_os = "linux", target_env = "gnu"));
    let here = |row: &Row| glibc || row.verdict == "the same (C99)";
    table().into_iter().filter(here).collect()
}

/// Python's answers in one zone, with the time that each is about.
fn python(
    zone: &str,
    questions: &[(i64, &str)],
) -> Option<Vec<(DateTime<FixedOffset>, String)>> {
    let script = "lessons/04-timesync/tests/strftime.py";
    let mut python = testkit::python(script, &[zone])?;
    for (epoch, format) in questions {
        python.type_in(&format!("{epoch} {format}\n"));
    }
    let finished = python.finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let answers = finished.stdout.lines().zip(questions);
    let answers: Vec<_> = answers
        .map(|(line, (epoch, _))| {
            let (offset, hex) = line.split_once(' ').unwrap();
            let zone = FixedOffset::east_opt(offset.parse().unwrap()).unwrap();
            let utc = DateTime::from_timestamp(*epoch, 0).unwrap();
            (utc.with_timezone(&zone), unhex(hex))
        })
        .collect();
    assert_eq!(answers.len(), questions.len());
    Some(answers)
}

fn unhex(hex: &str) -> String {
    let digits = hex.as_bytes().chunks(2);
    let bytes = digits.map(|pair| {
        u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()
    });
    String::from_utf8(bytes.collect()).unwrap()
}

#[test]
fn every_directive_of_c99_is_in_the_table() {
    let rows = table();
    let listed = |directive: &String| {
        rows.iter().any(|row| row.directives.contains(directive))
    };
    for letter in C99.chars() {
        assert!(listed(&format!("%{letter}")), "%{letter}");
    }
}

#[test]
fn python_and_rust_agree_and_differ_as_the_table_says() {
    for zone in ZONES {
        let rows = rows();
        let cases: Vec<(&Row, &str, i64)> = rows
            .iter()
            .flat_map(|row| row.directives.iter().map(move |d| (row, d)))
            .flat_map(|(row, d)| DATES.map(|date| (row, d.as_str(), date)))
            .collect();
        let questions: Vec<_> = cases.iter().map(|c| (c.2, c.1)).collect();
        let Some(answers) = python(zone, &questions) else {
            return;
        };
        for ((row, directive, _), (time, python)) in cases.iter().zip(answers) {
            let rust = render(directive.as_bytes(), &time).ok();
            let told = format!("{directive} at {time}: {python:?} {rust:?}");
            let copied = python == *directive;
            let holds = match row.verdict.as_str() {
                "the same (C99)" | "the same (glibc)" => {
                    rust.as_ref() == Some(&python)
                }
                "another text" => {
                    rust.is_some_and(|rust| rust != python) && !copied
                }
                "Rust only" => rust.is_some_and(|r| r != *directive) && copied,
                "an error" => rust.is_none() && !copied,
                "an error, not a copy" => rust.is_none() && copied,
                other => panic!("no such verdict: {other}"),
            };
            assert!(holds, "{} is not so: {told}", row.verdict);
        }
    }
}

#[test]
fn the_examples_in_the_table_are_real() {
    for row in rows() {
        let [format, python_says, rust_says] = &row.example[..] else {
            panic!("an example needs three cells: {:?}", row.example);
        };
        let question = [(1_770_062_706, format.as_str())];
        let Some(answers) = python("CST-8", &question) else {
            return;
        };
        let (time, answer) = &answers[0];
        assert_eq!(answer, python_says, "Python, {format}");
        let rust = render(format.as_bytes(), time);
        let rust = rust.unwrap_or_else(|_| "error".into());
        assert_eq!(&rust, rust_says, "Rust, {format}");
    }
}
