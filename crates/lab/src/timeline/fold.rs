//! A long run, folded: its beginning and its end are drawn, and what was in
//! between is counted.

use programs::lang::{tr, tr_with};
use std::collections::VecDeque;

use super::event::Lane;
use super::row::{Row, RowKind};

/// How many rows of the beginning and of the end are drawn.
const FIRST: usize = 42;
const LAST: usize = 12;

/// Passes rows on, until there are too many.
pub struct Fold {
    first: usize,
    last: VecDeque<Row>,
    /// What is not drawn: rows, and by program the sends with their bytes,
    /// and the recvs with theirs.
    skipped: u64,
    moved: Vec<[u64; 4]>,
}

impl Fold {
    /// For this many programs; with `all`, nothing is folded.
    pub fn new(lanes: usize, all: bool) -> Fold {
        Fold {
            first: if all { usize::MAX } else { FIRST },
            last: VecDeque::new(),
            skipped: 0,
            moved: vec![[0; 4]; lanes],
        }
    }

    /// Takes a row; gives it back if it is to be drawn now.
    pub fn take(&mut self, row: Row) -> Option<Row> {
        if self.first > 0 {
            self.first -= 1;
            return Some(row);
        }
        self.last.push_back(row);
        if self.last.len() > LAST
            && let Some(row) = self.last.pop_front()
        {
            self.skip(&row);
        }
        None
    }

    /// What is to be drawn once the run is over: what was not drawn, in
    /// words, and the last rows. `names` are the programs'.
    pub fn finish(&mut self, names: &[String]) -> Vec<Row> {
        let mut rows = Vec::new();
        let next = self.last.front().map_or((0, 0), |row| (row.at, row.lane));
        if self.skipped > 0 {
            rows.push(Row {
                at: next.0,
                lane: next.1,
                peer: None,
                client: None,
                kind: RowKind::Skips(self.words(names)),
            });
        }
        rows.extend(self.last.drain(..));
        rows
    }

    fn skip(&mut self, row: &Row) {
        self.skipped += 1;
        let Some(moved) = self.moved.get_mut(row.lane) else { return };
        let (place, bytes) = match &row.kind {
            RowKind::Sends { bytes, .. } => (0, bytes),
            RowKind::Receives { bytes, .. } => (2, bytes),
            _ => return,
        };
        moved[place] += bytes.calls.max(1);
        moved[place + 1] = moved[place + 1].saturating_add(bytes.len);
    }

    fn words(&self, names: &[String]) -> String {
        // Of many clients, all together.
        let last: Lane = names.len().saturating_sub(1);
        let mut clients = [0; 4];
        for moved in self.moved.iter().take(last) {
            for (sum, one) in clients.iter_mut().zip(moved) {
                *sum += one;
            }
        }
        let client = if last > 1 { tr("clients") } else { tr("client") };
        let server = self.moved.last().copied().unwrap_or_default();
        let parts = [(client, clients), (tr("server"), server)];
        let parts = parts.iter().map(|(name, [sends, sent, recvs, got])| {
            tr_with(
                "{name} {sends} sends ({sent} B), {recvs} recvs ({got} B)",
                &[
                    ("name", name),
                    ("sends", sends),
                    ("sent", sent),
                    ("recvs", recvs),
                    ("got", got),
                ],
            )
        });
        let parts: Vec<String> = parts.collect();
        let parts = parts.join(tr("; "));
        let rows = self.skipped;
        tr_with(
            "… {rows} more rows (--all-rows): {parts}",
            &[("rows", &rows), ("parts", &parts)],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::Bytes;
    use super::*;

    fn rows(count: usize, all: bool) -> (usize, Vec<Row>) {
        let names = ["client".to_owned(), "server".to_owned()];
        let mut fold = Fold::new(2, all);
        let mut drawn = 0;
        for number in 0..count {
            let bytes = Bytes { len: 2, calls: 1, ..Bytes::default() };
            let (on_way, udp, fate) = (None, false, None);
            let kind = RowKind::Sends {
                number,
                bytes,
                on_way,
                udp,
                fate,
                arrived: false,
                frames: Vec::new(),
            };
            let row = Row { at: 0, lane: 0, peer: None, client: None, kind };
            drawn += usize::from(fold.take(row).is_some());
        }
        (drawn, fold.finish(&names))
    }

    #[test]
    fn a_short_run_is_drawn_whole() {
        let (drawn, rest) = rows(54, false);
        assert_eq!(drawn + rest.len(), 54);
        assert!(matches!(rest[0].kind, RowKind::Sends { .. }));
    }

    #[test]
    fn of_a_long_run_the_middle_is_counted() {
        let (drawn, rest) = rows(1000, false);
        assert_eq!((drawn, rest.len()), (42, 13));
        let RowKind::Skips(words) = &rest[0].kind else { panic!() };
        assert!(words.contains("946 more rows"), "{words}");
        assert!(words.contains("client 946 sends (1892 B)"), "{words}");
    }

    #[test]
    fn every_row_is_drawn_where_that_is_asked() {
        assert_eq!(rows(1000, true).0, 1000);
    }
}
