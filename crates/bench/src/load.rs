//! Clients that ask for a while, as fast as they are answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use hdrhistogram::Histogram;

/// What the clients of one turn counted.
pub struct Counted {
    pub per_second: f64,
    /// How long an answer took, in nanoseconds.
    pub waits: Histogram<u64>,
    /// How many got no answer, or not in time.
    pub failed: u64,
}

impl Counted {
    /// The 50th and the 99th percentile of the waits, in milliseconds.
    pub fn percentiles(&self) -> [f64; 2] {
        [0.5, 0.99].map(|q| self.waits.value_at_quantile(q) as f64 / 1e6)
    }
}

/// Lets this many clients, each in a thread of its own, ask again and again
/// for so long. `client` makes one, which asks once when it is called.
///
/// # Errors
///
/// When a client fails.
pub fn ask<C>(
    clients: usize,
    duration: Duration,
    client: impl Fn() -> Result<C> + Sync,
) -> Result<Counted>
where
    C: FnMut() -> Result<()>,
{
    let over = AtomicBool::new(false);
    let began = Instant::now();
    let one = || -> Result<Histogram<u64>> {
        let mut waits = Histogram::new(3)?;
        let mut ask = client()?;
        while !over.load(Ordering::Relaxed) {
            let began = Instant::now();
            ask()?;
            let took = u64::try_from(began.elapsed().as_nanos())?;
            waits.record(took)?;
        }
        Ok(waits)
    };
    let all: Vec<Result<Histogram<u64>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(one)).collect();
        thread::sleep(duration);
        over.store(true, Ordering::Relaxed);
        let results = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err(anyhow!("a client panicked")))
        });
        results.collect()
    });
    let took = began.elapsed().as_secs_f64();
    let mut waits = Histogram::new(3)?;
    for one in all {
        waits.add(one?)?;
    }
    Ok(Counted { per_second: waits.len() as f64 / took, waits, failed: 0 })
}
