//! What the pages say is what the programs do, in both languages.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod code;
mod commands;
mod files;
mod pages;
mod runs;
mod twins;
