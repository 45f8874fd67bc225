//! `lab check 05`, judged itself: by programs that are right, and by ones
//! that hold a single misconception each.

use std::thread;

/// A program, its further arguments, the check that catches it, the hint.
type Broken = (&'static str, &'static str, &'static str, &'static str);

/// One misconception each. Those that do as the article does pass the first
/// stage.
const BROKEN: &[Broken] = &[
    (
        "05_client_decodes_strictly",
        "",
        "split: survives cut characters",
        "a character may be cut anywhere, by a recv or by a short buffer: \
         then its bytes are no UTF-8. Decode so that it cannot fail \
         (from_utf8_lossy, errors=\"replace\")",
    ),
    (
        "05_client_joins_datagrams",
        "{demo}",
        "udp: sends its five datagrams",
        "one send is one datagram: send each message with its own, and end",
    ),
    (
        "05_client_prints_escapes",
        "",
        "split: survives bytes that are no text",
        "text from the network may hold escape sequences, which command the \
         terminal: escape control characters before printing",
    ),
    (
        "05_client_prints_the_end",
        "",
        "split: prints no line for the end",
        "a recv of 0 bytes is no empty message, and does not mean \"nothing \
         yet\": it is the end of the stream. Print nothing for it, and end",
    ),
    (
        "05_client_reads_all_at_once",
        "",
        "split: reads nine bytes at a time",
        "each recv takes up to 9 bytes, wherever a message ends: print each \
         as a line of its own, until the end",
    ),
    (
        "05_client_stops_at_a_short_recv",
        "",
        "split: reads to the end of the stream",
        "one send is not one recv, and a short recv does not mean that all \
         has come: TCP has no messages. Receive again and again, until a \
         recv gives 0 bytes: that is the end of the stream",
    ),
    (
        "05_client_waits_for_an_answer",
        "",
        "merge: sends its five messages",
        "send all five one after the other, and close: nobody answers, so \
         wait for nothing. Until the socket is closed, the receiver waits \
         for more",
    ),
    (
        "05_client_waits_for_ever",
        "",
        "split: gives up a silent server",
        "recv waits for ever unless it is told otherwise: set a timeout on \
         the socket, and exit with 1 once it is over",
    ),
    (
        "05_server_answers_each_recv",
        "{demo}",
        "nagle: answers each message once",
        "a message is 6 bytes, however they come: receive until there are \
         so many, then answer once, and wait for the next 6",
    ),
    (
        "05_server_collects_datagrams",
        "{demo}",
        "udp: prints a line per datagram",
        "a recv takes one datagram, however many wait: print each as a line \
         of its own, and end after the fifth",
    ),
    (
        "05_server_decodes_strictly",
        "",
        "merge: survives cut characters",
        "a character may be cut anywhere, by a recv or by a short buffer: \
         then its bytes are no UTF-8. Decode so that it cannot fail \
         (from_utf8_lossy, errors=\"replace\")",
    ),
    (
        "05_server_keeps_one_buffer",
        "",
        "merge: loses nothing of a long stream",
        "one send is not one recv, and a short recv does not mean that all \
         has come: TCP has no messages. Receive again and again, until a \
         recv gives 0 bytes: that is the end of the stream",
    ),
    (
        "05_server_never_closes",
        "",
        "split: sends its five messages",
        "send all five one after the other, and close: nobody answers, so \
         wait for nothing. Until the socket is closed, the receiver waits \
         for more",
    ),
    (
        "05_server_prints_escapes",
        "",
        "merge: survives bytes that are no text",
        "text from the network may hold escape sequences, which command the \
         terminal: escape control characters before printing",
    ),
    (
        "05_server_prints_nine_bytes_a_line",
        "",
        "merge: prints what came at once",
        "accept, receive up to 1024 bytes, print them as one line, and end \
         when the stream does",
    ),
    (
        "05_server_stops_at_a_short_recv",
        "",
        "merge: reads to the end of the stream",
        "one send is not one recv, and a short recv does not mean that all \
         has come: TCP has no messages. Receive again and again, until a \
         recv gives 0 bytes: that is the end of the stream",
    ),
    (
        "05_server_takes_a_reset_for_the_end",
        "",
        "merge: says when the connection breaks",
        "what went wrong must show: a sentence on stderr, and the exit code \
         1",
    ),
    (
        "05_server_takes_the_end_for_a_message",
        "",
        "merge: takes the end for no message",
        "a recv of 0 bytes is no message, and does not mean \"nothing \
         yet\": it is the end of the stream. Say on stderr that the other \
         side closed, and exit with 1",
    ),
    (
        "05_server_waits_for_ever",
        "",
        "merge: gives up a silent client",
        "recv waits for ever unless it is told otherwise: set a timeout on \
         the socket, and exit with 1 once it is over",
    ),
    (
        "article_05_server",
        "",
        "merge: reads to the end of the stream",
        "one send is not one recv, and a short recv does not mean that all \
         has come: TCP has no messages. Receive again and again, until a \
         recv gives 0 bytes: that is the end of the stream",
    ),
    (
        "article_05_split_client",
        "",
        "split: reads to the end of the stream",
        "one send is not one recv, and a short recv does not mean that all \
         has come: TCP has no messages. Receive again and again, until a \
         recv gives 0 bytes: that is the end of the stream",
    ),
];

#[test]
fn the_course_s_own_programs_pass() {
    crate::checking::ours_pass("05");
}

#[test]
fn right_programs_in_python_pass() {
    for demo in ["", "split", "{demo}"] {
        crate::checking::passes("05", "right_05_server", demo);
        crate::checking::passes("05", "right_05_client", demo);
    }
}

#[test]
fn each_broken_program_is_caught_by_the_check_that_is_meant_for_it() {
    // Most of the time they wait: several at once are no load.
    for some in BROKEN.chunks(4) {
        thread::scope(|scope| {
            for (script, arguments, by, hint) in some {
                scope.spawn(|| {
                    let verdict = crate::checking::caught(
                        "05", script, arguments, by, hint,
                    );
                    let Some(verdict) = verdict else { return };
                    let late = !verdict.stdout.contains("stage 1,");
                    assert!(late || !script.starts_with("article"));
                });
            }
        });
    }
}

#[test]
fn a_program_of_one_demo_is_known_by_what_it_does() {
    for (script, demo, others) in [
        ("right_05_server", "merge", "split: "),
        ("right_05_server", "split", "merge: "),
        ("right_05_client", "merge", "split: "),
        ("right_05_client", "split", "merge: "),
        ("article_05_client", "", "split: "),
    ] {
        let Some(verdict) = crate::checking::check_python("05", script, demo)
        else {
            return;
        };
        assert_eq!(verdict.code, Some(0), "{verdict:#?}");
        for line in verdict.stdout.lines() {
            let is_others = line.contains(others);
            assert!(!(is_others && line.starts_with("ok")), "{verdict:#?}");
        }
        assert!(verdict.stdout.contains("no {demo}: not judged"));
    }
}
