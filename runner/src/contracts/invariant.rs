//! Sequences of calls after each of which something must hold.

use super::abi::Function;
use super::result::TestResult;
use super::suite::Suite;

/// Runs the invariants of a suite.
pub fn run(suite: &mut Suite<'_>, functions: &[&Function]) -> Vec<TestResult> {
    let run = |function: &&Function| super::fuzz::run(suite, function);
    functions.iter().map(run).collect()
}
