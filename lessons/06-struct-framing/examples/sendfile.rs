//! Lesson 06's server the zero-copy way, with Linux's sendfile(2).
//!
//! The kernel moves the file into the socket by itself; no byte passes
//! through this program, and there is no block to choose. Start it with
//! `cargo run -p struct-framing --example sendfile`, then `just client 06`.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::note;
use struct_framing::frame::{self, Header};
use struct_framing::{Offer, PAUSE, timely};

/// Sends a file to every client, as 06-server does, with sendfile(2)
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    address: SocketAddr,

    /// What to send; without it, this very program
    #[arg(long)]
    file: Option<PathBuf>,

    /// How long a client may take none of what is sent
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::report("06", serve(&Args::parse()))
}

fn serve(args: &Args) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("this example needs Linux; 06-server runs everywhere");
    }
    let offer = &Offer::new(args.file.as_deref())?;
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("06", listener.local_addr()?);

    thread::scope(|scope| {
        loop {
            let (stream, peer) = match listener.accept() {
                Ok(client) => client,
                Err(error) => {
                    note(&format!("waiting to accept: {error}"));
                    thread::sleep(PAUSE);
                    continue;
                }
            };
            let opened = offer.open();
            let client = move || {
                let over = opened.and_then(|(file, header)| {
                    send(stream, &file, &header, args)
                });
                note(&match over {
                    Ok(size) => format!("client {peer}: sent {size} bytes"),
                    Err(error) => format!("client {peer}: {error:#}"),
                });
            };
            let thread = thread::Builder::new().name(peer.to_string());
            if let Err(error) = thread.spawn_scoped(scope, client) {
                note(&format!("client {peer}: no thread: {error}"));
            }
        }
    })
}

/// Sends the header as ever, and has the kernel send the file.
fn send(
    mut stream: TcpStream,
    file: &File,
    header: &Header,
    args: &Args,
) -> Result<u64> {
    stream.set_write_timeout(Some(args.timeout))?;
    frame::write(header, &mut stream).context("sending the header")?;

    let size = header.filesize;
    let mut sent = 0;
    while sent < size {
        // Like write, it may take less than it is given.
        let length = send_some(&stream, file, size - sent)
            .map_err(timely)
            .with_context(|| format!("{sent} of {size} bytes sent"))?;
        if length == 0 {
            bail!("the file has shrunk: {sent} of {size} bytes sent");
        }
        sent += length as u64;
    }
    Ok(size)
}

/// sendfile(2): at most 0x7ffff000 bytes a call, from where the file stands.
#[cfg(target_os = "linux")]
fn send_some(
    stream: &TcpStream,
    file: &File,
    left: u64,
) -> std::io::Result<usize> {
    let most = usize::try_from(left.min(0x7fff_f000)).unwrap_or(usize::MAX);
    let sendfile = || rustix::fs::sendfile(stream, file, None, most);
    Ok(rustix::io::retry_on_intr(sendfile)?)
}

#[cfg(not(target_os = "linux"))]
fn send_some(_: &TcpStream, _: &File, _: u64) -> std::io::Result<usize> {
    Err(std::io::ErrorKind::Unsupported.into())
}
