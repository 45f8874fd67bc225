//! Lesson 08: a thread per client. What does a thread cost when a client
//! comes, and what while it says nothing?

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use programs::root;
use socket2::SockRef;

use super::{Lab, contenders, python, served};
use crate::compare::{
    Bound, Comparison, Contender, Divisor, Figure, Outcome, Sample, Target,
};
use crate::connections;
use crate::descriptors;
use crate::peers::GREETING;
use crate::server::{Server, Usage};

/// How many clients may be served at once.
const MOST: &str = "10000";

/// How many of a process's descriptors are for something else than clients.
const OTHERS: u64 = 100;

/// How long a client waits for its server.
const PATIENCE: Duration = Duration::from_secs(10);

/// Python's server lets five clients wait: more than that at once, and some
/// wait for seconds. Here it is as patient as the others.
const PATIENT_PYTHON: &str = "
import runpy, socketserver, sys
socketserver.TCPServer.request_queue_size = 4096
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
";

/// Short connections, and idle ones.
///
/// # Errors
///
/// When a server does not start, or does not answer.
pub fn run(lab: &Lab) -> Result<Vec<Outcome>> {
    let descriptors = descriptors::raise();
    let mut outcomes = short_connections(lab)?;
    let crowds: &[u32] = if lab.quick { &[1000] } else { &[1000, 10_000] };
    for &clients in crowds {
        if descriptors < u64::from(clients) + OTHERS {
            eprintln!(
                "left out: {clients} idle clients, since a process may have \
                 {descriptors} descriptors here"
            );
            continue;
        }
        outcomes.push(idle_clients(lab, clients)?);
    }
    Ok(outcomes)
}

fn short_connections(lab: &Lab) -> Result<Vec<Outcome>> {
    let mut servers = [
        ("one-thread epoll", lab.peer("epoll")?),
        ("tokio, 2 workers", lab.peer("tokio")?),
        ("lesson 08", lab.server("08", &[])?),
        ("kept threads", lab.example("threaded-server", "kept_threads")?),
        ("Python, queue 4096", patient_python()?),
    ];
    let crowds: &[usize] =
        if lab.quick { &[16, 256] } else { &[1, 16, 256, 1000] };
    let mut outcomes = Vec::new();
    for &clients in crowds {
        let comparison = Comparison {
            title: format!("08 · short connections, {clients} at a time"),
            unit: "/s",
            contenders: contenders(&mut servers, |server| {
                connect(server, clients, lab.moment)
            }),
            targets: if clients == 256 { at_256() } else { vec![] },
        };
        // Four crowds of five servers: less of each than elsewhere.
        outcomes.push(comparison.run(lab.turns.min(3))?);
    }
    Ok(outcomes)
}

fn at_256() -> Vec<Target> {
    let slowest = Target {
        of: "lesson 08",
        to: Divisor::Contender("tokio, 2 workers"),
        figure: Figure::Slowest,
        bound: Bound::AtMost(2.0),
    };
    vec![
        Target::at_least("lesson 08", "one-thread epoll", 0.5),
        slowest,
        Target::at_least("kept threads", "one-thread epoll", 0.75),
    ]
}

fn connect(
    server: &mut Server,
    clients: usize,
    duration: Duration,
) -> Result<Sample> {
    let address = server.address;
    served(server, || {
        connections::keep(clients, duration, address, GREETING, PATIENCE)
    })
}

fn patient_python() -> Result<Server> {
    let lesson = root().join("lessons").join("08-threaded-server");
    let mut command = python();
    command.args(["-c", PATIENT_PYTHON]);
    command.arg(lesson.join("python").join("server.py")).arg("127.0.0.1:0");
    Server::start(command)
}

/// How a server is started.
type Start<'a> = Box<dyn Fn() -> Result<Server> + 'a>;

/// The memory that clients cost who are greeted and say nothing.
fn idle_clients(lab: &Lab, clients: u32) -> Result<Outcome> {
    let ours = || lab.server("08", &["--max-clients", MOST]);
    let contenders: [(&str, Start); 3] = [
        ("tokio, 2 workers", Box::new(|| lab.peer("tokio"))),
        ("lesson 08", Box::new(ours)),
        ("Python, queue 4096", Box::new(patient_python)),
    ];
    let contenders = contenders.into_iter().map(|(name, start)| Contender {
        name: name.into(),
        // A new server: one gives back no memory that it once had.
        turn: Box::new(move || be_idle(start()?, clients)),
    });
    let at_10_000 = Target {
        of: "lesson 08",
        to: Divisor::Value(110e6),
        figure: Figure::Memory,
        bound: Bound::AtMost(1.0),
    };
    let comparison = Comparison {
        title: format!("08 · memory for {clients} idle clients"),
        unit: "kB per client",
        contenders: contenders.collect(),
        targets: if clients == 10_000 { vec![at_10_000] } else { vec![] },
    };
    // It is the same in each turn.
    comparison.run(1)
}

fn be_idle(mut server: Server, clients: u32) -> Result<Sample> {
    let address = server.address;
    let greeted = (0..clients).map(|_| greeted(address));
    let greeted: Vec<TcpStream> = greeted.collect::<Result<_>>()?;
    let Usage { cpu, memory } = server.usage()?;
    drop(greeted);
    let value = memory as f64 / f64::from(clients) / 1000.0;
    let (cpu, memory) = (Some(cpu), Some(memory));
    Ok(Sample { value, cpu, memory, ..Sample::default() })
}

fn greeted(server: SocketAddr) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(server).context("connecting")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // What ends so leaves nothing behind (TIME-WAIT).
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    let mut greeting = [0; GREETING.len()];
    stream.read_exact(&mut greeting).context("waiting for the greeting")?;
    ensure!(greeting == *GREETING, "it greets with something else");
    Ok(stream)
}
