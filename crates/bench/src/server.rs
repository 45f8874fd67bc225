//! A program that serves while it is measured.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use programs::Group;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// A started server, which ends with this value, and with this program
/// however that ends.
pub struct Server {
    group: Group,
    pub address: SocketAddr,
    system: System,
}

/// What a program says.
type Pipe = Box<dyn Read + Send>;

/// What a process has used.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Processor seconds since it began.
    pub cpu: f64,
    /// Bytes of resident memory.
    pub memory: u64,
}

impl Server {
    /// Starts a program that says `ready on HOST:PORT` in the first line of
    /// its stderr, as every server of the course does.
    ///
    /// # Errors
    ///
    /// When it does not start, or says nothing like it.
    pub fn start(mut command: Command) -> Result<Server> {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        Server::start_when(command, |line| {
            line.strip_prefix("ready on ")?.parse().ok()
        })
    }

    /// Starts a program that serves once a line has its address, by `address`.
    /// That line stands in what the command has as a pipe: stdout or stderr.
    ///
    /// # Errors
    ///
    /// When it does not start, or ends without such a line.
    pub fn start_when(
        mut command: Command,
        address: impl Fn(&str) -> Option<SocketAddr>,
    ) -> Result<Server> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null());
        let mut group = match Group::start(command) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("{name} is not installed, and this needs it")
            }
            started => started.with_context(|| format!("starting {name}"))?,
        };
        let stdout = group.stdout().take().map(|pipe| Box::new(pipe) as Pipe);
        let stderr = group.stderr().take().map(|pipe| Box::new(pipe) as Pipe);
        let mut server = Server {
            group,
            address: ([127, 0, 0, 1], 0).into(),
            system: System::new(),
        };
        let said = stdout.or(stderr).context("it has no pipe")?;
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let mut other = Vec::new();
        server.address = loop {
            let Some(line) = lines.next() else {
                bail!("{name} ends, and says {:?}", other.join(" "));
            };
            match address(&line) {
                Some(address) => break address,
                None => other.push(line),
            }
        };
        // Nobody reads what it says, but it must not wait for that.
        thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }

    /// What it has used up to now.
    ///
    /// # Errors
    ///
    /// When it is not there any more.
    pub fn usage(&mut self) -> Result<Usage> {
        let pid = Pid::from_u32(self.group.id());
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&[pid]),
            true,
            ProcessRefreshKind::nothing().with_cpu().with_memory(),
        );
        let process = self.system.process(pid).context("it has ended")?;
        Ok(Usage {
            cpu: process.accumulated_cpu_time() as f64 / 1000.0,
            memory: process.memory(),
        })
    }
}
