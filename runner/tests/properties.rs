//! Property tests of a contract that was compiled from `properties/Counters.sol`, from artifact to result.

use std::sync::Arc;

use gasworks_runner::contracts::abi::pretty_list;
use gasworks_runner::contracts::artifact::Artifacts;
use gasworks_runner::contracts::result::{Counterexample, Kind, TestResult, Verdict};
use gasworks_runner::contracts::run::{Options, run};

/// The standard JSON output of solc 0.8.30 for `Counters.sol`: optimized, without metadata.
const OUTPUT: &str = include_str!("properties/Counters.json");

fn results(jobs: usize) -> Vec<TestResult> {
    let artifacts = Artifacts::from_json("Counters.json", OUTPUT).unwrap();
    let options = Options {
        jobs,
        ..Options::default()
    };
    let mut summary = run(&Arc::new(artifacts), &options, &mut ());
    assert_eq!(summary.suites.len(), 1);
    summary.suites.remove(0).tests
}

fn told(result: &TestResult) -> String {
    let calls = match &result.counterexample {
        None => String::new(),
        Some(Counterexample::Single(call)) => format!(" args=[{}]", pretty_list(&call.arguments)),
        Some(Counterexample::Sequence { calls, .. }) => calls
            .iter()
            .map(|call| {
                let signature = call.signature.as_deref().unwrap_or_default();
                format!(" {signature} args=[{}]", pretty_list(&call.arguments))
            })
            .collect(),
    };
    let reason = result.reason.as_deref().unwrap_or_default();
    format!("{:?} {}: {reason}{calls}", result.verdict, result.name)
}

#[test]
fn what_holds_passes_and_what_does_not_fails_with_the_smallest_counterexample() {
    let results = results(1);
    let told: Vec<String> = results.iter().map(told).collect();
    assert_eq!(
        told,
        [
            "Failed invariantFails(): grown up(uint8) args=[2] up(uint8) args=[3]",
            "Passed invariantHolds(): ",
            "Failed tableFails(uint256): three args=[3]",
            "Failed testFails(uint256,string): large args=[1000, \"\"]",
            "Passed testHolds(uint8): ",
        ]
    );
    for result in &results {
        match (&result.kind, result.verdict) {
            (Kind::Fuzz { runs, mean, .. }, Verdict::Passed) => {
                assert_eq!(*runs, 256);
                assert!(*mean > 20_000);
            }
            (Kind::Invariant { runs, calls, .. }, Verdict::Passed) => {
                assert_eq!((*runs, *calls), (256, 128_000));
            }
            (Kind::Table { rows, .. }, _) => assert_eq!(*rows, 3),
            _ => {}
        }
    }
}

#[test]
fn results_are_the_same_on_any_number_of_threads() {
    let seen = |results: Vec<TestResult>| -> Vec<(String, Kind)> {
        results
            .iter()
            .map(|result| (told(result), result.kind.clone()))
            .collect()
    };
    assert_eq!(seen(results(1)), seen(results(4)));
}
