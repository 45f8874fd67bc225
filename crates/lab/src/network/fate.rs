//! What becomes of a datagram: drawn by lot, and yet the same each time.

use super::event::{Direction, Fate};

/// How often each thing happens, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds {
    pub loss: f64,
    pub duplicate: f64,
    pub reorder: f64,
}

/// The fate of a datagram: of its seed, its direction and its number there,
/// from 0, and of nothing else. So a whole class sees the same.
pub fn fate(seed: u64, direction: Direction, number: u64, odds: Odds) -> Fate {
    let direction = match direction {
        Direction::Server => 0,
        Direction::Client => 1,
    };
    let own = mix(mix(mix(seed) ^ direction) ^ number);
    // A lot for each question: a higher loss loses more datagrams, and
    // changes nothing for those that still come.
    let happens = |question, chance| lot(mix(own ^ question)) < chance;
    if happens(1, odds.loss) {
        return Fate::Lost;
    }
    let copies = if happens(2, odds.duplicate) { 2 } else { 1 };
    Fate::Passes { copies, late: happens(3, odds.reorder) }
}

/// Stirs the bits, as Vigna's splitmix64 does.
fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A number from 0 to 1, without 1: 53 bits, as many as an f64 holds.
fn lot(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Odds = Odds { loss: 0.3, duplicate: 0.2, reorder: 0.2 };

    fn fates(seed: u64, direction: Direction, odds: Odds) -> Vec<Fate> {
        (0..10_000).map(|n| fate(seed, direction, n, odds)).collect()
    }

    /// How many of a hundred.
    fn percent(fates: &[Fate], is: fn(&Fate) -> bool) -> usize {
        fates.iter().filter(|fate| is(fate)).count() * 100 / fates.len()
    }

    #[test]
    fn the_stirring_is_splitmix64() {
        // The first of the sequence that starts at 0, by the published code.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn a_fate_is_the_same_each_time() {
        let twice = [(); 2].map(|()| fates(7, Direction::Server, ALL));
        assert_eq!(twice[0], twice[1]);
    }

    #[test]
    fn seed_and_direction_make_a_difference() {
        let first = fates(7, Direction::Server, ALL);
        assert_ne!(first, fates(8, Direction::Server, ALL));
        assert_ne!(first, fates(7, Direction::Client, ALL));
    }

    #[test]
    fn each_thing_happens_as_often_as_it_should() {
        let fates = fates(1, Direction::Server, ALL);
        let lost = percent(&fates, |fate| *fate == Fate::Lost);
        assert!((28..=32).contains(&lost), "{lost}");
        // A fifth of the 70 % that are left.
        let doubled = percent(&fates, |fate| {
            matches!(fate, Fate::Passes { copies: 2, .. })
        });
        assert!((12..=16).contains(&doubled), "{doubled}");
        let late = percent(&fates, |fate| {
            matches!(fate, Fate::Passes { late: true, .. })
        });
        assert!((12..=16).contains(&late), "{late}");
    }

    #[test]
    fn without_faults_all_pass_and_with_all_loss_none() {
        let none = fates(1, Direction::Server, Odds::default());
        let plain = Fate::Passes { copies: 1, late: false };
        assert!(none.iter().all(|fate| *fate == plain));
        let all = Odds { loss: 1.0, ..Odds::default() };
        let all = fates(1, Direction::Server, all);
        assert!(all.iter().all(|fate| *fate == Fate::Lost));
    }

    #[test]
    fn what_is_lost_at_low_odds_is_lost_at_higher_ones() {
        let odds = |loss| Odds { loss, ..ALL };
        let few = fates(3, Direction::Client, odds(0.1));
        let many = fates(3, Direction::Client, odds(0.6));
        for (few, many) in few.iter().zip(&many) {
            assert!(*many == Fate::Lost || few == many, "{few:?} {many:?}");
        }
    }
}
