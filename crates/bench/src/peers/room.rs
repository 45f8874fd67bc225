//! Lesson 09's room in tasks, as far as the measurement's clients go: their
//! key and their short frames, nothing else, are understood.

use std::sync::Arc;

use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use super::{listen, print, ready};

/// What answers the key of RFC 6455's own example.
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// How many messages may wait for a client that does not read.
const WAITING: usize = 1024;

type Frame = Arc<[u8]>;

pub fn serve() -> Result<()> {
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listen()?)?;
        ready(listener.local_addr()?);
        let (room, _) = channel(WAITING);
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(attend(stream, room.clone()));
        }
    })
}

/// Says to the room what a client says, while a task of its own tells the
/// client what the room says.
async fn attend(stream: TcpStream, room: Sender<Frame>) -> Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(reader.read_u8().await?);
    }
    writer.write_all(ANSWER).await?;
    tokio::spawn(tell(writer, room.subscribe()));
    loop {
        let opcode = reader.read_u8().await?;
        let length = reader.read_u8().await? & 0x7f;
        ensure!(length < 126, "the frame is too long for this");
        let mask = reader.read_u32().await?.to_be_bytes();
        let mut frame = vec![0; 2 + usize::from(length)];
        [frame[0], frame[1]] = [opcode, length];
        reader.read_exact(&mut frame[2..]).await?;
        for (byte, mask) in frame[2..].iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        print(&frame[2..])?;
        // Somebody hears it: the client itself.
        room.send(frame.into())?;
    }
}

async fn tell(
    mut client: OwnedWriteHalf,
    mut room: Receiver<Frame>,
) -> Result<()> {
    loop {
        client.write_all(&room.recv().await?).await?;
    }
}
