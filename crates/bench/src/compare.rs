//! Several programs do the same work, in turns, so that a machine that is
//! slow for a while is slow for all of them.

use anyhow::{Context, Result};
use statrs::statistics::{Data, Max, Median, Min};

/// What one turn of a contender gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// In the comparison's unit.
    pub value: f64,
    /// Processor seconds of the program under test, if they were measured.
    pub cpu: Option<f64>,
    /// Its resident memory, in bytes.
    pub memory: Option<u64>,
    /// The 50th and the 99th percentile of the waits, in milliseconds.
    pub waits: Option<[f64; 2]>,
    /// How many clients were not served.
    pub failed: u64,
}

/// One program, or one way to start it.
pub struct Contender<'a> {
    pub name: String,
    /// Does the work once.
    pub turn: Box<dyn FnMut() -> Result<Sample> + 'a>,
}

/// Programs that do the same work.
pub struct Comparison<'a> {
    pub title: String,
    pub unit: &'static str,
    pub contenders: Vec<Contender<'a>>,
    /// What should be reached.
    pub targets: Vec<Target>,
}

/// That one contender's figure, divided by another's, is within a bound.
pub struct Target {
    pub of: &'static str,
    pub to: Divisor,
    pub figure: Figure,
    pub bound: Bound,
}

/// What a figure is divided by.
#[derive(Clone, Copy)]
pub enum Divisor {
    /// A contender's figure in the same turn.
    Contender(&'static str),
    /// A fixed value, in the figure's unit.
    Value(f64),
}

/// Which figure of a sample.
#[derive(Clone, Copy)]
pub enum Figure {
    Value,
    /// The 99th percentile of the waits.
    Slowest,
    Memory,
}

/// How a ratio should be.
#[derive(Clone, Copy)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// A comparison's figures.
pub struct Outcome {
    pub title: String,
    pub unit: &'static str,
    /// How often each did its work.
    pub turns: usize,
    pub rows: Vec<Row>,
    pub verdicts: Vec<Verdict>,
}

/// One contender's figures: medians over the turns.
pub struct Row {
    pub name: String,
    pub value: f64,
    /// The least and the most of the turns.
    pub spread: [f64; 2],
    /// The median of its values divided by the first contender's in the same
    /// turn.
    pub ratio: f64,
    pub cpu: Option<f64>,
    pub memory: Option<f64>,
    pub waits: Option<[f64; 2]>,
    /// How many clients were not served, in all turns.
    pub failed: u64,
    /// What only this comparison's table has: a column's name, and its cell.
    pub more: Vec<(&'static str, String)>,
}

/// Whether a target is met.
pub struct Verdict {
    pub words: String,
    pub ratio: f64,
    pub is_met: bool,
}

impl Comparison<'_> {
    /// Lets every contender do its work this many times, in turns.
    ///
    /// # Errors
    ///
    /// When a contender fails.
    pub fn run(mut self, turns: usize) -> Result<Outcome> {
        let mut samples: Vec<Vec<Sample>> =
            self.contenders.iter().map(|_| Vec::new()).collect();
        for turn in 0..turns {
            eprint!("\r{} · turn {} of {turns}  ", self.title, turn + 1);
            // Another begins each turn: it may matter who comes after whom.
            for step in 0..samples.len() {
                let place = (turn + step) % samples.len();
                let contender = &mut self.contenders[place];
                let name = &contender.name;
                let sample = (contender.turn)();
                // An error has a line of its own.
                let sample = sample.inspect_err(|_| eprintln!());
                samples[place].push(
                    sample
                        .with_context(|| format!("{}: {name}", self.title))?,
                );
            }
        }
        // The line is cleared for the table.
        eprint!("\r{:79}\r", "");
        let first = samples.first().cloned().unwrap_or_default();
        let rows = self.contenders.iter().zip(&samples);
        let rows = rows.map(|(contender, samples)| {
            row(contender.name.clone(), samples, &first)
        });
        let rows = rows.collect();
        let names: Vec<&str> =
            self.contenders.iter().map(|c| c.name.as_str()).collect();
        let verdicts = self.targets.iter();
        let verdicts =
            verdicts.filter_map(|target| target.verdict(&names, &samples));
        let verdicts = verdicts.collect();
        let Comparison { title, unit, .. } = self;
        Ok(Outcome { title, unit, turns, rows, verdicts })
    }
}

fn row(name: String, samples: &[Sample], first: &[Sample]) -> Row {
    let values = || samples.iter().map(|sample| sample.value);
    let ratios = values().zip(first).map(|(value, first)| value / first.value);
    let all = |figure: &dyn Fn(&Sample) -> Option<f64>| {
        let all: Option<Vec<f64>> = samples.iter().map(figure).collect();
        all.map(median)
    };
    let slow = all(&|sample| sample.waits.map(|waits| waits[1]));
    let usual = all(&|sample| sample.waits.map(|waits| waits[0]));
    let data = Data::new(values().collect::<Vec<f64>>());
    Row {
        name,
        value: median(values().collect()),
        spread: [data.min(), data.max()],
        ratio: median(ratios.collect()),
        cpu: all(&|sample| sample.cpu),
        memory: all(&|sample| sample.memory.map(|bytes| bytes as f64)),
        waits: usual.zip(slow).map(|(usual, slow)| [usual, slow]),
        failed: samples.iter().map(|sample| sample.failed).sum(),
        more: Vec::new(),
    }
}

impl Target {
    /// That one's value is at least so much of another's.
    pub fn at_least(
        of: &'static str,
        other: &'static str,
        bound: f64,
    ) -> Target {
        let (to, figure) = (Divisor::Contender(other), Figure::Value);
        Target { of, to, figure, bound: Bound::AtLeast(bound) }
    }

    /// None where one of the two did not take part.
    fn verdict(
        &self,
        names: &[&str],
        samples: &[Vec<Sample>],
    ) -> Option<Verdict> {
        let samples = |name: &str| {
            let place = names.iter().position(|other| *other == name)?;
            Some(&samples[place])
        };
        let of = |name: &str| -> Option<Vec<f64>> {
            samples(name)?.iter().map(|s| self.figure.of(s)).collect()
        };
        let figures = of(self.of)?;
        let (by, ratio) = match self.to {
            Divisor::Contender(other) => {
                let others = of(other)?;
                let ratios = figures.iter().zip(others).map(|(a, b)| a / b);
                (format!(" ÷ {other}"), median(ratios.collect()))
            }
            Divisor::Value(value) => {
                let by = match self.figure {
                    Figure::Memory => format!(" ÷ {} MB", value / 1e6),
                    Figure::Value | Figure::Slowest => format!(" ÷ {value}"),
                };
                (by, median(figures) / value)
            }
        };
        let figure = match self.figure {
            Figure::Value => "",
            Figure::Slowest => ", 99 %",
            Figure::Memory => ", memory",
        };
        let what = format!("{}{by}{figure}", self.of);
        let mut verdict = Verdict::new(&what, ratio, self.bound);
        // Who turns clients away is fast for the others.
        let failed: u64 = samples(self.of)?.iter().map(|s| s.failed).sum();
        if failed > 0 {
            verdict.is_met = false;
            verdict.words += &format!(", but {failed} not served");
        }
        Some(verdict)
    }
}

impl Verdict {
    /// Whether a figure is within a bound.
    pub fn new(what: &str, ratio: f64, bound: Bound) -> Verdict {
        let (is_met, bound) = match bound {
            Bound::AtLeast(bound) => (ratio >= bound, format!("≥ {bound}")),
            Bound::AtMost(bound) => (ratio <= bound, format!("≤ {bound}")),
        };
        Verdict { words: format!("{what} {bound}"), ratio, is_met }
    }
}

impl Figure {
    fn of(self, sample: &Sample) -> Option<f64> {
        match self {
            Figure::Value => Some(sample.value),
            Figure::Slowest => sample.waits.map(|waits| waits[1]),
            Figure::Memory => sample.memory.map(|bytes| bytes as f64),
        }
    }
}

fn median(values: Vec<f64>) -> f64 {
    Data::new(values).median()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contender(name: &str, values: [f64; 3]) -> Contender<'static> {
        let mut values = values.into_iter();
        let turn = move || {
            let value = values.next().context("more than three turns")?;
            Ok(Sample { value, ..Sample::default() })
        };
        Contender { name: name.into(), turn: Box::new(turn) }
    }

    #[test]
    fn ratios_are_of_values_in_the_same_turn() {
        let target = |bound| Target {
            of: "b",
            to: Divisor::Contender("a"),
            figure: Figure::Value,
            bound,
        };
        let comparison = Comparison {
            title: "one".into(),
            unit: "MiB/s",
            contenders: vec![
                contender("a", [10.0, 1.0, 100.0]),
                contender("b", [5.0, 0.5, 80.0]),
            ],
            targets: vec![
                target(Bound::AtLeast(0.5)),
                target(Bound::AtMost(0.49)),
            ],
        };
        let outcome = comparison.run(3).unwrap();
        let row = &outcome.rows[1];
        assert_eq!((row.value, row.spread, row.ratio), (5.0, [0.5, 80.0], 0.5));
        let met = outcome.verdicts.iter().map(|verdict| verdict.is_met);
        assert_eq!(met.collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn who_does_not_serve_all_meets_no_target() {
        let turn = || {
            let failed = 2;
            Ok(Sample { value: 9.0, failed, ..Sample::default() })
        };
        let contender = Contender { name: "a".into(), turn: Box::new(turn) };
        let target = Target {
            of: "a",
            to: Divisor::Value(1.0),
            figure: Figure::Value,
            bound: Bound::AtLeast(0.5),
        };
        let comparison = Comparison {
            title: "one".into(),
            unit: "/s",
            contenders: vec![contender],
            targets: vec![target],
        };
        let verdicts = comparison.run(3).unwrap().verdicts;
        assert!(!verdicts[0].is_met);
        assert_eq!(verdicts[0].words, "a ÷ 1 ≥ 0.5, but 6 not served");
    }

    #[test]
    fn a_target_whose_peer_is_missing_has_no_verdict() {
        let target = Target {
            of: "a",
            to: Divisor::Contender("iperf3"),
            figure: Figure::Value,
            bound: Bound::AtLeast(0.5),
        };
        let comparison = Comparison {
            title: "one".into(),
            unit: "MiB/s",
            contenders: vec![contender("a", [1.0; 3])],
            targets: vec![target],
        };
        assert!(comparison.run(3).unwrap().verdicts.is_empty());
    }
}
