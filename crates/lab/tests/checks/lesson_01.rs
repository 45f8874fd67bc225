//! `lab check 01`: right programs pass, each mistake is caught by the check
//! that is meant for it, and the hint names it.

use crate::checking::{caught, ours_pass, passes};

const TO_THE_END: &str = "does it read until the other side closes, as \
    read_to_string does? That reads a stream, not a message: the other side \
    keeps its end open while it waits. One recv is enough here";
const CUT: &str = "a character may be cut anywhere, by a recv or by a short \
    buffer: then its bytes are no UTF-8. Decode so that it cannot fail \
    (from_utf8_lossy, errors=\"replace\")";
const END: &str = "a recv of 0 bytes is no message, and does not mean \
    \"nothing yet\": it is the end of the stream. Say on stderr that the \
    other side closed, and exit with 1";

#[test]
fn the_courses_own_programs_pass() {
    ours_pass("01");
}

#[test]
fn right_programs_in_python_pass() {
    passes("01", "right_01_server", "");
    passes("01", "right_01_client", "");
}

#[test]
fn the_articles_programs_pass_the_first_stage_only() {
    for (script, by) in [
        ("article_01_server", "survives a character cut in two"),
        ("article_01_client", "survives a character cut in two"),
    ] {
        let Some(verdict) = caught("01", script, "", by, CUT) else { return };
        assert!(verdict.stdout.contains("failure is in stage 2"));
        assert!(verdict.stdout.contains("UnicodeDecodeError"));
    }
}

#[test]
fn a_server_that_reads_to_the_end_is_caught() {
    let script = "01_server_reads_to_the_end";
    caught("01", script, "", "answers one message", TO_THE_END);
}

#[test]
fn a_server_that_never_answers_is_caught() {
    let hint = "it printed what came; now the answer must be sent as well, \
                all of it and in UTF-8, before the connection is closed";
    let script = "01_server_never_answers";
    caught("01", script, "", "answers one message", hint);
}

#[test]
fn a_server_that_prints_bytes_is_caught() {
    let hint = "these are Python's words for bytes: what comes from a socket \
                is bytes, to be decoded before it is printed";
    let script = "01_server_prints_bytes";
    let verdict = caught("01", script, "", "answers one message", hint);
    let Some(verdict) = verdict else { return };
    // The bytes, with a caret under the first difference.
    let shown = "
    expected 9 bytes:
      6f 6e 65 20 70 69 65 63 65                        one piece
    came 12 bytes:
      62 27 6f 6e 65 20 70 69 65 63 65 27               b'one piece'
      ^^ the first difference
";
    assert!(verdict.stdout.contains(shown), "{verdict:#?}");
}

#[test]
fn a_server_that_floods_is_ended_and_that_is_said() {
    let hint = "a loop goes round without waiting: a recv of 0 bytes is the \
                end of the stream, not \"nothing yet\"";
    let script = "01_server_floods";
    let verdict = caught("01", script, "", "answers one message", hint);
    let Some(verdict) = verdict else { return };
    let said = "it said more than 1 MiB, and was ended";
    assert!(verdict.stdout.contains(said), "{verdict:#?}");
}

#[test]
fn a_server_that_waits_for_nine_bytes_is_caught() {
    let hint = "one recv is whatever has arrived by now, and this lesson has \
                no rule that says how long a message is: a program that \
                waits for more waits for what may never come";
    let script = "01_server_waits_for_nine_bytes";
    caught("01", script, "", "answers the first piece", hint);
}

#[test]
fn a_server_that_takes_the_end_for_nothing_yet_is_caught() {
    let script = "01_server_takes_the_end_for_nothing_yet";
    caught("01", script, "", "takes the end for no message", END);
}

#[test]
fn a_server_that_prints_escapes_is_caught() {
    let hint = "text from the network may hold escape sequences, which \
                command the terminal: escape control characters before \
                printing";
    let by = "escapes what could command a terminal";
    let verdict = caught("01", "01_server_prints_escapes", "", by, hint);
    let Some(verdict) = verdict else { return };
    assert!(!verdict.stdout.contains('\u{1b}'), "{verdict:#?}");
}

#[test]
fn a_server_that_waits_for_ever_is_caught() {
    let hint = "recv waits for ever unless it is told otherwise: set a \
                timeout on the socket, and exit with 1 once it is over";
    let script = "01_server_waits_for_ever";
    caught("01", script, "", "gives up a silent client", hint);
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_leaves_the_port_taken_is_caught() {
    let hint = "\"Address already in use\" is no bug of yours: the side that \
                closes first keeps the connection's port for a minute \
                (TIME_WAIT). Set SO_REUSEADDR before bind; Rust's \
                TcpListener and Python's create_server do";
    let by = "starts again at once on the same port";
    caught("01", "01_server_leaves_the_port_taken", "", by, hint);
}

#[test]
fn a_client_that_sends_a_newline_is_caught() {
    let hint = "it sends more than `one piece`: perhaps a newline that \
                println or the keyboard brought along";
    let script = "01_client_sends_a_newline";
    caught("01", script, "", "asks, and prints the answer", hint);
}

#[test]
fn a_client_that_reads_to_the_end_is_caught() {
    let script = "01_client_reads_to_the_end";
    caught("01", script, "", "needs no end of the stream", TO_THE_END);
}

#[test]
fn a_client_that_prints_more_is_caught() {
    let hint = "stdout is for what the article's program prints; everything \
                else belongs on stderr";
    let script = "01_client_prints_more";
    caught("01", script, "", "asks, and prints the answer", hint);
}

#[test]
fn a_client_that_takes_the_end_for_an_answer_is_caught() {
    let script = "01_client_takes_the_end_for_an_answer";
    caught("01", script, "", "takes the end for no answer", END);
}

#[test]
fn a_client_that_never_connects_is_caught() {
    let hint = "does it connect to the host and port of its arguments?";
    let script = "01_client_never_connects";
    caught("01", script, "", "asks, and prints the answer", hint);
}
