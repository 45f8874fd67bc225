//! What any peer may do, once for all lessons. A lesson gives the steps that
//! lead to the fault; its own hints may stand beside those here.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use programs::Side;
use programs::lang::{tr, tr_with};

use crate::hints::{END, ESCAPES, IMPATIENT, NOT_TEXT, RESET, TIMEOUT};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::{
    Check, Stage, Step, after, call, client, close, ends, gives_up, pause,
    prints_safely, reset, runs, send, server, start,
};
use crate::trial::Trial;
use crate::trial::wait::{self, PATIENCE, START};

/// 海贼 in GBK, which is no UTF-8, and a word that is.
pub const GARBLED: &[u8] = b"\xba\xa3\xd4\xf4 ok";

/// What a terminal or a line must be kept from, between two words.
pub const UNSAFE: &str = "one\u{1b}[2J\u{7}\r\n\u{7f}\u{9b}2J\u{202e}\u{2028}\
                          \u{2066}piece";

const ELSEWHERE: &str = "connect to the host of the arguments, whatever it is";

const REFUSED: &str = "\"refused\" means that nobody is there yet, which may \
                       pass: wait for the rest of the second, then ask again, \
                       until 5 s are over";

/// How long a server is away; a client asks on for 5 s.
const LEAST_AWAY: Duration = Duration::from_millis(1500);
const MOST_AWAY: Duration = Duration::from_millis(3500);

/// Steps that lead to a fault.
pub trait Script: Fn() -> Vec<Step> + Send + Sync + 'static {}
impl<T: Fn() -> Vec<Step> + Send + Sync + 'static> Script for T {}

/// A text that is no UTF-8 comes from `"peer"`; `then` is what follows.
pub fn garbled(before: impl Script, then: impl Script) -> impl Script {
    move || {
        let shown = vec![
            send("peer", GARBLED),
            prints_safely(&["\u{fffd}", "ok"])
                .hint(Kind::NotText, NOT_TEXT)
                .hint(Kind::Nothing, NOT_TEXT)
                .hint(Kind::Exit(Some(1)), NOT_TEXT)
                .hint(Kind::Other, NOT_TEXT),
        ];
        after(before(), after(shown, then()))
    }
}

/// A text that could command a terminal comes from `"peer"`.
pub fn escapes(side: Side, before: impl Script, then: impl Script) -> Check {
    let script = move || {
        let shown = vec![
            send("peer", UNSAFE),
            prints_safely(&["one", "piece"])
                .hint(Kind::Unsafe, ESCAPES)
                .or_hint(ESCAPES),
        ];
        after(before(), after(shown, then()))
    };
    let check = match side {
        Side::Server => server,
        Side::Client => client,
    };
    check(
        Stage::Odd,
        "escapes what could command a terminal",
        "Control characters, U+202E and their like never reach stdout.",
        ESCAPES,
        script,
    )
}

/// `"peer"` says nothing more: the program gives up in its time.
pub fn silent(before: impl Script) -> impl Script {
    move || {
        let given_up = gives_up(1)
            .hint(Kind::NotEnded, TIMEOUT)
            .hint(Kind::TooEarly, IMPATIENT);
        after(before(), vec![given_up])
    }
}

/// `"peer"` closes: the program says so, and fails.
pub fn gone(before: impl Script) -> impl Script {
    move || {
        let failed = ends(1)
            .hint(Kind::NotEnded, END)
            .hint(Kind::More, END)
            .hint(Kind::Exit(Some(0)), END);
        after(before(), vec![close("peer"), failed])
    }
}

/// `"peer"` resets the connection: the program says so, and fails.
pub fn broken(before: impl Script) -> impl Script {
    move || after(before(), vec![reset("peer"), ends(1).or_hint(RESET)])
}

/// Nobody listens where a TCP client connects.
pub fn nobody_listens() -> Check {
    client(
        Stage::BadPeer,
        "fails where nobody listens",
        "There is no server: a sentence, and exit code 1.",
        "connect fails with \"connection refused\": report it, and exit with 1",
        || vec![start(), ends(1)],
    )
}

/// A server waits for its first client without limit.
pub fn patient(dialogue: impl Script) -> Check {
    server(
        Stage::BadPeer,
        "waits for its first client",
        "Nobody comes for 9 s: it waits, for its first client may be late.",
        "a timeout bounds the wait for a peer that is there; for the first \
         one a server waits without limit",
        move || {
            let waits = vec![
                start(),
                call("waits until it listens", Trial::wait_until_bound),
                pause(Duration::from_secs(6)),
                runs(),
            ];
            after(waits, dialogue())
        },
    )
}

/// A server listens at the address that it is given, and nowhere else.
pub fn listens_where_told(dialogue: impl Script) -> Check {
    server(
        Stage::Odd,
        "listens at the given host, and nowhere else",
        "It is given 127.0.0.2, so nobody is reached at 127.0.0.1.",
        "bind to the host of the arguments: 0.0.0.0, or no host, listens on \
         every network that the machine is in",
        move || {
            let told = vec![
                call("gives it the host 127.0.0.2", told_another_host),
                start(),
                call("is not reached at 127.0.0.1", not_here),
            ];
            after(told, dialogue())
        },
    )
}

/// A client goes to the address that it is given.
pub fn goes_where_told(dialogue: impl Script) -> Check {
    client(
        Stage::Odd,
        "connects to the given host",
        "The server is at 127.0.0.2, as the arguments say.",
        ELSEWHERE,
        move || {
            let told =
                vec![call("gives it the host 127.0.0.2", told_another_host)];
            // With the usual host it did not fail.
            let failed = Kind::Exit(Some(1));
            let steps = dialogue().into_iter();
            let steps = steps.map(|step| step.hint(failed, ELSEWHERE));
            after(told, steps.collect())
        },
    )
}

/// A UDP client that is refused asks on, until its server is there.
/// `dialogue` binds `"peer"`, and goes on from there.
pub fn starts_later(dialogue: impl Script) -> Check {
    client(
        Stage::BadPeer,
        "finds a server that starts later",
        "Its first questions are refused; the server comes 1.5 s later.",
        REFUSED,
        move || {
            let away = call("is away for 1.5 s or more", stay_away);
            let mut steps = after(vec![away], dialogue());
            for step in &mut steps {
                // It may give up at the last moment.
                step.hints.push((Some(Kind::Exit(Some(1))), REFUSED));
            }
            steps
        },
    )
}

/// Measures how soon the program asks, and starts it again where nobody is,
/// for long enough that its first question must have come too early.
fn stay_away(trial: &mut Trial) -> Outcome {
    trial.bind("before")?;
    if trial.datagram("before", START)?.is_none() {
        return Err(trial.with_end(Kind::Nothing, tr("it asked nothing")));
    }
    let away = LEAST_AWAY.max(trial.age() * 4);
    drop(trial.remove_socket("before")?);
    if away > MOST_AWAY {
        return Err(Stop::TooBusy);
    }
    trial.restart()?;
    trial.did(tr_with(
        "was away for {time}",
        &[("time", &format_args!("{away:.1?}"))],
    ));
    wait::pause(away)?;
    if trial.age() > MOST_AWAY + Duration::from_millis(500) {
        // By now it may rightly ask no more.
        return Err(Stop::TooBusy);
    }
    if trial.has_ended()? {
        let what = tr("it ended, where it should have asked again");
        return Err(trial.with_end(Kind::TooEarly, what));
    }
    Ok(())
}

fn told_another_host(trial: &mut Trial) -> Outcome {
    if !cfg!(any(target_os = "linux", windows)) {
        // Elsewhere this machine has one loopback address only.
        return Err(Stop::MissingPlaceholder("host"));
    }
    trial.did(tr("gave it the host 127.0.0.2"));
    trial.move_to(Ipv4Addr::new(127, 0, 0, 2))
}

/// Tries the machine's usual address, once the other one is taken.
fn not_here(trial: &mut Trial) -> Outcome {
    if trial.uses_udp() {
        // To bind the port, even for a moment, could take it from the server.
        // One that listens everywhere answers from 127.0.0.1: the one who
        // asked 127.0.0.2 does not hear that.
        return Ok(());
    }
    trial.wait_until_bound()?;
    let told = trial.place()?;
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, told.port()));
    if TcpStream::connect_timeout(&here, PATIENCE).is_ok() {
        let what = tr("it was reached at 127.0.0.1, where it should not be");
        return Err(trial.with_end(Kind::Other, what));
    }
    Ok(())
}
