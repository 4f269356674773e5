//! The executor for fuzzers of one's own, with LibAFL's parts around it. `fuzz/tests/executor.rs` is one in 30 lines.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use libafl::Error;
use libafl::corpus::CorpusId;
use libafl::mutators::{MutationResult, Mutator};
use libafl::observers::{MapObserver, StdMapObserver};
use libafl_bolts::Named;
use libafl_bolts::tuples::{tuple_list, tuple_list_type};

use super::Shared;
use super::parts::ContractExecutor;
use crate::contracts::campaign::Campaign;
use crate::contracts::coverage::EDGES;
use crate::contracts::input::Sequence;

/// The observer of the edges of code: how often each was passed in the whole sequence.
pub type Edges = StdMapObserver<'static, u8, false>;

/// Its name.
pub const EDGES_OBSERVER: &str = "edges";

/// An executor of a campaign's test contracts with an observer of edges, a mutator of their sequences, and the sequences to
/// begin with. The campaign's limits hold: behind them, nothing is run any more. A sequence that breaks something crashes.
pub fn executor(
    campaign: Campaign,
) -> (
    ContractExecutor<tuple_list_type!(Edges)>,
    SequenceMutator,
    Vec<Sequence>,
) {
    let (mut bench, initial) = campaign.into_parts();
    bench.record_edges();
    bench.begin();
    let shared: Shared = Rc::new(RefCell::new(bench));
    let edges = StdMapObserver::owned(EDGES_OBSERVER, vec![0; EDGES]);
    let mutator = SequenceMutator {
        shared: Rc::clone(&shared),
        name: Cow::Borrowed("sequence"),
    };
    let mut executor = ContractExecutor::new(&shared, tuple_list!(edges));
    executor.after = |observers, bench| {
        for (place, count) in bench.passed() {
            let before: u8 = observers.0.get(place);
            observers.0.set(place, before.saturating_add(count));
        }
    };
    (executor, mutator, initial)
}

/// Makes new sequences of one, as a campaign does, but for parts of other sequences.
pub struct SequenceMutator {
    shared: Shared,
    name: Cow<'static, str>,
}

impl Named for SequenceMutator {
    fn name(&self) -> &Cow<'static, str> {
        &self.name
    }
}

impl<S> Mutator<Sequence, S> for SequenceMutator {
    fn mutate(&mut self, _: &mut S, sequence: &mut Sequence) -> Result<MutationResult, Error> {
        self.shared.borrow_mut().mutate(sequence, None);
        Ok(MutationResult::Mutated)
    }

    fn post_exec(&mut self, _: &mut S, _: Option<CorpusId>) -> Result<(), Error> {
        Ok(())
    }
}
