//! What lesson 04's programs are made of: a time as text, in a format of one's
//! choice, and Cristian's method to find how wrong a clock is.

mod cristian;
mod strftime;

pub use cristian::{FORMAT, Measurement};
pub use strftime::{MAX_LENGTH, read_time, render};
