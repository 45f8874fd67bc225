//! The server, and the same with sendfile(2), under clients good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use byteorder::LittleEndian;
use struct_framing::frame::{self, Header};
use tempfile::TempDir;
use testkit::{Program, connect, python, reset, until_closed};

/// More than the sockets of both sides hold: sending it has to wait.
const LARGE: u64 = 64 << 20;

fn lesson() -> PathBuf {
    env!("CARGO_BIN_EXE_06-server").into()
}

/// Cargo builds examples for tests, beside the folder of the test itself.
#[cfg(target_os = "linux")]
fn sendfile() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples");
    built.join("sendfile")
}

fn servers() -> Vec<PathBuf> {
    vec![
        lesson(),
        #[cfg(target_os = "linux")]
        sendfile(),
    ]
}

fn start(server: &Path, file: &Path, arguments: &[&str]) -> Program {
    let own = ["127.0.0.1:0", "--file", file.to_str().unwrap()];
    Program::start(server, own.iter().chain(arguments))
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Makes a file out of bytes that tell where they stand.
fn file_of(folder: &TempDir, name: &str, size: usize) -> (PathBuf, Vec<u8>) {
    let bytes: Vec<u8> = (0_u8..251).cycle().take(size).collect();
    let path = folder.path().join(name);
    fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

/// Makes a file of zeroes that takes no room on the disk.
fn sparse(folder: &TempDir, size: u64) -> PathBuf {
    let path = folder.path().join("sparse");
    fs::write(&path, "").unwrap();
    resize(&path, size);
    path
}

fn resize(path: &Path, size: u64) {
    let file = fs::File::options().write(true).open(path);
    file.unwrap().set_len(size).unwrap();
}

fn receive_header(stream: &mut TcpStream) -> Header {
    let recv = |buffer: &mut [u8]| loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            received => return received,
        }
    };
    frame::read::<LittleEndian>(recv).unwrap()
}

fn name(stream: &TcpStream) -> String {
    stream.local_addr().unwrap().to_string()
}

#[test]
fn it_sends_the_header_the_file_and_the_end() {
    for server in servers() {
        for size in [0, 1, 65_535, 65_536, 65_537, 1 << 20] {
            let folder = folder();
            let (path, bytes) = file_of(&folder, "塑料王国.mp4", size);
            let server = start(&server, &path, &[]);
            let mut client = connect(server.ready());
            let header = receive_header(&mut client);
            assert_eq!(header.filename, "塑料王国.mp4");
            assert_eq!(header.filesize, size as u64);
            assert!(until_closed(&mut client) == bytes);
            let line = format!("client {}: sent {size} bytes\n", name(&client));
            server.wait_for_stderr(&line);
            let finished = server.stop();
            assert_eq!(finished.stdout, "");
            assert_eq!(finished.stderr.lines().count(), 2, "{finished:?}");
        }
    }
}

#[test]
fn the_header_on_the_wire_is_what_python_writes() {
    let folder = folder();
    let (path, _) = file_of(&folder, "海.txt", 3);
    let server = start(&lesson(), &path, &[]);
    let came = until_closed(&mut connect(server.ready()));
    let json = br#"{"filename": "\u6d77.txt", "filesize": 3}"#;
    assert_eq!(came, [b"\x29\0\0\0", &json[..], b"\0\x01\x02"].concat());
}

#[test]
fn it_serves_the_python_client() {
    let folder = folder();
    let (path, bytes) = file_of(&folder, "it's 海.bin", 100_000);
    let output = folder.path().join("came");
    for server in servers() {
        let server = start(&server, &path, &[]);
        let address = server.ready().to_string();
        let script = "lessons/06-struct-framing/python/client.py";
        let arguments = [&address, output.to_str().unwrap()];
        let Some(client) = python(script, &arguments) else {
            return;
        };
        let shown = "{'filename': \"it's 海.bin\", 'filesize': 100000}\n";
        client.finish().printed(shown);
        assert!(fs::read(&output).unwrap() == bytes);
    }
}

#[test]
fn without_a_file_it_sends_its_own_program() {
    let server = Program::start(lesson(), ["127.0.0.1:0"]);
    let mut client = connect(server.ready());
    let header = receive_header(&mut client);
    let suffix = std::env::consts::EXE_SUFFIX;
    assert_eq!(header.filename, format!("06-server{suffix}"));
    assert!(until_closed(&mut client) == fs::read(lesson()).unwrap());
}

#[test]
fn any_block_sends_the_same_bytes() {
    let folder = folder();
    let (path, bytes) = file_of(&folder, "file", 10_001);
    for block in ["1", "7", "2048", "64KiB", "1024KiB"] {
        let server = start(&lesson(), &path, &["--block", block]);
        let mut client = connect(server.ready());
        receive_header(&mut client);
        assert!(until_closed(&mut client) == bytes, "{block}");
    }
}

#[test]
fn a_hundred_clients_are_served_at_once_and_then_the_next() {
    let folder = folder();
    let path = sparse(&folder, 1 << 20);
    for server in servers() {
        let mut server = start(&server, &path, &[]);
        let address = server.ready();
        let mut clients: Vec<TcpStream> =
            (0..100).map(|_| connect(address)).collect();
        // Each gets its header before any has taken its file.
        for client in &mut clients {
            assert_eq!(receive_header(client).filesize, 1 << 20);
        }
        for client in &mut clients {
            assert_eq!(until_closed(client).len(), 1 << 20);
        }
        let mut next = connect(address);
        receive_header(&mut next);
        assert_eq!(until_closed(&mut next).len(), 1 << 20);
        server.is_running();
    }
}

#[test]
fn a_client_that_takes_nothing_delays_nobody() {
    let folder = folder();
    let path = sparse(&folder, LARGE);
    for server in servers() {
        let server = start(&server, &path, &["--timeout", "10m"]);
        let silent = connect(server.ready());
        let mut client = connect(silent.peer_addr().unwrap());
        receive_header(&mut client);
        let copied = std::io::copy(&mut client, &mut std::io::sink());
        assert_eq!(copied.unwrap(), LARGE);
    }
}

#[test]
fn a_client_that_takes_nothing_is_given_up() {
    let folder = folder();
    let path = sparse(&folder, LARGE);
    for server in servers() {
        let server = start(&server, &path, &["--timeout", "300ms"]);
        let silent = connect(server.ready());
        server.wait_for_stderr(" of 67108864 bytes sent: nothing within");
        let said = server.stop();
        said.logged(&[&format!("client {}: ", name(&silent))]);
    }
}

#[test]
fn a_client_that_resets_costs_only_itself() {
    let folder = folder();
    let path = sparse(&folder, LARGE);
    for server in servers() {
        let mut server = start(&server, &path, &[]);
        let address = server.ready();
        let mut client = connect(address);
        receive_header(&mut client);
        let line = format!("client {}: ", name(&client));
        reset(client);
        server.wait_for_stderr(&line);
        server.wait_for_stderr(" of 67108864 bytes sent: ");

        reset(connect(address));
        drop(connect(address));
        assert_eq!(receive_header(&mut connect(address)).filesize, LARGE);
        server.is_running();
    }
}

#[test]
fn a_file_that_shrinks_meanwhile_ends_short() {
    let folder = folder();
    let path = sparse(&folder, LARGE);
    for server in servers() {
        resize(&path, LARGE);
        let server = start(&server, &path, &[]);
        let mut client = connect(server.ready());
        assert_eq!(receive_header(&mut client).filesize, LARGE);
        resize(&path, 1000);
        let came = std::io::copy(&mut client, &mut std::io::sink()).unwrap();
        assert!(came < LARGE);
        let line = format!("client {}: the file has shrunk: ", name(&client));
        server.wait_for_stderr(&line);
        server.wait_for_stderr(" of 67108864 bytes sent\n");
    }
}

#[test]
fn a_file_that_grows_meanwhile_is_sent_as_announced() {
    let folder = folder();
    let path = sparse(&folder, LARGE);
    for server in servers() {
        resize(&path, LARGE + 1);
        let server = start(&server, &path, &[]);
        let mut client = connect(server.ready());
        receive_header(&mut client);
        resize(&path, 2 * LARGE);
        let came = std::io::copy(&mut client, &mut std::io::sink()).unwrap();
        assert_eq!(came, LARGE + 1);
    }
}

#[test]
fn each_client_gets_the_file_as_it_is_then() {
    let folder = folder();
    let (path, _) = file_of(&folder, "file", 10);
    let server = start(&lesson(), &path, &[]);
    let address = server.ready();
    assert_eq!(receive_header(&mut connect(address)).filesize, 10);
    fs::write(&path, "longer than before").unwrap();
    assert_eq!(receive_header(&mut connect(address)).filesize, 18);

    fs::remove_file(&path).unwrap();
    let mut client = connect(address);
    assert_eq!(until_closed(&mut client), b"");
    let line = format!("client {}: opening ", name(&client));
    server.wait_for_stderr(&line);

    fs::write(&path, "back").unwrap();
    assert_eq!(receive_header(&mut connect(address)).filesize, 4);
}

#[test]
fn a_file_that_is_missing_at_the_start_is_an_error() {
    let folder = folder();
    let path = folder.path().join("missing");
    for server in servers() {
        let finished = start(&server, &path, &[]).finish();
        let wanted = format!("error: opening {}: ", path.display());
        finished.failed_with(&[&wanted]);
        assert!(!finished.stderr.contains("ready"), "{finished:?}");
    }
}

#[test]
fn a_directory_is_no_file() {
    let folder = folder();
    for path in [folder.path(), Path::new("."), Path::new("..")] {
        start(&lesson(), path, &[])
            .finish()
            .failed_with(&["is a directory: only a file can be sent"]);
    }
}

#[test]
#[cfg(unix)]
fn a_device_is_no_file() {
    start(&lesson(), Path::new("/dev/zero"), &[])
        .finish()
        .failed_with(&["/dev/zero is a device: only a file can be sent"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_name_that_is_not_unicode_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let path = folder.path().join(OsStr::from_bytes(b"\xba\xa3"));
    fs::write(&path, "x").unwrap();
    let own = [OsStr::new("127.0.0.1:0"), OsStr::new("--file")];
    let arguments = own.into_iter().chain([path.as_os_str()]);
    Program::start(lesson(), arguments)
        .finish()
        .failed_with(&["is not Unicode"]);
}

/// Limits the descriptors of a running program.
#[cfg(target_os = "linux")]
fn leave_descriptors(program: &Program, free: usize) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let open: Vec<usize> = fs::read_dir(format!("/proc/{}/fd", program.id()))
        .unwrap()
        .map(|fd| fd.unwrap().file_name().to_str().unwrap().parse().unwrap())
        .collect();
    let mut unused = (0..).filter(|fd| !open.contains(fd));
    let most = unused.nth(free).map(|fd| fd as u64);
    let limit = Rlimit { current: most, maximum: most };
    let pid = Pid::from_raw(program.id().try_into().unwrap());
    prlimit(pid, Resource::Nofile, limit).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn out_of_descriptors_it_waits_and_then_goes_on() {
    let folder = folder();
    let path = sparse(&folder, LARGE);
    // Each client needs two, its socket and the file: room for six, and with
    // one over the seventh is accepted, but not yet served.
    for (free, call) in [(12, "accept a client"), (13, "open")] {
        for server in servers() {
            let server = start(&server, &path, &["--timeout", "1m"]);
            let address = server.ready();
            let started = std::time::Instant::now();
            leave_descriptors(&server, free);
            let six = || (0..6).map(|_| connect(address));
            let mut clients: Vec<TcpStream> = six().collect();
            for client in &mut clients {
                receive_header(client);
            }

            let waiting: Vec<TcpStream> = six().collect();
            let line = format!("waiting to {call}: Too many open files");
            server.wait_for_stderr(&line);
            clients.into_iter().for_each(reset);
            for mut client in waiting {
                assert_eq!(receive_header(&mut client).filesize, LARGE);
            }
            let said = server.stop().stderr;
            let asked = said.matches("waiting to ").count();
            let pauses = started.elapsed().as_millis() / 100;
            assert!(asked as u128 <= pauses + 1, "{asked} times: {said}");
        }
    }
}

/// A server that has sent a large file has never held much of it.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_file() {
    let folder = folder();
    let path = sparse(&folder, 4 * LARGE);
    for server in servers() {
        let server = start(&server, &path, &[]);
        let mut client = connect(server.ready());
        receive_header(&mut client);
        std::io::copy(&mut client, &mut std::io::sink()).unwrap();
        server.wait_for_stderr("sent 268435456 bytes");
        let status = format!("/proc/{}/status", server.id());
        let status = fs::read_to_string(status).unwrap();
        let (_, peak) = status.split_once("VmHWM:").unwrap();
        let kib = peak.split_whitespace().next().unwrap();
        assert!(kib.parse::<u32>().unwrap() < 16 * 1024, "{kib} KiB");
    }
}

#[test]
fn wrong_arguments_are_explained_with_exit_code_2() {
    for wrong in [
        &["127.0.0.1:0", "--block", "0"][..],
        &["127.0.0.1:0", "--block", "64KB"],
        &["127.0.0.1:0", "--block", "2000KiB"],
        &["127.0.0.1:0", "--timeout", "5"],
        &["nowhere"],
    ] {
        let finished = Program::start(lesson(), wrong).finish();
        assert_eq!(finished.code, Some(2), "{wrong:?} {finished:?}");
        finished.logged(&["error: "]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_with_content_and_no_length_is_refused() {
    for server in servers() {
        let arguments = ["127.0.0.1:0", "--file", "/proc/cpuinfo"];
        let finished = Program::start(&server, arguments).finish();
        finished.failed_with(&["/proc/cpuinfo does not say how long it is"]);
    }
}
