//! Proofs, without sockets.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use hmac_auth::Digest::{Md5, Sha256};
use hmac_auth::{fresh_challenge, parse_challenge, proof, verify};

const LONG_KEY: &str = "Test Using Larger Than Block-Size Key - Hash Key First";

#[test]
fn proofs_with_md5_are_those_of_rfc_2202() {
    let counted: Vec<u8> = (1..=25).collect();
    let vectors: [(&[u8], &[u8], &str); 7] = [
        (&[0x0b; 16], b"Hi There", "9294727a3638bb1c13f48ef8158bfc9d"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "750c783e6ab0b503eaa86e310a5db738",
        ),
        (&[0xaa; 16], &[0xdd; 50], "56be34521d144c88dbb8c733f0e8b3f6"),
        (&counted, &[0xcd; 50], "697eaf0aca3a3aea3a75164746ffaa79"),
        (
            &[0x0c; 16],
            b"Test With Truncation",
            "56461ef2342edc00f9bab995690efd4c",
        ),
        (&[0xaa; 80], LONG_KEY.as_bytes(), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"),
        (
            &[0xaa; 80],
            b"Test Using Larger Than Block-Size Key and Larger Than One \
              Block-Size Data",
            "6f630fad67cda0ee1fb1f562db3aa53e",
        ),
    ];
    for (key, data, wanted) in vectors {
        assert_eq!(proof(key, Md5, data), wanted);
        assert!(verify(key, Md5, data, wanted.as_bytes()));
    }
}

#[test]
fn proofs_with_sha256_are_those_of_rfc_4231() {
    let counted: Vec<u8> = (1..=25).collect();
    // The fifth vector is of a truncated code, which nobody uses here.
    let vectors: [(&[u8], &[u8], &str); 6] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &[0xaa; 20],
            &[0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            &counted,
            &[0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (
            &[0xaa; 131],
            LONG_KEY.as_bytes(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a \
              larger than block-size data. The key needs to be hashed before \
              being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, data, wanted) in vectors {
        assert_eq!(proof(key, Sha256, data), wanted);
        assert!(verify(key, Sha256, data, wanted.as_bytes()));
    }
}

#[test]
fn every_single_wrong_character_is_noticed() {
    for digest in [Md5, Sha256] {
        let right = proof(b"key", digest, b"challenge").into_bytes();
        assert_eq!(right.len(), digest.characters());
        for at in 0..right.len() {
            for wrong in [b'0', b'f', b'F', b'+', b' ', b'\n', 0, 0xff] {
                let mut answer = right.clone();
                answer[at] = wrong;
                let same = answer == right;
                assert_eq!(verify(b"key", digest, b"challenge", &answer), same);
            }
        }
    }
}

#[test]
fn only_the_whole_lowercase_proof_will_do() {
    let right = proof(b"key", Md5, b"challenge");
    let passes = |key: &[u8], digest, challenge: &[u8], answer: &str| {
        verify(key, digest, challenge, answer.as_bytes())
    };
    assert!(passes(b"key", Md5, b"challenge", &right));
    for answer in [
        "",
        &right[..31],
        &right[..30],
        &right[1..],
        &right.to_uppercase(),
        &format!("{right}\n"),
        &format!("{right}00"),
        &format!("0x{}", &right[2..]),
        &proof(b"key", Sha256, b"challenge"),
        &proof(b"key", Sha256, b"challenge")[..32],
    ] {
        assert!(!passes(b"key", Md5, b"challenge", answer), "{answer:?}");
    }
    assert!(!passes(b"Key", Md5, b"challenge", &right));
    assert!(!passes(b"key", Sha256, b"challenge", &right));
    assert!(!passes(b"key", Md5, b"Challenge", &right));
}

#[test]
fn no_challenge_comes_twice() {
    let [one, two] = [fresh_challenge().unwrap(), fresh_challenge().unwrap()];
    assert_ne!(one, two);
}

#[test]
fn a_challenge_in_hex_is_32_bytes_or_refused() {
    let text = "00ff".repeat(16);
    let bytes = parse_challenge(&text).unwrap();
    assert_eq!(bytes[..4], [0, 255, 0, 255]);
    assert_eq!(parse_challenge(&text.to_uppercase()).unwrap(), bytes);
    for wrong in ["", "00", &text[1..], &text[2..], &text.replace('f', "g")] {
        assert!(parse_challenge(wrong).is_err(), "{wrong}");
    }
    assert!(parse_challenge(&format!("{text}00")).is_err());
}
