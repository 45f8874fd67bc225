//! File names that strangers choose, and block sizes that learners do.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use struct_framing::{base_name, block_size};

#[test]
fn the_last_part_of_any_path_is_the_name() {
    for (sent, name) in [
        ("塑料王国.mp4", "塑料王国.mp4"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\windows\\system.ini", "system.ini"),
        ("..\\../x", "x"),
        ("C:\\x/../y z", "y z"),
        (".bashrc", ".bashrc"),
        ("..x", "..x"),
        ("console", "console"),
        ("comet.txt", "comet.txt"),
        ("com10", "com10"),
        ("com", "com"),
        ("a.con", "a.con"),
        ("it's", "it's"),
    ] {
        assert_eq!(base_name(sent).unwrap(), name);
    }
}

#[test]
fn a_name_that_is_none_is_refused() {
    for sent in ["", "/", "a/", "a\\", ".", "..", "a/..", "...", "a.", "a "] {
        assert!(base_name(sent).is_err(), "{sent:?}");
    }
}

#[test]
fn a_name_with_commands_in_it_is_refused() {
    for sent in ["a\0", "\u{1b}[2J", "a\nb", "a\u{7f}", "\u{85}", "a\u{202e}b"]
    {
        let error = base_name(sent).unwrap_err().to_string();
        assert!(error.contains("could command a terminal"), "{error}");
    }
}

#[test]
fn a_name_that_windows_forbids_is_refused_everywhere() {
    for sent in ["C:x", "a:stream", "a<b", "a>b", "a\"b", "a|b", "a?", "*"] {
        let error = base_name(sent).unwrap_err().to_string();
        assert!(error.contains("which Windows does not allow"), "{error}");
    }
}

#[test]
fn the_name_of_a_device_is_refused() {
    for sent in [
        "CON",
        "con",
        "Prn",
        "aux",
        "nul",
        "COM1",
        "com9.txt",
        "LPT1",
        "lpt³",
        "NUL.tar.gz",
        "con .txt",
        "x/aux.c",
        "CONIN$",
        "conout$",
    ] {
        let error = base_name(sent).unwrap_err().to_string();
        assert!(error.contains("a device on Windows"), "{error}");
    }
}

#[test]
fn a_name_too_long_is_refused_without_being_shown() {
    assert!(base_name(&"x".repeat(255)).is_ok());
    assert!(base_name(&"海".repeat(86)).is_err());
    let error = base_name(&"x".repeat(5000)).unwrap_err().to_string();
    let wanted = "its file name has 5000 bytes, 255 is the most";
    assert!(error.starts_with(wanted), "{error}");
    assert!(error.len() < 100, "{error}");
}

#[test]
fn a_block_is_bytes_or_kibibytes_within_bounds() {
    for (text, bytes) in
        [("1", 1), ("2048", 2048), ("64KiB", 65_536), ("1024KiB", 1_048_576)]
    {
        assert_eq!(block_size(text), Ok(bytes));
    }
    for wrong in [
        "",
        "0",
        "0KiB",
        "-1",
        "1.5KiB",
        "64KB",
        "64 KiB",
        "KiB",
        "1048577",
        "1025KiB",
        "18446744073709551615KiB",
    ] {
        assert!(block_size(wrong).is_err(), "{wrong}");
    }
}
