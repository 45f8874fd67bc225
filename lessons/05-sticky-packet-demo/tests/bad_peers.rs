//! Each program under a peer that does it wrong.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use testkit::{
    Program, accept, bind_udp, bind_udp_to, connect, listen, refusing,
    refusing_udp, reset,
};

fn server(knobs: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    Program::start(env!("CARGO_BIN_EXE_05-server"), address.iter().chain(knobs))
}

fn client(server: SocketAddr, knobs: &[&str]) -> Program {
    Program::start(
        env!("CARGO_BIN_EXE_05-client"),
        [server.to_string().as_str()].iter().chain(knobs),
    )
}

#[test]
fn without_a_server_the_hint_says_to_start_one() {
    let (_kept, address) = refusing();
    for demo in ["merge", "split", "nagle"] {
        client(address, &["--demo", demo]).finish().failed_with(&[
            &format!("error: connecting to {address}: "),
            "hint: start the server first: just server 05",
        ]);
    }
    let (_kept, address) = refusing_udp();
    let knobs = ["--demo", "udp", "--timeout", "300ms"];
    client(address, &knobs).finish().failed_with(&[
        &format!("error: sending to {address}: "),
        "hint: start the server first: just server 05",
    ]);
}

#[test]
fn a_taken_port_is_explained() {
    let taken = listen();
    let address = taken.local_addr().unwrap().to_string();
    let server = Program::start(env!("CARGO_BIN_EXE_05-server"), [&address]);
    server.finish().failed_with(&[
        &format!("listening on {address}: "),
        "hint: perhaps the server of lesson 05, 06 or 08 still runs",
    ]);
}

#[test]
fn a_client_that_says_nothing_is_given_up() {
    for demo in ["merge", "nagle"] {
        let server = server(&["--demo", demo, "--timeout", "100ms"]);
        let client = connect(server.ready());
        let peer = client.local_addr().unwrap();
        server.finish().failed_with(&[
            &format!("client {peer}: "),
            "nothing within --timeout",
        ]);
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    for demo in ["split", "nagle"] {
        let listener = listen();
        let address = listener.local_addr().unwrap();
        let client = client(address, &["--demo", demo, "--timeout", "100ms"]);
        let _stream = accept(&listener);
        client.finish().failed_with(&[
            &format!("server {address}: "),
            "nothing within --timeout",
        ]);
    }
}

#[test]
fn a_peer_that_closes_at_once_is_named() {
    let merge = server(&[]);
    let peer = connect(merge.ready()).local_addr().unwrap();
    merge.finish().failed_with(&[
        &format!("client {peer}: "),
        "closed before sending anything",
    ]);

    let listener = listen();
    let split = client(listener.local_addr().unwrap(), &["--demo", "split"]);
    drop(accept(&listener));
    split.finish().failed_with(&["closed before sending anything"]);
}

#[test]
fn a_peer_that_resets_is_named() {
    for demo in ["merge", "nagle"] {
        let server = server(&["--demo", demo]);
        let client = connect(server.ready());
        let peer = client.local_addr().unwrap();
        reset(client);
        server.finish().failed_with(&[&format!("client {peer}: ")]);
    }
    for demo in ["split", "nagle"] {
        let listener = listen();
        let address = listener.local_addr().unwrap();
        let client = client(address, &["--demo", demo]);
        reset(accept(&listener));
        client.finish().failed_with(&[&address.to_string()]);
    }
}

#[test]
fn a_sender_notices_a_peer_that_resets_in_the_middle() {
    let listener = listen();
    let address = listener.local_addr().unwrap();
    let client = client(address, &["--gap", "300ms"]);
    let mut stream = accept(&listener);
    stream.read_exact(&mut [0; 9]).unwrap();
    reset(stream);
    client.finish().failed_with(&[&format!("server {address}: sending 第")]);
}

#[test]
fn what_came_before_a_reset_is_shown() {
    let server = server(&["--busy", "0ms"]);
    let mut client = connect(server.ready());
    client.write_all("第一次".as_bytes()).unwrap();
    server.wait_for_stdout("第一次\n");
    reset(client);
    let finished = server.finish();
    finished.failed_with(&["client 127.0.0.1:"]);
    assert_eq!(finished.stdout, "第一次\n");
}

#[test]
fn more_than_the_buffer_takes_more_recvs_and_nothing_is_lost() {
    let server = server(&[]);
    let mut client = connect(server.ready());
    client.write_all(&[b'x'; 100_000]).unwrap();
    drop(client);
    let finished = server.finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.stdout.matches('x').count(), 100_000);
    assert!(finished.stdout.lines().all(|line| line.len() <= 1024));
    finished.logged(&["end of the stream after 100000 bytes"]);
}

#[test]
fn what_is_not_text_cannot_command_the_terminal() {
    let server = server(&[]);
    let mut client = connect(server.ready());
    client.write_all(b"\x1b[2J\xff\xfe\0").unwrap();
    drop(client);
    let finished = server.finish();
    finished.printed("\\u{1b}[2J\u{fffd}\u{fffd}\\u{0}\n");
    finished.logged(&["\\u{1b}[2J[ff fe]\\u{0}"]);
}

#[test]
fn a_client_in_another_demo_leaves_nobody_waiting_for_ever() {
    let server = server(&["--timeout", "200ms"]);
    let knobs = ["--demo", "split", "--timeout", "200ms"];
    let client = client(server.ready(), &knobs);
    // The first to give up closes, and the other sees that.
    let both = [server.finish(), client.finish()];
    assert_eq!(both.each_ref().map(|side| side.code), [Some(1); 2]);
    let says = both.map(|side| side.stderr).concat();
    assert!(says.contains("the same --demo"), "{says}");
}

#[test]
fn nagle_s_server_says_when_a_message_is_cut_short() {
    let server = server(&["--demo", "nagle"]);
    let mut client = connect(server.ready());
    client.write_all("一次一".as_bytes()).unwrap();
    client.read_exact(&mut [0]).unwrap();
    drop(client);
    server.finish().failed_with(&["before the end of a message"]);
}

#[test]
fn nagle_s_client_says_when_no_answer_comes() {
    let listener = listen();
    let address = listener.local_addr().unwrap();
    let client = client(address, &["--demo", "nagle"]);
    let mut stream = accept(&listener);
    stream.read_exact(&mut [0; 6]).unwrap();
    drop(stream);
    client.finish().failed_with(&["closed without answering"]);
}

#[test]
fn lost_doubled_and_reordered_datagrams_are_shown_as_they_come() {
    let server = server(&["--demo", "udp", "--timeout", "500ms"]);
    let client = bind_udp();
    for message in ["第五次", "第一次", "第一次", "", "第三次"] {
        client.send_to(message.as_bytes(), server.ready()).unwrap();
    }
    let finished = server.finish();
    finished.printed("第五次\n第一次\n第一次\n\n第三次\n");
    finished.logged(&["a message of 0 bytes", "第二次 第四次"]);
}

#[test]
fn nonsense_does_not_keep_the_udp_server_alive() {
    let server = server(&["--demo", "udp", "--timeout", "300ms"]);
    let client = bind_udp();
    let address = server.ready();
    client.send_to(b"\xff\x1b[2J", address).unwrap();
    let flood = std::thread::spawn(move || {
        for _ in 0..1000 {
            let _ = client.send_to(b"x", address);
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    });
    let finished = server.finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(!flood.is_finished(), "it listened to the last");
    assert!(finished.stdout.starts_with("\u{fffd}\\u{1b}[2J\nx\n"));
    finished.logged(&["第一次 第二次 第三次 第四次 第五次"]);
    flood.join().unwrap();
}

#[test]
fn a_udp_server_that_starts_later_gets_all_five() {
    let (_sleeping, address) = refusing_udp();
    let client = client(address, &["--demo", "udp", "--timeout", "20s"]);
    client.wait_for_stderr("nobody listens");
    let late = bind_udp_to(address);
    let mut buffer = [0; 100];
    for message in ["第一次", "第二次", "第三次", "第四次", "第五次"]
    {
        let (length, _) = late.recv_from(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], message.as_bytes());
    }
    client.finish().printed("");
}

#[test]
fn a_refusal_of_the_last_datagram_is_noticed_too() {
    let server = bind_udp();
    let address = server.local_addr().unwrap();
    let knobs = ["--demo=udp", "--gap=300ms", "--timeout=100ms"];
    let client = client(address, &knobs);
    let mut came = 0;
    while came < 4 {
        // A machine that is frozen for a moment interrupts a recv.
        match server.recv_from(&mut [0; 100]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            received => came += received.map(|_| 1).unwrap(),
        }
    }
    // From now on it takes its own datagrams only: the others are refused.
    server.connect(address).unwrap();
    client.finish().failed_with(&[
        "nobody listens",
        &format!("error: sending to {address}: "),
        "hint: start the server first",
    ]);
}

#[test]
fn a_closed_stdout_ends_the_program_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command =
        std::process::Command::new(env!("CARGO_BIN_EXE_05-server"));
    command.arg("127.0.0.1:0");
    let server = Program::spawn_printing_to(&mut command, writer);
    connect(server.ready()).write_all(b"x").unwrap();
    drop(command);
    let finished = server.finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(!finished.stderr.contains("error"), "{finished:?}");
}

#[test]
fn two_senders_do_not_both_succeed() {
    for gap in ["0ms", "5ms"] {
        for _ in 0..10 {
            let server = server(&["--demo", "split", "--gap", gap]);
            let client = client(server.ready(), &["--gap", gap]);
            let both = [server.finish(), client.finish()];
            let failed = both.iter().any(|side| side.code == Some(1));
            assert!(failed, "{both:#?}");
        }
    }
}

#[test]
fn a_sender_says_when_the_peer_sends_too() {
    let listener = listen();
    let address = listener.local_addr().unwrap();
    let client = client(address, &["--gap", "100ms"]);
    accept(&listener).write_all(b"so do I").unwrap();
    client.finish().failed_with(&[&format!("server {address}: ")]);
}

#[cfg(unix)]
#[test]
fn a_receiver_goes_on_waiting_after_ctrl_z_and_fg() {
    let server = server(&["--busy", "0ms"]);
    let mut client = connect(server.ready());
    client.write_all("第一次".as_bytes()).unwrap();
    server.wait_for_stdout("第一次\n");
    for _ in 0..20 {
        server.stop_and_continue();
    }
    client.write_all("第二次".as_bytes()).unwrap();
    drop(client);
    server.finish().printed("第一次\n第二次\n");
}

#[test]
fn nagle_s_server_says_when_nothing_came_at_all() {
    let server = server(&["--demo", "nagle"]);
    drop(connect(server.ready()));
    server.finish().failed_with(&["closed before the end of a message"]);
}

#[test]
fn a_sender_notices_a_reset_after_its_last_message() {
    let listener = listen();
    let address = listener.local_addr().unwrap();
    let client = client(address, &["--gap", "100ms"]);
    let mut stream = accept(&listener);
    stream.read_exact(&mut [0; 36]).unwrap();
    reset(stream);
    client.finish().failed_with(&[&format!("server {address}: ")]);
}
