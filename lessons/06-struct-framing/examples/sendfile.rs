//! Lesson 06's server the zero-copy way, with Linux's sendfile(2).
//!
//! The kernel moves the file into the socket by itself; no byte passes
//! through this program, and there is no block to choose. Start it with
//! `cargo run -p struct-framing --example sendfile`, then `just client 06`.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use struct_framing::SharedFile;
use struct_framing::frame::{self, Header};
use tap::{TcpListener, TcpStream};

/// Sends the header as ever, and has the kernel send the file.
fn send(
    stream: &mut TcpStream,
    file: &File,
    header: &Header,
    args: &Args,
) -> Result<()> {
    stream.set_write_timeout(Some(args.timeout))?;
    frame::write(header, stream).context("sending the header")?;

    let size = header.filesize;
    let mut sent = 0;
    while sent < size {
        // Like write, it may take less than it is given.
        let length = send_some(stream, file, size - sent)
            .with_context(|| format!("{sent} of {size} bytes sent"))?;
        if length == 0 {
            bail!("the file has shrunk: {sent} of {size} bytes sent");
        }
        sent += length as u64;
    }
    Ok(())
}

/// sendfile(2): at most 0x7ffff000 bytes a call, from where the file stands.
#[cfg(target_os = "linux")]
fn send_some(
    stream: &TcpStream,
    file: &File,
    left: u64,
) -> std::io::Result<usize> {
    let most = usize::try_from(left.min(0x7fff_f000)).unwrap_or(usize::MAX);
    let sendfile = || rustix::fs::sendfile(&**stream, file, None, most);
    Ok(rustix::io::retry_on_intr(sendfile)?)
}

#[cfg(not(target_os = "linux"))]
fn send_some(_: &TcpStream, _: &File, _: u64) -> std::io::Result<usize> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn run(args: Args) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("this example needs Linux; 06-server runs everywhere");
    }
    let shared = SharedFile::new(args.file.as_deref())?;
    let listener = TcpListener::bind(args.address)
        .with_context(|| format!("listening on {}", args.address))?;
    common::ready("06", listener.local_addr()?);

    let prepare = || shared.open();
    common::each_client(&listener, prepare, move |mut stream, peer, opened| {
        let (file, header) = opened?;
        send(&mut stream, &file, &header, &args)?;
        common::log(&format!("client {peer}: sent {} bytes", header.filesize));
        Ok(())
    })
}

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
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("06", run(Args::parse()))
}
