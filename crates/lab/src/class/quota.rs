//! Who may have a server of their own now: so that one student's flood costs
//! nobody else a place. Pure: the clock is given.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How many servers a student may have at once.
const AT_ONCE: usize = 4;

/// How many may be started for a student within this time.
const STARTS: usize = 10;
const WITHIN: Duration = Duration::from_secs(1);

/// The places, and who has them.
pub struct Quota {
    /// How many students are served at once.
    most: usize,
    students: HashMap<IpAddr, Usage>,
}

#[derive(Default)]
struct Usage {
    running: usize,
    starts: VecDeque<Instant>,
}

impl Quota {
    /// For this many students at once.
    pub fn new(most: usize) -> Quota {
        Quota { most, students: HashMap::new() }
    }

    /// Whether a server may be started for this student.
    pub fn may_start(&self, ip: IpAddr, now: Instant) -> bool {
        let usage = self.students.get(&ip);
        let running = usage.map_or(0, |usage| usage.running);
        let others = self.students.values().filter(|u| u.running > 0).count();
        let soon = usage.is_some_and(|usage| {
            let starts = usage.starts.iter();
            let late = starts.filter(|start| now < **start + WITHIN);
            late.count() >= STARTS
        });
        running < AT_ONCE && !soon && (running > 0 || others < self.most)
    }

    /// A server was started for this student.
    pub fn start(&mut self, ip: IpAddr, now: Instant) {
        let usage = self.students.entry(ip).or_default();
        usage.running += 1;
        usage.starts.push_back(now);
        if usage.starts.len() > STARTS {
            usage.starts.pop_front();
        }
    }

    /// A student's server is over.
    pub fn end(&mut self, ip: IpAddr, now: Instant) {
        if let Some(usage) = self.students.get_mut(&ip) {
            usage.running = usage.running.saturating_sub(1);
        }
        self.students.retain(|_, usage| {
            let last = usage.starts.back();
            usage.running > 0 || last.is_some_and(|last| now < *last + WITHIN)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn one_student_takes_no_place_from_another() {
        let (mut quota, now) = (Quota::new(2), Instant::now());
        for _ in 0..AT_ONCE {
            assert!(quota.may_start(ip(1), now));
            quota.start(ip(1), now);
        }
        assert!(!quota.may_start(ip(1), now));
        assert!(quota.may_start(ip(2), now));
    }

    #[test]
    fn beyond_the_most_the_next_student_waits_for_a_place() {
        let (mut quota, now) = (Quota::new(1), Instant::now());
        quota.start(ip(1), now);
        assert!(!quota.may_start(ip(2), now));
        quota.end(ip(1), now);
        assert!(quota.may_start(ip(2), now));
    }

    #[test]
    fn who_starts_too_often_waits_a_moment() {
        let (mut quota, now) = (Quota::new(1), Instant::now());
        for _ in 0..STARTS {
            assert!(quota.may_start(ip(1), now));
            quota.start(ip(1), now);
            quota.end(ip(1), now);
        }
        assert!(!quota.may_start(ip(1), now));
        assert!(quota.may_start(ip(1), now + WITHIN));
        quota.end(ip(2), now + WITHIN);
        assert!(quota.students.is_empty());
    }
}
