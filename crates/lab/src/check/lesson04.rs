//! What lesson 04's programs must withstand.
//!
//! A server is not told which formats are bad: each strftime knows others,
//! and many copy what they do not know. What no strftime can answer (bytes
//! that are no text, a NUL, too much) must be refused with `error: …`.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::failure::{Failure, Step};
use super::player::{Bench, PATIENCE, PAUSE, Socket, pause};
use super::{AS_THE_ARTICLE, BAD_PEER, Check, MANY, ODD, PIECES, Programs};
use crate::catalogue::Side::{Client, Server};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}", "--interval", "200ms"],
    values: &[],
};

/// What the article's client asks for.
const FORMAT: &str = "%Y/%m/%d %H:%M:%S";

const TIME: &str = "2026/02/03 04:05:06";
const LATER: &str = "2026/02/03 04:05:07";
const LATEST: &str = "2026/02/03 04:05:08";

/// What must never be taken for the time.
const FORGED: &str = "1999/12/31 23:59:59";

/// The most bytes in an answer.
const LONGEST: usize = 1024;

const GOES_ON: &str = "one client's trouble must not be the others': catch what goes wrong with \
     a question, answer `error: …`, and go on with the next datagram";
const FRESH: &str = "an answer that comes late or twice waits in the socket and is taken for \
     the next one, and the clock is one behind for ever: take a fresh socket, \
     and so a fresh port, for each question";
const NO_TIME: &str = "what comes from the network need not be what was asked for: print the \
     answer only if it reads back as a time in the format, and say on stderr \
     what else it was";
const KEEPS_TRYING: &str = "UDP may lose a question or its answer, and tells nobody: set a timeout \
     on the socket, say on stderr that no answer came, and ask again";
const ABSENT: &str = "\"refused\" means that nobody is there yet, and a send to nobody succeeds: \
     neither must end or stop a client that is told to run for ever. Set a \
     timeout on the socket, and ask again";

pub const CHECKS: &[Check] = &[
    Check {
        name: "tells the time",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "%Y/%m/%d %H:%M:%S is answered with the time, in any zone.",
        hint: "give the format to strftime with the local time, and send the \
               answer from the socket that received, to the address that \
               recvfrom told: another port is a stranger to the client",
        run: |bench| {
            let mut client = bench.socket()?;
            let before = now();
            client.send(FORMAT)?;
            let came = answer(bench, &mut client)?;
            expect_fit(FORMAT, &came)?;
            expect_now(&came, before)
        },
    },
    Check {
        name: "serves one client after the other",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "It goes on after an answer: five clients get theirs.",
        hint: "receive and answer in a loop, with the one socket that is \
               bound, and connect it to nobody",
        run: |bench| {
            asks(bench, FORMAT)?;
            for _ in 0..4 {
                asks_again(bench, FORMAT)?;
            }
            bench.expect_running()
        },
    },
    Check {
        name: "answers in the format it is asked for",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "Each client chooses: the format is in the datagram.",
        hint: "the datagram is the format: render the time in what came, not \
               in a format of the server's own",
        run: |bench| {
            asks(bench, "%H:%M")?;
            asks_again(bench, "%Y, 100%%")?;
            asks_again(bench, "day %d of %m/%Y")
        },
    },
    Check {
        name: "takes each datagram for a question",
        side: Server,
        stage: PIECES,
        purpose: "Three questions at once, a long one first: three answers.",
        hint: "one recv is one datagram, and its length is what recv says: \
               collect nothing, and answer these bytes alone, not what an \
               earlier, longer one has left in the buffer",
        run: |bench| {
            let formats = ["the date is %Y/%m/%d", "%H:%M", "%%"];
            let mut client = bench.socket()?;
            client.send(formats[0])?;
            let mut came = vec![answer(bench, &mut client)?];
            client.offer(formats[1]);
            client.offer(formats[2]);
            client.offer(formats[0]);
            for _ in 0..3 {
                came.push(answer(bench, &mut client)?);
            }
            // A server with several threads may answer in any order.
            came.sort_by_key(Vec::len);
            let order = [formats[2], formats[1], formats[0], formats[0]];
            let mut pairs = order.into_iter().zip(&came);
            pairs.try_for_each(|(format, came)| expect_fit(format, came))
        },
    },
    Check {
        name: "reads a long format",
        side: Server,
        stage: ODD,
        purpose: "A format of 600 bytes is answered whole.",
        hint: "recv drops what a short buffer cannot hold, in silence: make \
               room for the longest format you answer, and more",
        run: |bench| asks(bench, &"%H and more ".repeat(50)),
    },
    Check {
        name: "outlives an empty question",
        side: Server,
        stage: ODD,
        purpose: "After a datagram of 0 bytes it serves the next client.",
        hint: "a datagram of 0 bytes is a message like any other: UDP has no \
               end of stream that it could be taken for",
        run: |bench| {
            let mut client = bench.socket()?;
            // The first one shows that the server is there.
            client.send(FORMAT)?;
            answer(bench, &mut client)?;
            client.offer("");
            client.receive_within(PAUSE * 10)?;
            asks_again(bench, FORMAT)
        },
    },
    Check {
        name: "answers a % without a meaning",
        side: Server,
        stage: ODD,
        purpose: "`%`, `100%` and `%Q` are answered, by an error or a copy.",
        hint: GOES_ON,
        run: |bench| {
            asks(bench, FORMAT)?;
            for format in ["%", "100%", "%Q"] {
                let came = asked_for(bench, format.as_bytes())?;
                let text = String::from_utf8_lossy(&came);
                if !text.starts_with("error: ") && !format.contains(&*text) {
                    let what = "the answer is neither an error nor a copy";
                    return Err(Failure::new(what).bytes("error: …", came));
                }
            }
            asks_again(bench, FORMAT)
        },
    },
    Check {
        name: "refuses a format that is no text",
        side: Server,
        stage: ODD,
        purpose: "Bytes that are no UTF-8 are answered `error: …`.",
        hint: "not every datagram is UTF-8: where decoding fails, answer \
               `error: …` and go on; one client's trouble must not be the \
               others'",
        run: |bench| refuses(bench, b"%Y \xff\xfe"),
    },
    Check {
        name: "refuses a format with a NUL",
        side: Server,
        stage: ODD,
        purpose: "%Y, a NUL and %m are answered `error: …`.",
        hint: "a NUL ends a text in C, and strftime is C inside: there it is \
               an error, or the rest is lost. Look for it first, answer \
               `error: …`, and go on",
        run: |bench| refuses(bench, b"%Y\0%m"),
    },
    Check {
        name: "refuses to answer with too much",
        side: Server,
        stage: ODD,
        purpose: "512 times %c would be 12 KB: it is answered `error: …`.",
        hint: "a small question must not make a huge answer, for the sender's \
               address may be forged, and somebody else is flooded: answer \
               `error: …` where the text is longer than 1024 bytes",
        run: |bench| refuses(bench, "%c".repeat(512).as_bytes()),
    },
    Check {
        name: "refuses a format that is too long",
        side: Server,
        stage: ODD,
        purpose: "A format of 1100 bytes is not cut in silence.",
        hint: "recv drops what the buffer cannot hold, in silence, and the \
               rest is answered as if it were all: with more room than you \
               accept, you see that it is too long, and answer `error: …`",
        run: |bench| refuses(bench, &b"%%".repeat(550)),
    },
    Check {
        name: "outlives clients that are gone",
        side: Server,
        stage: BAD_PEER,
        purpose: "Ten ask and close before the answer; the next is served.",
        hint: "an answer that reaches nobody is no error of the server's: go \
               on, whatever sending it says, and wait for no reply",
        run: |bench| {
            asks(bench, FORMAT)?;
            for _ in 0..10 {
                bench.socket()?.offer(FORMAT);
            }
            bench.note("closed those sockets without waiting");
            asks_again(bench, FORMAT)
        },
    },
    Check {
        name: "keeps fifty clients apart",
        side: Server,
        stage: MANY,
        purpose: "Fifty ask at once; each gets the answer to its question.",
        hint: "answer each question to the address that this datagram came \
               from; remember nothing from one to the next",
        run: fifty,
    },
    Check {
        name: "asks, and prints the answer",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "It asks for %Y/%m/%d %H:%M:%S, and prints what comes.",
        hint: "send `%Y/%m/%d %H:%M:%S` and nothing else in one datagram, \
               receive one, print it",
        run: |bench| {
            let mut server = asked(bench)?;
            server.send(TIME)?;
            bench.expect_line(TIME)
        },
    },
    Check {
        name: "goes on asking",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "Three questions, three answers, three lines, in order.",
        hint: "ask again after a pause of a second, for ever",
        run: |bench| {
            let mut server = bench.bind()?;
            for time in [TIME, LATER, LATEST] {
                answer_it(bench, &mut server, time)?;
            }
            bench.expect_running()
        },
    },
    Check {
        name: "takes no error for the time",
        side: Client,
        stage: ODD,
        purpose: "`error: …` is not printed; the next answer is.",
        hint: "an answer that begins with `error: ` says that there is no \
               time: it belongs on stderr",
        run: |bench| prints_not(bench, b"error: no such format"),
    },
    Check {
        name: "takes nothing for no time",
        side: Client,
        stage: ODD,
        purpose: "An answer of 0 bytes is not printed; the next one is.",
        hint: NO_TIME,
        run: |bench| prints_not(bench, b""),
    },
    Check {
        name: "outlives an answer that is no text",
        side: Client,
        stage: ODD,
        purpose: "Bytes that are no UTF-8 are not printed; the next time is.",
        hint: "not every datagram is UTF-8: where decoding fails, there is no \
               time in it. Say so on stderr, and ask again",
        run: |bench| prints_not(bench, b"2026/02/03 \xff\xfe"),
    },
    Check {
        name: "takes no nonsense for the time",
        side: Client,
        stage: ODD,
        purpose: "`one piece` is not printed; the next answer is.",
        hint: NO_TIME,
        run: |bench| prints_not(bench, b"\x1b[2Jone piece"),
    },
    Check {
        name: "does not cut a long answer into a time",
        side: Client,
        stage: ODD,
        purpose: "A time with 2000 bytes more is not printed as a time.",
        hint: "recv gives as much of a datagram as the buffer holds, and drops \
               the rest in silence: with more room than a time needs, you see \
               that the answer is none",
        run: |bench| {
            let mut long = FORGED.as_bytes().to_vec();
            long.resize(2000, b'0');
            prints_not(bench, &long)
        },
    },
    Check {
        name: "asks again when nothing comes",
        side: Client,
        stage: BAD_PEER,
        purpose: "Its first question is lost; a later one is answered.",
        hint: KEEPS_TRYING,
        run: |bench| {
            let mut server = asked(bench)?;
            bench.note("lost the first question");
            server.expect(FORMAT)?;
            server.send(TIME)?;
            answer_it(bench, &mut server, TIME)
        },
    },
    Check {
        name: "takes no second answer for the next",
        side: Client,
        stage: BAD_PEER,
        purpose: "An answer comes twice; the next question gets its own.",
        hint: FRESH,
        run: |bench| {
            let mut server = asked(bench)?;
            server.send(TIME)?;
            server.send(FORGED)?;
            bench.expect_line(TIME)?;
            answer_it(bench, &mut server, LATER)
        },
    },
    Check {
        name: "hears no stranger",
        side: Client,
        stage: BAD_PEER,
        purpose: "A time from another port is not the server's.",
        hint: "anybody may send to this port: connect() the socket, so that \
               the kernel passes on the server's datagrams alone, or compare \
               the sender's address",
        run: |bench| {
            let mut server = asked(bench)?;
            let mut stranger = server.stranger()?;
            bench.note("sent the next one from a stranger's port");
            stranger.send(FORGED)?;
            pause(PAUSE)?;
            server.send(TIME)?;
            answer_it(bench, &mut server, TIME)
        },
    },
    Check {
        name: "finds a server that starts later",
        side: Client,
        stage: BAD_PEER,
        purpose: "Nobody is there at first; the server comes 1.5 s later.",
        hint: ABSENT,
        run: |bench| {
            bench.start()?;
            bench.note("was away for 1.5 s");
            pause(Duration::from_millis(1500))?;
            let mut server = asked(bench)?;
            answer_it(bench, &mut server, TIME)
        },
    },
    Check {
        name: "outlives a server that is away",
        side: Client,
        stage: BAD_PEER,
        purpose: "The server answers, is gone for 2 s, and comes back.",
        hint: ABSENT,
        run: |bench| {
            bench.start()?;
            let mut server = asked(bench)?;
            answer_it(bench, &mut server, TIME)?;
            drop(server);
            bench.note("was away for 2 s");
            pause(Duration::from_secs(2))?;
            let mut server = asked(bench)?;
            answer_it(bench, &mut server, LATER)
        },
    },
];

/// Asks as the first client, which waits for the server to be there, and
/// expects an answer in this format.
fn asks(bench: &mut Bench, format: &str) -> Step {
    let mut client = bench.socket()?;
    client.send(format)?;
    let came = answer(bench, &mut client)?;
    expect_fit(format, &came)
}

/// Asks as another client. The server was there, and must be there still.
fn asks_again(bench: &mut Bench, format: &str) -> Step {
    let came = asked_for(bench, format.as_bytes())?;
    expect_fit(format, &came)
}

/// What another client is answered.
fn asked_for(bench: &mut Bench, format: &[u8]) -> Step<Vec<u8>> {
    let mut client = bench.socket()?;
    client.offer(format);
    answer(bench, &mut client)
}

/// Asks for what must be refused, and then, as another client, for a time.
fn refuses(bench: &mut Bench, format: &[u8]) -> Step {
    asks(bench, FORMAT)?;
    let came = asked_for(bench, format)?;
    if !came.starts_with(b"error: ") {
        let what = "the answer does not begin with `error: `";
        return Err(Failure::new(what).bytes("error: …", came));
    }
    if came.len() > LONGEST {
        let what = "the answer is longer than 1024 bytes";
        return Err(Failure::new(what).bytes("error: …", came));
    }
    asks_again(bench, FORMAT)
}

/// The server's next answer. It must live while it is waited for.
fn answer(bench: &mut Bench, client: &mut Socket) -> Step<Vec<u8>> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(came) = client.receive_within(PAUSE * 5)? {
            return Ok(came);
        }
        bench.expect_running()?;
    }
    Err(Failure::new("no answer came within 12 s"))
}

fn fifty(bench: &mut Bench) -> Step {
    asks(bench, FORMAT)?;
    let mut clients = Vec::new();
    for number in 0..50 {
        clients.push((format!("{number}: %H"), bench.socket()?));
    }
    for (question, client) in &mut clients {
        client.offer(question);
    }
    // Answers that all go to the last one are seen there.
    for (question, client) in clients.iter_mut().rev() {
        // UDP may lose one in such a crowd: it is asked once more.
        let came = match client.receive_within(PAUSE * 30)? {
            Some(came) => came,
            None => {
                bench.expect_running()?;
                client.offer(&*question);
                answer(bench, client)?
            }
        };
        expect_fit(question, &came)?;
    }
    Ok(())
}

/// Expects that an answer fits to its format: digits for numbers, and all
/// else as it stands.
fn expect_fit(format: &str, came: &[u8]) -> Step {
    let mut expected = Vec::new();
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        let digits = match (c, rest.clone().next()) {
            ('%', Some('Y')) => 4,
            ('%', Some('%')) => 0,
            ('%', _) => 2,
            _ => {
                expected.extend(c.encode_utf8(&mut [0; 4]).bytes());
                continue;
            }
        };
        rest.next();
        if digits == 0 {
            expected.push(b'%');
        }
        for _ in 0..digits {
            // Any digit will do: it is expected to be what it is.
            let came = came.get(expected.len()).copied();
            expected.push(came.filter(u8::is_ascii_digit).unwrap_or(b'0'));
        }
    }
    if expected == came {
        return Ok(());
    }
    let what = format!("the answer is no time in the format {format:?}");
    let what = match format.len() {
        ..=40 => what,
        _ => "the answer is no time in this format".into(),
    };
    Err(Failure::new(what).bytes(expected, came))
}

/// Expects that this is the time now, whichever zone the program is in: all
/// are a number of quarters of an hour away from each other.
fn expect_now(came: &[u8], before: i64) -> Step {
    let text = String::from_utf8_lossy(came);
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let numbers: Vec<i64> = numbers.flat_map(str::parse).collect();
    if let [year, month, day, hour, minute, second] = numbers[..] {
        let seconds = (hour * 60 + minute) * 60 + second;
        let told = days(year, month, day) * 86_400 + seconds;
        // A second begins anew between any two looks at a clock.
        let (from, to) = (before - 1, now() + 1);
        let mut zones = (-56..=56).map(|quarter| quarter * 900);
        if zones.any(|zone| (from..=to).contains(&(told - zone))) {
            return Ok(());
        }
    }
    let what = format!("it is another time now, in every zone, than {text}");
    Err(Failure::new(what).hint(
        "ask the clock anew for each question; %M is the minute, %m the month",
    ))
}

/// The seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}

/// The days from 1970 to a date: a year is counted from March, so that the
/// leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year / 4 - year / 100 + year / 400;
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + leap_days + in_year - 719_468
}

/// A client that has asked for the time.
fn asked(bench: &mut Bench) -> Step<Socket> {
    let mut server = bench.bind()?;
    server.expect(FORMAT)?;
    Ok(server)
}

/// Answers its questions with this time, and expects that it is the next
/// thing it prints.
fn answer_it(bench: &mut Bench, server: &mut Socket, time: &str) -> Step {
    let printed = bench.output().0.len();
    let until = Instant::now() + PATIENCE;
    while bench.output().0.len() == printed && Instant::now() < until {
        match server.receive_within(PAUSE)? {
            Some(question) if question == FORMAT.as_bytes() => {
                server.send(time)?;
            }
            Some(question) => {
                let what = "it asked for something else";
                return Err(Failure::new(what).bytes(FORMAT, question));
            }
            None => bench.expect_running()?,
        }
    }
    bench.expect_line(time)
}

/// Answers with what is no time, which must not be printed, and after that
/// with a time, which must.
fn prints_not(bench: &mut Bench, answer: &[u8]) -> Step {
    let mut server = asked(bench)?;
    server.send(answer)?;
    answer_it(bench, &mut server, TIME)
}
