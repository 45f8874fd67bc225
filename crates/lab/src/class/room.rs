//! Everybody who came, and what is open.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use crate::draw::bytes::show_text;
use crate::timeline::event::{Event, Op};
use crate::timeline::frames::Frames;

use super::follow::Follow;
use super::names::Names;
use super::student::{Ended, Student};

/// A visit's number: one connection, or one exchange of datagrams.
pub type VisitId = u64;

/// How many words about a student, or the class, are kept, in bytes.
const WORDS: usize = 400;

/// How many words about the whole class are kept.
const NOTICES: usize = 3;

/// The students, and their visits that are open.
pub struct Room {
    /// In the order in which they came.
    students: Vec<Student>,
    /// How many are kept.
    most: usize,
    names: Names,
    visits: HashMap<VisitId, Visit>,
    last: VisitId,
    pub follow: Option<Follow>,
    /// A visit has a beginning and an end; datagrams to a server for all have
    /// none.
    pub counts_visits: bool,
    notices: VecDeque<String>,
    new_notices: VecDeque<String>,
    /// How many came for whom there was no line.
    unlisted: u64,
    pub changed: bool,
}

/// An open visit.
struct Visit {
    ip: IpAddr,
    /// What WebSocket's frames are in what the server receives and sends.
    received: Frames,
    sent: Frames,
}

impl Room {
    /// For this many students, of whom one may be followed.
    pub fn new(most: usize, names: Names, follow: Option<Follow>) -> Room {
        Room {
            students: Vec::new(),
            most,
            names,
            visits: HashMap::new(),
            last: 0,
            follow,
            counts_visits: true,
            notices: VecDeque::new(),
            new_notices: VecDeque::new(),
            unlisted: 0,
            changed: true,
        }
    }

    pub fn students(&self) -> &[Student] {
        &self.students
    }

    pub fn unlisted(&self) -> u64 {
        self.unlisted
    }

    pub fn notices(&self) -> impl Iterator<Item = &String> {
        self.notices.iter()
    }

    /// What concerns the whole class and was not asked for before.
    pub fn take_notices(&mut self) -> Vec<String> {
        self.new_notices.drain(..).collect()
    }

    /// The students that changed since this was asked.
    pub fn take_changed(&mut self) -> Vec<&Student> {
        self.changed = false;
        let changed = self.students.iter_mut().filter(|s| s.changed);
        changed
            .map(|student| {
                student.changed = false;
                &*student
            })
            .collect()
    }

    /// A student has come.
    pub fn begin(&mut self, from: SocketAddr) -> VisitId {
        self.last += 1;
        let (visit, ip) = (self.last, from.ip().to_canonical());
        let counts = self.counts_visits;
        let (received, sent) = (Frames::default(), Frames::default());
        self.visits.insert(visit, Visit { ip, received, sent });
        if let Some(student) = self.student(ip) {
            student.visits += u64::from(counts);
            // What was said of an earlier visit is not about this one; of this
            // one it may be heard before its calls are.
            let own = format!("port {}: ", from.port());
            if student.open == 0 && !student.words.starts_with(&own) {
                student.words.clear();
            }
            student.open += 1;
            student.waits = false;
            student.touch();
        }
        if let Some(follow) = self.followed(ip) {
            follow.begin(visit, from);
        }
        visit
    }

    /// The server did something, or bytes of the student arrived.
    pub fn event(&mut self, visit: VisitId, event: Event) {
        let Some(Visit { ip, received, sent }) = self.visits.get_mut(&visit)
        else {
            return;
        };
        let ip = *ip;
        if event.lane == super::SERVER {
            let udp = event.link.is_some_and(|link| link.udp);
            let done = event.ended.is_some() && !udp;
            let frames = match event.op {
                Op::Receives if done => received.walk(&event.bytes),
                Op::Sends if done => sent.walk(&event.bytes),
                _ => Vec::new(),
            };
            if let Some(student) = self.student(ip) {
                student.count(&event, &frames);
            }
        }
        if let Some(follow) = self.followed(ip) {
            follow.event(visit, event);
        }
    }

    /// The visit is over.
    pub fn end(&mut self, visit: VisitId, how: Ended) {
        let Some(Visit { ip, .. }) = self.visits.remove(&visit) else {
            return;
        };
        if let Some(student) = self.student(ip) {
            student.open = student.open.saturating_sub(1);
            let failed = std::mem::take(&mut student.failed);
            student.ended = Some(match how {
                Ended::Closed if failed => Ended::Failed,
                how => how,
            });
            student.touch();
        }
        if let Some(follow) = self.followed(ip) {
            follow.end(visit);
        }
    }

    /// The server said something about a student, who came from there.
    pub fn words(&mut self, from: SocketAddr, text: &str) {
        let ip = from.ip().to_canonical();
        // Whose address it is, the student's line says.
        let text = text.strip_prefix("client ").unwrap_or(text);
        let text = text.strip_prefix(&format!("{from}: ")).unwrap_or(text);
        if let Some(student) = self.student(ip) {
            student.words = format!("port {}: {}", from.port(), short(text));
            student.touch();
        }
    }

    /// A student has to wait for a place.
    pub fn wait(&mut self, ip: IpAddr) {
        if let Some(student) = self.student(ip)
            && !student.waits
        {
            student.waits = true;
            student.touch();
        }
    }

    /// A student wants more than there is room for.
    pub fn turn_away(&mut self, ip: IpAddr) {
        if let Some(student) = self.student(ip.to_canonical()) {
            student.turned_away += 1;
            student.touch();
        }
    }

    /// Something that concerns the whole class.
    pub fn notice(&mut self, text: &str) {
        let text = short(text);
        if self.notices.back() == Some(&text) {
            return;
        }
        for notices in [&mut self.notices, &mut self.new_notices] {
            notices.push_back(text.clone());
            if notices.len() > NOTICES {
                notices.pop_front();
            }
        }
        self.changed = true;
    }

    fn followed(&mut self, ip: IpAddr) -> Option<&mut Follow> {
        self.follow.as_mut().filter(|follow| follow.ip == ip)
    }

    /// The student with an address, who gets a line if there is room: where
    /// there is none, the one who has been away longest leaves it.
    fn student(&mut self, ip: IpAddr) -> Option<&mut Student> {
        self.changed = true;
        let known = self.students.iter().position(|s| s.ip == ip);
        if let Some(place) = known {
            return self.students.get_mut(place);
        }
        if self.students.len() >= self.most {
            let away = self.students.iter().enumerate();
            let away = away.filter(|(_, student)| student.open == 0);
            let Some((place, _)) = away.min_by_key(|(_, s)| s.seen) else {
                self.unlisted += 1;
                return None;
            };
            self.students.remove(place);
        }
        self.students.push(Student::new(ip, self.names.of(ip)));
        self.students.last_mut()
    }
}

/// Made safe for a terminal, and bounded.
fn short(text: &str) -> String {
    let text = show_text(text);
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= WORDS);
    match end {
        Some(end) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::SERVER;
    use super::*;
    use crate::timeline::event::Bytes;

    fn from(last: u8, port: u16) -> SocketAddr {
        ([10, 0, 0, last], port).into()
    }

    #[test]
    fn one_who_comes_often_is_one_student() {
        let mut room = Room::new(10, Names::default(), None);
        let first = room.begin(from(1, 4000));
        room.begin(from(1, 4001));
        room.begin(from(2, 4000));
        room.end(first, Ended::Done);
        let counts: Vec<(u64, u64)> =
            room.students().iter().map(|s| (s.visits, s.open)).collect();
        assert_eq!(counts, [(2, 1), (1, 1)]);
    }

    #[test]
    fn pings_are_counted_apart_and_leave_the_last_message_alone() {
        let mut room = Room::new(2, Names::default(), None);
        let visit = room.begin(from(1, 4000));
        let mut receives = |head: &[u8]| {
            let bytes = Bytes {
                len: head.len() as u64,
                head: head.to_vec(),
                calls: 1,
                took: 0,
            };
            let at_once = Event::at_once(SERVER, 0, Op::Receives);
            room.event(visit, Event { bytes, ..at_once });
        };
        receives(b"GET / HTTP/1.1\r\n\r\n");
        receives(b"\x81\x82\x01\x02\x03\x04\x49\x6b");
        receives(b"\x8a\x80\x01\x02\x03\x04");
        let received = &room.students()[0].received;
        assert_eq!(received.words("recv"), "2 recvs, 26 B Hi, 1 × ping/pong");
    }

    #[test]
    fn a_flood_of_addresses_takes_no_line_of_one_who_is_there() {
        let mut room = Room::new(2, Names::default(), None);
        room.begin(from(1, 4000));
        for last in 2..100 {
            let visit = room.begin(from(last, 4000));
            room.end(visit, Ended::Done);
        }
        assert_eq!(room.students().len(), 2);
        assert_eq!(room.students()[0].ip, from(1, 0).ip());
        room.begin(from(99, 4001));
        room.begin(from(100, 4000));
        assert_eq!(room.unlisted(), 1);
    }

    #[test]
    fn hostile_words_are_escaped_and_bounded() {
        let mut room = Room::new(2, Names::default(), None);
        let text = format!("\u{1b}[2J{}", "海".repeat(1000));
        room.words(from(1, 4000), &text);
        let words = &room.students()[0].words;
        assert!(words.starts_with("port 4000: \\u{1b}[2J海"), "{words}");
        assert!(words.ends_with('…'), "{words}");
        assert!(words.len() < 2 * WORDS, "{words}");
    }
}
