//! How fast a message runs: the median over many runs, each from the same state.

#![allow(clippy::disallowed_methods, reason = "this measures time")]

use std::time::{Duration, Instant};

use gasworks::{Evm, MemoryDatabase, Message};
use serde::Serialize;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Benchmark {
    /// How many times it ran.
    pub runs: u64,
    /// The median time of a run.
    pub median_nanoseconds: u64,
    /// Gas that such a run uses in a second.
    pub gas_per_second: u64,
}

/// How long to measure, unless a few runs take longer.
const BUDGET: Duration = Duration::from_secs(1);
/// A sample is so many runs that the clock's own steps do not matter.
const SAMPLE: Duration = Duration::from_micros(100);
const MIN_SAMPLES: usize = 5;

/// Repeats a message, which has run before so that caches are warm.
pub fn measure(evm: &mut Evm<MemoryDatabase>, message: &Message) -> Result<Benchmark, String> {
    let (once, gas) = time(evm, message, 1)?;
    let per_sample = SAMPLE.as_nanos() / once.as_nanos().max(1) + 1;
    let per_sample = u64::try_from(per_sample).unwrap_or(u64::MAX);
    let started = Instant::now();
    let mut samples = Vec::new();
    while samples.len() < MIN_SAMPLES || started.elapsed() < BUDGET {
        samples.push(time(evm, message, per_sample)?.0);
    }
    samples.sort_unstable();
    let median = samples[samples.len() / 2].as_nanos().max(1);
    let runs = u128::from(per_sample);
    Ok(Benchmark {
        runs: per_sample * samples.len() as u64,
        median_nanoseconds: saturated(median / runs),
        gas_per_second: saturated(u128::from(gas) * runs * 1_000_000_000 / median),
    })
}

/// The time of some runs, and the gas of one.
fn time(
    evm: &mut Evm<MemoryDatabase>,
    message: &Message,
    runs: u64,
) -> Result<(Duration, u64), String> {
    let mut gas = 0;
    let started = Instant::now();
    for _ in 0..runs {
        let executed = evm.call(message).map_err(|error| error.to_string())?;
        gas = executed.discard().gas_used;
    }
    Ok((started.elapsed(), gas))
}

fn saturated(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
