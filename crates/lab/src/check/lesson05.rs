//! What lesson 05's programs must withstand.
//!
//! Which demo a program plays: the command's `{demo}` tells it, wherever that
//! stands (`--demo {demo}`, or `{demo}_server.py`), and then all four are
//! judged; one that a program does not take for an argument (it exits with
//! 2) is not. A command without it plays one demo, merge or split, and a
//! black box can tell which: of each pair of programs one sends as soon as
//! there is a connection, and the other listens. A server that listens is
//! merge's, one that sends is split's; with clients it is the other way
//! round. The other demos' checks are then not judged. Where a receiver's
//! recvs end is the network's choice: only that each byte is printed once
//! and in order is judged, unless all of it was there at once.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::failure::{Failure, Step};
use super::hints::{CUT, END, NOT_TEXT, TIMEOUT};
use super::player::{Bench, Connection, PATIENCE, PAUSE, Socket, pause};
use super::{AS_THE_ARTICLE, BAD_PEER, Check, ODD, PIECES, Programs};
use crate::catalogue::Side::{self, Client, Server};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}", "--demo", "{demo}"],
    client: &["{host}:{port}", "--demo", "{demo}"],
    values: &[("demo", "merge")],
};

const MERGE: [&str; 5] = ["第一次", "第二次", "第三次", "第四次", "第五次"];
const SPLIT: [&str; 5] = ["一次一次一次", "二次", "三次", "四次", "五次"];

/// Split's 42 bytes, 9 at a time.
const NINES: [&str; 5] = ["一次一", "次一次", "二次三", "次四次", "五次"];

/// So soon a sender sends once there is a connection.
const SOON: Duration = Duration::from_secs(1);

const ONE_RECV: &str = "one send is not one recv, and a short recv does not mean that all has \
     come: TCP has no messages. Receive again and again, until a recv gives 0 \
     bytes: that is the end of the stream";
const GONE: &str = "the other side may be gone before all is sent: a send that fails is a \
     sentence on stderr and exit code 1, never a panic or a signal (SIGPIPE)";
const NOT_ANSWERED: &str = "send all five one after the other, and close: nobody answers, so wait \
     for nothing. Until the socket is closed, the receiver waits for more";

pub const CHECKS: &[Check] = &[
    Check {
        name: "merge: prints what came at once",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "All five messages are there at the first recv: one line.",
        hint: "accept, receive up to 1024 bytes, print them as one line, and \
               end when the stream does",
        run: |bench| {
            let mut client = meet(bench, Server, "merge")?;
            client.send(MERGE.concat())?;
            client.close();
            bench.expect_line(&MERGE.concat())?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "merge: reads to the end of the stream",
        side: Server,
        stage: PIECES,
        purpose: "Five messages, a pause after each: all of them is printed.",
        hint: ONE_RECV,
        run: |bench| {
            let mut client = meet(bench, Server, "merge")?;
            for message in MERGE {
                client.offer(message);
                pause(PAUSE * 5)?;
            }
            client.close();
            expect_all(bench, &MERGE.concat())
        },
    },
    Check {
        name: "merge: survives cut characters",
        side: Server,
        stage: PIECES,
        purpose: "It comes 4 bytes at a time, and a character has 3.",
        hint: CUT,
        run: |bench| {
            let mut client = meet(bench, Server, "merge")?;
            offer_in_fours(&mut client, &MERGE.concat())?;
            client.close();
            expect_all(bench, &MERGE.concat())
        },
    },
    Check {
        name: "merge: loses nothing of a long stream",
        side: Server,
        stage: ODD,
        purpose: "9000 bytes at once: more than one recv takes.",
        hint: ONE_RECV,
        run: |bench| {
            let mut client = meet(bench, Server, "merge")?;
            client.send("海贼王".repeat(1000))?;
            client.close();
            expect_all(bench, &"海贼王".repeat(1000))
        },
    },
    Check {
        name: "merge: survives bytes that are no text",
        side: Server,
        stage: ODD,
        purpose: "They are shown as U+FFFD, and control characters escaped.",
        hint: NOT_TEXT,
        run: |bench| {
            let mut client = meet(bench, Server, "merge")?;
            client.send(b"one\xff\x1b[2J piece")?;
            client.close();
            bench.expect_harmless_line(&["one\u{fffd}", " piece"])?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "merge: takes the end for no message",
        side: Server,
        stage: BAD_PEER,
        purpose: "Closed before anything came: exit code 1, and no line.",
        hint: END,
        run: |bench| {
            meet(bench, Server, "merge")?.close();
            expect_no_line(bench)
        },
    },
    Check {
        name: "merge: gives up a silent client",
        side: Server,
        stage: BAD_PEER,
        purpose: "Silent after the first message: exit code 1 in time.",
        hint: TIMEOUT,
        run: |bench| {
            let mut client = meet(bench, Server, "merge")?;
            client.send(MERGE[0])?;
            bench.note("said nothing more");
            expect_failure(bench)
        },
    },
    Check {
        name: "merge: says when the connection breaks",
        side: Server,
        stage: BAD_PEER,
        purpose: "Reset after the first message: exit code 1.",
        hint: "a recv that fails is not the end of the stream: what came may \
               be half of it. Say so on stderr, and exit with 1",
        run: |bench| {
            let mut client = meet(bench, Server, "merge")?;
            client.send(MERGE[0])?;
            pause(PAUSE * 10)?;
            client.reset()?;
            expect_failure(bench)
        },
    },
    Check {
        name: "split: sends its five messages",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "42 bytes, then the end; it prints nothing.",
        hint: NOT_ANSWERED,
        run: |bench| sends(bench, Server, "split", &SPLIT.concat()),
    },
    Check {
        name: "split: survives a client that is gone",
        side: Server,
        stage: BAD_PEER,
        purpose: "Reset at once: exit code 0 or 1, as far as it came.",
        hint: GONE,
        run: |bench| {
            meet(bench, Server, "split")?.reset()?;
            match bench.expect_exit(1) {
                Ok(()) => Ok(()),
                Err(_) => bench.expect_exit(0),
            }
        },
    },
    Check {
        name: "udp: prints a line per datagram",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "Datagrams keep their boundaries: five lines, then the end.",
        hint: "a recv takes one datagram, however many wait: print each as a \
               line of its own, and end after the fifth",
        run: |bench| play(bench, "udp", udp_server),
    },
    Check {
        name: "nagle: answers each message once",
        side: Server,
        stage: PIECES,
        purpose: "Two halves, one `!`: as two, in bytes, and two at once.",
        hint: "a message is 6 bytes, however they come: receive until there \
               are so many, then answer once, and wait for the next 6",
        run: |bench| play(bench, "nagle", nagle_server),
    },
    Check {
        name: "merge: sends its five messages",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "45 bytes, then the end; it prints nothing.",
        hint: NOT_ANSWERED,
        run: |bench| sends(bench, Client, "merge", &MERGE.concat()),
    },
    Check {
        name: "says when nobody listens",
        side: Client,
        stage: BAD_PEER,
        purpose: "Refused: exit code 1, and nothing on stdout.",
        hint: "a connection that is refused is a sentence on stderr, and exit \
               code 1",
        run: |bench| {
            bench.start()?;
            bench.note("was nowhere");
            bench.expect_exit(1)
        },
    },
    Check {
        name: "split: reads nine bytes at a time",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "All 42 bytes are there: four lines of 9 and one of 6.",
        hint: "each recv takes up to 9 bytes, wherever a message ends: print \
               each as a line of its own, until the end",
        run: |bench| {
            let mut server = meet(bench, Client, "split")?;
            server.send(SPLIT.concat())?;
            server.close();
            // The article's program takes the end for a sixth line. That is
            // another check's affair.
            match expect_lines(bench, &NINES)? {
                Some(line) if line.is_empty() => Ok(()),
                Some(line) => {
                    Err(Failure::new("it printed one more line")
                        .bytes("", line))
                }
                None => bench.expect_exit(0),
            }
        },
    },
    Check {
        name: "split: reads to the end of the stream",
        side: Client,
        stage: PIECES,
        purpose: "Six bytes at a time, a pause after each: all is printed.",
        hint: ONE_RECV,
        run: |bench| {
            let mut server = meet(bench, Client, "split")?;
            for piece in SPLIT.concat().as_bytes().chunks(6) {
                server.offer(piece);
                pause(PAUSE * 2)?;
            }
            server.close();
            expect_all(bench, &SPLIT.concat())
        },
    },
    Check {
        name: "split: survives cut characters",
        side: Client,
        stage: PIECES,
        purpose: "It comes 4 bytes at a time, and a character has 3.",
        hint: CUT,
        run: |bench| {
            let mut server = meet(bench, Client, "split")?;
            offer_in_fours(&mut server, &SPLIT.concat())?;
            server.close();
            expect_all(bench, &SPLIT.concat())
        },
    },
    Check {
        name: "split: prints no line for the end",
        side: Client,
        stage: PIECES,
        purpose: "The end of the stream is no message: five lines, no sixth.",
        hint: "a recv of 0 bytes is no empty message, and does not mean \
               \"nothing yet\": it is the end of the stream. Print nothing for \
               it, and end",
        run: |bench| {
            let mut server = meet(bench, Client, "split")?;
            server.send(SPLIT.concat())?;
            server.close();
            match expect_lines(bench, &NINES)? {
                None => bench.expect_exit(0),
                Some(line) => {
                    Err(Failure::new("it printed one more line")
                        .bytes("", line))
                }
            }
        },
    },
    Check {
        name: "split: loses nothing of a long stream",
        side: Client,
        stage: ODD,
        purpose: "1800 bytes at once: two hundred times nine.",
        hint: ONE_RECV,
        run: |bench| {
            let mut server = meet(bench, Client, "split")?;
            server.send("海贼王".repeat(200))?;
            server.close();
            expect_all(bench, &"海贼王".repeat(200))
        },
    },
    Check {
        name: "split: survives bytes that are no text",
        side: Client,
        stage: ODD,
        purpose: "They are shown as U+FFFD, and control characters escaped.",
        hint: NOT_TEXT,
        run: |bench| {
            let mut server = meet(bench, Client, "split")?;
            server.send(b"one\xff\x1b[2J!")?;
            server.close();
            bench.expect_harmless_line(&["one\u{fffd}", "!"])?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "split: takes the end for no message",
        side: Client,
        stage: BAD_PEER,
        purpose: "Closed before anything came: exit code 1, and no line.",
        hint: END,
        run: |bench| {
            meet(bench, Client, "split")?.close();
            expect_no_line(bench)
        },
    },
    Check {
        name: "split: gives up a silent server",
        side: Client,
        stage: BAD_PEER,
        purpose: "Silent after the first message: exit code 1 in time.",
        hint: TIMEOUT,
        run: |bench| {
            let mut server = meet(bench, Client, "split")?;
            server.send(SPLIT[0])?;
            bench.note("said nothing more");
            expect_failure(bench)
        },
    },
    Check {
        name: "udp: sends its five datagrams",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "Five messages, a datagram each; it prints nothing.",
        hint: "one send is one datagram: send each message with its own, and \
               end",
        run: |bench| play(bench, "udp", udp_client),
    },
    Check {
        name: "nagle: waits for each answer",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "It sends 6 bytes, and the next ones after the answer.",
        hint: "write, write, read: both halves, then wait for the answer, \
               then the next round",
        run: |bench| play(bench, "nagle", nagle_client),
    },
];

/// A connection with a program that plays merge or split.
fn meet(bench: &mut Bench, side: Side, demo: &'static str) -> Step<Connection> {
    /// Whether the one program that is judged sends, once that is known.
    static SENDS: OnceLock<bool> = OnceLock::new();

    let told = bench.give("demo", demo).is_ok();
    let mut peer = met(bench, side)?;
    if told {
        return Ok(peer);
    }
    let sends = match SENDS.get() {
        Some(sends) => *sends,
        None => {
            let sends = peer.speaks_within(SOON)?;
            *SENDS.get_or_init(|| sends)
        }
    };
    match sends == ((side == Server) == (demo == "split")) {
        true => Ok(peer),
        false => Err(Failure::Without("demo")),
    }
}

fn met(bench: &mut Bench, side: Side) -> Step<Connection> {
    match side {
        Server => bench.connect(),
        Client => bench.listen().and_then(|door| bench.accept(&door)),
    }
}

/// Plays a demo that only a command with `{demo}` has, and not all of these.
fn play(
    bench: &mut Bench,
    demo: &'static str,
    part: fn(&mut Bench) -> Step,
) -> Step {
    bench.give("demo", demo)?;
    let played = part(bench);
    let ended = played.is_err() && bench.expect_running().is_err();
    if ended && bench.expect_exit(2).is_ok() {
        return Err(Failure::Without(match demo {
            "udp" => "demo: udp",
            _ => "demo: nagle",
        }));
    }
    played
}

/// Expects that it sends exactly this, closes, and prints nothing.
fn sends(
    bench: &mut Bench,
    side: Side,
    demo: &'static str,
    text: &str,
) -> Step {
    let mut peer = meet(bench, side, demo)?;
    peer.expect(text)?;
    peer.expect_end()?;
    bench.expect_exit(0)
}

fn udp_server(bench: &mut Bench) -> Step {
    bench.speak_udp(true);
    bench.start()?;
    for _ in 0..10 {
        pause(PAUSE)?;
        bench.expect_running()?;
    }
    let mut client = bench.socket()?;
    for message in MERGE {
        client.send(message)?;
    }
    for message in MERGE {
        bench.expect_line(message)?;
    }
    bench.expect_exit(0)
}

fn udp_client(bench: &mut Bench) -> Step {
    let mut server = bench.bind()?;
    for message in MERGE {
        let came = datagram(bench, &mut server)?;
        if came != message.as_bytes() {
            let what = "another datagram came";
            return Err(Failure::new(what).bytes(message, came));
        }
    }
    bench.expect_exit(0)
}

/// The client's next datagram, which it may have sent just before it ended.
fn datagram(bench: &mut Bench, server: &mut Socket) -> Step<Vec<u8>> {
    let until = Instant::now() + PATIENCE;
    loop {
        let running = bench.expect_running();
        if let Some(came) = server.receive_within(PAUSE)? {
            return Ok(came);
        }
        running?;
        if Instant::now() >= until {
            return Err(Failure::new("no datagram came within 12 s"));
        }
    }
}

fn nagle_server(bench: &mut Bench) -> Step {
    let mut client = bench.connect()?;
    client.send("一")?;
    client.expect_nothing(PAUSE * 5)?;
    client.send("次")?;
    client.expect("!")?;
    client.send_in_pieces("一次", 1)?;
    client.expect("!")?;
    client.send("一次一次")?;
    client.expect("!!")?;
    client.close_sending();
    client.expect_end()?;
    bench.expect_exit(0)
}

fn nagle_client(bench: &mut Bench) -> Step {
    let mut server = met(bench, Client)?;
    for _ in 0..2 {
        server.expect("一次")?;
        server.expect_nothing(PAUSE * 5)?;
        server.send("!")?;
    }
    server.expect("一次")
}

/// Expects that it prints these lines; gives what it printed after them.
fn expect_lines(bench: &mut Bench, lines: &[&str]) -> Step<Option<Vec<u8>>> {
    for line in lines {
        bench.expect_line(line)?;
    }
    bench.line()
}

/// Expects that it prints all of a text, in as many lines as it likes, and
/// ends. For a character that was cut, there may be up to three U+FFFD.
fn expect_all(bench: &mut Bench, text: &str) -> Step {
    let came = until_the_end(bench)?;
    if !is_same(text, &came) {
        let what = "it did not print all that came, once and in order";
        return Err(Failure::new(what).bytes(text, came));
    }
    bench.expect_exit(0)
}

/// Sends 4 bytes at a time, whether or not the program still wants them.
fn offer_in_fours(peer: &mut Connection, text: &str) -> Step {
    for piece in text.as_bytes().chunks(4) {
        peer.offer(piece);
        pause(PAUSE)?;
    }
    Ok(())
}

fn expect_no_line(bench: &mut Bench) -> Step {
    match bench.line()? {
        None => bench.expect_exit(1),
        Some(line) => {
            let what = "it printed a line, though nothing had come";
            Err(Failure::new(what).bytes("", line))
        }
    }
}

/// Expects that it gives up, whatever it has printed by then.
fn expect_failure(bench: &mut Bench) -> Step {
    until_the_end(bench)?;
    bench.expect_exit(1)
}

/// What it prints until it ends, without the lines' ends.
fn until_the_end(bench: &mut Bench) -> Step<String> {
    if !bench.wait_for_end()? {
        return Err(Failure::new("it had not ended 12 s later"));
    }
    let mut all = String::new();
    while let Some(line) = bench.line()? {
        all += &String::from_utf8_lossy(&line);
    }
    Ok(all)
}

/// Whether this is a text, but for characters that were cut.
fn is_same(text: &str, came: &str) -> bool {
    let came: Vec<char> = came.chars().collect();
    // All the places in what came that so much of the text may lead to.
    let mut places = BTreeSet::from([0]);
    for c in text.chars() {
        let mut next = BTreeSet::new();
        for place in places {
            let rest = came.get(place..).unwrap_or_default();
            if rest.first() == Some(&c) {
                next.insert(place + 1);
            }
            let cut = rest.iter().take(3).take_while(|c| **c == '\u{fffd}');
            next.extend((1..=cut.count()).map(|parts| place + parts));
        }
        places = next;
    }
    places.contains(&came.len())
}
