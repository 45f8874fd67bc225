//! The server, under clients good and bad.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::net::{SocketAddr, UdpSocket};

use chrono::{DateTime, TimeDelta, Utc};
use testkit::{DEADLINE, Program, bind_udp, python};

const SECONDS: &[u8] = b"%Y-%m-%d %H:%M:%S %z";

fn server(arguments: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    Program::start(
        env!("CARGO_BIN_EXE_04-server"),
        address.iter().chain(arguments),
    )
}

/// A socket that surely shares its port with no other.
fn lone_socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

/// Sends one datagram and gives the answer to it.
fn ask(client: &UdpSocket, server: SocketAddr, datagram: &[u8]) -> Vec<u8> {
    client.send_to(datagram, server).unwrap();
    let mut answer = vec![0; 65_535];
    let (length, peer) = client.recv_from(&mut answer).unwrap();
    assert_eq!(peer, server);
    answer.truncate(length);
    answer
}

/// How far the server's clock, told in [`SECONDS`], is ahead of this one.
fn ahead(answer: &[u8]) -> TimeDelta {
    let text = str::from_utf8(answer).unwrap();
    let format = str::from_utf8(SECONDS).unwrap();
    let time = DateTime::parse_from_str(text, format);
    time.unwrap_or_else(|e| panic!("{text}: {e}")).to_utc() - Utc::now()
}

#[test]
fn it_tells_the_time_to_any_number_of_clients_and_prints_nothing() {
    let server = server(&[]);
    let address = server.ready();
    let clients: Vec<_> = (0..20).map(|_| lone_socket()).collect();
    for client in clients.iter().chain(&clients) {
        let ahead = ahead(&ask(client, address, SECONDS));
        assert!(ahead.num_seconds().abs() < 30, "{ahead}");
    }
    let finished = server.stop();
    assert_eq!(finished.stdout, "");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}

#[test]
fn it_serves_the_python_client() {
    let server = server(&[]);
    let address = server.ready().to_string();
    let script = "lessons/04-timesync/python/client.py";
    let Some(client) = python(script, &[&address, "2"]) else {
        return;
    };
    let finished = client.finish();
    let times: Vec<_> = finished.stdout.lines().collect();
    assert_eq!(times.len(), 2, "{finished:?}");
    for time in times {
        timesync::read_time(time.as_bytes(), "%Y/%m/%d %H:%M:%S").unwrap();
    }
}

#[cfg(unix)]
#[test]
fn its_time_is_the_local_time() {
    for (zone, offset) in [("CST-8", "+0800"), ("NST3:30", "-0330")] {
        let mut command =
            std::process::Command::new(env!("CARGO_BIN_EXE_04-server"));
        let server = Program::spawn(command.arg("127.0.0.1:0").env("TZ", zone));
        let answer = ask(&bind_udp(), server.ready(), SECONDS);
        assert!(ahead(&answer).num_seconds().abs() < 30);
        assert!(answer.ends_with(offset.as_bytes()), "{zone}");
    }
}

#[test]
fn its_clock_can_be_set_wrong() {
    for (skew, seconds) in [
        (&["--skew", "1h"][..], 3600),
        (&["--skew=-1h"], -3600),
        (&["--skew", "-1h"], -3600),
    ] {
        let server = server(skew);
        let ahead = ahead(&ask(&bind_udp(), server.ready(), SECONDS));
        assert!((ahead.num_seconds() - seconds).abs() < 30, "{ahead}");
    }
}

#[test]
fn a_bad_format_is_answered_with_an_error_and_named_on_stderr() {
    let server = server(&[]);
    let address = server.ready();
    let long = "%Y".repeat(513);
    let long_text = [&b"%"[..], &[b'x'; 65_506]].concat();
    let bad: [(&[u8], &str); 8] = [
        (b"%Q", "a percent sign without a meaning"),
        (b"%", "a percent sign without a meaning"),
        (b"%10d", "a percent sign without a meaning"),
        (b"%Y\0", "a NUL byte"),
        (b"\xff\xfe%Y", "no text"),
        (long.as_bytes(), "the format is longer"),
        (&long_text, "the format is longer"),
        (&b"%c".repeat(512), "the answer would be longer"),
    ];
    for (format, why) in bad {
        let client = bind_udp();
        let answer = ask(&client, address, format);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("error: "), "{answer}");
        assert!(answer.contains(why) && answer.len() <= 1024, "{answer}");
        let peer = client.local_addr().unwrap();
        server.wait_for_stderr(&format!("client {peer}: asked for "));
        server.wait_for_stderr(why);
        assert_eq!(ask(&client, address, b"%%"), b"%");
    }
    let finished = server.stop();
    finished.logged(&[]);
    assert_eq!(finished.stderr.lines().count(), 9, "{finished:?}");
}

#[test]
fn an_answer_of_exactly_1024_bytes_is_given() {
    let server = server(&[]);
    let text = "x".repeat(1022);
    let answer = ask(&bind_udp(), server.ready(), (text + "%d").as_bytes());
    assert_eq!(answer.len(), 1024);
}

#[test]
fn after_each_of_a_thousand_random_datagrams_the_next_client_is_served() {
    let mut server = server(&[]);
    let address = server.ready();
    let (bad, good) = (bind_udp(), bind_udp());
    let mut random = Random(4);
    for number in 0..1000 {
        let datagram = random.datagram();
        if datagram.contains(&b'%') {
            let answer = ask(&bad, address, &datagram);
            assert!(answer.len() <= 1024, "{datagram:?} got {answer:?}");
        } else {
            bad.send_to(&datagram, address).unwrap();
        }
        let question = format!("{number} %%");
        let answer = ask(&good, address, question.as_bytes());
        assert_eq!(answer, format!("{number} %").as_bytes(), "{datagram:?}");
    }
    server.is_running();
    server.stop().logged(&[]);
}

/// Numbers without a pattern that matters, the same in every run (Knuth's
/// MMIX generator).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Noise, or what nearly is a format.
    fn datagram(&mut self) -> Vec<u8> {
        let length = [self.below(20), self.below(2000)];
        let nearly =
            b"%%%%%%%%aAbcCdeEfFgGHIjlmMnOpPqQrsStTuUvVwWxXyYzZ-_0^#.:+39";
        let noise = self.below(2) == 0;
        let long = self.below(4) == 0;
        let byte = |_| {
            let byte = self.below(256);
            let index = usize::try_from(byte).unwrap();
            let near = nearly[index % nearly.len()];
            if noise { byte.to_le_bytes()[0] } else { near }
        };
        (0..length[usize::from(long)]).map(byte).collect()
    }
}

#[test]
fn a_taken_port_is_explained() {
    let taken = bind_udp();
    let address = taken.local_addr().unwrap().to_string();
    let server = Program::start(env!("CARGO_BIN_EXE_04-server"), [&address]);
    server.finish().failed_with(&[
        &format!("binding to {address}: "),
        "hint: perhaps this server still runs",
    ]);
}

#[test]
fn a_skew_that_is_no_time_is_a_wrong_argument() {
    for skew in ["--skew=2", "--skew=", "--skew=--2s", "--skew=25h"] {
        let finished = server(&[skew]).finish();
        assert_eq!(finished.code, Some(2), "{skew} {finished:?}");
    }
}

#[test]
fn what_asks_for_no_time_gets_no_answer() {
    let server = server(&[]);
    let client = bind_udp();
    for text in ["2026/02/03 04:05:06", "error: no such time", "", "\0"] {
        client.send_to(text.as_bytes(), server.ready()).unwrap();
    }
    // Answers come in order, so this is the first there is.
    client.send_to(b"%%", server.ready()).unwrap();
    let mut answer = [0; 100];
    let length = client.recv(&mut answer).unwrap();
    assert_eq!(&answer[..length], b"%");
    server.stop().logged(&["not answered, since no % asks for a time"]);
}

#[test]
fn no_answer_to_an_answer_goes_on_for_ever() {
    let server = server(&[]);
    let client = bind_udp();
    let mut text = b"%%".repeat(512);
    for round in 0.. {
        assert!(round < 12, "still {} bytes", text.len());
        client.send_to(&text, server.ready()).unwrap();
        // What is sent next shows whether there was an answer.
        client.send_to(b"%%last", server.ready()).unwrap();
        let mut answer = [0; 2000];
        let length = client.recv(&mut answer).unwrap();
        if &answer[..length] == b"%last" {
            break;
        }
        text = answer[..length].to_vec();
        client.recv(&mut answer).unwrap();
    }
}
