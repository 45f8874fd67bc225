//! What lesson 06's programs must withstand.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::failure::{Failure, Step, hint, rather};
use super::hints::TIMEOUT;
use super::player::{Bench, Connection, Listener, PATIENCE, PAUSE, pause};
use super::{AS_THE_ARTICLE, BAD_PEER, Check, MANY, ODD, PIECES, Programs};
use crate::catalogue::Side::{Client, Server};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}", "--file", "{file}"],
    client: &["{host}:{port}", "--output", "{out}"],
    values: &[],
};

const NAME: &str = "onepiece.txt";
const CONTENT: &[u8] = b"The treasure is where the bytes are.\n";

/// A name of more bytes than characters.
const CHINESE: &str = "海贼王.mkv";

/// The longest header that there may be.
const LONGEST: usize = 65_536;

const BIG_ENDIAN: &str = "the four bytes are in the wrong order: the length is little-endian, its \
     lowest byte first (to_le_bytes, struct.pack(\"<i\", n)); \"network order\" \
     is the other one";
const NO_LENGTH: &str = "the header comes without its length: four bytes before it say how many \
     bytes of JSON follow";
const CHARACTERS: &str = "the length counts characters: what is sent is bytes, and a character \
     may have several. Encode first, then measure";
const WRITES_ONCE: &str = "one send may take only a part, and says how much: send the rest as well \
     (write_all, sendall)";
const TEXT_FILE: &str = "a file is bytes, not text: open it in binary mode, and neither decode it \
     nor change its line ends";
const ONE_CLIENT: &str = "after one client it is over: accept again, in a loop";
const ONE_AT_A_TIME: &str = "each client needs a thread of its own: a send waits when its client \
     does not read, and with it waits everybody behind";
const ONE_RECV: &str = "a recv brings what has arrived by now, from one byte on: receive again \
     until all the bytes are there that were announced (read_exact; in \
     Python a loop)";
const TOO_MUCH: &str = "it takes more than it should in one recv, and what follows is lost: ask \
     for 4 bytes, then for as many as they say, then for the file";
const UNTIL_THE_END: &str = "the end of the stream is not the end of the file: only filesize tells \
     whether all came. Receive under a temporary name, compare, then rename";
const NO_BOUND: &str = "a length from the network is not to be trusted: refuse it unless it is \
     1 … 65536, before memory is set aside and the header is read";
const HEADER: &str = "a header from the network is not to be trusted: it must be a JSON object \
     in UTF-8, with a filename and a filesize that is a whole number from 0 \
     on; else refuse it, before a file is made";
const END: &str = "a recv of 0 bytes is the end of the stream, not \"nothing yet\": a loop \
     that waits for more goes round for ever. Exit with 1";
const TRUSTED: &str = "the name comes from the network: take its last part alone, or refuse it. \
     A path in it leads wherever the sender likes";

pub const CHECKS: &[Check] = &[
    Check {
        name: "sends a file behind its header",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "Four bytes of length, the header in JSON, the file, the end.",
        hint: "send the header's length in four bytes, little-endian, then \
               the header in JSON, then the file, then close",
        run: |bench| {
            offer(bench, NAME, CONTENT)?;
            expect_file(&mut bench.connect()?, NAME, CONTENT)
        },
    },
    Check {
        name: "sends a large file to a slow reader",
        side: Server,
        stage: PIECES,
        purpose: "16 MB fit in no buffer: the server waits, and sends all.",
        hint: WRITES_ONCE,
        run: |bench| {
            let content = large();
            offer(bench, NAME, &content)?;
            let mut client = bench.connect()?;
            bench.note("was busy for 500 ms before it read");
            pause(Duration::from_millis(500))?;
            expect_file(&mut client, NAME, &content)
        },
    },
    Check {
        name: "counts the header's bytes",
        side: Server,
        stage: ODD,
        purpose: "The file is 海贼王.mkv: more bytes than characters.",
        hint: CHARACTERS,
        run: |bench| {
            offer(bench, CHINESE, CONTENT)?;
            expect_file(&mut bench.connect()?, CHINESE, CONTENT)
        },
    },
    Check {
        name: "sends a file that is no text",
        side: Server,
        stage: ODD,
        purpose: "Bytes that are no UTF-8, NUL, both line ends: all as is.",
        hint: TEXT_FILE,
        run: |bench| {
            let content = b"\xff\x00\r\n\xe6\xb5\n\x1a\x80 ok\r".repeat(400);
            offer(bench, NAME, &content)?;
            expect_file(&mut bench.connect()?, NAME, &content)
                .map_err(hint(TEXT_FILE))
        },
    },
    Check {
        name: "sends an empty file",
        side: Server,
        stage: ODD,
        purpose: "filesize is 0, and the end follows the header.",
        hint: "a file of 0 bytes is a file: its header goes out all the same",
        run: |bench| {
            offer(bench, NAME, b"")?;
            expect_file(&mut bench.connect()?, NAME, b"")
        },
    },
    Check {
        name: "serves the next client too",
        side: Server,
        stage: BAD_PEER,
        purpose: "Three clients, one after another, get the whole file.",
        hint: ONE_CLIENT,
        run: |bench| {
            offer(bench, NAME, CONTENT)?;
            for _ in 0..3 {
                let mut client = bench.connect().map_err(rather(ONE_CLIENT))?;
                expect_file(&mut client, NAME, CONTENT)?;
            }
            Ok(())
        },
    },
    Check {
        name: "outlives clients that go away",
        side: Server,
        stage: BAD_PEER,
        purpose: "They close and reset, at once and amid the file.",
        hint: "a send to a client that has gone fails (broken pipe, \
               connection reset): that ends this client's service, and not \
               the server",
        run: outlives_clients_that_go,
    },
    Check {
        name: "sends nothing when there is no file",
        side: Server,
        stage: BAD_PEER,
        purpose: "It ends with exit code 1, or closes without a header.",
        hint: "open the file before anything is sent: a client must not be \
               promised what is not there",
        run: |bench| {
            let missing = bench.folder().join("missing.txt");
            bench.give("file", missing.to_string_lossy())?;
            bench.note("named a file that is not there");
            match bench.connect() {
                Err(Failure::Wrong(_)) => bench.expect_exit(1),
                Err(other) => Err(other),
                Ok(mut client) => client.expect_end(),
            }
        },
    },
    Check {
        name: "lets nobody wait for a slow client",
        side: Server,
        stage: MANY,
        purpose: "One client takes nothing of 16 MB; another gets them all.",
        hint: ONE_AT_A_TIME,
        run: |bench| {
            let content = large();
            offer(bench, NAME, &content)?;
            let mut slow = bench.connect()?;
            bench.note("read nothing with this one");
            let mut client = bench.connect()?;
            expect_file(&mut client, NAME, &content)
                .map_err(rather(ONE_AT_A_TIME))?;
            // Nor was it given up for the sake of the other.
            expect_file(&mut slow, NAME, &content)
        },
    },
    Check {
        name: "serves a hundred at once",
        side: Server,
        stage: MANY,
        purpose: "A hundred clients connect, then each gets the whole file.",
        hint: ONE_AT_A_TIME,
        run: |bench| {
            let content = &large()[..100_000];
            offer(bench, NAME, content)?;
            let clients: Step<Vec<_>> =
                (0..100).map(|_| bench.connect()).collect();
            for mut client in clients? {
                expect_file(&mut client, NAME, content)?;
            }
            Ok(())
        },
    },
    Check {
        name: "fetches a file",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "It prints the header as Python prints a dict, and has the \
                  file.",
        hint: "receive 4 bytes, which are the length, little-endian; then the \
               header, to be printed; then the file, until filesize bytes \
               are there, to be written to {out}",
        run: |bench| {
            let target = target(bench, NAME)?;
            let (_door, mut server) = asked(bench)?;
            server.offer(frame(&header(NAME, CONTENT.len())));
            pause(PAUSE * 10)?;
            server.offer(CONTENT);
            server.close_sending();
            fetched(bench, &target, NAME, CONTENT)
        },
    },
    Check {
        name: "puts the pieces of the header together",
        side: Client,
        stage: PIECES,
        purpose: "The length comes byte by byte, the header in pieces.",
        hint: ONE_RECV,
        run: |bench| {
            let target = target(bench, NAME)?;
            let (_door, mut server) = asked(bench)?;
            let frame = frame(&header(NAME, CONTENT.len()));
            send_pieces(&mut server, &frame[..4], 1);
            send_pieces(&mut server, &frame[4..], 10);
            pause(PAUSE * 10)?;
            server.offer(CONTENT);
            server.close_sending();
            fetched(bench, &target, NAME, CONTENT).map_err(rather(ONE_RECV))
        },
    },
    Check {
        name: "takes apart what came at once",
        side: Client,
        stage: PIECES,
        purpose: "Length, header and file arrive as one piece.",
        hint: TOO_MUCH,
        run: |bench| {
            let target = target(bench, NAME)?;
            let (_door, mut server) = asked(bench)?;
            let frame = frame(&header(NAME, CONTENT.len()));
            server.offer([&frame, CONTENT].concat());
            server.close_sending();
            fetched(bench, &target, NAME, CONTENT).map_err(rather(TOO_MUCH))
        },
    },
    Check {
        name: "receives a large file",
        side: Client,
        stage: PIECES,
        purpose: "3 MiB, which no single recv brings.",
        hint: ONE_RECV,
        run: |bench| {
            let target = target(bench, NAME)?;
            let content = &large()[..3 << 20];
            let (_door, mut server) = asked(bench)?;
            server.offer(frame(&header(NAME, content.len())));
            for part in content.chunks(1 << 20) {
                server.offer(part);
                pause(Duration::from_millis(100))?;
            }
            server.close_sending();
            fetched(bench, &target, NAME, content)
        },
    },
    Check {
        name: "receives an empty file",
        side: Client,
        stage: ODD,
        purpose: "filesize is 0: a file of 0 bytes is there.",
        hint: "a file of 0 bytes is a file: it is there, and empty",
        run: |bench| {
            let target = target(bench, NAME)?;
            let (_door, mut server) = asked(bench)?;
            server.offer(frame(&header(NAME, 0)));
            server.close_sending();
            fetched(bench, &target, NAME, b"")
        },
    },
    Check {
        name: "reads a name beyond ASCII",
        side: Client,
        stage: ODD,
        purpose: "海贼王.mkv, as plain UTF-8 and in JSON's escapes.",
        hint: "JSON may hold UTF-8 as it is, or \\u escapes: a JSON parser \
               reads both. The length counts bytes, not characters",
        run: reads_chinese,
    },
    Check {
        name: "reads the longest header",
        side: Client,
        stage: ODD,
        purpose: "65536 bytes, most of them spaces, which JSON allows.",
        hint: "receive as many bytes as the length says, up to 65536, in \
               however many recvs it takes; spaces mean nothing in JSON",
        run: |bench| {
            let target = target(bench, NAME)?;
            let (_door, mut server) = asked(bench)?;
            server.offer(frame(&padded(LONGEST)));
            server.offer(CONTENT);
            server.close_sending();
            fetched(bench, &target, NAME, CONTENT)
        },
    },
    Check {
        name: "refuses a length out of bounds",
        side: Client,
        stage: BAD_PEER,
        purpose: "0, negative, more than 65536, big-endian: exit code 1.",
        hint: NO_BOUND,
        run: |bench| {
            let right = header(NAME, CONTENT.len()).into_bytes();
            let turned = i32::try_from(right.len()).unwrap_or(0);
            let turned = [&turned.to_be_bytes(), &*right].concat();
            let cases = [
                [&[0; 4], &*right].concat(),
                [&(-5_i32).to_le_bytes(), &*right].concat(),
                frame(&padded(LONGEST + 1)),
                frame(&padded(100_000)),
                [&i32::MAX.to_le_bytes(), &*right].concat(),
                turned,
            ];
            each_is_refused(bench, &cases, NO_BOUND)
        },
    },
    Check {
        name: "refuses a header that is none",
        side: Client,
        stage: BAD_PEER,
        purpose: "No JSON, no object, no filesize, a negative one: no file.",
        hint: HEADER,
        run: |bench| {
            let cases = [
                "hello".to_owned(),
                "[]".to_owned(),
                format!(r#"{{"filename": "{NAME}"}}"#),
                format!(r#"{{"filename": "{NAME}", "filesize": -5}}"#),
                format!(r#"{{"filename": "{NAME}", "filesize": "many"}}"#),
            ];
            let mut cases: Vec<Vec<u8>> =
                cases.iter().map(|json| frame(json)).collect();
            cases.push(b"\x04\x00\x00\x00\xff\xfe{}".to_vec());
            each_is_refused(bench, &cases, HEADER)
        },
    },
    Check {
        name: "notices the end amid the header",
        side: Client,
        stage: BAD_PEER,
        purpose: "Closed at once, amid the length, amid the header.",
        hint: END,
        run: |bench| {
            let target = target(bench, NAME)?;
            let frame = frame(&header(NAME, CONTENT.len()));
            let door = bench.listen()?;
            for come in [0, 2, 4, 20] {
                let mut server = bench.accept(&door)?;
                server.offer(&frame[..come]);
                server.close();
                refused(bench, &target)?;
                bench.restart()?;
            }
            bench.accept(&door)?.reset()?;
            refused(bench, &target)
        },
    },
    Check {
        name: "keeps no file that is too short",
        side: Client,
        stage: BAD_PEER,
        purpose: "The server closes or resets amid the file: exit code 1.",
        hint: UNTIL_THE_END,
        run: |bench| {
            let target = target(bench, NAME)?;
            let door = bench.listen()?;
            for resets in [false, true] {
                let mut server = bench.accept(&door)?;
                server.offer(frame(&header(NAME, 100_000)));
                server.offer(&large()[..60_000]);
                match resets {
                    false => server.close(),
                    true => {
                        pause(Duration::from_millis(300))?;
                        server.reset()?;
                    }
                }
                refused(bench, &target)?;
                if !resets {
                    bench.restart()?;
                }
            }
            Ok(())
        },
    },
    Check {
        name: "keeps no file that is too long",
        side: Client,
        stage: BAD_PEER,
        purpose: "One byte more comes than was announced: exit code 1.",
        hint: "when filesize bytes are there, the end of the stream must \
               follow: one byte more, and header and file do not belong \
               together",
        run: |bench| {
            let target = target(bench, NAME)?;
            let (_door, mut server) = asked(bench)?;
            server.offer(frame(&header(NAME, CONTENT.len() - 1)));
            server.offer(CONTENT);
            server.close_sending();
            refused(bench, &target)
        },
    },
    Check {
        name: "overwrites nothing",
        side: Client,
        stage: BAD_PEER,
        purpose: "A file of that name is there: it stays, and exit code 1.",
        hint: "look before you write: open with create_new, or \"xb\" in \
               Python, and publish without overwriting",
        run: overwrites_nothing,
    },
    Check {
        name: "stays in its folder",
        side: Client,
        stage: BAD_PEER,
        purpose: "The name is a path; {folder} instead of {out} shows more.",
        hint: TRUSTED,
        run: stays_in_its_folder,
    },
    Check {
        name: "fails where nobody listens",
        side: Client,
        stage: BAD_PEER,
        purpose: "There is no server: a sentence, and exit code 1.",
        hint: "connect fails with \"connection refused\": report it, and \
               exit with 1",
        run: |bench| {
            target(bench, NAME)?;
            bench.start()?;
            bench.note("listened nowhere");
            bench.expect_exit(1)
        },
    },
    Check {
        name: "gives up a silent server",
        side: Client,
        stage: BAD_PEER,
        purpose: "The server accepts and says nothing: exit code 1 in time.",
        hint: TIMEOUT,
        run: |bench| {
            let target = target(bench, NAME)?;
            let _silent = asked(bench)?;
            bench.note("said nothing");
            refused(bench, &target)
        },
    },
    Check {
        name: "gives up a server that stalls",
        side: Client,
        stage: BAD_PEER,
        purpose: "Half the file, then silence: exit code 1, and no file.",
        hint: TIMEOUT,
        run: |bench| {
            let target = target(bench, NAME)?;
            let (_door, mut server) = asked(bench)?;
            server.offer(frame(&header(NAME, CONTENT.len())));
            server.offer(&CONTENT[..CONTENT.len() / 2]);
            bench.note("said nothing more");
            refused(bench, &target)
        },
    },
    Check {
        name: "gives up a header that drips",
        side: Client,
        stage: BAD_PEER,
        purpose: "A byte now and then: the whole header has one deadline.",
        hint: "a socket's timeout starts anew with each recv: take the time \
               once, and give each recv what is left of it",
        run: |bench| {
            let target = target(bench, NAME)?;
            let (_door, mut server) = asked(bench)?;
            let frame = frame(&padded(1000));
            if !server.drip(&frame, PATIENCE)? {
                let what = "it still waited for the header 12 s later";
                return Err(Failure::new(what));
            }
            refused(bench, &target)
        },
    },
];

/// Gives the server a file to send.
fn offer(bench: &mut Bench, name: &str, content: &[u8]) -> Step {
    let path = bench.folder().join(name);
    bench.give("file", path.to_string_lossy())?;
    fs::write(&path, content)?;
    let bytes = content.len();
    bench.note(format!("gave it {name} of {bytes} bytes"));
    Ok(())
}

/// A text that comes nowhere near fitting in the buffers of two sockets.
fn large() -> Vec<u8> {
    // A prime number of bytes, so that no lost block goes unnoticed.
    let mixed = (1..=65_521_u32).map(|n| n.wrapping_mul(2_654_435_761) >> 24);
    let part: Vec<u8> =
        mixed.map(|n| b' ' + u8::try_from(n % 64).unwrap_or(0)).collect();
    part.repeat(257)
}

/// Expects a header with this name, the file, and the end.
fn expect_file(client: &mut Connection, name: &str, content: &[u8]) -> Step {
    let prefix = client.receive(4)?;
    let length = in_bounds(&prefix)?;
    let json = client.receive(length).map_err(hint(
        "the length is larger than the header: it counts the bytes of the \
         JSON, and not itself",
    ))?;
    let text = String::from_utf8_lossy(&json);
    let parsed: Result<Value, _> = serde_json::from_slice(&json);
    let header = parsed.map_err(|error| {
        let what = format!("the {length} bytes after it are no JSON: {text}");
        let failure = Failure::new(what);
        match error.is_eof() {
            true => failure.hint(CHARACTERS),
            false => failure,
        }
    })?;
    let filename = header["filename"].as_str().unwrap_or_default();
    if filename.rsplit(['/', '\\']).next() != Some(name) {
        let what = format!("the header's filename is not {name:?}: {text}");
        return Err(Failure::new(what));
    }
    let size = content.len();
    if header["filesize"].as_u64() != Some(size as u64) {
        let what = format!("the header's filesize is not {size}: {text}");
        return Err(Failure::new(what)
            .hint("filesize is the number of the file's bytes, as a number"));
    }
    for part in content.chunks(1 << 20) {
        client.expect(part)?;
    }
    client.expect_end().map_err(hint(
        "close the connection when the file is sent; what follows would be \
         taken for a part of it",
    ))
}

/// The header's length.
fn in_bounds(prefix: &[u8]) -> Step<usize> {
    let bytes: [u8; 4] = prefix.try_into().unwrap_or_default();
    let bounds = 1..=LONGEST;
    let as_length = |n: i32| usize::try_from(n).ok();
    let length = as_length(i32::from_le_bytes(bytes));
    let length = length.filter(|length| bounds.contains(length));
    length.ok_or_else(|| {
        let [a, b, c, d] = bytes;
        let failure = Failure::new(format!(
            "its first four bytes, {a:02x} {b:02x} {c:02x} {d:02x}, are no \
             length from 1 to 65536"
        ));
        let turned = as_length(i32::from_be_bytes(bytes));
        if turned.is_some_and(|length| bounds.contains(&length)) {
            failure.hint(BIG_ENDIAN)
        } else if prefix.contains(&b'{') {
            failure.hint(NO_LENGTH)
        } else {
            failure
        }
    })
}

fn outlives_clients_that_go(bench: &mut Bench) -> Step {
    let content = large();
    offer(bench, NAME, &content)?;
    bench.connect()?.close();
    bench.connect()?.reset()?;
    let mut client = bench.connect()?;
    client.receive(1000)?;
    client.close();
    let mut client = bench.connect()?;
    client.receive(1000)?;
    client.reset()?;
    let mut client = bench.connect().map_err(|failure| {
        failure.rather(
            "a send to a client that has gone fails (broken pipe, connection \
             reset): that ends this client's service, and not the server",
        )
    })?;
    expect_file(&mut client, NAME, &content)
}

/// The header, as Python's json.dumps writes it.
fn header(name: &str, size: usize) -> String {
    format!(r#"{{"filename": "{name}", "filesize": {size}}}"#)
}

/// The usual header, stretched to so many bytes.
fn padded(length: usize) -> String {
    let header = header(NAME, CONTENT.len());
    let spaces = " ".repeat(length - header.len());
    header.replace(", ", &format!(",{spaces} "))
}

/// A header behind its length.
fn frame(json: &str) -> Vec<u8> {
    let length = i32::try_from(json.len()).unwrap_or(i32::MAX);
    [&length.to_le_bytes(), json.as_bytes()].concat()
}

/// Sends this in pieces, as long as the client takes them.
fn send_pieces(server: &mut Connection, bytes: &[u8], size: usize) {
    // Why it closed, if it did, is judged by how it ended.
    if let Err(Failure::Wrong(_)) = server.send_in_pieces(bytes, size) {
        server.offer("");
    }
}

/// Where the client is to put a file that is sent under this name.
fn target(bench: &mut Bench, name: &str) -> Step<PathBuf> {
    let folder = bench.folder().join("in");
    fs::create_dir_all(&folder)?;
    let out = folder.join("came");
    match bench.give("out", out.to_string_lossy()) {
        Err(Failure::Without(_)) => {}
        given => return given.map(|()| out),
    }
    match bench.give("folder", folder.to_string_lossy()) {
        Err(Failure::Without(_)) => Err(Failure::Without("out")),
        given => given.map(|()| folder.join(name)),
    }
}

/// The client's connection; what listens has to stay.
fn asked(bench: &mut Bench) -> Step<(Listener, Connection)> {
    let door = bench.listen()?;
    let server = bench.accept(&door)?;
    Ok((door, server))
}

/// Expects the printed header, a good end, and the file.
fn fetched(
    bench: &mut Bench,
    target: &Path,
    name: &str,
    content: &[u8],
) -> Step {
    let size = content.len();
    let printed = format!("{{'filename': '{name}', 'filesize': {size}}}");
    bench.expect_line(&printed).map_err(|failure| {
        match failure.came().starts_with(b"{\"") {
            true => failure.hint(
                "it prints the header as JSON; Python prints a dict's texts \
                 in single quotes",
            ),
            false => failure,
        }
    })?;
    bench.expect_exit(0)?;
    match fs::read(target) {
        Ok(came) if came == content => Ok(()),
        Ok(came) => Err(Failure::new("the file that it wrote is another")
            .bytes(content, came)),
        Err(error) => {
            let what = format!("its file cannot be read: {error}");
            Err(Failure::new(what))
        }
    }
}

/// Expects exit code 1, and no file.
fn refused(bench: &mut Bench, target: &Path) -> Step {
    if !bench.wait_for_end()? {
        return Err(Failure::new("it had not ended 12 s later"));
    }
    if let Ok(found) = fs::metadata(target) {
        let bytes = found.len();
        let what = format!("a file of {bytes} bytes is there under its name");
        return Err(Failure::new(what));
    }
    // The header may have been printed, or not.
    while bench.line()?.is_some() {}
    bench.expect_exit(1)
}

fn each_is_refused(
    bench: &mut Bench,
    cases: &[Vec<u8>],
    why: &'static str,
) -> Step {
    let target = target(bench, NAME)?;
    let door = bench.listen()?;
    for (number, case) in cases.iter().enumerate() {
        if number > 0 {
            bench.restart()?;
        }
        let mut server = bench.accept(&door)?;
        server.offer(case);
        server.offer(CONTENT);
        server.close_sending();
        refused(bench, &target).map_err(hint(why))?;
    }
    Ok(())
}

fn reads_chinese(bench: &mut Bench) -> Step {
    let target = target(bench, CHINESE)?;
    let door = bench.listen()?;
    for name in [CHINESE, "\\u6d77\\u8d3c\\u738b.mkv"] {
        let mut server = bench.accept(&door)?;
        server.offer(frame(&header(name, CONTENT.len())));
        server.offer(CONTENT);
        server.close_sending();
        fetched(bench, &target, CHINESE, CONTENT)?;
        fs::remove_file(&target)?;
        if name == CHINESE {
            bench.restart()?;
        }
    }
    Ok(())
}

fn overwrites_nothing(bench: &mut Bench) -> Step {
    let target = target(bench, NAME)?;
    fs::write(&target, "mine")?;
    let door = bench.listen()?;
    // It may refuse before it has connected.
    match bench.accept(&door) {
        Err(Failure::Wrong(_)) => {}
        Err(other) => return Err(other),
        Ok(mut server) => {
            server.offer(frame(&header(NAME, CONTENT.len())));
            server.offer(CONTENT);
            server.close_sending();
        }
    }
    bench.wait_for_end()?;
    let left = fs::read(&target).unwrap_or_default();
    if left != b"mine" {
        let what = "the file that was there has changed";
        return Err(Failure::new(what).bytes("mine", left));
    }
    while bench.line()?.is_some() {}
    bench.expect_exit(1)
}

/// Whether the name's last part is taken or the name refused, is not judged.
fn stays_in_its_folder(bench: &mut Bench) -> Step {
    let folder = if bench.is_ours() {
        // Without --output, it writes into the current folder.
        bench.give("out", "")?;
        bench.folder().to_owned()
    } else {
        let target = target(bench, NAME)?;
        target.parent().unwrap_or(&target).to_owned()
    };
    let inside = bench.folder().file_name().unwrap_or_default();
    let escaped = format!("{}-escaped", inside.to_string_lossy());
    let outside = folder.with_file_name(&escaped);
    let absolute = outside.to_string_lossy().replace('\\', "/");
    let door = bench.listen()?;
    for name in [format!("../{escaped}"), format!("..\\\\{escaped}"), absolute]
    {
        let mut server = bench.accept(&door)?;
        server.offer(frame(&header(&name, CONTENT.len())));
        server.offer(CONTENT);
        server.close_sending();
        if !bench.wait_for_end()? {
            return Err(Failure::new("it had not ended 12 s later"));
        }
        if outside.exists() {
            fs::remove_file(&outside)?;
            let what = format!(
                "the header named the file {name}, and now it is there, \
                 outside its folder"
            );
            return Err(Failure::new(what));
        }
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::remove_file(entry.path())?;
            }
        }
        while bench.line()?.is_some() {}
        bench.expect_exit(0).or_else(|_| bench.expect_exit(1))?;
        bench.restart()?;
    }
    bench.accept(&door)?.close();
    Ok(())
}
