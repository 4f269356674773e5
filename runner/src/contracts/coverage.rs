//! Which parts of sources tests have executed: from program counters, source maps and syntax trees.
//!
//! While tests run, `Recorder` counts instructions by code. Afterwards `codes` finds the contract of each code and
//! brings counts to ranges of source text, `items` knows from the compiler's syntax tree which ranges are of interest, and
//! `report` puts both together. Nothing here asks for code that is not optimised: what an item counts is what the
//! instructions in its range count, wherever the optimizer has put them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gasworks::inspect::{Inspector, Step};

mod codes;
mod html;
mod items;
mod lcov;
mod report;
mod sources;

pub use html::page;
pub use lcov::tracefile;
pub use report::{BranchHits, Coverage, FileCoverage, FunctionHits, Ratio};
pub(super) use report::{Scope, measure};

const JUMPI: u8 = 0x57;

/// How often each position of a code was executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hits {
    /// By position.
    pub executed: Vec<u64>,
    /// Of JUMPIs, by position: how often they jumped.
    pub jumped: BTreeMap<usize, u64>,
}

impl Hits {
    fn add(&mut self, other: Self) {
        if self.executed.is_empty() {
            *self = other;
            return;
        }
        for (sum, more) in self.executed.iter_mut().zip(other.executed) {
            *sum = sum.saturating_add(more);
        }
        for (position, more) in other.jumped {
            let sum = self.jumped.entry(position).or_default();
            *sum = sum.saturating_add(more);
        }
    }
}

/// What all threads have counted, by code. Sums do not depend on the order of threads.
#[derive(Clone, Debug, Default)]
pub struct Collected(Arc<Mutex<BTreeMap<Vec<u8>, Hits>>>);

impl Collected {
    /// What there is so far.
    pub(crate) fn hits(&self) -> BTreeMap<Vec<u8>, Hits> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Counts for one thread, and adds its counts here in the end.
    pub(crate) fn recorder(&self) -> Recorder {
        Recorder {
            collected: self.clone(),
            known: BTreeMap::new(),
            hits: Vec::new(),
            frames: Vec::new(),
        }
    }
}

/// Counts what a machine executes.
#[derive(Debug)]
pub(crate) struct Recorder {
    collected: Collected,
    /// Codes with their places in `hits`.
    known: BTreeMap<Vec<u8>, usize>,
    hits: Vec<Hits>,
    /// The place of the code that runs at each depth.
    frames: Vec<usize>,
}

impl Recorder {
    /// One that adds its counts to the same.
    pub(crate) fn another(&self) -> Self {
        self.collected.recorder()
    }

    fn place(&mut self, code: &[u8]) -> usize {
        if let Some(place) = self.known.get(code) {
            return *place;
        }
        let place = self.hits.len();
        self.hits.push(Hits {
            executed: vec![0; code.len()],
            jumped: BTreeMap::new(),
        });
        self.known.insert(code.to_vec(), place);
        place
    }
}

impl Inspector for Recorder {
    fn step(&mut self, step: &Step<'_>) {
        if step.pc == 0 || self.frames.len() <= step.depth {
            // Every frame begins at 0.
            let place = self.place(step.code);
            self.frames.resize(step.depth, place);
            self.frames.push(place);
        }
        let place = self.frames.get(step.depth);
        let Some(hits) = place.and_then(|place| self.hits.get_mut(*place)) else {
            return;
        };
        if let Some(count) = hits.executed.get_mut(step.pc) {
            *count = count.saturating_add(1);
        }
        if step.opcode == JUMPI
            && let [.., condition, _] = step.stack
            && !condition.is_zero()
        {
            *hits.jumped.entry(step.pc).or_default() += 1;
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let mut all = self
            .collected
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (code, place) in std::mem::take(&mut self.known) {
            if let Some(hits) = self.hits.get_mut(place) {
                all.entry(code).or_default().add(std::mem::take(hits));
            }
        }
    }
}
