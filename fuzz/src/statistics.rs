//! What a run of many cases was worth: how transactions ended, and which instructions were executed.

use std::collections::BTreeMap;
use std::fmt;

use gasworks_spec::opcode;

use crate::case::Case;
use crate::ours::{Coverage, Ours};
use crate::verdict::Status;

/// Counts over a run.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// Instructions executed.
    pub coverage: Coverage,
    /// Transactions by how they ended: success, revert, a halt by its reason, or invalid.
    pub ends: BTreeMap<String, u64>,
    /// Valid transactions by fork and type.
    pub kinds: BTreeMap<String, u64>,
    /// Why transactions were invalid, without numbers.
    pub refusals: BTreeMap<String, u64>,
    /// Cases that could not be compared with the specification, for want of a library of curves.
    pub not_covered: u64,
}

impl Statistics {
    pub(super) fn count(&mut self, case: &Case, ours: &Ours) {
        self.coverage.add(&ours.coverage);
        let end = match (&ours.verdict, ours.halt) {
            (Err(reason), _) => {
                let reason = reason.replace(|digit: char| digit.is_ascii_digit(), "");
                *self.refusals.entry(reason).or_default() += 1;
                "invalid".to_owned()
            }
            (Ok(_), Some(halt)) => format!("halt: {halt}"),
            (Ok(executed), None) if executed.status == Status::Success => "success".to_owned(),
            (Ok(_), None) => "revert".to_owned(),
        };
        *self.ends.entry(end).or_default() += 1;
        let kind = format!("{} type {}", case.fork, case.transaction.type_byte());
        *self.kinds.entry(kind).or_default() += 1;
    }

    /// Cases so far.
    pub fn cases(&self) -> u64 {
        self.ends.values().sum()
    }

    /// The share of cases that ended so, between 0 and 1.
    pub fn share(&self, end: &str) -> f64 {
        let count = self.ends.get(end).copied().unwrap_or(0);
        count as f64 / self.cases().max(1) as f64
    }

    /// The instructions of the opcode table that were never executed.
    pub fn not_executed(&self) -> Vec<&'static str> {
        let rows = (0..=255).filter_map(opcode);
        let missed = rows.filter(|row| self.coverage.0[usize::from(row.byte)] == 0);
        missed.map(|row| row.name).collect()
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        self.coverage.add(&other.coverage);
        self.not_covered += other.not_covered;
        let pairs = [
            (&mut self.ends, &other.ends),
            (&mut self.kinds, &other.kinds),
            (&mut self.refusals, &other.refusals),
        ];
        for (sums, counts) in pairs {
            for (name, count) in counts {
                *sums.entry(name.clone()).or_default() += count;
            }
        }
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cases = self.cases().max(1) as f64;
        let executed: u64 = self.coverage.0.iter().sum();
        writeln!(f, "{} cases, {executed} instructions", self.cases())?;
        for counts in [&self.ends, &self.refusals, &self.kinds] {
            for (name, count) in counts {
                writeln!(f, "  {:6.2} %  {name}", 100.0 * *count as f64 / cases)?;
            }
        }
        if self.not_covered > 0 {
            let not_covered = self.not_covered;
            writeln!(f, "  not compared with the specification: {not_covered}")?;
        }
        writeln!(f, "  never executed: {:?}", self.not_executed())
    }
}
