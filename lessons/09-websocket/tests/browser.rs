//! The page in headless Chromium.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod peer;

use std::fs;
use std::io::Write;

use serde_json::{Value, json};
use testkit::{Program, in_browser};

use peer::{TEXT, enter, masked, receive_text};

/// Opens the server's page, and gives what each step gave. The console must
/// stay empty. `None` where there is no browser.
fn does(server: &Program, width: u32, steps: &[Value]) -> Option<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    // The driver opens a file: this one leads on to the page.
    let file = folder.path().join("to-the-page.html");
    let page = format!("http://{}/", server.ready());
    let lead = format!("<script>location.replace('{page}')</script>");
    fs::write(&file, lead).unwrap();
    let connected = until("!document.getElementById('five-at-once').disabled");
    let steps = [&[connected][..], steps].concat();
    let mut given = in_browser(&file, [width, 900], &steps)?;
    given.remove(0);
    Some(given)
}

/// Waits until something holds on the page.
fn until(condition: &str) -> Value {
    script(&format!(
        "return new Promise((done) => {{
           const look = () =>
             document.readyState === 'complete' && ({condition})
               ? done(true) : setTimeout(look, 10);
           look();
         }});"
    ))
}

fn script(text: &str) -> Value {
    json!({ "script": text })
}

const HEARD: &str = "return [...document.querySelectorAll('#heard bdi')]
    .map((message) => message.textContent)";

#[test]
fn five_at_once_are_five_messages_in_their_order() {
    let server = peer::server(&[]);
    let mut other = enter(server.ready());
    let given = does(
        &server,
        1280,
        &[
            json!({"click": "#five-at-once"}),
            until("document.querySelectorAll('#heard li').length >= 5"),
            script(HEARD),
            script("return document.getElementById('count').textContent"),
            script(
                "return [...document.querySelectorAll('#heard code')]
                   .map((frame) => frame.textContent)[1]",
            ),
            script(
                "return [...document.querySelectorAll('#sent code')]
                   .map((frame) => frame.textContent)[1]",
            ),
            // The same five as a stream: 45 bytes, and no frame.
            script("return document.querySelector('details').open"),
            json!({"click": "summary"}),
            script("return document.getElementById('stuck').innerText"),
            // Nothing is fetched but the page itself.
            script("return performance.getEntriesByType('resource').length"),
        ],
    );
    let Some(given) = given else { return };
    let five = ["第一次", "第二次", "第三次", "第四次", "第五次"];
    assert_eq!(given[2], json!(five));
    assert_eq!(given[3], "5 sends → 5 messages back");
    assert_eq!(given[4], "81 09 e7 ac ac e4 ba 8c e6 ac a1");
    assert_eq!(given[5], "81 89 ?? ?? ?? ?? ⊕ e7 ac ac e4 ba 8c e6 ac a1");
    assert_eq!(given[6], false);
    let bytes = five.concat().into_bytes();
    let bytes: Vec<String> =
        bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(given[8], bytes.join(" "));
    assert_eq!(given[9], 0);
    for text in five {
        assert_eq!(receive_text(&mut other), text);
    }
    assert_eq!(server.stop().stdout, five.join("\n") + "\n");
}

#[test]
fn it_is_used_by_keyboard_in_both_languages() {
    let server = peer::server(&[]);
    let given = does(
        &server,
        400,
        &[
            // The cursor is in the field already.
            json!({"keys": ["h", "i", "\u{e007}"]}),
            json!({"keys": ["\u{e007}"]}),
            until("document.querySelectorAll('#heard li').length >= 2"),
            script(HEARD),
            script("document.getElementById('language').focus()"),
            json!({"keys": ["\u{e007}"]}),
            script("return [document.documentElement.lang, document.title]"),
            script("return document.documentElement.scrollWidth - innerWidth"),
        ],
    );
    let Some(given) = given else { return };
    assert_eq!(given[3], json!(["hi", "(0 B)"]));
    assert_eq!(given[6], json!(["zh", "第 09 课 · WebSocket"]));
    assert_eq!(given[7], 0);
    assert_eq!(server.stop().stdout, "hi\n\n");
}

#[test]
fn what_others_say_is_never_markup() {
    let server = peer::server(&[]);
    let mut other = enter(server.ready());
    let hostile =
        "<img src=x onerror=alert(1)>\u{202e}\u{1b}<script>1</script>";
    let said = std::thread::spawn({
        let address = server.ready();
        move || {
            let mut speaker = enter(address);
            // It says so once the page has said that it is there.
            assert_eq!(receive_text(&mut other), "here");
            speaker.write_all(&masked(TEXT, hostile)).unwrap();
            speaker
        }
    });
    let given = does(
        &server,
        1280,
        &[
            script("send('here')"),
            until("document.querySelectorAll('#heard li').length >= 2"),
            script(HEARD),
            script("return document.querySelectorAll('img').length"),
        ],
    );
    // Without a browser nobody says that he is there.
    let Some(given) = given else { return };
    said.join().unwrap();
    let shown =
        "<img src=x onerror=alert(1)>\\u{202e}\\u{1b}<script>1</script>";
    assert_eq!(given[2], json!(["here", shown]));
    assert_eq!(given[3], 0);
}
