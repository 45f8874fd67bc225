//! A class under test, and its students.

use std::io::Read;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use testkit::{DEADLINE, Finished, Program, root};

/// Starts a class on a free port, and gives its address.
pub fn class(words: &[&str]) -> (Program, SocketAddr) {
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
pub fn end(class: Program) -> Finished {
    let mut kill = Command::new("kill");
    kill.args(["-INT", &class.id().to_string()]);
    assert!(kill.status().unwrap().success());
    let finished = class.finish();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    finished
}

/// The address of a student: 127.0.0.2 and so on.
pub fn ip(student: u8) -> String {
    format!("127.0.0.{}", student + 2)
}

fn source(student: u8) -> SocketAddr {
    format!("{}:0", ip(student)).parse().unwrap()
}

/// Connects from a student's own address.
pub fn connect(student: u8, to: SocketAddr) -> TcpStream {
    let tcp = Some(Protocol::TCP);
    let socket = Socket::new(Domain::IPV4, Type::STREAM, tcp).unwrap();
    socket.bind(&source(student).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

/// A UDP socket at a student's own address.
pub fn bind(student: u8, to: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(source(student)).unwrap();
    socket.connect(to).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

/// What one recv brings.
pub fn receive(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// The last line that the last board has about a student.
#[track_caller]
pub fn line_of(finished: &Finished, student: u8) -> String {
    let (_, board) = finished.stdout.rsplit_once("\nstudent ").unwrap();
    let line = board.lines().find(|line| {
        line.split_whitespace().next() == Some(ip(student).as_str())
    });
    let line = line.unwrap_or_else(|| panic!("{student}: {finished:#?}"));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Checks what the last board has in a student's line.
#[track_caller]
pub fn shows(finished: &Finished, student: u8, words: &[&str]) {
    let line = line_of(finished, student);
    for words in words {
        assert!(line.contains(words), "no {words:?}: {line}\n{finished:#?}");
    }
}

/// Waits until the class prints so much more than once about everybody.
#[track_caller]
pub fn wait_for_all(class: &Program, words: &str, students: &[u8]) {
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
