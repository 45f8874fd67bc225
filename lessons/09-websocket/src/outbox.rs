//! The frames that wait to be sent to one client.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

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

/// When more frames than this wait, one send takes about [`BATCH`] bytes.
const MANY: usize = 32;

/// Bytes in one send, of many small frames.
const BATCH: usize = 64 * 1024;

/// A queue of frames, and the stream that they go to. Who puts one in never
/// waits; a thread of the client's own sends them. So a client that does not
/// read delays nobody else.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    stream: TcpStream,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    waiting: usize,
    closed: bool,
    overflowed: bool,
}

impl Outbox {
    /// A queue to a client, with its first bytes: the answer that lets it in.
    pub fn new(client: &TcpStream, first: Vec<u8>) -> io::Result<Outbox> {
        let stream = client.try_clone()?;
        // Nagle would keep back a frame until the one before is acknowledged.
        stream.set_nodelay(true)?;
        // What waits is to wait here, where it is counted.
        let socket: &std::net::TcpStream = &stream;
        SockRef::from(socket).set_send_buffer_size(SEND_BUFFER)?;
        let (queue, changed) = Default::default();
        let outbox = Outbox(Arc::new(Inner { stream, queue, changed }));
        outbox.push(first.into());
        Ok(outbox)
    }

    /// Puts in a whole frame. A client for which too much waits already is
    /// cut off.
    pub fn push(&self, frame: Bytes) {
        let mut queue = self.lock();
        if queue.closed {
            return;
        }
        queue.waiting += frame.len() + FRAME_COST;
        if queue.waiting > MAX_WAITING {
            (queue.closed, queue.overflowed) = (true, true);
            // This wakes its two threads (on Windows perhaps only when its
            // send times out). It may be gone already.
            let _ = self.0.stream.shutdown(Shutdown::Both);
        }
        queue.frames.push_back(frame);
        self.0.changed.notify_one();
    }

    /// Lets nothing more in. What waits is still sent.
    pub fn close(&self) {
        self.lock().closed = true;
        self.0.changed.notify_one();
    }

    /// Sends what is put in, until the queue is closed and empty.
    pub fn send_all(&self) -> Result<()> {
        let mut sent = Ok(());
        while let (Ok(()), Some(bytes)) = (&sent, self.next()) {
            sent = (&self.0.stream).write_all(&bytes);
        }
        if self.lock().overflowed {
            bail!("it does not read: {MAX_WAITING} bytes wait for it");
        }
        if sent.is_err() {
            // It took nothing for too long, or is gone.
            self.close();
            let _ = self.0.stream.shutdown(Shutdown::Both);
        }
        sent.context("sending to it")
    }

    /// The next frame, or many at once when many wait: a send for each would
    /// be too slow then. `None` at the end.
    fn next(&self) -> Option<Bytes> {
        let mut queue = self.lock();
        while queue.frames.is_empty() && !queue.closed {
            let woken = self.0.changed.wait(queue);
            queue = woken.unwrap_or_else(PoisonError::into_inner);
        }
        let many = queue.frames.len() > MANY;
        let first = queue.pop()?;
        if !many {
            return Some(first);
        }
        let mut batch = Vec::from(first);
        while batch.len() < BATCH
            && let Some(frame) = queue.pop()
        {
            batch.extend_from_slice(&frame);
        }
        Some(batch.into())
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn pop(&mut self) -> Option<Bytes> {
        let frame = self.frames.pop_front()?;
        self.waiting -= frame.len() + FRAME_COST;
        Some(frame)
    }
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
