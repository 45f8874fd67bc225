//! `lab check NN both -- SERVER -- CLIENT`: two programs, with each other and
//! with the course's own.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use programs::lang::{tr, tr_with};
use programs::{Lesson, Side};

use crate::check::ours;
use crate::lessons::Programs;
use crate::outcome::Stop;
use crate::trial::{CommandTemplate, Trial};

/// Lets the learner's two programs talk: with each other, and each with the
/// course's own.
///
/// # Errors
///
/// When they cannot be started.
pub fn check(
    lesson: &Lesson,
    programs: &Programs,
    words: &[String],
) -> Result<ExitCode> {
    let split = words.iter().position(|word| word == "--");
    let split =
        split.context(tr("say: both -- SERVER COMMAND -- CLIENT COMMAND"))?;
    let yours = [
        CommandTemplate::learners(&words[..split])?,
        CommandTemplate::learners(&words[split + 1..])?,
    ];
    for template in &yours {
        template.build()?;
    }
    let [server, client] = yours;
    let own_server = ours(lesson, Side::Server, programs)?;
    let own_client = ours(lesson, Side::Client, programs)?;
    let mut passed = true;
    for (name, server, client) in [
        ("your server, your client", &server, &client),
        ("your server, the course's client", &server, &own_client),
        ("the course's server, your client", &own_server, &client),
    ] {
        match talk(lesson, programs, server, client) {
            Ok(()) => anstream::println!("{}  {}", tr("ok"), tr(name)),
            Err(Stop::Mismatch(mismatch)) => {
                passed = false;
                let what = common::escape(&mismatch.what);
                let failed = tr("FAILED");
                anstream::println!("{failed}  {}\n    {what}", tr(name));
            }
            Err(Stop::Broken(error)) => return Err(error),
            Err(_) => bail!(tr("interrupted")),
        }
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Starts both, and compares what each prints with what it should.
fn talk(
    lesson: &Lesson,
    programs: &Programs,
    server: &CommandTemplate,
    client: &CommandTemplate,
) -> Result<(), Stop> {
    let mut server = Trial::new(server, lesson.udp, programs.values)?;
    let mut client = Trial::new(client, lesson.udp, programs.values)?;
    let dialogue = &programs.dialogue;
    (dialogue.prepare)(&mut server)?;
    (dialogue.prepare)(&mut client)?;
    let address = server.place()?;
    server.start()?;
    server.wait_until_bound()?;
    client.share_place(address);
    client.start()?;
    if !dialogue.typed.is_empty() {
        client.type_in(dialogue.typed);
    }
    for line in dialogue.client {
        // The last is the question that was answered by typing.
        let asks =
            !dialogue.typed.is_empty() && Some(line) == dialogue.client.last();
        let shown =
            if asks { client.shows(line) } else { client.prints_like(line) };
        shown.map_err(|stop| named("the client", stop))?;
    }
    // Several lines may be as many messages of a stream: how they are parted
    // is the network's choice.
    let printed = match dialogue.server {
        [] => Ok(()),
        [line] => server.prints(line),
        lines => server.prints_all(
            &lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>(),
        ),
    };
    printed.map_err(|stop| named("the server", stop))?;
    if dialogue.client_ends {
        client.wait_for_end(Duration::from_secs(12))?;
        client.ended_with(0).map_err(|stop| named("the client", stop))?;
    }
    if !dialogue.lives_on {
        server.wait_for_end(Duration::from_secs(12))?;
        server.ended_with(0).map_err(|stop| named("the server", stop))?;
    }
    Ok(())
}

fn named(who: &str, stop: Stop) -> Stop {
    match stop {
        Stop::Mismatch(mut mismatch) => {
            mismatch.what = tr_with(
                "{name}: {words}",
                &[("name", &tr(who)), ("words", &mismatch.what)],
            );
            Stop::Mismatch(mismatch)
        }
        other => other,
    }
}
