//! Files of gas, a line a test, as `forge snapshot` writes them.
//!
//! ```text
//! CounterTest:testIncrement() (gas: 31303)
//! CounterTest:testSet(uint256) (runs: 256, μ: 30000, ~: 31000)
//! CounterTest:invariantSmall() (runs: 256, calls: 128000, reverts: 12)
//! ```

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use super::super::result::{Kind, SuiteResult, Verdict};

/// What a file says of each test, by `contract:signature`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    entries: BTreeMap<String, Kind>,
}

/// A line that is not one of such a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is no entry of a gas snapshot: {text}")]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
}

/// A test whose gas is not what the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `contract:signature`.
    pub test: String,
    /// What the file says; `None` for a test that it does not have.
    pub before: Option<Kind>,
    /// What came out; `None` for a test that did not run.
    pub after: Option<Kind>,
}

impl Snapshot {
    /// The gas of tests that passed.
    pub fn of(suites: &[SuiteResult]) -> Snapshot {
        let mut entries = BTreeMap::new();
        for suite in suites {
            let passed = suite
                .tests
                .iter()
                .filter(|test| test.verdict == Verdict::Passed);
            for test in passed {
                let name = format!("{}:{}", suite.contract, test.name);
                entries.insert(name, test.kind.clone());
            }
        }
        Snapshot { entries }
    }

    /// Reads a file.
    pub fn parse(text: &str) -> Result<Snapshot, BadLine> {
        let mut entries = BTreeMap::new();
        for (position, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let (name, kind) = entry(line).ok_or_else(|| BadLine {
                line: position + 1,
                text: line.chars().take(200).collect(),
            })?;
            entries.insert(name, kind);
        }
        Ok(Snapshot { entries })
    }

    /// What differs by more than a share of a hundred; tests of the file that did not run are left out on demand.
    pub fn differences(&self, now: &Snapshot, tolerance: u32, all_ran: bool) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (test, after) in &now.entries {
            let before = self.entries.get(test);
            if before.is_none_or(|before| !near(before, after, tolerance)) {
                differences.push(Difference {
                    test: test.clone(),
                    before: before.cloned(),
                    after: Some(after.clone()),
                });
            }
        }
        for (test, before) in self.entries.iter().filter(|_| all_ran) {
            if !now.entries.contains_key(test) {
                differences.push(Difference {
                    test: test.clone(),
                    before: Some(before.clone()),
                    after: None,
                });
            }
        }
        differences
    }

    /// Lays the figures of a run over those of a file.
    pub fn update(&mut self, now: Snapshot) {
        self.entries.extend(now.entries);
    }
}

impl Display for Snapshot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The order is that of whole lines, which is not quite that of names.
        let entries = self.entries.iter();
        let mut lines: Vec<String> = entries
            .map(|(test, kind)| format!("{test} {kind}"))
            .collect();
        lines.sort();
        formatter.write_str(&lines.join("\n"))
    }
}

impl Difference {
    /// How much more gas was used than the file says, and what it says, where both are known.
    pub fn change(&self) -> Option<(i128, u64)> {
        let before = gas(self.before.as_ref()?);
        let after = gas(self.after.as_ref()?);
        Some((i128::from(after) - i128::from(before), before))
    }
}

/// The figure that is compared: gas of a test, the median of runs. Invariants have none.
fn gas(kind: &Kind) -> u64 {
    match kind {
        Kind::Unit { gas } => *gas,
        Kind::Fuzz { median, .. } | Kind::Table { median, .. } => *median,
        Kind::Invariant { .. } => 0,
    }
}

fn near(before: &Kind, after: &Kind, tolerance: u32) -> bool {
    let (before, after) = (u128::from(gas(before)), u128::from(gas(after)));
    before.abs_diff(after) * 100 <= before * u128::from(tolerance)
}

fn entry(line: &str) -> Option<(String, Kind)> {
    // Signatures have parentheses, too, but no blank.
    let (name, figures) = line.trim_end().rsplit_once(" (")?;
    let figures = figures.strip_suffix(')')?;
    let (contract, signature) = name.split_once(':')?;
    if contract.is_empty() || !signature.ends_with(')') {
        return None;
    }
    let mut values = BTreeMap::new();
    for figure in figures.split(", ") {
        let (name, value) = figure.split_once(':')?;
        values.insert(name, value.trim().parse::<u64>().ok()?);
    }
    let value = |name: &str| values.get(name).copied();
    let runs = || u32::try_from(value("runs")?).ok();
    let kind = if let Some(gas) = value("gas") {
        Kind::Unit { gas }
    } else if let Some(calls) = value("calls") {
        Kind::Invariant {
            runs: runs()?,
            calls,
            reverts: value("reverts")?,
        }
    } else {
        Kind::Fuzz {
            runs: runs()?,
            mean: value("μ")?,
            median: value("~")?,
        }
    };
    Some((name.to_owned(), kind))
}
