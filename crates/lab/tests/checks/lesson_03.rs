//! `lab check 03`: right programs pass, each mistake with an encoding is
//! caught by the check that is meant for it, and the hint names it.

use crate::checking::{caught, check_python, ours_pass, passes};

const ENCODING: &str = "the encoding is the socket's: it must be used for \
    sending and for receiving alike, and nothing may stay at UTF-8";

#[test]
fn the_courses_own_programs_pass() {
    ours_pass("03");
}

#[test]
fn right_programs_in_python_pass() {
    passes("03", "right_03_server", "{encoding}");
    passes("03", "right_03_client", "{encoding}");
}

#[test]
fn without_an_encoding_its_checks_are_not_judged_and_that_is_said() {
    let verdict = check_python("03", "right_03_server", "");
    let Some(verdict) = verdict else { return };
    assert_eq!(verdict.code, Some(0), "{verdict:#?}");
    for words in [
        "speaks another encoding (the command has no {encoding}: not judged)",
        "passed all 7 checks. Not judged: 2.",
    ] {
        assert!(verdict.stdout.contains(words), "{verdict:#?}");
    }
}

#[test]
fn a_server_that_answers_in_utf_8_is_caught() {
    let script = "03_server_answers_in_utf_8";
    caught("03", script, "{encoding}", "speaks another encoding", ENCODING);
}

#[test]
fn a_client_that_reads_utf_8_is_caught() {
    let script = "03_client_reads_utf_8";
    caught("03", script, "{encoding}", "speaks another encoding", ENCODING);
}

#[test]
fn a_server_that_sends_question_marks_is_caught() {
    let hint = "a text that the encoding cannot express is an error: ? or \
                &#36156; in its place would be another text, sent in silence";
    let by = "never sends what the encoding lacks";
    let script = "03_server_sends_question_marks";
    caught("03", script, "{encoding}", by, hint);
}
