//! `lab check 04`, judged itself: by programs that are right, and by ones
//! that hold a single misconception each.

use std::thread;

/// A program, its further arguments, the check that catches it, the hint.
type Broken = (&'static str, &'static str, &'static str, &'static str);

/// One misconception each. Those that do as the article does pass the first
/// stage.
const BROKEN: &[Broken] = &[
    (
        "04_client_asks_once",
        "",
        "goes on asking",
        "ask again after a pause of a second, for ever",
    ),
    (
        "04_client_believes_anything",
        "",
        "takes no nonsense for the time",
        "what comes from the network need not be what was asked for: print \
         the answer only if it reads back as a time in the format, and say \
         on stderr what else it was",
    ),
    (
        "04_client_decodes_strictly",
        "",
        "outlives an answer that is no text",
        "not every datagram is UTF-8: where decoding fails, there is no \
         time in it. Say so on stderr, and ask again",
    ),
    (
        "04_client_ends_when_left_alone",
        "",
        "outlives a server that is away",
        "\"refused\" means that nobody is there yet, and a send to nobody \
         succeeds: neither must end or stop a client that is told to run \
         for ever. Set a timeout on the socket, and ask again",
    ),
    (
        "04_client_gives_up_when_refused",
        "",
        "finds a server that starts later",
        "\"refused\" means that nobody is there yet, and a send to nobody \
         succeeds: neither must end or stop a client that is told to run \
         for ever. Set a timeout on the socket, and ask again",
    ),
    (
        "04_client_has_a_short_buffer",
        "",
        "does not cut a long answer into a time",
        "recv gives as much of a datagram as the buffer holds, and drops \
         the rest in silence: with more room than a time needs, you see \
         that the answer is none",
    ),
    (
        "04_client_hears_strangers",
        "",
        "hears no stranger",
        "anybody may send to this port: connect() the socket, so that the \
         kernel passes on the server's datagrams alone, or compare the \
         sender's address",
    ),
    (
        "04_client_keeps_its_socket",
        "",
        "takes no second answer for the next",
        "an answer that comes late or twice waits in the socket and is \
         taken for the next one, and the clock is one behind for ever: take \
         a fresh socket, and so a fresh port, for each question",
    ),
    (
        "04_client_prints_errors",
        "",
        "takes no error for the time",
        "an answer that begins with `error: ` says that there is no time: \
         it belongs on stderr",
    ),
    (
        "04_client_prints_nothing",
        "",
        "takes nothing for no time",
        "what comes from the network need not be what was asked for: print \
         the answer only if it reads back as a time in the format, and say \
         on stderr what else it was",
    ),
    (
        "04_client_sends_a_newline",
        "",
        "asks, and prints the answer",
        "send `%Y/%m/%d %H:%M:%S` and nothing else in one datagram, receive \
         one, print it",
    ),
    (
        "04_client_waits_for_ever",
        "",
        "asks again when nothing comes",
        "UDP may lose a question or its answer, and tells nobody: set a \
         timeout on the socket, say on stderr that no answer came, and ask \
         again",
    ),
    (
        "04_server_answers_from_another_port",
        "",
        "tells the time",
        "give the format to strftime with the local time, and send the \
         answer from the socket that received, to the address that recvfrom \
         told: another port is a stranger to the client",
    ),
    (
        "04_server_answers_with_too_much",
        "",
        "refuses to answer with too much",
        "a small question must not make a huge answer, for the sender's \
         address may be forged, and somebody else is flooded: answer \
         `error: …` where the text is longer than 1024 bytes",
    ),
    (
        "04_server_cuts_in_silence",
        "",
        "refuses a format that is too long",
        "recv drops what the buffer cannot hold, in silence, and the rest \
         is answered as if it were all: with more room than you accept, you \
         see that it is too long, and answer `error: …`",
    ),
    (
        "04_server_decodes_strictly",
        "",
        "refuses a format that is no text",
        "not every datagram is UTF-8: where decoding fails, answer `error: \
         …` and go on; one client's trouble must not be the others'",
    ),
    (
        "04_server_ends_at_a_bad_format",
        "",
        "answers a % without a meaning",
        "one client's trouble must not be the others': catch what goes \
         wrong with a question, answer `error: …`, and go on with the next \
         datagram",
    ),
    (
        "04_server_has_a_short_buffer",
        "",
        "reads a long format",
        "recv drops what a short buffer cannot hold, in silence: make room \
         for the longest format you answer, and more",
    ),
    (
        "04_server_has_one_format",
        "",
        "answers in the format it is asked for",
        "the datagram is the format: render the time in what came, not in a \
         format of the server's own",
    ),
    (
        "04_server_keeps_its_buffer",
        "",
        "takes each datagram for a question",
        "one recv is one datagram, and its length is what recv says: \
         collect nothing, and answer these bytes alone, not what an \
         earlier, longer one has left in the buffer",
    ),
    (
        "04_server_serves_one_client",
        "",
        "serves one client after the other",
        "receive and answer in a loop, with the one socket that is bound, \
         and connect it to nobody",
    ),
    (
        "04_server_shares_a_variable",
        "",
        "keeps fifty clients apart",
        "answer each question to the address that this datagram came from; \
         remember nothing from one to the next",
    ),
    (
        "04_server_stumbles_over_nul",
        "",
        "refuses a format with a NUL",
        "a NUL ends a text in C, and strftime is C inside: there it is an \
         error, or the rest is lost. Look for it first, answer `error: …`, \
         and go on",
    ),
    (
        "04_server_takes_empty_for_the_end",
        "",
        "outlives an empty question",
        "a datagram of 0 bytes is a message like any other: UDP has no end \
         of stream that it could be taken for",
    ),
    (
        "article_04_client",
        "",
        "takes no error for the time",
        "an answer that begins with `error: ` says that there is no time: \
         it belongs on stderr",
    ),
    (
        "article_04_server",
        "",
        "refuses a format that is no text",
        "not every datagram is UTF-8: where decoding fails, answer `error: \
         …` and go on; one client's trouble must not be the others'",
    ),
];

#[test]
fn the_course_s_own_programs_pass() {
    crate::checking::ours_pass("04");
}

#[test]
fn right_programs_in_python_pass() {
    crate::checking::passes("04", "right_04_server", "");
    crate::checking::passes("04", "right_04_client", "");
}

#[test]
fn each_broken_program_is_caught_by_the_check_that_is_meant_for_it() {
    // Most of the time they wait: several at once are no load.
    for some in BROKEN.chunks(4) {
        thread::scope(|scope| {
            for (script, arguments, by, hint) in some {
                scope.spawn(|| {
                    let verdict = crate::checking::caught(
                        "04", script, arguments, by, hint,
                    );
                    let Some(verdict) = verdict else { return };
                    let late = !verdict.stdout.contains("stage 1,");
                    assert!(late || !script.starts_with("article"));
                });
            }
        });
    }
}
