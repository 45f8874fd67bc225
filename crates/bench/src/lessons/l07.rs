//! Lesson 07: a challenge and its proof. What does the cryptography cost
//! beside a connection and a thread?

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hmac_auth::{Challenge, Digest, proof};
use socket2::SockRef;

use super::{Lab, contenders, served};
use crate::compare::{Comparison, Outcome, Sample, Target};
use crate::load::ask;
use crate::server::Server;

/// The key that both sides have if nobody gives another: the article's.
const KEY: &str = "这是一个秘钥";

/// How many clients shake hands at a time.
const CLIENTS: usize = 16;

/// Handshakes of 16 clients, each on a connection of its own.
///
/// # Errors
///
/// When a server does not start, or does not answer.
pub fn run(lab: &Lab) -> Result<Vec<Outcome>> {
    let mut servers = [
        ("without a hash", lab.peer("unhashed")?),
        ("lesson 07", lab.server("07", &[])?),
        ("Python", lab.python("07-hmac-auth", &[])?),
    ];
    let comparison = Comparison {
        title: format!("07 · handshakes, {CLIENTS} at a time"),
        unit: "/s",
        contenders: contenders(&mut servers, |server| {
            handshakes(server, lab.moment)
        }),
        targets: vec![Target::at_least("lesson 07", "without a hash", 0.95)],
    };
    Ok(vec![comparison.run(lab.turns)?])
}

fn handshakes(server: &mut Server, duration: Duration) -> Result<Sample> {
    let address = server.address;
    served(server, || ask(CLIENTS, duration, || Ok(|| handshake(address))))
}

/// Takes a challenge and sends its proof.
fn handshake(server: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(server).context("connecting")?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut challenge = Challenge::default();
    stream.read_exact(&mut challenge).context("waiting for a challenge")?;
    let proof = proof(KEY.as_bytes(), Digest::Md5, &challenge);
    stream.write_all(proof.as_bytes()).context("sending a proof")?;
    let rest = stream.read(&mut challenge).context("waiting for the end")?;
    ensure!(rest == 0, "it says more than its challenge");
    // What ends so leaves nothing behind (TIME-WAIT).
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    Ok(())
}
