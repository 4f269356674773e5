//! Results in the forms that people and other tools read.
//!
//! `text` has the lines of forge's report, `json` its JSON, `junit` the XML that build servers read, `snapshot` its files
//! of gas, `flame` its graph. Nothing here draws on a terminal or reads a clock.

pub mod flame;
pub mod gas;
pub mod json;
pub mod junit;
pub mod snapshot;
pub mod text;
pub mod trace;

use super::result::{SuiteResult, Verdict};

/// How many tests came to which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that did not.
    pub failed: usize,
    /// Tests that asked to be left out.
    pub skipped: usize,
}

impl Counts {
    /// Counts the tests of suites.
    pub fn of<'a>(suites: impl IntoIterator<Item = &'a SuiteResult>) -> Counts {
        let mut counts = Counts::default();
        for test in suites.into_iter().flat_map(|suite| &suite.tests) {
            match test.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed => counts.failed += 1,
                Verdict::Skipped => counts.skipped += 1,
            }
        }
        counts
    }

    /// All of them.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.skipped
    }
}

#[cfg(test)]
mod report_test;
