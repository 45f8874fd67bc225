//! Short connections, many at a time, from one thread: clients in threads
//! would take the processors from the server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token};
use socket2::SockRef;

use crate::load::Counted;

/// What a client says once it is greeted.
const MESSAGE: &[u8] = "one piece".as_bytes();

/// How often it is looked who has waited too long.
const TICK: Duration = Duration::from_millis(100);

/// Keeps this many connections going for so long, then waits for the last of
/// them. Each is greeted, says one message, and reads to the end; one that
/// fails, or waits longer than `patience`, costs no other. The rate is of
/// those that were done in the time, the waits are of all.
///
/// # Errors
///
/// When the system does not tell which sockets are ready.
pub fn keep(
    at_a_time: usize,
    duration: Duration,
    server: SocketAddr,
    greeting: &[u8],
    patience: Duration,
) -> Result<Counted> {
    let mut poll = Poll::new()?;
    let mut load = Load {
        server,
        registry: poll.registry().try_clone()?,
        over: Instant::now() + duration,
        clients: (0..at_a_time).map(|_| None).collect(),
        in_time: 0,
        waits: Histogram::new(3)?,
        failed: 0,
    };
    (0..at_a_time).for_each(|place| load.start(place));
    let mut events = Events::with_capacity(1024);
    let mut next_look = Instant::now() + TICK;
    while load.clients.iter().any(Option::is_some) {
        match poll.poll(&mut events, Some(TICK)) {
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            load.proceed(event.token().0, greeting)?;
        }
        if Instant::now() >= next_look {
            next_look = Instant::now() + TICK;
            load.give_up(patience);
        }
    }
    let per_second = f64::from(load.in_time) / duration.as_secs_f64();
    Ok(Counted { per_second, waits: load.waits, failed: load.failed })
}

struct Load {
    server: SocketAddr,
    registry: Registry,
    over: Instant,
    clients: Vec<Option<Client>>,
    /// How many were served before the time was over.
    in_time: u32,
    waits: Histogram<u64>,
    failed: u64,
}

impl Load {
    /// Starts a client, unless the time is over.
    fn start(&mut self, place: usize) {
        if Instant::now() < self.over {
            let client = Client::start(self.server, place, &self.registry);
            self.failed += u64::from(client.is_err());
            self.clients[place] = client.ok();
        }
    }

    /// Lets a client go on; when it has done, the next one takes its place.
    fn proceed(&mut self, place: usize, greeting: &[u8]) -> Result<()> {
        let Some(client) = &mut self.clients[place] else { return Ok(()) };
        match client.proceed(greeting) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let wait = client.began.elapsed().as_nanos();
                self.waits.record(u64::try_from(wait)?)?;
                self.in_time += u32::from(Instant::now() < self.over);
            }
            Err(_) => self.failed += 1,
        }
        self.clients[place] = None;
        self.start(place);
        Ok(())
    }

    /// Gives up the clients that have waited longer than this.
    fn give_up(&mut self, patience: Duration) {
        for place in 0..self.clients.len() {
            let client = self.clients[place].as_ref();
            if client.is_some_and(|c| c.began.elapsed() > patience) {
                self.failed += 1;
                self.clients[place] = None;
                self.start(place);
            }
        }
    }
}

struct Client {
    stream: TcpStream,
    began: Instant,
    received: usize,
}

impl Client {
    fn start(
        server: SocketAddr,
        place: usize,
        registry: &Registry,
    ) -> io::Result<Client> {
        let began = Instant::now();
        let mut stream = TcpStream::connect(server)?;
        // What ends so leaves nothing behind: otherwise either side would run
        // out of ports (TIME-WAIT).
        SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
        registry.register(&mut stream, Token(place), Interest::READABLE)?;
        Ok(Client { stream, began, received: 0 })
    }

    /// Goes on as far as it can, and says whether it is served. It says its
    /// message when the greeting is complete.
    fn proceed(&mut self, greeting: &[u8]) -> io::Result<bool> {
        let mut buffer = [0; 256];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) if self.received == greeting.len() => return Ok(true),
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => {
                    let rest = &greeting[self.received..];
                    if !rest.starts_with(&buffer[..length]) {
                        return Err(ErrorKind::InvalidData.into());
                    }
                    self.received += length;
                    if self.received == greeting.len() {
                        self.stream.write_all(MESSAGE)?;
                    }
                }
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    // An event may be one of the client before it, which had
                    // the same place.
                    ErrorKind::WouldBlock | ErrorKind::NotConnected => {
                        return Ok(false);
                    }
                    _ => return Err(error),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(100);
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Greets its clients so, in turns, and waits for what each says.
    fn server(greetings: &'static [&str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for greeting in greetings.iter().cycle() {
                let (mut stream, _) = listener.accept().unwrap();
                stream.write_all(greeting.as_bytes()).unwrap();
                // After a greeting that is wrong nothing comes.
                let timeout = Some(Duration::from_millis(10));
                stream.set_read_timeout(timeout).unwrap();
                let _ = stream.read(&mut [0; 100]);
            }
        });
        address
    }

    #[test]
    fn those_that_are_greeted_and_read_to_the_end_are_counted() {
        let server = server(&["hi"]);
        let counted = keep(2, MOMENT, server, b"hi", PATIENCE).unwrap();
        assert!(counted.per_second > 0.0);
        assert!(!counted.waits.is_empty());
        assert_eq!(counted.failed, 0);
    }

    #[test]
    fn one_that_is_not_greeted_is_a_failure_and_the_next_is_served() {
        let server = server(&["hi", "h", "ho", ""]);
        let counted = keep(2, MOMENT, server, b"hi", PATIENCE).unwrap();
        assert!(counted.failed > 0);
        assert!(!counted.waits.is_empty());
    }

    #[test]
    fn one_that_waits_too_long_is_a_failure_and_the_end_does_not_wait() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = silent.local_addr().unwrap();
        let began = Instant::now();
        let counted = keep(2, MOMENT, server, b"hi", MOMENT).unwrap();
        assert!(counted.failed >= 2);
        assert!(began.elapsed() < PATIENCE);
    }
}
