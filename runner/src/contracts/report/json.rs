//! The JSON that `forge test --json` prints, so far as a test's result goes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::abi;
use super::super::result::{Counterexample, FailingCall, Kind, SuiteResult, TestResult, Verdict};

/// All suites as one object, by `file:contract`.
pub fn suites(suites: &[SuiteResult]) -> Value {
    let entries = suites
        .iter()
        .map(|suite| (suite.name(), self::suite(suite)));
    Value::Object(entries.collect::<Map<_, _>>())
}

/// One suite.
pub fn suite(suite: &SuiteResult) -> Value {
    let tests = suite.tests.iter();
    let tests: Map<String, Value> = tests
        .map(|test| (test.name.clone(), self::test(test)))
        .collect();
    json!({ "test_results": tests, "warnings": suite.warnings })
}

fn test(test: &TestResult) -> Value {
    let status = match test.verdict {
        Verdict::Passed => "Success",
        Verdict::Failed => "Failure",
        Verdict::Skipped => "Skipped",
    };
    let labels = test.labels.iter();
    let labels: BTreeMap<String, &String> = labels
        .map(|(address, label)| (format!("{address:?}"), label))
        .collect();
    json!({
        "status": status,
        "reason": test.reason,
        "counterexample": test.counterexample.as_ref().map(counterexample),
        "decoded_logs": test.logs,
        "kind": kind(&test.kind),
        "labeled_addresses": labels,
        "gas_snapshots": test.gas_snapshots,
    })
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Unit { gas } => json!({ "Unit": { "gas": gas } }),
        Kind::Fuzz { runs, mean, median } => {
            json!({ "Fuzz": { "runs": runs, "mean_gas": mean, "median_gas": median } })
        }
        Kind::Invariant {
            runs,
            calls,
            reverts,
        } => json!({ "Invariant": { "runs": runs, "calls": calls, "reverts": reverts } }),
        Kind::Table { rows, mean, median } => {
            json!({ "Table": { "runs": rows, "mean_gas": mean, "median_gas": median } })
        }
    }
}

fn counterexample(of: &Counterexample) -> Value {
    match of {
        Counterexample::Single(call) => json!({ "Single": self::call(call) }),
        Counterexample::Sequence { original, calls } => {
            let calls: Vec<Value> = calls.iter().map(call).collect();
            json!({ "Sequence": [original, calls] })
        }
    }
}

fn call(call: &FailingCall) -> Value {
    let raw: Vec<String> = call.arguments.iter().map(abi::plain).collect();
    let name = call.signature.as_deref().and_then(|signature| {
        let (name, _) = signature.split_once('(')?;
        Some(name)
    });
    let (warp, roll) = call.delay.unzip();
    json!({
        "warp": warp,
        "roll": roll,
        "sender": call.sender.map(abi::checksummed),
        "addr": abi::checksummed(call.target),
        "value": call.value.to_string(),
        "calldata": abi::hex(&call.calldata),
        "contract_name": call.contract,
        "func_name": name,
        "signature": call.signature,
        "args": abi::pretty_list(&call.arguments),
        "raw_args": raw.join(", "),
    })
}
