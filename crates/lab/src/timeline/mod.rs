//! The picture of a run: events, attributed to sends, drawn as rows.

pub mod attribute;
pub mod bytes;
pub mod event;
pub mod label;
pub mod network_event;
mod palette;
pub mod row;
pub mod summary;
pub mod svg;
pub mod terminal;
