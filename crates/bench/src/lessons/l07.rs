//! Lesson 07: a challenge and its proof. What does the cryptography cost
//! beside a connection and a thread?

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{Lab, served};
use crate::compare::{
    Bound, Comparison, Contender, Divisor, Figure, Outcome, Sample, Target,
};
use crate::load::ask;
use crate::server::Server;

/// How many clients shake hands at a time.
const CLIENTS: usize = 16;

/// Handshakes of 16 clients, each on a connection of its own.
///
/// # Errors
///
/// When a server does not start, or does not answer.
pub fn run(lab: &Lab) -> Result<Vec<Outcome>> {
    let servers = [
        ("without a hash", lab.peer("unhashed")?),
        ("lesson 07", lab.server("07", &[])?),
        ("Python", lab.python("07-hmac-auth", &[])?),
    ];
    let mut servers: Vec<(&str, Server)> = servers.into();
    let contenders = servers.iter_mut().map(|(name, server)| Contender {
        name: (*name).into(),
        turn: Box::new(move || handshakes(server, lab.moment)),
    });
    let comparison = Comparison {
        title: format!("07 · handshakes, {CLIENTS} at a time"),
        unit: "/s",
        contenders: contenders.collect(),
        targets: vec![Target {
            of: "lesson 07",
            to: Divisor::Contender("without a hash"),
            figure: Figure::Value,
            bound: Bound::AtLeast(0.95),
        }],
    };
    Ok(vec![comparison.run(lab.turns)?])
}

fn handshakes(server: &mut Server, duration: Duration) -> Result<Sample> {
    let address = server.address;
    served(server, || ask(CLIENTS, duration, || Ok(|| handshake(address))))
}

/// Takes a challenge and sends a proof, which is wrong: the server computes as
/// much for it as for a right one.
fn handshake(server: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(server).context("connecting")?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut challenge = [0; 32];
    stream.read_exact(&mut challenge).context("waiting for a challenge")?;
    // An MD5 in hex is as long as the challenge.
    stream.write_all(&[b'0'; 32]).context("sending a proof")?;
    let rest = stream.read(&mut challenge).context("waiting for the end")?;
    ensure!(rest == 0, "it says more than its challenge");
    Ok(())
}
