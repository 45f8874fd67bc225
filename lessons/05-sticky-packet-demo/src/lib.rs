//! What the two programs of lesson 05 share.
//!
//! - [`send_each`], [`receive_all`]: merge, and the other way round split.
//! - [`udp`], [`nagle`]: two more demos, each with both its sides.
//! - [`with_hex`], [`log_parts`]: characters that were cut.

pub mod nagle;
mod stream;
mod text;
pub mod udp;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Parser, ValueEnum};

pub use stream::{receive_all, send_each};
pub use text::{log_parts, with_hex};

/// What the client sends in merge and in udp.
pub const MERGE: [&str; 5] = ["第一次", "第二次", "第三次", "第四次", "第五次"];

/// What the server sends in split.
pub const SPLIT: [&str; 5] = ["一次一次一次", "二次", "三次", "四次", "五次"];

/// What a demo shows.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Demo {
    /// Five writes of the client, and one recv of the server has them all
    Merge,
    /// Five writes of the server, which the client reads 9 bytes at a time
    Split,
    /// The same five messages as datagrams, which keep their boundaries
    Udp,
    /// Write, write, read: what Nagle's algorithm makes wait
    Nagle,
}

/// Shows how few of a sender's five messages a receiver can tell apart
///
/// Both programs have all the knobs, so that any can be given to either.
#[derive(Parser)]
pub struct Args {
    /// The server's address, as HOST:PORT; it may listen on port 0, any free
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    pub address: SocketAddr,

    /// What to show; both sides need the same
    #[arg(long, default_value = "merge")]
    pub demo: Demo,

    /// How long the receiver (in split, the client) is busy before it reads
    #[arg(long, value_name = "TIME", default_value = "100ms",
          value_parser = common::duration)]
    pub busy: Duration,

    /// The receiver's room for one recv, in bytes [split: 9]
    #[arg(long, value_name = "N", default_value_t = 1024,
          default_value_if("demo", "split", "9"),
          value_parser = clap::value_parser!(u16).range(1..))]
    pub buffer: u16,

    /// The sender's pause between two sends (merge, udp, nagle: the client;
    /// split: the server)
    #[arg(long, value_name = "TIME", default_value = "0ms",
          value_parser = common::duration)]
    pub gap: Duration,

    /// The sender turns Nagle's algorithm off
    #[arg(long)]
    pub nodelay: bool,

    /// How long each step may take, once there is a peer
    #[arg(long, value_name = "TIME", default_value = "5s",
          value_parser = common::timeout)]
    pub timeout: Duration,
}
