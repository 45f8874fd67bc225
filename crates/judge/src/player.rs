//! Plays a check's script, step by step.

use std::time::Duration;

use programs::lang::{tr, tr_with};

use crate::outcome::{Kind, Outcome, Stop};
use crate::script::{Action, Name, Step, debug};
use crate::trial::wait::{PATIENCE, START, Wait, pause};
use crate::trial::{End, Trial, like};

/// Plays the steps; stops at the first that does not go as it should, and
/// gives its place.
pub fn play(steps: &[Step], trial: &mut Trial) -> Result<(), (usize, Stop)> {
    for (place, step) in steps.iter().enumerate() {
        trial.play(&step.action).map_err(|stop| (place, stop))?;
    }
    Ok(())
}

impl Trial {
    /// Plays one step.
    pub fn play(&mut self, action: &Action) -> Outcome {
        match action {
            Action::Give(name, value) => self.give(name, value),
            Action::Env(name, value) => {
                self.set_env(name, value);
                Ok(())
            }
            Action::Start => self.start(),
            Action::Restart => self.restart(),
            Action::Connect(name) => self.connect(name),
            Action::Accept(name) => self.accept(name),
            Action::Ask(name) => self.ask(name),
            Action::Bind(name) => self.bind(name),
            Action::Stranger(name, of) => self.stranger(name, of),
            Action::Send(name, bytes) => self.send(name, bytes),
            Action::TrySend(name, bytes) => self.try_send(name, bytes),
            Action::Pieces(name, bytes, size) => {
                let words = "sent the following {size} at a time";
                self.did(tr_with(words, &[("size", size)]));
                self.sent(bytes);
                let sent = self.connection(name)?.send_pieces(bytes, *size);
                sent.map_err(|stop| self.add_end(stop))
            }
            Action::Drip(name, bytes) => self.drip(name, bytes),
            Action::Expect(name, bytes) => self.expect(name, bytes),
            Action::ExpectLike(name, pattern) => {
                self.expect_like(name, pattern)
            }
            Action::ExpectEnd(name) => self.expect_end(name),
            Action::Quiet(name, time) => self.quiet(name, *time),
            Action::CloseSending(name) => {
                self.did(tr("closed the sending side"));
                self.connection(name)?.close_sending();
                Ok(())
            }
            Action::Close(name) if self.is_socket(name) => {
                self.did(tr("closed the socket"));
                self.remove_socket(name).map(drop)
            }
            Action::Close(name) => {
                self.did(tr("closed the connection"));
                self.take(name).map(drop)
            }
            Action::Reset(name) => {
                self.did(tr("reset the connection"));
                self.take(name)?.reset()
            }
            Action::Type(text) => {
                self.type_in(text);
                Ok(())
            }
            Action::CloseStdin => {
                self.close_stdin();
                Ok(())
            }
            Action::Prints(line) => self.prints(line),
            Action::Shows(prompt) => self.shows(prompt),
            Action::PrintsPart(text) => self.prints_part(text),
            Action::PrintsSafely(words) => self.prints_safely(words),
            Action::Explains => self.explains(),
            Action::Runs => self.runs(),
            Action::Ends(code) => self.ends(*code),
            Action::GivesUp(code) => {
                self.did(tr("sent nothing more"));
                self.gives_up(*code)
            }
            Action::Pause(time) => {
                let words = "did nothing for {time}";
                self.did(tr_with(words, &[("time", &debug(time))]));
                pause(*time)
            }
            Action::Call(_, play) => play(self),
        }
    }

    /// Sends bytes on a stream, or as a datagram.
    pub fn send(&mut self, name: Name, bytes: &[u8]) -> Outcome {
        self.sent(bytes);
        if !self.is_socket(name) {
            let sent = self.connection(name)?.send(bytes);
            return sent.map_err(|stop| self.add_end(stop));
        }
        let mut socket = self.remove_socket(name)?;
        let sent = socket.send(bytes, || self.has_ended());
        self.put_socket(name, socket);
        sent.map_err(|stop| self.add_end(stop))
    }

    fn try_send(&mut self, name: Name, bytes: &[u8]) -> Outcome {
        self.sent(bytes);
        if self.is_socket(name) {
            self.socket(name)?.try_send(bytes);
        } else {
            let _ = self.connection(name)?.send(bytes);
        }
        Ok(())
    }

    /// Receives at most this many bytes, until they are known to be wrong.
    pub fn receive(
        &mut self,
        name: Name,
        most: usize,
        time: Duration,
        enough: impl Fn(&[u8]) -> bool,
    ) -> Outcome<crate::trial::Received> {
        let mut connection = self.take(name)?;
        let received = connection
            .receive(most, time, enough, || self.has_ended().map(drop));
        self.put(name, connection);
        let received = received?;
        self.received(&received.bytes);
        Ok(received)
    }

    /// Receives exactly this many bytes, whichever they are.
    pub fn receive_exactly(
        &mut self,
        name: Name,
        length: usize,
    ) -> Outcome<Vec<u8>> {
        let received = self.receive(name, length, PATIENCE, |_| false)?;
        let count = received.bytes.len();
        if count == length {
            return Ok(received.bytes);
        }
        let (kind, how) = match received.end {
            Some(End::Closed) => {
                (Kind::End, "it closed after {count} of {length} bytes")
            }
            Some(End::Reset) => (
                Kind::End,
                "it reset the connection after {count} of {length} bytes",
            ),
            None => {
                let kind = if count == 0 { Kind::Nothing } else { Kind::Part };
                (kind, "nothing more came after {count} of {length} bytes")
            }
        };
        let what = tr_with(how, &[("count", &count), ("length", &length)]);
        Err(self.with_end(kind, &what))
    }

    /// Receives all that comes until the program closes, up to a bound.
    pub fn receive_all(
        &mut self,
        name: Name,
        most: usize,
    ) -> Outcome<crate::trial::Received> {
        self.receive(name, most, PATIENCE, |_| false)
    }

    /// Receives until there are enough bytes, the end, or the time is over.
    pub fn receive_until(
        &mut self,
        name: Name,
        most: usize,
        enough: impl Fn(&[u8]) -> bool,
    ) -> Outcome<crate::trial::Received> {
        self.receive(name, most, PATIENCE, enough)
    }

    /// The next datagram; `None` when there is none within a time.
    pub fn datagram(
        &mut self,
        name: Name,
        time: Duration,
    ) -> Outcome<Option<Vec<u8>>> {
        let mut socket = self.remove_socket(name)?;
        let received = socket.receive(time, || self.has_ended());
        self.put_socket(name, socket);
        let received = received?;
        if let Some(bytes) = &received {
            self.received(bytes);
        }
        Ok(received)
    }

    /// Expects exactly these bytes next; on UDP, in one datagram.
    pub fn expect(&mut self, name: Name, expected: &[u8]) -> Outcome {
        if self.is_socket(name) {
            return self.expect_datagram(name, expected);
        }
        let wrong = |bytes: &[u8]| !expected.starts_with(bytes);
        let received = self.receive(name, expected.len(), PATIENCE, wrong)?;
        let bytes = received.bytes;
        if bytes == expected {
            return Ok(());
        }
        let (kind, what) = if wrong(&bytes) {
            (Kind::Other, "other bytes came")
        } else {
            match received.end {
                Some(End::Closed) => {
                    (Kind::End, "it closed before all had come")
                }
                Some(End::Reset) => {
                    (Kind::End, "it reset the connection before all had come")
                }
                None if bytes.is_empty() => {
                    (self.nothing(), "nothing came within 12 s")
                }
                None => (Kind::Part, "a part came, and no more within 12 s"),
            }
        };
        Err(self.with_end(kind, tr(what)).with_bytes(expected, bytes))
    }

    fn nothing(&self) -> Kind {
        if self.stdout().is_empty() { Kind::Mute } else { Kind::Nothing }
    }

    fn expect_datagram(&mut self, name: Name, expected: &[u8]) -> Outcome {
        // The program may have been started just now.
        let time = START.saturating_sub(self.age()).max(PATIENCE);
        match self.datagram(name, time)? {
            Some(bytes) if bytes == expected => Ok(()),
            Some(bytes) => {
                let part = expected.starts_with(&bytes);
                let kind = if part { Kind::Part } else { Kind::Other };
                let what = tr("another datagram came");
                Err(self.with_end(kind, what).with_bytes(expected, bytes))
            }
            None => {
                let what = tr("no datagram came within 12 s");
                let stop = self.with_end(self.nothing(), what);
                Err(stop.with_bytes(expected, ""))
            }
        }
    }

    /// The next datagram, of a program that must not end meanwhile.
    pub fn answer(&mut self, name: Name) -> Outcome<Vec<u8>> {
        if let Some(bytes) = self.datagram(name, PATIENCE)? {
            return Ok(bytes);
        }
        self.runs()?;
        let what = tr("no datagram came within 12 s");
        Err(self.with_end(self.nothing(), what))
    }

    /// Expects one datagram like this text, in which `#` is any digit.
    fn expect_like(&mut self, name: Name, pattern: &str) -> Outcome {
        let bytes = self.answer(name)?;
        let expected = like(pattern, &bytes);
        if bytes == expected {
            return Ok(());
        }
        let part = expected.starts_with(&bytes);
        let kind = if part { Kind::Part } else { Kind::Other };
        let what = tr("another datagram came");
        Err(self.with_end(kind, what).with_bytes(expected, bytes))
    }

    /// Expects that the program closes, and sends nothing more before.
    ///
    /// One that closes gracefully may wait for this side's end, so after a
    /// while that is sent.
    pub fn expect_end(&mut self, name: Name) -> Outcome {
        let mut received =
            self.receive(name, 1, Duration::from_secs(1), |_| false)?;
        if received.end.is_none() && received.bytes.is_empty() {
            self.connection(name)?.close_sending();
            received = self.receive(name, 1, PATIENCE, |_| false)?;
        }
        // Bytes that it left unread turn its close into a reset.
        if received.end.is_some() {
            return Ok(());
        }
        if received.bytes.is_empty() {
            let what = tr("it had not closed the connection 12 s later");
            return Err(Stop::mismatch(Kind::NotEnded, what));
        }
        let brief = Duration::from_millis(200);
        let rest = self.receive(name, 1000, brief, |_| false)?;
        let bytes = [received.bytes, rest.bytes].concat();
        let what = tr("more bytes came, where the end was expected");
        Err(Stop::mismatch(Kind::More, what).with_bytes("", bytes))
    }

    /// Expects that nothing comes for a time, and no end either.
    pub fn quiet(&mut self, name: Name, time: Duration) -> Outcome {
        if self.is_socket(name) {
            return match self.datagram(name, time)? {
                None => Ok(()),
                Some(bytes) => Err(too_soon(&bytes)),
            };
        }
        let received = self.receive(name, 1, time, |_| false)?;
        if received.end.is_some() {
            let what = tr("it closed the connection too early");
            return Err(self.with_end(Kind::End, what));
        }
        if received.bytes.is_empty() {
            return Ok(());
        }
        Err(too_soon(&received.bytes))
    }

    /// Sends a byte now and then until the program closes.
    fn drip(&mut self, name: Name, bytes: &[u8]) -> Outcome {
        self.did(tr("sent a byte every 400 ms"));
        let wait = Wait::new(PATIENCE);
        for byte in bytes {
            let _ = self.connection(name)?.send(&[*byte]);
            let time = Duration::from_millis(400);
            let received = self.receive(name, 1, time, |_| false)?;
            if received.end.is_some() {
                return Ok(());
            }
            if wait.is_over() {
                break;
            }
        }
        let what = tr("it was still waiting 12 s later");
        Err(Stop::mismatch(Kind::NotEnded, what))
    }

    /// Adds how the program ended to a mismatch that a connection found.
    fn add_end(&mut self, stop: Stop) -> Stop {
        let Stop::Mismatch(mismatch) = stop else {
            return stop;
        };
        self.with_end(mismatch.kind, &mismatch.what)
    }
}

fn too_soon(bytes: &[u8]) -> Stop {
    let what = tr("bytes came, where none were expected yet");
    Stop::mismatch(Kind::More, what).with_bytes("", bytes)
}
