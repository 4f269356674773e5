//! The property tests of a suite: what `property` finds out becomes results.

use std::path::PathBuf;
use std::sync::Arc;

use super::abi::{self, Function, Value};
use super::artifact::Contract;
use super::property::corpus::Corpus;
use super::property::dictionary::Dictionary;
use super::property::fuzz::{FuzzEnd, FuzzTest};
use super::property::inline_config::{InlineConfig, InlineConfigError, TestOptions};
use super::property::invariant::{InvariantEnd, InvariantReport, InvariantTest};
use super::property::literals::Literals;
use super::property::options::{DictionaryOptions, FuzzOptions, InvariantOptions};
use super::property::random::{Random, Seed};
use super::property::subject::Call;
use super::property::table::{Fixtures, TableEnd, TableTest, fixtures, fixtures_of};
use super::result::{Counterexample, FailingCall, Kind, TestResult, Verdict};
use super::subject::{Deployed, Prepared, dictionary};
use super::suite::Suite;
use gasworks::{Address, U256};

/// How the property tests of a project run.
#[derive(Clone, Debug, Default)]
pub struct PropertyOptions {
    /// What all tests begin with.
    pub tests: TestOptions,
    /// The profile that is in use.
    pub profile: String,
    /// All that there are.
    pub profiles: Vec<String>,
    /// The folder of the project, where the sources are that configure their tests.
    pub root: PathBuf,
    /// The constants of the project's sources.
    pub literals: Arc<Literals>,
}

impl PropertyOptions {
    /// The comments of a contract that configure its tests. Artifacts may come without sources, and then there are none.
    pub fn comments_of(&self, contract: &Contract) -> InlineConfig {
        let source = std::fs::read_to_string(self.root.join(&contract.source)).unwrap_or_default();
        InlineConfig::from_source(&contract.source, &source, &contract.name)
    }

    /// What a contract's tests begin with, or what one of its functions has.
    ///
    /// # Errors
    /// The first comment that cannot be followed.
    pub fn options_of(
        &self,
        comments: &InlineConfig,
        function: Option<&str>,
    ) -> Result<TestOptions, InlineConfigError> {
        let mut options = self.tests.clone();
        comments.apply(function, &self.profile, &self.profiles, &mut options)?;
        Ok(options)
    }
}

/// What the property tests of a suite share, once one of them has asked.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    fixtures: Fixtures,
    deployed: Deployed,
}

/// What tests that make things up begin with, of whatever kind they are.
struct Start {
    suite: String,
    signature: String,
    seed: Seed,
    dictionary: Dictionary,
    libraries: Vec<Address>,
    corpus: Option<Corpus>,
}

impl Start {
    fn new(
        suite: &mut Suite<'_>,
        function: &Function,
        options: &DictionaryOptions,
        folder: Option<&PathBuf>,
    ) -> Self {
        let literals = &suite.options.properties.literals;
        Self {
            suite: suite.contract.full_name(),
            signature: function.signature(),
            seed: suite.options.seed.to_big_endian(),
            dictionary: dictionary(&mut suite.machine, options, literals),
            libraries: suite.libraries(),
            corpus: folder.map(|folder| corpus(suite, folder)),
        }
    }
}

/// Runs a test with parameters that are made up.
pub(super) fn fuzz(
    suite: &mut Suite<'_>,
    function: &Function,
    options: &FuzzOptions,
) -> TestResult {
    let mut result = TestResult::new(function.signature());
    result.kind = Kind::Fuzz {
        runs: 0,
        mean: 0,
        median: 0,
    };
    let Some(shared) = prepare(suite, function, &mut result) else {
        return result;
    };
    let Some(types) = abi::types_of(&function.inputs) else {
        result.reason = Some("the types of the parameters are not known".to_owned());
        return result;
    };
    let fixtures = fixtures_of(function, &shared.fixtures);
    let folder = options.failure_persist_dir.as_ref();
    let start = Start::new(suite, function, &options.dictionary, folder);
    let random = Random::new(&start.seed, &[&start.suite, &start.signature]);
    let test = FuzzTest {
        signature: &start.signature,
        selector: function.selector().0,
        types: &types,
        fixtures: &fixtures,
        sender: suite.machine.environment().sender,
        target: suite.machine.contract,
        options,
        random: &random,
        dictionary: &start.dictionary,
        libraries: &start.libraries,
        corpus: start.corpus.as_ref(),
    };
    let before = suite.machine.lines();
    let mut subjects = team(suite, options.timeout);
    if options.show_logs {
        // One after the other, so that they are in order.
        subjects.truncate(1);
        subjects.iter_mut().for_each(Prepared::keep_lines);
    }
    let report = test.run(&mut subjects);
    let is_late = subjects.iter().any(|subject| subject.is_late);
    let lines = subjects.iter_mut().find_map(Prepared::take_lines);
    drop(subjects);
    result.kind = Kind::Fuzz {
        runs: report.gas.len() as u32,
        mean: mean(&report.gas),
        median: median(&report.gas),
    };
    suite.warnings.extend(report.warnings);
    show(suite, function, report.last.as_slice(), &mut result);
    if let Some(lines) = lines {
        result.logs = before.into_iter().chain(lines).collect();
    }
    let (verdict, reason) = match report.end {
        FuzzEnd::Passed => (Verdict::Passed, None),
        FuzzEnd::Skipped(reason) => (Verdict::Skipped, reason),
        FuzzEnd::Impossible(reason) => (Verdict::Failed, Some(reason)),
        FuzzEnd::Failed(reason, arguments) => {
            let call = report.last.as_ref();
            result.counterexample = call.map(|call| single(suite, function, call, arguments));
            (Verdict::Failed, reason)
        }
    };
    (result.verdict, result.reason) = (verdict, reason);
    note_time(suite, is_late, &mut result);
    result
}

/// Runs a test with parameters from a table.
pub(super) fn table(suite: &mut Suite<'_>, function: &Function) -> TestResult {
    let mut result = TestResult::new(function.signature());
    let Some(shared) = prepare(suite, function, &mut result) else {
        return result;
    };
    let names: Vec<String> = function
        .inputs
        .iter()
        .map(|input| input.name.clone())
        .collect();
    let types = abi::types_of(&function.inputs).unwrap_or_default();
    let test = TableTest {
        names: &names,
        types: &types,
        selector: function.selector().0,
        fixtures: &shared.fixtures,
        sender: suite.machine.environment().sender,
        target: suite.machine.contract,
    };
    let mut subject = prepared(suite);
    let report = test.run(&mut subject);
    let is_late = subject.is_late;
    if !report.gas.is_empty() {
        result.kind = Kind::Table {
            rows: report.gas.len() as u32,
            mean: mean(&report.gas),
            median: median(&report.gas),
        };
    }
    show(suite, function, report.last.as_slice(), &mut result);
    (result.verdict, result.reason) = match report.end {
        TableEnd::Passed => (Verdict::Passed, None),
        TableEnd::Skipped(reason) => (Verdict::Skipped, reason),
        TableEnd::Impossible(reason) => (Verdict::Failed, Some(reason)),
        TableEnd::Failed(reason, arguments) => {
            let call = report.last.as_ref();
            result.counterexample = call.map(|call| single(suite, function, call, arguments));
            (Verdict::Failed, reason)
        }
    };
    note_time(suite, is_late, &mut result);
    result
}

/// Tests an invariant.
pub(super) fn invariant(
    suite: &mut Suite<'_>,
    function: &Function,
    options: &InvariantOptions,
) -> TestResult {
    let mut result = TestResult::new(function.signature());
    result.kind = Kind::Invariant {
        runs: 0,
        calls: 0,
        reverts: 0,
    };
    let Some(shared) = prepare(suite, function, &mut result) else {
        return result;
    };
    let folder = options.failure_persist_dir.as_ref();
    let start = Start::new(suite, function, &options.dictionary, folder);
    let functions = || suite.contract.abi.functions();
    let outputs = abi::types_of(&function.outputs).unwrap_or_default();
    let test = InvariantTest {
        suite: &start.suite,
        signature: &start.signature,
        has_parameters: !function.inputs.is_empty(),
        is_optimization: outputs[..] == [abi::Type::Int(256)],
        has_after: functions().any(|function| function.signature() == "afterInvariant()"),
        fixtures: &shared.fixtures,
        sender: suite.machine.environment().sender,
        address: suite.machine.contract,
        options,
        seed: &start.seed,
        dictionary: &start.dictionary,
        libraries: &start.libraries,
        corpus: start.corpus.as_ref(),
        contracts: &shared.deployed,
    };
    let mut subjects = team(suite, options.timeout);
    let report = test.run(&mut subjects);
    let is_late = subjects.iter().any(|subject| subject.is_late);
    conclude_invariant(suite, function, report, &mut result);
    note_time(suite, is_late, &mut result);
    result
}

fn conclude_invariant(
    suite: &mut Suite<'_>,
    function: &Function,
    report: InvariantReport,
    result: &mut TestResult,
) {
    result.kind = Kind::Invariant {
        runs: report.runs,
        calls: report.calls,
        reverts: report.reverts,
    };
    suite.warnings.extend(report.warnings);
    let mut calls = report.last;
    calls.push(asking(suite, function));
    show(suite, function, &calls, result);
    (result.verdict, result.reason) = match report.end {
        InvariantEnd::Passed => (Verdict::Passed, None),
        InvariantEnd::Skipped(reason) => (Verdict::Skipped, reason),
        InvariantEnd::Impossible(reason) => (Verdict::Failed, Some(reason)),
        InvariantEnd::Broken {
            reason,
            original,
            calls,
        } => {
            let call = |breaking: super::property::invariant::BreakingCall| FailingCall {
                sender: Some(breaking.call.sender),
                target: breaking.call.target,
                contract: breaking.contract,
                signature: breaking.signature,
                calldata: breaking.call.calldata,
                arguments: breaking.arguments,
                value: U256::zero(),
                delay: breaking.call.delay,
            };
            result.counterexample = Some(Counterexample::Sequence {
                original,
                calls: calls.into_iter().map(call).collect(),
            });
            let reason = reason.unwrap_or_else(|| "assertion failed".to_owned());
            (Verdict::Failed, Some(reason))
        }
    };
}

/// What must be known before a test runs; `None` if it has failed already.
fn prepare(
    suite: &mut Suite<'_>,
    function: &Function,
    result: &mut TestResult,
) -> Option<Arc<Shared>> {
    suite.machine.reset();
    let shared = shared(suite);
    suite.machine.cheats.stop_trace();
    if let Err(reason) = suite.before_test(function) {
        result.reason = reason;
        return None;
    }
    Some(shared)
}

/// Finds out once what all property tests of a suite need.
fn shared(suite: &mut Suite<'_>) -> Arc<Shared> {
    if let Some(shared) = &suite.shared {
        return Arc::clone(shared);
    }
    let contract = suite.contract;
    let deployed = Deployed::new(&mut suite.machine, &suite.project.artifacts, contract);
    let sender = suite.machine.environment().sender;
    let target = suite.machine.contract;
    let mut subject = prepared(suite);
    let fixtures = fixtures(&mut subject, sender, target, &contract.abi);
    let shared = Arc::new(Shared { fixtures, deployed });
    suite.machine.reset();
    suite.shared = Some(Arc::clone(&shared));
    shared
}

fn prepared<'s>(suite: &'s mut Suite<'_>) -> Prepared<'s> {
    Prepared::new(
        &mut suite.machine,
        &suite.project.decoder,
        &suite.project.artifacts,
        suite.stop,
    )
}

/// A machine for each of the threads that there are, all in the state in which the test begins, with so many seconds.
fn team<'s>(suite: &'s mut Suite<'_>, seconds: Option<u64>) -> Vec<Prepared<'s>> {
    let mut functions = suite.contract.abi.functions();
    // What is called before a test was called on the first machine only.
    let is_alone = functions.any(|function| function.name == "beforeTestSetup");
    let others = if is_alone {
        0
    } else {
        suite.stop.threads().saturating_sub(1)
    };
    while suite.forks.len() < others {
        let fork = suite.machine.fork();
        suite.forks.push(fork);
    }
    for fork in suite.forks.iter_mut().take(others) {
        fork.reset();
    }
    let machines = std::iter::once(&mut suite.machine);
    let machines = machines.chain(suite.forks.iter_mut().take(others));
    let (decoder, artifacts) = (&suite.project.decoder, &suite.project.artifacts);
    machines
        .map(|machine| {
            let mut prepared = Prepared::new(machine, decoder, artifacts, suite.stop);
            prepared.run_for(seconds);
            prepared
        })
        .collect()
}

fn corpus(suite: &Suite<'_>, folder: &std::path::Path) -> Corpus {
    let folder = suite.options.properties.root.join(folder);
    Corpus::new(&folder, &suite.contract.source, &suite.contract.name)
}

/// The call by which the runner itself asks a test function without parameters.
fn asking(suite: &Suite<'_>, function: &Function) -> Call {
    let calldata = gasworks::Bytes::copy_from_slice(function.selector().as_slice());
    let sender = suite.machine.environment().sender;
    Call::new(sender, suite.machine.contract, calldata, 0)
}

/// Makes some calls once more, for their logs and their trace.
fn show(suite: &mut Suite<'_>, function: &Function, calls: &[Call], result: &mut TestResult) {
    suite.machine.reset();
    if suite.before_test(function).is_ok() && !calls.is_empty() {
        let traced = suite.machine.cheats.clone();
        let mut subject = prepared(suite);
        subject.show(traced, calls);
    }
    suite.take_over(result);
}

fn single(
    suite: &Suite<'_>,
    function: &Function,
    call: &Call,
    arguments: Vec<Value>,
) -> Counterexample {
    Counterexample::Single(FailingCall {
        sender: None,
        target: call.target,
        contract: Some(suite.contract.full_name()),
        signature: Some(function.signature()),
        calldata: call.calldata.clone(),
        arguments,
        value: U256::zero(),
        delay: None,
    })
}

fn note_time(suite: &Suite<'_>, is_late: bool, result: &mut TestResult) {
    if is_late || suite.is_late() {
        result.verdict = Verdict::Failed;
        result.reason = Some(super::machine::TimedOut.to_string());
    }
}

fn mean(gas: &[u64]) -> u64 {
    let sum: u128 = gas.iter().map(|gas| u128::from(*gas)).sum();
    (sum / gas.len().max(1) as u128) as u64
}

fn median(gas: &[u64]) -> u64 {
    let mut sorted = gas.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    match sorted.get(middle) {
        None => 0,
        Some(upper) if sorted.len() % 2 == 1 => *upper,
        Some(upper) => (sorted[middle - 1] + upper) / 2,
    }
}
