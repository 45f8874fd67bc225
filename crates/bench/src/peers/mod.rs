//! Servers to compare with, each in a process of its own as the lessons' are.

mod echo;
mod epoll;
mod room;
mod tokio;
mod unhashed;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Result, bail};
use socket2::{Domain, Socket, Type};

/// What lesson 08's server says first.
pub const GREETING: &[u8] = "server端消息".as_bytes();

/// Starts one by its name, which serves until it is ended.
///
/// # Errors
///
/// When there is none of this name, or it cannot serve.
pub fn serve(name: &str) -> Result<()> {
    match name {
        "echo" => echo::serve(),
        "epoll" => epoll::serve(),
        "room" => room::serve(),
        "tokio" => tokio::serve(),
        "unhashed" => unhashed::serve(),
        _ => bail!("no peer is called {name:?}"),
    }
}

/// Says where a server listens.
fn ready(address: SocketAddr) {
    eprintln!("ready on {address}");
}

/// Listens on a free port, does not block, and lets many clients wait.
fn listen() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Prints what came, as the lessons' servers do.
fn print(text: &[u8]) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", String::from_utf8_lossy(text))
}
