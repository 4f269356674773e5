//! What came of tests, as data: reporters turn it into text, JSON or JUnit.

use std::collections::BTreeMap;

use gasworks::{Address, Bytes, CallStatus, Hash, MessageKind, U256};

use super::abi::Value;

/// What came of one test contract.
#[derive(Clone, Debug, Default)]
pub struct SuiteResult {
    /// The file it is in, relative to the project: `src/test/A.t.sol`.
    pub source: String,
    /// The contract's name.
    pub contract: String,
    /// Its tests, in the order of their signatures.
    pub tests: Vec<TestResult>,
    /// What is odd about it, but no failure.
    pub warnings: Vec<String>,
    /// Calls whose gas was measured, in their order.
    pub calls: Vec<MeasuredCall>,
}

/// A call of a contract by a test, for reports of gas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredCall {
    /// The contract's name.
    pub contract: String,
    /// The function's name, or what else was called.
    pub function: String,
    /// Gas that it used.
    pub gas: u64,
}

impl SuiteResult {
    /// `src/test/A.t.sol:ATest`, as forge names it.
    pub fn name(&self) -> String {
        format!("{}:{}", self.source, self.contract)
    }
}

/// What came of one test.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Its signature: `testX(uint256)`.
    pub name: String,
    /// Whether it passed.
    pub verdict: Verdict,
    /// Why it failed or was skipped.
    pub reason: Option<String>,
    /// The input that made a property fail.
    pub counterexample: Option<Counterexample>,
    /// Lines of `console.log` and of the older log events.
    pub logs: Vec<String>,
    /// What was run, and at which cost.
    pub kind: Kind,
    /// Names that `vm.label` gave.
    pub labels: BTreeMap<Address, String>,
    /// The calls, where they were asked for.
    pub trace: Option<Trace>,
    /// Values of `vm.snapshotGas*` and `vm.snapshotValue`, by group and name.
    pub gas_snapshots: BTreeMap<String, BTreeMap<String, String>>,
}

impl TestResult {
    /// A test that has not run yet, and counts as failed until it has.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            verdict: Verdict::Failed,
            reason: None,
            counterexample: None,
            logs: Vec::new(),
            kind: Kind::Unit { gas: 0 },
            labels: BTreeMap::new(),
            trace: None,
            gas_snapshots: BTreeMap::new(),
        }
    }

    /// A test that failed for a reason.
    pub fn failed(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::new(name)
        }
    }
}

/// Whether a test passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Passed,
    /// It did not.
    Failed,
    /// It asked to be left out.
    Skipped,
}

/// What kind of test it was, and its figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Without parameters.
    Unit {
        /// Gas it used, without the intrinsic gas of a transaction.
        gas: u64,
    },
    /// With parameters that are made up.
    Fuzz {
        /// Runs that were not rejected.
        runs: u32,
        /// Mean gas of a run.
        mean: u64,
        /// Median gas of a run.
        median: u64,
    },
    /// Sequences of calls after each of which something must hold.
    Invariant {
        /// Sequences.
        runs: u32,
        /// Calls in all of them.
        calls: u64,
        /// Calls that reverted.
        reverts: u64,
    },
    /// With parameters from a table.
    Table {
        /// Rows that were run.
        rows: u32,
        /// Mean gas of a row.
        mean: u64,
        /// Median gas of a row.
        median: u64,
    },
}

/// What made a property fail.
#[derive(Clone, Debug, PartialEq)]
pub enum Counterexample {
    /// One call of the test.
    Single(FailingCall),
    /// Calls before the invariant was broken.
    Sequence {
        /// How many calls it took before it was shrunk.
        original: usize,
        /// The calls that are left.
        calls: Vec<FailingCall>,
    },
}

/// A call of a counterexample.
#[derive(Clone, Debug, PartialEq)]
pub struct FailingCall {
    /// Who called, where it matters.
    pub sender: Option<Address>,
    /// Which contract.
    pub target: Address,
    /// Its name, `src/A.sol:A`, where it is known.
    pub contract: Option<String>,
    /// The function's signature, where it is known.
    pub signature: Option<String>,
    /// The call as it was sent.
    pub calldata: Bytes,
    /// Its parameters, where they are known.
    pub arguments: Vec<Value>,
    /// Wei that was sent along.
    pub value: U256,
    /// Seconds and blocks that passed before it.
    pub delay: Option<(u64, u64)>,
}

/// Calls in the order in which they were entered; the first is the root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Deployment and `setUp` come before the test itself: where each begins among the calls.
    pub phases: Vec<(Phase, usize)>,
    /// The calls.
    pub calls: Vec<TraceCall>,
}

/// What a trace's roots are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The test contract's constructor, or a library's.
    Deployment,
    /// `setUp`, or `beforeTestSetup`.
    Setup,
    /// The test.
    Execution,
}

/// A call or a creation.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceCall {
    /// The call around it, by position; `None` for a root.
    pub parent: Option<usize>,
    /// How deep it is; 0 for a root.
    pub depth: usize,
    /// A call of a kind, or a creation.
    pub kind: MessageKind,
    /// Who called.
    pub caller: Address,
    /// The account it ran on.
    pub address: Address,
    /// Whose code ran.
    pub code_address: Address,
    /// Hash of the code that ran; of the code that was deployed, for a creation.
    pub code_hash: Hash,
    /// Wei that was sent along.
    pub value: U256,
    /// Call data, or init code.
    pub input: Bytes,
    /// Return data, reason of a revert, or deployed code.
    pub output: Bytes,
    /// How it ended.
    pub status: CallStatus,
    /// Gas it was given.
    pub gas_limit: u64,
    /// Gas it used.
    pub gas_used: u64,
    /// Logs and calls within it, in order.
    pub steps: Vec<TraceStep>,
}

/// What happens in a call that a trace shows.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceStep {
    /// Another call, by position.
    Call(usize),
    /// A log.
    Log(EventLog),
}

/// A log that keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLog {
    /// Who logged.
    pub address: Address,
    /// Up to four words that can be searched for.
    pub topics: Vec<Hash>,
    /// The rest.
    pub data: Bytes,
}
