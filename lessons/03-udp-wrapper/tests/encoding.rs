//! Encodings, without sockets.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use udp_wrapper::{encode, encoding};

#[test]
fn one_text_is_other_bytes_in_every_encoding() {
    let bytes = |name| encode("海贼王", encoding(name).unwrap()).unwrap();
    assert_eq!(bytes("utf-8"), "海贼王".as_bytes());
    assert_eq!(bytes("gbk"), b"\xba\xa3\xd4\xf4\xcd\xf5");
}

#[test]
fn a_character_that_the_encoding_lacks_is_named() {
    let error = encode("海贼王", encoding("big5").unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "Big5 has no 贼 (U+8D3C)");
}

#[test]
fn an_encoding_goes_by_any_of_its_names() {
    for name in ["utf-8", "UTF8", "GBK", "gb2312", "big5", "shift_jis"] {
        assert!(encoding(name).is_ok(), "{name}");
    }
}

#[test]
fn what_cannot_be_sent_is_no_choice() {
    for name in ["utf-16", "utf-16le", "UTF-16BE", "iso-2022-kr", "klingon"] {
        assert!(encoding(name).is_err(), "{name}");
    }
}

#[test]
fn a_name_of_a_smaller_character_set_is_no_choice() {
    for name in ["ascii", "US-ASCII", "latin1", "iso-8859-1", "tis-620"] {
        let error = encoding(name).unwrap_err();
        assert!(error.contains("it would mean windows-"), "{name}: {error}");
    }
    assert!(encoding("windows-1252").is_ok());
}

#[test]
fn python_s_names_on_windows_are_known() {
    for (page, name) in
        [("cp936", "GBK"), ("CP950", "Big5"), ("cp932", "Shift_JIS")]
    {
        assert_eq!(encoding(page).unwrap().name(), name);
    }
}

#[test]
fn a_character_that_would_read_back_as_another_is_refused() {
    for (name, text) in [("shift_jis", "¥"), ("euc-jp", "‾")] {
        let error = encode(text, encoding(name).unwrap()).unwrap_err();
        assert!(error.to_string().contains(" has no "), "{name}: {error}");
    }
    assert!(encode("海贼王", encoding("gb18030").unwrap()).is_ok());
}
