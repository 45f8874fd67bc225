//! The same rows, drawn: in a terminal, as SVG, and as a page that steps.

mod bytes;
pub mod html;
mod label;
pub mod moving;
mod palette;
pub mod svg;
pub mod terminal;
mod wrap;
