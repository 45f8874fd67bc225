//! The sender and the receiver of five messages over TCP.

use std::io::{Read, Write};
use std::thread::sleep;

use anyhow::{Context, Result, bail};
use common::tap::TcpStream;

use crate::{Args, note_parts};

/// Sends each message with a write of its own.
///
/// # Errors
///
/// When the connection breaks, naming the message.
pub fn send_each(
    stream: &mut TcpStream,
    messages: &[&str],
    args: &Args,
) -> Result<()> {
    stream.set_nodelay(args.nodelay)?;
    for (number, message) in messages.iter().enumerate() {
        if number > 0 {
            sleep(args.gap);
        }
        stream
            .write_all(message.as_bytes())
            .with_context(|| format!("sending {message}"))?;
    }
    Ok(())
}

/// Receives to the end of the stream, and prints a line a recv.
///
/// # Errors
///
/// When the connection breaks, or ends before anything came.
pub fn receive_all(stream: &mut TcpStream, args: &Args) -> Result<()> {
    common::busy(args.busy);
    let mut buffer = vec![0; args.buffer.into()];
    let mut total = 0;
    loop {
        // TCP carries bytes, and has no word for where a message ends. A
        // recv takes what has arrived, up to the size of the buffer.
        let length = stream.read(&mut buffer).context(match total {
            0 => "waiting for its messages (has it the same --demo?)",
            _ => "waiting for more",
        })?;
        if length == 0 {
            break;
        }
        total += length;
        let piece = &buffer[..length];
        common::say(&String::from_utf8_lossy(piece))?;
        note_parts(piece);
    }
    if total == 0 {
        bail!("it closed before sending anything");
    }
    common::note(&format!("end of the stream after {total} bytes"));
    Ok(())
}
