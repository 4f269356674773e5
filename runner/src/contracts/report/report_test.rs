//! The same results in each form.

use gasworks::{Address, Bytes, U256};

use super::super::abi::{self, Value};
use super::super::result::{Counterexample, FailingCall, Kind, SuiteResult, TestResult, Verdict};
use super::gas::GasReport;
use super::snapshot::Snapshot;
use super::{Counts, json, junit, text};

fn test(name: &str, verdict: Verdict, kind: Kind) -> TestResult {
    TestResult {
        verdict,
        kind,
        ..TestResult::new(name)
    }
}

fn call(sender: Option<Address>) -> FailingCall {
    FailingCall {
        sender,
        target: Address::repeat_byte(0x22),
        contract: Some("src/A.sol:A".into()),
        signature: Some("set(uint256)".into()),
        calldata: Bytes::from_static(&[0x60, 0xfe, 0x47, 0xb1]),
        arguments: vec![abi::uint_value(U256::from(12_345))],
        value: U256::zero(),
        delay: None,
    }
}

fn suites() -> Vec<SuiteResult> {
    let fuzz = |median| Kind::Fuzz {
        runs: 256,
        mean: 300,
        median,
    };
    let mut single = test("testSet(uint256)", Verdict::Failed, fuzz(301));
    single.reason = Some("assertion failed: 1 != 2 & <3>".into());
    single.counterexample = Some(Counterexample::Single(call(None)));
    single.logs = vec!["a log".into()];
    let invariant = Kind::Invariant {
        runs: 2,
        calls: 1_000,
        reverts: 7,
    };
    let mut sequence = test("invariantSmall()", Verdict::Failed, invariant);
    sequence.counterexample = Some(Counterexample::Sequence {
        original: 9,
        calls: vec![call(Some(Address::repeat_byte(0x11)))],
    });
    let mut skipped = test("testLater()", Verdict::Skipped, Kind::Unit { gas: 0 });
    skipped.reason = Some("not yet".into());
    vec![SuiteResult {
        source: "test/A.t.sol".into(),
        contract: "ATest".into(),
        tests: vec![
            sequence,
            test("testIt()", Verdict::Passed, Kind::Unit { gas: 31_303 }),
            skipped,
            single,
            test("testSum(uint256)", Verdict::Passed, fuzz(250)),
        ],
        warnings: Vec::new(),
        calls: Vec::new(),
    }]
}

#[test]
fn lines_are_those_of_forge() {
    let suites = suites();
    let lines: Vec<String> = suites[0].tests.iter().map(text::line).collect();
    assert_eq!(
        lines,
        [
            "[FAIL]\n\t[Sequence] (original: 9, shrunk: 1)\n\t\tsender=0x1111111111111111111111111111111111111111 \
             addr=[src/A.sol:A]0x2222222222222222222222222222222222222222 calldata=set(uint256) args=[12345 [1.234e4]]\n \
             invariantSmall() (runs: 2, calls: 1000, reverts: 7)",
            "[PASS] testIt() (gas: 31303)",
            "[SKIP: not yet] testLater() (gas: 0)",
            "[FAIL: assertion failed: 1 != 2 & <3>; counterexample: calldata=0x60fe47b1 args=[12345 [1.234e4]]] \
             testSet(uint256) (runs: 256, μ: 300, ~: 301)",
            "[PASS] testSum(uint256) (runs: 256, μ: 300, ~: 250)",
        ]
    );
    let counts = Counts::of(&suites);
    assert_eq!(
        (counts.passed, counts.failed, counts.skipped, counts.total()),
        (2, 2, 1, 5)
    );
}

#[test]
fn json_has_the_keys_of_forge() {
    let json = json::suites(&suites());
    let tests = &json["test/A.t.sol:ATest"]["test_results"];
    assert_eq!(tests["testIt()"]["status"], "Success");
    assert_eq!(tests["testIt()"]["kind"]["Unit"]["gas"], 31_303);
    let failed = &tests["testSet(uint256)"];
    assert_eq!(failed["kind"]["Fuzz"]["median_gas"], 301);
    assert_eq!(failed["decoded_logs"][0], "a log");
    assert_eq!(failed["counterexample"]["Single"]["raw_args"], "12345");
    assert_eq!(
        tests["invariantSmall()"]["counterexample"]["Sequence"][0],
        9
    );
}

#[test]
fn junit_counts_and_escapes() {
    let document = junit::document(&suites()).expect("a document");
    for part in [
        "tests=\"5\"",
        "failures=\"2\"",
        "skipped=\"1\"",
        "1 != 2 &amp; &lt;3&gt;",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    assert_eq!(
        document,
        junit::document(&suites()).expect("the same document")
    );
}

#[test]
fn a_gas_snapshot_reads_what_it_writes() {
    let now = Snapshot::of(&suites());
    let written = now.to_string();
    assert_eq!(
        written,
        "ATest:testIt() (gas: 31303)\nATest:testSum(uint256) (runs: 256, μ: 300, ~: 250)"
    );
    assert_eq!(Snapshot::parse(&written), Ok(now.clone()));
    assert!(now.differences(&now, 0, true).is_empty());
    let before = "ATest:testIt() (gas: 31000)\nATest:testGone((uint256,bool)[]) (runs: 1, calls: 2, reverts: 3)";
    let before = Snapshot::parse(before).expect("good lines");
    let tests = |tolerance, all_ran| {
        let differences = before.differences(&now, tolerance, all_ran);
        let names = differences.into_iter().map(|difference| difference.test);
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        tests(0, false),
        ["ATest:testIt()", "ATest:testSum(uint256)"]
    );
    assert_eq!(
        tests(1, true),
        ["ATest:testSum(uint256)", "ATest:testGone((uint256,bool)[])"]
    );
    assert_eq!(
        before.differences(&now, 0, false)[0].change(),
        Some((303, 31_000))
    );
    for bad in [
        "ATest",
        "ATest:testIt (gas: 1)",
        "A:t() (gas: x)",
        "A:t() (gas 1)",
        ":t() (gas: 1)",
        "A:t() (runs: 1)",
    ] {
        let error = Snapshot::parse(&format!("\n{bad}")).expect_err(bad);
        assert_eq!((error.line, error.text.as_str()), (2, bad));
    }
}

#[test]
fn values_are_printed_so_that_they_can_be_read_again() {
    let mut call = call(None);
    call.arguments = vec![Value::String("a \"b\"".into()), Value::Bool(true)];
    call.value = U256::from(5);
    call.delay = Some((3, 4));
    assert_eq!(
        call.to_string(),
        "warp=3 roll=4 value=5 calldata=0x60fe47b1 args=[\"a \\\"b\\\"\", true]"
    );
}

#[test]
fn figures_are_those_of_sorted_calls() {
    let mut report = GasReport::default();
    assert!(report.is_empty());
    for gas in [50, 10, 20, 41] {
        report.add_call("src/A.sol:A", "set(uint256)", gas);
    }
    let text = report.text();
    let row: Vec<&str> = text
        .lines()
        .last()
        .expect("a row")
        .split_whitespace()
        .collect();
    assert_eq!(row, ["set(uint256)", "10", "30", "30", "50", "4"]);
}
