//! The last sentence: what the run showed, computed from its rows.

use super::row::{Kind, Row};

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
    /// Receives from a program that does not tell what it sent.
    unattributed: u64,
}

/// Says what the run showed, given the bytes that nobody took.
pub fn sentence(rows: &[Row], never_read: u64) -> String {
    let count = count(rows);
    let mut sentence = format!(
        "{} → {}",
        several(count.sends, "send"),
        several(count.receives, "recv")
    );
    sentence += &match count {
        Count { sends: 0, .. } => ": nothing was sent.".to_owned(),
        Count { receives: 0, .. } => ": nothing was received.".to_owned(),
        Count {
            unattributed: 1.., ..
        } => ": as far as the side that tells its calls can see.".to_owned(),
        Count { cut: 1.., .. } => {
            ": what did not fit into the buffer is lost.".to_owned()
        }
        Count { datagrams: 1.., .. } => {
            ": each datagram that was received came whole.".to_owned()
        }
        Count {
            whole, receives, ..
        } if whole == receives => {
            ": this time each recv took one send; TCP promises no such thing."
                .to_owned()
        }
        Count {
            receives: 1,
            received,
            ..
        } if never_read == 0 => format!(
            " of {received} bytes: every byte arrived, no boundary did."
        ),
        _ if never_read > 0 => ".".to_owned(),
        _ => {
            ": every byte arrived in order, the boundaries did not.".to_owned()
        }
    };
    if count.refused > 0 {
        let refused = several(count.refused as u64, "datagram");
        sentence += &format!(" {refused} met nobody.");
    }
    if never_read > 0 {
        sentence += &format!(" {} never read.", several(never_read, "byte"));
    }
    sentence
}

fn count(rows: &[Row]) -> Count {
    let mut count = Count::default();
    for row in rows {
        match &row.kind {
            Kind::Sends { bytes, udp, .. } => {
                count.sends += bytes.calls.max(1);
                count.datagrams += u64::from(*udp);
            }
            Kind::Receives {
                bytes, parts, udp, ..
            } => {
                count.receives += bytes.calls.max(1);
                count.received += bytes.len;
                let whole = parts.len() == 1 && parts[0].is_whole();
                count.whole += u64::from(whole);
                count.unattributed +=
                    u64::from(bytes.len > 0 && parts.is_empty());
                count.cut += u64::from(*udp && !whole && !parts.is_empty());
            }
            Kind::SendFails { lost, .. } | Kind::ReceiveFails { lost, .. } => {
                count.refused += lost.len();
            }
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
