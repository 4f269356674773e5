//! LibAFL around a [`Bench`]: its fuzzer, corpora, stages and processes. This folder is the only one that names it.

use std::cell::RefCell;
use std::rc::Rc;

use libafl::corpus::InMemoryCorpus;
use libafl::events::{
    EventFirer, EventReceiver, ProgressReporter, SendExiting, SimpleEventManager,
};
use libafl::monitors::NopMonitor;
use libafl::stages::StdMutationalStage;
use libafl::state::StdState;
use libafl::{Error, Evaluator, Fuzzer, HasObjective, HasScheduler, StdFuzzer};
use libafl_bolts::nonzero;
use libafl_bolts::rands::StdRand;
use libafl_bolts::tuples::tuple_list;

use super::campaign::{Bench, CampaignError, Event, Report};
use super::input::Sequence;

mod group;
mod library;
mod parts;
mod schedule;

pub use group::Broker;
pub(super) use group::run_in_group;
pub use library::{EDGES_OBSERVER, Edges, SequenceMutator, executor};
pub use parts::ContractExecutor;
use parts::{Judge, Rewrite};
use schedule::Entries;

/// The state of a fuzzer of contracts.
pub type State = StdState<InMemoryCorpus<Sequence>, Sequence, StdRand, InMemoryCorpus<Sequence>>;

/// What the parts share.
type Shared = Rc<RefCell<Bench>>;

impl From<Error> for CampaignError {
    fn from(error: Error) -> Self {
        Self::Engine(error.to_string())
    }
}

/// Runs a campaign in this process, with nobody else.
pub(super) fn run_alone(
    bench: Bench,
    initial: Vec<Sequence>,
    tell: &mut dyn FnMut(Event),
) -> Result<Report, CampaignError> {
    let manager = SimpleEventManager::new(NopMonitor::new());
    run(bench, initial, manager, tell)
}

/// Runs a campaign among those that the manager speaks to.
fn run<M>(
    bench: Bench,
    initial: Vec<Sequence>,
    mut manager: M,
    tell: &mut dyn FnMut(Event),
) -> Result<Report, CampaignError>
where
    M: EventFirer<Sequence, State>
        + EventReceiver<Sequence, State>
        + ProgressReporter<State>
        + SendExiting,
{
    /// Changes that are tried of a sequence before it is another one's turn.
    const CHANGES: usize = 32;
    let rand = StdRand::with_seed(bench.settings.seed ^ u64::from(bench.settings.worker) << 32);
    let shared: Shared = Rc::new(RefCell::new(bench));
    let entries = Entries::new(shared.borrow().world.subjects.len());
    let mut feedback = Judge::of_new(&shared, &entries);
    let mut objective = Judge::of_broken(&shared, &entries);
    let mut state = StdState::new(
        rand,
        InMemoryCorpus::new(),
        InMemoryCorpus::new(),
        &mut feedback,
        &mut objective,
    )?;
    let (schedule, path) = schedule::schedule(&mut state);
    let rewrite = Rewrite::new(&shared, &entries);
    let mut fuzzer = StdFuzzer::new(schedule, feedback, objective);
    // Whoever hears of a finding breaks the same, and need not look for it any more.
    fuzzer.set_share_objectives(true);
    let mut executor = ContractExecutor::new(&shared, tuple_list!(path));
    let stage = StdMutationalStage::with_max_iterations(rewrite, nonzero!(CHANGES));
    let mut stages = tuple_list!(stage);
    for sequence in initial {
        fuzzer.evaluate_input(&mut state, &mut executor, &mut manager, &sequence)?;
        let bench = shared.borrow();
        let subject = bench.world.subject(&sequence);
        if sequence.calls.is_empty() && subject.is_some_and(|of| !of.callables.is_empty()) {
            // It does nothing new, but all that follows is made of it.
            entries.begin(&mut state, fuzzer.scheduler_mut(), sequence)?;
        }
        drop(bench);
        hand_on(&shared, tell);
    }
    shared.borrow_mut().begin();
    let mut shown = 0;
    while !shared.borrow().is_over() {
        entries.weigh(&shared.borrow(), &mut state, fuzzer.scheduler_mut())?;
        fuzzer.fuzz_one(&mut stages, &mut executor, &mut state, &mut manager)?;
        hand_on(&shared, tell);
        let progress = shared.borrow_mut().progress();
        if progress.milliseconds >= shown + 250 {
            shown = progress.milliseconds;
            tell(Event::Progress(progress));
        }
    }
    manager.on_shutdown()?;
    hand_on(&shared, tell);
    let report = shared.borrow_mut().report();
    Ok(report)
}

fn hand_on(shared: &Shared, tell: &mut dyn FnMut(Event)) {
    let events = shared.borrow_mut().events();
    events.into_iter().for_each(tell);
}
