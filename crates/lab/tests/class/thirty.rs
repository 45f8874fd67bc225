//! Thirty students at once, some of them silent, flooding, or in Python: each
//! is served as in a lesson of one's own.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use testkit::{DEADLINE, Finished, Program, root};

use crate::room::{
    bind, class, connect, end, ip, line_of, receive, shows, wait_for_all,
};

/// How many students there are.
pub const STUDENTS: u8 = 30;

/// A class, for which the others wait.
pub fn large_class(
    words: &[&str],
) -> (MutexGuard<'static, ()>, Program, SocketAddr) {
    let door = DOOR.lock().unwrap_or_else(PoisonError::into_inner);
    let (class, address) = class(words);
    (door, class, address)
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
pub static DOOR: Mutex<()> = Mutex::new(());

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

fn all(wanted: impl Fn(Habit) -> bool) -> Vec<u8> {
    (0..STUDENTS).filter(|student| wanted(habit(*student))).collect()
}

/// A student who sends a megabyte and reads what comes, until it is closed.
fn flood(student: u8, to: SocketAddr) {
    let mut stream = connect(student, to);
    // It may be reset on the way, by a server that has seen enough.
    let _ = stream.write_all(&[b'x'; 1_000_000]);
    testkit::until_closed(&mut stream);
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
        Habit::Floods => flood(student, to),
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
            let _ = stream.shutdown(Shutdown::Write);
            testkit::until_closed(&mut stream);
        }
        Habit::Good => {
            let mut stream = connect(student, to);
            stream.set_nodelay(true).unwrap();
            for word in ["第一次", "第二次", "第三次", "第四次", "第五次"]
            {
                stream.write_all(word.as_bytes()).unwrap();
            }
            stream.shutdown(Shutdown::Write).unwrap();
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
        Habit::Floods => flood(student, to),
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
        Habit::Floods => flood(student, to),
        Habit::Good => {
            let mut stream = connect(student, to);
            assert_eq!(receive(&mut stream), "server端消息");
            stream.write_all(format!("I am {student}").as_bytes()).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
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
