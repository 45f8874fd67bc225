//! The sender and the receiver of five messages over TCP.

use std::io::{ErrorKind, Write};
use std::thread;

use anyhow::{Context, Result, bail};
use common::Deadline;
use tap::TcpStream;

use crate::{Args, log_parts};

/// Receives to the end of the stream, and prints a line per recv.
pub fn receive_all(stream: &mut TcpStream, args: &Args) -> Result<()> {
    common::busy(args.busy);
    let mut buffer = vec![0; args.buffer.into()];
    let mut total = 0;
    loop {
        // TCP carries bytes, and has no word for where a message ends. A
        // recv takes what has arrived, up to the size of the buffer.
        let length = Deadline::after(args.timeout)
            .read(stream, &mut buffer)
            .context(match total {
                0 => "waiting for its messages (has it the same --demo?)",
                _ => "waiting for more",
            })?;
        if length == 0 {
            break;
        }
        total += length;
        let piece = &buffer[..length];
        common::print(&String::from_utf8_lossy(piece))?;
        log_parts(piece);
    }
    if total == 0 {
        bail!("it closed before sending anything");
    }
    common::log(&format!("end of the stream after {total} bytes"));
    Ok(())
}

/// Sends each message with a write of its own.
pub fn send_each(
    stream: &mut TcpStream,
    messages: &[&str],
    args: &Args,
) -> Result<()> {
    stream.set_nodelay(args.nodelay)?;
    for (number, message) in messages.iter().enumerate() {
        if number > 0 {
            thread::sleep(args.gap);
        }
        stream
            .write_all(message.as_bytes())
            .with_context(|| format!("sending {message}"))?;
    }

    // If the peer sends too, closing would lose all without an error.
    stream.set_nonblocking(true)?;
    match stream.peek(&mut [0]) {
        Ok(1) => bail!("it sends, and reads none (has it the same --demo?)"),
        Err(error) if error.kind() != ErrorKind::WouldBlock => {
            Err(error).context("after the last message")
        }
        _ => Ok(()),
    }
}
