//! A program that serves while it is measured.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// A started server, which ends with this value.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    system: System,
}

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
    /// When it does not start, or says something else.
    pub fn start(mut command: Command) -> Result<Server> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let stderr = child.stderr.take().context("its stderr")?;
        let mut server = Server {
            child,
            address: ([127, 0, 0, 1], 0).into(),
            system: System::new(),
        };
        let mut lines = BufReader::new(stderr).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let Some(address) = first.strip_prefix("ready on ") else {
            bail!("{name} does not say \"ready on\", but {first:?}");
        };
        server.address = address.parse().context("its address")?;
        // Nobody reads what it says, but it must not wait for that.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(server)
    }

    /// What it has used up to now.
    ///
    /// # Errors
    ///
    /// When it is not there any more.
    pub fn usage(&mut self) -> Result<Usage> {
        let pid = Pid::from_u32(self.child.id());
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

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
