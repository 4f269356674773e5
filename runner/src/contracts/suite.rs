//! One test contract: deployed and set up once, each test from the state after that.

use std::sync::Arc;

use gasworks::{Address, Bytes, CallStatus, Config, create_address};

use super::abi::{self, Function, Type, Value};
use super::artifact::{Contract, LIBRARY_DEPLOYER};
use super::cheats::values::Values;
use super::cheats::watched::Watches;
use super::cheats::{Cheats, Project, Surroundings};
use super::machine::{Ended, Execution, Machine, TimedOut};
use super::properties::{self, Shared};
use super::property::inline_config::{InlineConfig, InlineConfigError, TestOptions};
use super::result::{Kind, Phase, SuiteResult, TestResult, Verdict};
use super::run::{Options, Stop};

/// What a function of a test contract is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A test without parameters.
    Unit,
    /// A test with parameters that are made up.
    Fuzz,
    /// A test that was meant to fail: no longer so.
    Fail,
    /// What must hold whatever is called.
    Invariant,
    /// A test with parameters from a table.
    Table,
    /// No test.
    Other,
}

/// What a function is.
pub fn role(function: &Function) -> Role {
    let name = function.name.as_str();
    if name.starts_with("testFail") {
        Role::Fail
    } else if name.starts_with("test") {
        if function.inputs.is_empty() {
            Role::Unit
        } else {
            Role::Fuzz
        }
    } else if name.starts_with("invariant") || name.starts_with("statefulFuzz") {
        Role::Invariant
    } else if name.starts_with("table") {
        Role::Table
    } else {
        Role::Other
    }
}

/// Whether a contract is a test suite: it can be deployed without parameters, and has tests.
pub fn is_suite(contract: &Contract) -> bool {
    is_deployable(contract)
        && contract
            .abi
            .functions()
            .any(|function| role(function) != Role::Other)
}

/// Whether a contract can be deployed without parameters.
pub(super) fn is_deployable(contract: &Contract) -> bool {
    let constructor = contract.abi.constructor.as_ref();
    !contract.creation.bytes.is_empty()
        && constructor.is_none_or(|constructor| constructor.inputs.is_empty())
}

/// The reason of every `testFail*`.
const REMOVED: &str = "`testFail*` has been removed. Consider changing to test_Revert[If|When]_Condition and expecting a \
                       revert";

/// A test contract that has been set up.
pub struct Suite<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// What it shares with the others.
    pub project: &'a Arc<Project>,
    /// What was asked for.
    pub options: &'a Options,
    /// Its machine, in the state after `setUp` or after a test.
    pub machine: Machine,
    pub(super) stop: &'a Stop,
    /// What is odd, but no failure.
    pub(super) warnings: Vec<String>,
    /// What comments configure.
    config: InlineConfig,
    /// What property tests have found out.
    pub(super) shared: Option<Arc<Shared>>,
    /// Machines in the state after `setUp`, for the other threads of a property test.
    pub(super) forks: Vec<Machine>,
}

/// Runs the tests of a contract that are wanted.
pub fn run(
    contract: &Contract,
    project: &Arc<Project>,
    options: &Options,
    stop: &Stop,
    interrupt: &Config,
) -> SuiteResult {
    let mut result = SuiteResult {
        source: contract.source.clone(),
        contract: contract.name.clone(),
        ..SuiteResult::default()
    };
    let functions: Vec<&Function> = contract.abi.functions().collect();
    let named = |name: &str| {
        let mut found = functions
            .iter()
            .filter(|function| function.name.eq_ignore_ascii_case(name));
        (found.next().copied(), found.next().is_some())
    };
    let is_setup = |function: &&&Function| {
        function.name.eq_ignore_ascii_case("setup") && function.inputs.is_empty()
    };
    let setups: Vec<&&Function> = functions.iter().filter(is_setup).collect();
    for setup in setups.iter().filter(|setup| setup.name != "setUp") {
        result.warnings.push(format!(
            "Found invalid setup function \"{}\" did you mean \"setUp()\"?",
            setup.signature()
        ));
    }
    if setups.len() > 1 {
        let failed = TestResult::failed("setUp()", "multiple setUp functions");
        result.tests.push(failed);
        return result;
    }
    if named("afterInvariant").1 {
        let failed = TestResult::failed("afterInvariant()", "multiple afterInvariant functions");
        result.tests.push(failed);
        return result;
    }
    let calls_setup = setups.iter().any(|setup| setup.name == "setUp");
    let mut suite = match Suite::set_up(contract, project, options, stop, interrupt, calls_setup) {
        Ok(suite) => suite,
        Err(failed) => {
            result.tests.push(*failed);
            return result;
        }
    };
    let mut wanted: Vec<&Function> = functions
        .iter()
        .copied()
        .filter(|function| role(function) != Role::Other)
        .filter(|function| options.filter.wants_test(contract, function))
        .collect();
    wanted.sort_by_cached_key(|function| function.signature());
    let removed: Vec<&Function> = wanted
        .iter()
        .copied()
        .filter(|function| role(function) == Role::Fail)
        .collect();
    if !removed.is_empty() {
        let failed = |function: &&Function| TestResult::failed(function.signature(), REMOVED);
        result.tests = removed.iter().map(failed).collect();
        return result;
    }
    suite.run_all(&wanted, &mut result);
    result
}

impl<'a> Suite<'a> {
    /// Deploys and sets up; the result that says why not.
    pub(super) fn set_up(
        contract: &'a Contract,
        project: &'a Arc<Project>,
        options: &'a Options,
        stop: &'a Stop,
        interrupt: &Config,
        calls_setup: bool,
    ) -> Result<Self, Box<TestResult>> {
        let config = options.properties.comments_of(contract);
        let engine = options.properties.options_of(&config, None);
        let engine = engine
            .map_err(|error| Box::new(TestResult::failed("setUp()", error.to_string())))?
            .engine;
        let values = Values::new(Arc::clone(&options.values), contract.source.as_str());
        let mut environment = options.environment_of(contract).with(&engine);
        environment.watches = Watches::of(&contract.creation.bytes);
        let environment = Arc::new(environment);
        let surroundings = Surroundings::of(&environment);
        let mut cheats = Cheats::new(
            Arc::clone(project),
            contract.name.as_str(),
            values,
            surroundings,
        );
        cheats.follow(&engine);
        if options.traces {
            cheats.start_trace();
        }
        let mut suite = Self {
            contract,
            project,
            options,
            machine: Machine::new(environment, cheats, interrupt.clone()),
            stop,
            warnings: Vec::new(),
            config,
            shared: None,
            forks: Vec::new(),
        };
        if let Some(collected) = &options.coverage {
            suite.machine.count(collected);
        }
        let linked = project
            .linked
            .link(&project.artifacts, contract, &contract.creation);
        let code = linked
            .map_err(|error| Box::new(TestResult::failed("constructor()", error.to_string())))?;
        for library in &project.linked.deployments {
            let execution = suite.machine.deploy_library(library.clone());
            suite.must_succeed("constructor()", execution)?;
        }
        let execution = suite.machine.deploy(code);
        suite.must_succeed("constructor()", execution)?;
        if calls_setup {
            suite.machine.cheats.begin_phase(Phase::Setup);
            let input = Bytes::copy_from_slice(&abi::selector("setUp()"));
            let execution = suite.machine.call_test(input);
            suite.must_succeed("setUp()", execution)?;
            suite.machine.cheats.keep_chain();
        }
        suite.machine.keep();
        Ok(suite)
    }

    fn must_succeed(
        &mut self,
        name: &str,
        execution: Result<Execution, TimedOut>,
    ) -> Result<(), Box<TestResult>> {
        let execution = match execution {
            Ok(execution) if execution.status == CallStatus::Success => return Ok(()),
            Ok(execution) => execution,
            Err(late) => return Err(Box::new(TestResult::failed(name, late.to_string()))),
        };
        let mut result = TestResult::new(name);
        self.conclude(&mut result, &execution);
        result.kind = Kind::Unit { gas: 0 };
        Err(Box::new(result))
    }

    fn run_all(&mut self, wanted: &[&Function], result: &mut SuiteResult) {
        for function in wanted {
            if self.stop.is_stopped() {
                break;
            }
            self.stop.begin_test();
            let tested = match self.options_of(function) {
                Ok(options) => self.run_as(function, &options),
                Err(error) => TestResult::failed(function.signature(), error.to_string()),
            };
            self.note(tested, result);
        }
        // What is odd about a file is found when it is read and when it is to be written.
        self.warnings.dedup();
        result.warnings.append(&mut self.warnings);
        result.tests.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// What the project and the comments say of a test.
    fn options_of(&self, function: &Function) -> Result<TestOptions, InlineConfigError> {
        let properties = &self.options.properties;
        properties.options_of(&self.config, Some(&function.name))
    }

    /// Runs a test, on a machine of its own where it differs from the others'.
    fn run_as(&mut self, function: &Function, options: &TestOptions) -> TestResult {
        self.machine.reset();
        let environment = self.machine.environment().clone().with(&options.engine);
        let mut cheats = self.machine.cheats.clone();
        if environment == *self.machine.environment() && !cheats.follow(&options.engine) {
            return self.run_one(function, options);
        }
        cheats.follow(&options.engine);
        let own = self.machine.fork_into(Arc::new(environment), cheats);
        let usual = std::mem::replace(&mut self.machine, own);
        let forks = std::mem::take(&mut self.forks);
        let result = self.run_one(function, options);
        (self.machine, self.forks) = (usual, forks);
        result
    }

    fn run_one(&mut self, function: &Function, options: &TestOptions) -> TestResult {
        match role(function) {
            Role::Fuzz => properties::fuzz(self, function, &options.fuzz),
            Role::Table => properties::table(self, function),
            Role::Invariant => properties::invariant(self, function, &options.invariant),
            Role::Unit | Role::Fail | Role::Other => self.run_unit(function),
        }
    }

    fn note(&self, tested: TestResult, result: &mut SuiteResult) {
        if tested.verdict == Verdict::Failed && self.options.fail_fast {
            self.stop.stop();
        }
        result.tests.push(tested);
    }

    /// Runs a test without parameters.
    fn run_unit(&mut self, function: &Function) -> TestResult {
        let mut result = TestResult::new(function.signature());
        self.machine.reset();
        if let Err(failed) = self.before_test(function) {
            result.reason = failed;
            return result;
        }
        self.machine.cheats.begin_phase(Phase::Execution);
        let input = Bytes::copy_from_slice(function.selector().as_slice());
        match self.machine.call_test(input) {
            Ok(execution) => self.conclude(&mut result, &execution),
            Err(late) => result.reason = Some(late.to_string()),
        }
        result
    }

    /// Makes the calls that a suite wants before a test: `beforeTestSetup(bytes4)` says which.
    ///
    /// # Errors
    /// The reason why one of them failed.
    pub fn before_test(&mut self, function: &Function) -> Result<(), Option<String>> {
        let mut names = self
            .contract
            .abi
            .functions()
            .map(|known| known.name.as_str());
        if !names.any(|name| name == "beforeTestSetup") {
            return Ok(());
        }
        self.machine.cheats.begin_phase(Phase::Setup);
        let selector = function.selector();
        let mut word = [0; 32];
        word[..4].copy_from_slice(selector.as_slice());
        let input = abi::encode_call(
            abi::selector("beforeTestSetup(bytes4)"),
            &[Value::FixedBytes(abi::AbiWord::new(word), 4)],
        );
        let late = |late: TimedOut| Some(late.to_string());
        let asked = self.machine.call_test(input.into()).map_err(late)?;
        let types = [Type::Array(Box::new(Type::Bytes))];
        let calls = abi::decode(&types, &asked.output).unwrap_or_default();
        let calls = calls.first().and_then(Value::as_array).unwrap_or_default();
        for call in calls.iter().filter_map(Value::as_bytes) {
            let done = self
                .machine
                .call_test(Bytes::copy_from_slice(call))
                .map_err(late)?;
            if done.status != CallStatus::Success {
                return Err(Some(self.project.decoder.reason(&done.output, done.status)));
            }
        }
        Ok(())
    }

    /// Takes over what came of a test's call: verdict, reason, gas, logs, labels and trace.
    pub fn conclude(&mut self, result: &mut TestResult, execution: &Execution) {
        result.kind = Kind::Unit { gas: execution.gas };
        let reason = || {
            self.project
                .decoder
                .reason(&execution.output, execution.status)
        };
        (result.verdict, result.reason) = match &execution.ended {
            Ended::Passed => (Verdict::Passed, None),
            Ended::Skipped(reason) => (Verdict::Skipped, Some(reason.clone())),
            Ended::Rejected => (Verdict::Failed, Some("FOUNDRY::ASSUME".to_owned())),
            Ended::Failed { .. } if execution.status == CallStatus::Success => {
                (Verdict::Failed, None)
            }
            Ended::Failed { .. } => (Verdict::Failed, Some(reason())),
        };
        if result.verdict == Verdict::Skipped {
            result.kind = Kind::Unit { gas: 0 };
        }
        self.take_over(result);
    }

    /// Takes over logs, labels and trace.
    pub fn take_over(&mut self, result: &mut TestResult) {
        result.logs = self.machine.lines();
        result.labels = self.machine.cheats.labels().clone();
        result.gas_snapshots = self.machine.cheats.gas_snapshots().clone();
        result.trace = self.machine.cheats.trace();
    }

    /// The addresses of libraries, which tests are not to be given.
    pub(super) fn libraries(&self) -> Vec<Address> {
        let count = self.project.linked.deployments.len() as u64;
        let nonces = 0..count;
        nonces
            .map(|nonce| create_address(LIBRARY_DEPLOYER, nonce))
            .collect()
    }

    /// Whether the test has run out of time.
    pub(super) fn is_late(&self) -> bool {
        self.stop.is_late()
    }

    /// Whether there is no time left, or something has failed already and that is enough.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_stopped()
    }
}
