//! A long transfer, summed up, of a program that does not do that itself.

use std::collections::HashMap;

use crate::timeline::event::{Event, Link, Op};

/// The calls of a stream that are shown one by one, before a sum begins, and
/// how many bytes they may move; the course's own programs do the same.
const FEW: u64 = 8;
const SOME: u64 = 64;
const SOME_BYTES: u64 = 65_536;

/// How long a sum may go on: 200 ms.
const LONGEST: u64 = 200_000_000;

/// The sums under way, by stream and direction.
#[derive(Default)]
pub struct Sums(HashMap<(Link, bool), Sum>);

/// The sends, or the recvs, of a stream, one after the other.
struct Sum {
    calls: u64,
    bytes: u64,
    event: Option<Event>,
}

impl Sums {
    /// Takes an event; gives those that are to be shown.
    pub fn take(&mut self, event: Event) -> Vec<Event> {
        let Some(link) = event.link.filter(|link| !link.udp) else {
            return vec![event];
        };
        let sends = match event.op {
            Op::Sends => true,
            Op::Receives => false,
            Op::Peeks => return vec![event],
            _ => {
                let mut events = self.finish_stream(link);
                events.push(event);
                return events;
            }
        };
        let mut events = Vec::new();
        let other = self.0.get_mut(&(link, !sends));
        if let Some(other) = other {
            if event.ended.is_some() {
                (other.calls, other.bytes) = (0, 0);
            }
            events.extend(other.event.take());
        }
        let sum = self.0.entry((link, sends)).or_insert(Sum {
            calls: 0,
            bytes: 0,
            event: None,
        });
        let short =
            sum.calls < FEW || (sum.calls < SOME && sum.bytes < SOME_BYTES);
        let Some(ended) = event.ended else {
            // Of a sum, no call is shown waiting.
            if short {
                events.push(event);
            }
            return events;
        };
        sum.calls += 1;
        sum.bytes += event.bytes.len;
        if short || event.error.is_some() || event.bytes.len == 0 {
            events.extend(sum.event.take());
            events.push(event);
            return events;
        }
        match &mut sum.event {
            Some(sum) => {
                sum.bytes.calls += event.bytes.calls.max(1);
                sum.bytes.len += event.bytes.len;
                sum.bytes.took = ended.saturating_sub(sum.began);
                sum.ended = Some(ended);
            }
            None => sum.event = Some(event),
        }
        if sum.event.as_ref().is_some_and(|sum| sum.bytes.took > LONGEST) {
            events.extend(sum.event.take());
        }
        events
    }

    /// All that is summed up, when the program is over.
    pub fn finish(&mut self) -> Vec<Event> {
        self.0.drain().filter_map(|(_, sum)| sum.event).collect()
    }

    fn finish_stream(&mut self, link: Link) -> Vec<Event> {
        let both = [true, false].map(|sends| self.0.remove(&(link, sends)));
        both.into_iter().flatten().filter_map(|sum| sum.event).collect()
    }
}
