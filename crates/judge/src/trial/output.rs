//! What a program has printed so far.

use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// One stream, read to its end by a thread of its own, up to a bound.
#[derive(Clone, Default)]
pub struct Output(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
    flooded: bool,
}

/// Nothing that a lesson's program prints comes near, in bytes.
const MAX: usize = 256 * 1024;

impl Output {
    /// Starts to read a stream.
    pub fn read(mut stream: impl Read + Send + 'static) -> Output {
        let output = Output::default();
        let writer = output.clone();
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                // A terminal's end is an error (EIO) on Linux.
                let length = stream.read(&mut buffer).unwrap_or(0);
                let mut state = writer.state();
                if length == 0 {
                    state.ended = true;
                    return;
                }
                // What is beyond is thrown away until the program is ended.
                let room = MAX - state.bytes.len();
                state.flooded |= length > room;
                state.bytes.extend(&buffer[..length.min(room)]);
            }
        });
        output
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that was read so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        let state = self.state();
        state.ended || state.flooded
    }

    /// Whether more came than any program of the course prints.
    pub fn has_flooded(&self) -> bool {
        self.state().flooded
    }
}
