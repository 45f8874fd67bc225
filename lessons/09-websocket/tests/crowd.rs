//! Two hundred clients, one of which never reads.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod peer;

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;
use testkit::connect;

use peer::{
    TEXT, enter, masked, name, read_head, receive_text, server, upgrade,
};

const CLIENTS: usize = 200;
const MESSAGES: usize = 30;

/// A message that tells its place, and is long enough to fill what may wait.
fn message(number: usize) -> String {
    format!("{number} ").repeat(60_000 / format!("{number} ").len())
}

#[test]
fn one_that_never_reads_is_dropped_and_the_others_get_every_message() {
    let server = server(&["--timeout", "20s"]);
    let address = server.ready();
    let mut deaf = connect(address);
    SockRef::from(&deaf).set_recv_buffer_size(4096).unwrap();
    deaf.write_all(upgrade("/", "").as_bytes()).unwrap();
    read_head(&mut deaf);

    let clients: Vec<_> = (0..CLIENTS).map(|_| enter(address)).collect();
    let mut speaker = enter(address);
    let listening: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            thread::spawn(move || {
                for number in 0..MESSAGES {
                    assert!(receive_text(&mut client) == message(number));
                }
            })
        })
        .collect();
    let start = Instant::now();
    for number in 0..MESSAGES {
        speaker.write_all(&masked(TEXT, message(number))).unwrap();
        assert!(receive_text(&mut speaker) == message(number));
    }
    for client in listening {
        client.join().unwrap();
    }
    // A server that waited for it would have waited this long.
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    println!("{MESSAGES} messages to {CLIENTS} clients in {took:?}");
    let words = name(&deaf) + "it does not read: 1 MiB waits for it";
    server.wait_for_stderr(&words);
}

#[test]
fn one_that_takes_nothing_for_too_long_is_dropped() {
    let server = server(&["--timeout", "500ms"]);
    let mut deaf = connect(server.ready());
    SockRef::from(&deaf).set_recv_buffer_size(4096).unwrap();
    deaf.write_all(upgrade("/", "").as_bytes()).unwrap();
    read_head(&mut deaf);
    let mut speaker = enter(server.ready());
    // More than the kernel takes, less than may wait.
    for number in 0..10 {
        speaker.write_all(&masked(TEXT, message(number))).unwrap();
        assert!(receive_text(&mut speaker) == message(number));
    }
    let words = name(&deaf) + "sending to it: nothing within --timeout";
    server.wait_for_stderr(&words);
}

#[test]
fn a_flood_of_short_messages_drops_nobody_who_reads() {
    const FLOOD: usize = 20_000;
    let server = server(&["--timeout", "30s"]);
    let mut speaker = enter(server.ready());
    let listening: Vec<_> = (0..5)
        .map(|_| {
            let mut client = std::io::BufReader::new(enter(server.ready()));
            thread::spawn(move || {
                let mut bytes = vec![0; FLOOD * 4];
                std::io::Read::read_exact(&mut client, &mut bytes).unwrap();
                assert!(bytes == peer::unmasked(TEXT, "hi").repeat(FLOOD));
            })
        })
        .collect();
    let hears = speaker.try_clone().unwrap();
    let echo = thread::spawn(move || {
        let mut bytes = vec![0; FLOOD * 4];
        std::io::Read::read_exact(&mut &hears, &mut bytes).unwrap();
    });
    speaker.write_all(&masked(TEXT, "hi").repeat(FLOOD)).unwrap();
    for client in listening {
        client.join().unwrap();
    }
    echo.join().unwrap();
}
