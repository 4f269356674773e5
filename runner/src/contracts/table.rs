//! Tests with parameters.

use super::abi::{self, Function};
use super::result::TestResult;
use super::suite::Suite;

/// Runs a test with parameters.
pub fn run(suite: &mut Suite<'_>, function: &Function) -> TestResult {
    let mut result = TestResult::new(function.signature());
    suite.machine.reset();
    let types = abi::types_of(&function.inputs).unwrap_or_default();
    let values: Vec<_> = types.iter().map(abi::zero).collect();
    let input = abi::encode_call(function.selector().0, &values);
    match suite.machine.run_test(input.into()) {
        Ok(execution) => suite.conclude(&mut result, &execution),
        Err(late) => result.reason = Some(late.to_string()),
    }
    result
}
