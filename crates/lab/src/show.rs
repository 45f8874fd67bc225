//! Shows a run: in the terminal while it happens, step by step, and in files.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::{Context, Result, bail};
use programs::lang::{self, Lang, tr, tr_with};

use crate::draw::files;
use crate::draw::svg::{Picture, Words};
use crate::draw::terminal::Terminal;
use crate::keys::Keys;
use crate::lessons::Lesson;
use crate::network::Faults;
use crate::prepare::program_name;
use crate::questions;
use crate::run::{Plan, Run};
use crate::run_command::Options;
use crate::steps::{Finished, Steps};
use crate::timeline::fold::Fold;
use crate::timeline::row::Row;
use crate::timeline::summary::Summary;

/// How many clients have lanes of their own.
const MOST_LANES: usize = 4;

/// Draws the runs of a command, and keeps what its file is to show.
pub struct Show<'a> {
    options: &'a Options,
    width: usize,
    pictures: Vec<Picture>,
    /// With `--step` and `--ask`.
    steps: Option<Steps>,
    /// The learner wants to see no more.
    pub is_over: bool,
}

/// Prints what the signs of a picture mean.
///
/// # Errors
///
/// When nobody takes the lines.
pub fn legend(ascii: bool) -> io::Result<()> {
    Terminal::new(anstream::stdout(), Vec::new(), columns(), ascii).legend()
}

/// The terminal's columns, or those of an old one where there is none.
fn columns() -> usize {
    terminal_size::terminal_size()
        .map_or(80, |(columns, _)| usize::from(columns.0))
}

impl Show<'_> {
    /// Shows nothing yet.
    pub fn new(options: &Options) -> Show<'_> {
        let width = columns();
        let (pictures, steps) = (Vec::new(), None);
        Show { options, width, pictures, steps, is_over: false }
    }

    /// Draws one run while it happens; whether all its programs succeeded.
    ///
    /// # Errors
    ///
    /// When nobody takes the lines any more, or a program cannot be started.
    pub fn draw(
        &mut self,
        title: String,
        plan: &Plan,
        mut run: Run,
        play: Option<(&Lesson, usize)>,
    ) -> Result<bool> {
        let server = plan.clients.len();
        let is_crowd = server > MOST_LANES;
        let lanes = lane_titles(server);
        let out = anstream::stdout();
        let (width, ascii) = (self.width, self.options.ascii);
        let mut terminal = Terminal::new(out, lanes.clone(), width, ascii);
        let address = run.address();
        let seed = plan.network.as_ref().and_then(Faults::seed);
        let seed = seed.map_or(String::new(), |seed| {
            tr_with("seed {seed} · ", &[("seed", &seed)])
        });
        let place = format!("{seed}{address}");
        if !self.pictures.is_empty() {
            terminal.line("")?;
        } else if self.options.legend || is_first_time() {
            terminal.legend()?;
            terminal.line("")?;
        }
        let commands = commands(plan, address);
        let Options { step, ask, .. } = *self.options;
        let live = !step && !ask;
        if live {
            terminal.head(&title, &place, &commands)?;
        } else if self.steps.is_none() {
            let keys = Keys::read(width);
            self.steps = Some(Steps::start(&mut terminal, keys, step, ask)?);
        }
        let mut summary = Summary::default();
        let mut fold = Fold::new(lanes.len(), self.options.all_rows);
        let mut rows: Vec<Row> = Vec::new();
        let mut show = |row: Row, terminal: &mut Terminal<_>| {
            if live {
                terminal.row(&row)?;
            }
            rows.push(row);
            io::Result::Ok(())
        };
        for row in run.by_ref() {
            let mut row = row?;
            summary.count(&row);
            if is_crowd {
                row = row.in_crowd(server);
            }
            if let Some(row) = fold.take(row) {
                show(row, &mut terminal)?;
            }
        }
        for row in fold.finish(&lanes) {
            show(row, &mut terminal)?;
        }
        let outcome = run.outcome();
        let asked = match play {
            Some((lesson, play)) if ask || self.has_page() => {
                questions::questions(lesson.number, play, &rows, lanes.len())?
            }
            _ => Vec::new(),
        };
        if let Some(steps) = &mut self.steps {
            let finished = Finished {
                title: &title,
                place: &place,
                commands: &commands,
                rows: &rows,
                asked: if ask { &asked } else { &[] },
            };
            self.is_over = !steps.show(&mut terminal, &finished)?;
        }
        let words = || {
            let names: Vec<String> =
                (0..=server).map(|lane| program_name(lane, server)).collect();
            let unseen = outcome.unseen.iter().map(|l| names[*l].as_str());
            let unseen = unseen.collect::<Vec<_>>().join(tr(" and "));
            let unseen = (!unseen.is_empty()).then_some(unseen.as_str());
            let sentence = summary.sentence(&names, unseen, outcome.never_read);
            Words { lanes: lane_titles(server), sentence }
        };
        // The page has its own Chinese.
        let english = lang::within(Lang::English, words);
        let Words { lanes, sentence } = words();
        if !self.is_over {
            terminal.line("")?;
            terminal.sentence(&sentence)?;
        }
        let picture =
            Picture { title, place, lanes, rows, sentence, asked, english };
        self.pictures.push(picture);
        Ok(outcome.succeeded)
    }

    /// Says how many answers were right, and writes the files.
    ///
    /// # Errors
    ///
    /// When a file cannot be written, or no browser is there to show it.
    pub fn end(&self, lesson: Option<&Lesson>) -> Result<()> {
        if let (Some(steps), true) = (&self.steps, self.options.ask) {
            let lanes = Vec::new();
            let (width, ascii) = (self.width, self.options.ascii);
            let out = anstream::stdout();
            steps.score(&mut Terminal::new(out, lanes, width, ascii))?;
        }
        if let Some(file) = &self.options.svg {
            let moves = self.options.moving;
            let lanes = self.pictures.iter().map(|p| p.lanes.len()).max();
            if moves && lanes > Some(2) {
                bail!(tr("--moving draws a run of two programs only"));
            }
            files::write_svg(file, &self.pictures, moves)?;
        }
        if self.has_page() {
            self.write_html(lesson)?;
        }
        Ok(())
    }

    fn has_page(&self) -> bool {
        self.options.show || self.options.html.is_some()
    }

    fn write_html(&self, lesson: Option<&Lesson>) -> Result<()> {
        let write = |file: &Path| {
            files::write_html(file, &self.pictures, &[], lang::asked())
        };
        if let Some(file) = &self.options.html {
            write(file)?;
        }
        if self.options.show {
            // Beside lab itself, where it is replaced by the next one.
            let number = lesson.map_or("two", |lesson| lesson.number);
            let here =
                std::env::current_exe().context(tr("looking for lab"))?;
            let file = here.with_file_name(format!("lab-{number}.html"));
            write(&file)?;
            if open::that_detached(&file).is_err() {
                let file = file.display();
                bail!(tr_with(
                    "no browser could be opened: open {file} yourself",
                    &[("file", &file)],
                ));
            }
        }
        Ok(())
    }
}

/// The names of the lanes, for so many clients.
fn lane_titles(clients: usize) -> Vec<String> {
    // More lanes than so have no room for words.
    if clients > MOST_LANES {
        let all = tr_with("{count} clients", &[("count", &clients)]);
        return vec![all, program_name(clients, clients)];
    }
    (0..=clients).map(|lane| program_name(lane, clients)).collect()
}

/// What was started, as one would type it: where more than one client differs
/// in nothing, once.
fn commands(plan: &Plan, address: std::net::SocketAddr) -> Vec<String> {
    let mut commands: Vec<String> = plan
        .programs()
        .filter(|program| program.is_started())
        .map(|program| program.described(address))
        .collect();
    if commands.len() > 5 {
        let more = commands.len() - 3;
        let words = tr_with("… {more} more clients", &[("more", &more)]);
        commands.splice(2..2 + more, [words]);
    }
    commands
}

/// Whether nobody was shown what the signs mean. It is noted beside lab
/// itself, so the next time they are known.
fn is_first_time() -> bool {
    if !io::stdout().is_terminal() {
        return false;
    }
    let here = std::env::current_exe().unwrap_or_default();
    let shown = here.with_file_name("lab-legend-was-shown");
    !shown.exists() && fs::write(shown, "").is_ok()
}
