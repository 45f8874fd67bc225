//! What the two sides of lesson 09 share. TCP carries bytes; a WebSocket
//! carries messages over it, each in a frame or several, with its length
//! before it: lesson 06's answer, standardised (RFC 6455).
//!
//! [`http`] is the handshake, and the page. The frames are `tungstenite`'s
//! (`examples/by_hand.rs` reads one by hand): [`Wire`] is what it takes for a
//! socket, [`attend`] serves one client, an [`Outbox`] holds the frames that
//! wait for it, and [`join`] is the client's side.

mod attend;
pub mod http;
mod join;
mod outbox;
mod wire;

pub use attend::{Limits, attend};
pub use join::{Event, awaited, check_close, join, next, send};
pub use outbox::Outbox;
pub use wire::*;
