//! The picture as one page that a browser steps through. All that programs
//! said travels in it as hex, so that it can never be markup.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use programs::lang::{self, Lang};
use tinyjson::JsonValue;

use super::bytes::show_text;
use super::label::{Span, label};
use super::svg::{Picture, Words};
use crate::network::event::Fate;
use crate::questions::Asked;
use crate::timeline::event::{Bytes, Failure};
use crate::timeline::row::{NetworkRow, Row, RowKind, wait_ends};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = concat!(
    include_str!("html/base.js"),
    include_str!("html/words.js"),
    include_str!("html/news.js"),
    include_str!("html/label.js"),
    include_str!("html/play.js"),
    include_str!("html/bytes.js"),
    include_str!("html/steps.js"),
);

/// Draws the pictures side by side, in a page that needs nothing else.
pub fn page(
    pictures: &[Picture],
    board: &[String],
    lang: Option<Lang>,
) -> String {
    // It has its own words for both languages, by what is English here.
    lang::within(Lang::English, || in_english(pictures, board, lang))
}

fn in_english(
    pictures: &[Picture],
    board: &[String],
    lang: Option<Lang>,
) -> String {
    // Of several plays, the lesson that they are all of.
    let title = match pictures {
        [picture, _, ..] => picture.title.split(" · ").next(),
        [picture] => Some(picture.title.as_str()),
        [] => Some("the board"),
    };
    let title = in_markup(title.unwrap_or_default());
    let plays: Vec<String> = pictures.iter().map(play).collect();
    // Without a choice the browser's language counts.
    let lang = match lang {
        Some(Lang::English) => "\"en\"",
        Some(Lang::Chinese) => "\"zh\"",
        None => "null",
    };
    let plays = plays.join(",\n");
    let board: Vec<String> = board
        .iter()
        .map(|line| format!("\"{}\"", hex(line.as_bytes())))
        .collect();
    let board = board.join(",");
    let data = format!(
        "{{\"language\":{lang},\"board\":[{board}],\n\
         \"plays\":[\n{plays}\n]}}"
    );
    // What the policy lets run is known by a word that nobody can guess.
    let nonce = format!("{:016x}", RandomState::new().hash_one(&data));
    let mut page = String::new();
    for (place, part) in PAGE.split("NONCE").enumerate() {
        if place > 0 {
            page += &nonce;
        }
        page += part;
    }
    // The run comes last: nothing in it is taken for one of these words.
    page.replacen("STYLE", STYLE, 1)
        .replacen("SCRIPT", SCRIPT, 1)
        .replace("TITLE", &title)
        .replacen("DATA", &(data + "\n"), 1)
}

fn play(picture: &Picture) -> String {
    let Picture { title, place, rows, asked, english, .. } = picture;
    let Words { lanes, sentence } = english;
    let asked: Vec<String> = asked.iter().map(question).collect();
    let zero = rows.first().map_or(0, |row| row.at);
    let lanes: Vec<String> = lanes.iter().map(|lane| text(lane)).collect();
    let rows: Vec<String> =
        (0..rows.len()).map(|place| line(rows, place, zero)).collect();
    format!(
        "{{\"title\":{},\"place\":{},\"lanes\":[{}],\"sentence\":{},\
         \"asked\":[{}],\n\"rows\":[\n{}\n]}}",
        text(title),
        text(place),
        lanes.join(","),
        text(sentence),
        asked.join(",\n"),
        rows.join(",\n"),
    )
}

fn question(asked: &Asked) -> String {
    let words = asked.words.iter().map(|words| {
        let answers: Vec<String> =
            words.answers.iter().map(|answer| text(answer)).collect();
        format!(
            "{{\"question\":{},\"answers\":[{}],\"why\":{}}}",
            text(&words.question),
            answers.join(","),
            text(&words.why),
        )
    });
    let words: Vec<String> = words.collect();
    format!(
        "{{\"before\":{},\"right\":{},\"words\":[{}]}}",
        asked.before,
        asked.right,
        words.join(",\n"),
    )
}

/// A row as one line of JSON.
struct Line(String);

impl Line {
    fn set(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        self.0 += &format!(",\"{name}\":{value}");
    }

    fn set_hex(&mut self, name: &str, bytes: &[u8]) {
        self.set(name, format!("\"{}\"", hex(bytes)));
    }

    fn set_error(&mut self, error: Option<&Failure>) {
        if let Some(error) = error {
            self.set_hex("error", show_text(&error.text).as_bytes());
        }
    }

    fn set_bytes(&mut self, bytes: &Bytes) {
        self.set("len", bytes.len);
        self.set("calls", bytes.calls);
        self.set_hex("head", &bytes.head);
    }

    fn set_list(&mut self, name: &str, numbers: &[usize]) {
        self.set(name, format!("{numbers:?}"));
    }

    fn set_spans(&mut self, name: &str, spans: &[Span]) {
        let spans = spans.iter().map(|span| {
            let send = span.send.unwrap_or_default();
            format!("[{send},\"{}\"]", hex(span.text.as_bytes()))
        });
        let spans: Vec<String> = spans.collect();
        self.set(name, format!("[{}]", spans.join(",")));
    }
}

fn line(rows: &[Row], place: usize, zero: u64) -> String {
    let row = &rows[place];
    let at = row.at.saturating_sub(zero);
    let head = format!("{{\"kind\":\"{}\"", kind(&row.kind));
    let mut line = Line(head);
    line.set("at", milliseconds(at));
    line.set("lane", row.lane);
    if let Some(peer) = row.peer {
        line.set("peer", peer);
    }
    if let Some(client) = row.client {
        line.set("client", client);
    }
    if let Some(end) = wait_ends(rows, place) {
        line.set("until", end);
    }
    match &row.kind {
        RowKind::Waits(words)
        | RowKind::Prints(words)
        | RowKind::Says(words)
        | RowKind::Ends(words)
        | RowKind::Skips(words) => {
            line.set_hex("text", show_text(words).as_bytes());
        }
        RowKind::Connects { error, took } => {
            line.set("took", milliseconds(*took));
            line.set_error(error.as_ref());
        }
        RowKind::Accepts { error } => line.set_error(error.as_ref()),
        RowKind::Sends { number, bytes, on_way, fate, arrived, .. } => {
            line.set("arrived", arrived);
            line.set("number", number);
            line.set_bytes(bytes);
            line.set_spans("with", &label(row).joined().with);
            if let Some(on_way) = on_way {
                line.set("onWay", on_way);
            }
            let fate = match fate {
                Some(Fate::Lost) => "lost",
                Some(Fate::Passes { copies: 2.., .. }) => "twice",
                Some(Fate::Passes { late: true, .. }) => "late",
                _ => "",
            };
            line.set("fate", text(fate));
        }
        RowKind::SendEnds { number, bytes, error } => {
            line.set("number", number);
            line.set("len", bytes.len);
            line.set("took", milliseconds(bytes.took));
            line.set_error(error.as_ref());
        }
        RowKind::Receives { bytes, slices, udp, again, .. } => {
            line.set_bytes(bytes);
            line.set("udp", udp);
            line.set("again", again);
            let slices = slices.iter().map(|slice| {
                let range = &slice.range;
                [slice.send as u64, range.start, range.end, slice.of]
            });
            let slices: Vec<[u64; 4]> = slices.collect();
            line.set("slices", format!("{slices:?}"));
            let label = label(row).joined();
            line.set_spans("from", &label.from);
            line.set_spans("with", &label.with);
        }
        RowKind::SendFails { error, lost }
        | RowKind::ReceiveFails { error, lost } => {
            line.set_error(Some(error));
            line.set_list("lost", lost);
            if error.is_timeout() {
                line.set("timeout", milliseconds(error.after));
            }
        }
        RowKind::Closes { unread, .. } => line.set("unread", unread),
        RowKind::Network(network) => match network {
            NetworkRow::Cuts { after } => {
                line.set("does", "\"cuts\"");
                line.set("len", after);
            }
            NetworkRow::Loses { len } => {
                line.set("does", "\"loses\"");
                line.set("len", len);
            }
            NetworkRow::MeetsNobody { sends } => {
                line.set("does", "\"nobody\"");
                line.set_list("lost", sends);
            }
        },
        RowKind::EndOfStream | RowKind::EndArrives | RowKind::Shuts => {}
    }
    line.0 + "}"
}

fn kind(kind: &RowKind) -> &'static str {
    match kind {
        RowKind::Waits(_) => "wait",
        RowKind::Connects { .. } => "connect",
        RowKind::Accepts { .. } => "accept",
        RowKind::Sends { .. } => "send",
        RowKind::SendEnds { .. } => "sent",
        RowKind::Receives { .. } => "recv",
        RowKind::EndOfStream => "end",
        RowKind::EndArrives => "endArrives",
        RowKind::SendFails { .. } => "sendFails",
        RowKind::ReceiveFails { .. } => "recvFails",
        RowKind::Shuts => "shut",
        RowKind::Closes { .. } => "close",
        RowKind::Prints(_) => "print",
        RowKind::Says(_) => "say",
        RowKind::Ends(_) => "exit",
        RowKind::Network(_) => "network",
        RowKind::Skips(_) => "skip",
    }
}

fn milliseconds(nanos: u64) -> String {
    format!("{:.3}", nanos as f64 / 1e6)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text as JSON in which no markup can begin.
fn text(text: &str) -> String {
    let json = JsonValue::String(text.to_owned()).stringify();
    json.unwrap_or_default().replace('<', "\\u003c")
}

fn in_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
