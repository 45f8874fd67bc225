//! What several lessons repeat and none teaches; and what one teaches in full
//! for the others: [`Deadline`] 06, [`receive`] 02, [`each_client`] 08.

mod args;
mod clients;
mod datagram;
mod deadline;
mod exit;
mod print;

pub use args::{address, any_port, duration, not_itself, timeout};
pub use clients::each_client;
pub use datagram::{MAX_DATAGRAM, ask_again, receive};
pub use deadline::Deadline;
pub use exit::{error_chain, exit_code};
pub use print::{log, log_unread, print, ready, try_print};
pub use tap::{busy, escape};
