//! Lesson 09's room: thirty students who all hear each other, first by frames
//! made by hand, then in thirty windows of a browser.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use serde_json::{Value, json};
use testkit::{has_browser, in_browser};

use crate::room::{class, connect, end, shows, wait_for_all};
use crate::thirty::{STUDENTS, large_class};

/// FIN with the opcodes (RFC 6455, section 5.2).
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// Asks for the WebSocket from a student's own address, until it is there.
fn enter(student: u8, to: SocketAddr) -> TcpStream {
    let mut stream = connect(student, to);
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {to}\r\nUpgrade: websocket\r\nConnection: \
         Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \
         dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{head:?}");
    stream
}

/// Sends a short frame. Its mask of zeros leaves the payload as it is.
fn send(stream: &mut TcpStream, first: u8, payload: &str) {
    let length = u8::try_from(payload.len()).unwrap();
    let head = [first, 0x80 | length, 0, 0, 0, 0];
    stream.write_all(&[&head, payload.as_bytes()].concat()).unwrap();
}

/// Receives a short frame, which has no mask.
fn receive(stream: &mut TcpStream) -> (u8, String) {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let mut payload = vec![0; head[1].into()];
    stream.read_exact(&mut payload).unwrap();
    (head[0], String::from_utf8(payload).unwrap())
}

#[test]
fn lesson_09_lets_thirty_students_hear_all_thirty() {
    let (_door, class, to) = large_class(&["9"]);
    let streams: Vec<TcpStream> =
        (0..STUDENTS).map(|student| enter(student, to)).collect();
    // All are there: now all speak at once.
    let students: Vec<_> = (0..STUDENTS)
        .zip(streams)
        .map(|(student, mut stream)| {
            thread::spawn(move || {
                send(&mut stream, TEXT, &format!("I am {student}"));
                let heard = [(); STUDENTS as usize];
                let heard = heard.map(|()| receive(&mut stream));
                send(&mut stream, CLOSE, "");
                assert_eq!(receive(&mut stream), (CLOSE, String::new()));
                heard
            })
        })
        .collect();
    let heard = students.into_iter().map(|student| student.join().unwrap());
    let mut heard: Vec<_> = heard.collect();
    // They hear the same, in the same order.
    heard.dedup();
    let [heard] = &mut heard[..] else { panic!("{heard:#?}") };
    let said = (0..STUDENTS).map(|student| (TEXT, format!("I am {student}")));
    let mut said: Vec<_> = said.collect();
    said.sort();
    heard.sort();
    assert_eq!(heard[..], said);

    let everybody: Vec<u8> = (0..STUDENTS).collect();
    wait_for_all(&class, "closed", &everybody);
    let finished = end(class);
    for student in everybody {
        // The 101, all that was said, and the close.
        shows(&finished, student, &["32 sends, 391 B", "closed"]);
    }
    let last = &heard_last(&finished.stdout);
    assert!(said.iter().any(|(_, text)| text == last), "{last}");
}

/// What the server is said to have printed last.
fn heard_last(board: &str) -> String {
    let words = "the server prints for all: ";
    let (_, last) = board.trim_end().rsplit_once(words).unwrap();
    last.into()
}

#[test]
fn a_student_of_lesson_09_who_is_silent_for_a_while_has_not_failed() {
    let (class, to) = class(&["9", "--ping", "200ms"]);
    let mut stream = enter(0, to);
    assert_eq!(receive(&mut stream), (PING, String::new()));
    send(&mut stream, PONG, "");
    send(&mut stream, CLOSE, "");
    // Another ping may have been on its way.
    while receive(&mut stream).0 != CLOSE {}
    drop(stream);
    wait_for_all(&class, "closed", &[0]);
    end(class);
}

/// A step of the browser: waits until something holds.
fn until(condition: &str) -> Value {
    json!({"script": format!(
        "return new Promise((done) => {{
           const look = () =>
             ({condition}) ? done(true) : setTimeout(look, 10);
           look();
         }});"
    )})
}

#[test]
fn lesson_09_shows_five_at_once_in_thirty_windows_of_a_browser() {
    if !has_browser() {
        return;
    }
    let (_door, class, to) = large_class(&["9"]);
    let folder = tempfile::tempdir().unwrap();
    // The driver opens a file: this one leads on to the page.
    let file = folder.path().join("to-the-page.html");
    let lead = format!("<script>location.replace('http://{to}/')</script>");
    fs::write(&file, lead).unwrap();
    let joined = "document.getElementById('five-at-once')?.disabled === false";
    let others = STUDENTS - 1;
    let given = in_browser(
        &file,
        [800, 600],
        &[
            until(&format!("location.protocol === 'http:' && {joined}")),
            json!({"script": format!(
                "window.rooms = [window];
                 for (let n = 0; n < {others}; n++)
                   rooms.push(open(location.href));"
            )}),
            until(&format!("rooms.every((room) => room.{joined})")),
            json!({"script":
                "document.getElementById('five-at-once').click()"}),
            until(
                "rooms.every((room) =>
                   room.document.querySelectorAll('#heard li').length >= 5)",
            ),
            json!({"script":
                "return rooms.map((room) =>
                   [...room.document.querySelectorAll('#heard bdi')]
                     .map((message) => message.textContent))"}),
            json!({"script":
                "return document.getElementById('count').textContent"}),
        ],
    );
    let given = given.unwrap();
    let five = json!(["第一次", "第二次", "第三次", "第四次", "第五次"]);
    assert_eq!(given[5], json!(vec![five; STUDENTS.into()]));
    assert_eq!(given[6], "5 sends → 5 messages back");
    let finished = end(class);
    // They have one address, so they are one student of the class.
    let board = finished.stdout.rsplit_once("\nstudent ").unwrap().1;
    assert!(board.contains("\n127.0.0.1 "), "{board}");
    assert_eq!(heard_last(&finished.stdout), "第五次");
}
