//! `lab class`: a whole room on one network, of which the loopback addresses
//! are the students. Only Linux has them all.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod room;
mod teacher;
mod thirty;
mod websocket;
