//! What the server answers before there is a WebSocket, and instead of one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod peer;

use std::io::Write;
use std::net::{Shutdown, SocketAddr};

use testkit::{connect, reset, until_closed};

use peer::{ACCEPT, enter, name, read_head, receive_text, server, upgrade};

/// What is answered: the head, and the body.
#[track_caller]
fn ask(server: SocketAddr, request: &str) -> (String, String) {
    let mut client = connect(server);
    client.write_all(request.as_bytes()).unwrap();
    let answer = String::from_utf8(until_closed(&mut client)).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[track_caller]
fn answers(server: SocketAddr, request: &str, status: u16) -> String {
    let (head, _) = ask(server, request);
    let wanted = format!("http/1.1 {status} ");
    assert!(head.starts_with(&wanted), "{request:?}: {head}");
    head
}

#[test]
fn the_handshake_is_the_rfcs() {
    let server = server(&[]);
    for path in ["/", "/chat", "/any/path?at=all"] {
        let mut client = connect(server.ready());
        client.write_all(upgrade(path, "").as_bytes()).unwrap();
        let head = read_head(&mut client).to_lowercase();
        assert!(head.starts_with("http/1.1 101 switching protocols\r\n"));
        for line in [
            "upgrade: websocket",
            "connection: upgrade",
            &format!("sec-websocket-accept: {ACCEPT}").to_lowercase(),
        ] {
            assert!(head.contains(&format!("\r\n{line}\r\n")), "{head}");
        }
    }
}

#[test]
fn a_handshake_that_lacks_something_is_refused() {
    let server = server(&[]);
    let address = server.ready();
    let good = upgrade("/", "");
    for (part, instead, status) in [
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 426),
        ("Sec-WebSocket-Version: 13\r\n", "", 426),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dG9vIHNob3J0", 400),
        ("Sec-WebSocket-Key", "X", 400),
        ("Connection: keep-alive, Upgrade\r\n", "", 400),
        ("HTTP/1.1", "HTTP/1.0", 400),
        ("Upgrade: websocket", "Upgrade: h2c", 200),
        ("GET", "POST", 405),
    ] {
        let request = good.replace(part, instead);
        let head = answers(address, &request, status);
        let version = head.contains("\r\nsec-websocket-version: 13");
        assert_eq!(version, status == 426, "{head}");
    }
}

#[test]
fn a_page_of_another_site_may_not_connect() {
    let server = server(&[]);
    let address = server.ready();
    for origin in [
        "http://evil.example",
        "http://here",
        "http://here:81",
        "http://here:80.evil.example",
        "http://evil.example/here:80",
        "here:80",
        "null",
        "",
    ] {
        let header = format!("Origin: {origin}\r\n");
        answers(address, &upgrade("/", &header), 403);
    }
    let two = "Origin: http://here:80\r\nOrigin: http://evil.example\r\n";
    answers(address, &upgrade("/", two), 403);
    for origin in ["http://here:80", "http://HERE:80"] {
        let mut client = connect(address);
        let header = format!("Origin: {origin}\r\n");
        client.write_all(upgrade("/", &header).as_bytes()).unwrap();
        let head = read_head(&mut client);
        assert!(head.starts_with("HTTP/1.1 101"), "{origin}: {head}");
    }
}

#[test]
fn the_page_asks_for_nothing_and_runs_nothing_but_its_own() {
    let server = server(&[]);
    let request = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";
    let (head, body) = ask(server.ready(), request);
    assert!(head.contains("\r\ncontent-type: text/html; charset=utf-8"));
    assert!(head.contains(&format!("\r\ncontent-length: {}", body.len())));
    assert!(head.contains("content-security-policy: default-src 'none'"));
    assert!(!head.contains("unsafe"), "{head}");
    for outside in ["src=", "@import", "url(", "innerHTML", "eval("] {
        assert!(!body.contains(outside), "{outside}");
    }
    let (again, _) = ask(server.ready(), request);
    assert_ne!(head, again, "the nonce is new each time");
}

#[test]
fn plain_http_is_answered_as_http_asks() {
    let server = server(&[]);
    let address = server.ready();
    let host = "Host: here\r\n\r\n";
    for (line, status) in [
        ("GET / HTTP/1.1", 200),
        ("GET /?a=b HTTP/1.1", 200),
        ("GET http://here/ HTTP/1.1", 200),
        ("GET / HTTP/1.0", 200),
        ("GET /favicon.ico HTTP/1.1", 404),
        ("GET /../page.html HTTP/1.1", 404),
        ("POST / HTTP/1.1", 405),
        ("BREW /pot HTTP/1.1", 405),
        ("OPTIONS * HTTP/1.1", 405),
        ("GET / HTTP/2.0", 505),
        ("hello", 400),
        ("", 400),
        ("GET  / HTTP/1.1", 400),
        ("GET nowhere at all HTTP/1.1", 400),
        ("G(T / HTTP/1.1", 400),
    ] {
        let head = answers(address, &format!("{line}\r\n{host}"), status);
        assert!(head.contains("\r\nconnection: close"), "{head}");
        let allowed = head.contains("\r\nallow: get, head");
        assert_eq!(allowed, status == 405, "{head}");
    }
    for headers in [
        "",
        "Host: a\r\nHost: b\r\n",
        "Host : here\r\n",
        "Host: here\r\n folded\r\n",
        "Host: here\r\nno colon\r\n",
        "Host: here\r\nA: \0\r\n",
    ] {
        answers(address, &format!("GET / HTTP/1.1\r\n{headers}\r\n"), 400);
    }
    // Typed by hand, in nc, a line has no CR.
    answers(address, "GET / HTTP/1.0\n\n", 200);
    server.wait_for_stderr("answered 404 Not Found: there is one page here");
}

#[test]
fn head_is_get_without_the_body() {
    let server = server(&[]);
    let rest = "/ HTTP/1.1\r\nHost: here\r\n\r\n";
    let (got, body) = ask(server.ready(), &format!("GET {rest}"));
    let (head, nothing) = ask(server.ready(), &format!("HEAD {rest}"));
    assert_eq!(nothing, "");
    let length = format!("\r\ncontent-length: {}", body.len());
    assert!(got.contains(&length) && head.contains(&length), "{head}");
}

#[test]
fn a_head_that_is_too_long_is_refused_and_heard() {
    let server = server(&[]);
    let request = |length: usize| {
        let start = "GET / HTTP/1.1\r\nHost: here\r\nA: ";
        let fill = length - start.len() - 4;
        format!("{start}{}\r\n\r\n", "x".repeat(fill))
    };
    answers(server.ready(), &request(8192), 200);
    answers(server.ready(), &request(8193), 431);
    // More than it reads, so that a careless close would reset.
    answers(server.ready(), &request(100_000), 431);
    let endless = "x".repeat(50_000);
    answers(server.ready(), &endless, 431);
}

#[test]
fn a_body_that_nobody_asked_for_does_not_spoil_the_answer() {
    let server = server(&[]);
    let head = "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 60000\r\n\r\n";
    for _ in 0..20 {
        let request = format!("{head}{}", "x".repeat(60_000));
        answers(server.ready(), &request, 405);
    }
}

#[test]
fn a_handshake_that_drips_is_given_up_and_the_others_are_served() {
    let server = server(&["--timeout", "500ms"]);
    let address = server.ready();
    let silent = connect(address);
    let mut dripping = connect(address);
    let (speaker, name_of) = (dripping.try_clone().unwrap(), name(&dripping));
    let drips = std::thread::spawn(move || {
        let request = upgrade("/", "").repeat(10);
        for byte in request.bytes() {
            if (&speaker).write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    let mut client = enter(address);
    client.write_all(&peer::masked(peer::TEXT, "served")).unwrap();
    assert_eq!(receive_text(&mut client), "served");
    assert_eq!(until_closed(&mut dripping), b"");
    drips.join().unwrap();
    let late = "bytes of HTTP: nothing within --timeout";
    server.wait_for_stderr(&format!("{name_of}after "));
    server.wait_for_stderr(late);
    server.wait_for_stderr(&format!("{}after 0 {late}", name(&silent)));
}

#[test]
fn clients_that_go_before_the_end_of_their_request_are_named() {
    let server = server(&[]);
    let address = server.ready();
    let mut early = connect(address);
    early.shutdown(Shutdown::Write).unwrap();
    until_closed(&mut early);
    let gone = name(&early) + "it closed before sending anything";
    server.wait_for_stderr(&gone);
    let mut half = connect(address);
    half.write_all(b"GET / HT").unwrap();
    half.shutdown(Shutdown::Write).unwrap();
    until_closed(&mut half);
    server.wait_for_stderr(&(name(&half) + "it closed after 8 bytes of HTTP"));
    reset(connect(address));
    enter(address);
}

#[test]
fn a_full_room_says_so() {
    let server = server(&["--max-clients", "2"]);
    let address = server.ready();
    let _one = enter(address);
    let two = enter(address);
    answers(address, &upgrade("/", ""), 503);
    answers(address, "GET / HTTP/1.0\r\n\r\n", 200);
    let gone = name(&two) + "it went without a close frame";
    drop(two);
    server.wait_for_stderr(&gone);
    enter(address);
}
