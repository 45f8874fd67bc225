//! What lesson 04's programs must do.
//!
//! A server is not told which formats are bad: each strftime knows others,
//! and many copy what they do not know.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use programs::lang::{tr, tr_with};

use super::{Dialogue, Programs, nothing};
use crate::faults;
use crate::hints::ESCAPES;
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{Article, BadPeer, Many, Odd, Pieces};
use crate::script::{
    Check, Step, after, ask, bind, call, client, close, env, expect,
    expect_like, explains, pause, restart, runs, send, server, start, stranger,
    try_send,
};
use crate::trial::wait::{PATIENCE, PAUSE, START, TICK, Wait};
use crate::trial::{Socket, Trial, like};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}", "--interval", "200ms"],
    values: &[],
    dialogue: Dialogue {
        server: &[],
        client: &[ANY_TIME, ANY_TIME],
        typed: "",
        prepare: nothing,
        client_ends: false,
        lives_on: true,
    },
};

/// What the article's client asks for.
const FORMAT: &str = "%Y/%m/%d %H:%M:%S";
const ANY_TIME: &str = "####/##/## ##:##:##";

/// What must never be taken for the time.
const FORGED: &str = "1999/12/31 23:59:59";

/// No time, and what a terminal must be kept from.
const RAW: &str = "one\u{7}\u{9b}2J\u{202e}piece";

const GOES_ON: &str = "one client's trouble must not be the others': catch \
    what goes wrong with a question, answer `error: …`, and go on with the \
    next datagram";
const EMPTY: &str = "a datagram of 0 bytes is a message like any other: UDP \
    has no end of stream that it could be taken for";
const STRICT: &str = "not every datagram is UTF-8: where decoding fails, \
    answer `error: …` and go on; one client's trouble must not be the others'";
const PERCENT: &str = "an answer with a % in it is a question to another \
    server, and two could answer each other for ever: leave what was asked \
    for out of the error";
const CLOCK: &str = "ask the clock anew for each question; %M is the minute, \
    %m the month";
const LOCAL: &str = "strftime writes whatever time it is given: give it the \
    local time (localtime, Local::now), not UTC, nor a zone of your own choice";
const NO_TIME: &str = "what comes from the network need not be what was asked \
    for: print the answer only if it reads back as a time in the format, and \
    say on stderr what else it was";
const KEEPS_TRYING: &str = "UDP may lose a question or its answer, and tells \
    nobody: set a timeout on the socket, say on stderr that no answer came, \
    and ask again";
const ENDLESS: &str = "a server may be silent or away for longer than you \
    think: say so on stderr, and ask again, for ever";
const ABSENT: &str = "\"refused\" means that nobody is there yet, and a send \
    to nobody succeeds: neither must end or stop a client that is told to run \
    for ever. Set a timeout on the socket, and ask again";
const PAUSES: &str = "ask again after about a second, whatever went wrong: a \
    question for each turn of a loop is a flood to a server that is slow";
const NOT_TEXT: &str = "not every datagram is UTF-8: where decoding fails, \
    there is no time in it. Say so on stderr, and ask again";
const ON_STDERR: &str = "say on stderr what came instead of a time: else \
    people see a clock that stands still, and no reason";
const NO_TRACEBACK: &str = "a traceback is no sentence: catch the error where \
    it can happen, say on stderr what came instead of a time, and ask again";

/// The first question of a check, which finds the server there.
fn asks(format: &str, like: &str) -> Vec<Step> {
    vec![ask("peer"), send("peer", format), expect_like("peer", like)]
}

fn answers() -> Vec<Step> {
    asks(FORMAT, ANY_TIME)
}

/// Another client asks the server, which was there.
fn again(format: &str, like: &str) -> Vec<Step> {
    vec![ask("next"), try_send("next", format), expect_like("next", like)]
}

/// The server gets this, which no answer is expected to, and serves on.
fn outlives(bytes: &'static str) -> Vec<Step> {
    let sent = vec![ask("odd"), try_send("odd", bytes)];
    after(after(answers(), sent), again(FORMAT, ANY_TIME))
}

/// The server must refuse this.
fn refuses(format: &[u8]) -> Vec<Step> {
    let sent = vec![
        ask("odd"),
        try_send("odd", format),
        call("is answered `error: …`", |trial| {
            let came = trial.answer("odd")?;
            is_error(trial, &came)
        }),
    ];
    after(after(answers(), sent), again(FORMAT, ANY_TIME))
}

/// A client that answers take in with what is no time, twice: the first may
/// have been late.
fn takes_not(answer: &'static [u8]) -> Vec<Step> {
    vec![
        bind("server"),
        expect("server", FORMAT),
        send("server", answer),
        call("is asked again", |trial| trial.answer("server").map(drop)),
        send("server", answer),
        told(),
        explains()
            .hint(Kind::Wordless, ON_STDERR)
            .hint(Kind::Traceback, NO_TRACEBACK),
    ]
}

/// Answers a client until it prints the time that it was told.
fn told() -> Step {
    call("answers until it prints the time", |trial| tell(trial, None))
}

fn goes_on_asking() -> Vec<Step> {
    vec![bind("server"), told(), told(), told(), runs()]
}

pub fn checks() -> Vec<Check> {
    vec![
        server(
            Article,
            "tells the time",
            "%Y/%m/%d %H:%M:%S is answered with the time, in any zone.",
            "give the format to strftime with the local time, and send the \
             answer from the socket that received, to the address that \
             recvfrom told: another port is a stranger to the client",
            || gives_the_time(1),
        ),
        server(
            Article,
            "serves one client after the other",
            "It goes on after an answer: five clients get theirs.",
            "receive and answer in a loop, with the one socket that is bound, \
             and connect it to nobody",
            || {
                let more = (0..4).flat_map(|_| again(FORMAT, ANY_TIME));
                answers().into_iter().chain(more).chain([runs()]).collect()
            },
        ),
        server(
            Article,
            "answers in the format it is asked for",
            "Each client chooses: the format is in the datagram.",
            "the datagram is the format: render the time in what came, not in \
             a format of the server's own",
            || {
                let other = again("day %d of %m/%Y", "day ## of ##/####");
                let more = after(again("%Y, 100%%", "####, 100%"), other);
                after(asks("%H:%M", "##:##"), more)
            },
        ),
        server(
            Article,
            "reads the clock for each question",
            "Asked again 3 s later, it tells the time that it is then.",
            CLOCK,
            || gives_the_time(2),
        ),
        server(
            Article,
            "tells the local time",
            "Started with other time zones in TZ, it tells their time.",
            LOCAL,
            local_time,
        ),
        server(
            Pieces,
            "takes each datagram for a question",
            "Three questions at once, a long one first: three answers.",
            "one recv is one datagram, and its length is what recv says: \
             collect nothing, and answer these bytes alone, not what an \
             earlier, longer one has left in the buffer",
            || {
                let long = "the date is %Y/%m/%d";
                let three = call("gets three answers, in any order", three);
                let mut steps = asks(long, "the date is ####/##/##");
                steps.extend([long, "%H:%M", "%%"].map(|f| send("peer", f)));
                steps.push(three);
                steps
            },
        ),
        server(
            Odd,
            "reads a long format",
            "A format of 600 bytes is answered whole.",
            "recv drops what a short buffer cannot hold, in silence: make \
             room for the longest format you answer, and more",
            || asks(&"%H and more ".repeat(50), &"## and more ".repeat(50)),
        ),
        server(
            Odd,
            "outlives a text that asks for nothing",
            "There is no % in it: no answer, and the next one is served.",
            "a text without a % asks for no time: answer nothing, say so on \
             stderr, and go on with the next datagram",
            || outlives("one piece"),
        ),
        server(
            Odd,
            "outlives an empty question",
            "After a datagram of 0 bytes it serves the next client.",
            EMPTY,
            || outlives(""),
        ),
        server(
            Odd,
            "answers a % without a meaning",
            "`%`, `100%` and `%Q` are answered, by an error or a copy.",
            GOES_ON,
            || {
                let odd = call("asks for %, 100% and %Q", meaningless);
                after(after(answers(), vec![odd]), again(FORMAT, ANY_TIME))
            },
        ),
        server(
            Odd,
            "refuses a format that is no text",
            "Bytes that are no UTF-8 are answered `error: …`.",
            STRICT,
            || refuses(b"%Y \xff\xfe"),
        ),
        server(
            Odd,
            "refuses a format with a NUL",
            "%Y, a NUL and %m are answered `error: …`.",
            "a NUL ends a text in C, and strftime is C inside: there it is an \
             error, or the rest is lost. Look for it first, answer `error: \
             …`, and go on",
            || refuses(b"%Y\0%m"),
        ),
        server(
            Odd,
            "refuses to answer with too much",
            "512 times %c would be 12 KB: it is answered `error: …`.",
            "a small question must not make a huge answer, for the sender's \
             address may be forged, and somebody else is flooded: answer \
             `error: …` where the text is longer than 1024 bytes",
            || refuses("%c".repeat(512).as_bytes()),
        ),
        server(
            Odd,
            "refuses a format that is too long",
            "A format of 1100 bytes is not cut in silence.",
            "recv drops what the buffer cannot hold, in silence, and the rest \
             is answered as if it were all: with more room than you accept, \
             you see that it is too long, and answer `error: …`",
            || refuses(&b"%%".repeat(550)),
        ),
        server(
            Odd,
            "escapes what could command a terminal",
            "Control characters and U+202E never reach its stderr.",
            ESCAPES,
            || after(outlives(RAW), vec![safe()]),
        ),
        faults::listens_where_told(answers),
        faults::patient(answers),
        server(
            BadPeer,
            "outlives clients that are gone",
            "Ten ask and close before the answer; the next is served.",
            "an answer that reaches nobody is no error of the server's: go \
             on, whatever sending it says, and wait for no reply",
            || {
                // A new socket of the same name closes the one before.
                let gone = || [ask("gone"), try_send("gone", FORMAT)];
                let gone = (0..10).flat_map(|_| gone()).chain([close("gone")]);
                let gone = after(answers(), gone.collect());
                after(gone, again(FORMAT, ANY_TIME))
            },
        ),
        server(
            Many,
            "keeps fifty clients apart",
            "Fifty ask at once; each gets the answer to its question.",
            "answer each question to the address that this datagram came \
             from; remember nothing from one to the next",
            || {
                let fifty = call("fifty ask at once", fifty);
                after(answers(), vec![fifty])
            },
        ),
        client(
            Article,
            "asks, and prints the answer",
            "It asks for %Y/%m/%d %H:%M:%S, and prints what comes.",
            "send `%Y/%m/%d %H:%M:%S` and nothing else in one datagram, \
             receive one, print it",
            || vec![bind("server"), told()],
        ),
        client(
            Article,
            "goes on asking",
            "Three questions, three answers, three lines, in order.",
            "ask again after a pause of a second, for ever",
            goes_on_asking,
        ),
        client(
            Odd,
            "takes no error for the time",
            "`error: …` is not printed; the next answer is.",
            "an answer that begins with `error: ` says that there is no time: \
             it belongs on stderr",
            || takes_not(b"error: no such format"),
        ),
        client(
            Odd,
            "takes nothing for no time",
            "An answer of 0 bytes is not printed; the next one is.",
            NO_TIME,
            || takes_not(b""),
        ),
        client(
            Odd,
            "outlives an answer that is no text",
            "Bytes that are no UTF-8 are not printed; the next time is.",
            NOT_TEXT,
            || takes_not(b"2026/02/03 \xff\xfe"),
        ),
        client(
            Odd,
            "takes no nonsense for the time",
            "`one piece` is not printed; the next answer is.",
            NO_TIME,
            || takes_not(b"one piece"),
        ),
        client(
            Odd,
            "does not cut a long answer into a time",
            "A time with 2000 bytes more is not printed as a time.",
            "recv gives as much of a datagram as the buffer holds, and drops \
             the rest in silence: with more room than a time needs, you see \
             that the answer is none",
            || takes_not(LONG),
        ),
        client(
            Odd,
            "escapes what could command a terminal",
            "Control characters and U+202E never reach its stderr.",
            ESCAPES,
            || after(takes_not(RAW.as_bytes()), vec![safe()]),
        ),
        faults::goes_where_told(goes_on_asking),
        client(
            BadPeer,
            "asks again when nothing comes",
            "Its first question is lost; a later one is answered.",
            KEEPS_TRYING,
            || vec![bind("server"), expect("server", FORMAT), told(), told()],
        ),
        client(
            BadPeer,
            "goes on when nothing comes for 8 s",
            "The server is there, says nothing for 8 s, and answers then.",
            ENDLESS,
            || {
                let silence = pause(Duration::from_secs(8));
                vec![bind("server"), expect("server", FORMAT), silence, told()]
            },
        ),
        client(
            BadPeer,
            "asks five times a second at most",
            "For 4 s nothing comes, and for 4 s an answer does.",
            PAUSES,
            || {
                let counted = call("counts its questions", seldom);
                vec![bind("server"), counted.hint(Kind::TooEarly, ENDLESS)]
            },
        ),
        client(
            BadPeer,
            "takes no second answer for the next",
            "Each answer comes twice; the next question gets its own.",
            "an answer that comes late or twice waits in the socket and is \
             taken for the next one, and the clock is one behind for ever: \
             take a fresh socket, and so a fresh port, for each question",
            || {
                let twice = call("answers, and sends a late time", |trial| {
                    tell(trial, Some(FORGED))
                });
                vec![bind("server"), twice, told()]
            },
        ),
        client(
            BadPeer,
            "hears no stranger",
            "A time from another port is not the server's.",
            "anybody may send to this port: connect() the socket, so that the \
             kernel passes on the server's datagrams alone, or compare the \
             sender's address",
            || {
                vec![
                    bind("server"),
                    expect("server", FORMAT),
                    stranger("stranger", "server"),
                    send("stranger", FORGED),
                    told(),
                ]
            },
        ),
        client(
            BadPeer,
            "finds a server that starts later",
            "Nobody is there at first; the server comes 5 s later.",
            ABSENT,
            || {
                let away = call("is away for 5 s or more", is_missed);
                let rests = call("it paused between its tries", has_paused);
                let rests = rests.hint(Kind::More, PAUSES);
                vec![start(), away, runs(), rests, bind("server"), told()]
            },
        ),
        client(
            BadPeer,
            "outlives a server that is away",
            "The server answers, is gone for 7 s, and comes back.",
            ABSENT,
            || {
                let away = pause(Duration::from_secs(7));
                let mut steps = vec![start(), bind("server"), told()];
                steps.extend([close("server"), away, runs()]);
                steps.extend([bind("server"), told()]);
                steps
            },
        ),
    ]
}

/// A time, and 2000 bytes more.
const LONG: &[u8] = &{
    let mut long = [b'0'; 2019];
    let mut place = 0;
    while place < FORGED.len() {
        long[place] = FORGED.as_bytes()[place];
        place += 1;
    }
    long
};

/// Half an hour apart from whole hours, and without a summer time.
const INDIA: &str = "Asia/Kolkata";

/// Whether this machine knows the world's time zones by their names.
fn knows_zones() -> bool {
    Path::new("/usr/share/zoneinfo").join(INDIA).exists()
}

/// The server gives the time, and again 3 s later, this often in all.
fn gives_the_time(times: usize) -> Vec<Step> {
    // In India while a minute of UTC could be taken for a month.
    let like_a_month = (1..=12).contains(&(now() / 60 % 60));
    let in_india = like_a_month && knows_zones();
    let zone = if in_india { INDIA } else { "UTC" };
    let quarters = match (cfg!(unix), in_india) {
        (true, true) => 22..=22,
        (true, false) => 0..=0,
        // There TZ moves not every program's clock. All zones are a number
        // of quarters of an hour away from each other.
        (false, _) => -56..=56,
    };
    let mut steps = vec![env("TZ", zone), ask("peer")];
    for time in 0..times {
        if time > 0 {
            steps.push(pause(Duration::from_secs(3)));
        }
        let quarters = quarters.clone();
        let sentence = "asks for the time, and it answers with it";
        steps.push(call(sentence, move |trial| {
            is_now(trial, quarters.clone(), CLOCK)
        }));
    }
    steps
}

/// The time in two zones; elsewhere than on Unix, this machine's own.
fn local_time() -> Vec<Step> {
    if !knows_zones() {
        return gives_the_time(1);
    }
    vec![
        env("TZ", INDIA),
        ask("peer"),
        call("it gives the time in India", |t| is_now(t, 22..=22, LOCAL)),
        env("TZ", "America/Bogota"),
        restart(),
        ask("peer"),
        call("it gives the time in Colombia", |t| is_now(t, -20..=-20, LOCAL)),
    ]
}

/// Asks, and expects the time now, so many quarters of an hour after UTC.
fn is_now(
    trial: &mut Trial,
    mut quarters: RangeInclusive<i64>,
    hint: &'static str,
) -> Outcome {
    let before = now();
    trial.send("peer", FORMAT.as_bytes())?;
    let came = trial.answer("peer")?;
    let expected = like(ANY_TIME, &came);
    if came != expected {
        let stop = trial.with_end(Kind::Other, tr("another datagram came"));
        return Err(stop.with_bytes(expected, came));
    }
    let text = String::from_utf8_lossy(&came).into_owned();
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let numbers: Vec<i64> = numbers.flat_map(str::parse).collect();
    if let [year, month, day, hour, minute, second] = numbers[..] {
        let seconds = (hour * 60 + minute) * 60 + second;
        let told = days(year, month, day) * 86_400 + seconds;
        // A second begins anew between any two looks at a clock.
        let (from, to) = (before - 1, now() + 1);
        if quarters.any(|zone| (from..=to).contains(&(told - zone * 900))) {
            return Ok(());
        }
    }
    let words = "it is another time now than {text}";
    let what = tr_with(words, &[("text", &text)]);
    Err(Stop::mismatch(Kind::Other, what).with_hint(hint))
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

/// Expects that this is an error, which no server takes for a question.
fn is_error(trial: &mut Trial, came: &[u8]) -> Outcome {
    let what = match str::from_utf8(came) {
        Ok(text) if !text.starts_with("error: ") => {
            tr("the answer is no `error: …`")
        }
        Ok(text) if text.contains('%') => {
            tr("the answer is an error with a % in it")
        }
        Ok(_) if came.len() > 1024 => {
            tr("the answer is longer than 1024 bytes")
        }
        Ok(_) => return Ok(()),
        Err(_) => tr("the answer is no UTF-8"),
    };
    let stop = trial.with_end(Kind::Other, what);
    let stop = stop.with_bytes("error: …", came);
    let copied = came.starts_with(b"error: ") && came.contains(&b'%');
    Err(if copied { stop.with_hint(PERCENT) } else { stop })
}

/// Threads may answer in any order.
fn three(trial: &mut Trial) -> Outcome {
    let mut expected = vec!["the date is ####/##/##", "##:##", "%"];
    while let Some(first) = expected.first().copied() {
        let came = trial.answer("peer")?;
        let is = |text: &&str| like(text, &came) == came;
        let Some(place) = expected.iter().position(is) else {
            let stop = trial.with_end(Kind::Other, tr("another datagram came"));
            return Err(stop.with_bytes(like(first, &came), came));
        };
        expected.remove(place);
    }
    Ok(())
}

fn meaningless(trial: &mut Trial) -> Outcome {
    for format in ["%", "100%", "%Q"] {
        trial.ask("odd")?;
        trial.send("odd", format.as_bytes())?;
        let came = trial.answer("odd")?;
        if !format.contains(&*String::from_utf8_lossy(&came)) {
            is_error(trial, &came)?;
        }
    }
    Ok(())
}

fn fifty(trial: &mut Trial) -> Outcome {
    trial.did(tr("asked from fifty sockets at once"));
    let address = trial.place()?;
    let mut clients = Vec::new();
    for number in 10..60 {
        clients.push((number, Socket::asking(address)?));
    }
    for (number, client) in &clients {
        client.try_send(format!("{number}: %H").as_bytes());
    }
    // Answers that all go to the last one are seen there.
    for (number, client) in clients.iter_mut().rev() {
        let mut came = client.receive(PAUSE * 30, || trial.has_ended())?;
        if came.is_none() {
            // UDP may lose one in such a crowd: it is asked once more.
            client.try_send(format!("{number}: %H").as_bytes());
            came = client.receive(PATIENCE, || trial.has_ended())?;
        }
        let Some(mut came) = came else {
            trial.runs()?;
            let what = tr("one of them got no answer within 12 s");
            return Err(Stop::mismatch(Kind::Nothing, what));
        };
        loop {
            let expected = like(&format!("{number}: ##"), &came);
            if came != expected {
                let what = tr("one of them got another one's answer");
                let stop = Stop::mismatch(Kind::Other, what);
                return Err(stop.with_bytes(expected, came));
            }
            let Some(more) = client.receive(TICK, || trial.has_ended())? else {
                break;
            };
            came = more;
        }
    }
    Ok(())
}

/// Its stderr shows nothing raw, if it shows anything.
fn safe() -> Step {
    call("its stderr commands no terminal", stderr_is_safe)
}

fn stderr_is_safe(trial: &mut Trial) -> Outcome {
    let wait = Wait::new(Duration::from_secs(1));
    while trial.stderr().is_empty() && wait.goes_on()? {}
    let stderr = String::from_utf8_lossy(&trial.stderr()).into_owned();
    let is_raw = |c: &char| !c.is_ascii_graphic() && RAW.contains(*c);
    let Some(raw) = stderr.chars().find(is_raw) else {
        return Ok(());
    };
    let what = tr_with(
        "it printed {code} on stderr as it came, which may command a \
         terminal or turn a text around",
        &[("code", &format_args!("U+{:04X}", u32::from(raw)))],
    );
    Err(Stop::mismatch(Kind::Unsafe, what).with_hint(ESCAPES))
}

/// A time for this moment of the trial: each is another one, and later.
fn time(trial: &Trial) -> String {
    let count = trial.age().as_millis() / 10;
    let (hour, minute) = (4 + count / 3600, count / 60 % 60);
    format!("2026/02/03 {hour:02}:{minute:02}:{:02}", count % 60)
}

/// Answers each question, and sends `late` after that, until the client has
/// printed an answer. It may have asked twice before it got one, and what it
/// was told earlier may still come.
fn tell(trial: &mut Trial, late: Option<&str>) -> Outcome {
    let first = time(trial);
    let mut answers = vec![first.clone()];
    let wait = Wait::new(START);
    let (mut last_look, mut longest) = (Instant::now(), Duration::ZERO);
    while !wait.is_over() {
        longest = longest.max(last_look.elapsed());
        last_look = Instant::now();
        if trial.has_line() {
            let line = trial.line()?.unwrap_or_default();
            let text = String::from_utf8_lossy(&line).into_owned();
            if answers.contains(&text) {
                return Ok(());
            }
            let earlier = like("2026/02/03 ##:##:##", &line) == line;
            if !earlier || text >= first {
                let last = answers.pop().unwrap_or_default();
                return Err(trial.other_line(&last, &line));
            }
        }
        trial.runs()?;
        match trial.datagram("server", PAUSE)? {
            Some(asked) if asked == FORMAT.as_bytes() => {
                let answer = time(trial);
                trial.send("server", answer.as_bytes())?;
                answers.push(answer);
                if let Some(late) = late {
                    trial.send("server", late.as_bytes())?;
                }
            }
            Some(asked) => {
                let what = tr("it asked for something else");
                let stop = Stop::mismatch(Kind::More, what);
                return Err(stop.with_bytes(FORMAT, asked));
            }
            None => {}
        }
    }
    if longest > Duration::from_millis(500) {
        // A client that waits for a second may have been answered too late.
        return Err(Stop::TooBusy);
    }
    if answers.len() == 1 {
        let what = tr("it did not ask within 15 s");
        return Err(trial.with_end(Kind::Nothing, what));
    }
    let last = answers.pop().unwrap_or_default();
    trial.prints(&last)
}

/// Counts questions from the start of the program on: those that wait to be
/// counted, on a busy machine, were asked in that time as well.
fn seldom(trial: &mut Trial) -> Outcome {
    let wait = Wait::new(Duration::from_secs(8));
    let mut count = 0;
    while !wait.is_over() {
        trial.runs()?;
        if trial.datagram("server", PAUSE)?.is_none() {
            continue;
        }
        count += 1;
        let seconds = trial.age().as_secs();
        if count > 10 + 5 * seconds {
            let words = "it asked {count} times in {seconds} s";
            let values =
                [("count", &count as &dyn Display), ("seconds", &seconds)];
            let what = tr_with(words, &values);
            return Err(Stop::mismatch(Kind::More, what));
        }
        if wait.left() < Duration::from_secs(4) {
            let answer = time(trial);
            trial.send("server", answer.as_bytes())?;
        }
    }
    Ok(())
}

/// Waits until the client has surely asked, which may start slowly: it ends,
/// or says something.
fn is_missed(trial: &mut Trial) -> Outcome {
    trial.did(tr("was away for 5 s or more"));
    let (least, wait) = (Duration::from_secs(5), Wait::new(PATIENCE));
    while trial.age() < least
        || (trial.stderr().is_empty() && !trial.has_ended()?)
    {
        if !wait.goes_on()? {
            break;
        }
    }
    Ok(())
}

/// Nobody sees a question to nobody, but what the client says about it.
fn has_paused(trial: &mut Trial) -> Outcome {
    let lines = trial.stderr().split(|byte| *byte == b'\n').count();
    let most = 50 + 50 * trial.age().as_secs();
    if u64::try_from(lines).is_ok_and(|lines| lines <= most) {
        return Ok(());
    }
    let words = "it said on stderr {lines} times that nobody is there";
    let what = tr_with(words, &[("lines", &lines)]);
    Err(Stop::mismatch(Kind::More, what))
}
