//! Lesson 06, the server: sends each client the file's size, then the file.
//!
//! Start it with `just server 06`, then `just client 06` in another terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use struct_framing::frame::{self, Header};
use struct_framing::{SharedFile, block_size};
use tap::{TcpListener, TcpStream};

/// Sends the header, then exactly as many bytes as it says.
fn send(
    stream: &mut TcpStream,
    file: File,
    header: &Header,
    args: &Args,
) -> Result<()> {
    stream.set_write_timeout(Some(args.timeout))?;
    frame::write(header, stream).context("sending the header")?;

    // Exactly this many bytes, even if the file grows meanwhile.
    let size = header.filesize;
    let mut file = file.take(size);
    let mut block = vec![0; args.block];
    let mut sent = 0;
    while sent < size {
        let length = file.read(&mut block).context("reading the file")?;
        if length == 0 {
            // The client was promised more. It sees an early end.
            bail!("the file has shrunk: {sent} of {size} bytes sent");
        }
        // This waits when the client reads slowly and all buffers are full.
        stream
            .write_all(&block[..length])
            .with_context(|| format!("{sent} of {size} bytes sent"))?;
        sent += length as u64;
    }
    Ok(())
}

fn run(args: Args) -> Result<()> {
    let shared = SharedFile::new(args.file.as_deref())?;
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("06", listener.local_addr()?);

    // Each client's file is opened right after its accept, before the next
    // one: sockets alone could take all descriptors, and leave none for files.
    let prepare = || shared.open();
    common::each_client(&listener, prepare, move |mut stream, peer, opened| {
        let (file, header) = opened?;
        send(&mut stream, file, &header, &args)?;
        common::log(&format!("client {peer}: sent {} bytes", header.filesize));
        Ok(())
    })
}

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

    /// How long to wait while a client accepts no bytes
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("06", run(Args::parse()))
}
