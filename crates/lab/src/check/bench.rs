//! One check's place: the program under judgement, its address, and what it
//! prints.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::ExitStatus;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use socket2::{Domain, Socket as RawSocket, Type};

use super::failure::{Failure, Step};
use super::hints;
use super::player::{
    ANY, Connection, Event, Listener, Log, PATIENCE, START, Socket, Wait,
    interrupted,
};
use super::program::{Line, Program};

/// One check's place: the program, and all that is played for it.
pub struct Bench<'a> {
    line: &'a Line,
    /// Fresh, and gone after the check.
    folder: tempfile::TempDir,
    values: Vec<(&'static str, String)>,
    udp: bool,
    place: Option<Place>,
    judged: Rc<RefCell<Judged>>,
    started: Instant,
    /// So many bytes of its stdout were read already.
    read: usize,
    log: Log,
}

/// An address, and what keeps other labs away from its port meanwhile.
struct Place {
    address: SocketAddr,
    _lock: Option<RawSocket>,
}

impl<'a> Bench<'a> {
    /// A place for a check of a program that is started by this line, with
    /// the usual values of further placeholders.
    pub fn new(
        line: &'a Line,
        udp: bool,
        values: &[(&'static str, &str)],
    ) -> Step<Bench<'a>> {
        let values = values.iter().map(|(name, v)| (*name, (*v).to_owned()));
        Ok(Bench {
            line,
            folder: tempfile::tempdir()?,
            values: values.collect(),
            udp,
            place: None,
            judged: Rc::default(),
            started: Instant::now(),
            read: 0,
            log: Rc::default(),
        })
    }

    /// A folder of this check's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether one of the course's own is judged, whose current folder is
    /// this check's.
    pub fn is_ours(&self) -> bool {
        self.line.is_ours()
    }

    /// What happened so far.
    pub fn log(&self) -> Vec<Event> {
        self.log.borrow().clone()
    }

    /// Notes for the report what the check did.
    pub fn note(&self, what: impl Into<String>) {
        self.log.borrow_mut().push(Event::Did(what.into()));
    }

    /// What the program has printed and said so far.
    pub fn output(&self) -> (Vec<u8>, Vec<u8>) {
        let judged = self.judged.borrow();
        judged.program.as_ref().map_or((Vec::new(), Vec::new()), |program| {
            (program.stdout.bytes(), program.stderr.bytes())
        })
    }

    /// Gives a placeholder such as `{file}` its value, before the start.
    ///
    /// # Errors
    ///
    /// When the command has no such placeholder: this check cannot be tried.
    pub fn give(
        &mut self,
        name: &'static str,
        value: impl Into<String>,
    ) -> Step {
        if !self.line.has(name) {
            return Err(Failure::Without(name));
        }
        self.values.retain(|(known, _)| *known != name);
        self.values.push((name, value.into()));
        Ok(())
    }

    /// Judges with datagrams, or with streams, whatever the lesson's usual.
    pub fn speak_udp(&mut self, udp: bool) {
        self.udp = udp;
    }

    fn is_started(&self) -> bool {
        self.judged.borrow().program.is_some()
    }

    fn status(&self) -> Option<ExitStatus> {
        self.judged.borrow().status
    }

    /// Starts the program, once. A server is given a free port; a client is
    /// given one at which nobody is, unless `listen` or `bind` came before.
    pub fn start(&mut self) -> Step {
        if self.is_started() {
            return Ok(());
        }
        let place = match self.place.take() {
            Some(place) => place,
            None => free_place(self.udp)?,
        };
        let address = place.address;
        self.place = Some(place);
        let mut values = self.values.clone();
        values.push(("host", address.ip().to_string()));
        values.push(("port", address.port().to_string()));
        let program = Program::start(self.line, &values, self.folder.path());
        let program = program.map_err(Failure::CannotStart)?;
        *self.judged.borrow_mut() =
            Judged { program: Some(program), status: None };
        self.started = Instant::now();
        self.read = 0;
        Ok(())
    }

    /// Starts the program once more, on the same port, once it has ended or
    /// by ending it.
    pub fn restart(&mut self) -> Step {
        *self.judged.borrow_mut() = Judged::default();
        self.note("started it again");
        self.start()
    }

    /// The address that the program was given.
    pub fn address(&mut self) -> Step<SocketAddr> {
        self.start()?;
        let place = self.place.as_ref();
        Ok(place.context("no address").map_err(Failure::Ours)?.address)
    }

    /// Connects to the server under judgement, which is started by that.
    pub fn connect(&mut self) -> Step<Connection> {
        self.udp &= self.is_started();
        let address = self.address()?;
        let wait = Wait::new(START.saturating_sub(self.started.elapsed()));
        let stream = loop {
            // A stream that met itself has met no server: on loopback, the
            // port that nobody listens on yet may be chosen for this side.
            let tried = TcpStream::connect_timeout(&address, PATIENCE);
            match tried {
                Ok(stream) if stream.local_addr()? != address => break stream,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => {
                    let what = format!("connecting to it failed: {error}");
                    return Err(self.with_end(Failure::new(what)));
                }
            }
            let ended = self.ended()?;
            if ended || !wait.goes_on()? {
                let what = match ended {
                    true => "it ended before anybody could connect",
                    false => "nobody could connect to it within 10 s",
                };
                return Err(self.with_end(Failure::new(what)).hint(
                    "does it bind to the host and port of its arguments, \
                     and listen there?",
                ));
            }
        };
        self.note("connected");
        Connection::new(stream, &self.log, &self.judged)
    }

    /// Listens, for the client under judgement, which is started by that.
    pub fn listen(&mut self) -> Step<Listener> {
        let at = self.place.as_ref().map_or(ANY, |place| place.address);
        let listener = TcpListener::bind(at)?;
        listener.set_nonblocking(true)?;
        if self.place.is_none() {
            let address = listener.local_addr()?;
            self.place = Some(Place { address, _lock: None });
        }
        self.start()?;
        Ok(Listener { listener })
    }

    /// Accepts the client under judgement.
    pub fn accept(&mut self, listener: &Listener) -> Step<Connection> {
        let wait = Wait::new(PATIENCE);
        loop {
            match listener.listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false)?;
                    self.note("accepted its connection");
                    return Connection::new(stream, &self.log, &self.judged);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
            // It may have connected just before it ended: look once more.
            let ended = self.status().is_some();
            if ended || !wait.goes_on()? {
                let what = match ended {
                    true => "it ended without connecting",
                    false => "it did not connect within 12 s",
                };
                return Err(self.with_end(Failure::new(what)).hint(
                    "does it connect to the host and port of its arguments?",
                ));
            }
            self.ended()?;
        }
    }

    /// A UDP client of the server under judgement, which is started by that.
    pub fn socket(&mut self) -> Step<Socket> {
        self.udp |= !self.is_started();
        let address = self.address()?;
        let socket = UdpSocket::bind(ANY)?;
        socket.connect(address)?;
        Ok(Socket::new(socket, Some(address), &self.log, &self.judged))
    }

    /// Binds a UDP socket, for the client under judgement, which is started
    /// by that.
    pub fn bind(&mut self) -> Step<Socket> {
        let at = self.place.as_ref().map_or(ANY, |place| place.address);
        let socket = UdpSocket::bind(at)?;
        if self.place.is_none() {
            let address = socket.local_addr()?;
            self.place = Some(Place { address, _lock: None });
        }
        self.start()?;
        Ok(Socket::new(socket, None, &self.log, &self.judged))
    }

    /// Types something into the program.
    pub fn type_in(&mut self, text: &str) {
        self.note(format!("typed {text:?}"));
        if let Some(program) = &mut self.judged.borrow_mut().program {
            program.type_in(text.as_bytes());
        }
    }

    /// Closes the program's stdin, which was open until now.
    pub fn close_stdin(&mut self) {
        self.note("closed its stdin");
        if let Some(program) = &mut self.judged.borrow_mut().program {
            program.stdin = None;
        }
    }

    /// The next line that it prints, without the line's end; `None` when it
    /// ends before.
    pub fn line(&mut self) -> Step<Option<Vec<u8>>> {
        let wait = Wait::new(PATIENCE);
        loop {
            let over = self.is_silent()?;
            let printed = self.output().0;
            let rest = printed.get(self.read..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            if let Some(end) = end {
                self.read += end + 1;
                let line = &rest[..end];
                return Ok(Some(
                    line.strip_suffix(b"\r").unwrap_or(line).into(),
                ));
            }
            if over && !rest.is_empty() {
                self.read += rest.len();
                return Ok(Some(rest.into()));
            }
            if over {
                return Ok(None);
            }
            if !wait.goes_on()? {
                let what = "it did not print a whole line within 12 s";
                return Err(Failure::new(what).bytes("\n", rest));
            }
        }
    }

    /// Expects that it prints this line next.
    pub fn expect_line(&mut self, expected: &str) -> Step {
        let what = format!("it did not print {expected:?} as it should");
        let printed = self.line().map_err(|failure| match failure {
            Failure::Wrong(wrong) => {
                let rest = wrong.bytes.map(|(_, came)| came);
                Failure::new(&what)
                    .bytes(expected, rest.unwrap_or_default())
                    .hint(
                        "nothing, or half a line, came on stdout within 12 s; \
                         a program that prints must also flush, for stdout \
                         is a pipe here",
                    )
            }
            other => other,
        })?;
        let came = printed.unwrap_or_default();
        if came == expected.as_bytes() {
            return Ok(());
        }
        let repr = came.starts_with(b"b'") || came.starts_with(b"b\"");
        let failure = self.with_end(Failure::new(what)).bytes(expected, came);
        Err(match repr {
            true => failure.hint(
                "these are Python's words for bytes: what comes from a \
                 socket is bytes, to be decoded before it is printed",
            ),
            false => failure,
        })
    }

    /// Expects that it prints a line that begins as this text does, and no
    /// other: so much of it as the program took at once. Where a character
    /// was cut, U+FFFD stands for it.
    pub fn expect_part_of(&mut self, whole: &str) -> Step {
        let line = self.line()?;
        let came = line.clone().unwrap_or_default();
        let text = String::from_utf8_lossy(&came);
        let part = text.trim_end_matches('\u{fffd}');
        let is_part = !text.is_empty() && whole.starts_with(part);
        if is_part && line.is_some() {
            return Ok(());
        }
        let what = "it did not print the text, or a first part of it";
        Err(self.with_end(Failure::new(what)).bytes(whole, came))
    }

    /// Expects a line that holds these words, and nothing that could command
    /// a terminal or disorder a line: that must be escaped, however.
    pub fn expect_harmless_line(&mut self, words: &[&str]) -> Step {
        let Some(came) = self.line()? else {
            let what = "it printed nothing";
            return Err(self
                .with_end(Failure::new(what))
                .hint(hints::NOT_TEXT));
        };
        let text = String::from_utf8_lossy(&came);
        if let Some(harmful) = text.chars().find(|c| is_harmful(*c)) {
            let what = format!(
                "it printed U+{:04X} as it came, which may command a terminal",
                u32::from(harmful)
            );
            let shown: String =
                text.chars().filter(|c| !is_harmful(*c)).collect();
            return Err(Failure::new(what)
                .bytes(shown, came)
                .hint(hints::ESCAPES));
        }
        match words.iter().find(|word| !text.contains(**word)) {
            None => Ok(()),
            Some(word) => {
                let what = format!("the line that it printed lacks {word:?}");
                Err(Failure::new(what).bytes(word, &came).hint(hints::NOT_TEXT))
            }
        }
    }

    /// Expects that it prints nothing more, and ends with this exit code.
    pub fn expect_exit(&mut self, code: i32) -> Step {
        let ended = self.wait_for_end()?;
        if !ended {
            let what = "it had not ended 12 s later";
            return Err(Failure::new(what));
        }
        let printed = self.output().0;
        let more = printed.get(self.read..).unwrap_or_default();
        if !more.is_empty() {
            let what = "it printed more on stdout than it should";
            return Err(Failure::new(what).bytes("", more).hint(
                "stdout is for what the article's program prints; \
                 everything else belongs on stderr",
            ));
        }
        match self.status().and_then(|status| status.code()) {
            Some(came) if came == code => Ok(()),
            came => {
                let how = how_it_ended(came);
                let what = format!("{how}, where {code} was expected");
                let failure = Failure::new(what);
                Err(match came {
                    Some(101) => failure.hint(
                        "101 is how a Rust program ends that panics: what \
                         comes from outside must never reach unwrap or \
                         expect",
                    ),
                    Some(0) => failure.hint(
                        "what went wrong must show: a sentence on stderr, \
                         and the exit code 1",
                    ),
                    _ => failure,
                })
            }
        }
    }

    /// Expects that it prints all of these, in any order, and however its
    /// lines are parted: several threads may print them.
    pub fn expect_printed(&mut self, texts: &[&str]) -> Step {
        let wait = Wait::new(PATIENCE);
        loop {
            let printed = self.output().0;
            let printed = String::from_utf8_lossy(&printed);
            let mut missing = texts.iter().filter(|text| {
                let wanted = texts.iter().filter(|other| other == text);
                printed.matches(**text).count() < wanted.count()
            });
            let Some(missing) = missing.next() else {
                return Ok(());
            };
            if self.ended()? || !wait.goes_on()? {
                let what = format!("it did not print {missing:?} for each");
                return Err(self.with_end(Failure::new(what)));
            }
        }
    }

    /// Expects that it ends within 12 s; whether this gives it up or kills
    /// it is told apart by `expect_exit`.
    pub fn wait_for_end(&mut self) -> Step<bool> {
        let wait = Wait::new(PATIENCE);
        while !self.is_silent()? {
            if !wait.goes_on()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether it has printed anything by now, or does so within a second.
    pub fn has_printed(&mut self) -> bool {
        let wait = Wait::new(Duration::from_secs(1));
        loop {
            let over = self.is_silent().unwrap_or(true);
            let printed = !self.output().0.is_empty();
            if printed || over || !wait.goes_on().unwrap_or(false) {
                return printed;
            }
        }
    }

    /// Expects that it is still running.
    pub fn expect_running(&mut self) -> Step {
        if !self.ended()? {
            return Ok(());
        }
        let what = "it ended, where it should have gone on";
        Err(self.with_end(Failure::new(what)))
    }

    /// Whether it has ended, and all that it printed is known.
    pub fn is_silent(&mut self) -> Step<bool> {
        if !self.ended()? {
            return Ok(false);
        }
        // On a busy machine the last words take a while to be read. What it
        // started may keep its stdout open, and is not waited for.
        let wait = Wait::new(Duration::from_secs(5));
        let is_over = |p: &Program| p.stdout.is_over() && p.stderr.is_over();
        while !self.judged.borrow().program.as_ref().is_none_or(is_over)
            && wait.goes_on()?
        {}
        Ok(true)
    }

    /// Whether the program has ended.
    ///
    /// # Errors
    ///
    /// When it says too much, which ends it, or for Ctrl-C.
    pub fn ended(&self) -> Step<bool> {
        self.judged.borrow_mut().ended()
    }

    /// Adds to a failure how the program ended, if it has.
    fn with_end(&mut self, mut failure: Failure) -> Failure {
        // The end of a connection may be seen before the program's own.
        let wait = Wait::new(Duration::from_millis(200));
        while let (Ok(false), Ok(true)) = (self.ended(), wait.goes_on()) {}
        if let (Failure::Wrong(wrong), Some(status)) =
            (&mut failure, self.status())
        {
            let how = how_it_ended(status.code());
            wrong.what = format!("{}; {how}", wrong.what);
        }
        failure
    }
}

/// The program under judgement, which the connections look after too.
#[derive(Default)]
pub struct Judged {
    program: Option<Program>,
    status: Option<ExitStatus>,
}

impl Judged {
    /// Whether the program has ended.
    ///
    /// # Errors
    ///
    /// When it says too much, which ends it, or for Ctrl-C.
    pub fn ended(&mut self) -> Step<bool> {
        interrupted()?;
        let Some(program) = &mut self.program else {
            return Ok(true);
        };
        if program.stdout.has_flooded() || program.stderr.has_flooded() {
            program.end();
            let what = "it said more than 1 MiB, and was ended";
            return Err(Failure::new(what).hint(
                "a loop goes round without waiting: a recv of 0 bytes is the \
                 end of the stream, not \"nothing yet\"",
            ));
        }
        if self.status.is_none() {
            self.status = program.ended().map_err(Failure::Ours)?;
        }
        Ok(self.status.is_some())
    }

    /// How it ended, if it has.
    pub fn how(&self) -> Option<String> {
        self.status.map(|status| how_it_ended(status.code()))
    }
}

/// Control characters, and those that change the direction of a text.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn how_it_ended(code: Option<i32>) -> String {
    match code {
        Some(code) => format!("it ended with exit code {code}"),
        None => "it was ended by a signal".into(),
    }
}

/// A port for a server that cannot choose its own, and nobody there yet.
///
/// It is none of those that systems give to whoever asks for any: else a
/// client could be given the very port that it connects to, and meet itself.
/// The other protocol's port of the same number is kept meanwhile, as a sign
/// for other labs that this one is taken.
fn free_place(udp: bool) -> Step<Place> {
    let (own, other) = match udp {
        true => (Type::DGRAM, Type::STREAM),
        false => (Type::STREAM, Type::DGRAM),
    };
    let random = RandomState::new();
    for try_ in 0..1000_u64 {
        let offset = random.hash_one(try_) % 12_000;
        let port = 20_000 + u16::try_from(offset).unwrap_or(0);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let bound = |kind| {
            let socket = RawSocket::new(Domain::IPV4, kind, None)?;
            socket.bind(&address.into()).map(|()| socket)
        };
        if let (Ok(lock), Ok(_)) = (bound(other), bound(own)) {
            return Ok(Place { address, _lock: Some(lock) });
        }
    }
    Err(Failure::Ours(anyhow::anyhow!("no free port was found")))
}
