//! The timeline of a run: events, put into one order, attributed to the sends
//! that they belong to, and counted. Pure: nothing here reads or draws.

pub mod attribute;
pub mod event;
pub mod fold;
pub mod frames;
pub mod merge;
pub mod row;
pub mod summary;
