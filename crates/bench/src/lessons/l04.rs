//! Lesson 04: a format in, the time out. What does the formatting cost beside
//! the two system calls?

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Lab, contenders, served};
use crate::compare::{Comparison, Outcome, Sample, Target};
use crate::load::ask;
use crate::server::Server;

/// What each client asks for: the article's format.
const FORMAT: &[u8] = b"%Y/%m/%d %H:%M:%S";

/// Round trips of 1 and of 16 clients.
///
/// # Errors
///
/// When a server does not start, or does not answer.
pub fn run(lab: &Lab) -> Result<Vec<Outcome>> {
    let mut servers = [
        ("bare echo", lab.peer("echo")?),
        ("lesson 04", lab.server("04", &[])?),
        ("Python", lab.python("04-timesync", &[])?),
    ];
    let mut outcomes = Vec::new();
    for clients in [1, 16] {
        let at_16 = Target::at_least("lesson 04", "bare echo", 0.75);
        let comparison = Comparison {
            title: format!("04 · round trips, {clients} at a time"),
            unit: "/s",
            contenders: contenders(&mut servers, |server| {
                round_trips(server, clients, lab.moment)
            }),
            targets: if clients == 16 { vec![at_16] } else { vec![] },
        };
        outcomes.push(comparison.run(lab.turns)?);
    }
    Ok(outcomes)
}

/// So many clients' round trips.
pub fn round_trips(
    server: &mut Server,
    clients: usize,
    duration: Duration,
) -> Result<Sample> {
    let address = server.address;
    served(server, || ask(clients, duration, || client(address)))
}

/// A client with a socket of its own, which asks for the time.
fn client(server: SocketAddr) -> Result<impl FnMut() -> Result<()>> {
    let socket = UdpSocket::bind("127.0.0.1:0").context("binding")?;
    socket.connect(server).context("connecting")?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut buffer = [0; 1024];
    Ok(move || {
        socket.send(FORMAT).context("asking for the time")?;
        socket.recv(&mut buffer).context("waiting for the time")?;
        Ok(())
    })
}
