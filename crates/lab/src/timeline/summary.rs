//! The last sentence: what the run showed, computed from its rows.

use std::collections::HashMap;

use super::event::Lane;
use super::network_event::Fate;
use super::row::{NetworkRow, Row, RowKind};

/// A receive that takes longer is worth a word: 35 ms. A delayed
/// acknowledgement takes 40 on Linux.
const NOTABLE: u64 = 35_000_000;

/// What was counted in a run.
#[derive(Default)]
struct Count {
    sends: u64,
    datagrams: u64,
    receives: u64,
    received: u64,
    whole: u64,
    cut: u64,
    refused: usize,
    /// Nanoseconds that the longest receive from a stream took.
    longest: u64,
    /// What the network did to datagrams, and where it cut a stream.
    lost: u64,
    doubled: u64,
    overtaken: u64,
    cut_off: Option<u64>,
}

/// Says what the run showed, given the lanes' names, whether all programs report
/// their calls, and the bytes that nobody took.
pub fn sentence(
    rows: &[Row],
    lanes: &[String],
    all_tell: bool,
    never_read: u64,
) -> String {
    if lanes.len() > 2 {
        return waiting(rows, lanes);
    }
    let count = count(rows);
    let Count { lost, doubled, overtaken, .. } = count;
    let fates =
        [(lost, "lost"), (doubled, "doubled"), (overtaken, "overtaken")];
    let fates: Vec<String> = fates
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, fate)| format!("{count} {fate}"))
        .collect();
    let mut sentence = format!(
        "{} → {}",
        several(count.sends, "send"),
        several(count.receives, "recv")
    );
    sentence += &match count {
        _ if !all_tell => {
            ": as far as the side that tells its calls can see.".to_owned()
        }
        Count { sends: 0, .. } => ": nothing was sent.".to_owned(),
        Count { receives: 0, .. } => ": nothing was received.".to_owned(),
        Count { cut: 1.., .. } => {
            ": what did not fit into the buffer is lost.".to_owned()
        }
        Count { datagrams: 1.., .. } if !fates.is_empty() => ".".to_owned(),
        Count { datagrams: 1.., .. } => {
            ": each datagram that was received came whole.".to_owned()
        }
        Count { whole, receives, sends, .. }
            if whole == receives && sends == receives =>
        {
            ": this time each recv took one send; TCP promises no such thing."
                .to_owned()
        }
        Count { receives: 1, received, .. } if never_read == 0 => format!(
            " of {received} bytes: every byte arrived, no boundary did."
        ),
        Count { cut_off: Some(_), .. } => ".".to_owned(),
        _ if never_read > 0 => ".".to_owned(),
        _ => {
            ": every byte arrived in order, the boundaries did not.".to_owned()
        }
    };
    if count.longest > NOTABLE {
        let milliseconds = count.longest as f64 / 1e6;
        sentence += &format!(" The longest recv took {milliseconds:.0} ms.");
    }
    if !fates.is_empty() {
        sentence += &format!(" On the way: {}.", fates.join(", "));
    }
    if let Some(after) = count.cut_off {
        let after = several(after, "byte");
        sentence += &format!(" The network cut it off after {after}.");
    }
    if count.refused > 0 {
        let refused = several(count.refused as u64, "datagram");
        sentence += &format!(" {refused} met nobody.");
    }
    if never_read > 0 {
        sentence += &format!(" {} never read.", several(never_read, "byte"));
    }
    sentence
}

/// Of several clients: how long each waited for its first bytes.
fn waiting(rows: &[Row], lanes: &[String]) -> String {
    let clients = &lanes[..lanes.len() - 1];
    let waits = clients.iter().enumerate().map(|(lane, name)| {
        let mine = || rows.iter().filter(|row| row.lane == lane);
        let connected =
            mine().find(|row| matches!(row.kind, RowKind::Connects { .. }));
        let greeted =
            mine().find(|row| matches!(row.kind, RowKind::Receives { .. }));
        match (connected, greeted) {
            (Some(from), Some(to)) => {
                let nanos = to.at.saturating_sub(from.at);
                format!("{name} {:.1} ms", nanos as f64 / 1e6)
            }
            _ => format!("{name} in vain"),
        }
    });
    let waits: Vec<String> = waits.collect();
    format!("Waited for the server's first bytes: {}.", waits.join(", "))
}

fn count(rows: &[Row]) -> Count {
    let mut count = Count::default();
    // The latest datagram that each program received.
    let mut latest: HashMap<Lane, usize> = HashMap::new();
    for row in rows {
        match &row.kind {
            RowKind::Sends { bytes, udp, fate, .. } => {
                count.lost += u64::from(*fate == Some(Fate::Lost));
                let doubled =
                    matches!(fate, Some(Fate::Passes { copies: 2.., .. }));
                count.doubled += u64::from(doubled);
                count.sends += bytes.calls.max(1);
                count.datagrams += u64::from(*udp);
            }
            RowKind::Receives { bytes, slices, udp, again, .. } => {
                if let ([slice], true, false) = (&slices[..], *udp, *again) {
                    let latest = latest.entry(row.lane).or_default();
                    count.overtaken += u64::from(slice.send < *latest);
                    *latest = slice.send.max(*latest);
                }
                count.receives += bytes.calls.max(1);
                count.received += bytes.len;
                let whole = slices.len() == 1 && slices[0].is_whole();
                count.whole += u64::from(whole);
                if !udp && bytes.calls < 2 {
                    count.longest = count.longest.max(bytes.took);
                }
                count.cut += u64::from(*udp && !whole && !slices.is_empty());
            }
            RowKind::SendFails { lost, .. }
            | RowKind::ReceiveFails { lost, .. } => {
                count.refused += lost.len();
            }
            RowKind::Network(network) => match network {
                NetworkRow::Cuts { after } => count.cut_off = Some(*after),
                NetworkRow::Loses { .. } => count.lost += 1,
                NetworkRow::MeetsNobody { sends } => {
                    count.refused += sends.len()
                }
            },
            _ => {}
        }
    }
    count
}

fn several(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}
