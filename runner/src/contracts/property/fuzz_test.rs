//! Tests with parameters on a machine that only pretends to be one.

use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::contracts::abi::{Unsigned, parameters_of};
use crate::contracts::property::invariant::Known;
use crate::contracts::property::options::DictionaryOptions;
use gasworks::Bytes;

/// Says what comes of arguments.
#[derive(Clone)]
struct Fake {
    signature: &'static str,
    judge: fn(&[Value]) -> End,
    attempts: u32,
}

impl Subject for Fake {
    fn reset(&mut self) {}
    fn attempt(&mut self, call: &Call) -> Answer {
        self.attempts += 1;
        let types = parameters_of(self.signature).unwrap();
        let values = abi::decode(&types, &call.calldata[4..]).unwrap();
        Answer {
            end: (self.judge)(&values),
            output: Bytes::new(),
            gas: call.calldata.iter().map(|byte| u64::from(*byte)).sum(),
            status: gasworks::CallStatus::Success,
        }
    }
    fn step(&mut self, call: &Call) -> Answer {
        self.attempt(call)
    }
    fn reason(&self, answer: &Answer) -> Option<String> {
        Some(format!("{:?}", answer.end))
    }
    fn collect(&mut self, _: &mut Dictionary) {}
    fn created(&mut self) -> Vec<Address> {
        Vec::new()
    }
    fn identify(&mut self, _: Address) -> Option<Known> {
        None
    }
    fn is_stopped(&self) -> bool {
        self.attempts > 100_000
    }
}

const REVERTED: End = End::Reverted {
    by_assertion: false,
    elsewhere: false,
};

fn number(values: &[Value]) -> Unsigned {
    values[0].as_uint().unwrap().0
}

fn run_with(
    signature: &'static str,
    judge: fn(&[Value]) -> End,
    options: &FuzzOptions,
    threads: usize,
    corpus: Option<&Corpus>,
) -> FuzzReport {
    let types = parameters_of(signature).unwrap();
    let dictionary = Dictionary::new(DictionaryOptions::default(), Arc::default());
    let random = Random::new(&[1; 32], &["A.t.sol:A", signature]);
    let test = FuzzTest {
        signature,
        selector: abi::selector(signature),
        types: &types,
        fixtures: &[],
        sender: Address::zero(),
        target: Address::repeat_byte(1),
        options,
        random: &random,
        dictionary: &dictionary,
        libraries: &[],
        corpus,
    };
    let fake = Fake {
        signature,
        judge,
        attempts: 0,
    };
    test.run(&mut vec![fake; threads])
}

fn run(signature: &'static str, judge: fn(&[Value]) -> End) -> FuzzReport {
    let options = FuzzOptions::default();
    let report = run_with(signature, judge, &options, 1, None);
    for threads in [2, 3] {
        let again = run_with(signature, judge, &options, threads, None);
        assert_eq!(again, report, "{threads} threads");
    }
    report
}

#[test]
fn what_holds_is_run_as_often_as_it_is_wanted() {
    let report = run("f(uint256,string)", |_| End::Passed);
    assert_eq!(report.end, FuzzEnd::Passed);
    assert_eq!(report.gas.len(), 256);
    assert!(report.last.is_some());
}

#[test]
fn what_does_not_hold_is_told_with_the_smallest_arguments() {
    let report = run("f(uint256,bytes)", |values| {
        if number(values) > Unsigned::from(1_000u64) {
            REVERTED
        } else {
            End::Passed
        }
    });
    let FuzzEnd::Failed(reason, arguments) = report.end else {
        panic!("{report:?}");
    };
    assert_eq!(reason, Some(format!("{REVERTED:?}")));
    assert_eq!(abi::pretty_list(&arguments), "1001, 0x");
    let expected = abi::encode_call(abi::selector("f(uint256,bytes)"), &arguments[..]);
    assert_eq!(report.last.unwrap().calldata, expected);
}

#[test]
fn rejected_attempts_are_no_runs_and_there_are_not_too_many() {
    let odd = |values: &[Value]| {
        if number(values).bit(0) {
            End::Passed
        } else {
            End::Rejected
        }
    };
    assert_eq!(run("f(uint256)", odd).gas.len(), 256);
    let report = run("f(uint256)", |_| End::Rejected);
    let reason = "`vm.assume` rejected too many inputs (65536 allowed)";
    assert_eq!(report.end, FuzzEnd::Impossible(reason.to_owned()));
    // Without a limit it goes on until there is no time left.
    let options = FuzzOptions {
        max_test_rejects: 0,
        ..FuzzOptions::default()
    };
    let report = run_with("f(uint256)", |_| End::Rejected, &options, 1, None);
    assert!(report.gas.is_empty());
}

#[test]
fn a_test_may_ask_to_be_left_out() {
    let report = run("f(uint256)", |_| End::Skipped(Some("later".to_owned())));
    assert_eq!(report.end, FuzzEnd::Skipped(Some("later".to_owned())));
}

#[test]
fn reverts_of_other_contracts_can_be_allowed() {
    let options = FuzzOptions {
        fail_on_revert: false,
        ..FuzzOptions::default()
    };
    let elsewhere = |_: &[Value]| End::Reverted {
        by_assertion: false,
        elsewhere: true,
    };
    let report = run_with("f(uint256)", elsewhere, &options, 1, None);
    assert_eq!(report.end, FuzzEnd::Passed);
    let report = run_with("f(uint256)", |_| REVERTED, &options, 1, None);
    assert!(matches!(report.end, FuzzEnd::Failed(..)));
}

#[test]
fn no_runs_are_no_runs_and_what_is_too_large_is_told() {
    let options = FuzzOptions {
        runs: 0,
        ..FuzzOptions::default()
    };
    for threads in [1, 2] {
        let report = run_with("f(uint256)", |_| REVERTED, &options, threads, None);
        assert_eq!(report, FuzzReport::default());
    }
    let report = run("f(uint256[1000][1000][1000])", |_| End::Passed);
    assert!(matches!(report.end, FuzzEnd::Impossible(_)));
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn counterexamples_are_kept_and_tried_first() {
    let name = format!("gasworks-fuzz-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    let corpus = Corpus::new(&folder.0, "A.t.sol", "A");
    let options = FuzzOptions::default();
    let run =
        |judge: fn(&[Value]) -> End| run_with("f(uint256)", judge, &options, 1, Some(&corpus));
    let large = |values: &[Value]| {
        if number(values) > Unsigned::from(99u64) {
            REVERTED
        } else {
            End::Passed
        }
    };
    let first = run(large);
    assert!(matches!(first.end, FuzzEnd::Failed(..)));
    // Nothing but the counterexample fails now, and it is found at once.
    let only = |values: &[Value]| {
        if number(values) == Unsigned::from(100u64) {
            REVERTED
        } else {
            End::Passed
        }
    };
    let second = run(only);
    assert_eq!(second.end, first.end);
    assert!(second.gas.is_empty());
    assert_eq!(run(|_| End::Passed).gas.len(), 256);
    let path = corpus.path("f(uint256)", abi::selector("f(uint256)"));
    std::fs::write(&path, "broken").unwrap();
    let report = run(large);
    assert_eq!(report.end, first.end);
    assert_eq!(report.warnings.len(), 2);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "broken");
}

#[test]
fn with_a_time_limit_the_number_of_runs_is_no_limit() {
    let options = FuzzOptions {
        runs: 10,
        timeout: Some(1),
        ..FuzzOptions::default()
    };
    for threads in [1, 2] {
        let report = run_with("f(uint256)", |_| End::Passed, &options, threads, None);
        // The fake one says that there is no time left after so many.
        assert!(report.gas.len() >= 100_000, "{} runs", report.gas.len());
        assert_eq!(report.end, FuzzEnd::Passed);
        assert!(report.last.is_some());
    }
}
