//! What the two sides of lesson 06 share.
//!
//! - [`frame`]: the bytes before the file: a length, and a header in JSON.
//! - [`Offer`]: the file to send, opened anew for each client.
//! - [`Incoming`]: the file that comes, which appears whole or not at all.
//! - [`Within`]: one bound for many reads; [`timely`]: its error in words.
//! - [`base_name`], [`repr`]: a name made safe to use, a text as Python has it.
//! - [`block_size`]: the value of a knob; [`progress_bar`]: how far it is.

pub mod frame;
mod incoming;
mod name;
mod offer;
mod progress;
mod repr;
mod within;

pub use incoming::Incoming;
pub use name::base_name;
pub use offer::{Offer, PAUSE};
pub use progress::progress_bar;
pub use repr::repr;
pub use within::{Within, timely};

/// The largest block: more is no faster, and every client costs one.
const LARGEST_BLOCK: usize = 1024 * 1024;

/// Turns `2048` or `64KiB` into a number of bytes, for `clap`.
///
/// # Errors
///
/// A sentence, when it is no number or out of bounds.
pub fn block_size(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.strip_suffix("KiB") {
        Some(number) => (number, 1024),
        None => (text, 1),
    };
    let number: usize = number
        .parse()
        .map_err(|e| format!("{e}; wanted is bytes, as 2048 or 64KiB"))?;
    number
        .checked_mul(unit)
        .filter(|bytes| (1..=LARGEST_BLOCK).contains(bytes))
        .ok_or_else(|| "wanted is a block of 1 byte to 1024KiB".into())
}
