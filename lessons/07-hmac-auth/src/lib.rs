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

use std::io::{ErrorKind, Read};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use common::tap::TcpStream;
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
    /// So many characters of hex make a proof.
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
/// `==` stops at the first byte that differs, so the time it takes tells how
/// many were right, and a proof could be guessed byte by byte.
/// `verify_slice` takes equally long for every answer.
pub fn verify(
    key: &[u8],
    digest: Digest,
    challenge: &[u8],
    answer: &[u8],
) -> bool {
    let Some(code) = from_hex(answer) else {
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
    let code = mac.finalize().into_bytes();
    code.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A challenge that nobody can foresee: the operating system's random bytes.
///
/// # Errors
///
/// When the system has none.
pub fn fresh_challenge() -> Result<Challenge> {
    let mut challenge = Challenge::default();
    SysRng.try_fill_bytes(&mut challenge)?;
    Ok(challenge)
}

/// A challenge given in hex.
///
/// # Errors
///
/// A sentence, when it is anything but 64 digits of hex.
pub fn challenge(text: &str) -> Result<Challenge, String> {
    from_hex(text.to_ascii_lowercase().as_bytes())
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "wanted are 32 bytes, as 64 digits of hex".into())
}

/// Turns lowercase hex into the bytes it stands for; anything else is `None`.
fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    text.chunks(2)
        .map(|pair| match *pair {
            [high, low] => Some(value(high)? << 4 | value(low)?),
            _ => None,
        })
        .collect()
}

/// Receives exactly as many bytes as `buffer` holds, in whatever pieces they
/// come, and all of them before `until`.
///
/// # Errors
///
/// When fewer come, saying how many.
pub fn receive(
    stream: &mut TcpStream,
    buffer: &mut [u8],
    until: Instant,
) -> Result<()> {
    let (mut came, wanted) = (0, buffer.len());
    while came < wanted {
        // Each read may wait for what is left of the time, and no longer:
        // a peer that drips a byte at a time would win a new wait with each.
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            match came {
                0 => bail!("nothing within --timeout"),
                _ => bail!("only {came} of {wanted} bytes within --timeout"),
            }
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer[came..]) {
            Ok(0) if came == 0 => bail!("it closed before sending anything"),
            Ok(0) => bail!("it closed after {came} of {wanted} bytes"),
            Ok(length) => came += length,
            Err(error) if may_go_on(error.kind()) => {}
            Err(error) => {
                return Err(error)
                    .context(format!("after {came} of {wanted} bytes"));
            }
        }
    }
    Ok(())
}

/// The wait was over, by its names on Unix and Windows, or a signal broke it.
fn may_go_on(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
