//! Whose turn it is: LibAFL's weighted scheduler, with weights that depend on nothing but what was kept.

use std::any::Any;

use libafl::corpus::{Corpus, CorpusId, Testcase};
use libafl::observers::StdMapObserver;
use libafl::schedulers::{RemovableScheduler, Scheduler, TestcaseScore, WeightedScheduler};
use libafl::state::HasCorpus;
use libafl::{Error, HasMetadata};
use libafl_bolts::serdeany::SerdeAny;
use serde::Serialize;

use super::State;
use crate::contracts::campaign::Bench;
use crate::contracts::input::Sequence;

/// The scheduler counts paths by an observer, which our weights do not ask for: it is told of one path.
pub(super) type Path = StdMapObserver<'static, u8, false>;

/// The schedule.
pub(super) type Schedule = WeightedScheduler<Path, Weight, Path>;

/// A schedule, and the observer that it needs.
pub(super) fn schedule(state: &mut State, contracts: usize) -> (Schedule, Path) {
    state.add_metadata(Turns {
        entries: vec![Vec::new(); contracts],
        is_open: vec![true; contracts],
    });
    let path = StdMapObserver::owned("path", vec![0]);
    (WeightedScheduler::new(state, &path), path)
}

/// What weights are made of.
#[derive(Debug, Serialize)]
pub(super) struct Turns {
    /// The entries of each test contract, in the order in which they came.
    entries: Vec<Vec<CorpusId>>,
    /// Whether there is still something to be found in it.
    is_open: Vec<bool>,
}

// LibAFL's macro for this registers the type for states that are written to disk, which ours is not.
impl SerdeAny for Turns {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn as_any_boxed(self: Box<Self>) -> Box<dyn Any> {
        self
    }

    fn type_name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }
}

impl Turns {
    /// The entries of a test contract.
    pub(super) fn of(&self, harness: u16) -> &[CorpusId] {
        self.entries
            .get(usize::from(harness))
            .map_or(&[], Vec::as_slice)
    }

    /// An entry comes to the others of its test contract.
    pub(super) fn add(&mut self, harness: u16, id: CorpusId) {
        if let Some(entries) = self.entries.get_mut(usize::from(harness)) {
            entries.push(id);
        }
    }
}

/// Adds the first entry of a test contract.
pub(super) fn begin(
    state: &mut State,
    schedule: &mut Schedule,
    sequence: Sequence,
) -> Result<(), Error> {
    let harness = sequence.harness;
    let id = state.corpus_mut().add(Testcase::new(sequence))?;
    state.metadata_mut::<Turns>()?.add(harness, id);
    schedule.on_add(state, id)
}

/// Looks for test contracts in which nothing is left to be found: their turns are the others', while there are others.
pub(super) fn close(
    bench: &Bench,
    state: &mut State,
    schedule: &mut Schedule,
) -> Result<(), Error> {
    let turns = state.metadata_mut::<Turns>()?;
    let places = 0..turns.is_open.len();
    let mut is_open: Vec<bool> = places.map(|place| bench.is_open(place)).collect();
    if !is_open.contains(&true) {
        is_open.fill(true);
    }
    if turns.is_open != is_open {
        turns.is_open = is_open;
        // Nothing is removed, but all is weighed again.
        let id = state.corpus().peek_free_id();
        RemovableScheduler::<Sequence, _>::on_remove(schedule, state, id, &None)?;
    }
    Ok(())
}

/// Test contracts share turns alike, and of each the newer half of the entries has three times as many as the older.
#[derive(Debug, Clone)]
pub(super) struct Weight;

impl TestcaseScore<Sequence, State> for Weight {
    fn compute(state: &State, entry: &mut Testcase<Sequence>) -> Result<f64, Error> {
        let turns = state.metadata::<Turns>()?;
        let harness = entry.input().as_ref().map_or(0, |of| of.harness);
        let entries = turns.of(harness);
        let is_open = turns.is_open.get(usize::from(harness)) == Some(&true);
        let is_new = entries.get(entries.len() / 2).copied() <= entry.corpus_id();
        let turns = if is_new { 3.0 } else { 1.0 };
        Ok(if is_open {
            turns / entries.len().max(1) as f64
        } else {
            0.0
        })
    }
}
