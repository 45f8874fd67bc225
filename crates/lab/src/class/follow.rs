//! One student's whole picture: each visit drawn while it happens, as
//! `lab run` draws a run.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anstream::AutoStream;
use programs::lang::{self, Lang, tr, tr_with};

use crate::clock::now;
use crate::draw::svg::{Picture, Words};
use crate::draw::terminal::Terminal;
use crate::timeline::event::{Event, Op};
use crate::timeline::fold::Fold;
use crate::timeline::merge::Merge;
use crate::timeline::row::Row;

use super::room::VisitId;
use super::{SERVER, STUDENT};

/// How many calls of a visit are drawn, or counted between those that are.
const MOST_EVENTS: usize = 1000;

/// How many visits are drawn at once, and how many pictures are kept.
const AT_ONCE: usize = 8;
const PICTURES: usize = 8;

/// How long reports about a visit that is over may still be on their way.
const LATE: Duration = Duration::from_millis(300);

/// The student who is followed.
pub struct Follow {
    pub ip: IpAddr,
    name: String,
    /// The lesson's.
    title: String,
    /// What is seen, and what is not: said once.
    about: Vec<String>,
    width: usize,
    ascii: bool,
    visits: Vec<Visit>,
    came: u64,
    /// Visits that were too many at once to be drawn, and not told yet.
    undrawn: u64,
    /// The visit of the last row.
    drawn: Option<VisitId>,
    pictures: VecDeque<Picture>,
}

/// One visit: a picture of its own.
struct Visit {
    id: VisitId,
    from: SocketAddr,
    number: u64,
    title: String,
    place: String,
    merge: Merge,
    fold: Fold,
    rows: Vec<Row>,
    terminal: Terminal<AutoStream<io::Stdout>>,
    counts: Counts,
    events: usize,
    over: Option<Instant>,
    begun: bool,
}

/// What was counted in a visit: calls and bytes.
#[derive(Default)]
struct Counts {
    arrived: [u64; 2],
    received: [u64; 2],
    sent: [u64; 2],
    /// Rows with nothing but WebSocket's pings and pongs.
    heartbeats: u64,
}

impl Follow {
    /// Follows a student in a lesson. `about` says what is not seen.
    pub fn new(
        (ip, name): (IpAddr, String),
        title: String,
        about: Vec<String>,
        width: usize,
        ascii: bool,
    ) -> Follow {
        Follow {
            ip,
            name,
            title,
            about,
            width,
            ascii,
            visits: Vec::new(),
            came: 0,
            undrawn: 0,
            drawn: None,
            pictures: VecDeque::new(),
        }
    }

    /// The student has come.
    pub fn begin(&mut self, id: VisitId, from: SocketAddr) {
        self.came += 1;
        if self.visits.len() >= AT_ONCE {
            self.undrawn += 1;
            return;
        }
        let lanes = lanes();
        let out = anstream::stdout();
        let mut merge = Merge::new(vec![false, true]);
        merge.attribution().only_wire(STUDENT);
        self.visits.push(Visit {
            id,
            from,
            number: self.came,
            title: self.title.clone(),
            place: tr_with(
                "{name} · {from} · visit {number}",
                &[
                    ("name", &self.name),
                    ("from", &from),
                    ("number", &self.came),
                ],
            ),
            merge,
            fold: Fold::new(lanes.len(), false),
            rows: Vec::new(),
            terminal: Terminal::new(out, lanes, self.width, self.ascii),
            counts: Counts::default(),
            events: 0,
            over: None,
            begun: false,
        });
    }

    /// Something happened in a visit.
    pub fn event(&mut self, id: VisitId, event: Event) {
        let Some(visit) = self.visit(id) else { return };
        visit.counts.count(&event);
        visit.events += 1;
        // An end is always drawn.
        let ends = matches!(event.op, Op::Closes | Op::Ends(_));
        if visit.events <= MOST_EVENTS || ends {
            visit.merge.event(event);
        } else if visit.events == MOST_EVENTS + 1 {
            let words = tr("does much: what follows is counted, not drawn");
            visit.merge.says(SERVER, words.into(), now());
        }
    }

    /// The server printed a line in a visit.
    pub fn line(&mut self, id: VisitId, stdout: bool, text: &str) {
        let Some(visit) = self.visit(id) else { return };
        visit.events += 1;
        if visit.events <= MOST_EVENTS {
            visit.merge.line(SERVER, stdout, text, now());
        }
    }

    /// A server for all said something about a client.
    pub fn line_about(&mut self, from: SocketAddr, text: &str) {
        // The latest one, if the port was used before.
        let mut visits = self.visits.iter().rev();
        let visit = visits.find(|visit| visit.from == from);
        if let Some(id) = visit.map(|visit| visit.id) {
            self.line(id, false, text);
        }
    }

    /// The server's report that it prints a line in a visit.
    pub fn announce(
        &mut self,
        id: VisitId,
        stdout: bool,
        line: (u64, u64, Vec<u8>),
    ) {
        let Some(visit) = self.visit(id) else { return };
        if visit.events <= MOST_EVENTS {
            visit.merge.announce(SERVER, stdout, line);
        }
    }

    /// A visit is over.
    pub fn end(&mut self, id: VisitId) {
        if let Some(visit) = self.visit(id) {
            visit.over = Some(Instant::now());
        }
    }

    fn visit(&mut self, id: VisitId) -> Option<&mut Visit> {
        self.visits.iter_mut().find(|visit| visit.id == id)
    }

    /// Draws what is due; all of it once the class is `over`.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more.
    pub fn draw(&mut self, over: bool) -> io::Result<()> {
        let mut left = Vec::new();
        for mut visit in std::mem::take(&mut self.visits) {
            let late = |since: Instant| since.elapsed() > LATE;
            let ends = over || visit.over.is_some_and(late);
            for row in visit.merge.rows(now(), ends) {
                // A browser that only listens would fill the picture.
                if row.is_heartbeat() {
                    visit.counts.heartbeats += 1;
                } else if let Some(row) = visit.fold.take(row) {
                    self.row(&mut visit, row)?;
                }
            }
            if !ends {
                left.push(visit);
                continue;
            }
            for row in visit.fold.finish(&lanes()) {
                self.row(&mut visit, row)?;
            }
            self.finish(visit)?;
        }
        self.visits = left;
        Ok(())
    }

    fn row(&mut self, visit: &mut Visit, row: Row) -> io::Result<()> {
        if self.drawn != Some(visit.id) {
            if self.drawn.is_some() {
                visit.terminal.line("")?;
            }
            if visit.begun {
                let place = [("place", &visit.place as &dyn Display)];
                let again = tr_with("{place} · goes on", &place);
                visit.terminal.sentence(&again)?;
            } else {
                let about = std::mem::take(&mut self.about);
                visit.terminal.head(&visit.title, &visit.place, &about)?;
            }
            visit.begun = true;
            self.drawn = Some(visit.id);
        }
        visit.terminal.row(&row)?;
        visit.rows.push(row);
        Ok(())
    }

    fn finish(&mut self, mut visit: Visit) -> io::Result<()> {
        let undrawn = std::mem::take(&mut self.undrawn);
        let words = || {
            let mut sentence = visit.counts.sentence(visit.number);
            if undrawn > 0 {
                sentence += &tr_with(
                    " Not drawn: {undrawn} visits beyond {most} at once.",
                    &[("undrawn", &undrawn), ("most", &AT_ONCE)],
                );
            }
            Words { lanes: lanes(), sentence }
        };
        let english = lang::within(Lang::English, words);
        let Words { lanes, sentence } = words();
        if visit.begun {
            visit.terminal.sentence(&sentence)?;
        }
        let Visit { title, place, rows, .. } = visit;
        let asked = Vec::new();
        let picture =
            Picture { title, place, lanes, rows, sentence, asked, english };
        self.pictures.push_back(picture);
        if self.pictures.len() > PICTURES {
            self.pictures.pop_front();
        }
        Ok(())
    }

    /// The pictures of the last visits that are over.
    pub fn into_pictures(self) -> Vec<Picture> {
        self.pictures.into()
    }
}

fn lanes() -> Vec<String> {
    vec![tr("client").into(), tr("server").into()]
}

impl Counts {
    fn count(&mut self, event: &Event) {
        if event.ended.is_none() || event.error.is_some() {
            return;
        }
        let udp = event.link.is_some_and(|link| link.udp);
        if event.bytes.len == 0 && !udp {
            return;
        }
        let [calls, bytes] = match event.op {
            Op::Arrives => &mut self.arrived,
            Op::Receives => &mut self.received,
            Op::Sends => &mut self.sent,
            _ => return,
        };
        *calls += event.bytes.calls.max(1);
        *bytes = bytes.saturating_add(event.bytes.len);
    }

    fn sentence(&self, number: u64) -> String {
        let several = |[calls, bytes]: [u64; 2], words: [&str; 3]| {
            let words = words[usize::try_from(calls).map_or(2, |n| n.min(2))];
            tr_with(words, &[("calls", &calls), ("bytes", &bytes)])
        };
        let recvs =
            ["no recv", "1 recv of {bytes} B", "{calls} recvs of {bytes} B"];
        let sends =
            ["no send", "1 send of {bytes} B", "{calls} sends of {bytes} B"];
        let (received, sent) =
            (several(self.received, recvs), several(self.sent, sends));
        let arrived = match self.arrived {
            [0, _] => String::new(),
            [_, bytes] => tr_with("{bytes} B arrived; ", &[("bytes", &bytes)]),
        };
        let heartbeats = match self.heartbeats {
            0 => String::new(),
            count => tr_with(
                " Not drawn: {count} calls with pings and pongs.",
                &[("count", &count)],
            ),
        };
        let sentence = tr_with(
            "Visit {number}: {arrived}the server made {received} and {sent}. \
             What the client's own program called was not seen.",
            &[
                ("number", &number),
                ("arrived", &arrived),
                ("received", &received),
                ("sent", &sent),
            ],
        );
        sentence + &heartbeats
    }
}
