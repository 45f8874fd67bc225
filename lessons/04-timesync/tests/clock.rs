//! What is computed, without sockets.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use timesync::{FORMAT, MAX_LENGTH, Measurement, read_time, render};

fn time(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

fn some_time() -> DateTime<FixedOffset> {
    time("2026-02-03T04:05:06.7+08:00")
}

#[track_caller]
fn refused(format: &[u8], why: &str) {
    let error = render(format, &some_time()).unwrap_err();
    assert!(format!("{error:#}").contains(why), "{error:#}");
}

#[test]
fn a_format_is_rendered() {
    let text = render("在%Y年%m月 %%".as_bytes(), &some_time()).unwrap();
    assert_eq!(text, "在2026年02月 %");
    assert_eq!(render(b"", &some_time()).unwrap(), "");
}

#[test]
fn a_percent_without_a_meaning_is_refused() {
    let bad = ["%Q", "%", "%Y %", "%10d", "%^a", "%Ec", "%-", "%é", "%.", "%:"];
    for format in bad {
        refused(format.as_bytes(), "a percent sign without a meaning");
    }
}

#[test]
fn what_is_no_text_is_refused() {
    refused(b"\xff%Y", "no text");
    refused(b"%Y\0", "NUL");
    refused(&b"%%".repeat(513), "the format is longer than 1024 bytes");
}

#[test]
fn an_answer_may_be_1024_bytes_and_no_more() {
    let exactly = "x".repeat(MAX_LENGTH - 4) + "%Y";
    assert_eq!(render(exactly.as_bytes(), &some_time()).unwrap().len(), 1024);
    let more = "x".repeat(MAX_LENGTH - 3) + "%Y";
    refused(more.as_bytes(), "the answer would be longer");
    refused("%c".repeat(512).as_bytes(), "the answer would be longer");
    refused("%+".repeat(512).as_bytes(), "the answer would be longer");
}

#[track_caller]
fn reads(answer: &str, format: &str) -> bool {
    read_time(answer.as_bytes(), format).is_ok()
}

#[test]
fn an_answer_in_the_format_is_a_time_right_or_wrong() {
    let format = "%Y/%m/%d %H:%M:%S";
    assert!(reads("2026/02/03 04:05:06", format));
    assert!(reads("1999/12/31 23:59:60", format));
    for no_time in [
        "",
        "onepiece",
        "海贼王",
        "2026/02/03 04:05",
        "2026/02/03 04:05:06\n2026/02/03 04:05:07",
        "2026/02/03 04:05:06 or so",
        "2026/02/30 04:05:06",
        "2026/13/03 04:05:06",
        "2026/02/03 24:05:06",
        "%Y/%m/%d %H:%M:%S",
        "error: 2026/02/03 04:05:06",
    ] {
        assert!(!reads(no_time, format), "{no_time}");
    }
    assert!(read_time(b"2026/02/03 04:05:06\xff", format).is_err());
}

#[test]
fn every_format_of_c99_reads_back() {
    for letter in "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%".chars() {
        let format = format!("%{letter}");
        let text = render(format.as_bytes(), &some_time()).unwrap();
        assert!(reads(&text, &format), "{text} for {format}");
    }
}

#[test]
fn a_format_that_cannot_be_read_back_may_have_any_answer() {
    assert!(reads("CST", "%Z"));
    assert!(reads("1770062706700000000", "%s%f"));
    assert!(reads("0000000003", "%10d"), "only another strftime knows it");
    assert!(!reads("", "%10d"));
    assert!(reads("", ""));
    assert!(!reads("x", ""));
}

fn sent() -> DateTime<Utc> {
    time("2026-02-03T04:05:06Z").to_utc()
}

fn measure(answer: &str) -> Measurement {
    let round_trip = Duration::from_millis(10);
    Measurement::new(answer.as_bytes(), sent(), round_trip).unwrap()
}

#[test]
fn the_server_is_taken_to_have_answered_halfway() {
    // Sent at :06.000, so halfway is :06.005. The server says :08.004.
    let found = measure("2026-02-03 12:05:08 +0800 004000000");
    assert_eq!(found.offset, TimeDelta::milliseconds(-1999));
    assert_eq!(found.bound, TimeDelta::milliseconds(5));
    assert!(found.fractions);
    assert_eq!(
        found.to_string(),
        "round trip 10.000 ms, offset -1999.000 ms ± 5.000 ms"
    );
    assert_eq!(
        found.verdict(),
        "this clock is 1999.000 ms behind the server's, ± 5.000 ms"
    );
}

#[test]
fn clocks_less_apart_than_the_bound_agree() {
    let found = measure("2026-02-03 04:05:06 +0000 001000000");
    assert_eq!(found.offset, TimeDelta::milliseconds(4));
    assert_eq!(found.verdict(), "the clocks agree, ± 5.000 ms");
    let found = measure("2026-02-03 04:05:05 +0000 999000000");
    assert!(found.verdict().contains("6.000 ms ahead of"), "{found:?}");
}

#[test]
fn without_fractions_the_bound_is_half_a_second_wider() {
    for answer in [
        "2026-02-03 04:05:06 +0000 %9f",
        "2026-02-03 04:05:06 +0000       %9f",
        "2026-02-03 04:05:06 +0000 9f",
        "2026-02-03 04:05:06 +0000",
        "2026-02-03 04:05:06 +0000 +12345678",
    ] {
        let found = measure(answer);
        assert_eq!(found.offset, TimeDelta::milliseconds(-495), "{answer}");
        assert_eq!(found.bound, TimeDelta::milliseconds(505));
        assert!(
            found
                .to_string()
                .ends_with("(the server tells whole seconds only)")
        );
    }
}

#[test]
fn what_the_server_renders_can_be_measured() {
    let server = time("2026-02-03T04:05:06.123456789-03:30");
    let found = measure(&render(FORMAT.as_bytes(), &server).unwrap());
    assert_eq!(sent() + found.round_trip / 2 - server.to_utc(), found.offset);
    assert!(found.fractions);
}

#[test]
fn what_is_no_time_cannot_be_measured() {
    let no_times: [&[u8]; 6] = [
        b"",
        b"onepiece",
        b"error: the format has a percent sign without a meaning",
        b"2026-02-30 04:05:06 +0000 000000000",
        b"+262142-12-31 23:59:59 -2359 999999999",
        b"2026-02-03 04:05:06 +0000 \xff",
    ];
    for no_time in no_times {
        let found = Measurement::new(no_time, sent(), Duration::ZERO);
        assert!(found.is_err(), "{found:?}");
    }
}
