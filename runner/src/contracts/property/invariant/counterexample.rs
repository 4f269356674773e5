//! Counterexamples of invariants: replayed, made short, kept and told.

use super::{Break, BreakingCall, InvariantEnd, InvariantReport, InvariantTest, Targets};
use crate::contracts::abi::{self, Value};
use crate::contracts::property::corpus::SavedCall;
use crate::contracts::property::shrink::{Attempts, shrink_arguments, shrink_sequence};
use crate::contracts::property::subject::{Call, End, Subject};

impl InvariantTest<'_> {
    /// Tries counterexamples of earlier runs, as far as they could still be made up.
    pub(super) fn replay(
        &self,
        subject: &mut impl Subject,
        targets: &Targets,
        report: &mut InvariantReport,
    ) -> bool {
        let Some(corpus) = self.corpus else {
            return false;
        };
        let failures = match corpus.load(self.signature, abi::selector(self.signature)) {
            Ok(failures) => failures,
            Err(error) => {
                report.warnings.push(error.to_string());
                return false;
            }
        };
        for failure in failures.iter().rev() {
            let calls: Option<Vec<Call>> = failure.iter().map(call_of).collect();
            let Some(calls) = calls.filter(|calls| calls.iter().all(|call| targets.may_call(call)))
            else {
                continue;
            };
            if let Some((_, reason)) = self.breaks(subject, &calls) {
                report.end = InvariantEnd::Broken {
                    reason,
                    original: calls.len(),
                    calls: explained(subject, targets, &calls),
                };
                report.runs = 1;
                report.last = calls;
                return true;
            }
        }
        false
    }

    /// What some calls break, if they do, and why.
    pub(super) fn breaks(
        &self,
        subject: &mut impl Subject,
        calls: &[Call],
    ) -> Option<(Break, Option<String>)> {
        subject.reset();
        for call in calls {
            let answer = subject.step(call);
            if let Some(kind) = self.broken_by(&answer.end) {
                return Some((kind, subject.reason(&answer)));
            }
        }
        if self.is_optimization {
            return None;
        }
        let mut answer = self.ask(subject, self.signature);
        if answer.end == End::Passed && self.has_after {
            answer = self.ask(subject, "afterInvariant()");
        }
        let is_broken = answer.end != End::Passed;
        is_broken.then(|| (Break::Invariant, subject.reason(&answer)))
    }

    /// Makes the sequence short and its arguments small, keeps it, and tells about it.
    pub(super) fn tell(
        &self,
        subject: &mut impl Subject,
        targets: &Targets,
        calls: Vec<Call>,
        kind: Break,
        report: &mut InvariantReport,
    ) {
        let original = calls.len();
        let calls = self.shrink(subject, targets, calls, kind);
        let reason = self.breaks(subject, &calls).and_then(|(_, reason)| reason);
        if let Some(corpus) = self.corpus {
            let saved = calls.iter().map(Call::saved).collect();
            let selector = abi::selector(self.signature);
            if let Err(error) = corpus.add(self.signature, selector, saved) {
                report.warnings.push(error.to_string());
            }
        }
        report.end = InvariantEnd::Broken {
            reason,
            original,
            calls: explained(subject, targets, &calls),
        };
        report.last = calls;
    }

    fn shrink<S: Subject>(
        &self,
        subject: &mut S,
        targets: &Targets,
        calls: Vec<Call>,
        kind: Break,
    ) -> Vec<Call> {
        let mut attempts = Attempts::new(self.options.shrink_run_limit);
        let fails = |subject: &mut S, calls: &[Call]| {
            let broken = self.breaks(subject, calls);
            broken.is_some_and(|(broken, _)| broken == kind)
        };
        let mut calls = shrink_sequence(calls, &mut attempts, |calls| fails(subject, calls));
        // Contracts that were created on the way are known where they still are.
        let explained = explained(subject, targets, &calls);
        for (position, explained) in explained.into_iter().enumerate() {
            let Some(selector) = explained.call.calldata.first_chunk::<4>().copied() else {
                continue;
            };
            let with = |arguments: &[Value]| {
                let mut calls = calls.clone();
                calls[position].calldata = abi::encode_call(selector, arguments).into();
                calls
            };
            if explained.arguments.is_empty() {
                continue;
            }
            let least = shrink_arguments(explained.arguments, &mut attempts, |arguments| {
                fails(subject, &with(arguments))
            });
            calls = with(&least);
        }
        shrink_sequence(calls, &mut attempts, |calls| fails(subject, calls))
    }
}

fn call_of(saved: &SavedCall) -> Option<Call> {
    Some(Call {
        sender: saved.sender?,
        target: saved.target?,
        calldata: saved.calldata.clone(),
        delay: saved.delay,
        salt: saved.salt,
    })
}

/// Calls with what is known of them in the state that they led to.
fn explained(subject: &mut impl Subject, targets: &Targets, calls: &[Call]) -> Vec<BreakingCall> {
    let mut explain = |call: &Call| {
        let known = match targets.contracts.get(&call.target) {
            Some(target) => Some(target.clone()),
            None => subject
                .identify(call.target)
                .as_ref()
                .map(super::Target::new),
        };
        let function = known.as_ref().and_then(|target| {
            let function = target.function(call.calldata.get(..4)?)?;
            let arguments = abi::decode(&function.types, call.calldata.get(4..)?)?;
            Some((function.signature, arguments))
        });
        let (signature, arguments) = function.unzip();
        BreakingCall {
            call: call.clone(),
            contract: known.map(|target| target.name),
            signature,
            arguments: arguments.unwrap_or_default(),
        }
    };
    calls.iter().map(&mut explain).collect()
}
