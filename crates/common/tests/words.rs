//! The few words and values that every program shares.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use common::{address, any_port, duration, escape, not_itself, timeout};

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
    for wrong in ["", "5", "s", "-1s", "5x", "25h", "1e9h", "NaNs", "infs"] {
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

#[test]
fn a_timeout_of_no_time_is_refused() {
    assert_eq!(timeout("5s"), Ok(Duration::from_secs(5)));
    for zero in ["0s", "0ms", "0h"] {
        assert!(timeout(zero).is_err(), "{zero}");
        assert_eq!(duration(zero), Ok(Duration::ZERO));
    }
}

#[test]
fn a_client_that_meets_itself_has_met_nobody() {
    let [here, there] = ["127.0.0.1:80", "127.0.0.1:81"].map(|text| {
        let address: std::net::SocketAddr = text.parse().unwrap();
        address
    });
    assert!(not_itself(here, there).is_ok());
    let error = not_itself(here, here).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains("nobody listens on 127.0.0.1:80"));
}
