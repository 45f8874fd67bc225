//! The client, under servers good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use testkit::{Finished, Program, accept, listen, python, refusing, reset};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn command(server: &TcpListener, folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_06-client"));
    command
        .env_remove("LAB_TAP")
        .current_dir(folder)
        .arg(server.local_addr().unwrap().to_string());
    command
}

/// Starts the client in a folder, and gives the test its connection.
fn client(folder: &TempDir, arguments: &[&str]) -> (Program, TcpStream) {
    let listener = listen();
    let mut command = command(&listener, folder);
    let client = Program::spawn(command.args(arguments));
    let stream = accept(&listener);
    (client, stream)
}

/// Sends these bytes to the client, and then the end of the stream.
fn send(folder: &TempDir, bytes: &[u8], arguments: &[&str]) -> Finished {
    let (client, mut stream) = client(folder, arguments);
    // A client that has heard enough closes, or resets.
    let _ = stream.write_all(bytes);
    drop(stream);
    client.finish()
}

fn framed(json: &[u8]) -> Vec<u8> {
    let length = i32::try_from(json.len()).unwrap();
    [&length.to_le_bytes(), json].concat()
}

fn header(filename: &str, filesize: u64) -> Vec<u8> {
    let filename = serde_json::to_string(filename).unwrap();
    let json =
        format!("{{\"filename\": {filename}, \"filesize\": {filesize}}}");
    framed(json.as_bytes())
}

/// A header that announces some bytes, and others after it.
fn frame(filename: &str, filesize: u64, file: &[u8]) -> Vec<u8> {
    [header(filename, filesize), file.to_vec()].concat()
}

#[track_caller]
fn holds(folder: &TempDir, expected: &[&str]) {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, expected);
}

fn read(folder: &TempDir, name: &str) -> Vec<u8> {
    fs::read(folder.path().join(name)).unwrap()
}

#[test]
fn a_whole_file_appears_under_its_name() {
    for size in [0, 1, 65_535, 65_536, 65_537, 1 << 20] {
        let folder = folder();
        let file: Vec<u8> = (0_u8..251).cycle().take(size).collect();
        let bytes = frame("塑料王国.mp4", size as u64, &file);
        let finished = send(&folder, &bytes, &[]);
        let shown =
            format!("{{'filename': '塑料王国.mp4', 'filesize': {size}}}\n");
        finished.printed(&shown);
        finished.logged(&["塑料王国.mp4 is whole"]);
        holds(&folder, &["塑料王国.mp4"]);
        assert!(read(&folder, "塑料王国.mp4") == file);
    }
}

#[test]
fn it_talks_to_the_python_server_whatever_the_json_looks_like() {
    let source = folder();
    let path = source.path().join("塑料王国.mp4");
    let file: Vec<u8> = (0_u8..251).cycle().take(100_000).collect();
    fs::write(&path, &file).unwrap();
    for style in ["ascii", "plain"] {
        let script = "lessons/06-struct-framing/python/server.py";
        let arguments = ["127.0.0.1:0", path.to_str().unwrap(), style];
        let Some(server) = python(script, &arguments) else {
            return;
        };
        let folder = folder();
        let mut command = Command::new(env!("CARGO_BIN_EXE_06-client"));
        command.current_dir(&folder).arg(server.ready().to_string());
        let client = Program::spawn(&mut command);
        let shown = "{'filename': '塑料王国.mp4', 'filesize': 100000}\n";
        client.finish().printed(shown);
        assert_eq!(server.finish().code, Some(0));
        assert!(read(&folder, "塑料王国.mp4") == file);
    }
}

#[test]
fn stdout_is_the_header_as_python_shows_a_dict() {
    let folder = folder();
    let name = "dir/it's\u{1b}[31m\u{202e} \"海\\x";
    let bytes = frame(name, 0, b"");
    let finished = send(&folder, &bytes, &["--output", "out"]);
    let shown = "{'filename': 'dir/it\\'s\\x1b[31m\\u202e \"海\\\\x', \
                 'filesize': 0}\n";
    finished.printed(shown);
    holds(&folder, &["out"]);
}

#[test]
fn a_file_in_small_pieces_is_whole_too() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &["--block", "3"]);
    for byte in frame("a", 10, b"0123456789") {
        stream.set_nodelay(true).unwrap();
        stream.write_all(&[byte]).unwrap();
    }
    drop(stream);
    client.finish().printed("{'filename': 'a', 'filesize': 10}\n");
    assert_eq!(read(&folder, "a"), b"0123456789");
}

#[test]
fn only_the_base_name_is_used() {
    for (sent, name) in [
        ("../../x", "x"),
        ("/etc/x", "x"),
        ("C:\\windows\\x", "x"),
        ("..\\x", "x"),
    ] {
        let outer = folder();
        let inner = tempfile::tempdir_in(&outer).unwrap();
        let finished = send(&inner, &frame(sent, 1, b"a"), &[]);
        assert_eq!(finished.code, Some(0), "{finished:?}");
        holds(&inner, &[name]);
        let inner_name = inner.path().file_name().unwrap();
        holds(&outer, &[inner_name.to_str().unwrap()]);
    }
}

#[test]
fn a_name_that_is_no_harmless_file_name_is_refused() {
    for name in [
        "",
        ".",
        "..",
        "a/",
        "CON",
        "nul.txt",
        "a\0b",
        "\u{1b}[2J",
        "a:b",
        "a. ",
        &"x".repeat(5000),
    ] {
        let folder = folder();
        let finished = send(&folder, &frame(name, 1, b"a"), &[]);
        finished.failed_with(&["server 127.0.0.1:", "its file name "]);
        finished.logged(&["; --output takes another"]);
        assert!(finished.stderr.len() < 300, "{finished:?}");
        holds(&folder, &[]);
    }
}

#[test]
fn with_an_output_the_name_does_not_matter() {
    let folder = folder();
    let bytes = frame("CON", 1, b"a");
    let finished = send(&folder, &bytes, &["--output", "mine"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(read(&folder, "mine"), b"a");
}

#[test]
fn a_short_file_is_not_kept() {
    for came in [0, 1, 9] {
        let folder = folder();
        let bytes = frame("a", 10, &b"0123456789"[..came]);
        let wanted = format!("closed after {came} of 10 bytes of the file");
        send(&folder, &bytes, &[]).failed_with(&["server 127.0.0.1:", &wanted]);
        holds(&folder, &[]);
    }
}

#[test]
fn a_file_one_byte_too_long_is_not_kept() {
    for file in [&b"01234567890"[..], &[b'x'; 200_000]] {
        let folder = folder();
        send(&folder, &frame("a", 10, file), &[])
            .failed_with(&["more came than the 10 bytes announced"]);
        holds(&folder, &[]);
    }
    let folder = folder();
    send(&folder, &frame("a", 0, b"x"), &[])
        .failed_with(&["more came than the 0 bytes announced"]);
    holds(&folder, &[]);
}

#[test]
fn a_reset_in_the_middle_leaves_nothing() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &[]);
    stream.write_all(&frame("a", 10, b"01234")).unwrap();
    client.wait_for_stdout("'filesize': 10}\n");
    reset(stream);
    client.finish().failed_with(&[" of 10 bytes "]);
    holds(&folder, &[]);
}

#[test]
fn a_stall_in_the_middle_leaves_nothing() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &["--timeout", "300ms"]);
    stream.write_all(&frame("a", 10, b"01234")).unwrap();
    client.finish().failed_with(&[
        "5 of 10 bytes came; waiting for more",
        "nothing within --timeout",
    ]);
    holds(&folder, &[]);
}

#[test]
fn all_the_bytes_without_the_end_are_not_the_file() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &["--timeout", "300ms"]);
    stream.write_all(&frame("a", 5, b"01234")).unwrap();
    client.finish().failed_with(&["5 of 5 bytes came; waiting for more"]);
    holds(&folder, &[]);
}

#[test]
fn while_it_comes_the_file_has_no_name_of_its_own() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &[]);
    stream.write_all(&frame("a", 10, b"01234")).unwrap();
    wait_for_part(&folder);
    assert!(!folder.path().join("a").exists());
    stream.write_all(b"56789").unwrap();
    drop(stream);
    assert_eq!(client.finish().code, Some(0));
    assert_eq!(read(&folder, "a"), b"0123456789");
    holds(&folder, &["a"]);
}

/// Waits until the temporary file is there, and gives its path.
fn wait_for_part(folder: &TempDir) -> PathBuf {
    let until = std::time::Instant::now() + testkit::DEADLINE;
    loop {
        let part = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|e| e == "part"));
        match part {
            Some(part) => return part,
            None => assert!(std::time::Instant::now() < until, "no part"),
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn a_file_that_exists_stays_as_it_is() {
    for arguments in [&[][..], &["--output", "a"]] {
        let folder = folder();
        fs::write(folder.path().join("a"), "old").unwrap();
        // Refused early: this server sends no file at all, and waits.
        let (client, mut stream) = client(&folder, arguments);
        stream.write_all(&header("a", 3)).unwrap();
        client.finish().failed_with(&["a exists; --force overwrites it"]);
        assert_eq!(read(&folder, "a"), b"old");
        holds(&folder, &["a"]);
    }
}

#[test]
fn a_file_that_appears_meanwhile_stays_as_it_is() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &[]);
    stream.write_all(&header("a", 3)).unwrap();
    wait_for_part(&folder);
    fs::write(folder.path().join("a"), "other").unwrap();
    stream.write_all(b"new").unwrap();
    drop(stream);
    client.finish().failed_with(&["naming it ", "a: "]);
    assert_eq!(read(&folder, "a"), b"other");
    holds(&folder, &["a"]);
}

#[test]
fn with_force_a_whole_file_replaces_the_old_one() {
    let folder = folder();
    fs::write(folder.path().join("a"), "old").unwrap();
    send(&folder, &frame("a", 3, b"ne"), &["--force"])
        .failed_with(&["closed after 2 of 3 bytes"]);
    assert_eq!(read(&folder, "a"), b"old");

    let finished = send(&folder, &frame("a", 3, b"new"), &["--force"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(read(&folder, "a"), b"new");
    holds(&folder, &["a"]);
}

#[test]
fn even_with_force_only_a_file_is_replaced() {
    let folder = folder();
    fs::create_dir(folder.path().join("a")).unwrap();
    send(&folder, &frame("a", 3, b"new"), &["--force"])
        .failed_with(&["a exists and is not a file"]);
    holds(&folder, &["a"]);
}

#[test]
fn an_output_may_lie_in_another_folder() {
    let (folder, other) = (folder(), folder());
    let output = other.path().join("out");
    let arguments = ["--output", output.to_str().unwrap()];
    let finished = send(&folder, &frame("a", 1, b"x"), &arguments);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    holds(&folder, &[]);
    holds(&other, &["out"]);
}

#[test]
fn a_folder_that_takes_no_file_is_named() {
    let folder = folder();
    fs::write(folder.path().join("file"), "x").unwrap();
    for output in ["missing/a", "file/a", "..", "/", "missing/"] {
        let bytes = frame("a", 1, b"x");
        let finished = send(&folder, &bytes, &["--output", output]);
        match output {
            // This one is a file beside the others.
            "missing/" => assert_eq!(finished.code, Some(0), "{finished:?}"),
            _ => finished.failed_with(&[output.trim_end_matches("/a")]),
        }
        assert!(!finished.stderr.contains("hint"), "{finished:?}");
    }
    holds(&folder, &["file", "missing"]);
}

/// Root may write everywhere, so the folder is one where nobody can.
#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_is_not_writable_is_named() {
    let arguments = ["--output", "/proc/a"];
    send(&folder(), &frame("a", 1, b"x"), &arguments)
        .failed_with(&["error: making a file in /proc: "]);
}

/// A full disk, as a limit on how large a file may grow.
#[test]
#[cfg(unix)]
fn a_disk_that_is_full_leaves_nothing() {
    let folder = folder();
    let listener = listen();
    let mut command = Command::new("sh");
    command.current_dir(&folder).args([
        "-c",
        "trap '' XFSZ; ulimit -f 8; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_06-client"),
        &listener.local_addr().unwrap().to_string(),
    ]);
    let client = Program::spawn(&mut command);
    let mut stream = accept(&listener);
    let _ = stream.write_all(&frame("a", 100_000, &[0; 100_000]));
    drop(stream);
    client.finish().failed_with(&["writing the file: "]);
    holds(&folder, &[]);
}

#[test]
#[cfg(unix)]
fn an_interrupt_leaves_nothing() {
    for signal in ["-INT", "-TERM"] {
        let folder = folder();
        let (client, mut stream) = client(&folder, &["--timeout", "1m"]);
        stream.write_all(&frame("a", 10, b"01234")).unwrap();
        let part = wait_for_part(&folder);
        // The first bytes are written after the handler is in place.
        let until = std::time::Instant::now() + testkit::DEADLINE;
        while fs::metadata(&part).unwrap().len() < 5 {
            assert!(std::time::Instant::now() < until, "nothing written");
        }
        let id = client.id().to_string();
        let killed = Command::new("kill").args([signal, &id]).status();
        assert!(killed.unwrap().success());
        let finished = client.finish();
        assert_eq!(finished.code, Some(130), "{finished:?}");
        finished.logged(&["interrupted"]);
        holds(&folder, &[]);
    }
}

#[test]
#[cfg(unix)]
fn the_file_gets_the_rights_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    for (umask, mode) in [("022", 0o644), ("027", 0o640), ("000", 0o666)] {
        let folder = folder();
        let listener = listen();
        let mut command = Command::new("sh");
        command.current_dir(&folder).args([
            "-c",
            "umask $1; shift; exec \"$@\"",
            "sh",
            umask,
            env!("CARGO_BIN_EXE_06-client"),
            &listener.local_addr().unwrap().to_string(),
        ]);
        let client = Program::spawn(&mut command);
        let mut stream = accept(&listener);
        stream.write_all(&frame("a", 1, b"x")).unwrap();
        drop(stream);
        assert_eq!(client.finish().code, Some(0));
        let found = fs::metadata(folder.path().join("a")).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, mode);
    }
}

#[test]
fn a_length_out_of_bounds_is_refused_with_its_bounds() {
    for (length, shown) in [
        (0_i32.to_le_bytes(), "is 0,"),
        ((-1_i32).to_le_bytes(), "is -1,"),
        (i32::MAX.to_le_bytes(), "is 2147483647,"),
        (65_537_i32.to_le_bytes(), "is 65537,"),
        (52_i32.to_be_bytes(), "52 read big-endian"),
    ] {
        let folder = folder();
        // The client must not wait for what it refuses.
        let (client, mut stream) = client(&folder, &["--timeout", "1m"]);
        stream.write_all(&length).unwrap();
        let finished = client.finish();
        finished.failed_with(&["server 127.0.0.1:", shown, "1 to 65536"]);
        assert_eq!(finished.stdout, "");
        holds(&folder, &[]);
    }
}

#[test]
fn reading_the_length_the_other_way_round_shows_the_other_number() {
    let bytes = frame("a", 1, b"x");
    let folder = folder();
    send(&folder, &bytes, &["--big-endian"]).failed_with(&[
        "the length of the header is 536870912, wanted is 1 to 65536",
        "its bytes 20 00 00 00 are 32 read little-endian",
    ]);
    holds(&folder, &[]);
}

#[test]
fn a_stream_that_is_cut_anywhere_leaves_no_file() {
    let bytes = frame("a", 5, b"01234");
    let folder = folder();
    for end in 0..bytes.len() {
        send(&folder, &bytes[..end], &[])
            .failed_with(&["server 127.0.0.1:", "closed after "]);
        holds(&folder, &[]);
    }
}

#[test]
fn a_header_that_is_none_is_refused_with_the_reason() {
    for (json, reason) in [
        (&b"not json"[..], "the header is not JSON"),
        (b"[1, 2]", "the header is not a JSON object"),
        (b"{\"filename\": \"a\"}", "missing field `filesize`"),
        (b"{\"filesize\": 1}", "missing field `filename`"),
        (
            b"{\"filename\": \"a\", \"filesize\": -1}",
            "invalid value: integer `-1`",
        ),
        (b"{\"filename\": \"a\", \"filesize\": 1.5}", "\"filesize\": 1.5}"),
        (b"{\"filename\": \"\xff\", \"filesize\": 1}", "not UTF-8"),
        (b"{\"filename\": 7, \"filesize\": 1}", "invalid type: integer `7`"),
    ] {
        let folder = folder();
        let finished = send(&folder, &framed(json), &[]);
        finished.failed_with(&["server 127.0.0.1:", reason]);
        assert_eq!(finished.stdout, "");
        holds(&folder, &[]);
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let folder = folder();
    let (client, _stream) = client(&folder, &["--timeout", "100ms"]);
    client.finish().failed_with(&[
        "server 127.0.0.1:",
        "0 of 4 bytes of the length came",
        "within --timeout",
    ]);
}

#[test]
fn a_header_that_drips_does_not_stretch_the_time() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &["--timeout", "500ms"]);
    stream.set_nodelay(true).unwrap();
    stream.write_all(&60_000_i32.to_le_bytes()).unwrap();
    // These bytes would keep the client for an hour.
    let started = std::time::Instant::now();
    while stream.write_all(b" ").is_ok() {
        assert!(started.elapsed() < testkit::DEADLINE, "it still reads");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    client.finish().failed_with(&[
        " of 60000 bytes of the header came",
        "nothing within --timeout",
    ]);
}

#[test]
fn a_server_that_resets_is_named() {
    let folder = folder();
    let listener = listen();
    let client = Program::spawn(&mut command(&listener, &folder));
    reset(accept(&listener));
    let server = listener.local_addr().unwrap().to_string();
    client.finish().failed_with(&[&server]);
}

#[test]
fn without_a_server_the_hint_says_to_start_one() {
    let (_kept, address) = refusing();
    let client =
        Program::start(env!("CARGO_BIN_EXE_06-client"), [address.to_string()]);
    client.finish().failed_with(&[
        &format!("error: connecting to {address}: "),
        "hint: start the server first: just server 06",
    ]);
}

#[test]
fn a_busy_client_says_so_once_and_makes_the_sender_wait() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &["--busy", "1h"]);
    stream.write_all(&header("a", 1 << 40)).unwrap();
    // What neither side's buffers hold cannot be sent until it reads.
    let short = Some(std::time::Duration::from_millis(500));
    stream.set_write_timeout(short).unwrap();
    let block = [0; 65_536];
    let mut sent = 0;
    let blocked = loop {
        match stream.write(&block) {
            Ok(length) => sent += length,
            Err(error) => break error,
        }
    };
    assert!(sent < 64 << 20, "{sent} bytes, then {blocked}");
    let finished = client.stop();
    assert_eq!(finished.stderr.matches("busy for").count(), 1);
    finished.logged(&["busy for 3600s after each block"]);
}

#[test]
fn a_closed_stdout_does_not_cost_the_file() {
    let folder = folder();
    let listener = listen();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(&listener, &folder);
    let client = Program::spawn_printing_to(&mut command, writer);
    drop(command);
    let mut stream = accept(&listener);
    stream.write_all(&frame("a", 1, b"x")).unwrap();
    drop(stream);
    let finished = client.finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(read(&folder, "a"), b"x");
}

/// A client that is in the midst of a large file holds little of it.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_file() {
    let folder = folder();
    let (client, mut stream) = client(&folder, &["--block", "64KiB"]);
    stream.write_all(&header("a", 1 << 40)).unwrap();
    for _ in 0..1024 {
        stream.write_all(&[0; 65_536]).unwrap();
    }
    let status = format!("/proc/{}/status", client.id());
    let status = fs::read_to_string(status).unwrap();
    let (_, peak) = status.split_once("VmHWM:").unwrap();
    let kib = peak.split_whitespace().next().unwrap();
    assert!(kib.parse::<u32>().unwrap() < 16 * 1024, "{kib} KiB");
    reset(stream);
    client.finish().failed_with(&[" of 1099511627776 bytes "]);
    holds(&folder, &[]);
}

#[test]
fn the_two_sides_exchange_the_server_itself() {
    let server =
        Program::start(env!("CARGO_BIN_EXE_06-server"), ["127.0.0.1:0"]);
    let address = server.ready().to_string();
    let suffix = std::env::consts::EXE_SUFFIX;
    let name = format!("06-server{suffix}");
    for _ in 0..3 {
        let folder = folder();
        let mut command = Command::new(env!("CARGO_BIN_EXE_06-client"));
        let client = command.current_dir(&folder).arg(&address);
        let finished = Program::spawn(client).finish();
        let original = fs::read(env!("CARGO_BIN_EXE_06-server")).unwrap();
        let size = original.len();
        let shown = format!("{{'filename': '{name}', 'filesize': {size}}}\n");
        finished.printed(&shown);
        // No bar, where stderr is no terminal.
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
        holds(&folder, &[&name]);
        assert!(read(&folder, &name) == original);
    }
}

#[test]
fn a_path_is_no_less_a_file_for_being_long() {
    let folder = folder();
    let long = "x".repeat(300);
    let finished = send(&folder, &frame("a", 1, b"x"), &["--output", &long]);
    finished.failed_with(&["looking for "]);
    assert!(!Path::new(&long).exists());
    holds(&folder, &[]);
}
