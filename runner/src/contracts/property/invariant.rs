//! Invariants: what must hold after every call of long sequences of calls.
//!
//! What a sequence consists of follows from the seed, the test, its number, and what the contracts do on the way. Sequences
//! know nothing of each other, so that the result is the same on any number of threads.

mod calls;
mod counterexample;
mod targets;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use gasworks::{Address, Bytes, U256};

use super::corpus::Corpus;
use super::dictionary::Dictionary;
use super::fuzz::too_many_rejected;
use super::options::InvariantOptions;
use super::random::{Random, Seed};
use super::subject::{Answer, Call, End, Subject};
use crate::contracts::abi::{self, Value};

use calls::{CallMaker, Callable, callables};

pub(in crate::contracts) use targets::Selection;
pub use targets::{
    ArtifactFilter, Contracts, Known, Senders, Target, TargetFunction, Targets, changes_something,
};

/// How many times out of a hundred arguments come from the dictionary.
const KNOWN_ARGUMENTS: u32 = 40;

/// What begins the reasons of tests that could not be started.
const NOT_SET_UP: &str = "failed to set up invariant testing environment: ";

/// An invariant.
#[derive(Clone, Copy)]
pub struct InvariantTest<'a> {
    /// `src/A.t.sol:A`, for the seed.
    pub suite: &'a str,
    /// Its signature.
    pub signature: &'a str,
    /// Whether it has parameters, which it must not.
    pub has_parameters: bool,
    /// Whether it returns a number that is to become as large as possible, and never fails.
    pub is_optimization: bool,
    /// Whether the contract has `afterInvariant()`.
    pub has_after: bool,
    /// Values that the contract offers, by the names of parameters.
    pub fixtures: &'a BTreeMap<String, Vec<Value>>,
    /// Who calls the test contract.
    pub sender: Address,
    /// The test contract.
    pub address: Address,
    /// How it runs.
    pub options: &'a InvariantOptions,
    /// The seed of the whole run.
    pub seed: &'a Seed,
    /// What is worth trying.
    pub dictionary: &'a Dictionary,
    /// Addresses that are never made up.
    pub libraries: &'a [Address],
    /// Where counterexamples are kept.
    pub corpus: Option<&'a Corpus>,
    /// What is known of contracts.
    pub contracts: &'a (dyn Contracts + Sync),
}

/// What came of an invariant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvariantReport {
    /// Whether it held.
    pub end: InvariantEnd,
    /// Sequences that were completed.
    pub runs: u32,
    /// Calls in them.
    pub calls: u64,
    /// How many of those reverted.
    pub reverts: u64,
    /// What is odd, but no failure.
    pub warnings: Vec<String>,
    /// The calls of the counterexample, or of the last sequence, to run once more for logs and traces.
    pub last: Vec<Call>,
    /// The largest number that was returned, where it is to become large.
    pub best: Option<U256>,
}

/// How the test of an invariant ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum InvariantEnd {
    /// It held.
    #[default]
    Passed,
    /// It asked to be left out.
    Skipped(Option<String>),
    /// It was broken by the calls in [`InvariantReport::last`].
    Broken {
        /// Why, in words.
        reason: Option<String>,
        /// How many calls there were before the sequence was made short.
        original: usize,
        /// The calls that are left, with what is known of them.
        calls: Vec<BreakingCall>,
    },
    /// It could not be tested, or too many calls were rejected.
    Impossible(String),
}

/// A call of a counterexample, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakingCall {
    /// The call.
    pub call: Call,
    /// `src/A.sol:A`, where it is known.
    pub contract: Option<String>,
    /// The function's signature, where it is known.
    pub signature: Option<String>,
    /// The arguments.
    pub arguments: Vec<Value>,
}

/// What breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    /// An assertion in a contract that was called.
    Assertion,
    /// A call that must not revert.
    Revert,
    /// The invariant, or what is asserted after a sequence.
    Invariant,
}

/// What came of one sequence.
#[derive(Default)]
struct Sequence {
    inputs: Vec<Call>,
    calls: u64,
    reverts: u64,
    ending: Ending,
    best: Option<U256>,
}

#[derive(Default)]
enum Ending {
    #[default]
    Held,
    Broken(Break),
    TooManyRejected,
    Stopped,
}

impl InvariantTest<'_> {
    /// Tests the invariant, on a thread for each of the machines.
    pub fn run<S: Subject + Send>(&self, subjects: &mut [S]) -> InvariantReport {
        let mut report = InvariantReport::default();
        let Some(first) = subjects.first_mut() else {
            return report;
        };
        first.reset();
        let targets = match self.prepare(first) {
            Ok(targets) => targets,
            Err(end) => {
                report.end = end;
                return report;
            }
        };
        if self.replay(first, &targets, &mut report) {
            return report;
        }
        let broken = self.run_sequences(subjects, &targets, &mut report);
        if let (Some(kind), Some(first)) = (broken, subjects.first_mut()) {
            let calls = std::mem::take(&mut report.last);
            self.tell(first, &targets, calls, kind, &mut report);
        }
        report
    }

    /// The invariant must hold before anything is called.
    fn prepare(&self, subject: &mut impl Subject) -> Result<Targets, InvariantEnd> {
        let impossible = |reason: String| InvariantEnd::Impossible(format!("{NOT_SET_UP}{reason}"));
        let answer = self.ask(subject, self.signature);
        if let End::Skipped(reason) = answer.end {
            return Err(InvariantEnd::Skipped(reason));
        }
        let mut selection = targets::Selection {
            subject,
            contracts: self.contracts,
            address: self.address,
            sender: self.sender,
        };
        let targets = selection.select().map_err(impossible)?;
        if self.has_parameters {
            let reason = "Invariant test function should have no inputs";
            return Err(impossible(reason.to_owned()));
        }
        if answer.end != End::Passed && !self.is_optimization {
            let reason = subject.reason(&answer).unwrap_or_default();
            return Err(impossible(reason));
        }
        Ok(targets)
    }

    /// Runs sequences until one breaks; counts them in their order.
    fn run_sequences<S: Subject + Send>(
        &self,
        subjects: &mut [S],
        targets: &Targets,
        report: &mut InvariantReport,
    ) -> Option<Break> {
        struct Shared<'a> {
            waiting: BTreeMap<u32, Sequence>,
            next: u32,
            broken: Option<Break>,
            report: &'a mut InvariantReport,
        }
        let shared = Mutex::new(Shared {
            waiting: BTreeMap::new(),
            next: 0,
            broken: None,
            report,
        });
        let callables = callables(targets.contracts.iter(), self.fixtures);
        let is_over = AtomicBool::new(false);
        let next_run = AtomicU32::new(0);
        let work = |subject: &mut S| {
            let mut dictionary = self.dictionary.clone();
            while !is_over.load(Ordering::Relaxed) {
                let run = next_run.fetch_add(1, Ordering::Relaxed);
                if run >= self.options.runs && self.options.timeout.is_none() {
                    return;
                }
                let sequence = self.sequence(subject, targets, &callables, &mut dictionary, run);
                dictionary.forget();
                // A thread that panicked has spoilt nothing that is in here.
                let mut shared = shared
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let shared = &mut *shared;
                shared.waiting.insert(run, sequence);
                while !is_over.load(Ordering::Relaxed)
                    && let Some(sequence) = shared.waiting.remove(&shared.next)
                {
                    shared.next += 1;
                    shared.broken = self.count(sequence, shared.report, &is_over);
                }
            }
        };
        if let [subject] = subjects {
            work(subject);
        } else {
            std::thread::scope(|scope| {
                for subject in subjects {
                    scope.spawn(|| work(subject));
                }
            });
        }
        let shared = shared.into_inner();
        shared
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .broken
    }

    /// Adds a sequence to the report.
    fn count(
        &self,
        sequence: Sequence,
        report: &mut InvariantReport,
        is_over: &AtomicBool,
    ) -> Option<Break> {
        report.best = report.best.max(sequence.best);
        report.last = sequence.inputs;
        report.calls += sequence.calls;
        report.reverts += sequence.reverts;
        match sequence.ending {
            Ending::Held => {
                report.runs += 1;
                None
            }
            Ending::Broken(kind) => {
                is_over.store(true, Ordering::Relaxed);
                Some(kind)
            }
            Ending::TooManyRejected => {
                is_over.store(true, Ordering::Relaxed);
                let reason = too_many_rejected(self.options.max_assume_rejects);
                report.end = InvariantEnd::Impossible(reason);
                None
            }
            Ending::Stopped => {
                is_over.store(true, Ordering::Relaxed);
                None
            }
        }
    }

    /// Runs one sequence of made-up calls.
    fn sequence(
        &self,
        subject: &mut impl Subject,
        targets: &Targets,
        callables: &[Callable<'_>],
        dictionary: &mut Dictionary,
        run: u32,
    ) -> Sequence {
        subject.reset();
        let path = [self.suite, self.signature];
        let random = Random::new(self.seed, &path).of_run(u64::from(run));
        let mut maker = CallMaker::new(self, &targets.senders, callables, random);
        let mut sequence = Sequence::default();
        let mut depth = 0;
        let mut rejected = 0;
        while depth < self.options.depth {
            if subject.is_stopped() {
                sequence.ending = Ending::Stopped;
                return sequence;
            }
            let Some((call, outputs)) = maker.call(dictionary) else {
                return sequence;
            };
            let answer = subject.step(&call);
            if answer.end == End::Rejected {
                rejected += 1;
                if rejected > self.options.max_assume_rejects {
                    sequence.ending = Ending::TooManyRejected;
                    return sequence;
                }
                continue;
            }
            let reverted = matches!(answer.end, End::Reverted { .. } | End::Skipped(_));
            if !reverted {
                if !outputs.is_empty()
                    && let Some(values) = abi::decode(&outputs, &answer.output)
                {
                    dictionary.insert_samples(&values, self.options.depth as usize);
                }
                subject.collect(dictionary);
            }
            if let Some(filter) = &targets.created {
                maker.add_created(subject, filter, targets);
            }
            sequence.inputs.push(call);
            sequence.calls += 1;
            sequence.reverts += u64::from(reverted);
            if let Some(kind) = self.broken_by(&answer.end) {
                sequence.ending = Ending::Broken(kind);
                return sequence;
            }
            depth += 1;
            if reverted && !self.has_delay() && !self.is_optimization {
                // It changed nothing: the counterexample can do without it.
                sequence.inputs.pop();
            } else if !reverted && self.is_checked(depth) && self.check(subject, &mut sequence) {
                return sequence;
            }
        }
        if self.has_after && self.ask(subject, "afterInvariant()").end != End::Passed {
            sequence.ending = Ending::Broken(Break::Invariant);
        }
        sequence
    }

    /// Asks whether the invariant holds; says whether the sequence ends.
    fn check(&self, subject: &mut impl Subject, sequence: &mut Sequence) -> bool {
        let answer = self.ask(subject, self.signature);
        if self.is_optimization {
            if answer.end == End::Passed && answer.output.len() >= 32 {
                // In the order of signed numbers.
                let number = U256::from_big_endian(&answer.output[..32]);
                let number = number ^ (U256::one() << 255);
                sequence.best = sequence.best.max(Some(number));
            }
            return false;
        }
        let is_broken = answer.end != End::Passed;
        if is_broken {
            sequence.ending = Ending::Broken(Break::Invariant);
        }
        is_broken
    }

    /// Whether the invariant is looked at after so many calls.
    fn is_checked(&self, depth: u32) -> bool {
        let interval = self.options.check_interval;
        let is_last = depth == self.options.depth;
        is_last || self.is_optimization || (interval > 0 && depth.is_multiple_of(interval))
    }

    fn has_delay(&self) -> bool {
        self.options.max_time_delay.is_some() || self.options.max_block_delay.is_some()
    }

    /// What a call breaks by itself.
    fn broken_by(&self, end: &End) -> Option<Break> {
        match end {
            End::Failed
            | End::Reverted {
                by_assertion: true, ..
            } => Some(Break::Assertion),
            End::Reverted { .. } if self.options.fail_on_revert => Some(Break::Revert),
            _ => None,
        }
    }

    /// Asks the test contract, which changes nothing by its answer.
    fn ask(&self, subject: &mut impl Subject, signature: &str) -> Answer {
        let calldata = Bytes::copy_from_slice(&abi::selector(signature));
        subject.attempt(&Call::new(self.sender, self.address, calldata, 0))
    }
}

#[cfg(test)]
#[path = "invariant_test.rs"]
mod tests;
