//! The parts of a LibAFL fuzzer that know contracts: executor, feedback, objective, mutator, schedule.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use libafl::Error;
use libafl::corpus::{Corpus, CorpusId, Testcase};
use libafl::executors::{Executor, ExitKind, HasObservers};
use libafl::feedbacks::{Feedback, StateInitializer};
use libafl::inputs::Input;
use libafl::mutators::{MutationResult, Mutator};
use libafl::schedulers::Scheduler;
use libafl::state::{HasCorpus, HasExecutions};
use libafl_bolts::Named;
use libafl_bolts::tuples::{MatchName, RefIndexable};

use super::{Shared, State};
use crate::contracts::campaign::Bench;
use crate::contracts::input::Sequence;

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

/// Whether a sequence did something new. What is kept of it is what that needs.
pub(super) struct IsNew {
    shared: Shared,
    name: Cow<'static, str>,
}

impl IsNew {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            shared: Rc::clone(shared),
            name: Cow::Borrowed("new"),
        }
    }
}

impl Named for IsNew {
    fn name(&self) -> &Cow<'static, str> {
        &self.name
    }
}

impl<S> StateInitializer<S> for IsNew {}

impl<M, O, S> Feedback<M, Sequence, O, S> for IsNew {
    fn is_interesting(
        &mut self,
        _state: &mut S,
        _manager: &mut M,
        _input: &Sequence,
        _observers: &O,
        _exit_kind: &ExitKind,
    ) -> Result<bool, Error> {
        Ok(self.shared.borrow().last().kept.is_some())
    }

    fn append_metadata(
        &mut self,
        _state: &mut S,
        _manager: &mut M,
        _observers: &O,
        testcase: &mut Testcase<Sequence>,
    ) -> Result<(), Error> {
        let mut bench = self.shared.borrow_mut();
        // Gas is the time that does not depend on the machine.
        testcase.set_exec_time(Duration::from_nanos(bench.last().gas));
        if let Some(kept) = bench.last().kept.clone() {
            bench.keep(&kept);
            *testcase.input_mut() = Some(kept);
        }
        Ok(())
    }
}

/// Whether a sequence broke something.
pub(super) struct Breaks {
    shared: Shared,
    name: Cow<'static, str>,
}

impl Breaks {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            shared: Rc::clone(shared),
            name: Cow::Borrowed("breaks"),
        }
    }
}

impl Named for Breaks {
    fn name(&self) -> &Cow<'static, str> {
        &self.name
    }
}

impl<S> StateInitializer<S> for Breaks {}

impl<M, O, S> Feedback<M, Sequence, O, S> for Breaks {
    fn is_interesting(
        &mut self,
        _state: &mut S,
        _manager: &mut M,
        _input: &Sequence,
        _observers: &O,
        _exit_kind: &ExitKind,
    ) -> Result<bool, Error> {
        Ok(self.shared.borrow().last().broken.is_some())
    }

    fn append_metadata(
        &mut self,
        _state: &mut S,
        _manager: &mut M,
        _observers: &O,
        testcase: &mut Testcase<Sequence>,
    ) -> Result<(), Error> {
        if let Some(sequence) = testcase.input() {
            self.shared.borrow_mut().conclude(sequence);
        }
        Ok(())
    }
}

/// The entries of each test contract.
type Entries = Rc<RefCell<Vec<Vec<CorpusId>>>>;

/// The test contracts take turns, and of each the entries that had the fewest.
#[derive(Clone)]
pub(super) struct Turns {
    shared: Shared,
    entries: Entries,
    next: usize,
}

impl Turns {
    pub(super) fn new(shared: &Shared) -> Self {
        let subjects = shared.borrow().world.subjects.len();
        Self {
            shared: Rc::clone(shared),
            entries: Rc::new(RefCell::new(vec![Vec::new(); subjects])),
            next: 0,
        }
    }

    /// The next test contract in which there is something to be found; any, where there is none.
    fn harness(&mut self) -> Option<usize> {
        let entries = self.entries.borrow();
        let bench = self.shared.borrow();
        let count = entries.len();
        let turns = || (0..count).map(|step| (self.next + step) % count);
        let can = |at: &usize| {
            let subject = bench.world.subjects.get(*at);
            !entries[*at].is_empty() && subject.is_some_and(|of| !of.callables.is_empty())
        };
        let open = turns().filter(can).find(|at| bench.is_open(*at));
        let found = open.or_else(|| turns().find(can))?;
        self.next = (found + 1) % count;
        Some(found)
    }
}

impl Scheduler<Sequence, State> for Turns {
    fn on_add(&mut self, state: &mut State, id: CorpusId) -> Result<(), Error> {
        let testcase = state.corpus().get(id)?.borrow();
        let harness = testcase.input().as_ref().map(|of| usize::from(of.harness));
        let mut entries = self.entries.borrow_mut();
        if let Some(entries) = harness.and_then(|at| entries.get_mut(at)) {
            entries.push(id);
        }
        Ok(())
    }

    fn on_evaluation<O: MatchName>(
        &mut self,
        _state: &mut State,
        _input: &Sequence,
        _observers: &O,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn next(&mut self, state: &mut State) -> Result<CorpusId, Error> {
        /// Entries that are looked at.
        const CANDIDATES: usize = 4;
        let harness = self
            .harness()
            .ok_or_else(|| Error::empty("nothing to call"))?;
        let mut best = None;
        {
            let entries = self.entries.borrow();
            let entries = &entries[harness];
            let mut bench = self.shared.borrow_mut();
            for _ in 0..CANDIDATES {
                // The newer half comes twice as often.
                let random = bench.random();
                let from = if random.coin() { entries.len() / 2 } else { 0 };
                let id = entries[from + random.below(entries.len() - from)];
                let turns = state.corpus().get(id)?.borrow().scheduled_count();
                if best.is_none_or(|(fewest, _)| turns < fewest) {
                    best = Some((turns, id));
                }
            }
        }
        let (_, id) = best.ok_or_else(|| Error::empty("nothing to call"))?;
        <Self as Scheduler<Sequence, State>>::set_current_scheduled(self, state, Some(id))?;
        Ok(id)
    }

    fn set_current_scheduled(
        &mut self,
        state: &mut State,
        id: Option<CorpusId>,
    ) -> Result<(), Error> {
        *state.corpus_mut().current_mut() = id;
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
    pub(super) fn new(shared: &Shared, turns: &Turns) -> Self {
        Self {
            shared: Rc::clone(shared),
            entries: Rc::clone(&turns.entries),
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
        let entries = self.entries.borrow();
        let own = entries.get(usize::from(sequence.harness));
        let other = own.and_then(|ids| bench.random().choose(ids).copied());
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
