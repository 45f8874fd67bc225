//! Showing that one has a key, without showing the key.
//!
//! ```text
//! server                                        client
//!   │ ── challenge: 32 random bytes ────────────▶ │
//!   │ ◀── proof: HMAC(key, challenge), as hex ─── │  md5: 32 characters
//!   │                                             │  sha256: 64
//! ```
//!
//! A challenge is new every time, so a proof overheard today is of no use
//! tomorrow. HMAC is RFC 2104's; nothing of the key can be read off it.

use anyhow::Result;
use clap::ValueEnum;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;

/// A challenge, as long as the article's.
pub type Challenge = [u8; 32];

/// The hash function that HMAC is built upon.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Digest {
    /// What Python's `hmac` used when the article left it unnamed.
    Md5,
    /// What one takes today.
    Sha256,
}

impl Digest {
    /// The number of hex characters in a proof.
    pub fn characters(self) -> usize {
        match self {
            Digest::Md5 => 2 * 16,
            Digest::Sha256 => 2 * 32,
        }
    }
}

/// The one right answer to a challenge: its HMAC, in lowercase hex.
pub fn proof(key: &[u8], digest: Digest, challenge: &[u8]) -> String {
    match digest {
        Digest::Md5 => to_hex(keyed::<Hmac<Md5>>(key, challenge)),
        Digest::Sha256 => to_hex(keyed::<Hmac<Sha256>>(key, challenge)),
    }
}

/// Whether an answer is the proof.
///
/// `==` stops at the first byte that differs, so the time it takes depends on
/// how many were right. Here each guess meets a new challenge, so that helps
/// nobody; but comparing secrets in constant time is a habit to keep.
/// `verify_slice` takes as long for every answer of the right length.
pub fn verify(
    key: &[u8],
    digest: Digest,
    challenge: &[u8],
    answer: &[u8],
) -> bool {
    let Ok(code) = HEXLOWER.decode(answer) else {
        return false;
    };
    let verified = match digest {
        Digest::Md5 => keyed::<Hmac<Md5>>(key, challenge).verify_slice(&code),
        Digest::Sha256 => {
            keyed::<Hmac<Sha256>>(key, challenge).verify_slice(&code)
        }
    };
    verified.is_ok()
}

/// An HMAC that has taken in the key and the challenge.
#[allow(clippy::expect_used, reason = "RFC 2104 allows keys of any length")]
fn keyed<M: Mac + KeyInit>(key: &[u8], challenge: &[u8]) -> M {
    let mac = <M as KeyInit>::new_from_slice(key);
    mac.expect("HMAC takes a key of any length").chain_update(challenge)
}

fn to_hex(mac: impl Mac) -> String {
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// A challenge that nobody can foresee: the operating system's random bytes.
pub fn fresh_challenge() -> Result<Challenge> {
    let mut challenge = Challenge::default();
    SysRng.try_fill_bytes(&mut challenge)?;
    Ok(challenge)
}

/// Parses a challenge given in hex. The error is a sentence.
pub fn parse_challenge(text: &str) -> Result<Challenge, String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "give 32 bytes, as 64 digits of hex".into())
}
