//! Lesson 06, the server: a file for everybody who connects, and before it
//! a header that says how long it is.
//!
//! Start it with `just server 06`, then `just client 06` in another terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use common::tap::{TcpListener, TcpStream};
use struct_framing::frame::{self, Header};
use struct_framing::{Offer, PAUSE, block_size, timely};

/// Sends a file to every client, each in a thread of its own
#[derive(Parser)]
struct Args {
    /// Where to listen, as HOST:PORT; port 0 means any free one
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    address: SocketAddr,

    /// What to send; without it, the server's own program
    #[arg(long)]
    file: Option<PathBuf>,

    /// How much to read and send at a time; the article's is 2048
    #[arg(long, value_name = "BYTES", default_value = "64KiB",
          value_parser = block_size)]
    block: usize,

    /// How long a client may take none of what is sent
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::report("06", serve(&Args::parse()))
}

fn serve(args: &Args) -> Result<()> {
    let offer = &Offer::new(args.file.as_deref())?;
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("06", listener.local_addr()?);

    thread::scope(|scope| {
        loop {
            let (stream, peer) = match listener.accept() {
                Ok(client) => client,
                Err(error) => {
                    // Out of descriptors, most likely. The client is kept in
                    // the backlog, and to ask again at once would only spin.
                    common::note(&format!("waiting to accept: {error}"));
                    thread::sleep(PAUSE);
                    continue;
                }
            };
            // Opened before the next accept: sockets alone could take all
            // descriptors, and no file would be left to send.
            let opened = offer.open();
            let client = move || {
                let over = opened.and_then(|(file, header)| {
                    send(stream, file, &header, args)
                });
                common::note(&match over {
                    Ok(size) => format!("client {peer}: sent {size} bytes"),
                    Err(error) => format!("client {peer}: {error:#}"),
                });
            };
            let thread = thread::Builder::new().name(peer.to_string());
            if let Err(error) = thread.spawn_scoped(scope, client) {
                common::note(&format!("client {peer}: no thread: {error}"));
            }
        }
    })
}

/// Sends the header, then exactly as many bytes as it says.
fn send(
    mut stream: TcpStream,
    file: File,
    header: &Header,
    args: &Args,
) -> Result<u64> {
    stream.set_write_timeout(Some(args.timeout))?;
    frame::write(header, &mut stream).context("sending the header")?;

    let size = header.filesize;
    let mut file = file.take(size);
    let mut block = vec![0; args.block];
    let mut sent = 0;
    while sent < size {
        let length = file.read(&mut block).context("reading the file")?;
        if length == 0 {
            // The client has been promised more. Closing tells it so.
            bail!("the file has shrunk: {sent} of {size} bytes sent");
        }
        // When the client reads slowly, this waits: its buffer and ours are
        // full, and TCP passes that on to whoever writes.
        stream
            .write_all(&block[..length])
            .map_err(timely)
            .with_context(|| format!("{sent} of {size} bytes sent"))?;
        sent += length as u64;
    }
    Ok(size)
}
