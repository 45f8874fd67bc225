//! The checks of lesson 08: the course's own programs and right ones in Python
//! pass, and each broken one is caught by the check that is meant for it.

use crate::checking::{caught, ours_pass, passes};

#[test]
fn the_courses_own_programs_pass() {
    ours_pass("08");
}

#[test]
fn a_right_client_passes() {
    passes("08", "right_08_client", "");
}

#[test]
fn a_right_server_passes() {
    passes("08", "right_08_server", "");
}

#[test]
fn a_client_like_the_articles_does_what_the_article_does() {
    let verdict = caught(
        "08",
        "article_08_client",
        "",
        "needs no end of the stream",
        "a character may be cut anywhere, by a recv or by a short buffer: \
         then its bytes are no UTF-8. Decode so that it cannot fail \
         (from_utf8_lossy, errors=\"replace\")",
    );
    let first = "ok  prints the greeting, and sends a line\n";
    assert!(verdict.is_none_or(|it| it.stdout.contains(first)));
}

#[test]
fn a_server_like_the_articles_does_what_the_article_does() {
    let verdict = caught(
        "08",
        "article_08_server",
        "",
        "survives a character cut in two",
        "a character may be cut anywhere, by a recv or by a short buffer: \
         then its bytes are no UTF-8. Decode so that it cannot fail \
         (from_utf8_lossy, errors=\"replace\")",
    );
    let first = "ok  greets, and prints a line\n";
    assert!(verdict.is_none_or(|it| it.stdout.contains(first)));
}

#[test]
fn a_client_that_decodes_strictly_is_caught() {
    caught(
        "08",
        "08_client_decodes_strictly",
        "",
        "needs no end of the stream",
        "a character may be cut anywhere, by a recv or by a short buffer: \
         then its bytes are no UTF-8. Decode so that it cannot fail \
         (from_utf8_lossy, errors=\"replace\")",
    );
}

#[test]
fn a_client_that_falls_over_the_end_of_stdin_is_caught() {
    caught(
        "08",
        "08_client_falls_over_the_end_of_stdin",
        "",
        "sends nothing at the end of stdin",
        "there may be no line to read (EOFError in Python, 0 from \
         read_line): say so on stderr, send nothing, exit with 0",
    );
}

#[test]
fn a_client_that_prints_escapes_is_caught() {
    caught(
        "08",
        "08_client_prints_escapes",
        "",
        "escapes what could command a terminal",
        "text from the network may hold escape sequences, which command the \
         terminal: escape control characters before printing",
    );
}

#[test]
fn a_client_that_reads_to_the_end_is_caught() {
    caught(
        "08",
        "08_client_reads_to_the_end",
        "",
        "prints the greeting, and sends a line",
        "does it read until the other side closes, as read_to_string does? \
         That reads a stream, not a message: the other side keeps its end \
         open while it waits. One recv is enough here",
    );
}

#[test]
fn a_client_that_sends_a_newline_is_caught() {
    caught(
        "08",
        "08_client_sends_a_newline",
        "",
        "prints the greeting, and sends a line",
        "the line goes without its newline: what reads a line mostly leaves \
         it there",
    );
}

#[test]
fn a_client_that_sends_a_part_is_caught() {
    caught(
        "08",
        "08_client_sends_a_part",
        "",
        "sends a long line beyond ASCII",
        "the line goes in UTF-8, and all of it: one send may take only a \
         part (write_all, sendall)",
    );
}

#[test]
fn a_client_that_sends_all_that_was_typed_is_caught() {
    caught(
        "08",
        "08_client_sends_all_that_was_typed",
        "",
        "sends one line of several",
        "read one line from stdin, and not all that is there",
    );
}

#[test]
fn a_client_that_sends_empty_lines_is_caught() {
    caught(
        "08",
        "08_client_sends_empty_lines",
        "",
        "sends nothing for an empty line",
        "TCP carries bytes, not messages: to send none is to send nothing, \
         and a newline instead is another message. Say so on stderr, close, \
         exit with 0",
    );
}

#[test]
fn a_client_that_speaks_first_is_caught() {
    caught(
        "08",
        "08_client_speaks_first",
        "",
        "prints the greeting, and sends a line",
        "the server speaks first: receive and print its greeting, then ask",
    );
}

#[test]
fn a_client_that_takes_the_end_for_a_greeting_is_caught() {
    caught(
        "08",
        "08_client_takes_the_end_for_a_greeting",
        "",
        "takes the end for no greeting",
        "a recv of 0 bytes is no greeting: it is the end of the stream. Say \
         on stderr that the server closed, do not ask for a line, and exit \
         with 1",
    );
}

#[test]
fn a_client_that_waits_for_ever_is_caught() {
    caught(
        "08",
        "08_client_waits_for_ever",
        "",
        "gives up a silent server",
        "recv waits for ever unless it is told otherwise: set a timeout on \
         the socket, and exit with 1 once it is over",
    );
}

#[test]
fn a_server_that_decodes_strictly_is_caught() {
    caught(
        "08",
        "08_server_decodes_strictly",
        "",
        "survives a character cut in two",
        "a character may be cut anywhere, by a recv or by a short buffer: \
         then its bytes are no UTF-8. Decode so that it cannot fail \
         (from_utf8_lossy, errors=\"replace\")",
    );
}

#[test]
fn a_server_that_dies_with_its_client_is_caught() {
    caught(
        "08",
        "08_server_dies_with_its_client",
        "",
        "outlives clients that go away",
        "a recv or send fails when the client has gone: that is the end of \
         this client, and not of the server",
    );
}

#[test]
fn a_server_that_leaves_the_port_taken_is_caught() {
    caught(
        "08",
        "08_server_leaves_the_port_taken",
        "",
        "starts again at once on the same port",
        "\"Address already in use\" is no bug of yours: the side that \
         closes first keeps the connection's port for a minute (TIME_WAIT). \
         Set SO_REUSEADDR before bind (allow_reuse_address in Python's \
         socketserver)",
    );
}

#[test]
fn a_server_that_never_greets_is_caught() {
    caught(
        "08",
        "08_server_never_greets",
        "",
        "greets, and prints a line",
        "the server speaks first: greet each client before anything is \
         received",
    );
}

#[test]
fn a_server_that_serves_one_at_a_time_is_caught() {
    caught(
        "08",
        "08_server_one_at_a_time",
        "",
        "lets nobody wait for a silent client",
        "each client needs a thread of its own: a recv waits for its \
         client, and with it waits everybody behind",
    );
}

#[test]
fn a_server_that_prints_empty_messages_is_caught() {
    caught(
        "08",
        "08_server_prints_empty_messages",
        "",
        "takes the end for no message",
        "a recv of 0 bytes is no message: it is the end of the stream. \
         Print nothing for it, and go on with the other clients",
    );
}

#[test]
fn a_server_that_prints_escapes_is_caught() {
    caught(
        "08",
        "08_server_prints_escapes",
        "",
        "escapes what could command a terminal",
        "text from the network may hold escape sequences, which command the \
         terminal: escape control characters before printing",
    );
}

#[test]
fn a_server_that_reads_to_the_end_is_caught() {
    caught(
        "08",
        "08_server_reads_to_the_end",
        "",
        "greets, and prints a line",
        "does it read until the other side closes, as read_to_string does? \
         That reads a stream, not a message: the other side keeps its end \
         open while it waits. One recv is enough here",
    );
}

#[test]
fn a_server_that_serves_once_is_caught() {
    caught(
        "08",
        "08_server_serves_once",
        "",
        "serves the next client too",
        "after one client it is over: accept again, in a loop",
    );
}

#[test]
fn a_server_that_waits_for_the_client_is_caught() {
    caught(
        "08",
        "08_server_waits_for_the_client",
        "",
        "greets, and prints a line",
        "the server speaks first: greet each client before anything is \
         received",
    );
}
