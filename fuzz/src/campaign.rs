//! Many cases on several threads. What is found does not depend on how many.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::case::Case;
use crate::differential::{Difference, judge};
use crate::generate::generate;
use crate::minimise::minimise;
use crate::statistics::Statistics;

/// Which cases.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The seed of all cases.
    pub seed: u64,
    /// The number of the first case.
    pub first: u64,
    /// How many cases.
    pub count: u64,
    /// Threads.
    pub jobs: usize,
    /// How often a case that was found is tried in a smaller form.
    pub trials: u32,
}

/// A case on which somebody disagrees.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The number of the case, which together with the seed makes it.
    pub number: u64,
    /// The case, as small as it could be made.
    pub case: Case,
    /// Who disagrees on the small case, and on what.
    pub difference: Difference,
}

/// What is told of a run while it goes on.
#[derive(Debug)]
pub enum Event {
    /// So many cases were tried.
    Progress(u64),
    /// A case was found.
    Found(Box<Finding>),
}

/// How often the number of cases is told.
const TICK: Duration = Duration::from_millis(100);

/// Cases that a thread takes at once.
const CHUNK: u64 = 16;

/// Tries cases until all are tried or `stop` is set. Events arrive on this thread.
pub fn run(plan: &Plan, stop: &AtomicBool, events: &mut dyn FnMut(Event)) -> Statistics {
    let taken = AtomicU64::new(0);
    let tried = AtomicU64::new(0);
    let (sender, receiver) = mpsc::channel::<Box<Finding>>();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.jobs.max(1))
            .map(|_| {
                let sender = sender.clone();
                let (taken, tried) = (&taken, &tried);
                scope.spawn(move || {
                    let mut statistics = Statistics::default();
                    while let Some(numbers) = take(plan, taken) {
                        for number in numbers {
                            if stop.load(Ordering::Relaxed) {
                                return statistics;
                            }
                            if let Some(found) = attempt(plan, number, stop, &mut statistics) {
                                // The receiver outlives the workers.
                                let _ = sender.send(found);
                            }
                            tried.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    statistics
                })
            })
            .collect();
        drop(sender);
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(found) => events(Event::Found(found)),
                Err(RecvTimeoutError::Timeout) => {
                    events(Event::Progress(tried.load(Ordering::Relaxed)));
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        events(Event::Progress(tried.load(Ordering::Relaxed)));
        let mut statistics = Statistics::default();
        for worker in workers {
            // A case that panics is a finding; whatever panics besides has said so, and has no counts to give.
            if let Ok(counts) = worker.join() {
                statistics.add(&counts);
            }
        }
        statistics
    })
}

fn take(plan: &Plan, taken: &AtomicU64) -> Option<std::ops::Range<u64>> {
    let begin = taken.fetch_add(CHUNK, Ordering::Relaxed);
    let end = begin.saturating_add(CHUNK).min(plan.count);
    (begin < end).then(|| plan.first.saturating_add(begin)..plan.first.saturating_add(end))
}

fn attempt(
    plan: &Plan,
    number: u64,
    stop: &AtomicBool,
    statistics: &mut Statistics,
) -> Option<Box<Finding>> {
    let case = generate(plan.seed, number);
    let mut difference = judge(&case, statistics).err()?;
    let case = minimise(&case, plan.trials, &mut |smaller| {
        if stop.load(Ordering::Relaxed) {
            return false;
        }
        match judge(smaller, &mut Statistics::default()) {
            Err(other) if other.oracle == difference.oracle => {
                difference = other;
                true
            }
            _ => false,
        }
    });
    Some(Box::new(Finding {
        number,
        case,
        difference,
    }))
}
