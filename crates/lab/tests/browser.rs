//! The page that `lab run --html` writes, in a real browser.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use testkit::{Program, has_browser, in_browser, python_path, root};

/// A page to step through.
struct Page {
    file: PathBuf,
    size: [u32; 2],
}

impl Page {
    /// Runs something, and opens its page; `None` where there is no browser.
    fn of(words: &[&str], folder: &Path) -> Option<Page> {
        if !has_browser() {
            return None;
        }
        let file = folder.join("run.html");
        let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
        lab.current_dir(root()).arg("run").args(words);
        lab.arg("--html").arg(&file);
        let finished = Program::spawn(&mut lab).finish();
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        let size = [1920, 940];
        Some(Page { file, size })
    }

    /// What each step gave. The page must not complain, nor ask for anything.
    fn does(&self, steps: &[Value]) -> Vec<Value> {
        in_browser(&self.file, self.size, steps).unwrap()
    }
}

fn keys(names: &[&str]) -> Value {
    json!({ "keys": names })
}

fn script(text: &str) -> Value {
    json!({ "script": text })
}

const COUNT: &str = "return document.getElementById('count').textContent";
const NEWS: &str = "return document.getElementById('news').textContent";

#[test]
fn every_lesson_steps_to_its_end() {
    for lesson in programs::LESSONS {
        let folder = tempfile::tempdir().unwrap();
        let Some(page) = Page::of(&[lesson.number], folder.path()) else {
            return;
        };
        // A question takes two steps more: its answer, and going on.
        let most = 400;
        let step = format!(
            "const said = [];
             for (let n = 0; n < {most}; n++) {{
               dispatchEvent(new KeyboardEvent('keydown', {{key: 'ArrowRight'}}));
               said.push(document.getElementById('news').textContent);
             }}
             return said;"
        );
        let given = page.does(&[
            script(COUNT),
            keys(&["Right"]),
            keys(&["Home"]),
            script(&step),
            script(COUNT),
            keys(&["Left", "Left"]),
            script(COUNT),
            keys(&["Home"]),
            script(COUNT),
            keys(&["End", "l"]),
            script(NEWS),
        ]);
        let count = |place: usize| given[place].as_str().unwrap().to_owned();
        let total: usize = count(0)[2..].parse().unwrap();
        assert!(total > 5, "{total}");
        assert_eq!(count(4), format!("{total}/{total}"), "{}", lesson.number);
        assert_eq!(count(6), format!("{}/{total}", total - 2));
        assert_eq!(count(8), format!("0/{total}"));
        let said = given[3].as_array().unwrap();
        assert!(said.iter().all(|said| !said.as_str().unwrap().is_empty()));
        let chinese = count(10);
        assert!(chinese.contains(|c: char| c > '\u{4e00}'), "{chinese}");
    }
}

/// The place of a row with these words, as something to point at.
fn mark(words: &str) -> Value {
    script(&format!(
        "[...document.querySelectorAll('.row')]
           .find((row) => row.textContent.includes('{words}')).id = 'here';"
    ))
}

#[test]
fn pointing_at_a_recv_lights_its_sends_and_shows_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["5", "--demo", "merge"];
    let Some(page) = Page::of(&words, folder.path()) else { return };
    let lit = "return [document.querySelectorAll('.row.lit').length, \
               document.getElementById('bytes').textContent]";
    let given = page.does(&[
        json!({"click": "#last"}),
        mark("recv 45 B"),
        json!({"hover": "#here"}),
        script(lit),
    ]);
    assert_eq!(given[3][0], 6, "{given:?}");
    let bytes = given[3][1].as_str().unwrap();
    assert!(bytes.contains("#5第e7acac五e4ba94"), "{bytes}");
}

#[test]
fn a_bar_fills_with_each_send_and_a_recv_empties_it() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["5", "--demo", "merge"];
    let Some(page) = Page::of(&words, folder.path()) else { return };
    let given = page.does(&[script(
        "const fills = [];
         const total = Number(document.getElementById('place').max);
         for (let at = 0; at <= total; at++) {
           const place = document.getElementById('place');
           place.value = at;
           place.dispatchEvent(new Event('input'));
           fills.push(document.querySelectorAll('.bar s').length);
         }
         return fills.filter((n, at) => n !== fills[at - 1]);",
    )]);
    assert_eq!(given[0], json!([0, 1, 2, 3, 4, 5, 0]));
}

#[test]
fn a_question_is_answered_by_a_key_or_a_click_before_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["5", "--demo", "merge"];
    let Some(page) = Page::of(&words, folder.path()) else { return };
    let to_question = script(
        "for (let n = 0; n < 50 && !document.querySelector('dialog[open]'); n++)
           dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight'}));
         return document.querySelectorAll('dialog button').length;",
    );
    let verdict = "const classes = (name) =>
           document.querySelectorAll('dialog .' + name).length;
         return [classes('right'), classes('wrong'), classes('why')]";
    let given = page.does(&[
        to_question.clone(),
        script(verdict),
        // The first answer of the first question is wrong.
        keys(&["1"]),
        script(verdict),
        keys(&["Right"]),
        script("return document.querySelector('dialog').open"),
        to_question,
        script(
            "[...document.querySelectorAll('dialog button')]
               .find((b) => b.textContent.includes('0 bytes')).id = 'here'",
        ),
        json!({"click": "#here"}),
        script(verdict),
    ]);
    assert_eq!(given[0], 3);
    assert_eq!(given[1], json!([0, 0, 0]));
    assert_eq!(given[3], json!([1, 1, 1]));
    assert_eq!(given[5], false);
    assert_eq!(given[9], json!([1, 0, 1]));
}

#[test]
fn what_programs_send_is_never_markup() {
    let folder = tempfile::tempdir().unwrap();
    let Some(python) = python_path() else { return };
    let program = folder.path().join("hostile.py");
    fs::write(
        &program,
        "import socket, sys\n\
         s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n\
         s.sendall(b'<script>document.title=1</script><!--' \
         b'\\xe2\\x80\\xae\\0<img src=x onerror=alert(1)>')\n\
         s.recv(100)\n",
    )
    .unwrap();
    let client = [&*python, program.to_str().unwrap(), "{host}", "{port}"];
    let client = programs::join(&client.map(String::from));
    let words = ["1", "--client", &client];
    let Some(page) = Page::of(&words, folder.path()) else { return };
    let text = fs::read_to_string(&page.file).unwrap();
    let markup = text.replace("<script nonce=", "");
    assert!(!markup.contains("<img"), "{markup}");
    assert!(!text.contains("<script>"), "{text}");
    let given = page.does(&[
        keys(&["End"]),
        script(
            "return [document.title, \
             document.querySelectorAll('img').length, \
             document.getElementById('plays').textContent]",
        ),
    ]);
    let seen = &given[1];
    assert!(seen[0].as_str().unwrap().starts_with("lesson 01"), "{seen}");
    assert_eq!(seen[1], 0);
    let shown = seen[2].as_str().unwrap();
    let whole = "<script>document.title=1</script><!--\\u{202e}\\u{0}<img";
    assert!(shown.contains(whole), "{shown}");
}

#[test]
fn a_projector_and_a_telephone_can_both_be_read() {
    let folder = tempfile::tempdir().unwrap();
    for lesson in ["5", "8"] {
        let Some(page) = Page::of(&[lesson], folder.path()) else { return };
        let look = "const row = document.querySelector('.row');
             return [parseFloat(getComputedStyle(row).fontSize),
               document.documentElement.scrollWidth - innerWidth,
               document.documentElement.scrollHeight - innerHeight]";
        let given = page.does(&[keys(&["End"]), script(look)]);
        assert!(given[1][0].as_f64().unwrap() >= 20.0, "{given:?}");
        assert!(given[1][1].as_f64().unwrap() <= 0.0, "{given:?}");
        assert!(given[1][2].as_f64().unwrap() <= 0.0, "{given:?}");
        let small = Page { size: [400, 800], ..page };
        let given = small.does(&[keys(&["End"]), script(look)]);
        assert!(given[1][1].as_f64().unwrap() <= 0.0, "{given:?}");
    }
}
