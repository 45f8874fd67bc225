//! The last sentence: what the run showed, counted from its rows.

use programs::lang::{tr, tr_with};
use std::collections::HashMap;

use super::event::Lane;
use super::row::{NetworkRow, Row, RowKind};
use crate::network::event::Fate;

/// A receive that takes longer is worth a word: 35 ms. A delayed
/// acknowledgement takes 40 on Linux.
const NOTABLE: u64 = 35_000_000;

/// What was counted in a run, row by row.
#[derive(Default)]
pub struct Summary {
    sends: u64,
    datagrams: u64,
    receives: u64,
    received: u64,
    whole: u64,
    cut: u64,
    /// Receives from a stream whose sends nobody can tell.
    astray: u64,
    refused: usize,
    /// Nanoseconds that the longest receive from a stream took.
    longest: u64,
    /// What the network did to datagrams, and where it cut a stream.
    lost: u64,
    doubled: u64,
    overtaken: u64,
    cut_off: Option<u64>,
    /// The latest datagram that each program received.
    latest: HashMap<Lane, usize>,
    /// When each program connected, and got its first bytes.
    connected: HashMap<Lane, u64>,
    greeted: HashMap<Lane, u64>,
}

impl Summary {
    /// Counts one row.
    pub fn count(&mut self, row: &Row) {
        match &row.kind {
            RowKind::Waits(words) if words.starts_with("connect") => {
                self.connected.entry(row.lane).or_insert(row.at);
            }
            RowKind::Connects { error: None, .. } => {
                self.connected.entry(row.lane).or_insert(row.at);
            }
            RowKind::Sends { bytes, udp, fate, .. } => {
                if *udp {
                    // Nobody connects by UDP: a client comes when it asks.
                    self.connected.entry(row.lane).or_insert(row.at);
                }
                self.lost += u64::from(*fate == Some(Fate::Lost));
                let doubled =
                    matches!(fate, Some(Fate::Passes { copies: 2.., .. }));
                self.doubled += u64::from(doubled);
                self.sends += bytes.calls.max(1);
                self.datagrams += u64::from(*udp);
            }
            RowKind::Receives { bytes, slices, udp, again, .. } => {
                self.greeted.entry(row.lane).or_insert(row.at);
                if let ([slice], true, false) = (&slices[..], *udp, *again) {
                    let latest = self.latest.entry(row.lane).or_default();
                    self.overtaken += u64::from(slice.send < *latest);
                    *latest = slice.send.max(*latest);
                }
                let astray = !udp && slices.is_empty() && row.peer.is_some();
                self.astray += u64::from(astray);
                self.receives += bytes.calls.max(1);
                self.received += bytes.len;
                let whole = slices.len() == 1 && slices[0].is_whole();
                self.whole += u64::from(whole);
                if !udp && bytes.calls < 2 {
                    self.longest = self.longest.max(bytes.took);
                }
                self.cut += u64::from(*udp && !whole && !slices.is_empty());
            }
            RowKind::SendFails { lost, .. }
            | RowKind::ReceiveFails { lost, .. } => {
                self.refused += lost.len();
            }
            RowKind::Network(network) => match network {
                NetworkRow::Cuts { after } => self.cut_off = Some(*after),
                NetworkRow::Loses { .. } => self.lost += 1,
                NetworkRow::MeetsNobody { sends } => {
                    self.refused += sends.len();
                }
            },
            _ => {}
        }
    }

    /// Says what the run showed, given the lanes' names, the program whose
    /// calls are not seen, if there is one, and the bytes that nobody took.
    pub fn sentence(
        &self,
        lanes: &[String],
        unseen: Option<&str>,
        never_read: u64,
    ) -> String {
        if lanes.len() > 2 {
            return self.waiting(lanes);
        }
        let fates = [
            (self.lost, "{count} lost"),
            (self.doubled, "{count} doubled"),
            (self.overtaken, "{count} overtaken"),
        ];
        let fates: Vec<String> = fates
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, fate)| tr_with(fate, &[("count", count)]))
            .collect();
        let mut sentence = format!(
            "{} → {}",
            several(self.sends, ["1 send", "{count} sends"]),
            several(self.receives, ["1 recv", "{count} recvs"])
        );
        sentence += &match self {
            _ if unseen.is_some() => {
                let unseen = unseen.unwrap_or_default();
                tr_with(
                    ": the {unseen}'s own calls were not seen.",
                    &[("unseen", &unseen)],
                )
            }
            Summary { sends: 0, receives: 0, .. } => {
                tr(": nothing was sent.").to_owned()
            }
            Summary { sends: 0, .. } => {
                tr(": who sent it was not seen.").to_owned()
            }
            Summary { receives: 0, .. } => {
                tr(": nothing was received.").to_owned()
            }
            Summary { astray: 1.., .. } => {
                tr(": some bytes moved past the calls that are seen.").into()
            }
            Summary { cut: 1.., .. } => {
                tr(": what did not fit into the buffer is lost.").to_owned()
            }
            Summary { datagrams: 1.., .. } if !fates.is_empty() => {
                tr(".").to_owned()
            }
            Summary { datagrams: 1.., .. } => {
                tr(": each datagram that was received came whole.").to_owned()
            }
            Summary { whole, receives, sends, .. }
                if whole == receives && sends == receives =>
            {
                tr(": this time each recv took one send; TCP promises no such \
                    thing.")
                .to_owned()
            }
            Summary { receives: 1, received, .. } if never_read == 0 => {
                tr_with(
                    " of {received} bytes: every byte arrived, no boundary \
                     did.",
                    &[("received", received)],
                )
            }
            Summary { cut_off: Some(_), .. } => tr(".").to_owned(),
            _ if never_read > 0 => tr(".").to_owned(),
            _ => tr(": every byte arrived in order, the boundaries did not.")
                .to_owned(),
        };
        if self.longest > NOTABLE {
            let time = format!("{:.0} ms", self.longest as f64 / 1e6);
            let words = " The longest recv took {time}.";
            sentence += &tr_with(words, &[("time", &time)]);
        }
        if !fates.is_empty() {
            let fates = fates.join(tr(", "));
            sentence += &tr_with(" On the way: {fates}.", &[("fates", &fates)]);
        }
        if let Some(after) = self.cut_off {
            let after = several(after, BYTES);
            let words = " The network cut it off after {after}.";
            sentence += &tr_with(words, &[("after", &after)]);
        }
        if self.refused > 0 {
            let datagrams = ["1 datagram", "{count} datagrams"];
            let refused = several(self.refused as u64, datagrams);
            let words = " {refused} met nobody.";
            sentence += &tr_with(words, &[("refused", &refused)]);
        }
        if never_read > 0 {
            let bytes = several(never_read, BYTES);
            sentence += &tr_with(" {bytes} never read.", &[("bytes", &bytes)]);
        }
        sentence
    }

    /// Of several clients: how long each waited for its first bytes; of many,
    /// how long at most.
    fn waiting(&self, lanes: &[String]) -> String {
        let clients = &lanes[..lanes.len() - 1];
        let waits: Vec<Option<f64>> = (0..clients.len())
            .map(|lane| {
                let from = *self.connected.get(&lane)?;
                let to = *self.greeted.get(&lane)?;
                Some(to.saturating_sub(from) as f64 / 1e6)
            })
            .collect();
        if clients.len() > 4 {
            let served = waits.iter().flatten();
            let longest = served.clone().fold(0.0, |a: f64, b| a.max(*b));
            let (served, all) = (served.count(), clients.len());
            return tr_with(
                "Waited for the server's first bytes: {served} of {all} \
                 clients, {longest} ms at most.",
                &[
                    ("served", &served),
                    ("all", &all),
                    ("longest", &format_args!("{longest:.1}")),
                ],
            );
        }
        let waits = clients.iter().zip(waits).map(|(name, wait)| match wait {
            Some(wait) => tr_with(
                "{name} {wait} ms",
                &[("name", name), ("wait", &format_args!("{wait:.1}"))],
            ),
            None => tr_with("{name} in vain", &[("name", name)]),
        });
        let waits: Vec<String> = waits.collect();
        tr_with(
            "Waited for the server's first bytes: {waits}.",
            &[("waits", &waits.join(tr(", ")))],
        )
    }
}

const BYTES: [&str; 2] = ["1 byte", "{count} bytes"];

/// A number of things, by the words for one and for several.
fn several(count: u64, [one, more]: [&str; 2]) -> String {
    match count {
        1 => tr(one).to_owned(),
        count => tr_with(more, &[("count", &count)]),
    }
}
