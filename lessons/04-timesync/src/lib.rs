//! What lesson 04's programs are made of.
//!
//! - [`render`], [`read_time`]: a time as text, in a format of one's choice.
//! - [`Measurement`]: how wrong a clock is, by Cristian's method.
//! - [`exchange`]: asking over UDP, as lesson 02 does.

mod cristian;
mod exchange;
mod strftime;

pub use cristian::{FORMAT, Measurement};
pub use exchange::exchange;
pub use strftime::{LONGEST, read_time, render};
