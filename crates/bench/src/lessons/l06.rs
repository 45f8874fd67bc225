//! Lesson 06: a file of known length. What does a block cost, what does a
//! copy, and what does writing it down?

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sysinfo::System;

use super::{Lab, python};
use crate::compare::{Comparison, Contender, Outcome, Sample, Target};
use crate::example::example;
use crate::scratch;
use crate::server::Server;
use crate::tools::{iperf3, iperf3_rate, is_installed, socat};

const MIB: u64 = 1 << 20;

/// From here on a server's processor time and memory are looked for. That
/// takes part of a millisecond, and the time comes in hundredths of a second.
const LARGE: u64 = 64 * MIB;

/// The largest file, and how often it is sent.
const LARGEST: u64 = 1024 * MIB;
const TURNS: usize = 3;

/// How many bytes to receive at a time.
const BLOCK: usize = 64 * 1024;

const SENDFILE: &str = include_str!("../peers/sendfile.py");
const RECV_INTO: &str = include_str!("../peers/recv_into.py");

/// Files of three sizes, which the receiver discards, or writes.
///
/// # Errors
///
/// When a program does not start, or does not send all of a file.
pub fn run(lab: &Lab) -> Result<Vec<Outcome>> {
    let parent = scratch::memory();
    let folder = scratch::folder(&parent)?;
    let mut sizes = vec![MIB, LARGE, LARGEST];
    sizes.retain(|size| *size < LARGEST || !lab.quick);
    sizes.retain(|size| has_room(&parent, *size));
    // Linux has sendfile in the form that the example uses.
    let is_linux = cfg!(target_os = "linux");
    let sendfile =
        is_linux.then(|| example("struct-framing", "sendfile")).transpose()?;
    let peers = Peers {
        iperf3: is_installed("iperf3"),
        socat: is_installed("socat"),
        dd: is_installed("dd"),
        sendfile,
    };
    let mut outcomes = Vec::new();
    for size in &sizes {
        let file = SharedFile::create(folder.path(), *size)?;
        let turns = if *size == LARGEST { TURNS } else { lab.turns };
        let mut discarded = discarded(lab, &peers, &file);
        if Some(size) != sizes.last() {
            discarded.targets.clear();
        }
        outcomes.push(discarded.run(turns)?);
        // How fast a small one is written, says how fast a program starts.
        if *size >= LARGE {
            outcomes.push(written(lab, &peers, &file).run(turns)?);
        }
        fs::remove_file(&file.path).context("removing the file")?;
    }
    Ok(outcomes)
}

/// Whether a file and its copy fit; where not, it says so.
fn has_room(folder: &Path, size: u64) -> bool {
    let wanted = 2 * size + 256 * MIB;
    let mut room = fs4::available_space(folder).unwrap_or_default();
    if folder.starts_with("/dev/shm") {
        let mut system = System::new();
        system.refresh_memory();
        room = room.min(system.available_memory());
    }
    if room < wanted {
        let (folder, wanted) = (folder.display(), wanted / MIB);
        let size = spelled(size);
        eprintln!("{folder} has no {wanted} MiB: {size} is left out");
    }
    room >= wanted
}

/// The file to send.
struct SharedFile {
    path: String,
    size: u64,
    /// What a receiver writes.
    copy: PathBuf,
}

impl SharedFile {
    fn create(folder: &Path, size: u64) -> Result<SharedFile> {
        let path = folder.join("file");
        let copy = folder.join("copy");
        // A file of zeros would not lie in memory at all.
        let block: Vec<u8> = (1..=128).cycle().take(1 << 20).collect();
        let mut file = File::create(&path).context("making a file")?;
        for _ in 0..size / MIB {
            file.write_all(&block).context("filling the file")?;
        }
        let path = path.to_str().context("the folder is not Unicode")?.into();
        Ok(SharedFile { path, size, copy })
    }
}

/// What there is beside the lesson and its Python.
struct Peers {
    iperf3: bool,
    socat: bool,
    dd: bool,
    /// The lesson's example, where it runs.
    sendfile: Option<PathBuf>,
}

type Turn<'a> = Box<dyn FnMut() -> Result<Sample> + 'a>;

fn comparison<'a>(
    title: String,
    contenders: Vec<(&str, Turn<'a>)>,
    targets: Vec<Target>,
) -> Comparison<'a> {
    let contenders = contenders
        .into_iter()
        .map(|(name, turn)| Contender { name: name.into(), turn });
    let contenders = contenders.collect();
    Comparison { title, unit: "MiB/s", contenders, targets }
}

/// One receiver, which forgets what it receives.
fn discarded<'a>(
    lab: &'a Lab,
    peers: &'a Peers,
    file: &'a SharedFile,
) -> Comparison<'a> {
    let size = file.size;
    let mut contenders: Vec<(&str, Turn)> = Vec::new();
    // Its time begins once it has connected: for a small file that is less.
    let has_iperf3 = peers.iperf3 && size >= LARGE;
    if has_iperf3 {
        contenders.push(("iperf3", Box::new(move || of_iperf3(size))));
    }
    contenders.push((
        "Python, sendfile",
        Box::new(|| drain(python_sendfile(file)?, file, true)),
    ));
    if let Some(program) = &peers.sendfile {
        contenders.push((
            "lesson 06, sendfile",
            Box::new(|| drain(sendfile(program, file)?, file, true)),
        ));
    }
    contenders.push((
        "lesson 06",
        Box::new(|| drain(lesson(lab, file, &[])?, file, true)),
    ));
    if size < LARGEST {
        let knobs = ["--block", "2048"];
        contenders.push((
            "lesson 06, 2 KiB",
            Box::new(move || drain(lesson(lab, file, &knobs)?, file, true)),
        ));
    }
    if peers.socat {
        contenders.push((
            "socat",
            Box::new(|| drain(socat(Path::new(&file.path))?, file, false)),
        ));
    }
    contenders.push((
        "Python",
        Box::new(|| drain(in_python(lab, file)?, file, true)),
    ));
    let targets = vec![
        // Either will do: both send without copying.
        Target::at_least("lesson 06", "iperf3", 0.75),
        Target::at_least("lesson 06", "Python, sendfile", 0.75),
        Target::at_least("lesson 06, sendfile", "Python, sendfile", 1.0),
    ];
    comparison(format!("06 · {} discarded", spelled(size)), contenders, targets)
}

/// Pairs, whose receiver writes a new file. The time is from the receiver's
/// start to its end.
fn written<'a>(
    lab: &'a Lab,
    peers: &'a Peers,
    file: &'a SharedFile,
) -> Comparison<'a> {
    let mut contenders: Vec<(&str, Turn)> = Vec::new();
    if peers.dd {
        contenders.push(("dd", Box::new(|| copied_by_dd(file))));
    }
    let ours = || {
        let server = lesson(lab, file, &[])?;
        let mut client = lab.program("06-client")?;
        client.arg(server.address.to_string()).arg("--output");
        client.arg(&file.copy).arg("--force");
        received(server, client, file)
    };
    let fastest_python = || {
        let server = python_sendfile(file)?;
        let mut client = python();
        client.args(["-c", RECV_INTO, &server.address.to_string()]);
        client.arg(&file.copy);
        received(server, client, file)
    };
    let python = || {
        let server = in_python(lab, file)?;
        let mut client = python();
        client.arg("lessons/06-struct-framing/python/client.py");
        client.arg(server.address.to_string()).arg(&file.copy);
        client.current_dir(programs::root());
        received(server, client, file)
    };
    contenders.push(("lesson 06", Box::new(ours)));
    contenders.push(("Python, recv_into", Box::new(fastest_python)));
    contenders.push(("Python", Box::new(python)));
    let mut targets = vec![
        Target::at_least("lesson 06", "dd", 0.7),
        Target::at_least("lesson 06", "Python", 2.8),
    ];
    // Python's start takes longer than to write a smaller file.
    targets.retain(|_| file.size == LARGEST);
    let title = format!("06 · {} written", spelled(file.size));
    comparison(title, contenders, targets)
}

fn lesson(lab: &Lab, file: &SharedFile, knobs: &[&str]) -> Result<Server> {
    lab.server("06", &[&["--file", &file.path], knobs].concat())
}

fn in_python(lab: &Lab, file: &SharedFile) -> Result<Server> {
    lab.python("06-struct-framing", &[&file.path])
}

fn python_sendfile(file: &SharedFile) -> Result<Server> {
    let mut command = python();
    command.args(["-c", SENDFILE, "127.0.0.1:0", &file.path]);
    Server::start(command)
}

fn sendfile(program: &Path, file: &SharedFile) -> Result<Server> {
    let mut command = Command::new(program);
    command.args(["127.0.0.1:0", "--file", &file.path]);
    Server::start(command)
}

/// What it measures itself: from its first byte to its last.
fn of_iperf3(size: u64) -> Result<Sample> {
    let mut server = iperf3()?;
    let before = server.usage()?;
    let value = iperf3_rate(server.address, size)? / MIB as f64;
    let after = server.usage()?;
    Ok(Sample {
        value,
        cpu: Some(after.cpu - before.cpu),
        memory: Some(after.memory),
        waits: None,
        failed: 0,
    })
}

/// Connects, receives a file and forgets it.
fn drain(
    mut server: Server,
    file: &SharedFile,
    is_framed: bool,
) -> Result<Sample> {
    let size = file.size;
    let before = server.usage()?;
    let began = Instant::now();
    let mut stream =
        TcpStream::connect(server.address).context("connecting")?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    if is_framed {
        let announced = announced(&mut stream).context("reading the header")?;
        ensure!(announced == size, "{announced} bytes of {size} announced");
    }
    let mut block = vec![0; BLOCK];
    let mut received = 0;
    let mut memory = None;
    loop {
        let length = stream.read(&mut block).context("receiving the file")?;
        if length == 0 {
            break;
        }
        received += length as u64;
        // Some servers end with their first client.
        if size >= LARGE && memory.is_none() && received >= size / 2 {
            memory = Some(server.usage()?.memory);
        }
    }
    let took = began.elapsed();
    ensure!(received == size, "{received} bytes of {size} came");
    let cpu = memory.and_then(|_| server.usage().ok());
    Ok(Sample {
        value: rate(size, took),
        cpu: cpu.map(|after| after.cpu - before.cpu),
        memory,
        waits: None,
        failed: 0,
    })
}

/// The size that the lesson's header promises.
fn announced(stream: &mut impl Read) -> Result<u64> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u64::try_from(i32::from_le_bytes(length))?;
    ensure!(length <= 65_536, "it has {length} bytes");
    let mut json = Vec::new();
    stream.take(length).read_to_end(&mut json)?;
    let header: Value = serde_json::from_slice(&json)?;
    header["filesize"].as_u64().context("it has no filesize")
}

/// Lets a client receive a file and write it.
fn received(
    mut server: Server,
    client: Command,
    file: &SharedFile,
) -> Result<Sample> {
    let before = server.usage()?;
    let value = copied(client, file)?;
    // It may be gone with its client.
    let after = server.usage().ok();
    let cpu = after.map(|after| after.cpu - before.cpu);
    Ok(Sample { value, cpu, ..Sample::default() })
}

/// The most that reading and writing can do, in blocks of 64 KiB.
fn copied_by_dd(file: &SharedFile) -> Result<Sample> {
    let mut command = Command::new("dd");
    command.arg(format!("if={}", file.path)).arg("bs=64k");
    command.arg(format!("of={}", file.copy.display()));
    Ok(Sample { value: copied(command, file)?, ..Sample::default() })
}

/// How fast a program makes the copy, which is then removed.
fn copied(mut command: Command, file: &SharedFile) -> Result<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let began = Instant::now();
    let output = command.output().context("starting the receiver")?;
    let took = began.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the receiver fails: {said}");
    let size = fs::metadata(&file.copy).context("looking for the copy")?.len();
    ensure!(size == file.size, "{size} bytes of {} written", file.size);
    fs::remove_file(&file.copy).context("removing the copy")?;
    Ok(rate(size, took))
}

fn rate(size: u64, took: Duration) -> f64 {
    size as f64 / MIB as f64 / took.as_secs_f64()
}

fn spelled(size: u64) -> String {
    match size / MIB {
        mib @ 1024.. => format!("{} GiB", mib / 1024),
        mib => format!("{mib} MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_how_long_its_file_is() {
        let json = br#"{"filename": "f", "filesize": 7}"#;
        let frame = |length: i32| [&length.to_le_bytes(), &json[..]].concat();
        let read = |length| announced(&mut &frame(length)[..]);
        assert_eq!(read(32).unwrap(), 7);
        assert!(read(31).is_err());
        assert!(read(-1).is_err());
        assert!(read(65_537).is_err());
    }

    #[test]
    fn sizes_are_spelled_as_people_say_them() {
        assert_eq!(spelled(MIB), "1 MiB");
        assert_eq!(spelled(LARGE), "64 MiB");
        assert_eq!(spelled(LARGEST), "1 GiB");
    }
}
