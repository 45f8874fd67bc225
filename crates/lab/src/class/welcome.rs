//! What the class sees first: where the server is, and with which commands it is
//! reached.

use std::net::SocketAddr;

use programs::lang::{tr, tr_with};

use crate::lessons::Lesson;

/// What is said while nobody has come.
pub const NOBODY: &[&str] = &[
    "Nobody has come yet. If that stays so:",
    "- did this machine's firewall ask about the program? Allow it",
    "- many a Wi-Fi keeps its clients apart: try a cable, or a phone's hotspot",
    "- can a student reach this machine at all? ping the address above",
];

/// What is said where a program gets few descriptors.
pub const DESCRIPTORS: &str = "macOS gives a program 256 open files, and a \
                               student takes up to six: ulimit -n 4096 first";

/// The commands for the students, one per line.
pub fn commands(
    lesson: &Lesson,
    address: SocketAddr,
    knobs: &[String],
) -> Vec<String> {
    let number = lesson.number;
    let knobs = match knobs {
        [] => String::new(),
        knobs => format!(" {}", programs::join(knobs)),
    };
    let mut commands = vec![
        format!("just client {number} {address}{knobs}"),
        format!("cargo lab run {number} --to {address}{knobs}"),
    ];
    let python =
        format!("lessons/{number}-{}/python/client.py", lesson.package);
    let is_there = programs::root().join(&python).exists();
    if is_there && knobs.is_empty() {
        commands.push(format!("python3 {python} {address}"));
    }
    if number == "09" {
        // A browser is a client too.
        commands.push(format!("http://{address}/"));
    }
    commands
}

/// All that is said at the start.
pub fn welcome(
    lesson: &Lesson,
    addresses: &[SocketAddr],
    knobs: &[String],
) -> Vec<String> {
    let mut lines = vec![lesson.heading()];
    let loopback = |address: &SocketAddr| address.ip().is_loopback();
    for address in addresses {
        lines.push(tr_with("at {address}:", &[("address", address)]));
        let commands = commands(lesson, *address, knobs);
        lines.extend(commands.into_iter().map(|c| format!("  {c}")));
    }
    let protocol = if lesson.udp { "UDP" } else { "TCP" };
    lines.push(tr_with(
        "lab run draws a picture of one's own; any program that speaks \
         {protocol} will do.",
        &[("protocol", &protocol)],
    ));
    lines.push(if addresses.iter().all(loopback) {
        tr("Only programs on this machine can reach it. Ctrl-C ends it.").into()
    } else {
        tr("The whole network can reach this port, until Ctrl-C.").into()
    });
    if cfg!(target_os = "macos") {
        lines.push(tr(DESCRIPTORS).into());
    }
    lines
}
