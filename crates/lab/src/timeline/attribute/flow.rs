//! What travels one way, and which receive took what of it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;

use super::super::event::{Bytes, Link, Slice};
use super::super::frames::{Frames, Part, within};
use crate::network::event::Fate;

/// The direction in which bytes travel: from one address to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    pub udp: bool,
    pub from: Option<SocketAddr>,
    pub to: Option<SocketAddr>,
}

/// What travels one way: what was sent, and how much of it was taken.
#[derive(Default)]
pub struct FlowState {
    /// TCP: the sends that still have unread bytes, in order.
    /// UDP: the datagrams that nobody has received yet.
    pub sends: VecDeque<Sent>,
    pub sent: u64,
    pub taken: u64,
    pub closed: bool,
    /// How much was sent is not known.
    pub unsure: bool,
    /// Bytes came that nobody was seen to send.
    pub astray: bool,
    /// UDP: how many datagrams were sent.
    pub datagrams: u64,
    /// UDP through the network: what becomes of the datagrams that it took
    /// and that are not drawn yet; which it passed on, by their places; and
    /// which of these found nobody.
    pub fates: VecDeque<Fate>,
    pub arrivals: VecDeque<u64>,
    pub refused: Vec<u64>,
    /// TCP: the frames in what was sent; in what was received, where no send
    /// was seen.
    pub frames: Frames,
}

pub struct Sent {
    pub number: usize,
    pub start: u64,
    pub bytes: Bytes,
    pub frames: Vec<Part>,
    /// UDP: its place among the datagrams on this way, from 0.
    pub place: u64,
    /// UDP: how many copies may yet be received, and of how many.
    pub copies: [u8; 2],
}

/// What a receive took.
#[derive(Default)]
pub struct Taken {
    pub slices: Vec<Slice>,
    pub frames: Vec<Part>,
    pub again: bool,
}

impl FlowState {
    /// What was sent and not yet taken.
    pub fn on_way(&self) -> u64 {
        self.sent.saturating_sub(self.taken)
    }

    /// The next bytes of a stream, by the sends they came from. Where others
    /// came, some were moved past the calls that are seen: from then on nobody
    /// can tell.
    pub fn take_bytes(&mut self, bytes: &Bytes) -> Taken {
        let (from, until) = (self.taken, self.taken + bytes.len);
        self.taken = until;
        let (mut slices, mut frames) = (Vec::new(), Vec::new());
        let mut rest = &bytes.head[..];
        while let Some(sent) = self.sends.front() {
            let of = sent.bytes.len;
            let end = sent.start + of;
            if sent.start >= until {
                break;
            }
            let range =
                from.max(sent.start) - sent.start..until.min(end) - sent.start;
            if !range.is_empty() {
                let (agrees, more) = sent.agrees(&range, rest);
                self.astray |= !agrees;
                rest = more;
                frames.extend(within(&sent.frames, &range));
                slices.push(Slice { send: sent.number, range, of });
            }
            if end > until {
                break;
            }
            self.sends.pop_front();
        }
        if self.astray {
            self.unsure = true;
            slices.clear();
        }
        if slices.is_empty() {
            frames = self.frames.walk(bytes);
        }
        Taken { slices, frames, again: false }
    }

    /// The datagram that was received; shorter than it was sent, if it was
    /// cut.
    pub fn take_datagram(
        &mut self,
        place: Option<usize>,
        bytes: &Bytes,
    ) -> Taken {
        let place = place.filter(|place| *place < self.sends.len());
        let Some(place) = place else {
            return Taken::default();
        };
        let sent = &mut self.sends[place];
        let of = sent.bytes.len;
        let slice = Slice { send: sent.number, range: 0..bytes.len, of };
        let [left, all] = sent.copies;
        let again = left < all;
        sent.copies[0] = left.saturating_sub(1);
        if left <= 1 {
            self.sends.remove(place);
        }
        self.taken += of;
        Taken { slices: vec![slice], frames: Vec::new(), again }
    }

    /// The oldest datagram that begins as this one does.
    pub fn matching(&self, bytes: &Bytes) -> Option<usize> {
        self.sends.iter().position(|sent| sent.may_be(bytes))
    }

    /// The next one that the network passed on and that begins as this one
    /// does: the places among the arrivals and among the sends.
    pub fn arrived(&self, bytes: &Bytes) -> Option<(usize, usize)> {
        let arrivals = self.arrivals.iter().enumerate();
        arrivals.into_iter().find_map(|(arrival, place)| {
            let sent = |sent: &Sent| sent.place == *place && sent.may_be(bytes);
            Some((arrival, self.sends.iter().position(sent)?))
        })
    }

    pub fn next_arrival(&mut self, bytes: &Bytes) -> Option<usize> {
        let (arrival, sent) = self.arrived(bytes)?;
        // What was passed on before and did not come found no room.
        self.arrivals.drain(..=arrival);
        Some(sent)
    }

    /// Forgets the datagrams that found nobody, and returns their numbers.
    pub fn give_up_refused(&mut self) -> Vec<usize> {
        let mut numbers = Vec::new();
        for place in std::mem::take(&mut self.refused) {
            let sent = self.sends.iter_mut().find(|sent| sent.place == place);
            if let Some(sent) = sent {
                numbers.push(sent.number);
                sent.copies[0] = sent.copies[0].saturating_sub(1);
                self.taken += sent.bytes.len;
            }
        }
        self.sends.retain(|sent| sent.copies[0] > 0);
        numbers
    }
}

impl Sent {
    /// Whether bytes that were received may be this part of it, as far as
    /// both are known; and what was received after them.
    fn agrees<'a>(
        &self,
        range: &Range<u64>,
        received: &'a [u8],
    ) -> (bool, &'a [u8]) {
        let place = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        let head = &self.bytes.head;
        let from = place(range.start).min(head.len());
        let known = &head[from..place(range.end).min(head.len())];
        let both = known.len().min(received.len());
        let length = place(range.end - range.start).min(received.len());
        (known[..both] == received[..both], &received[length..])
    }

    /// Whether these bytes may be a receive of it: they begin as it does.
    pub fn may_be(&self, bytes: &Bytes) -> bool {
        let shown = bytes.head.len().min(self.bytes.head.len());
        self.bytes.len >= bytes.len
            && (self.bytes.len == 0) == (bytes.len == 0)
            && self.bytes.head[..shown] == bytes.head[..shown]
    }
}

pub fn outbound(link: Link) -> Flow {
    Flow { udp: link.udp, from: link.local, to: link.peer }
}

pub fn inbound(link: Link) -> Flow {
    Flow { udp: link.udp, from: link.peer, to: link.local }
}
