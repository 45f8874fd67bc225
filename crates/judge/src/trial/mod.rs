//! One trial: the program under judgement, its address, what it prints, and
//! the connections with it. All state of a check is here, so that the whole
//! script can be played again.

mod address;
mod command;
mod datagrams;
mod expect;
mod output;
mod stream;
mod subject;
pub mod wait;

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use programs::lang::{tr, tr_with};

use crate::outcome::{Kind, Outcome, Stop};
use crate::script::{Name, debug};
use address::{Place, alone};
pub use command::CommandTemplate;
pub use datagrams::Socket;
pub use expect::{gave_up, like};
pub use stream::{Connection, End, Received};
use subject::Subject;
use wait::{PATIENCE, START, Wait, interrupted};

/// What happened in a trial, for its report.
#[derive(Clone)]
pub enum Event {
    /// The judge did something.
    Did(String),
    /// The judge sent something.
    Sent(Vec<u8>),
    /// The program sent something.
    Received(Vec<u8>),
}

/// What a trial has to show.
#[derive(Default)]
pub struct Transcript {
    pub events: Vec<Event>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// One trial.
pub struct Trial {
    template: CommandTemplate,
    /// Fresh, and gone after the trial.
    folder: tempfile::TempDir,
    values: Vec<(&'static str, String)>,
    /// Variables of the program's environment.
    variables: Vec<(&'static str, String)>,
    udp: bool,
    place: Option<Place>,
    subject: Option<Subject>,
    started: Instant,
    /// How many bytes of its stdout and stderr were looked at already.
    read: usize,
    explained: usize,
    /// Whether a line editor shows what is typed.
    edits: bool,
    listener: Option<TcpListener>,
    connections: HashMap<Name, Connection>,
    sockets: HashMap<Name, Socket>,
    events: Vec<Event>,
    /// Whether anything was sent since the program was started.
    talked: bool,
}

impl Trial {
    /// A trial of a program that is started by this command, with the usual
    /// values of further placeholders.
    pub fn new(
        template: &CommandTemplate,
        udp: bool,
        values: &[(&'static str, &str)],
    ) -> Outcome<Trial> {
        let values = values.iter().map(|(name, v)| (*name, (*v).to_owned()));
        Ok(Trial {
            template: template.clone(),
            folder: tempfile::tempdir()?,
            values: values.collect(),
            variables: Vec::new(),
            udp,
            place: None,
            subject: None,
            started: Instant::now(),
            read: 0,
            explained: 0,
            edits: false,
            listener: None,
            connections: HashMap::new(),
            sockets: HashMap::new(),
            events: Vec::new(),
            talked: false,
        })
    }

    /// A folder of this trial's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What happened, and what the program printed.
    pub fn transcript(&mut self) -> Transcript {
        if let Ok(true) = self.has_ended() {
            // Its last words may not have been read yet.
            let _ = self.wait_for_output();
        }
        Transcript {
            events: std::mem::take(&mut self.events),
            stdout: self.stdout(),
            stderr: self.stderr(),
        }
    }

    /// Notes for the report what the judge did.
    pub fn did(&mut self, what: impl Into<String>) {
        self.events.push(Event::Did(what.into()));
    }

    /// Notes for the report what the judge sent.
    pub fn sent(&mut self, bytes: &[u8]) {
        self.talked = true;
        self.events.push(Event::Sent(bytes.into()));
    }

    /// Notes for the report what the program sent.
    pub fn received(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.talked = true;
            self.events.push(Event::Received(bytes.into()));
        }
    }

    /// All that the program has printed so far.
    pub fn stdout(&self) -> Vec<u8> {
        self.subject.as_ref().map_or(Vec::new(), |s| s.stdout.bytes())
    }

    pub fn stderr(&self) -> Vec<u8> {
        self.subject.as_ref().map_or(Vec::new(), |s| s.stderr.bytes())
    }

    /// How long ago the program was started.
    pub fn age(&self) -> std::time::Duration {
        self.started.elapsed()
    }

    /// Gives a placeholder its value, before the start.
    pub fn give(&mut self, name: &'static str, value: &str) -> Outcome {
        if !self.template.has(name) {
            return Err(Stop::MissingPlaceholder(name));
        }
        self.values.retain(|(known, _)| *known != name);
        self.values.push((name, value.to_owned()));
        Ok(())
    }

    /// Sets a variable in the program's environment, before the start.
    pub fn set_env(&mut self, name: &'static str, value: &str) {
        self.did(tr_with(
            "set {name} to {value}",
            &[("name", &name), ("value", &value)],
        ));
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
    }

    /// Judges with datagrams, or with streams, whatever the lesson's usual.
    pub fn use_udp(&mut self, udp: bool) {
        self.udp = udp;
    }

    /// Whether it judges with datagrams.
    pub fn uses_udp(&self) -> bool {
        self.udp
    }

    /// Gives the program this address of the machine, at a free port.
    pub fn move_to(&mut self, ip: Ipv4Addr) -> Outcome {
        let place = Place::free_at(ip).map_err(Stop::Broken)?;
        self.place = Some(place);
        Ok(())
    }

    /// Gives the program the address of somebody else's server.
    pub fn share_place(&mut self, address: SocketAddr) {
        self.place = Some(Place::of(address));
    }

    /// Starts the program, once.
    pub fn start(&mut self) -> Outcome {
        if self.subject.is_some() {
            return Ok(());
        }
        let address = self.place()?;
        let mut values = self.values.clone();
        values.push(("host", address.ip().to_string()));
        values.push(("port", address.port().to_string()));
        let mut command = self.template.fill(&values, self.folder.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let subject = Subject::start(command, self.template.program());
        self.subject = Some(subject.map_err(Stop::Broken)?);
        self.started = Instant::now();
        (self.read, self.explained) = (0, 0);
        Ok(())
    }

    /// Ends the program, and starts it with the same address.
    pub fn restart(&mut self) -> Outcome {
        self.subject = None;
        self.connections.clear();
        self.talked = false;
        self.did(tr("started it again"));
        self.start()
    }

    /// Ends the program.
    pub fn stop(&mut self) {
        self.subject = None;
    }

    /// The address that the program is given.
    pub fn place(&mut self) -> Outcome<SocketAddr> {
        if self.place.is_none() {
            let place = Place::free().map_err(Stop::Broken)?;
            self.place = Some(place);
        }
        let place = self.place.as_ref().context(tr("no address"));
        Ok(place.map_err(Stop::Broken)?.address)
    }

    /// Connects to the server under judgement, which is started by that.
    pub fn connect(&mut self, name: Name) -> Outcome {
        self.connect_by(name, |at| TcpStream::connect_timeout(at, PATIENCE))
    }

    /// Connects with so little room for what comes that the server's kernel
    /// soon takes no more from it.
    pub fn connect_narrow(&mut self, name: Name) -> Outcome {
        self.connect_by(name, stream::connect_narrow)
    }

    fn connect_by(
        &mut self,
        name: Name,
        connect: impl Fn(&SocketAddr) -> io::Result<TcpStream>,
    ) -> Outcome {
        let address = self.place()?;
        self.start()?;
        let wait = Wait::new(START.saturating_sub(self.age()).max(PATIENCE));
        let stream = loop {
            // A stream that met itself has met no server: on loopback, the
            // port that nobody listens on yet may be chosen for this side.
            match connect(&address) {
                Ok(stream) if stream.local_addr()? != address => break stream,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => {
                    let words = "connecting to it failed: {error}";
                    let what = tr_with(words, &[("error", &error)]);
                    return Err(self.with_end(Kind::Nothing, &what));
                }
            }
            if self.has_ended()? {
                let what = tr("it ended before anybody could connect");
                return Err(self.with_end(Kind::Nothing, what));
            }
            if !wait.goes_on()? {
                let what = tr("nobody could connect to it");
                return Err(self.with_end(Kind::Nothing, what));
            }
        };
        self.did(tr("connected"));
        self.connections.insert(name, Connection::new(stream)?);
        Ok(())
    }

    /// Listens for the client under judgement, which is started by that.
    pub fn listen(&mut self) -> Outcome {
        if self.listener.is_none() {
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let at = self.place.take().map_or(any, |place| place.address);
            let listener = {
                let _alone = alone();
                TcpListener::bind(at)?
            };
            listener.set_nonblocking(true)?;
            self.place = Some(Place::of(listener.local_addr()?));
            self.listener = Some(listener);
        }
        self.start()
    }

    /// Accepts the client under judgement.
    pub fn accept(&mut self, name: Name) -> Outcome {
        self.listen()?;
        let wait = Wait::new(START);
        loop {
            let accepted = match &self.listener {
                Some(listener) => listener.accept(),
                None => Err(ErrorKind::NotConnected.into()),
            };
            match accepted {
                Ok((stream, _)) => {
                    self.did(tr("accepted its connection"));
                    let connection = Connection::new(stream)?;
                    self.connections.insert(name, connection);
                    return Ok(());
                }
                Err(error) if stream::is_timeout(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
            if self.has_ended()? {
                let what = tr("it ended without connecting");
                return Err(self.with_end(Kind::Nothing, what));
            }
            if !wait.goes_on()? {
                let what = tr("it did not connect");
                return Err(self.with_end(Kind::Nothing, what));
            }
        }
    }

    /// A UDP socket that asks the server under judgement, which is started
    /// by that.
    pub fn ask(&mut self, name: Name) -> Outcome {
        let address = self.place()?;
        self.start()?;
        self.sockets.insert(name, Socket::asking(address)?);
        Ok(())
    }

    /// A UDP socket that the client under judgement asks; the client is
    /// started by that.
    pub fn bind(&mut self, name: Name) -> Outcome {
        self.udp = true;
        // Not a port that is given to anybody: while this socket is away, the
        // client could be given it, and meet itself.
        let address = self.place()?;
        let socket = {
            let _alone = alone();
            UdpSocket::bind(address)?
        };
        self.sockets.insert(name, Socket::asked(socket));
        self.start()
    }

    /// Another UDP socket, which knows the peer of `of`.
    pub fn stranger(&mut self, name: Name, of: Name) -> Outcome {
        let stranger = self.socket(of)?.stranger()?;
        self.sockets.insert(name, stranger);
        Ok(())
    }

    /// A connection by its name.
    pub fn connection(&mut self, name: Name) -> Outcome<&mut Connection> {
        let found = self.connections.get_mut(name);
        found
            .with_context(|| format!("no connection {name}"))
            .map_err(Stop::Broken)
    }

    /// Takes a connection out of the trial.
    pub fn take(&mut self, name: Name) -> Outcome<Connection> {
        let found = self.connections.remove(name);
        found
            .with_context(|| format!("no connection {name}"))
            .map_err(Stop::Broken)
    }

    /// Puts a connection in.
    pub fn put(&mut self, name: Name, connection: Connection) {
        self.connections.insert(name, connection);
    }

    pub fn socket(&mut self, name: Name) -> Outcome<&mut Socket> {
        let found = self.sockets.get_mut(name);
        found.with_context(|| format!("no socket {name}")).map_err(Stop::Broken)
    }

    /// Takes a UDP socket out of the trial.
    pub fn remove_socket(&mut self, name: Name) -> Outcome<Socket> {
        let found = self.sockets.remove(name);
        found.with_context(|| format!("no socket {name}")).map_err(Stop::Broken)
    }

    /// Puts a UDP socket in.
    pub fn put_socket(&mut self, name: Name, socket: Socket) {
        self.sockets.insert(name, socket);
    }

    /// Whether this is the name of a UDP socket.
    pub fn is_socket(&self, name: Name) -> bool {
        self.sockets.contains_key(name)
    }

    /// Types on the program's stdin.
    pub fn type_in(&mut self, text: &str) {
        self.did(tr_with("typed {text}", &[("text", &shorten(text))]));
        if let Some(subject) = &mut self.subject {
            subject.type_in(text.as_bytes());
        }
    }

    /// Closes the program's stdin.
    pub fn close_stdin(&mut self) {
        self.did(tr("closed its stdin"));
        if let Some(subject) = &mut self.subject {
            subject.close_stdin();
        }
    }

    /// Whether the program has ended. One that prints without end is ended,
    /// which is a mismatch.
    pub fn has_ended(&mut self) -> Outcome<bool> {
        interrupted()?;
        let Some(subject) = &mut self.subject else {
            return Ok(true);
        };
        if subject.stdout.has_flooded() || subject.stderr.has_flooded() {
            subject.end();
            let what = tr("it printed more than 256 KiB, and was ended");
            return Err(Stop::mismatch(Kind::More, what).with_hint(
                if self.udp {
                    "a loop goes round without waiting: pause before each new \
                     try"
                } else {
                    "a loop goes round without waiting: a recv of 0 bytes is \
                     the end of the stream, not \"nothing yet\""
                },
            ));
        }
        Ok(subject.status().map_err(Stop::Broken)?.is_some())
    }

    /// The program's exit code, once it has ended; `None` after a signal.
    pub fn exit_code(&mut self) -> Option<i32> {
        let subject = self.subject.as_mut()?;
        subject.status().ok().flatten()?.code()
    }

    /// Waits until all that an ended program printed has been read. What it
    /// started may keep its stdout open, and is not waited for.
    fn wait_for_output(&mut self) -> Outcome {
        let wait = Wait::new(std::time::Duration::from_secs(5));
        let is_over = |s: &Subject| s.stdout.is_over() && s.stderr.is_over();
        while !self.subject.as_ref().is_none_or(is_over) && wait.goes_on()? {}
        Ok(())
    }

    /// A mismatch, with how the program ended, if it has.
    pub fn with_end(&mut self, kind: Kind, what: &str) -> Stop {
        // The end of a connection may be seen before the program's own.
        let wait = Wait::new(std::time::Duration::from_millis(200));
        loop {
            match self.has_ended() {
                Ok(true) => break,
                Ok(false) => {}
                Err(stop) => return stop,
            }
            if !wait.goes_on().unwrap_or(false) {
                return Stop::mismatch(kind, what);
            }
        }
        let code = self.exit_code();
        let how = how_it_ended(code);
        let what = tr_with("{what}; {how}", &[("what", &what), ("how", &how)]);
        let nothing = matches!(kind, Kind::Nothing | Kind::Mute);
        if code == Some(0) || !nothing {
            return Stop::mismatch(kind, what);
        }
        // It failed: a step's hint for nothing is not about that, unless the
        // two had begun to talk.
        let stop = Stop::mismatch(Kind::Exit(code), what);
        if self.talked {
            return stop.instead_of(kind);
        }
        stop.suggest("it ended by itself: its stderr says why")
    }
}

/// How a program ended, in words.
pub fn how_it_ended(code: Option<i32>) -> String {
    match code {
        Some(code) => {
            tr_with("it ended with exit code {code}", &[("code", &code)])
        }
        None => tr("it was ended by a signal").into(),
    }
}

/// The beginning of a text, in quotes.
fn shorten(text: &str) -> String {
    let count = text.chars().count();
    if count <= 40 {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(40).collect();
    tr_with(
        "{start} … ({count} characters)",
        &[("start", &debug(&start)), ("count", &count)],
    )
}
