//! Invariants on a machine that only pretends to be one: a counter, which a test contract watches.

use std::sync::Arc;

use super::*;
use crate::contracts::abi::{JsonAbi, Selector};
use crate::contracts::property::options::DictionaryOptions;

const TEST: Address = Address([0xaa; 20]);
const COUNTER: Address = Address([0xcc; 20]);
const CHILD: Address = Address([0xdd; 20]);
const SENDER: Address = Address([0x18; 20]);

/// What the test contract says, by selector, and how the counter behaves.
#[derive(Clone)]
struct Fake {
    number: i64,
    has_child: bool,
    holds: fn(&Fake) -> bool,
    after: fn(&Fake) -> bool,
    answers: BTreeMap<Selector, Vec<Value>>,
    last_sender: Address,
    created: Vec<Address>,
}

impl Fake {
    fn new(holds: fn(&Fake) -> bool) -> Self {
        Self {
            number: 0,
            has_child: false,
            holds,
            after: |_| true,
            answers: BTreeMap::new(),
            last_sender: Address::zero(),
            created: Vec::new(),
        }
    }

    fn says(mut self, signature: &str, values: Vec<Value>) -> Self {
        let list = vec![Value::Array(values)];
        self.answers.insert(abi::selector(signature), list);
        self
    }

    fn call(&mut self, call: &Call) -> (End, Vec<u8>) {
        let is = |signature: &str| call.calldata[..4] == abi::selector(signature);
        let passed_if = |holds: bool| {
            let end = if holds { End::Passed } else { reverted(false) };
            (end, Vec::new())
        };
        let argument = || U256::from_big_endian(&call.calldata[4..36]).low_u64();
        if call.target == TEST {
            let selector = call.calldata.first_chunk::<4>().unwrap();
            return match self.answers.get(selector) {
                Some(values) => (End::Passed, abi::encode(&values[..])),
                None if is("invariantHolds()") => passed_if((self.holds)(self)),
                None if is("afterInvariant()") => passed_if((self.after)(self)),
                None => (reverted(false), Vec::new()),
            };
        }
        self.last_sender = call.sender;
        if is("up()") {
            self.number += 1;
        } else if is("down()") {
            if self.number == 0 {
                return (reverted(false), Vec::new());
            }
            self.number -= 1;
        } else if is("add(uint256)") {
            self.number += (argument() % 8) as i64;
        } else if is("picky(uint256)") {
            return (End::Rejected, Vec::new());
        } else if is("asserts(uint256)") && argument() % 4 == 3 {
            return (reverted(true), Vec::new());
        } else if is("make()") {
            self.has_child = true;
            self.created.push(CHILD);
        } else if is("jump()") && self.has_child {
            self.number += 1_000;
        }
        (End::Passed, Vec::new())
    }
}

fn reverted(by_assertion: bool) -> End {
    End::Reverted {
        by_assertion,
        elsewhere: true,
    }
}

impl Subject for Fake {
    fn reset(&mut self) {
        (self.number, self.has_child) = (0, false);
        self.created.clear();
    }
    fn attempt(&mut self, call: &Call) -> Answer {
        let mut aside = self.clone();
        aside.step(call)
    }
    fn step(&mut self, call: &Call) -> Answer {
        self.created.clear();
        let (end, output) = self.call(call);
        Answer {
            end,
            output: output.into(),
            gas: 1,
            status: gasworks::CallStatus::Success,
        }
    }
    fn reason(&self, _: &Answer) -> Option<String> {
        Some("broken".to_owned())
    }
    fn collect(&mut self, dictionary: &mut Dictionary) {
        dictionary.insert_number(self.number.unsigned_abs().into());
    }
    fn created(&mut self) -> Vec<Address> {
        self.created.clone()
    }
    fn identify(&mut self, address: Address) -> Option<Known> {
        (self.has_child && address == CHILD).then(|| known("Child", &["function jump()"]))
    }
    fn is_stopped(&self) -> bool {
        false
    }
}

fn known(name: &str, functions: &[&str]) -> Known {
    Known {
        name: format!("src/{name}.sol:{name}"),
        abi: Arc::new(JsonAbi::parse(functions.iter().copied()).unwrap()),
    }
}

struct Project(BTreeMap<Address, Known>);

impl Project {
    fn new(functions: &[&str]) -> Self {
        let test = known(
            "Test",
            &["function invariantHolds()", "function step(uint256)"],
        );
        let counter = known("Counter", functions);
        Self(BTreeMap::from([(TEST, test), (COUNTER, counter)]))
    }
}

impl Contracts for Project {
    fn deployed(&self) -> &BTreeMap<Address, Known> {
        &self.0
    }
    fn idle(&self) -> Vec<String> {
        let idle = |known: &&Known| !changes_something(&known.abi);
        let idle = self.0.values().filter(idle);
        idle.map(|known| known.name.clone()).collect()
    }
    fn named(&self, name: &str) -> Result<Option<Known>, String> {
        let mut all = self.0.values();
        Ok(all
            .find(|known| known.name.ends_with(&format!(":{name}")))
            .cloned())
    }
}

fn run_with(
    fake: &Fake,
    functions: &[&str],
    options: &InvariantOptions,
    has_after: bool,
    corpus: Option<&Corpus>,
) -> InvariantReport {
    let project = Project::new(functions);
    let dictionary = Dictionary::new(DictionaryOptions::default(), Arc::default());
    let fixtures = BTreeMap::new();
    let test = InvariantTest {
        suite: "A.t.sol:A",
        signature: "invariantHolds()",
        has_parameters: false,
        is_optimization: false,
        has_after,
        fixtures: &fixtures,
        sender: SENDER,
        address: TEST,
        options,
        seed: &[1; 32],
        dictionary: &dictionary,
        libraries: &[],
        corpus,
        contracts: &project,
    };
    let report = test.run(&mut [fake.clone()]);
    if corpus.is_none() {
        assert_eq!(
            test.run(&mut vec![fake.clone(); 3]),
            report,
            "three threads"
        );
    }
    report
}

fn options() -> InvariantOptions {
    InvariantOptions {
        runs: 10,
        depth: 40,
        ..InvariantOptions::default()
    }
}

fn run(fake: &Fake, functions: &[&str]) -> InvariantReport {
    run_with(fake, functions, &options(), false, None)
}

fn calls_of(report: &InvariantReport) -> Vec<String> {
    let InvariantEnd::Broken { calls, .. } = &report.end else {
        panic!("{report:?}");
    };
    let name = |call: &BreakingCall| {
        let name = call.signature.as_ref().unwrap().split('(').next().unwrap();
        format!("{name}({})", abi::pretty_list(&call.arguments))
    };
    calls.iter().map(name).collect()
}

const UP_AND_DOWN: &[&str] = &["function up()", "function down()", "function get() view"];

#[test]
fn what_holds_is_asked_for_all_runs_and_calls() {
    let report = run(&Fake::new(|fake| fake.number >= 0), UP_AND_DOWN);
    assert_eq!(report.end, InvariantEnd::Passed);
    assert_eq!((report.runs, report.calls), (10, 400));
    assert!(report.reverts > 0);
    assert!(!report.last.is_empty());
}

#[test]
fn what_is_broken_is_told_with_the_shortest_sequence() {
    let report = run(&Fake::new(|fake| fake.number < 5), UP_AND_DOWN);
    assert_eq!(calls_of(&report), ["up()"; 5]);
    let InvariantEnd::Broken {
        reason, original, ..
    } = report.end
    else {
        panic!("not broken");
    };
    assert_eq!(reason.as_deref(), Some("broken"));
    assert!(original >= 5);
}

#[test]
fn arguments_become_small_too() {
    let report = run(
        &Fake::new(|fake| fake.number < 7),
        &["function add(uint256)"],
    );
    // No call can be left out, and no argument can be smaller.
    let calls = calls_of(&report);
    let number = |call: &String| {
        call.trim_matches(|letter: char| !letter.is_ascii_digit())
            .parse()
    };
    let added: Vec<u64> = calls.iter().flat_map(number).collect();
    assert_eq!(added.iter().sum::<u64>(), 7, "{calls:?}");
    assert!(
        added.len() == calls.len() && !added.contains(&0),
        "{calls:?}"
    );
}

#[test]
fn it_must_hold_before_anything_is_called_and_have_something_to_call() {
    let told = |report: InvariantReport| match report.end {
        InvariantEnd::Impossible(reason) => reason,
        other => panic!("{other:?}"),
    };
    let report = run(&Fake::new(|_| false), UP_AND_DOWN);
    assert_eq!(told(report), format!("{NOT_SET_UP}broken"));
    let report = run(&Fake::new(|_| true), &["function get() view"]);
    assert_eq!(told(report), format!("{NOT_SET_UP}No contracts to fuzz."));
    let fake = Fake::new(|_| true).says("targetArtifacts()", vec![Value::String("Other".into())]);
    let expected = "Other not found in the project. Allowed format: `contract_name` or `contract_path:contract_name`.";
    assert_eq!(
        told(run(&fake, UP_AND_DOWN)),
        format!("{NOT_SET_UP}{expected}")
    );
    let fake = Fake::new(|_| true).says("targetSelectors()", vec![selectors(CHILD, "x()")]);
    let expected = format!(
        "[targetSelectors] address does not have an associated contract: {}",
        abi::checksummed(CHILD)
    );
    assert_eq!(
        told(run(&fake, UP_AND_DOWN)),
        format!("{NOT_SET_UP}{expected}")
    );
}

fn selectors(address: Address, signature: &str) -> Value {
    let mut word = [0; 32];
    word[..4].copy_from_slice(&abi::selector(signature));
    let selector = Value::FixedBytes(abi::AbiWord::new(word), 4);
    Value::Tuple(vec![
        abi::address_value(address),
        Value::Array(vec![selector]),
    ])
}

#[test]
fn the_test_contract_says_what_is_called_and_by_whom() {
    let only = |signature: &str, what: &str| {
        let fake = Fake::new(|fake| fake.number < 3);
        run(
            &fake.says(signature, vec![selectors(COUNTER, what)]),
            UP_AND_DOWN,
        )
    };
    assert_eq!(
        only("targetSelectors()", "down()").end,
        InvariantEnd::Passed
    );
    assert_eq!(only("excludeSelectors()", "up()").end, InvariantEnd::Passed);
    assert_eq!(calls_of(&only("targetSelectors()", "up()")), ["up()"; 3]);
    let address = |address| vec![abi::address_value(address)];
    let fake = Fake::new(|fake| fake.number < 3).says("excludeContracts()", address(COUNTER));
    assert!(matches!(
        run(&fake, UP_AND_DOWN).end,
        InvariantEnd::Impossible(_)
    ));
    let fake = Fake::new(|fake| [Address::zero(), SENDER].contains(&fake.last_sender));
    let fake = fake.says("targetSenders()", address(SENDER));
    assert_eq!(run(&fake, UP_AND_DOWN).end, InvariantEnd::Passed);
    let interface = Value::Tuple(vec![
        abi::address_value(CHILD),
        Value::Array(vec![Value::String("Test".into())]),
    ]);
    let fake = Fake::new(|_| true).says("targetInterfaces()", vec![interface]);
    let fake = fake.says("targetContracts()", address(CHILD));
    let report = run(&fake, UP_AND_DOWN);
    assert!(report.last.iter().all(|call| call.target == CHILD));
    assert_eq!(report.runs, 10);
}

#[test]
fn assertions_break_whatever_the_invariant_says_and_reverts_if_they_are_to() {
    let functions = ["function up()", "function asserts(uint256)"];
    let report = run(&Fake::new(|_| true), &functions);
    assert_eq!(calls_of(&report), ["asserts(3)"]);
    let strict = InvariantOptions {
        fail_on_revert: true,
        ..options()
    };
    let report = run_with(&Fake::new(|_| true), UP_AND_DOWN, &strict, false, None);
    assert_eq!(calls_of(&report), ["down()"]);
}

#[test]
fn rejected_calls_are_none_and_there_are_not_too_many() {
    let few = InvariantOptions {
        max_assume_rejects: 100,
        ..options()
    };
    let functions = ["function up()", "function picky(uint256)"];
    let report = run_with(&Fake::new(|_| true), &functions, &few, false, None);
    assert_eq!((report.end, report.calls), (InvariantEnd::Passed, 400));
    let report = run_with(&Fake::new(|_| true), &functions[1..], &few, false, None);
    let reason = "`vm.assume` rejected too many inputs (100 allowed)".to_owned();
    assert_eq!(report.end, InvariantEnd::Impossible(reason));
}

#[test]
fn what_is_asserted_after_a_sequence_counts() {
    let mut fake = Fake::new(|_| true);
    fake.after = |fake| fake.number < 2;
    let report = run_with(&fake, &["function up()"], &options(), true, None);
    assert_eq!(calls_of(&report), ["up()"; 2]);
    let report = run_with(&fake, &["function up()"], &options(), false, None);
    assert_eq!(report.end, InvariantEnd::Passed);
}

#[test]
fn created_contracts_are_called_unless_targets_were_named() {
    let functions = ["function up()", "function make()"];
    let fake = Fake::new(|fake| fake.number < 1_000);
    assert_eq!(calls_of(&run(&fake, &functions)), ["make()", "jump()"]);
    let target = vec![abi::address_value(COUNTER)];
    let report = run(&fake.says("targetContracts()", target), &functions);
    assert_eq!(report.end, InvariantEnd::Passed);
}

#[test]
fn counterexamples_are_tried_first_if_they_can_still_be_made_up() {
    let folder = std::env::temp_dir().join(format!("gasworks-invariant-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let corpus = Corpus::new(&folder, "A.t.sol", "A");
    let never = InvariantOptions {
        runs: 0,
        ..options()
    };
    let fake = Fake::new(|fake| fake.number < 5);
    let first = run_with(&fake, UP_AND_DOWN, &options(), false, Some(&corpus));
    let again = run_with(&fake, UP_AND_DOWN, &never, false, Some(&corpus));
    assert_eq!(calls_of(&first), calls_of(&again));
    let fake = fake.says("excludeSelectors()", vec![selectors(COUNTER, "up()")]);
    let report = run_with(&fake, UP_AND_DOWN, &never, false, Some(&corpus));
    assert_eq!(report.end, InvariantEnd::Passed);
    let _ = std::fs::remove_dir_all(&folder);
}
