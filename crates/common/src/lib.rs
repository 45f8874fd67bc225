//! The few things every lesson needs, and nothing that a lesson teaches.
//!
//! - [`tap`]: std's sockets under std's names, each call told to the watcher.
//! - [`address`], [`duration`]: values on a command line.
//! - [`ready`], [`say`], [`note`], [`busy`], [`report`]: what a program prints,
//!   and where.

pub mod tap;
mod values;
mod words;

pub use values::{address, any_port, duration};
pub use words::{
    busy, escape, note, ready, report, say, sentence, warn_of_leftovers,
};
