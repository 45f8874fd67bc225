//! Servers to compare with, each in a process of its own as the lessons' are.

mod echo;
mod unhashed;

use std::net::SocketAddr;

use anyhow::{Result, bail};

/// Starts one by its name, which serves until it is ended.
///
/// # Errors
///
/// When there is none of this name, or it cannot serve.
pub fn serve(name: &str) -> Result<()> {
    match name {
        "echo" => echo::serve(),
        "unhashed" => unhashed::serve(),
        _ => bail!("no peer is called {name:?}"),
    }
}

/// Says where a server listens.
fn ready(address: SocketAddr) {
    eprintln!("ready on {address}");
}
