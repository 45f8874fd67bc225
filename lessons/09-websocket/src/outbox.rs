//! The frames that wait to be sent to one client.

use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, bail};
use socket2::SockRef;
use tap::TcpStream;
use tungstenite::Bytes;

/// The most bytes that may wait for one client.
const MAX_WAITING: usize = 1024 * 1024;

/// The most bytes that the kernel is to keep for one client, in addition.
const SEND_BUFFER: usize = 64 * 1024;

/// What a frame costs beside its bytes, so that empty ones are bounded too.
const FRAME_COST: usize = 64;

/// When more than this waits behind a frame, one send takes several, up to so
/// many bytes: a send for each would be too slow.
const MUCH: usize = 4096;

/// A queue of frames to one client. Who puts one in never waits; a thread of
/// the client's own sends them. So one that does not read delays nobody else.
#[derive(Clone)]
pub struct Outbox {
    frames: Sender<Bytes>,
    client: Arc<Client>,
}

struct Client {
    stream: TcpStream,
    /// Bytes and costs of all that was put in and not yet sent.
    waiting: AtomicUsize,
    /// Why it was cut off.
    cut: OnceLock<&'static str>,
}

impl Outbox {
    /// A queue to a client, with its first bytes: the answer that lets it in.
    pub fn new(
        client: &TcpStream,
        first: Vec<u8>,
    ) -> io::Result<(Outbox, Receiver<Bytes>)> {
        let stream = client.try_clone()?;
        // Nagle would keep back a frame until the one before is acknowledged.
        stream.set_nodelay(true)?;
        // What waits is to wait here, where it is counted.
        let socket: &std::net::TcpStream = &stream;
        SockRef::from(socket).set_send_buffer_size(SEND_BUFFER)?;
        let (waiting, cut) = Default::default();
        let client = Arc::new(Client { stream, waiting, cut });
        let (frames, taken) = channel();
        let outbox = Outbox { frames, client };
        outbox.push(first.into());
        Ok((outbox, taken))
    }

    /// Puts in a whole frame. A client for which too much waits already is
    /// cut off.
    pub fn push(&self, frame: Bytes) {
        let waiting = &self.client.waiting;
        if waiting.fetch_add(cost(&frame), Relaxed) > MAX_WAITING {
            return self.cut("it does not read: 1 MiB waits for it");
        }
        // Nobody takes it once its sends have failed.
        let _ = self.frames.send(frame);
    }

    /// Says that what waits is all: no frame is empty.
    pub fn close(&self) {
        let _ = self.frames.send(Bytes::new());
    }

    /// Ends the connection at once, and says why.
    pub fn cut(&self, why: &'static str) {
        self.client.cut.get_or_init(|| why);
        // This wakes its two threads (on Windows perhaps only when its send
        // times out). It may be gone already.
        let _ = self.client.stream.shutdown(Shutdown::Both);
    }

    /// Sends what is put in, until it is closed.
    pub fn send_all(&self, frames: &Receiver<Bytes>) -> Result<()> {
        let Client { stream, waiting, cut } = &*self.client;
        let mut frames = frames.iter().take_while(|frame| !frame.is_empty());
        let mut sent = Ok(());
        while let (Ok(()), Some(frame)) = (&sent, frames.next()) {
            let (mut taken, mut bytes) = (cost(&frame), Vec::from(frame));
            while bytes.len() < MUCH
                && waiting.load(Relaxed) > taken + MUCH
                && let Some(frame) = frames.next()
            {
                taken += cost(&frame);
                bytes.extend_from_slice(&frame);
            }
            sent = (&*stream).write_all(&bytes);
            waiting.fetch_sub(taken, Relaxed);
        }
        if let Some(why) = cut.get() {
            bail!(*why);
        } else if sent.is_err() {
            // It took nothing for too long, or is gone.
            let _ = stream.shutdown(Shutdown::Both);
        }
        sent.context("sending to it")
    }
}

fn cost(frame: &Bytes) -> usize {
    frame.len() + FRAME_COST
}

/// What tungstenite writes by itself, a pong or a close: a whole frame each.
impl Write for Outbox {
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        self.push(Bytes::copy_from_slice(frame));
        Ok(frame.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
