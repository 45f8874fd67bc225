//! The checks of lesson 07: the course's own programs and right ones in Python
//! pass, and each broken one is caught by the check that is meant for it.

use crate::checking::{caught, ours_pass, passes};

#[test]
fn the_courses_own_programs_pass() {
    ours_pass("07");
}

#[test]
fn a_right_client_passes() {
    passes("07", "right_07_client", "{key}");
}

#[test]
fn a_right_server_passes() {
    passes("07", "right_07_server", "{key}");
}

#[test]
fn a_client_like_the_articles_does_what_the_article_does() {
    let verdict = caught(
        "07",
        "article_07_client",
        "{key}",
        "puts the pieces of the challenge together",
        "a recv brings what has arrived by now, from one byte on: receive \
         again until all are there; how many there will be is known",
    );
    let first = "ok  proves that it has the key\n";
    assert!(verdict.is_none_or(|it| it.stdout.contains(first)));
}

#[test]
fn a_server_like_the_articles_does_what_the_article_does() {
    let verdict = caught(
        "07",
        "article_07_server",
        "{key}",
        "puts the pieces of the proof together",
        "a recv brings what has arrived by now, from one byte on: receive \
         again until all are there; how many there will be is known",
    );
    let first = "ok  lets in who has the key\n";
    assert!(verdict.is_none_or(|it| it.stdout.contains(first)));
}

#[test]
fn a_client_that_answers_in_bytes_is_caught() {
    caught(
        "07",
        "07_client_answers_in_bytes",
        "{key}",
        "proves that it has the key",
        "these are the digest's 16 bytes; the proof is their hex, 32 \
         characters (hexdigest)",
    );
}

#[test]
fn a_client_that_answers_in_capitals_is_caught() {
    caught(
        "07",
        "07_client_answers_in_capitals",
        "{key}",
        "proves that it has the key",
        "the proof goes in lowercase hex: a digest in upper case is another \
         text",
    );
}

#[test]
fn a_client_that_cuts_the_key_is_caught() {
    caught(
        "07",
        "07_client_cuts_the_key",
        "{key}",
        "takes a key of any length",
        "the key is the argument in UTF-8, all of it, however long",
    );
}

#[test]
fn a_client_that_hashes_without_hmac_is_caught() {
    caught(
        "07",
        "07_client_hashes_without_hmac",
        "{key}",
        "proves that it has the key",
        "this is the hash of key and challenge put together; HMAC is more \
         than that (RFC 2104), and every language has it ready",
    );
}

#[test]
fn a_client_that_sends_a_newline_is_caught() {
    caught(
        "07",
        "07_client_sends_a_newline",
        "{key}",
        "proves that it has the key",
        "the proof is all that is sent, without a newline, and the verdict \
         is not on the wire: end when it is sent",
    );
}

#[test]
fn a_client_that_signs_a_part_is_caught() {
    caught(
        "07",
        "07_client_signs_a_part",
        "{key}",
        "signs no part of a challenge",
        "a recv of 0 bytes is the end of the stream, not \"nothing yet\": \
         what came before is no whole challenge, so answer nothing and exit \
         with 1",
    );
}

#[test]
fn a_client_that_signs_what_follows_is_caught() {
    caught(
        "07",
        "07_client_signs_what_follows",
        "{key}",
        "signs the challenge, and not what follows",
        "the challenge is 32 bytes: ask for so many and not for more, and \
         leave alone what follows",
    );
}

#[test]
fn a_client_that_starts_the_clock_anew_is_caught() {
    caught(
        "07",
        "07_client_starts_the_clock_anew",
        "{key}",
        "gives up a challenge that drips",
        "a socket's timeout starts anew with each recv: take the time once, \
         and give each recv what is left of it",
    );
}

#[test]
fn a_client_that_strips_the_challenge_is_caught() {
    caught(
        "07",
        "07_client_strips_the_challenge",
        "{key}",
        "takes the challenge as it is",
        "the challenge is bytes: neither decode it, nor strip it, nor read \
         it line by line",
    );
}

#[test]
fn a_client_that_swaps_key_and_message_is_caught() {
    caught(
        "07",
        "07_client_swaps_key_and_message",
        "{key}",
        "proves that it has the key",
        "key and message are swapped: the key comes first",
    );
}

#[test]
fn a_client_that_takes_one_recv_is_caught() {
    caught(
        "07",
        "07_client_takes_one_recv",
        "{key}",
        "puts the pieces of the challenge together",
        "a recv brings what has arrived by now, from one byte on: receive \
         again until all are there; how many there will be is known",
    );
}

#[test]
fn a_client_that_takes_sha256_is_caught() {
    caught(
        "07",
        "07_client_takes_sha256",
        "{key}",
        "proves that it has the key",
        "this is HMAC-SHA256; the lesson's digest is MD5, as long as \
         nothing else is said",
    );
}

#[test]
fn a_client_that_waits_for_ever_is_caught() {
    caught(
        "07",
        "07_client_waits_for_ever",
        "{key}",
        "gives up a silent server",
        "recv waits for ever unless it is told otherwise: set a timeout on \
         the socket, and exit with 1 once it is over",
    );
}

#[test]
fn a_client_that_waits_for_the_verdict_is_caught() {
    caught(
        "07",
        "07_client_waits_for_the_verdict",
        "{key}",
        "proves that it has the key",
        "the proof is all that is sent, without a newline, and the verdict \
         is not on the wire: end when it is sent",
    );
}

#[test]
fn a_server_that_challenges_all_alike_is_caught() {
    caught(
        "07",
        "07_server_challenges_all_alike",
        "{key}",
        "challenges everybody anew",
        "a challenge that comes again lets in who has overheard its answer \
         once: take new random bytes from the system for each client",
    );
}

#[test]
fn a_server_that_challenges_in_hex_is_caught() {
    caught(
        "07",
        "07_server_challenges_in_hex",
        "{key}",
        "lets in who has the key",
        "the challenge is 32 bytes as they are: not in hex, and with \
         nothing behind them",
    );
}

#[test]
fn a_server_that_compares_what_follows_is_caught() {
    caught(
        "07",
        "07_server_compares_what_follows",
        "{key}",
        "reads the proof, and not what follows",
        "the proof has 32 characters: receive exactly so many; what comes \
         behind them is no part of it",
    );
}

#[test]
fn a_server_that_cuts_the_key_is_caught() {
    caught(
        "07",
        "07_server_cuts_the_key",
        "{key}",
        "takes a key of any length",
        "the key is the argument in UTF-8, all of it, however long",
    );
}

#[test]
fn a_server_that_decodes_the_answer_is_caught() {
    caught(
        "07",
        "07_server_decodes_the_answer",
        "{key}",
        "survives an answer that is no text",
        "not every chunk of bytes is UTF-8: compare the answer as bytes, \
         without decoding it",
    );
}

#[test]
fn a_server_that_dies_with_its_client_is_caught() {
    caught(
        "07",
        "07_server_dies_with_its_client",
        "{key}",
        "outlives clients that go away",
        "a recv or send fails when the client has gone: that is the end of \
         this client, and not of the server",
    );
}

#[test]
fn a_server_that_judges_once_is_caught() {
    caught(
        "07",
        "07_server_judges_once",
        "{key}",
        "challenges everybody anew",
        "after one client it is over: accept again, in a loop",
    );
}

#[test]
fn a_server_that_looks_at_the_length_is_caught() {
    caught(
        "07",
        "07_server_looks_at_the_length",
        "{key}",
        "keeps out who has another key",
        "let nobody pass but who sends exactly the HMAC of this challenge \
         with this key; compare all of it, as it came",
    );
}

#[test]
fn a_server_that_serves_one_at_a_time_is_caught() {
    caught(
        "07",
        "07_server_one_at_a_time",
        "{key}",
        "lets nobody wait for a silent client",
        "each client needs a thread of its own: a recv waits for its \
         client, and with it waits everybody behind",
    );
}

#[test]
fn a_server_that_sends_its_verdict_is_caught() {
    caught(
        "07",
        "07_server_sends_its_verdict",
        "{key}",
        "lets in who has the key",
        "the verdict is not on the wire: close when the proof is judged, \
         and send nothing more",
    );
}

#[test]
fn a_server_that_starts_the_clock_anew_is_caught() {
    caught(
        "07",
        "07_server_starts_the_clock_anew",
        "{key}",
        "gives up a proof that drips",
        "a socket's timeout starts anew with each recv: take the time once, \
         and give each recv what is left of it",
    );
}

#[test]
fn a_server_that_takes_a_part_is_caught() {
    caught(
        "07",
        "07_server_takes_a_part",
        "{key}",
        "keeps out half a proof",
        "a proof that is not whole is none, and an empty one least of all: \
         compare lengths too, as a comparison of the whole does",
    );
}

#[test]
fn a_server_that_takes_capitals_is_caught() {
    caught(
        "07",
        "07_server_takes_capitals",
        "{key}",
        "keeps out a proof in upper case",
        "the proof goes in lowercase hex: a digest in upper case is another \
         text",
    );
}

#[test]
fn a_server_that_takes_one_recv_is_caught() {
    caught(
        "07",
        "07_server_takes_one_recv",
        "{key}",
        "puts the pieces of the proof together",
        "a recv brings what has arrived by now, from one byte on: receive \
         again until all are there; how many there will be is known",
    );
}

#[test]
fn a_server_that_waits_for_ever_is_caught() {
    caught(
        "07",
        "07_server_waits_for_ever",
        "{key}",
        "gives up a silent client",
        "recv waits for ever unless it is told otherwise: set a timeout on \
         each client's socket, and close it once that is over",
    );
}
