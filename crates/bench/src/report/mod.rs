//! The figures as a table and as a picture.

mod plot;
mod table;

pub use plot::plot;
pub use table::{figure, markdown, terminal};
