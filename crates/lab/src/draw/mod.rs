//! The same rows, drawn: in a terminal, as SVG, and as a page that steps.

pub mod bytes;
pub mod files;
mod html;
pub mod label;
mod moving;
mod palette;
pub mod svg;
pub mod terminal;
pub mod wrap;
