//! The few words and values that every program shares.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use common::{address, any_port, duration, escape};

#[test]
fn an_address_is_host_and_port() {
    assert_eq!(address("127.0.0.1:80").unwrap().to_string(), "127.0.0.1:80");
    assert_eq!(address("[::1]:80").unwrap().to_string(), "[::1]:80");
    for wrong in ["", "127.0.0.1", "80", ":80", "host:", "host:x", "a b:1"] {
        assert!(address(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_name_with_both_families_means_its_ipv4_address() {
    assert!(address("localhost:80").unwrap().is_ipv4());
}

#[test]
fn any_port_is_in_the_family_of_the_peer() {
    for peer in ["127.0.0.1:80", "[::1]:80"] {
        let peer = address(peer).unwrap();
        let any = any_port(peer);
        assert_eq!((any.is_ipv4(), any.port()), (peer.is_ipv4(), 0));
        assert!(any.ip().is_unspecified());
    }
}

#[test]
fn a_duration_has_a_number_and_a_unit() {
    for (text, milliseconds) in [
        ("0ms", 0),
        ("100ms", 100),
        ("5s", 5_000),
        ("1.5s", 1_500),
        ("10m", 600_000),
        ("24h", 86_400_000),
    ] {
        let wanted = Duration::from_millis(milliseconds);
        assert_eq!(duration(text), Ok(wanted), "{text}");
    }
    for wrong in
        ["", "5", "s", "-1s", "5 s", "5x", "25h", "1e9h", "NaNs", "infs"]
    {
        assert!(duration(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn text_is_left_alone_save_what_commands_a_terminal() {
    assert_eq!(escape("海贼王 «ok» 🏴‍☠️ \\"), "海贼王 «ok» 🏴‍☠️ \\");
    assert_eq!(escape("a\x1b[2Jb\r\n\t\0"), "a\\u{1b}[2Jb\\r\\n\\t\\u{0}");
    assert_eq!(escape("\u{9b}2J"), "\\u{9b}2J");
    assert_eq!(escape("x\u{202e}y\u{2028}"), "x\\u{202e}y\\u{2028}");
}
