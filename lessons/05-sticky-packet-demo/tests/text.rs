//! Text that was cut inside a character, without sockets.

use sticky_packet_demo::with_hex;

#[test]
fn whole_characters_stay_as_they_are() {
    assert_eq!(with_hex("第一次".as_bytes()), "第一次");
    assert_eq!(with_hex(b"[e4][b8]"), "[e4][b8]");
    assert_eq!(with_hex(b""), "");
}

#[test]
fn the_parts_of_a_character_are_in_hex_wherever_the_cut_was() {
    let text = "一次一".as_bytes();
    assert_eq!(with_hex(&text[..8]), "一次[e4 b8]");
    assert_eq!(with_hex(&text[..7]), "一次[e4]");
    assert_eq!(with_hex(&text[8..]), "[80]");
    assert_eq!(with_hex(&text[7..]), "[b8 80]");
    assert_eq!(with_hex(&text[1..8]), "[b8 80]次[e4 b8]");
    assert_eq!(with_hex(&text[1..2]), "[b8]");
}

#[test]
fn bytes_of_no_character_at_all_are_in_hex_too() {
    assert_eq!(with_hex(b"a\xff\xfe\xe4b\xc0"), "a[ff fe e4]b[c0]");
    assert_eq!(with_hex(b"]\xff["), "][ff][");
}
