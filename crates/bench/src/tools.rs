//! Programs of others that move bytes, where they are installed.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::server::Server;

/// Whether there is a program of this name; where not, it says so.
pub fn is_installed(name: &str) -> bool {
    let mut command = Command::new(name);
    command.arg("--version").stdin(Stdio::null());
    let found = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        eprintln!("{name} is not installed: its row is left out");
    }
    found.is_ok()
}

/// Starts socat, which sends a file to the first who connects.
///
/// # Errors
///
/// When it does not say where it listens.
pub fn socat(file: &Path) -> Result<Server> {
    let mut command = Command::new("socat");
    // So much is said for the port, which the system chooses.
    command.args(["-d", "-d", "-u", "-b", "65536"]);
    command.arg(format!("OPEN:{}", file.display()));
    command.arg("TCP-LISTEN:0,bind=127.0.0.1");
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    Server::start_when(command, |line| {
        let (_, address) = line.split_once(" listening on AF=2 ")?;
        address.parse().ok()
    })
}

/// Starts iperf3's server, which sends as much as a client wants.
///
/// # Errors
///
/// When it does not say that it listens.
pub fn iperf3() -> Result<Server> {
    // It does not tell which port it has, so it gets one that was free.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = free.local_addr()?;
    drop(free);
    let mut command = iperf3_at(address);
    command.args(["--server", "--forceflush", "--bind", "127.0.0.1"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let listens = |line: &str| line.starts_with("Server listening");
    Server::start_when(command, |line| listens(line).then_some(address))
}

/// How many bytes a second its server sent, so many in all, on one stream.
///
/// # Errors
///
/// When it fails, or its report is another than it was.
pub fn iperf3_rate(server: SocketAddr, bytes: u64) -> Result<f64> {
    let mut command = iperf3_at(server);
    command.args(["--client", "127.0.0.1", "--reverse", "--json", "--bytes"]);
    command.arg(bytes.to_string()).stdin(Stdio::null());
    let output = command.output().context("starting iperf3")?;
    let report: Value =
        serde_json::from_slice(&output.stdout).context("iperf3's report")?;
    ensure!(output.status.success(), "iperf3: {}", report["error"]);
    rate(&report).context("iperf3's report has no rate")
}

fn iperf3_at(address: SocketAddr) -> Command {
    let mut command = Command::new("iperf3");
    command.arg("--port").arg(address.port().to_string());
    command
}

/// Bytes a second, of what has arrived.
fn rate(report: &Value) -> Option<f64> {
    let rate = &report["end"]["sum_received"]["bits_per_second"];
    Some(rate.as_f64()? / 8.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iperf3s_rate_is_that_of_what_has_arrived() {
        let report = r#"{"end": {
            "sum_sent": {"bits_per_second": 99.0},
            "sum_received": {"bits_per_second": 16.0}
        }}"#;
        assert_eq!(rate(&serde_json::from_str(report).unwrap()), Some(2.0));
        assert_eq!(rate(&Value::Null), None);
    }
}
