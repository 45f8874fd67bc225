//! `lab class`: a whole room on one network, of which the loopback addresses
//! are the students.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use testkit::{DEADLINE, Finished, Program, root};

/// How many students there are.
const STUDENTS: u8 = 30;

/// A class, for which the others wait.
fn large_class(
    words: &[&str],
) -> (MutexGuard<'static, ()>, Program, SocketAddr) {
    let door = DOOR.lock().unwrap_or_else(PoisonError::into_inner);
    let (class, address) = class(words);
    (door, class, address)
}

fn class(words: &[&str]) -> (Program, SocketAddr) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).arg("class").args(words);
    command.args(["--listen", "127.0.0.1:0"]);
    let class = Program::spawn(&mut command);
    // Cargo may have said something before.
    class.wait_for_stderr("ready on 127.0.0.1:");
    let stderr = class.stderr_so_far();
    let ready = stderr.lines().find_map(|l| l.strip_prefix("ready on "));
    (class, ready.unwrap().parse().unwrap())
}

/// Ends a class as its teacher does.
#[track_caller]
fn end(class: Program) -> Finished {
    let mut kill = Command::new("kill");
    kill.args(["-INT", &class.id().to_string()]);
    assert!(kill.status().unwrap().success());
    let finished = class.finish();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    finished
}

/// The address of a student: 127.0.0.2 and so on.
fn ip(student: u8) -> String {
    format!("127.0.0.{}", student + 2)
}

fn source(student: u8) -> SocketAddr {
    format!("{}:0", ip(student)).parse().unwrap()
}

fn connect(student: u8, to: SocketAddr) -> TcpStream {
    let tcp = Some(Protocol::TCP);
    let socket = Socket::new(Domain::IPV4, Type::STREAM, tcp).unwrap();
    socket.bind(&source(student).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

fn bind(student: u8, to: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(source(student)).unwrap();
    socket.connect(to).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

fn receive(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// What a student of the class does.
#[derive(Clone, Copy, PartialEq)]
enum Habit {
    Good,
    Silent,
    Floods,
    Python,
}

/// Of five students, one is silent and one floods; two have Python.
fn habit(student: u8) -> Habit {
    match student % 5 {
        1 => Habit::Silent,
        2 => Habit::Floods,
        3 if python_is_there() => Habit::Python,
        _ => Habit::Good,
    }
}

static PYTHON: LazyLock<Option<String>> = LazyLock::new(testkit::python_path);

fn python_is_there() -> bool {
    PYTHON.is_some()
}

/// One room at a time: thirty students keep a machine busy.
static DOOR: Mutex<()> = Mutex::new(());

/// Runs a lesson's client in Python, from a student's own address.
fn python(student: u8, folder: &str, to: SocketAddr, typed: &str) -> Finished {
    let script = "\
import runpy, socket, sys
source, sys.argv = (sys.argv[1], 0), sys.argv[2:]
class Socket(socket.socket):
    def connect(self, address):
        self.bind(source)
        super().connect(address)
    def sendto(self, data, address):
        self.bind(source)
        return super().sendto(data, address)
socket.socket = Socket
runpy.run_path(sys.argv[0], run_name='__main__')
";
    let client = format!("lessons/{folder}/python/client.py");
    let mut command = Command::new(PYTHON.as_ref().unwrap());
    command.current_dir(root()).env("PYTHONIOENCODING", "utf-8");
    command.args(["-B", "-c", script, &ip(student), &client]);
    command.arg(to.to_string());
    let mut program = Program::spawn(&mut command);
    program.type_in(typed);
    program.finish()
}

/// Has all students come at once, and waits until each is done.
#[track_caller]
fn come(each: impl Fn(u8) + Clone + Send + 'static) {
    let students: Vec<JoinHandle<()>> = (0..STUDENTS)
        .map(|student| {
            let each = each.clone();
            thread::spawn(move || each(student))
        })
        .collect();
    for (student, thread) in students.into_iter().enumerate() {
        assert!(thread.join().is_ok(), "student {student}");
    }
}

/// The last line that the last board has about a student.
#[track_caller]
fn line_of(finished: &Finished, student: u8) -> String {
    let (_, board) = finished.stdout.rsplit_once("\nstudent ").unwrap();
    let line = board.lines().find(|line| {
        line.split_whitespace().next() == Some(ip(student).as_str())
    });
    let line = line.unwrap_or_else(|| panic!("{student}: {finished:#?}"));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn shows(finished: &Finished, student: u8, words: &[&str]) {
    let line = line_of(finished, student);
    for words in words {
        assert!(line.contains(words), "no {words:?}: {line}\n{finished:#?}");
    }
}

/// Waits until the class prints so much more than once about everybody.
#[track_caller]
fn wait_for_all(class: &Program, words: &str, students: &[u8]) {
    let until = Instant::now() + DEADLINE;
    loop {
        let printed = class.stdout_so_far();
        let missing = students.iter().find(|student| {
            let ip = format!("{} ", ip(**student));
            let mut lines = printed.lines().rev();
            let last = lines.find(|line| line.starts_with(&ip));
            !last.is_some_and(|line| line.trim_end().ends_with(words))
        });
        let Some(missing) = missing else { return };
        assert!(Instant::now() < until, "no {words} of {missing}: {printed}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn all(wanted: impl Fn(Habit) -> bool) -> Vec<u8> {
    (0..STUDENTS).filter(|student| wanted(habit(*student))).collect()
}

#[test]
fn lesson_01_serves_thirty_students_as_if_each_were_alone() {
    // The silent ones wait for the server's timeout.
    let (_door, class, to) = large_class(&["1", "--timeout", "2s"]);
    come(move |student| match habit(student) {
        Habit::Silent => {
            let mut stream = connect(student, to);
            assert_eq!(stream.read(&mut [0; 9]).unwrap_or(0), 0);
        }
        Habit::Floods => {
            let mut stream = connect(student, to);
            // It may be reset on the way, by a server that has seen enough.
            let _ = stream.write_all(&[b'x'; 1_000_000]);
            testkit::until_closed(&mut stream);
        }
        Habit::Good => {
            let mut stream = connect(student, to);
            stream.write_all(format!("I am {student}").as_bytes()).unwrap();
            assert_eq!(receive(&mut stream), "海贼王");
            assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0);
        }
        Habit::Python => {
            python(student, "01-tcp-basic", to, "").printed("海贼王\n");
        }
    });
    wait_for_all(&class, "done", &all(|habit| habit != Habit::Silent));
    wait_for_all(&class, "failed", &all(|habit| habit == Habit::Silent));
    let finished = end(class);
    for student in 0..STUDENTS {
        let came = match habit(student) {
            Habit::Good => format!("1 recv, {} B I am {student}", {
                format!("I am {student}").len()
            }),
            Habit::Python => "1 recv, 9 B one piece".into(),
            Habit::Floods => "1 recv, ".into(),
            Habit::Silent => "failed".into(),
        };
        shows(&finished, student, &[&came]);
        let served = habit(student) != Habit::Silent;
        let answer = "1 send, 9 B 海贼王";
        assert_eq!(line_of(&finished, student).contains(answer), served);
    }
    let why = "waiting for its message: nothing within --timeout";
    let silent = finished.stdout.rsplit_once("\nstudent ").unwrap().1;
    assert_eq!(silent.matches(why).count(), 6, "{finished:#?}");
}

#[test]
fn lesson_02_answers_each_student_from_the_address_that_was_asked() {
    let (_door, class, to) = large_class(&["2"]);
    come(move |student| match habit(student) {
        Habit::Silent => drop(bind(student, to)),
        Habit::Floods => {
            let socket = bind(student, to);
            for _ in 0..500 {
                let _ = socket.send(&[b'x'; 500]);
            }
        }
        Habit::Good => {
            let socket = bind(student, to);
            let message = format!("I am {student}");
            socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
            let mut answer = [0; 99];
            // A flood may have taken its place in the system's queue.
            let until = Instant::now() + DEADLINE;
            let length = loop {
                socket.send(message.as_bytes()).unwrap();
                match socket.recv(&mut answer) {
                    Ok(length) => break length,
                    Err(error) => assert!(Instant::now() < until, "{error}"),
                }
            };
            assert_eq!(&answer[..length], "海贼王".as_bytes());
        }
        Habit::Python => {
            // It asks once, and a flood may be in its way.
            let finished = python(student, "02-udp-basic", to, "");
            assert!(["", "海贼王\n"].contains(&finished.stdout.as_str()));
        }
    });
    wait_for_all(&class, "done", &all(|habit| habit == Habit::Good));
    let finished = end(class);
    for student in all(|habit| habit == Habit::Good) {
        let message = format!("B I am {student}");
        shows(&finished, student, &[&message, "B 海贼王", "done"]);
    }
    for student in all(|habit| habit == Habit::Silent) {
        assert!(!finished.stdout.contains(&format!("\n{} ", ip(student))));
    }
}

#[test]
fn lesson_05_shows_everybody_that_packets_stick() {
    let (_door, class, to) = large_class(&["5", "--timeout", "3s"]);
    come(move |student| match habit(student) {
        Habit::Silent => {
            testkit::until_closed(&mut connect(student, to)).clear()
        }
        Habit::Floods => {
            let mut stream = connect(student, to);
            let _ = stream.write_all(&[b'x'; 1_000_000]);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            testkit::until_closed(&mut stream);
        }
        Habit::Good => {
            let mut stream = connect(student, to);
            stream.set_nodelay(true).unwrap();
            for word in ["第一次", "第二次", "第三次", "第四次", "第五次"]
            {
                stream.write_all(word.as_bytes()).unwrap();
            }
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0);
        }
        Habit::Python => {
            let client = "05-sticky-packet-demo";
            let finished = python(student, client, to, "");
            assert_eq!(finished.code, Some(0), "{finished:#?}");
        }
    });
    wait_for_all(&class, "done", &all(|habit| habit != Habit::Silent));
    wait_for_all(&class, "failed", &all(|habit| habit == Habit::Silent));
    let finished = end(class);
    for student in all(|h| matches!(h, Habit::Good | Habit::Python)) {
        shows(&finished, student, &["1 recv, 45 B 第一次", "done"]);
    }
    for student in all(|habit| habit == Habit::Floods) {
        shows(&finished, student, &[" recvs, 1000000 B", "done"]);
    }
    for student in all(|habit| habit == Habit::Silent) {
        shows(&finished, student, &["failed"]);
    }
}

#[test]
fn lesson_06_gives_everybody_the_whole_file() {
    let file = root().join("LICENSE-APACHE");
    let content = fs::read(&file).unwrap();
    let (_door, class, to) =
        large_class(&["6", "--file", file.to_str().unwrap()]);
    let size = content.len();
    come(move |student| match habit(student) {
        Habit::Silent | Habit::Floods => {
            let mut stream = connect(student, to);
            // The server reads nothing, however much is sent.
            stream.set_nonblocking(true).unwrap();
            while stream.write(&[b'x'; 10_000]).is_ok() {}
        }
        // The article's Python client writes into the folder it is in.
        Habit::Good | Habit::Python => {
            let mut stream = connect(student, to);
            let received = testkit::until_closed(&mut stream);
            assert_eq!(received[received.len() - size..], content);
        }
    });
    let good = all(|h| matches!(h, Habit::Good | Habit::Python));
    wait_for_all(&class, "closed", &good);
    let finished = end(class);
    for student in &good {
        shows(&finished, *student, &[" sends, ", "closed"]);
    }
    let sent = format!(": sent {size} bytes");
    assert!(finished.stdout.contains(&sent), "{finished:#?}");
}

#[test]
fn lesson_07_tells_each_students_proof_from_the_others() {
    let (_door, class, to) = large_class(&["7", "--timeout", "2s"]);
    come(move |student| match habit(student) {
        Habit::Silent => {
            testkit::until_closed(&mut connect(student, to)).clear()
        }
        Habit::Floods => {
            let mut stream = connect(student, to);
            let _ = stream.write_all(&[b'f'; 1_000_000]);
            testkit::until_closed(&mut stream);
        }
        Habit::Good => {
            let mut stream = connect(student, to);
            stream.read_exact(&mut [0; 32]).unwrap();
            let wrong = format!("{student:032}");
            stream.write_all(wrong.as_bytes()).unwrap();
            assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0);
        }
        Habit::Python => {
            let finished = python(student, "07-hmac-auth", to, "");
            assert_eq!(finished.code, Some(0), "{finished:#?}");
        }
    });
    let served = all(|h| matches!(h, Habit::Good | Habit::Python));
    wait_for_all(&class, "closed", &served);
    wait_for_all(&class, "failed", &all(|habit| habit == Habit::Silent));
    let finished = end(class);
    for student in all(|habit| habit == Habit::Good) {
        let proof = format!("1 recv, 32 B {}", "0".repeat(8));
        shows(&finished, student, &[&proof, "1 send, 32 B"]);
    }
    for student in all(|habit| habit == Habit::Silent) {
        assert!(!line_of(&finished, student).contains("recv"));
    }
    let board = finished.stdout.rsplit_once("\nstudent ").unwrap().1;
    let rejected = all(|h| matches!(h, Habit::Good | Habit::Floods)).len();
    assert_eq!(board.matches(": rejected: ").count(), rejected, "{board}");
    if python_is_there() {
        assert!(board.contains("the server prints for all: 合法用户"));
    }
}

#[test]
fn lesson_08_keeps_thirty_conversations_apart() {
    let (_door, class, to) = large_class(&["8", "--idle", "2s"]);
    come(move |student| match habit(student) {
        Habit::Silent => {
            testkit::until_closed(&mut connect(student, to)).clear()
        }
        Habit::Floods => {
            let mut stream = connect(student, to);
            let _ = stream.write_all(&[b'f'; 1_000_000]);
            testkit::until_closed(&mut stream);
        }
        Habit::Good => {
            let mut stream = connect(student, to);
            assert_eq!(receive(&mut stream), "server端消息");
            stream.write_all(format!("I am {student}").as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(receive(&mut stream), "");
        }
        Habit::Python => {
            let client = "08-threaded-server";
            let finished = python(student, client, to, "from Python\n");
            finished.printed("server端消息\n>>>");
        }
    });
    let served = all(|h| matches!(h, Habit::Good | Habit::Python));
    wait_for_all(&class, "closed", &served);
    let finished = end(class);
    for student in all(|habit| habit == Habit::Good) {
        let message = format!(" B I am {student} ");
        shows(&finished, student, &[&message, "1 send, 15 B server"]);
    }
    for student in all(|habit| habit == Habit::Python) {
        shows(&finished, student, &["11 B from Python"]);
    }
    for student in all(|habit| habit == Habit::Silent) {
        assert!(!line_of(&finished, student).contains("recv"));
    }
}

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
        stream.shutdown(std::net::Shutdown::Write).unwrap();
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
        stream.shutdown(std::net::Shutdown::Write).unwrap();
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
        stream.shutdown(std::net::Shutdown::Write).unwrap();
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
