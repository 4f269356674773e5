//! A fuzzer of LibAFL's parts around the executor of contracts.

use gasworks::Bytes;
use gasworks_fuzz::contracts::engine::{EDGES_OBSERVER, executor};
use gasworks_fuzz::contracts::{Campaign, Settings};
use gasworks_runner::contracts::abi::unhex;
use gasworks_runner::contracts::harness::of_code;
use gasworks_runner::contracts::run::Options;
use libafl::corpus::{Corpus, InMemoryCorpus};
use libafl::events::SimpleEventManager;
use libafl::executors::HasObservers;
use libafl::feedbacks::{CrashFeedback, MaxMapFeedback};
use libafl::monitors::NopMonitor;
use libafl::schedulers::QueueScheduler;
use libafl::stages::StdMutationalStage;
use libafl::state::{HasSolutions, StdState};
use libafl::{Evaluator, Fuzzer, StdFuzzer};
use libafl_bolts::rands::StdRand;
use libafl_bolts::tuples::tuple_list;

/// Fails (INVALID) where a function, selector 0xaabbccdd, is called with 0xdeadbeef.
const CODE: &str = "5f3560e01c63aabbccdd14600f57005b60043563deadbeef14601d57005bfe";

#[test]
fn a_fuzzer_of_ones_own_finds_what_a_campaign_finds() {
    let code = Bytes::from(unhex(CODE).expect("digits"));
    let harness = of_code("code", &code, false, None, &Options::default()).expect("it is there");
    let campaign = Campaign::new(vec![harness.into()], Settings::default(), &mut |_| {});
    let (mut executor, mutator, initial) = executor(campaign.expect("it has functions"));

    let observers = executor.observers();
    assert_eq!(libafl_bolts::Named::name(&observers.0), EDGES_OBSERVER);
    let mut feedback = MaxMapFeedback::new(&observers.0);
    let mut objective = CrashFeedback::new();
    let (corpus, solutions) = (InMemoryCorpus::new(), InMemoryCorpus::new());
    let rand = StdRand::with_seed(1);
    let mut state = StdState::new(rand, corpus, solutions, &mut feedback, &mut objective);
    let state = state.as_mut().expect("a state");
    let mut fuzzer = StdFuzzer::new(QueueScheduler::new(), feedback, objective);
    let mut manager = SimpleEventManager::new(NopMonitor::new());
    let mut stages = tuple_list!(StdMutationalStage::new(mutator));
    for sequence in initial {
        let added = fuzzer.add_input(state, &mut executor, &mut manager, sequence);
        added.expect("it can be run");
    }
    for _ in 0..200 {
        let done = fuzzer.fuzz_one(&mut stages, &mut executor, state, &mut manager);
        done.expect("it goes on");
        if state.solutions().count() > 0 {
            return;
        }
    }
    panic!("nothing was found");
}
