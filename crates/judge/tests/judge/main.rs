//! The judge, judged: one program of tests, so that their waits run side by
//! side.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod chinese;
mod command;
mod languages;
mod mutations;
mod ours;
