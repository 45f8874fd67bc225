//! The same rows, drawn: in a terminal, and as SVG.

pub mod bytes;
pub mod label;
mod palette;
pub mod svg;
pub mod terminal;
