//! What a panicking handler leaves on stderr.

use std::panic::{self, PanicHookInfo};
use std::thread;

/// From now on a panic is one line, with the thread's name: the peer.
pub fn log_in_one_line() {
    panic::set_hook(Box::new(log_panic));
}

fn log_panic(panic: &PanicHookInfo) {
    let thread = thread::current();
    let client = thread.name().unwrap_or("unknown");
    let panicked = panic.to_string().replace('\n', " ");
    common::log(&format!("client {client}: the handler {panicked}"));
}
