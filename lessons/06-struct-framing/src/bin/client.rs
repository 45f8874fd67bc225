//! Lesson 06, the client: read the header, then as much as it promises.
//!
//! Start it with `just client 06`, once `just server 06` is running.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use byteorder::{BigEndian, LittleEndian};
use clap::Parser;
use common::tap::TcpStream;
use struct_framing::{
    Incoming, Within, base_name, block_size, frame, progress_bar,
};

/// Receives a file, and keeps it only when it came whole
#[derive(Parser)]
struct Args {
    /// The server, as HOST:PORT
    #[arg(default_value = "127.0.0.1:8000", value_parser = common::address)]
    address: SocketAddr,

    /// Where to put the file; without it, here and under the sender's name
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite a file that exists
    #[arg(long)]
    force: bool,

    /// The most to receive and write at a time; the article's is 2048
    #[arg(long, value_name = "BYTES", default_value = "64KiB",
          value_parser = block_size)]
    block: usize,

    /// Be busy for so long after each block: a slow reader, for whom the
    /// server's send has to wait
    #[arg(long, default_value = "0ms", value_parser = common::duration)]
    busy: Duration,

    /// Read the length's four bytes the other way round, and see
    #[arg(long)]
    big_endian: bool,

    /// How long to wait: for all of the header, then for each block
    #[arg(long, default_value = "5s", value_parser = common::duration)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::report("06", fetch(&Args::parse()))
}

fn fetch(args: &Args) -> Result<()> {
    let server = args.address;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    let mut first = Within::new(&mut stream, args.timeout);
    let header = match args.big_endian {
        false => frame::read::<LittleEndian>(&mut first),
        true => frame::read::<BigEndian>(&mut first),
    };
    let header = header.with_context(|| format!("server {server}"))?;
    common::say(&header.to_string())?;

    let target = match &args.output {
        Some(output) => output.as_path(),
        None => base_name(&header.filename)
            .with_context(|| format!("server {server}"))?
            .as_ref(),
    };
    let mut file = Incoming::create(target, args.force)?;
    receive_file(&mut stream, &mut file, header.filesize, args)
        .with_context(|| format!("server {server}"))?;
    let written = file.publish()?;
    common::note(&format!("{} is whole", written.display()));
    Ok(())
}

/// Receives exactly `size` bytes, and then the end of the stream.
fn receive_file(
    stream: &mut TcpStream,
    file: &mut Incoming,
    size: u64,
    args: &Args,
) -> Result<()> {
    stream.set_read_timeout(Some(args.timeout))?;
    if !args.busy.is_zero() {
        let busy = args.busy;
        common::note(&format!("busy for {busy:?} after each block"));
    }
    let bar = progress_bar(size)?;
    let mut block = vec![0; args.block];
    let mut came = 0;
    loop {
        // One read is what has arrived by now: a part of a block, mostly.
        let length = match stream.read(&mut block) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read.with_context(|| {
                format!("{came} of {size} bytes came, but no end of the stream")
            })?,
        };
        came += length as u64;
        if came > size {
            bail!("more came than the {size} bytes announced");
        }
        if length == 0 {
            break;
        }
        file.write_all(&block[..length])
            .map_err(|error| anyhow!("writing the file: {error}"))?;
        bar.set_position(came);
        thread::sleep(args.busy);
    }
    if came < size {
        bail!("it closed after {came} of {size} bytes of the file");
    }
    Ok(())
}
