//! std's sockets, each call reported to a watcher.
//!
//! A lesson says `use tap::{TcpListener, TcpStream}` where a program of your
//! own says `use std::net::{TcpListener, TcpStream}`. Names, methods and
//! behaviour are std's.
//!
//! - On a terminal, each call is a line on stderr.
//! - With `LAB_TAP` in the environment, which names a folder, each call is a
//!   line of JSON in a file there, for `lab` to draw (`call.rs` has the format).
//! - Otherwise a call costs what std's costs: nobody asks for addresses or the
//!   time.
//!
//! What moves no bytes, such as setting a timeout or peeking at a stream, is
//! std's own method and is not reported.

mod burst;
mod call;
mod escape;
mod file;
mod tcp;
mod udp;

pub use call::{busy, logged, printed};
pub use escape::escape;
pub use tcp::{Incoming, TcpListener, TcpStream};
pub use udp::UdpSocket;
