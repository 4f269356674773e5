//! What property tests ask of a machine with a test contract that has been set up.

use gasworks::{Address, Bytes, CallStatus};

use super::corpus::SavedCall;
use super::dictionary::Dictionary;
use super::invariant::Known;

/// A call of a property test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who calls.
    pub sender: Address,
    /// Which contract.
    pub target: Address,
    /// Selector and arguments.
    pub calldata: Bytes,
    /// Seconds and blocks that pass before it.
    pub delay: Option<(u64, u64)>,
    /// What the random numbers follow from that it asks for.
    pub salt: u64,
}

impl Call {
    /// A call that nothing happens before.
    pub fn new(sender: Address, target: Address, calldata: Bytes, salt: u64) -> Self {
        Self {
            sender,
            target,
            calldata,
            delay: None,
            salt,
        }
    }

    /// A call as it is kept.
    pub fn saved(&self) -> SavedCall {
        SavedCall {
            sender: Some(self.sender),
            target: Some(self.target),
            calldata: self.calldata.clone(),
            delay: self.delay,
            salt: self.salt,
        }
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It returned, and no assertion failed.
    Passed,
    /// `vm.assume` did not hold.
    Rejected,
    /// `vm.skip`, with its reason.
    Skipped(Option<String>),
    /// It reverted or halted.
    Reverted {
        /// It was an assertion that failed: `assert`, `vm.assert*` and their like.
        by_assertion: bool,
        /// The contract that reverted first was neither the test contract nor the one of cheatcodes.
        elsewhere: bool,
    },
    /// It returned, and an assertion had failed that did not revert.
    Failed,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How it ended.
    pub end: End,
    /// What it returned, or the reason of a revert.
    pub output: Bytes,
    /// Gas that it used, as forge counts it.
    pub gas: u64,
    /// How it ended for the machine.
    pub status: CallStatus,
}

/// A machine with a test contract after its `setUp`.
pub trait Subject {
    /// Goes back to the state after `setUp`.
    fn reset(&mut self);

    /// Runs a call on the state as it is, and takes back what it changed.
    fn attempt(&mut self, call: &Call) -> Answer;

    /// Runs a call and keeps what it changed, unless it was rejected.
    fn step(&mut self, call: &Call) -> Answer;

    /// Why a call failed, in words.
    fn reason(&self, answer: &Answer) -> Option<String>;

    /// Takes up what the last step logged and changed.
    fn collect(&mut self, dictionary: &mut Dictionary);

    /// Contracts that the last step created.
    fn created(&mut self) -> Vec<Address>;

    /// Which contract of the project is at an address now.
    fn identify(&mut self, address: Address) -> Option<Known>;

    /// Whether there is no time left.
    fn is_stopped(&self) -> bool;
}
