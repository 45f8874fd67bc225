//! The last sentence: what the run showed, counted from its rows.

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
            (self.lost, "lost"),
            (self.doubled, "doubled"),
            (self.overtaken, "overtaken"),
        ];
        let fates: Vec<String> = fates
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, fate)| format!("{count} {fate}"))
            .collect();
        let mut sentence = format!(
            "{} → {}",
            several(self.sends, "send"),
            several(self.receives, "recv")
        );
        sentence += &match self {
            _ if unseen.is_some() => {
                let unseen = unseen.unwrap_or_default();
                format!(": the {unseen}'s own calls were not seen.")
            }
            Summary { sends: 0, .. } => ": nothing was sent.".to_owned(),
            Summary { receives: 0, .. } => ": nothing was received.".to_owned(),
            Summary { astray: 1.., .. } => {
                ": some bytes moved past the calls that are seen.".to_owned()
            }
            Summary { cut: 1.., .. } => {
                ": what did not fit into the buffer is lost.".to_owned()
            }
            Summary { datagrams: 1.., .. } if !fates.is_empty() => {
                ".".to_owned()
            }
            Summary { datagrams: 1.., .. } => {
                ": each datagram that was received came whole.".to_owned()
            }
            Summary { whole, receives, sends, .. }
                if whole == receives && sends == receives =>
            {
                ": this time each recv took one send; TCP promises no such \
                 thing."
                    .to_owned()
            }
            Summary { receives: 1, received, .. } if never_read == 0 => {
                format!(
                    " of {received} bytes: every byte arrived, no boundary \
                     did."
                )
            }
            Summary { cut_off: Some(_), .. } => ".".to_owned(),
            _ if never_read > 0 => ".".to_owned(),
            _ => ": every byte arrived in order, the boundaries did not."
                .to_owned(),
        };
        if self.longest > NOTABLE {
            let milliseconds = self.longest as f64 / 1e6;
            sentence +=
                &format!(" The longest recv took {milliseconds:.0} ms.");
        }
        if !fates.is_empty() {
            sentence += &format!(" On the way: {}.", fates.join(", "));
        }
        if let Some(after) = self.cut_off {
            let after = several(after, "byte");
            sentence += &format!(" The network cut it off after {after}.");
        }
        if self.refused > 0 {
            let refused = several(self.refused as u64, "datagram");
            sentence += &format!(" {refused} met nobody.");
        }
        if never_read > 0 {
            sentence +=
                &format!(" {} never read.", several(never_read, "byte"));
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
        let waited = "Waited for the server's first bytes:";
        if clients.len() > 4 {
            let served = waits.iter().flatten();
            let longest = served.clone().fold(0.0, |a: f64, b| a.max(*b));
            let (served, all) = (served.count(), clients.len());
            return format!(
                "{waited} {served} of {all} clients, {longest:.1} ms at most."
            );
        }
        let waits = clients.iter().zip(waits).map(|(name, wait)| match wait {
            Some(wait) => format!("{name} {wait:.1} ms"),
            None => format!("{name} in vain"),
        });
        let waits: Vec<String> = waits.collect();
        format!("{waited} {}.", waits.join(", "))
    }
}

fn several(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}
