//! Lesson 09: what one says, all hear. What does it cost to say a message to
//! many?

use std::process::Stdio;
use std::time::Duration;

use anyhow::Result;

use super::{Lab, contenders, python, served};
use crate::compare::{Comparison, Outcome, Sample};
use crate::descriptors;
use crate::room;
use crate::server::Server;

/// Messages to 1, 16 and 200 listeners.
///
/// # Errors
///
/// When a server does not start, or a message is not heard.
pub fn run(lab: &Lab) -> Result<Vec<Outcome>> {
    descriptors::raise();
    let mut servers: Vec<(&str, Server)> = vec![
        ("tokio, 2 workers", lab.peer("room")?),
        ("lesson 09", lab.server("09", &[])?),
    ];
    if has_websockets() {
        servers.push(("Python", lab.python("09-websocket", &[])?));
    } else {
        eprintln!("left out: Python, which has no package websockets here");
    }
    let rooms: &[usize] = if lab.quick { &[16] } else { &[1, 16, 200] };
    let mut outcomes = Vec::new();
    for &listeners in rooms {
        let comparison = Comparison {
            title: format!("09 · messages, {listeners} listening"),
            unit: "heard/s",
            contenders: contenders(&mut servers, |server| {
                speak(server, listeners, lab.moment / 2)
            }),
            targets: vec![],
        };
        // In each turn they have to enter first.
        outcomes.push(comparison.run(lab.turns.min(3))?);
    }
    Ok(outcomes)
}

fn speak(
    server: &mut Server,
    listeners: usize,
    duration: Duration,
) -> Result<Sample> {
    let address = server.address;
    served(server, || room::speak(listeners, duration, address))
}

fn has_websockets() -> bool {
    let mut ask = python();
    ask.args(["-c", "import websockets.sync.server"]).stderr(Stdio::null());
    ask.status().is_ok_and(|status| status.success())
}
