//! What the pages say is what the programs do, in both languages.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod code;
mod commands;
mod files;
mod pages;
// The pages quote what Linux shows: its errors, and its times.
#[cfg(target_os = "linux")]
mod runs;
mod twins;
