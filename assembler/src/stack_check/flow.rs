//! The stack along the ways through a document.
//!
//! First the stacks at the borders of all blocks are found: each block is gone through again whenever what comes into it
//! changes. Then every block is gone through once more with what is known to come in, and what its comments are wrong
//! about is reported.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::blocks::Blocks;
use super::stack::{DEPTH, Known, LIMIT, Stack};
use super::{Checker, Edge, Summary};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::DocumentId;
use crate::tables::HashSet;

/// How often blocks are gone through, by their number, before the search for stacks that stay the same is given up.
const ROUNDS: usize = 32;

/// Where a way into a block comes from. The order is that in which ways of equal depth are preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum From {
    /// The start of the document.
    Start,
    Block(usize),
    /// A jump out of a macro or file that a block uses, by the number of the use.
    Use(usize, usize),
}

/// The stack that a way brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Arrival {
    known: Rc<[Known]>,
    open: bool,
    /// The statement that it comes from.
    source: Option<Span>,
}

/// What is known of a block.
#[derive(Debug, Default)]
struct State {
    reached: bool,
    arrivals: BTreeMap<From, Arrival>,
    /// The way whose stack the block starts with: the one with the fewest items.
    base: Option<From>,
    open_arrivals: usize,
    exit: Rc<[Known]>,
    exit_open: bool,
}

impl State {
    fn entry(&self) -> (&[Known], bool) {
        let base = self.base.and_then(|base| self.arrivals.get(&base));
        (
            base.map_or(&[], |arrival| &arrival.known),
            self.open_arrivals > 0,
        )
    }

    /// Takes a stack in; true if the block has to be gone through again.
    fn arrive(&mut self, from: From, arrival: Arrival) -> bool {
        let first = !std::mem::replace(&mut self.reached, true);
        let before = self.arrivals.get(&from);
        if before.is_some_and(|before| before.known == arrival.known && before.open == arrival.open)
        {
            return false;
        }
        let was_open = self.open_arrivals > 0;
        self.open_arrivals += usize::from(arrival.open);
        self.open_arrivals -= usize::from(before.is_some_and(|before| before.open));
        let old_entry = self
            .base
            .and_then(|base| self.arrivals.get(&base))
            .map(|old| Rc::clone(&old.known));
        let depth = arrival.known.len();
        let shrunk_or_equal = before.is_none_or(|before| depth <= before.known.len());
        self.arrivals.insert(from, arrival);
        let better = |base: From| {
            let base_depth = self
                .arrivals
                .get(&base)
                .map_or(usize::MAX, |base| base.known.len());
            (depth, from) <= (base_depth, base)
        };
        match self.base {
            Some(base) if base == from && !shrunk_or_equal => {
                let shortest = self
                    .arrivals
                    .iter()
                    .min_by_key(|(from, arrival)| (arrival.known.len(), **from));
                self.base = shortest.map(|(from, _)| *from);
            }
            Some(base) if !better(base) => {}
            _ => self.base = Some(from),
        }
        first
            || self.entry().0 != old_entry.as_deref().unwrap_or(&[])
            || was_open != (self.open_arrivals > 0)
    }

    /// Whether all ways into the block come out of macros and files.
    fn only_uses(&self) -> bool {
        self.arrivals
            .keys()
            .all(|from| matches!(from, From::Use(..)))
    }

    /// What is known at the start, each item with whether all ways agree on it. Names of other scopes settle nothing.
    fn merged(&self) -> Vec<(Known, bool)> {
        let (known, _) = self.entry();
        let mut merged: Vec<(Known, bool)> = known.iter().map(|known| (*known, true)).collect();
        for (from, arrival) in &self.arrivals {
            let foreign = matches!(from, From::Use(..));
            for ((known, settled), other) in merged.iter_mut().zip(arrival.known.iter()) {
                *settled &= !foreign && known == other;
            }
        }
        merged
    }
}

/// What a document starts with.
#[derive(Clone, Copy)]
pub(super) enum Entry<'a> {
    /// Exactly these values, top first, and perhaps more below.
    Known(&'a [Known], bool),
    /// Whatever it takes.
    Inferred,
}

/// Goes through a document and says what it does to the stack.
pub(super) fn analyse(
    checker: &mut Checker<'_, '_>,
    document: DocumentId,
    blocks: &Blocks,
    entry: Entry<'_>,
) -> Summary {
    if blocks.list.is_empty() {
        let known = match entry {
            Entry::Known(known, _) => known.to_vec(),
            Entry::Inferred => Vec::new(),
        };
        return Summary::of(&known, &known, Vec::new(), false);
    }
    let mut below = 0;
    let (states, inputs) = loop {
        let (states, inputs, missing) = propagate(checker, document, blocks, entry, below);
        if missing == 0 || below + missing > LIMIT {
            break (states, inputs);
        }
        below += missing;
    };
    if checker.gave_up {
        return Summary::of(&[], &[], Vec::new(), false);
    }
    report(checker, document, blocks, &states, entry, below);
    report_jumps(checker, document, blocks, &states);
    let exit = states.iter().rev().find(|state| state.reached);
    let exit = exit.map_or(&[][..], |state| &state.exit);
    let leaving = blocks.list.iter().zip(&states);
    let edges = leaving.filter(|(block, state)| state.reached && blocks.leaves(block));
    let edges = edges.filter_map(|(block, state)| {
        let last = checker.statement_span(document, block.end - 1);
        block.target.map(|target| Edge {
            target,
            known: state.exit.to_vec(),
            open: state.exit_open,
            source: last,
        })
    });
    let last = blocks.list.last().zip(states.last());
    let ends = last.is_some_and(|(block, state)| !state.reached || block.ends);
    let inputs = match entry {
        Entry::Known(known, _) => known.to_vec(),
        Entry::Inferred => inputs,
    };
    Summary::of(&inputs, exit, edges.collect(), ends)
}

fn start_stack(entry: Entry<'_>, below: usize) -> Stack {
    match entry {
        Entry::Known(known, open) => Stack::of(known, open),
        Entry::Inferred => Stack::default().infer(below),
    }
}

/// Finds the stacks at the borders of all blocks. Gives with them what is known of inferred inputs, and how many inputs
/// more are taken by blocks other than the first.
fn propagate(
    checker: &mut Checker<'_, '_>,
    document: DocumentId,
    blocks: &Blocks,
    entry: Entry<'_>,
    below: usize,
) -> (Vec<State>, Vec<Known>, usize) {
    let inferred = matches!(entry, Entry::Inferred);
    let mut states: Vec<State> = (0..blocks.list.len()).map(|_| State::default()).collect();
    let mut inputs = Vec::new();
    let mut missing = 0;
    let mut waiting = vec![0];
    let mut queued = vec![false; blocks.list.len()];
    let mut visits = ROUNDS * blocks.list.len();
    let mut first = true;
    while let Some(index) = waiting.pop() {
        queued[index] = false;
        let Some(left) = visits.checked_sub(1) else {
            break;
        };
        visits = left;
        let mut stack = if first {
            start_stack(entry, below)
        } else {
            let (known, open) = states[index].entry();
            let stack = Stack::of(known, open);
            if inferred { stack.infer(0) } else { stack }
        };
        if let Some(Ok(comment)) = checker.label_comment(document, &blocks.list[index]) {
            // What is wrong with it is reported later.
            let _ = stack.check_label(&comment, &checker.names);
        }
        let edges = checker.walk(document, &blocks.list[index], &mut stack, false);
        if first {
            inputs = stack.inferred_inputs();
            let (known, open) = match entry {
                Entry::Known(known, open) => (known.to_vec(), open),
                Entry::Inferred => (Vec::new(), false),
            };
            let arrival = Arrival {
                known: known.into(),
                open,
                source: None,
            };
            states[0].arrive(From::Start, arrival);
            first = false;
        } else if inferred {
            missing = missing.max(stack.inferred_inputs().len());
        }
        let exit: Rc<[Known]> = stack.known().into();
        if !checker.remember(document, exit.len()) {
            return (Vec::new(), Vec::new(), 0);
        }
        states[index].exit = Rc::clone(&exit);
        states[index].exit_open = stack.open;
        let last = checker.statement_span(document, blocks.list[index].end - 1);
        let ways = blocks.list[index].successors.iter().map(|successor| {
            let arrival = Arrival {
                known: Rc::clone(&exit),
                open: stack.open,
                source: Some(last),
            };
            (*successor, From::Block(index), arrival)
        });
        let out_of_uses = edges.iter().enumerate().filter_map(|(number, edge)| {
            let target = blocks.by_label.get(&edge.target)?;
            let arrival = Arrival {
                known: edge.known.as_slice().into(),
                open: edge.open,
                source: Some(edge.source),
            };
            Some((*target, From::Use(index, number), arrival))
        });
        let arrivals: Vec<_> = ways.chain(out_of_uses).collect();
        for (target, from, arrival) in arrivals {
            if states[target].arrive(from, arrival) && !queued[target] {
                queued[target] = true;
                waiting.push(target);
            }
        }
    }
    (states, inputs, missing)
}

fn report(
    checker: &mut Checker<'_, '_>,
    document: DocumentId,
    blocks: &Blocks,
    states: &[State],
    entry: Entry<'_>,
    below: usize,
) {
    for (index, (block, state)) in blocks.list.iter().zip(states).enumerate() {
        if !state.reached {
            continue;
        }
        let mut stack = if index == 0 {
            start_stack(entry, below)
        } else {
            let stack = Stack::merged(&state.merged(), state.open_arrivals > 0);
            if matches!(entry, Entry::Inferred) {
                stack.infer(0)
            } else {
                stack
            }
        };
        let place = checker.statement_span(document, block.start);
        let comment = checker.label_comment(document, block);
        let open = state.open_arrivals > 0 || matches!(&comment, Some(Ok(comment)) if comment.open);
        if !open {
            report_depths(checker, state, index, place);
        }
        match comment {
            Some(Err(reason)) => checker.warn(Diagnostic::warning("stack-comment", place, reason)),
            Some(Ok(comment)) => {
                if let Err(problem) = stack.check_label(&comment, &checker.names) {
                    // Where some way has the depth that the comment says, the ways that have not are reported.
                    let depth = comment.items.len();
                    let agrees = state.arrivals.values().any(|way| way.known.len() == depth);
                    let excused = state.only_uses() || problem.code == DEPTH && agrees;
                    if !excused {
                        checker.warn(Diagnostic::warning(problem.code, place, problem.message));
                    }
                }
            }
            None => {}
        }
        checker.walk(document, block, &mut stack, true);
    }
}

/// Reports ways of different depths into a block: from before it, and from behind it, which are loops.
fn report_depths(checker: &mut Checker<'_, '_>, state: &State, index: usize, place: Span) {
    let is_forward = |from: &From| !matches!(from, From::Block(block) if *block >= index);
    let ways = state.arrivals.iter();
    let mut depths: Vec<usize> = ways
        .clone()
        .filter(|(from, _)| is_forward(from))
        .map(|(_, way)| way.known.len())
        .collect();
    depths.sort_unstable();
    depths.dedup();
    if index > 0 && depths.len() > 1 {
        let list: Vec<String> = depths.iter().map(ToString::to_string).collect();
        let message = format!(
            "the ways that meet here leave {} items on the stack",
            list.join(" or ")
        );
        checker.warn(Diagnostic::warning("stack-merge", place, message));
    }
    let Some(entry) = depths.first() else { return };
    let mut loops = ways.filter(|(from, _)| !is_forward(from));
    if let Some((_, back)) = loops.find(|(_, way)| way.known.len() != *entry) {
        let message = format!(
            "the loop is entered with {entry} items on the stack and repeated with {}",
            back.known.len()
        );
        checker.warn(Diagnostic::warning("stack-loop", place, message));
    }
}

/// Reports jumps to a label that do not bring what its comment says.
fn report_jumps(
    checker: &mut Checker<'_, '_>,
    document: DocumentId,
    blocks: &Blocks,
    states: &[State],
) {
    for (block, state) in blocks.list.iter().zip(states) {
        let Some(Ok(comment)) = checker.label_comment(document, block) else {
            continue;
        };
        let depth = comment.items.len();
        let agrees =
            state.only_uses() || state.arrivals.values().any(|way| way.known.len() == depth);
        if !state.reached || comment.open || !agrees {
            continue;
        }
        let mut reported = HashSet::default();
        let label = checker.statement_span(document, block.start);
        let name = block
            .label
            .map_or("", |label| checker.name(label))
            .to_owned();
        for way in state
            .arrivals
            .values()
            .filter(|way| way.known.len() != depth)
        {
            let Some(source) = way.source.filter(|source| reported.insert(*source)) else {
                continue;
            };
            let message = format!(
                "@{name} expects {depth} items on the stack, and {} come",
                way.known.len()
            );
            let warning = Diagnostic::warning("stack-jump", source, message);
            checker.warn(warning.label(label, "the label's comment"));
        }
    }
}
