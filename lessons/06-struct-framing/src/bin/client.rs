//! Lesson 06, the client: reads the header, then exactly the bytes it promises.
//!
//! Start it with `just client 06`, once `just server 06` is running.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use byteorder::{BigEndian, LittleEndian};
use clap::Parser;
use common::Deadline;
use struct_framing::{PartialFile, base_name, block_size, frame, progress_bar};
use tap::TcpStream;

/// Receives exactly `size` bytes, as the header promised, and then the end.
fn receive_file(
    stream: &mut TcpStream,
    size: u64,
    file: &mut PartialFile,
    args: &Args,
) -> Result<()> {
    if !args.busy.is_zero() {
        common::log(&format!("busy for {:?} after each block", args.busy));
    }
    let bar = progress_bar(size)?;
    let mut block = vec![0; args.block];
    let mut received = 0;
    loop {
        // One recv is what has arrived by now: a part of a block, mostly.
        let length = Deadline::after(args.timeout)
            .read(stream, &mut block)
            .with_context(|| {
                format!("{received} of {size} bytes came; waiting for more")
            })?;
        received += length as u64;
        if received > size {
            bail!("more came than the {size} bytes announced");
        }
        if length == 0 && received == size {
            return Ok(());
        }
        if length == 0 {
            bail!("it closed after {received} of {size} bytes of the file");
        }
        file.write(&block[..length])?;
        bar.set_position(received);
        thread::sleep(args.busy);
    }
}

fn run(args: &Args) -> Result<()> {
    let server = args.address;
    let mut stream = TcpStream::connect_timeout(&server, args.timeout)
        .with_context(|| format!("connecting to {server}"))?;
    common::not_itself(stream.local_addr()?, server)?;
    let named = || format!("server {server}");

    let deadline = Deadline::after(args.timeout);
    let recv = |buffer: &mut [u8]| deadline.read(&mut stream, buffer);
    let header = if args.big_endian {
        frame::read::<BigEndian>(recv).with_context(named)?
    } else {
        frame::read::<LittleEndian>(recv).with_context(named)?
    };
    common::try_print(&header.to_string())?;

    let target = match &args.output {
        Some(output) => output.as_path(),
        None => base_name(&header.filename).with_context(named)?.as_ref(),
    };
    let mut file = PartialFile::create(target, args.force)?;
    receive_file(&mut stream, header.filesize, &mut file, args)
        .with_context(named)?;
    file.publish()
}

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

    /// How long to be busy after each block: a slow reader, for whom the
    /// server's send has to wait
    #[arg(long, default_value = "0ms", value_parser = common::duration)]
    busy: Duration,

    /// Read the length's four bytes the other way round, and see
    #[arg(long)]
    big_endian: bool,

    /// How long to wait: to connect, for all of the header, for each block
    #[arg(long, default_value = "5s", value_parser = common::timeout)]
    timeout: Duration,
}

fn main() -> ExitCode {
    common::exit_code("06", run(&Args::parse()))
}
