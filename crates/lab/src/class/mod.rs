//! `lab class NN`: the teacher's machine serves a whole room. A board shows a
//! line per student, or one student is followed.

mod addresses;
mod board;
mod columns;
mod follow;
mod for_all;
mod fresh;
mod fronts;
mod names;
mod quota;
mod room;
mod server;
mod service;
mod session;
mod student;
mod welcome;

use std::fmt::Display;
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{CommandFactory, FromArgMatches, Parser};
use programs::help;
use programs::lang::{self, Lang, tr, tr_with};

use crate::draw::files;
use crate::knobs::{self, SplitArgs};
use crate::lessons::{self, Lesson, Side};
use crate::prepare::{has, value_of};
use crate::run_command::explain_knobs;
use crate::signals::{INTERRUPTED, interrupted};
use crate::timeline::event::Lane;

use addresses::Listen;
use board::Board;
use follow::Follow;
use names::Names;
use room::Room;
use server::Program;
use service::Service;

/// The lanes of a student's picture.
const STUDENT: Lane = 0;
const SERVER: Lane = 1;

/// The pause when nothing moves: while somebody is served, and while nobody
/// is.
const PAUSE: Duration = Duration::from_millis(1);
const QUIET: Duration = Duration::from_millis(5);

/// How many students the board remembers, for each that is served at once.
const LINES: usize = 4;

/// How long lesson 05's receiver is busy, unless a knob says it: longer than
/// anybody's five sends take on their way.
const BUSY: &str = "500ms";

/// Serves a whole class: the lesson's server on the network, and a board with
/// a line per student
#[derive(Parser)]
pub struct Options {
    /// Where to listen; may be given several times [default: every address
    /// that other machines can reach, at the lesson's own port]
    #[arg(long, value_name = "ADDRESS[:PORT]",
          value_parser = addresses::listen)]
    listen: Vec<Listen>,

    /// A file with a line ADDRESS NAME per student
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,

    /// Draw everything that this student does, in the board's place
    #[arg(long, value_name = "NAME|ADDRESS")]
    follow: Option<String>,

    /// Write the board to a file at the end (NAME-board.svg), and the followed
    /// student's last pictures
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Write both to a page that a browser steps through
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// How many students are served at once, and the next ones wait; in 04
    /// and from 06 on the lesson's own server serves all that come
    #[arg(long, value_name = "N", default_value = "64")]
    max: NonZeroUsize,

    /// Draw with ASCII signs only
    #[arg(long)]
    ascii: bool,

    /// Speak English or Chinese [default: as the environment says]
    #[arg(long)]
    lang: Option<Lang>,
}

/// Serves a class until Ctrl-C.
///
/// # Errors
///
/// For wrong words, or when nothing can be built, started or listened on.
pub fn run(words: &[String]) -> Result<()> {
    let Some((number, words)) = words.split_first() else {
        options(None, &["--help".into()]);
        return Ok(());
    };
    if number.starts_with('-') {
        options(None, std::slice::from_ref(number));
        bail!(tr("cargo lab class is followed by a lesson's number"));
    }
    let lesson = lessons::lesson(number)?;
    let split = knobs::sort(lesson, words)?;
    let options = options(Some(lesson), &split.lab);
    let names = match &options.names {
        Some(file) => Names::read(file)?,
        None => Names::default(),
    };
    for file in options.svg.iter().chain(&options.html) {
        files::check(file)?;
    }
    let addresses = addresses::choose(&options.listen, lesson.port)?;
    let program = program(lesson, &split)?;
    #[cfg(target_os = "linux")]
    programs::adopt_orphans();
    let folder = tempfile::tempdir().context(tr("making a folder"))?;
    let (mut service, failures) = Service::start(
        lesson,
        program,
        &addresses,
        options.max.get(),
        folder.path(),
    )?;
    for failure in failures {
        let failure = [("failure", &failure as &dyn Display)];
        crate::log(&tr_with("warning: {failure}", &failure));
    }
    let follow = follow(lesson, &names, &options, service.is_for_all())?;
    let follows = follow.is_some();
    let mut room = Room::new(options.max.get() * LINES, names, follow);
    room.counts_visits = !(lesson.udp && service.is_for_all());
    let addresses = service.addresses();
    let mut board = welcome(lesson, &addresses, &split, &options, follows)?;
    let result = serve(&mut service, &mut room, &mut board);
    service.end(&mut room);
    // Even where nobody reads stdout any more, all that was started ends.
    drop(service);
    #[cfg(target_os = "linux")]
    programs::end_orphans();
    result?;
    let mut pictures = Vec::new();
    if let Some(mut follow) = room.follow.take() {
        follow.draw(true)?;
        pictures = follow.into_pictures();
    }
    board.draw_last(&room)?;
    let board = board.whole(&room);
    if let Some(file) = &options.svg {
        files::write_svg(file, &pictures, false)?;
        files::write_board(file, &board)?;
    }
    if let Some(file) = &options.html {
        files::write_html(file, &pictures, &board, lang::asked())?;
    }
    Ok(())
}

/// Goes on until Ctrl-C.
fn serve(
    service: &mut Service,
    room: &mut Room,
    board: &mut Board,
) -> Result<()> {
    while !interrupted() {
        let more = service.turn(room);
        if let Some(follow) = &mut room.follow {
            follow.draw(false)?;
        }
        board.draw(room)?;
        if !more {
            thread::sleep(if service.is_busy() { PAUSE } else { QUIET });
        }
    }
    Ok(())
}

/// The lesson's server, built, with its knobs.
fn program(lesson: &Lesson, split: &SplitArgs) -> Result<Program> {
    let mut words = split.server.clone();
    if lesson.number == "05" {
        if value_of(&words, "--demo") == Some("nagle") {
            bail!(tr(
                "what Nagle's algorithm does cannot be seen through lab, which \
                 acknowledges at once: cargo lab run 05 --demo nagle"
            ));
        }
        // A network in between would decide what a recv brings.
        if !has(&words, "--busy") {
            words.extend(["--busy".into(), BUSY.into()]);
        }
    }
    let name = lesson.program(Side::Server);
    let programs = programs::build(std::slice::from_ref(&name), &INTERRUPTED)?;
    let path =
        programs.get(&name).context(tr("cargo built no such program"))?;
    Ok(Program { path: path.clone(), words })
}

/// Whom to follow, and what is to be said about the picture.
fn follow(
    lesson: &Lesson,
    names: &Names,
    options: &Options,
    is_for_all: bool,
) -> Result<Option<Follow>> {
    let Some(student) = &options.follow else { return Ok(None) };
    let ip = names.find(student)?;
    let name = names.of(ip).map_or_else(|| ip.to_string(), str::to_owned);
    let mut about = Vec::new();
    if is_for_all {
        about.push(
            tr("One server serves everybody: what it prints belongs to no \
                student alone, and stands on the board.")
            .into(),
        );
    } else {
        about.push(
            tr("The client's bytes come through lab, which draws them when \
                they arrived: by how many sends, nobody sees.")
            .into(),
        );
    }
    let width = terminal_size::terminal_size()
        .map_or(80, |(columns, _)| usize::from(columns.0));
    let title = lesson.heading();
    let who = (ip, name);
    Ok(Some(Follow::new(who, title, about, width, options.ascii)))
}

/// Says where the server is, and gives the board.
fn welcome(
    lesson: &Lesson,
    addresses: &[SocketAddr],
    split: &SplitArgs,
    options: &Options,
    follows: bool,
) -> Result<Board> {
    let mut out = anstream::stdout().lock();
    for line in welcome::welcome(lesson, addresses, &split.client) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    out.flush()?;
    for address in addresses {
        crate::log(&format!("ready on {address}"));
    }
    let first = addresses.first().map(|address| {
        welcome::commands(lesson, *address, &split.client).swap_remove(0)
    });
    let title = lesson.heading();
    let command = first.unwrap_or_default();
    Ok(Board::new(title, command, options.ascii, follows))
}

/// Reads the options, or explains them and exits.
fn options(lesson: Option<&Lesson>, words: &[String]) -> Options {
    let mut command = Options::command().no_binary_name(true);
    command = match lesson {
        Some(lesson) => {
            command.bin_name(format!("cargo lab class {}", lesson.number))
        }
        None => command
            .bin_name("cargo lab class")
            .override_usage(tr("cargo lab class NN [OPTIONS] [KNOBS]")),
    };
    let mut after = lesson.map_or(String::new(), explain_knobs);
    after += tr(" The client's stand in the commands for the students.");
    command = command.after_help(after.trim_start().to_owned());
    let matches = help::matches(command, words);
    Options::from_arg_matches(&matches)
        .unwrap_or_else(|error| help::exit(&error))
}
