//! When a run is over, and who had to be ended.

use std::time::Duration;

use anyhow::Result;
use programs::lang::tr;

use crate::timeline::event::Lane;

use super::{IDLE, Program, Run, START, Sight, now};

/// How long a client that is refused by an unseen server is started again.
const REFUSED: Duration = Duration::from_secs(10);

/// How long a program that is not the course's may do nothing.
const HUNG: Duration = Duration::from_secs(10);

/// How long such a server may do nothing once it has all that was sent to it.
const CALM: Duration = Duration::from_secs(2);

impl Run<'_> {
    /// Whether a client was refused only because the server is not up yet.
    pub(super) fn will_start_again(&self, lane: Lane) -> bool {
        let running = &self.running[lane];
        lane != self.server()
            && matches!(self.plan.server.sight, Sight::Wire | Sight::Nothing)
            && self.plan.elsewhere.is_none()
            && !self.plan.client_first
            && running.process.is_none()
            && running.refused
            && self.started.elapsed() < REFUSED
            && !self.is_over(self.server())
    }

    pub(super) fn start_refused_clients_again(&mut self) -> Result<()> {
        for lane in 0..self.server() {
            if self.will_start_again(lane) {
                self.merge.forget(lane);
                std::thread::sleep(Duration::from_millis(20));
                self.start_program(lane, self.front)?;
            }
        }
        Ok(())
    }

    /// Whether a program has ended, or was never started.
    pub(super) fn is_over(&self, lane: Lane) -> bool {
        self.running[lane].process.is_none()
    }

    pub(super) fn clients_are_over(&self) -> bool {
        (0..self.server()).all(|client| self.is_over(client))
    }

    pub(super) fn client_has_tried(&self) -> bool {
        let seen = |client: &Program| client.sight == Sight::Tap;
        let all_seen = self.plan.clients.iter().all(seen);
        let tried = self.running.iter().any(|running| running.tried);
        let waited = !all_seen && self.started.elapsed() > START;
        tried && self.plan.udp || waited || self.clients_are_over()
    }

    /// Whether nothing will come any more.
    pub(super) fn is_finished(&self) -> bool {
        let quiet = self.last_activity.elapsed();
        let server = &self.running[self.server()];
        let left = |lane: Lane| {
            !self.is_over(lane) && (self.program(lane).ours || quiet < HUNG)
        };
        // Nobody will come to a server that waits for a peer.
        let waits = server.waits_for_peer || self.plan.lives_on;
        if (0..self.server()).any(left) {
            return false;
        }
        if !self.clients_are_over() {
            // Programs that are not the course's, and do nothing any more.
            return true;
        }
        let all_read = || server.seen && self.merge.never_read() == 0;
        let bound = if waits {
            IDLE
        } else if !self.plan.server.ours && quiet > CALM && all_read() {
            CALM
        } else {
            HUNG
        };
        let may_end = waits || !self.plan.server.ours;
        !left(self.server()) || may_end && quiet > bound
    }

    /// A program that should be over by now is named, as is one that never
    /// did what it was started for.
    pub(super) fn end_late_program(&mut self, lane: Lane) {
        let running = &self.running[lane];
        let is_server = lane == self.server();
        if self.program(lane).ours || running.starts == 0 {
            return;
        }
        let waits = running.waits_for_peer || self.plan.lives_on;
        let words = if running.process.is_some() {
            if is_server && waits {
                return;
            }
            if is_server && self.clients_are_over() {
                let words = tr("still runs: lab ends it");
                return self.merge.says(lane, words.into(), now());
            }
            tr("did nothing for 10 s: lab ended it")
        } else if is_server && !self.started_clients() && !running.failed {
            tr("ended before a client could come")
        } else if !running.seen && !running.tried && !running.failed {
            match self.program(lane).sight {
                Sight::Tap if !running.loaded => {
                    let words = tr("loaded no tap, which needs Python 3.7 or \
                                    later: try --see strace");
                    return self.merge.says(lane, words.into(), now());
                }
                Sight::Tap | Sight::Strace => {
                    tr("ended, and no call on a socket was seen")
                }
                Sight::Wire | Sight::Nothing => return,
            }
        } else {
            return;
        };
        self.running[lane].failed = true;
        self.merge.says(lane, words.into(), now());
    }

    pub(super) fn started_clients(&self) -> bool {
        self.running[..self.server()].iter().any(|client| client.starts > 0)
    }
}
