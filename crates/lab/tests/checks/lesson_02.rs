//! `lab check 02`: right programs pass, each mistake is caught by the check
//! that is meant for it, and the hint names it.

use crate::checking::{caught, ours_pass, passes};

const CUT: &str = "a character may be cut anywhere, by a recv or by a short \
    buffer: then its bytes are no UTF-8. Decode so that it cannot fail \
    (from_utf8_lossy, errors=\"replace\")";

#[test]
fn the_courses_own_programs_pass() {
    ours_pass("02");
}

#[test]
fn right_programs_in_python_pass() {
    passes("02", "right_03_server", "");
    passes("02", "right_03_client", "");
}

#[test]
fn the_articles_programs_pass_the_first_stage_only() {
    for (script, by) in [
        ("article_02_server", "answers a long datagram"),
        ("article_02_client", "shows a long answer, or a part of it"),
    ] {
        let Some(verdict) = caught("02", script, "", by, CUT) else { return };
        assert!(verdict.stdout.contains("failure is in stage 3"));
    }
}

#[test]
fn a_server_that_listens_for_tcp_is_caught() {
    let hint = "does it bind a UDP socket to the host and port of its \
                arguments, and stay until it has answered?";
    let script = "02_server_listens_for_tcp";
    caught("02", script, "", "answers one datagram", hint);
}

#[test]
fn a_server_that_never_answers_is_caught() {
    let hint = "it printed what came; now 海贼王 must be sent in UTF-8 to \
                the address that recvfrom told";
    let script = "02_server_never_answers";
    caught("02", script, "", "answers one datagram", hint);
}

#[test]
fn a_server_that_collects_datagrams_is_caught() {
    let hint = "a datagram is a whole message: do not collect several into \
                one";
    let by = "takes two datagrams for two messages";
    caught("02", "02_server_collects_datagrams", "", by, hint);
}

#[test]
fn a_server_that_takes_an_empty_datagram_for_the_end_is_caught() {
    let hint = "a datagram of 0 bytes is a message like any other: UDP has \
                no end of stream that it could be taken for";
    let script = "02_server_takes_empty_for_the_end";
    caught("02", script, "", "answers an empty datagram", hint);
}

#[test]
fn a_server_that_gives_up_waiting_is_caught() {
    let hint = "a timeout bounds the wait for a peer that is there; for the \
                first datagram a server waits without limit";
    let script = "02_server_gives_up_waiting";
    caught("02", script, "", "waits for its first client", hint);
}

#[test]
fn a_client_that_hears_strangers_is_caught() {
    let hint = "anybody may send to this port: connect() the socket, so that \
                the kernel passes on the server's datagrams alone, or \
                compare the sender's address";
    let script = "02_client_hears_strangers";
    caught("02", script, "", "hears no stranger", hint);
}

#[test]
fn a_client_that_asks_once_is_caught() {
    let hint = "UDP may lose a question or its answer, and tells nobody: \
                wait for about a second, then ask again, until 5 s or so are \
                over";
    let script = "02_client_asks_once";
    caught("02", script, "", "asks again when nothing comes", hint);
}

#[test]
fn a_client_that_gives_up_when_refused_is_caught() {
    let hint = "\"refused\" means that nobody is there yet, which may pass: \
                ask again until 5 s or so are over";
    let script = "02_client_gives_up_when_refused";
    caught("02", script, "", "finds a server that starts later", hint);
}

#[test]
fn a_client_that_asks_for_ever_is_caught() {
    let hint = "recv waits for ever unless it is told otherwise: set a \
                timeout on the socket, and exit with 1 once it is over";
    let script = "02_client_asks_for_ever";
    caught("02", script, "", "gives up a silent server", hint);
}
