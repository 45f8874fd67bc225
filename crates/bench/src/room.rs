//! One speaks in a WebSocket room, many listen, all in one thread.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream as Blocking};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::load::Counted;

/// The key is that of RFC 6455's example.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: here\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// What is said, each time.
const TEXT: &[u8; 32] = b"thirty-two bytes, said to a room";

/// A frame from the server: the header's two bytes and the text.
const HEARD: usize = 2 + TEXT.len();

/// How many messages may be on their way at once. Python's server gives up a
/// client for whom a hundred wait.
const ON_THE_WAY: usize = 50;

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lets one client speak for so long, and waits until all have heard
/// everything. The rate is of deliveries to the listeners; a wait is that for
/// the last one who hears a message.
///
/// # Errors
///
/// When a client cannot enter, or hears something else, or nothing.
pub fn speak(
    listeners: usize,
    duration: Duration,
    server: SocketAddr,
) -> Result<Counted> {
    let mut poll = Poll::new()?;
    let mut clients = Vec::new();
    for (place, stream) in enter(server, listeners + 1)?.into_iter().enumerate()
    {
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let readable = Interest::READABLE;
        poll.registry().register(&mut stream, Token(place), readable)?;
        clients.push(Client { stream, received: 0 });
    }
    let expected = frame(None).repeat(BUFFER / HEARD + 2);
    let mut buffer = vec![0; BUFFER];
    let said = frame(Some([0; 4]));
    let mut events = Events::with_capacity(1024);
    let mut waits = Histogram::new(3)?;
    // When each message was said that somebody has not heard yet.
    let mut on_the_way = VecDeque::new();
    let mut heard_by_all = 0;
    let began = Instant::now();
    loop {
        if began.elapsed() < duration {
            let more = ON_THE_WAY - on_the_way.len();
            clients[0].stream.write_all(&said.repeat(more))?;
            on_the_way.resize(ON_THE_WAY, Instant::now());
        } else if on_the_way.is_empty() {
            break;
        }
        match poll.poll(&mut events, Some(PATIENCE)) {
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        }
        ensure!(!events.is_empty(), "a message was not heard within 10 s");
        for event in &events {
            clients[event.token().0].hear(&mut buffer, &expected)?;
        }
        let least = clients.iter().map(|client| client.received).min();
        while heard_by_all < least.unwrap_or(0) / HEARD
            && let Some(said) = on_the_way.pop_front()
        {
            heard_by_all += 1;
            waits.record(u64::try_from(said.elapsed().as_nanos())?)?;
        }
    }
    let deliveries = (heard_by_all * listeners) as f64;
    let per_second = deliveries / began.elapsed().as_secs_f64();
    Ok(Counted { per_second, waits, failed: 0 })
}

/// How much is received at a time, at most.
const BUFFER: usize = 16 * 1024;

struct Client {
    stream: TcpStream,
    received: usize,
}

impl Client {
    /// Receives what there is, and compares it with what should come.
    fn hear(&mut self, buffer: &mut [u8], expected: &[u8]) -> Result<()> {
        loop {
            let length = match self.stream.read(buffer) {
                Ok(0) => bail!("it ended the connection"),
                Ok(length) => length,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("listening"),
            };
            let expected = &expected[self.received % HEARD..][..length];
            ensure!(buffer[..length] == *expected, "it says something else");
            self.received += length;
        }
    }
}

/// The text in a frame, from a client where there is a mask.
fn frame(mask: Option<[u8; 4]>) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![0x81, bit | 32];
    frame.extend(mask.iter().flatten());
    let mask = mask.unwrap_or_default();
    let masked = TEXT.iter().zip(mask.iter().cycle());
    frame.extend(masked.map(|(byte, mask)| byte ^ mask));
    frame
}

/// Brings clients into a room. Each says one message when it has entered and
/// waits until it hears that itself, so that it is there for certain.
fn enter(server: SocketAddr, clients: usize) -> Result<Vec<Blocking>> {
    let mut all = Vec::new();
    for _ in 0..clients {
        let mut stream = Blocking::connect(server).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(REQUEST).context("asking for the WebSocket")?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).context("waiting for its answer")?;
            head.extend(byte);
        }
        let head = String::from_utf8_lossy(&head);
        ensure!(head.starts_with("HTTP/1.1 101 "), "it answers {head:?}");
        stream.write_all(&frame(Some([0; 4])))?;
        stream.read_exact(&mut [0; HEARD]).context("listening to itself")?;
        all.push(stream);
    }
    // Those who came earlier have heard those who came later.
    for (place, mut stream) in all.iter().enumerate() {
        let mut rest = vec![0; HEARD * (clients - 1 - place)];
        stream.read_exact(&mut rest).context("listening to the others")?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_masks_its_frame_and_a_server_does_not() {
        let theirs = frame(None);
        assert_eq!(theirs.len(), HEARD);
        assert_eq!(theirs[..4], [0x81, 32, b't', b'h']);
        let ours = frame(Some([1, 2, 3, 4]));
        let begin = [0x81, 0x80 | 32, 1, 2, 3, 4, b't' ^ 1, b'h' ^ 2];
        assert_eq!(ours[..8], begin);
        assert_eq!(ours.len(), HEARD + 4);
    }
}
