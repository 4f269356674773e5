//! What must hold of a case: Gasworks agrees with itself on all of its cores, with the specification, and with whatever
//! other machine is built in.
//!
//! A case follows from a seed and a number, so that a failure is repeated by naming both. [`judge`] tries one on all
//! oracles, [`Statistics`] says what a run of many was worth.

use std::fmt;

use crate::case::Case;
use crate::generate::generate;
use crate::guard::guarded;
use crate::invariants;
use crate::ours;
#[cfg(feature = "peers")]
use crate::peer;
use crate::reference::{self, NotCovered};
use crate::statistics::Statistics;
use crate::steps;
use crate::verdict::{self, Verdict};

/// Steps of a case that are compared: what differs later shows in what comes of it.
const STEPS: usize = 1_000;

const SELFDESTRUCT: usize = 0xff;

/// Who or what contradicts the plain loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oracle {
    /// Another core of Gasworks, a second run on the same machine, or a run that is watched.
    Itself,
    /// A rule that every execution keeps.
    Invariant,
    /// Whatever panicked.
    Panic,
    /// The machine written from the specification.
    Reference,
    /// revm.
    #[cfg(feature = "peers")]
    Revm,
}

impl Oracle {
    /// Those that are built in, each in a word or two.
    pub const NAMES: &[&str] = &[
        "gasworks' cores",
        "invariants",
        "the specification",
        #[cfg(feature = "peers")]
        "revm",
    ];
}

impl fmt::Display for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Itself => "gasworks differs from itself",
            Self::Invariant => "an invariant is broken",
            Self::Panic => "a panic",
            Self::Reference => "gasworks and the specification differ",
            #[cfg(feature = "peers")]
            Self::Revm => "gasworks and revm differ",
        })
    }
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Who contradicts.
    pub oracle: Oracle,
    /// What was seen, in lines for people.
    pub text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.oracle, self.text)
    }
}

/// Tries a case on all oracles; the first difference.
///
/// # Errors
/// The difference.
pub fn judge(case: &Case, statistics: &mut Statistics) -> Result<(), Difference> {
    guarded(|| try_oracles(case, statistics)).unwrap_or_else(|text| {
        Err(Difference {
            oracle: Oracle::Panic,
            text,
        })
    })
}

fn try_oracles(case: &Case, statistics: &mut Statistics) -> Result<(), Difference> {
    let ours = ours::run(case, STEPS).map_err(|text| Difference {
        oracle: Oracle::Itself,
        text,
    })?;
    if let Ok(executed) = &ours.verdict {
        let destructs = ours.coverage.0[SELFDESTRUCT] > 0;
        none(
            Oracle::Invariant,
            invariants::broken(case, executed, destructs),
        )?;
    }
    statistics.count(case, &ours);
    let compare = |oracle: Oracle, other: &Verdict| {
        let differences = verdict::differences(&ours.verdict, other);
        none(oracle, differences).map_err(|difference| Difference {
            text: format!("halt {:?}\n{}", ours.halt, difference.text),
            ..difference
        })
    };
    match reference::trace(case, STEPS) {
        Ok((specified, specified_steps)) => {
            compare(Oracle::Reference, &specified)?;
            none(
                Oracle::Reference,
                steps::differences(&ours.steps, &specified_steps),
            )?;
        }
        Err(NotCovered::Precompile(_)) => statistics.not_covered += 1,
        Err(failure @ NotCovered::Thread(_)) => none(Oracle::Panic, failure.to_string())?,
    }
    #[cfg(feature = "peers")]
    {
        let (verdict, steps) = peer::trace(case, STEPS);
        compare(Oracle::Revm, &verdict)?;
        none(Oracle::Revm, steps::differences(&ours.steps, &steps))?;
    }
    Ok(())
}

/// No difference where there is nothing to say.
fn none(oracle: Oracle, text: String) -> Result<(), Difference> {
    if text.is_empty() {
        Ok(())
    } else {
        Err(Difference { oracle, text })
    }
}

/// Generates a case and tries it on all oracles.
///
/// # Errors
/// The difference and the case, to be read by people.
pub fn check(seed: u64, number: u64, statistics: &mut Statistics) -> Result<(), String> {
    let case = generate(seed, number);
    judge(&case, statistics).map_err(|difference| {
        format!(
            "seed {seed}, case {number}: {difference}\n{case}\n\
             repeat with GASWORKS_SEED={seed} GASWORKS_FIRST={number} GASWORKS_CASES=1\n"
        )
    })
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
