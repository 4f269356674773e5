//! Tests with parameters: run with made-up arguments until one fails, or often enough.
//!
//! The arguments of an attempt follow from the seed, the test and the number of the attempt, and what came of attempts is
//! looked at in their order. So the result is the same on any number of threads.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gasworks::Address;

use super::corpus::{Corpus, SavedCall};
use super::dictionary::Dictionary;
use super::generate::{Generator, Parameter};
use super::options::FuzzOptions;
use super::random::Random;
use super::shrink::{Attempts, shrink_arguments};
use super::subject::{Answer, Call, End, Subject};
use crate::contracts::abi::{self, Selector, Type, Value};

/// Attempts that a thread takes at a time.
const BLOCK: u64 = 16;

/// A call with more values than this in lists of fixed length is not made up.
pub(super) const MOST_FIXED_VALUES: usize = 1 << 16;

/// A test with parameters.
#[derive(Clone, Copy, Debug)]
pub struct FuzzTest<'a> {
    /// Its signature.
    pub signature: &'a str,
    /// Its selector.
    pub selector: Selector,
    /// The types of its parameters.
    pub types: &'a [Type],
    /// Values that the contract offers, for each parameter.
    pub fixtures: &'a [Vec<Value>],
    /// Who calls it.
    pub sender: Address,
    /// The test contract.
    pub target: Address,
    /// How it runs.
    pub options: &'a FuzzOptions,
    /// What its random numbers come from.
    pub random: &'a Random,
    /// What is worth trying.
    pub dictionary: &'a Dictionary,
    /// Addresses that are never made up.
    pub libraries: &'a [Address],
    /// Where counterexamples are kept.
    pub corpus: Option<&'a Corpus>,
}

/// What came of a test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FuzzReport {
    /// Whether it passed, failed or was skipped.
    pub end: FuzzEnd,
    /// Gas of each run that passed, in their order.
    pub gas: Vec<u64>,
    /// What is odd, but no failure.
    pub warnings: Vec<String>,
    /// The call to run once more for logs and traces: the counterexample, or the last run.
    pub last: Option<Call>,
}

/// How a test ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum FuzzEnd {
    /// All runs passed.
    #[default]
    Passed,
    /// It asked to be left out.
    Skipped(Option<String>),
    /// It failed for these arguments.
    Failed(Option<String>, Vec<Value>),
    /// It could not be run, or too many runs were rejected.
    Impossible(String),
}

/// One attempt, as far as it is remembered.
enum Attempt {
    Passed(u64),
    Rejected,
    Skipped(Option<String>),
    Failed,
    Stopped,
}

impl FuzzTest<'_> {
    /// Runs the test, on a thread for each of the machines.
    pub fn run<S: Subject + Send>(&self, subjects: &mut [S]) -> FuzzReport {
        let mut report = FuzzReport::default();
        if fixed_values(&Type::Tuple(self.types.to_vec())) > MOST_FIXED_VALUES {
            report.end = FuzzEnd::Impossible("the parameters are too large".to_owned());
            return report;
        }
        let Some(first) = subjects.first_mut() else {
            return report;
        };
        if self.replay(first, &mut report) {
            return report;
        }
        let last = if subjects.len() == 1 {
            self.run_alone(&mut subjects[0], &mut report)
        } else {
            self.run_together(subjects, &mut report)
        };
        let Some((number, ending)) = last else {
            return report;
        };
        report.last = Some(self.call(number));
        if matches!(ending, Attempt::Failed) {
            self.fail(&mut subjects[0], number, &mut report);
        }
        report
    }

    /// Tries counterexamples of earlier runs.
    fn replay(&self, subject: &mut impl Subject, report: &mut FuzzReport) -> bool {
        let Some(corpus) = self.corpus else {
            return false;
        };
        let failures = match corpus.load(self.signature, self.selector) {
            Ok(failures) => failures,
            Err(error) => {
                report.warnings.push(error.to_string());
                return false;
            }
        };
        // The latest is the likeliest to be of use.
        for failure in failures.iter().rev() {
            let calldata = failure.first().map(|saved| &saved.calldata[..]);
            let Some(arguments) = calldata.and_then(|calldata| self.decode(calldata)) else {
                continue;
            };
            let salt = failure.first().map_or(0, |saved| saved.salt);
            let call = self.call_with(&arguments[..], salt);
            let answer = subject.attempt(&call);
            if self.fails(&answer.end) {
                report.end = FuzzEnd::Failed(subject.reason(&answer), arguments);
                report.last = Some(call);
                return true;
            }
        }
        false
    }

    /// Makes the counterexample small and keeps it.
    fn fail(&self, subject: &mut impl Subject, number: u64, report: &mut FuzzReport) {
        let (arguments, salt) = self.arguments(number);
        let mut attempts = Attempts::new(self.options.shrink_run_limit);
        let least = shrink_arguments(arguments, &mut attempts, |arguments| {
            let answer = subject.attempt(&self.call_with(arguments, salt));
            self.fails(&answer.end)
        });
        let call = self.call_with(&least[..], salt);
        let answer = subject.attempt(&call);
        let reason = subject.reason(&answer);
        if let Some(corpus) = self.corpus {
            let saved = SavedCall {
                calldata: call.calldata.clone(),
                salt,
                ..SavedCall::default()
            };
            if let Err(error) = corpus.add(self.signature, self.selector, vec![saved]) {
                report.warnings.push(error.to_string());
            }
        }
        report.end = FuzzEnd::Failed(reason, least);
        report.last = Some(call);
    }

    fn run_alone(
        &self,
        subject: &mut impl Subject,
        report: &mut FuzzReport,
    ) -> Option<(u64, Attempt)> {
        let mut tally = Tally::new(self.options);
        for number in 0.. {
            if tally.is_complete() {
                break;
            }
            let attempt = self.attempt(subject, number);
            if let Some(ending) = tally.take(number, attempt, report) {
                return Some((number, ending));
            }
        }
        tally.last.map(|number| (number, Attempt::Passed(0)))
    }

    /// Threads take blocks of attempts; whoever finishes one counts what has become complete, in order.
    fn run_together<S: Subject + Send>(
        &self,
        subjects: &mut [S],
        report: &mut FuzzReport,
    ) -> Option<(u64, Attempt)> {
        struct Shared<'a> {
            tally: Tally,
            report: &'a mut FuzzReport,
            /// Blocks that came before those in front of them.
            waiting: BTreeMap<u64, Vec<Attempt>>,
            next: u64,
            ending: Option<(u64, Attempt)>,
        }
        let shared = Mutex::new(Shared {
            tally: Tally::new(self.options),
            report,
            waiting: BTreeMap::new(),
            next: 0,
            ending: None,
        });
        let is_over = AtomicBool::new(Tally::new(self.options).is_complete());
        let next_block = AtomicU64::new(0);
        let work = |subject: &mut S| {
            while !is_over.load(Ordering::Relaxed) {
                let block = next_block.fetch_add(1, Ordering::Relaxed);
                let mut attempts = Vec::new();
                for number in block * BLOCK..(block + 1) * BLOCK {
                    let attempt = self.attempt(subject, number);
                    let is_last = !matches!(attempt, Attempt::Passed(_) | Attempt::Rejected);
                    attempts.push(attempt);
                    if is_last {
                        break;
                    }
                }
                // A thread that panicked has spoilt nothing that is in here.
                let mut shared = shared
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let shared = &mut *shared;
                shared.waiting.insert(block, attempts);
                while !is_over.load(Ordering::Relaxed)
                    && let Some(attempts) = shared.waiting.remove(&shared.next)
                {
                    let first = shared.next * BLOCK;
                    shared.next += 1;
                    for (number, attempt) in (first..).zip(attempts) {
                        let ending = shared.tally.take(number, attempt, shared.report);
                        let ended = ending.is_some();
                        if let Some(ending) = ending {
                            shared.ending = Some((number, ending));
                        }
                        if ended || shared.tally.is_complete() {
                            is_over.store(true, Ordering::Relaxed);
                            break;
                        }
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for subject in subjects {
                scope.spawn(|| work(subject));
            }
        });
        let shared = shared
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let last = shared.tally.last;
        let passed = || last.map(|number| (number, Attempt::Passed(0)));
        shared.ending.or_else(passed)
    }

    fn attempt(&self, subject: &mut impl Subject, number: u64) -> Attempt {
        if subject.is_stopped() {
            return Attempt::Stopped;
        }
        let answer = subject.attempt(&self.call(number));
        self.outcome(answer)
    }

    fn outcome(&self, answer: Answer) -> Attempt {
        if self.fails(&answer.end) {
            return Attempt::Failed;
        }
        match answer.end {
            End::Rejected => Attempt::Rejected,
            End::Skipped(reason) => Attempt::Skipped(reason),
            _ => Attempt::Passed(answer.gas),
        }
    }

    fn fails(&self, end: &End) -> bool {
        match end {
            End::Passed | End::Rejected | End::Skipped(_) => false,
            End::Failed => true,
            End::Reverted { elsewhere, .. } => self.options.fail_on_revert || !elsewhere,
        }
    }

    /// The arguments of an attempt, and what the random numbers follow from that it asks for itself.
    fn arguments(&self, number: u64) -> (Vec<Value>, u64) {
        let parameter = |(position, of)| Parameter {
            of,
            fixtures: self.fixtures.get(position).map_or(&[], Vec::as_slice),
        };
        let parameters: Vec<Parameter<'_>> = self.types.iter().enumerate().map(parameter).collect();
        let mut random = self.random.of_run(number);
        let salt = random.draw();
        let mut generator = Generator::new(&mut random, self.dictionary, self.libraries);
        let arguments = generator.arguments(&parameters, self.options.dictionary.weight);
        (arguments, salt)
    }

    fn call(&self, number: u64) -> Call {
        let (arguments, salt) = self.arguments(number);
        self.call_with(arguments, salt)
    }

    fn call_with(&self, arguments: impl Into<Vec<Value>>, salt: u64) -> Call {
        let calldata = abi::encode_call(self.selector, arguments);
        Call::new(self.sender, self.target, calldata.into(), salt)
    }

    fn decode(&self, calldata: &[u8]) -> Option<Vec<Value>> {
        let parameters = calldata.strip_prefix(&self.selector[..])?;
        abi::decode(self.types, parameters)
    }
}

/// Counts runs in their order.
struct Tally {
    runs: u32,
    wanted: u32,
    rejected: u32,
    most_rejected: u32,
    /// The last attempt that was a run.
    last: Option<u64>,
}

impl Tally {
    fn new(options: &FuzzOptions) -> Self {
        Self {
            runs: 0,
            wanted: match options.timeout {
                Some(_) => u32::MAX,
                None => options.runs,
            },
            rejected: 0,
            most_rejected: options.max_test_rejects,
            last: None,
        }
    }

    fn is_complete(&self) -> bool {
        self.runs >= self.wanted
    }

    /// Counts an attempt; hands it back if the test ends with it.
    fn take(&mut self, number: u64, attempt: Attempt, report: &mut FuzzReport) -> Option<Attempt> {
        match attempt {
            Attempt::Passed(gas) => {
                self.runs += 1;
                self.last = Some(number);
                report.gas.push(gas);
                return None;
            }
            Attempt::Rejected => {
                self.rejected = self.rejected.saturating_add(1);
                if self.most_rejected == 0 || self.rejected <= self.most_rejected {
                    return None;
                }
                report.end = FuzzEnd::Impossible(too_many_rejected(self.most_rejected));
            }
            Attempt::Skipped(ref reason) => report.end = FuzzEnd::Skipped(reason.clone()),
            Attempt::Failed | Attempt::Stopped => {}
        }
        Some(attempt)
    }
}

/// What forge says when `vm.assume` holds too rarely.
pub(super) fn too_many_rejected(allowed: u32) -> String {
    format!("`vm.assume` rejected too many inputs ({allowed} allowed)")
}

/// How many values a type has at least.
pub(super) fn fixed_values(of: &Type) -> usize {
    match of {
        Type::FixedArray(inner, count) => fixed_values(inner).max(1).saturating_mul(*count),
        Type::Tuple(types) | Type::CustomStruct { tuple: types, .. } => types
            .iter()
            .map(fixed_values)
            .fold(0, usize::saturating_add),
        _ => 1,
    }
}

#[cfg(test)]
#[path = "fuzz_test.rs"]
mod tests;
