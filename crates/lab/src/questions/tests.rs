use super::fact::{Fact, Rows};
use super::file::parse;
use super::{Asked, place};
use crate::timeline::event::Bytes;
use crate::timeline::frames::Frames;
use crate::timeline::row::{Row, RowKind};

const FILE: &str = r#"
[[questions]]
play = 0
before = "server recv 2"
given = { count = "client send", is = "1" }
fact = { count = "server recv" }
en = "How many recvs?"
zh = "几次 recv？"
why = { en = "So it is.", zh = "就是这样。" }

[[questions.answers]]
is = ["1"]
en = "One."
zh = "一次。"

[[questions.answers]]
is = ["2", "3"]
en = "More."
zh = "更多。"
why = { en = "The second came late.", zh = "第二次来得晚。" }
"#;

fn row(lane: usize, kind: RowKind) -> Row {
    Row { at: 0, lane, peer: Some(1 - lane), client: None, kind }
}

fn send(len: u64) -> Row {
    let bytes = Bytes { len, ..Bytes::default() };
    let (on_way, udp, fate) = (None, false, None);
    let (number, arrived, frames) = (1, false, Vec::new());
    let kind =
        RowKind::Sends { number, bytes, on_way, udp, fate, arrived, frames };
    row(0, kind)
}

fn recv(len: u64) -> Row {
    let bytes = Bytes { len, ..Bytes::default() };
    let (slices, on_way) = (Vec::new(), None);
    let (udp, again, frames) = (false, false, Vec::new());
    row(1, RowKind::Receives { bytes, slices, on_way, udp, again, frames })
}

fn ask(file: &str, rows: &[Row]) -> Option<Asked> {
    let questions = parse(file).unwrap();
    place(&questions[0], &Rows { rows, lanes: 2 })
}

#[test]
fn a_question_stops_before_its_row_and_is_answered_by_the_run() {
    let asked = ask(FILE, &[send(9), recv(4), recv(5)]).unwrap();
    assert_eq!((asked.before, asked.right), (2, 1));
    let [english, chinese] = &asked.words;
    assert_eq!(english.why, "The second came late.");
    assert_eq!(chinese.answers, ["一次。", "更多。"]);
    let first = FILE.replace("recv 2", "recv");
    let asked = ask(&first, &[send(9), recv(9)]).unwrap();
    assert_eq!((asked.before, asked.right), (1, 0));
    assert_eq!(asked.words[0].why, "So it is.");
}

#[test]
fn a_question_that_does_not_fit_the_run_is_left_out() {
    let no_place = [send(9), recv(9)];
    let no_answer = [send(9), recv(2), recv(2), recv(2), recv(3)];
    let not_given = [send(4), send(5), recv(4), recv(5)];
    let skips = row(0, RowKind::Skips("more rows".into()));
    let not_all = [send(9), recv(4), skips, recv(5)];
    for rows in [&no_place[..], &no_answer, &not_given, &not_all] {
        assert!(ask(FILE, rows).is_none(), "{rows:?}");
    }
}

#[test]
fn the_facts_of_a_run_can_be_asked() {
    let rows = [send(9), recv(4), recv(5)];
    for (fact, value) in [
        (r#"{ bytes = "server recv 2" }"#, "5"),
        (r#"{ peer = "server recv" }"#, "1"),
        (r#"{ sooner = ["client send", "server recv"] }"#, "yes"),
        (r#"{ sooner = ["server recv", "client send"] }"#, "no"),
    ] {
        let file = FILE.replace(r#"{ count = "server recv" }"#, fact);
        let file = file.replace(r#"is = ["1"]"#, r#"is = ["other"]"#);
        let file = file.replace(r#"["2", "3"]"#, &format!("[{value:?}]"));
        assert_eq!(ask(&file, &rows).unwrap().right, 1, "{fact}");
    }
}

#[test]
fn a_broken_file_is_explained_with_its_line() {
    for (from, to, words) in [
        ("zh = \"几次 recv？\"\n", "", "line 2: missing field 'zh'"),
        ("en = \"One.\"", "en = \" \"", "line 13: a text is empty"),
        ("en = \"One.\"", "en = 1", "line 13: expected a string"),
        ("en = \"One.\"", "en = \"One.", "line 13: invalid character"),
        ("is = [\"1\"]", "si = [\"1\"]", "line 11: unexpected keys"),
        (
            "server recv 2",
            "server recv two",
            "line 4: \"server recv two\" names",
        ),
        ("server recv 2", "server listen", "the calls are connect, accept"),
        ("play = 0\n", "play = 0\nright = 1\n", "either `fact` or `right`"),
        ("fact = { count = \"server recv\" }", "", "either `fact` or `right`"),
        ("fact = { count", "fact = { counts", "unexpected keys"),
        ("fact = { count = \"server recv\" }", "right = 1", "name the `fact`"),
        ("why = { en = \"So it is.\", zh = \"就是这样。\" }", "", "says `why`"),
        (
            "is = [\"1\"]\nen = \"One.\"\nzh = \"一次。\"\n\n[[questions.answers]]\n",
            "",
            "two to four answers",
        ),
    ] {
        assert!(FILE.contains(from), "{from}");
        let error = parse(&FILE.replace(from, to)).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(words), "{from:?} to {to:?}: {error}");
    }
}

#[test]
fn a_frames_length_is_its_headers_and_its_payloads() {
    let mut walk = Frames::default();
    let mut call = |head: &[u8]| {
        let mut row = send(head.len() as u64);
        let RowKind::Sends { bytes, frames, .. } = &mut row.kind else {
            panic!("send makes a send")
        };
        bytes.head = head.to_vec();
        *frames = walk.walk(bytes);
        row
    };
    let rows = [
        call(b"GET / HTTP/1.1\r\n\r\n"),
        call(b"\x89\x01a"),
        call(b"\x81\x02ab\x81\x03abc"),
    ];
    let rows = Rows { rows: &rows, lanes: 2 };
    let value = |place: &str| Fact::Frame(place.parse().unwrap()).value(&rows);
    assert_eq!(value("client send").as_deref(), Some("4"));
    assert_eq!(value("client send 2").as_deref(), Some("5"));
    assert_eq!(value("client send 3"), None);
}
