//! The checks of lesson 06: the course's own programs and right ones in Python
//! pass, and each broken one is caught by the check that is meant for it.

use crate::checking::{caught, ours_pass, passes};

#[test]
fn the_courses_own_programs_pass() {
    ours_pass("06");
}

#[test]
fn a_right_client_passes() {
    passes("06", "right_06_client", "{out}");
}

#[test]
fn a_right_client_that_is_told_a_folder_passes() {
    passes("06", "right_06_client_by_name", "{folder}");
}

#[test]
fn a_right_server_passes() {
    passes("06", "right_06_server", "{file}");
}

#[test]
fn a_client_like_the_articles_does_what_the_article_does() {
    let verdict = caught(
        "06",
        "article_06_client",
        "{out}",
        "puts the pieces of the header together",
        "a recv brings what has arrived by now, from one byte on: receive \
         again until all the bytes are there that were announced \
         (read_exact; in Python a loop)",
    );
    let first = "ok  fetches a file\n";
    assert!(verdict.is_none_or(|it| it.stdout.contains(first)));
}

#[test]
fn a_server_like_the_articles_does_what_the_article_does() {
    let verdict = caught(
        "06",
        "article_06_server",
        "{file}",
        "serves the next client too",
        "after one client it is over: accept again, in a loop",
    );
    let first = "ok  sends a file behind its header\n";
    assert!(verdict.is_none_or(|it| it.stdout.contains(first)));
}

#[test]
fn a_client_that_keeps_a_long_file_is_caught() {
    caught(
        "06",
        "06_client_keeps_a_long_file",
        "{out}",
        "keeps no file that is too long",
        "when filesize bytes are there, the end of the stream must follow: \
         one byte more, and header and file do not belong together",
    );
}

#[test]
fn a_client_that_keeps_a_short_file_is_caught() {
    caught(
        "06",
        "06_client_keeps_a_short_file",
        "{out}",
        "keeps no file that is too short",
        "the end of the stream is not the end of the file: only filesize \
         tells whether all came. Receive under a temporary name, compare, \
         then rename",
    );
}

#[test]
fn a_client_that_keeps_half_a_file_is_caught() {
    caught(
        "06",
        "06_client_keeps_half_a_file",
        "{out}",
        "keeps no file that is too short",
        "the end of the stream is not the end of the file: only filesize \
         tells whether all came. Receive under a temporary name, compare, \
         then rename",
    );
}

#[test]
fn a_client_that_knocks_for_ever_is_caught() {
    caught(
        "06",
        "06_client_knocks_for_ever",
        "{out}",
        "fails where nobody listens",
        "connect fails with \"connection refused\": report it, and exit \
         with 1",
    );
}

#[test]
fn a_client_that_makes_no_empty_file_is_caught() {
    caught(
        "06",
        "06_client_makes_no_empty_file",
        "{out}",
        "receives an empty file",
        "a file of 0 bytes is a file: it is there, and empty",
    );
}

#[test]
fn a_client_that_overwrites_is_caught() {
    caught(
        "06",
        "06_client_overwrites",
        "{out}",
        "overwrites nothing",
        "look before you write: open with create_new, or \"xb\" in Python, \
         and publish without overwriting",
    );
}

#[test]
fn a_client_that_prints_json_is_caught() {
    caught(
        "06",
        "06_client_prints_json",
        "{out}",
        "fetches a file",
        "it prints the header as JSON; Python prints a dict's texts in \
         single quotes",
    );
}

#[test]
fn a_client_that_reads_ascii_is_caught() {
    caught(
        "06",
        "06_client_reads_ascii",
        "{out}",
        "reads a name beyond ASCII",
        "JSON may hold UTF-8 as it is, or \\u escapes: a JSON parser reads \
         both. The length counts bytes, not characters",
    );
}

#[test]
fn a_client_that_reads_big_endian_is_caught() {
    caught(
        "06",
        "06_client_reads_big_endian",
        "{out}",
        "fetches a file",
        "receive 4 bytes, which are the length, little-endian; then the \
         header, to be printed; then the file, until filesize bytes are \
         there, to be written to {out}",
    );
}

#[test]
fn a_client_that_reads_short_headers_is_caught() {
    caught(
        "06",
        "06_client_reads_short_headers",
        "{out}",
        "reads the longest header",
        "receive as many bytes as the length says, up to 65536, in however \
         many recvs it takes; spaces mean nothing in JSON",
    );
}

#[test]
fn a_client_that_starts_the_clock_anew_is_caught() {
    caught(
        "06",
        "06_client_starts_the_clock_anew",
        "{out}",
        "gives up a header that drips",
        "a socket's timeout starts anew with each recv: take the time once, \
         and give each recv what is left of it",
    );
}

#[test]
fn a_client_that_takes_one_recv_is_caught() {
    caught(
        "06",
        "06_client_takes_one_recv",
        "{out}",
        "puts the pieces of the header together",
        "a recv brings what has arrived by now, from one byte on: receive \
         again until all the bytes are there that were announced \
         (read_exact; in Python a loop)",
    );
}

#[test]
fn a_client_that_takes_one_recv_for_the_file_is_caught() {
    caught(
        "06",
        "06_client_takes_one_recv_for_the_file",
        "{out}",
        "receives a large file",
        "a recv brings what has arrived by now, from one byte on: receive \
         again until all the bytes are there that were announced \
         (read_exact; in Python a loop)",
    );
}

#[test]
fn a_client_that_takes_the_end_for_nothing_yet_is_caught() {
    caught(
        "06",
        "06_client_takes_the_end_for_nothing_yet",
        "{out}",
        "notices the end amid the header",
        "a recv of 0 bytes is the end of the stream, not \"nothing yet\": a \
         loop that waits for more goes round for ever. Exit with 1",
    );
}

#[test]
fn a_client_that_takes_too_much_is_caught() {
    caught(
        "06",
        "06_client_takes_too_much",
        "{out}",
        "takes apart what came at once",
        "it takes more than it should in one recv, and what follows is \
         lost: ask for 4 bytes, then for as many as they say, then for the \
         file",
    );
}

#[test]
fn a_client_that_trusts_the_header_is_caught() {
    caught(
        "06",
        "06_client_trusts_the_header",
        "{out}",
        "refuses a header that is none",
        "a header from the network is not to be trusted: it must be a JSON \
         object in UTF-8, with a filename and a filesize that is a whole \
         number from 0 on; else refuse it, before a file is made",
    );
}

#[test]
fn a_client_that_trusts_the_length_is_caught() {
    caught(
        "06",
        "06_client_trusts_the_length",
        "{out}",
        "refuses a length out of bounds",
        "a length from the network is not to be trusted: refuse it unless \
         it is 1 … 65536, before memory is set aside and the header is read",
    );
}

#[test]
fn a_client_that_trusts_the_name_is_caught() {
    caught(
        "06",
        "06_client_trusts_the_name",
        "{folder}",
        "stays in its folder",
        "the name comes from the network: take its last part alone, or \
         refuse it. A path in it leads wherever the sender likes",
    );
}

#[test]
fn a_client_that_waits_for_ever_is_caught() {
    caught(
        "06",
        "06_client_waits_for_ever",
        "{out}",
        "gives up a silent server",
        "recv waits for ever unless it is told otherwise: set a timeout on \
         the socket, and exit with 1 once it is over",
    );
}

#[test]
fn a_client_that_waits_for_the_file_is_caught() {
    caught(
        "06",
        "06_client_waits_for_the_file",
        "{out}",
        "gives up a server that stalls",
        "recv waits for ever unless it is told otherwise: set a timeout on \
         the socket, and exit with 1 once it is over",
    );
}

#[test]
fn a_server_that_writes_big_endian_is_caught() {
    caught(
        "06",
        "06_server_big_endian",
        "{file}",
        "sends a file behind its header",
        "the four bytes are in the wrong order: the length is \
         little-endian, its lowest byte first (to_le_bytes, \
         struct.pack(\"<i\", n)); \"network order\" is the other one",
    );
}

#[test]
fn a_server_that_counts_characters_is_caught() {
    caught(
        "06",
        "06_server_counts_characters",
        "{file}",
        "counts the header's bytes",
        "the length counts characters: what is sent is bytes, and a \
         character may have several. Encode first, then measure",
    );
}

#[test]
fn a_server_that_dies_with_its_client_is_caught() {
    caught(
        "06",
        "06_server_dies_with_its_client",
        "{file}",
        "outlives clients that go away",
        "a send to a client that has gone fails (broken pipe, connection \
         reset): that ends this client's service, and not the server",
    );
}

#[test]
fn a_server_that_serves_one_at_a_time_is_caught() {
    caught(
        "06",
        "06_server_one_at_a_time",
        "{file}",
        "lets nobody wait for a slow client",
        "each client needs a thread of its own: a send waits when its \
         client does not read, and with it waits everybody behind",
    );
}

#[test]
fn a_server_that_promises_first_is_caught() {
    caught(
        "06",
        "06_server_promises_first",
        "{file}",
        "sends nothing when there is no file",
        "open the file before anything is sent: a client must not be \
         promised what is not there",
    );
}

#[test]
fn a_server_that_reads_text_is_caught() {
    caught(
        "06",
        "06_server_reads_text",
        "{file}",
        "sends a file that is no text",
        "a file is bytes, not text: open it in binary mode, and neither \
         decode it nor change its line ends",
    );
}

#[test]
fn a_server_that_sends_eight_bytes_is_caught() {
    caught(
        "06",
        "06_server_sends_eight_bytes",
        "{file}",
        "sends a file behind its header",
        "send the header's length in four bytes, little-endian, then the \
         header in JSON, then the file, then close",
    );
}

#[test]
fn a_server_that_sends_no_length_is_caught() {
    caught(
        "06",
        "06_server_sends_no_length",
        "{file}",
        "sends a file behind its header",
        "the header comes without its length: four bytes before it say how \
         many bytes of JSON follow",
    );
}

#[test]
fn a_server_that_sends_once_is_caught() {
    caught(
        "06",
        "06_server_sends_once",
        "{file}",
        "sends a large file to a slow reader",
        "one send may take only a part, and says how much: send the rest as \
         well (write_all, sendall)",
    );
}

#[test]
fn a_server_that_serves_once_is_caught() {
    caught(
        "06",
        "06_server_serves_once",
        "{file}",
        "serves the next client too",
        "after one client it is over: accept again, in a loop",
    );
}

#[test]
fn a_server_that_skips_empty_files_is_caught() {
    caught(
        "06",
        "06_server_skips_empty_files",
        "{file}",
        "sends an empty file",
        "a file of 0 bytes is a file: its header goes out all the same",
    );
}
