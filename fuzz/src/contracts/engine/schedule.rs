//! Whose turn it is: LibAFL's weighted scheduler, with weights that follow from what was kept, and from nothing else.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use libafl::Error;
use libafl::corpus::{Corpus, CorpusId, Testcase};
use libafl::observers::StdMapObserver;
use libafl::schedulers::{RemovableScheduler, Scheduler, TestcaseScore, WeightedScheduler};
use libafl::state::HasCorpus;

use super::State;
use crate::contracts::campaign::Bench;
use crate::contracts::input::Sequence;

/// The scheduler counts paths by an observer, which our weights do not ask for: it is told of one path.
pub(super) type Path = StdMapObserver<'static, u8, false>;

/// The schedule.
pub(super) type Schedule = WeightedScheduler<Path, Weight, Path>;

/// A schedule, and the observer that it needs.
pub(super) fn schedule(state: &mut State) -> (Schedule, Path) {
    let path = StdMapObserver::owned("path", vec![0]);
    (WeightedScheduler::new(state, &path), path)
}

/// The entries of each test contract, shared by those who add to them and those who look for one.
#[derive(Clone)]
pub(super) struct Entries(Rc<RefCell<Vec<Contract>>>);

struct Contract {
    /// In the order in which they came.
    entries: Vec<CorpusId>,
    /// How many there were, and whether anything was left to be found, when they were last weighed.
    weighed: (usize, bool),
}

impl Entries {
    pub(super) fn new(contracts: usize) -> Self {
        let contracts = (0..contracts).map(|_| Contract {
            entries: Vec::new(),
            weighed: (0, true),
        });
        Self(Rc::new(RefCell::new(contracts.collect())))
    }

    /// One of the entries of a test contract.
    pub(super) fn choose(&self, bench: &mut Bench, harness: u16) -> Option<CorpusId> {
        let contracts = self.0.borrow();
        let contract = contracts.get(usize::from(harness))?;
        bench.random().choose(&contract.entries).copied()
    }

    /// An entry comes to the others of its test contract.
    pub(super) fn add(&self, harness: u16, id: CorpusId) {
        if let Some(contract) = self.0.borrow_mut().get_mut(usize::from(harness)) {
            contract.entries.push(id);
        }
    }

    /// Adds the first entry of a test contract.
    pub(super) fn begin(
        &self,
        state: &mut State,
        schedule: &mut Schedule,
        sequence: Sequence,
    ) -> Result<(), Error> {
        let harness = sequence.harness;
        let id = state.corpus_mut().add(Testcase::new(sequence))?;
        self.add(harness, id);
        schedule.on_add(state, id)
    }

    /// Weighs the entries before the next turn. A test contract in which nothing is left to be found has none while there
    /// are others.
    pub(super) fn weigh(
        &self,
        bench: &Bench,
        state: &mut State,
        schedule: &mut Schedule,
    ) -> Result<(), Error> {
        let mut contracts = self.0.borrow_mut();
        let is_any_open = (0..contracts.len()).any(|place| bench.is_open(place));
        for (place, contract) in contracts.iter_mut().enumerate() {
            let is_open = bench.is_open(place) || !is_any_open;
            let count = contract.entries.len();
            let before = std::mem::replace(&mut contract.weighed, (count, is_open));
            if before == contract.weighed {
                continue;
            }
            for (position, id) in contract.entries.iter().enumerate() {
                let parts = if position >= count / 2 { 1 } else { 3 };
                let price = if is_open { count * parts } else { 0 };
                let mut entry = state.corpus().get(*id)?.borrow_mut();
                entry.set_exec_time(Duration::from_nanos(price as u64));
            }
            // Nothing is removed, but the scheduler is to ask for all weights again.
            let none = state.corpus().peek_free_id();
            RemovableScheduler::<Sequence, _>::on_remove(schedule, state, none, &None)?;
        }
        Ok(())
    }
}

/// Test contracts share turns alike, and of each the newer half of the entries has three times as many as the older. LibAFL
/// keeps a time with each entry: ours is the price of a turn, by which turns become fewer. Without a price there are none.
#[derive(Debug, Clone)]
pub(super) struct Weight;

impl TestcaseScore<Sequence, State> for Weight {
    fn compute(_state: &State, entry: &mut Testcase<Sequence>) -> Result<f64, Error> {
        let price = entry.exec_time().map_or(0, |price| price.as_nanos());
        Ok(if price == 0 { 0.0 } else { 1.0 / price as f64 })
    }
}
