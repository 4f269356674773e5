//! Gasworks against revm on generated cases: the same validity, status, gas, output, logs and state.
//!
//! A case follows from a seed and a number, so that a failure is repeated by naming both. [`check`] runs one,
//! [`Statistics`] says what a run of many was worth.

use crate::generate::generate;
use crate::ours;
use crate::peer;
use crate::statistics::Statistics;
use crate::verdict;

/// Runs of a case on one machine of Gasworks: enough that code which a machine treats differently once it has run often is
/// treated so.
const TIMES: usize = 3;

/// Runs a case on both machines.
///
/// # Errors
/// The differences and the case, to be read by people.
pub fn check(seed: u64, number: u64, statistics: &mut Statistics) -> Result<(), String> {
    let case = generate(seed, number);
    let report = |what: &str| {
        format!(
            "seed {seed}, case {number}: {what}\n{case}\n\
             repeat with GASWORKS_SEED={seed} GASWORKS_FIRST={number} GASWORKS_CASES=1\n"
        )
    };
    let ours = match ours::run(&case, TIMES, &mut statistics.coverage) {
        Ok(ours) => ours,
        Err(difference) => {
            return Err(report(&format!(
                "gasworks differs from itself\n{difference}"
            )));
        }
    };
    let peer = peer::run(&case);
    statistics.count(&case, &ours);
    let differences = verdict::differences(&ours.verdict, &peer);
    if differences.is_empty() {
        return Ok(());
    }
    Err(report(&format!(
        "the machines differ (halt {:?})\n{differences}",
        ours.halt
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_follows_from_seed_and_number() {
        for number in 0..50 {
            let (one, same) = (generate(7, number), generate(7, number));
            assert_eq!(one.to_string(), same.to_string());
        }
        assert_ne!(generate(7, 0).to_string(), generate(7, 1).to_string());
        assert_ne!(generate(7, 0).to_string(), generate(8, 0).to_string());
    }
}
