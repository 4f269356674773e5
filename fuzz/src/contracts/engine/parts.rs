//! The parts of a LibAFL fuzzer that know contracts: executor, feedback, objective, mutator.

use std::borrow::Cow;
use std::rc::Rc;

use libafl::Error;
use libafl::corpus::{Corpus, CorpusId, Testcase};
use libafl::executors::{Executor, ExitKind, HasObservers};
use libafl::feedbacks::{Feedback, StateInitializer};
use libafl::inputs::Input;
use libafl::mutators::{MutationResult, Mutator};
use libafl::state::{HasCorpus, HasExecutions};
use libafl_bolts::Named;
use libafl_bolts::tuples::RefIndexable;

use super::schedule::Entries;
use super::{Shared, State};
use crate::contracts::campaign::Bench;
use crate::contracts::input::Sequence;
use crate::contracts::target::Ran;

impl Input for Sequence {}

/// Runs sequences on test contracts.
pub struct ContractExecutor<O> {
    shared: Shared,
    observers: O,
    /// Tells the observers what a sequence did.
    pub(super) after: fn(&mut O, &Bench),
}

impl<O> ContractExecutor<O> {
    pub(super) fn new(shared: &Shared, observers: O) -> Self {
        Self {
            shared: Rc::clone(shared),
            observers,
            after: |_, _| {},
        }
    }
}

impl<O> HasObservers for ContractExecutor<O> {
    type Observers = O;

    fn observers(&self) -> RefIndexable<&O, O> {
        RefIndexable::from(&self.observers)
    }

    fn observers_mut(&mut self) -> RefIndexable<&mut O, O> {
        RefIndexable::from(&mut self.observers)
    }
}

impl<M, O, S: HasExecutions, Z> Executor<M, Sequence, S, Z> for ContractExecutor<O> {
    fn run_target(
        &mut self,
        _fuzzer: &mut Z,
        state: &mut S,
        _manager: &mut M,
        sequence: &Sequence,
    ) -> Result<ExitKind, Error> {
        *state.executions_mut() += 1;
        let mut bench = self.shared.borrow_mut();
        let exit = match bench.run(sequence).broken {
            None => ExitKind::Ok,
            Some(_) => ExitKind::Crash,
        };
        (self.after)(&mut self.observers, &bench);
        Ok(exit)
    }
}

/// Asks what came of the last sequence: LibAFL's feedback and its objective.
pub(super) struct Judge {
    shared: Shared,
    name: Cow<'static, str>,
    is_wanted: fn(&Ran) -> bool,
    keep: fn(&Self, &State, &mut Testcase<Sequence>),
    entries: Entries,
}

impl Judge {
    /// Whether a sequence did something new. What is kept of it is what that needs.
    pub(super) fn of_new(shared: &Shared, entries: &Entries) -> Self {
        Self {
            shared: Rc::clone(shared),
            entries: entries.clone(),
            name: Cow::Borrowed("new"),
            is_wanted: |ran| ran.kept.is_some(),
            keep: |judge, state, testcase| {
                let mut bench = judge.shared.borrow_mut();
                if let Some(kept) = bench.last().kept.clone() {
                    bench.keep(&kept);
                    let id = state.corpus().peek_free_id();
                    judge.entries.add(kept.harness, id);
                    *testcase.input_mut() = Some(kept);
                }
            },
        }
    }

    /// Whether a sequence broke something.
    pub(super) fn of_broken(shared: &Shared, entries: &Entries) -> Self {
        Self {
            shared: Rc::clone(shared),
            entries: entries.clone(),
            name: Cow::Borrowed("broken"),
            is_wanted: |ran| ran.broken.is_some(),
            keep: |judge, _state, testcase| {
                if let Some(sequence) = testcase.input() {
                    judge.shared.borrow_mut().conclude(sequence);
                }
            },
        }
    }
}

impl Named for Judge {
    fn name(&self) -> &Cow<'static, str> {
        &self.name
    }
}

impl StateInitializer<State> for Judge {}

impl<M, O> Feedback<M, Sequence, O, State> for Judge {
    fn is_interesting(
        &mut self,
        _state: &mut State,
        _manager: &mut M,
        _input: &Sequence,
        _observers: &O,
        _exit_kind: &ExitKind,
    ) -> Result<bool, Error> {
        Ok((self.is_wanted)(self.shared.borrow().last()))
    }

    fn append_metadata(
        &mut self,
        state: &mut State,
        _manager: &mut M,
        _observers: &O,
        testcase: &mut Testcase<Sequence>,
    ) -> Result<(), Error> {
        (self.keep)(self, state, testcase);
        Ok(())
    }
}

/// Makes new sequences of old ones.
pub(super) struct Rewrite {
    shared: Shared,
    entries: Entries,
    /// The entry of which is known what it compares.
    traced: Option<CorpusId>,
    name: Cow<'static, str>,
}

impl Rewrite {
    pub(super) fn new(shared: &Shared, entries: &Entries) -> Self {
        Self {
            shared: Rc::clone(shared),
            entries: entries.clone(),
            traced: None,
            name: Cow::Borrowed("rewrite"),
        }
    }
}

impl Named for Rewrite {
    fn name(&self) -> &Cow<'static, str> {
        &self.name
    }
}

impl Mutator<Sequence, State> for Rewrite {
    fn mutate(
        &mut self,
        state: &mut State,
        sequence: &mut Sequence,
    ) -> Result<MutationResult, Error> {
        let mut bench = self.shared.borrow_mut();
        if bench.is_over() {
            return Ok(MutationResult::Skipped);
        }
        let current = *state.corpus().current();
        if current != self.traced {
            self.traced = current;
            bench.trace(sequence);
        }
        let other = self.entries.choose(&mut bench, sequence.harness);
        let other = match other {
            Some(id) => state.corpus().get(id)?.borrow().input().clone(),
            None => None,
        };
        bench.mutate(sequence, other.as_ref());
        Ok(MutationResult::Mutated)
    }

    fn post_exec(&mut self, _state: &mut State, _id: Option<CorpusId>) -> Result<(), Error> {
        Ok(())
    }
}
