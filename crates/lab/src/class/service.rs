//! The two ways to serve a class: by the lesson's server for all, or by a
//! fresh server for each client.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;

use crate::lessons::Lesson;
use crate::prepare::value_of;

use super::for_all::ForAll;
use super::fresh::Fresh;
use super::room::Room;
use super::server::Program;

/// Either way to serve.
pub enum Service {
    ForAll(ForAll),
    Fresh(Box<Fresh>),
}

impl Service {
    /// Starts to listen, for this many students at once. Gives what went
    /// wrong, too, where only some addresses are free.
    ///
    /// # Errors
    ///
    /// When no address is free, or no server can be started.
    pub fn start(
        lesson: &Lesson,
        program: Program,
        addresses: &[SocketAddr],
        most: usize,
        folder: &Path,
    ) -> Result<(Service, Vec<String>)> {
        if lesson.lives_on {
            let (all, failures) =
                ForAll::start(program, lesson.udp, addresses, folder)?;
            return Ok((Service::ForAll(all), failures));
        }
        let udp =
            lesson.udp || value_of(&program.words, "--demo") == Some("udp");
        let (fresh, failures) =
            Fresh::bind(program, udp, addresses, most, folder)?;
        Ok((Service::Fresh(Box::new(fresh)), failures))
    }

    /// Whether one server serves everybody.
    pub fn is_for_all(&self) -> bool {
        matches!(self, Service::ForAll(_))
    }

    /// Where it is reached.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        match self {
            Service::ForAll(all) => all.addresses(),
            Service::Fresh(fresh) => fresh.addresses(),
        }
    }

    /// Lets everything go on that can; whether there is more at once.
    pub fn turn(&mut self, room: &mut Room) -> bool {
        match self {
            Service::ForAll(all) => all.turn(room),
            Service::Fresh(fresh) => fresh.turn(room),
        }
    }

    /// Whether to look again very soon.
    pub fn is_busy(&self) -> bool {
        match self {
            Service::ForAll(_) => false,
            Service::Fresh(fresh) => fresh.is_busy(),
        }
    }

    /// Ends all servers, and takes what they did until then.
    pub fn end(&mut self, room: &mut Room) {
        match self {
            Service::ForAll(all) => all.end(room),
            Service::Fresh(fresh) => fresh.end(room),
        }
    }
}
