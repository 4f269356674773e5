//! The contracts of a session as a fuzzer gets them.

use super::super::harness::{Harness, NotSetUp, candidates, prepare};
use super::Session;
use crate::assembly::FuzzedTests;

impl Session {
    /// The contracts that are fuzzed, each deployed and set up, in order.
    pub fn harnesses(&self) -> Vec<Result<Harness, NotSetUp>> {
        let mut harnesses = Vec::new();
        for unit in &self.units {
            for contract in candidates(&unit.artifacts, &unit.options) {
                harnesses.push(prepare(contract, &unit.artifacts, &unit.options));
            }
        }
        harnesses
    }

    /// The tests of assembly whose values are made up, file by file, or why those of a file cannot be run.
    pub fn fuzzed_tests(&self) -> Vec<Result<FuzzedTests, String>> {
        self.assembly
            .iter()
            .flat_map(|unit| unit.fuzzed())
            .collect()
    }
}
