//! What lesson 06's programs must do.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use programs::Side;
use programs::lang::{tr, tr_with};
use serde_json::Value;

use super::{Dialogue, Programs};
use crate::faults;
use crate::hints::{ESCAPES, IMPATIENT, RESET, SERVES_ON, TIMEOUT};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{Article, BadPeer, Many, Odd, Pieces};
use crate::script::debug;
use crate::script::{
    Check, Name, Step, accept, after, call, client, close, close_sending,
    connect, drip, ends, explains, pause, reset, restart, send_pieces, server,
    try_send,
};
use crate::trial::Trial;
use crate::trial::wait::{LEAST_PATIENCE, PATIENCE, TICK, Wait, is_in_doubt};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}", "--file", "{file}"],
    client: &["{host}:{port}", "--output", "{out}"],
    values: &[],
    dialogue: Dialogue {
        server: &[],
        client: &["{'filename': 'onepiece.txt', 'filesize': 37}"],
        typed: "",
        prepare: |trial| match offer(trial, NAME, CONTENT) {
            Err(Stop::MissingPlaceholder(_)) => make_room(trial),
            offered => offered,
        },
        client_ends: true,
        lives_on: true,
    },
};

const NAME: &str = "onepiece.txt";
const CONTENT: &[u8] = b"The treasure is where the bytes are.\n";
/// A name of more bytes than characters.
const CHINESE: &str = "海贼王.mkv";
/// The longest header that there may be.
const LONGEST: usize = 65_536;

const BIG_ENDIAN: &str = "the length is little-endian, its lowest byte first \
    (to_le_bytes, struct.pack(\"<i\", n)); \"network order\" is the other one";
const NO_LENGTH: &str = "the header comes without its length: four bytes \
    before it say how many bytes of JSON follow";
const CHARACTERS: &str = "the length counts characters: what is sent is \
    bytes, and a character may have several. Encode first, then measure";
const COUNTS_ITSELF: &str = "the length is larger than the header: it counts \
    the bytes of the JSON, and not itself";
const BASE_NAME: &str = "filename is the last part of the path alone \
    (file_name, os.path.basename): your folders are nobody else's business";
const FILESIZE: &str = "filesize is how many bytes the file has, as a number";
const WRITES_ONCE: &str = "one send may take only a part, and says how much: \
    send the rest as well (write_all, sendall)";
const TEXT_FILE: &str = "a file is bytes, not text: open it in binary mode, \
    and neither decode it nor change its line ends";
const CLOSES: &str = "close the connection when the file is sent, and send \
    nothing after it: that would be taken for a part of it";
const PROMISE: &str = "open the file before anything is sent: a client must \
    not be promised what is not there";
const ONE_AT_A_TIME: &str = "each client needs a thread of its own: a send \
    waits when its client does not read, and with it waits everybody behind";
const FEW_THREADS: &str = "slow clients hold all the threads of a small pool: \
    give each client its own thread, or have room for a hundred";
const AS_PYTHON: &str = "print the header as Python prints a dict: texts in \
    single quotes, a space after each colon and comma";
const FETCH: &str = "receive 4 bytes, which are the length, little-endian; \
    then the header, to be printed; then the file, until filesize bytes are \
    there, to be written to {out}";
const ONE_RECV: &str = "a recv brings what has arrived by now, from one byte \
    on: receive again until all the bytes are there that were announced, and \
    ask only for those that are missing (read_exact; in Python a loop)";
const TOO_MUCH: &str = "it takes too much in one recv, and what follows is \
    lost: ask for 4 bytes, then for as many as they say, then for the file";
const JSON: &str = "JSON may hold UTF-8 as it is, or \\u escapes: a JSON \
    parser reads both. The length counts bytes, not characters";
const LONG_HEADER: &str = "receive as many bytes as the length says, up to \
    65536, in however many recvs it takes; spaces mean nothing in JSON";
const SHORT: &str = "the end of the stream is not the end of the file: only \
    filesize tells whether all came";
const IN_PLACE: &str = "half a file looks like a whole one: write under \
    another name beside it, and rename when all has come";
const LEFT_OVER: &str = "what you write beside {out} must be gone in the end, \
    however the transfer fails (finally, Drop)";
const TOO_LONG: &str = "after filesize bytes the end of the stream must \
    follow: wait for it before you rename. One byte more, and header and file \
    do not belong together";
const ONE_PATIENCE: &str = "the 5 s are for each recv of the file, not for all \
    of it: a large file may take an hour, as long as its bytes keep coming";
const ONE_DEADLINE: &str = "a socket's timeout starts anew with each recv: \
    take the time once, and give each recv of length and header what is left";
const NO_BOUND: &str = "a length from the network is not to be trusted: refuse \
    it unless it is 1 … 65536, before memory is set aside";
const HEADER: &str = "a header from the network is not to be trusted: it must \
    be UTF-8, a JSON object, with a filename that is a text and a filesize \
    that is a whole number from 0 on; else refuse it, before a file is made";
const END: &str = "a recv of 0 bytes is the end of the stream, not \"nothing \
    yet\": a loop that waits for more goes round for ever. Exit with 1";
const OVERWRITES: &str = "look before you write, and publish without \
    overwriting (create_new; os.link and then os.remove)";
const TRUSTED: &str = "the name comes from the network, and a path in it leads \
    wherever the sender likes: write to {out} and beside it, whatever the \
    header says";

/// Gives the server a file to send.
fn offer(trial: &mut Trial, name: &str, content: &[u8]) -> Outcome {
    let path = trial.folder().join(name);
    trial.give("file", &path.to_string_lossy())?;
    trial.did(tr_with(
        "gave it {name} of {count} bytes",
        &[("name", &name), ("count", &content.len())],
    ));
    Ok(fs::write(&path, content)?)
}

fn offers(name: &'static str, content: Vec<u8>) -> Step {
    call("gives it a file", move |trial| offer(trial, name, &content))
}

/// Where the client is to put the file: a folder's only one, when all is well.
fn target(trial: &Trial) -> PathBuf {
    trial.folder().join("in").join("came")
}

/// Gives the client a place for the file.
fn make_room(trial: &mut Trial) -> Outcome {
    let path = target(trial);
    trial.give("out", &path.to_string_lossy())?;
    Ok(fs::create_dir_all(trial.folder().join("in"))?)
}

/// A text that comes nowhere near fitting in the buffers of two sockets.
fn large() -> Vec<u8> {
    // A prime number of bytes, so that no lost block goes unnoticed.
    let mixed = (1..=65_521_u32).map(|n| n.wrapping_mul(2_654_435_761) >> 24);
    let part = mixed.map(|n| b' ' + u8::try_from(n % 64).unwrap_or(0));
    part.collect::<Vec<_>>().repeat(257)
}

fn wrong(kind: Kind, what: impl Into<String>) -> Outcome {
    Err(Stop::mismatch(kind, what))
}

fn sure(outcome: Outcome, hint: &'static str) -> Outcome {
    outcome.map_err(|stop| stop.with_hint(hint))
}

/// Expects the header's length, the header, the file, and the end.
fn take(trial: &mut Trial, peer: Name, name: &str, file: &[u8]) -> Outcome {
    let prefix = trial.receive_exactly(peer, 4)?;
    let bytes = prefix.as_slice().try_into().unwrap_or_default();
    let in_bounds =
        |n| (1..=LONGEST).contains(&usize::try_from(n).unwrap_or(0));
    let length = i32::from_le_bytes(bytes);
    if !in_bounds(length) {
        let what = tr("its first four bytes are no length from 1 to 65536");
        let stop = wrong(Kind::Other, what);
        return if in_bounds(i32::from_be_bytes(bytes)) {
            sure(stop, BIG_ENDIAN)
        } else if prefix.contains(&b'{') {
            sure(stop, NO_LENGTH)
        } else {
            stop
        };
    }
    let length = usize::try_from(length).unwrap_or(0);
    let json = trial.receive_exactly(peer, length)?;
    let text = String::from_utf8_lossy(&json);
    let header = match serde_json::from_slice::<Value>(&json) {
        Ok(header) => header,
        Err(error) => {
            let words = "its {length} bytes are no JSON: {text}";
            let what = tr_with(words, &[("length", &length), ("text", &text)]);
            let stop = wrong(Kind::Other, what);
            return if error.to_string().starts_with("trailing") {
                sure(stop, COUNTS_ITSELF)
            } else if error.is_eof() {
                sure(stop, CHARACTERS)
            } else {
                stop
            };
        }
    };
    let filename = header["filename"].as_str().unwrap_or_default();
    if filename != name {
        let what = tr_with(
            "the header's filename is not {name}: {text}",
            &[("name", &debug(&name)), ("text", &text)],
        );
        let stop = wrong(Kind::Other, what);
        let path = filename.ends_with(name);
        return if path { sure(stop, BASE_NAME) } else { stop };
    }
    let size = file.len();
    if header["filesize"] != size {
        let words = "the header's filesize is not {size}: {text}";
        let what = tr_with(words, &[("size", &size), ("text", &text)]);
        return sure(wrong(Kind::Other, what), FILESIZE);
    }
    for part in file.chunks(1 << 20) {
        trial.expect(peer, part)?;
    }
    trial.expect_end(peer)
}

fn gets(name: &'static str, content: Vec<u8>) -> Vec<Step> {
    let takes = move |trial: &mut Trial| take(trial, "peer", name, &content);
    let takes = call("expects the header and the file", takes);
    let takes = takes.hint(Kind::More, CLOSES).hint(Kind::NotEnded, CLOSES);
    vec![connect("peer"), takes]
}

fn sends() -> Vec<Step> {
    gets(NAME, CONTENT.into())
}

/// A server that sends another file than the usual one.
fn sends_file(name: &'static str, content: Vec<u8>) -> Vec<Step> {
    after(vec![offers(name, content.clone())], gets(name, content))
}

/// One client gets its file while others, who came before, read slowly.
fn gets_beside(slow: usize) -> Vec<Step> {
    let gets = call("another one gets it beside slow ones", move |trial| {
        let mut others = Vec::new();
        for _ in 0..slow {
            trial.connect("slow")?;
            others.push(trial.take("slow")?);
        }
        trial.did(tr("read slowly there; the next one reads fast"));
        trial.connect("peer")?;
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // They get on, or the server might give them up.
                while !over.load(Ordering::Relaxed) {
                    for other in &mut others {
                        let most = 1 << 17;
                        let _ = other.receive(most, TICK, |_| false, || Ok(()));
                    }
                    thread::sleep(TICK * 20);
                }
            });
            let result = take(trial, "peer", NAME, &large());
            over.store(true, Ordering::Relaxed);
            result
        })
    });
    vec![offers(NAME, large()), gets]
}

fn serves_a_hundred(trial: &mut Trial) -> Outcome {
    let mut clients = Vec::new();
    for _ in 0..100 {
        trial.connect("peer")?;
        clients.push(trial.take("peer")?);
    }
    for client in clients {
        trial.put("peer", client);
        take(trial, "peer", NAME, &large()[..100_000])?;
    }
    Ok(())
}

/// A client that takes the beginning of the file.
fn begins(peer: Name) -> Vec<Step> {
    let takes = move |trial: &mut Trial| {
        trial.receive_exactly(peer, 1000)?;
        trial.skip_stderr();
        Ok(())
    };
    vec![connect(peer), call("takes 1000 bytes", takes)]
}

fn offers_nothing(trial: &mut Trial) -> Outcome {
    let missing = trial.folder().join("missing.txt");
    trial.give("file", &missing.to_string_lossy())?;
    trial.did(tr("named a file that is not there"));
    match trial.connect("peer") {
        Err(Stop::Mismatch(_)) => trial.ends(1),
        Err(other) => Err(other),
        Ok(()) => trial.expect_end("peer").and_then(|()| trial.explains()),
    }
}

/// The header, as Python's json.dumps writes it.
fn header(name: &str, size: usize) -> String {
    format!(r#"{{"filename": "{name}", "filesize": {size}}}"#)
}

/// The usual file behind its header, stretched to this many bytes.
fn padded(length: usize) -> Vec<u8> {
    let header = header(NAME, CONTENT.len());
    let spaces = " ".repeat(length - header.len());
    framed(header.replace(", ", &format!(",{spaces} ")), CONTENT)
}

/// A file behind its header and that header's length.
fn framed(json: impl AsRef<[u8]>, file: &[u8]) -> Vec<u8> {
    let json = json.as_ref();
    let length = i32::try_from(json.len()).unwrap_or(i32::MAX);
    [&length.to_le_bytes(), json, file].concat()
}

/// The usual file behind a header with this name.
fn whole(name: &str) -> Vec<u8> {
    framed(header(name, CONTENT.len()), CONTENT)
}

/// Half of the usual file behind its header.
fn half(name: &str) -> Vec<u8> {
    framed(header(name, CONTENT.len()), &CONTENT[..10])
}

/// Sends these to the client, if it is there, with a pause before each.
fn slowly(millis: u64, parts: &[&[u8]]) -> Vec<Step> {
    let time = Duration::from_millis(millis);
    let part = |part: &&[u8]| [pause(time), try_send("peer", *part)];
    after(vec![accept("peer")], parts.iter().flat_map(part).collect())
}

/// Closes, and expects the printed header, a good end, and the file.
fn fetched(name: &str, content: &[u8]) -> Vec<Step> {
    let size = content.len();
    let line = format!("{{'filename': '{name}', 'filesize': {size}}}");
    let content = content.to_vec();
    let kept = call("the file is there", move |trial| {
        let came = fs::read(target(trial)).unwrap_or_default();
        if came != content || !target(trial).exists() {
            let what = tr("the file at {out} is none, or another");
            let stop = Stop::mismatch(Kind::Other, what);
            return Err(stop.with_bytes(&content, came));
        }
        nothing_beside(trial)?;
        Ok(fs::remove_file(target(trial))?)
    });
    let printed = call("it prints the header", move |trial| {
        let mut outcome = trial.prints(&line);
        if let Err(Stop::Mismatch(mismatch)) = &mut outcome {
            // The check knows more than "its stderr says why".
            mismatch.hint = None;
        }
        outcome
    });
    let printed = printed.hint(Kind::Other, AS_PYTHON);
    vec![close_sending("peer"), printed, ends(0), kept]
}

fn fetches(name: &str, bytes: &[u8], content: &[u8]) -> Vec<Step> {
    after(slowly(0, &[bytes]), fetched(name, content))
}

fn nothing_beside(trial: &Trial) -> Outcome {
    for entry in fs::read_dir(trial.folder().join("in"))? {
        let name = entry?.file_name();
        if name != "came" {
            let name = name.to_string_lossy();
            let what = tr_with("it left {name} behind", &[("name", &name)]);
            return sure(wrong(Kind::More, what), LEFT_OVER);
        }
    }
    Ok(())
}

fn end(trial: &mut Trial) -> Outcome {
    if trial.wait_for_end(PATIENCE)? {
        return Ok(());
    }
    wrong(Kind::NotEnded, tr("it had not ended 12 s later"))
}

/// Expects exit code 1, and no file; the header may have been printed.
fn refuse(trial: &mut Trial) -> Outcome {
    end(trial)?;
    if let Ok(found) = fs::metadata(target(trial)) {
        let bytes = found.len();
        let words = "a file of {bytes} bytes is there as {out}";
        let what = tr_with(words, &[("bytes", &bytes)]);
        return Err(trial.with_end(Kind::Other, &what));
    }
    nothing_beside(trial)?;
    while trial.line()?.is_some() {}
    trial.ended_with(1)
}

fn refuses() -> Step {
    call("it refuses that, and keeps no file", refuse)
}

/// Expects that nothing is there under the final name while the file stops
/// amid its way, that it is given up in time, and that nothing is left.
fn stalls(trial: &mut Trial) -> Outcome {
    trial.did(tr("sent nothing more"));
    let (since, wait) = (Instant::now(), Wait::new(PATIENCE));
    while !trial.has_ended()? && wait.goes_on()? {
        if target(trial).exists() {
            let stop = wrong(Kind::Part, tr("half the file is there as {out}"));
            return sure(stop, IN_PLACE);
        }
    }
    if since.elapsed() < LEAST_PATIENCE {
        return Err(trial.with_end(Kind::TooEarly, tr("it gave up at once")));
    }
    if is_in_doubt(since.elapsed()) {
        return Err(Stop::TooBusy);
    }
    refuse(trial)
}

/// Each of these is refused, by a client of its own.
fn each_refused(cases: &[Vec<u8>]) -> Vec<Step> {
    let mut steps = Vec::new();
    for case in cases {
        steps.extend((!steps.is_empty()).then(restart));
        steps.extend(slowly(0, &[case]));
        steps.extend([close_sending("peer"), refuses()]);
    }
    steps
}

fn overwrites_nothing(trial: &mut Trial) -> Outcome {
    fs::write(target(trial), "mine")?;
    trial.did(tr("put another file there before"));
    let steps = after(slowly(0, &[&whole(NAME)]), vec![close_sending("peer")]);
    for step in steps {
        match trial.play(&step.action) {
            // It may refuse before it has connected.
            Err(Stop::Mismatch(_)) => break,
            played => played?,
        }
    }
    end(trial)?;
    let left = fs::read(target(trial)).unwrap_or_default();
    if left != b"mine" {
        let what = tr("the file that was there has changed");
        return Err(Stop::mismatch(Kind::Other, what).with_bytes("mine", left));
    }
    fs::remove_file(target(trial))?;
    refuse(trial)
}

/// It may take such a name or refuse it, but prints it safely.
fn prints_any(trial: &mut Trial) -> Outcome {
    end(trial)?;
    if !trial.stdout().is_empty() {
        trial.prints_safely(&["one", "piece"])?;
    }
    let refused = trial.exit_code() == Some(1);
    trial.ended_with(i32::from(refused))
}

fn stays_in_its_folder(trial: &mut Trial) -> Outcome {
    let folder = trial.folder().join("in");
    let absolute = trial.folder().join("one-piece");
    let absolute = absolute.to_string_lossy().replace('\\', "/");
    for name in
        ["../one-piece", "..\\\\one-piece", "one\\u0000piece", &absolute]
    {
        trial.accept("peer")?;
        trial.send("peer", &half(name))?;
        // It begins to write, or gives up.
        let wait = Wait::new(PATIENCE);
        while fs::read_dir(&folder)?.next().is_none()
            && fs::read_dir(trial.folder())?.count() == 1
            && !trial.has_ended()?
            && wait.goes_on()?
        {}
        trial.play(&try_send("peer", &CONTENT[10..]).action)?;
        trial.play(&close_sending("peer").action)?;
        if fs::read_dir(trial.folder())?.count() > 1 {
            let words = "a file named {name} came outside its folder";
            let what = tr_with(words, &[("name", &name)]);
            return wrong(Kind::Other, what);
        }
        prints_any(trial)?;
        let _ = fs::remove_file(target(trial));
        trial.restart()?;
    }
    Ok(())
}

/// A file of 40 bytes with its header, in pieces of each size.
fn in_pieces_of_each_size() -> Vec<Step> {
    let bytes = framed(header("a", 4), b"1234");
    let with = |size| {
        let sent = vec![accept("peer"), send_pieces("peer", &bytes, size)];
        after(after(sent, fetched("a", b"1234")), vec![restart()])
    };
    (1..=bytes.len()).flat_map(with).collect()
}

/// Has the server's file, or a place for the client's, before all else.
fn prepared(mut check: Check) -> Check {
    let (side, script) = (check.side, check.script);
    check.script = Arc::new(move || {
        let first = match side {
            Side::Server => offers(NAME, CONTENT.into()),
            Side::Client => call("gives it a place for the file", make_room),
        };
        after(vec![first], script())
    });
    check
}

pub fn checks() -> Vec<Check> {
    servers().into_iter().chain(clients()).map(prepared).collect()
}

fn servers() -> Vec<Check> {
    vec![
        server(
            Article,
            "sends a file behind its header",
            "Four bytes of length, the header in JSON, the file, the end.",
            "send the header's length in four bytes, little-endian, then the \
             header in JSON, then the file, then close",
            sends,
        ),
        server(
            Pieces,
            "sends a large file to a slow reader",
            "16 MB fit in no buffer: the server waits, and sends all.",
            WRITES_ONCE,
            || {
                let mut steps = sends_file(NAME, large());
                steps.insert(2, pause(Duration::from_millis(500)));
                steps
            },
        ),
        server(
            Odd,
            "counts the header's bytes",
            "The file is 海贼王.mkv: more bytes than characters.",
            CHARACTERS,
            || sends_file(CHINESE, CONTENT.into()),
        ),
        server(
            Odd,
            "sends a file that is no text",
            "Bytes that are no UTF-8, NUL, both line ends: all as is.",
            TEXT_FILE,
            || {
                let odd = b"\xff\x00\r\n\xe6\xb5\n\x1a\x80 ok\r".repeat(400);
                sends_file(NAME, odd)
            },
        ),
        server(
            Odd,
            "sends an empty file",
            "filesize is 0, and the end follows the header.",
            "a file of 0 bytes is a file: its header goes out all the same",
            || sends_file(NAME, Vec::new()),
        ),
        faults::listens_where_told(sends),
        faults::patient(sends),
        server(
            BadPeer,
            "serves the next client too",
            "Three clients, one after another, get the whole file.",
            "after one client it is over: accept again, in a loop",
            || after(sends(), after(sends(), sends())),
        ),
        server(
            BadPeer,
            "outlives clients that go away",
            "They close and reset, at once and amid the file.",
            SERVES_ON,
            || {
                let mut steps = vec![offers(NAME, large())];
                steps.extend([connect("one"), close("one")]);
                steps.extend([connect("two"), reset("two")]);
                steps.extend(after(begins("three"), vec![close("three")]));
                steps.extend(after(begins("four"), vec![reset("four")]));
                steps.push(explains());
                after(steps, gets(NAME, large()))
            },
        ),
        server(
            BadPeer,
            "sends nothing when there is no file",
            "It ends with exit code 1, or closes without a header.",
            PROMISE,
            || vec![call("names a missing file", offers_nothing)],
        ),
        server(
            Many,
            "lets nobody wait for a slow client",
            "One client is slow to take 16 MB; another gets them all.",
            ONE_AT_A_TIME,
            || gets_beside(1),
        ),
        server(
            Many,
            "serves one more beside twenty slow ones",
            "Twenty clients are slow; the next one gets the file.",
            FEW_THREADS,
            || gets_beside(20),
        ),
        server(
            Many,
            "serves a hundred at once",
            "A hundred clients connect, then each gets the whole file.",
            FEW_THREADS,
            || {
                vec![
                    offers(NAME, large()[..100_000].into()),
                    call("a hundred get it", serves_a_hundred),
                ]
            },
        ),
    ]
}

fn clients() -> Vec<Check> {
    vec![
        client(
            Article,
            "fetches a file",
            "It prints the header as Python prints a dict, and has the file.",
            FETCH,
            || {
                let header = framed(header(NAME, 37), b"");
                let sent = slowly(300, &[&header, CONTENT]);
                after(sent, fetched(NAME, CONTENT))
            },
        ),
        client(
            Pieces,
            "puts the pieces together",
            "40 bytes in pieces of 1, of 2, … of 40: any cut is possible.",
            ONE_RECV,
            in_pieces_of_each_size,
        ),
        client(
            Pieces,
            "takes apart what came at once",
            "Length, header and file arrive as one piece.",
            TOO_MUCH,
            || fetches(NAME, &whole(NAME), CONTENT),
        ),
        client(
            Pieces,
            "receives a large file",
            "3 MiB, which no single recv brings.",
            ONE_RECV,
            || {
                let content = &large()[..3 << 20];
                let header = framed(header(NAME, content.len()), b"");
                let mut parts = vec![&*header];
                parts.extend(content.chunks(1 << 20));
                after(slowly(100, &parts), fetched(NAME, content))
            },
        ),
        client(
            Odd,
            "receives an empty file",
            "filesize is 0: a file of 0 bytes is there.",
            "a file of 0 bytes is a file: it is there, and empty",
            || fetches(NAME, &framed(header(NAME, 0), b""), b""),
        ),
        client(
            Odd,
            "reads a name beyond ASCII",
            "海贼王.mkv, as plain UTF-8 and in JSON's escapes.",
            JSON,
            || {
                let plain = fetches(CHINESE, &whole(CHINESE), CONTENT);
                let escaped = whole("\\u6d77\\u8d3c\\u738b.mkv");
                let escaped = fetches(CHINESE, &escaped, CONTENT);
                after(plain, after(vec![restart()], escaped))
            },
        ),
        client(
            Odd,
            "reads the longest header",
            "65536 bytes, most of them spaces, which JSON allows.",
            LONG_HEADER,
            || fetches(NAME, &padded(LONGEST), CONTENT),
        ),
        client(
            Odd,
            "escapes what could command a terminal",
            "A name's control characters, U+202E and so on are not printed.",
            ESCAPES,
            || {
                let name = Value::from(faults::UNSAFE).to_string();
                let bytes = whole(name.trim_matches('"'));
                let sent = slowly(0, &[&bytes]);
                let safe = call("it prints that safely", prints_any);
                after(sent, vec![close_sending("peer"), safe])
            },
        ),
        faults::goes_where_told(|| fetches(NAME, &whole(NAME), CONTENT)),
        client(
            BadPeer,
            "gives up a server that stalls",
            "Half the file, then silence: exit code 1, and no file.",
            TIMEOUT,
            || {
                let stalls = call("it gives up in time", stalls);
                let stalls = stalls.hint(Kind::TooEarly, IMPATIENT);
                after(slowly(0, &[&half(NAME)]), vec![stalls])
            },
        ),
        client(
            BadPeer,
            "keeps no file that is too short",
            "The server closes or resets amid the file: exit code 1.",
            SHORT,
            || {
                let part = &large()[..60_000];
                let part = framed(header(NAME, 100_000), part);
                let mut steps = each_refused(std::slice::from_ref(&part));
                steps.push(restart());
                steps.extend(slowly(0, &[&part]));
                steps.push(pause(Duration::from_millis(300)));
                after(steps, vec![reset("peer"), refuses()])
            },
        ),
        client(
            BadPeer,
            "keeps no file that is too long",
            "One byte more comes than was announced, at once or late.",
            TOO_LONG,
            || {
                let long = [whole(NAME), b"!".into()].concat();
                let mut steps = each_refused(&[long]);
                steps.push(restart());
                steps.extend(slowly(2000, &[&whole(NAME), b"!"]));
                after(steps, vec![close_sending("peer"), refuses()])
            },
        ),
        client(
            BadPeer,
            "waits for a slow server",
            "The header comes 3 s later.",
            IMPATIENT,
            || {
                let sent = slowly(3000, &[&whole(NAME)]);
                after(sent, fetched(NAME, CONTENT))
            },
        ),
        client(
            BadPeer,
            "takes a file that comes slowly",
            "Bytes come every 700 ms, for 8 s in all.",
            ONE_PATIENCE,
            || {
                let header = framed(header(NAME, CONTENT.len()), b"");
                let mut parts = vec![&*header];
                parts.extend(CONTENT.chunks(3));
                after(slowly(700, &parts), fetched(NAME, CONTENT))
            },
        ),
        client(
            BadPeer,
            "refuses a length out of bounds",
            "0, negative, more than 65536, big-endian: exit code 1.",
            NO_BOUND,
            || {
                let right = whole(NAME);
                let with = |n: [u8; 4]| [&n, &right[4..]].concat();
                each_refused(&[
                    with([0; 4]),
                    with((-5_i32).to_le_bytes()),
                    padded(LONGEST + 1),
                    padded(100_000),
                    with(i32::MAX.to_le_bytes()),
                    with([0, 0, 0, right[0]]),
                ])
            },
        ),
        client(
            BadPeer,
            "refuses a header that is none",
            "No UTF-8, no JSON, no object, or without its two fields.",
            HEADER,
            || {
                let cases: [&[u8]; 7] = [
                    b"hello",
                    b"[]",
                    b"\xff\xfe{}",
                    b"{\"filename\": \"\xba\xa3\", \"filesize\": 37}",
                    br#"{"filename": "a"}"#,
                    br#"{"filesize": 37}"#,
                    br#"{"filename": 5, "filesize": 37}"#,
                ];
                each_refused(&cases.map(|json| framed(json, CONTENT)))
            },
        ),
        client(
            BadPeer,
            "refuses a filesize that is no whole number",
            "\"12\", 1.5, true, null, -5, 2^64: exit code 1, and no file.",
            HEADER,
            || {
                let sizes: [(&str, &[u8]); 6] = [
                    ("\"37\"", CONTENT),
                    ("37.5", CONTENT),
                    ("true", b"1"),
                    ("null", b""),
                    ("-5", CONTENT),
                    ("18446744073709551616", b""),
                ];
                each_refused(&sizes.map(|(size, file)| {
                    framed(header(NAME, 37).replace("37", size), file)
                }))
            },
        ),
        client(
            BadPeer,
            "notices the end amid the header",
            "Closed or reset at once, amid the length, amid the header.",
            END,
            || {
                let come = [0, 2, 4, 20].map(|n| whole(NAME)[..n].to_vec());
                let broken = vec![restart(), accept("peer"), reset("peer")];
                let both = after(each_refused(&come), broken);
                after(both, vec![refuses().or_hint(RESET)])
            },
        ),
        client(
            BadPeer,
            "overwrites nothing",
            "A file of that name is there: it stays, and exit code 1.",
            OVERWRITES,
            || vec![call("a file is there before", overwrites_nothing)],
        ),
        client(
            BadPeer,
            "stays in its folder",
            "The header's name is a path, or holds a NUL.",
            TRUSTED,
            || vec![call("sends dangerous names", stays_in_its_folder)],
        ),
        client(
            BadPeer,
            "gives up a silent server",
            "The server accepts and says nothing: exit code 1 in time.",
            TIMEOUT,
            faults::silent(|| vec![accept("peer")]),
        ),
        client(
            BadPeer,
            "gives up a header that drips",
            "A byte now and then: the whole header has one deadline.",
            ONE_DEADLINE,
            || {
                let header = padded(1000);
                vec![accept("peer"), drip("peer", header), refuses()]
            },
        ),
        faults::nobody_listens(),
    ]
}
