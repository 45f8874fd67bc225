//! What the teacher sees and does.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use testkit::{DEADLINE, Finished, Program, root};

use crate::room::{class, connect, end, ip, receive, shows, wait_for_all};

/// What was drawn of the student who was followed.
#[track_caller]
fn picture(finished: &Finished) -> &str {
    let (_, picture) = finished.stdout.split_once("  on way  ").unwrap();
    let (picture, _) = picture.split_once("Visit 1:").unwrap();
    picture
}

#[test]
fn what_came_through_lab_arrived_and_was_never_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (names, svg) = (folder.path().join("names"), folder.path().join("svg"));
    fs::write(&names, format!("{} 小明\n", ip(0))).unwrap();
    let names = names.to_str().unwrap();
    let words = ["5", "--names", names, "--follow", "小明", "--svg"];
    let (class, to) = class(&[&words[..], &[svg.to_str().unwrap()]].concat());
    for student in [1, 0] {
        let mut stream = connect(student, to);
        let message = ["第一次", "别人"][usize::from(student)];
        stream.write_all(message.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0);
    }
    class.wait_for_stdout("Visit 1: 9 B arrived");
    let finished = end(class);
    let picture = picture(&finished);
    assert!(picture.contains("arrived #1 9 B 第一次"), "{picture}");
    assert!(picture.contains("its end arrived"), "{picture}");
    assert!(picture.contains("busy for 500ms"), "{picture}");
    assert!(picture.contains("recv 9 B = #1 第一次"), "{picture}");
    assert!(!picture.contains("send #"), "{picture}");
    let svg = fs::read_to_string(svg).unwrap();
    for drawn in [picture, &svg] {
        assert!(!drawn.contains("别人"), "{drawn}");
    }
    assert!(svg.contains("小明") && svg.contains("arrived "), "{svg}");
}

#[test]
fn the_picture_of_one_student_has_nobody_elses_bytes() {
    let (class, to) = class(&["8", "--follow", &ip(1)]);
    for student in [0, 1] {
        let mut stream = connect(student, to);
        assert_eq!(receive(&mut stream), "server端消息");
        stream.write_all(format!("I am {student}").as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(receive(&mut stream), "");
    }
    class.wait_for_stdout("Visit 1: the server made 1 recv of 6 B");
    let finished = end(class);
    let picture = picture(&finished);
    assert!(picture.contains("recv 6 B I am 1"), "{picture}");
    assert!(!picture.contains("I am 0"), "{picture}");
    assert_eq!(picture.matches("accept").count(), 1, "{picture}");
    assert!(finished.stdout.contains("One server serves everybody"));
    assert!(!picture.contains("prints I am"), "{picture}");
    let board = finished.stdout.rsplit_once("\nstudent ").unwrap().1;
    assert!(board.contains("the server prints for all: I am 1"), "{board}");
}

/// The ids of the processes that a process has started, and theirs.
fn descendants(parent: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task"));
    let mut all = Vec::new();
    for task in tasks.into_iter().flatten().flatten() {
        let children = task.path().join("children");
        let children = fs::read_to_string(children).unwrap_or_default();
        for child in children.split_whitespace() {
            let child = child.parse().unwrap();
            all.push(child);
            all.extend(descendants(child));
        }
    }
    all
}

#[test]
fn ctrl_c_leaves_no_process() {
    for number in ["1", "8"] {
        let (class, to) = class(&[number]);
        let streams: Vec<TcpStream> =
            (0..5).map(|student| connect(student, to)).collect();
        wait_for_all(&class, "open", &[0, 1, 2, 3, 4]);
        let started = descendants(class.id());
        // A guard, and the servers.
        let servers = if number == "1" { 5 } else { 1 };
        assert_eq!(started.len(), 1 + servers, "{started:?}");
        let finished = end(class);
        shows(&finished, 4, &["open"]);
        let until = Instant::now() + DEADLINE;
        for id in started {
            while fs::exists(format!("/proc/{id}")).unwrap() {
                assert!(Instant::now() < until, "{id} is still there");
                thread::sleep(Duration::from_millis(5));
            }
        }
        drop(streams);
    }
}

#[test]
fn hostile_bytes_and_names_do_not_reach_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let names = folder.path().join("names");
    let hostile = "\u{1b}]0;x\u{7}\u{202e}\u{9b}31m";
    fs::write(&names, format!("{} A{hostile}\n", ip(0))).unwrap();
    for number in ["1", "8"] {
        let names = names.to_str().unwrap();
        let words = [number, "--names", names, "--follow", &ip(0)];
        let (class, to) = class(&words);
        let mut stream = connect(0, to);
        stream.write_all(hostile.as_bytes()).unwrap();
        stream.write_all(b"\x9b\xff\x1b[2J\0").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        testkit::until_closed(&mut stream);
        class.wait_for_stdout("Visit 1:");
        let finished = end(class);
        for printed in [&finished.stdout, &finished.stderr] {
            for c in ['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}', '\0'] {
                assert!(!printed.contains(c), "{c:?}: {finished:#?}");
            }
        }
        assert!(finished.stdout.contains("A\\u{1b}]0;x"), "{finished:#?}");
    }
}

#[test]
fn beyond_the_most_students_the_next_one_waits_for_a_place() {
    let (class, to) = class(&["1", "--max", "1", "--timeout", "1h"]);
    let mut first = connect(0, to);
    wait_for_all(&class, "open", &[0]);
    let mut second = connect(1, to);
    second.write_all(b"later").unwrap();
    wait_for_all(&class, "waits", &[1]);
    first.write_all(b"first").unwrap();
    assert_eq!(receive(&mut first), "海贼王");
    drop(first);
    assert_eq!(receive(&mut second), "海贼王");
    drop(second);
    wait_for_all(&class, "done", &[0, 1]);
    end(class);
}

#[test]
fn one_students_flood_of_connections_takes_nobodys_place() {
    let (class, to) = class(&["1", "--max", "2"]);
    let flood: Vec<TcpStream> = (0..50).map(|_| connect(0, to)).collect();
    class.wait_for_stdout("too many at once");
    let mut other = connect(1, to);
    other.write_all(b"one piece").unwrap();
    assert_eq!(receive(&mut other), "海贼王");
    wait_for_all(&class, "done", &[1]);
    let started = descendants(class.id());
    assert!(started.len() <= 1 + 4, "{started:?}");
    drop(flood);
    end(class);
}

#[test]
fn what_cannot_be_done_is_a_sentence() {
    let lab = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.current_dir(root()).arg("class").args(words);
        Program::spawn(&mut command).finish()
    };
    let nagle = lab(&["5", "--demo", "nagle"]);
    nagle.failed_with(&["cargo lab run 05 --demo nagle"]);
    lab(&["1", "--follow", "Ming"]).failed_with(&["no name that --names has"]);
    lab(&["1", "--names", "/nowhere"]).failed_with(&["reading the names in"]);
    lab(&["99"]).failed_with(&["no lesson 99"]);
    let taken = testkit::listen();
    let taken = taken.local_addr().unwrap().to_string();
    for number in ["1", "8"] {
        let finished = lab(&[number, "--listen", &taken]);
        finished.failed_with(&["Address already in use"]);
    }
    let all = lab(&["1", "--listen", "0.0.0.0"]);
    assert_eq!(all.code, Some(2), "{all:#?}");
    all.logged(&["leave out --listen"]);
}
