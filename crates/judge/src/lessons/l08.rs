//! What lesson 08's programs must do.

use std::time::Duration;

use programs::Side;

use super::{Dialogue, Programs, nothing};
use crate::faults;
use crate::hints::{CUT, IMPATIENT, NOT_TEXT, RESET, TIMEOUT};
use crate::outcome::{Kind, Outcome};
use crate::script::Stage::{Article, BadPeer, Many, Odd, Pieces};
use crate::script::{
    Check, Name, Step, accept, after, call, client, close, close_sending,
    close_stdin, connect, ends, expect, expect_end, explains, pause, prints,
    prints_part, prints_safely, reset, restart, runs, send, server, shows,
    try_send, types,
};
use crate::trial::Trial;

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}"],
    client: &["{host}:{port}"],
    values: &[],
    dialogue: Dialogue {
        server: &["one piece"],
        client: &["server端消息", ">>>"],
        typed: "one piece\n",
        prepare: nothing,
        client_ends: true,
        lives_on: true,
    },
};

const GREETING: &str = "server端消息";
const LINE: &str = "one piece";
const PROMPT: &str = ">>>";
/// Spaces belong to a line, and so does what is beyond ASCII.
const AS_TYPED: &str = "  One  piece, 海贼王 é ?  ";
/// Longer than this user thinks, no program's timeout should be.
const THINKING: Duration = Duration::from_secs(6);
/// Enough for a program that fails to end.
const MOMENT: Duration = Duration::from_secs(1);

const SPEAKS_FIRST: &str =
    "the server speaks first: greet each client before anything is received";
const GREETING_ONLY: &str = "the greeting is all that is sent, without a \
    newline: then the client speaks";
const ONE_RECV: &str = "once the client has sent, its text is printed as a \
    line: one recv is whatever has come by now, so do not wait for more, for \
    a newline or for the end";
const SMALL_BUFFER: &str = "give recv room for 1024 bytes: a smaller buffer \
    takes less than has arrived";
const LINE_END: &str = "what one client sent is one line: print a newline \
    after it, and flush";
const WHAT_CAME: &str = "print what came, and nothing else: stdout is for \
    that, and everything else belongs on stderr";
const NEVER_CLOSES: &str = "one recv, and the client is done with: close its \
    connection, or each client costs a socket for ever";
const RECEIVES_ON: &str = "receive once for each client, then close: what it \
    sends later is not printed";
const ONE_CLIENT: &str = "after one client it is over: accept again, in a loop";
const ONE_AT_A_TIME: &str = "each client needs a thread of its own: a recv \
    waits for its client, and with it waits everybody behind";
const FEW_THREADS: &str = "a client that says nothing keeps its thread: a \
    hundred clients need a hundred threads (or an event loop), and no small \
    pool";
const MIXED_UP: &str = "each thread needs variables of its own: what all \
    share (a global, a field of the server) holds what the last client left \
    there";
const THINKS: &str = "a user may think about the line for a minute: the 5 s \
    are for a machine's answer";
const NO_MESSAGE: &str = "a recv of 0 bytes is no message: it is the end of \
    the stream. Print nothing for it, say on stderr that this client closed, \
    and go on with the others";
const GONE: &str = "a recv or send fails when the client has gone: that is \
    the end of this client, and not of the server. Say so on stderr, and \
    serve the next one";
const LEFT_OPEN: &str = "\"Address already in use\" is no bug of yours: the \
    side that closes first keeps the connection's port for a minute \
    (TIME_WAIT). Set SO_REUSEADDR before bind (allow_reuse_address in \
    Python's socketserver)";

const NO_GREETING_SHOWN: &str = "receive once and print it, as a line: the \
    server keeps its end open, so a program that reads to the end waits for \
    ever";
const ASKS_FIRST: &str = "the server speaks first: receive its greeting, \
    print it as a line of its own, then ask";
const ASK: &str = "after the greeting, print >>> on stdout without a line's \
    end, and flush: then comes what the user types";
const NEWLINE_SENT: &str = "the line goes without its newline: what reads a \
    line mostly leaves it there";
const NEWLINE_PRINTED: &str = "no line's end follows >>>, and nothing else is \
    printed: the user types behind it";
const NOT_SENT: &str = "the line is sent as soon as it is typed: read one \
    line, and not all of stdin";
const STAYS: &str = "once the line is sent, close and end: the server says \
    nothing more";
const ONE_LINE: &str = "read one line from stdin, and not all that is there";
const AS_IT_IS: &str = "send what was typed as it is, in UTF-8: without its \
    newline, but with its spaces";
const ALL_OF_IT: &str = "the line goes in UTF-8, and all of it: one send may \
    take only a part (write_all, sendall), and a buffer of a fixed size too \
    little of the line";
const NO_EMPTY: &str = "TCP carries bytes, not messages: to send none is to \
    send nothing, and a newline instead is another message. Say so on \
    stderr, close, exit with 0";
const NOTHING_TO_SEND: &str = "there may be no line to read (EOFError in \
    Python, 0 from read_line): say so on stderr, send nothing, exit with 0";
const NO_GREETING: &str = "a recv of 0 bytes is no greeting: it is the end of \
    the stream. Say on stderr that the server closed, do not ask for a line, \
    and exit with 1";
const LOST: &str = "a send to a server that has closed succeeds all the same, \
    and the line is lost: look before you send (a recv with MSG_PEEK that \
    does not block gives 0 bytes), say that it closed, and exit with 1";

/// A client that has connected, and was greeted.
fn greeted(name: Name) -> Vec<Step> {
    vec![connect(name), expect(name, GREETING)]
}

fn peer_greeted() -> Vec<Step> {
    greeted("peer")
}

/// A client as the article's: it is greeted, sends a line, and closes.
fn served(line: &'static str) -> Vec<Step> {
    vec![
        connect("next").hint(Kind::Nothing, ONE_CLIENT),
        expect("next", GREETING),
        send("next", line),
        close("next"),
        prints(line),
    ]
}

fn served_next() -> Vec<Step> {
    served("next one")
}

/// The whole dialogue of a server with one client.
fn greets() -> Vec<Step> {
    vec![
        connect("peer"),
        expect("peer", GREETING).hint(Kind::Nothing, SPEAKS_FIRST),
        send("peer", LINE),
        prints(LINE)
            .hint(Kind::Nothing, ONE_RECV)
            .hint(Kind::Part, SMALL_BUFFER)
            .hint(Kind::HalfLine, LINE_END)
            .hint(Kind::Other, WHAT_CAME),
        expect_end("peer")
            .hint(Kind::NotEnded, NEVER_CLOSES)
            .hint(Kind::More, GREETING_ONLY),
    ]
}

/// A server that has accepted the client.
fn accepted() -> Vec<Step> {
    vec![accept("peer")]
}

/// A server that has greeted the client, which asks its user.
fn asking() -> Vec<Step> {
    vec![
        accept("peer"),
        send("peer", GREETING),
        prints(GREETING)
            .hint(Kind::Nothing, NO_GREETING_SHOWN)
            .hint(Kind::Part, SMALL_BUFFER)
            .hint(Kind::HalfLine, ASKS_FIRST),
        shows(PROMPT).hint(Kind::Nothing, ASK).or_hint(ASK),
    ]
}

/// The client sends this and no more, and ends.
fn sends(line: impl AsRef<[u8]>) -> Vec<Step> {
    vec![
        expect("peer", line).hint(Kind::Nothing, NOT_SENT),
        expect_end("peer")
            .hint(Kind::More, NEWLINE_SENT)
            .hint(Kind::NotEnded, STAYS),
        ends(0).hint(Kind::More, NEWLINE_PRINTED),
    ]
}

/// This is typed, and sent but for its newline.
fn speaks(line: &str) -> Vec<Step> {
    after(vec![types(format!("{line}\n"))], sends(line))
}

/// The client asks after a greeting that was none, or not whole.
fn asks_all_the_same() -> Vec<Step> {
    after(vec![shows(PROMPT).or_hint(ASK)], speaks(LINE))
}

/// The whole dialogue of a client.
fn talks() -> Vec<Step> {
    after(asking(), speaks(LINE))
}

pub fn checks() -> Vec<Check> {
    let greeted_then = |steps: fn() -> Vec<Step>| {
        move || after(after(peer_greeted(), steps()), served_next())
    };
    let then = |before: fn() -> Vec<Step>, steps: fn() -> Vec<Step>| {
        move || after(before(), steps())
    };
    vec![
        server(
            Article,
            "greets, and prints a line",
            "It sends server端消息, prints what the client sends, and closes.",
            "send server端消息 in UTF-8, receive once, print what came, close",
            greets,
        ),
        server(
            Article,
            "serves the next client too",
            "Three clients, one after another.",
            ONE_CLIENT,
            || after(served("first"), after(served("second"), served_next())),
        ),
        server(
            Pieces,
            "receives once",
            "A client sends a piece, and later another: one is printed.",
            RECEIVES_ON,
            greeted_then(|| {
                vec![
                    send("peer", "one"),
                    prints("one").hint(Kind::Nothing, ONE_RECV),
                    try_send("peer", " piece"),
                    expect_end("peer").hint(Kind::NotEnded, NEVER_CLOSES),
                ]
            }),
        ),
        server(
            Pieces,
            "survives a character cut in two",
            "A piece may end inside a character: U+FFFD stands for it.",
            CUT,
            greeted_then(|| {
                vec![
                    send("peer", &"海".as_bytes()[..2]),
                    prints_safely(&["\u{fffd}"]).or_hint(CUT),
                ]
            }),
        ),
        server(
            Odd,
            "shows a part of a long line",
            "More comes than one recv takes: it shows what it took.",
            CUT,
            greeted_then(|| {
                let long = "海".repeat(400);
                vec![send("peer", &long), prints_part(long)]
            }),
        ),
        server(
            Odd,
            "survives bytes that are no text",
            "Bytes that are no UTF-8 are shown as U+FFFD.",
            NOT_TEXT,
            faults::garbled(peer_greeted, served_next),
        ),
        faults::escapes(Side::Server, peer_greeted, served_next),
        faults::listens_where_told(greets),
        faults::patient(greets),
        server(
            BadPeer,
            "takes the end for no message",
            "A client closes without a word: it says so, and prints nothing.",
            NO_MESSAGE,
            greeted_then(|| {
                after(vec![known(), close_sending("peer")], outlived())
            }),
        ),
        server(
            BadPeer,
            "outlives clients that reset",
            "They reset or close, before and after the greeting.",
            GONE,
            greeted_then(outlives),
        ),
        server(
            BadPeer,
            "waits while a client thinks",
            "The line comes 6 s after the greeting.",
            THINKS,
            greeted_then(|| {
                vec![
                    pause(THINKING),
                    send("peer", LINE),
                    prints(LINE).hint(Kind::Nothing, THINKS),
                ]
            }),
        ),
        server(
            BadPeer,
            "starts again at once on the same port",
            "Ended and started again, it can listen there at once.",
            LEFT_OPEN,
            greeted_then(|| vec![send("peer", LINE), prints(LINE), restart()]),
        ),
        server(
            Many,
            "lets nobody wait for a silent client",
            "One client says nothing; another is served meanwhile.",
            ONE_AT_A_TIME,
            greeted_then(|| {
                let next = vec![connect("other"), expect("other", GREETING)];
                let line = vec![send("other", "other one"), close("other")];
                let late = vec![
                    prints("other one"),
                    send("peer", LINE),
                    prints(LINE),
                    expect_end("peer"),
                ];
                after(after(next, line), late)
            }),
        ),
        server(
            Many,
            "keeps its clients apart",
            "Two are greeted, then each sends its line, and has its end.",
            MIXED_UP,
            || {
                let first = vec![
                    send("first", "the first"),
                    prints("the first").hint(Kind::Nothing, MIXED_UP),
                    expect_end("first"),
                ];
                let second = vec![
                    send("second", "the second"),
                    prints("the second").hint(Kind::Nothing, MIXED_UP),
                    expect_end("second"),
                ];
                let both = after(greeted("first"), greeted("second"));
                after(both, after(first, after(second, served_next())))
            },
        ),
        server(
            Many,
            "serves a hundred at once",
            "A hundred are greeted, then each sends its line.",
            FEW_THREADS,
            || vec![call("a hundred are greeted, and speak", a_hundred)],
        ),
        client(
            Article,
            "prints the greeting, and sends a line",
            "It prints the greeting, asks with >>>, sends the line.",
            "receive once, print it, print >>> without a line's end, read a \
             line from stdin, send it without its newline, end",
            talks,
        ),
        client(
            Pieces,
            "needs no end of the stream",
            "A part of the greeting comes: one recv is one piece.",
            CUT,
            || {
                // Six letters, and two bytes of a character.
                let part = &GREETING.as_bytes()[..8];
                let shown = vec![
                    send("peer", part),
                    prints_part(GREETING).hint(Kind::Nothing, CUT),
                ];
                after(after(accepted(), shown), asks_all_the_same())
            },
        ),
        client(
            Pieces,
            "sends one line of several",
            "Two lines are typed at once: only the first is sent.",
            ONE_LINE,
            then(asking, || {
                vec![
                    types("one piece\nanother\n"),
                    expect("peer", LINE),
                    expect_end("peer").or_hint(ONE_LINE),
                    ends(0),
                ]
            }),
        ),
        client(
            Odd,
            "sends the line as it was typed",
            "Its spaces are kept, and what is beyond ASCII goes in UTF-8.",
            AS_IT_IS,
            then(asking, || speaks(AS_TYPED)),
        ),
        client(
            Odd,
            "sends a long line",
            "100,000 characters are typed: 300,000 bytes are sent.",
            ALL_OF_IT,
            then(asking, || speaks(&"海".repeat(100_000))),
        ),
        client(
            Odd,
            "sends nothing for an empty line",
            "Enter alone: TCP has no empty message, so it says so and ends.",
            NO_EMPTY,
            then(asking, || {
                vec![
                    types("\n"),
                    expect_end("peer").or_hint(NO_EMPTY),
                    explains().or_hint(NO_EMPTY),
                    ends(0),
                ]
            }),
        ),
        client(
            Odd,
            "sends nothing at the end of stdin",
            "Nobody types anything, and stdin ends: so does it.",
            NOTHING_TO_SEND,
            then(asking, || {
                vec![
                    close_stdin(),
                    expect_end("peer").or_hint(NOTHING_TO_SEND),
                    explains().or_hint(NOTHING_TO_SEND),
                    ends(0),
                ]
            }),
        ),
        client(
            Odd,
            "shows a part of a long greeting",
            "More comes than one recv takes: it shows what it took.",
            CUT,
            then(accepted, || {
                let long = "海".repeat(400);
                vec![send("peer", &long), prints_part(long)]
            }),
        ),
        client(
            Odd,
            "survives bytes that are no text",
            "Bytes that are no UTF-8 are shown as U+FFFD.",
            NOT_TEXT,
            faults::garbled(accepted, asks_all_the_same),
        ),
        faults::escapes(Side::Client, accepted, asks_all_the_same),
        faults::goes_where_told(talks),
        client(
            BadPeer,
            "takes the end for no greeting",
            "The server closes without a word: exit code 1.",
            NO_GREETING,
            then(accepted, || {
                vec![
                    types("one piece\n"),
                    close("peer"),
                    ends(1)
                        .hint(Kind::More, NO_GREETING)
                        .hint(Kind::Exit(Some(0)), NO_GREETING),
                ]
            }),
        ),
        client(
            BadPeer,
            "notices a server that resets",
            "The connection breaks: exit code 1, and no panic.",
            RESET,
            faults::broken(accepted),
        ),
        client(
            BadPeer,
            "notices that the server closed meanwhile",
            "It closes while the user types: the line would be lost.",
            LOST,
            then(asking, || {
                vec![
                    close("peer"),
                    // Its end may be on its way.
                    pause(Duration::from_secs(1)),
                    types("one piece\n"),
                    ends(1),
                ]
            }),
        ),
        client(
            BadPeer,
            "waits for a slow server",
            "The greeting comes 3 s later.",
            IMPATIENT,
            then(accepted, || {
                vec![
                    pause(Duration::from_secs(3)),
                    send("peer", GREETING),
                    prints(GREETING),
                ]
            }),
        ),
        client(
            BadPeer,
            "waits for its user",
            "The line is typed 6 s after the question.",
            THINKS,
            then(asking, || after(vec![pause(THINKING)], speaks(LINE))),
        ),
        client(
            BadPeer,
            "gives up a silent server",
            "The server accepts and says nothing: exit code 1 in time.",
            TIMEOUT,
            faults::silent(accepted),
        ),
        faults::nobody_listens(),
    ]
}

/// What a server says before anything is wrong, such as that it is ready.
fn known() -> Step {
    call("what it said so far is known", |trial| {
        trial.skip_stderr();
        Ok(())
    })
}

/// The server has said what became of a client, and lives on.
fn outlived() -> Vec<Step> {
    vec![explains(), pause(MOMENT), runs().or_hint(GONE)]
}

/// Clients go away, by what a real one does and by what a crash does.
fn outlives() -> Vec<Step> {
    let mut steps = vec![known(), reset("peer")];
    steps.extend(outlived());
    steps.extend(greeted("peer"));
    steps.push(close("peer"));
    steps.extend(outlived());
    steps.extend([connect("peer"), close("peer")]);
    steps.extend([connect("peer"), reset("peer"), pause(MOMENT)]);
    steps.push(runs());
    steps
}

/// All are greeted before the first speaks, and the last speaks first.
fn a_hundred(trial: &mut Trial) -> Outcome {
    let mut clients = Vec::new();
    for number in 100..200 {
        trial.connect("peer")?;
        trial.expect("peer", GREETING.as_bytes())?;
        clients.push((trial.take("peer")?, format!("client {number}")));
    }
    for (client, line) in clients.iter_mut().rev() {
        client.send(line.as_bytes())?;
    }
    // Lines may run into each other where threads print them.
    let lines: Vec<String> =
        clients.iter().map(|(_, line)| line.clone()).collect();
    trial.prints_all(&lines).map_err(|stop| stop.suggest(MIXED_UP))
}
