//! Code as a program of its own: what it consists of, and which other programs it contains.
//!
//! A constructor copies the contract that it deploys to memory, and a factory the constructors that it runs. Positions
//! in such a program count from its start, so it is taken apart on its own, and to the program around it it is data.

use std::collections::BTreeMap;
use std::ops::Range;

use super::flow::{Copy, Exit, Flow, follow};
use super::metadata::{self, Metadata};
use super::stack::Stack;
use super::sweep::{Entry, INVALID, JUMP, JUMPDEST, JUMPI, Kind, Region, sweep};
use crate::analysis::ends_execution;
use crate::target::Target;

/// Programs within programs within programs at most.
const DEPTH: usize = 4;
/// Instructions at the start of what may be a program that are looked at.
const LOOKED_AT: usize = 64;

/// A program: a contract's code, or its constructor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The position of its first byte in all of the code.
    pub start: usize,
    /// The position after its last byte.
    pub end: usize,
}

/// All that code consists of, in its order.
#[derive(Default)]
pub(super) struct Parts {
    pub entries: Vec<Entry>,
    pub blocks: Vec<(Range<usize>, Exit)>,
    pub metadata: Vec<Metadata>,
    pub programs: Vec<Program>,
}

/// Takes code and the programs within it apart.
pub(super) fn take_apart(code: &[u8], target: Target) -> Parts {
    let mut parts = Parts::default();
    let mut work = vec![(0..code.len(), 0)];
    while let Some((range, depth)) = work.pop() {
        let program = code.get(range.clone()).unwrap_or(&[]);
        let part = part(program, target, depth < DEPTH);
        let inner = parts.add(part, range).into_iter();
        work.extend(inner.map(|inner| (inner, depth + 1)));
    }
    // Each part is in order, and there are few levels of them.
    parts.entries.sort_by_key(|entry| entry.pc);
    parts.blocks.sort_by_key(|(range, _)| range.start);
    parts.programs.sort_by_key(|program| program.start);
    parts
}

/// What one program consists of, in its own positions.
struct Part {
    entries: Vec<Entry>,
    flow: Flow,
    metadata: Vec<Metadata>,
}

impl Parts {
    /// Adds a part that begins somewhere in the code; where the programs within it are.
    fn add(&mut self, mut part: Part, range: Range<usize>) -> Vec<Range<usize>> {
        let offset = range.start;
        part.flow.label(&mut part.entries);
        self.programs.push(Program {
            start: range.start,
            end: range.end,
        });
        let mut inner = Vec::new();
        let mut entries = part.entries.into_iter().peekable();
        while let Some(entry) = entries.next() {
            if entry.kind == Kind::Program {
                let end = entries.peek().map(|next| next.pc + offset);
                inner.push(entry.pc + offset..end.unwrap_or(range.end));
            } else {
                self.entries.push(entry.moved(offset, self.metadata.len()));
            }
        }
        let blocks = part.flow.blocks.into_iter();
        self.blocks.extend(blocks.map(|(range, exit)| {
            let range = range.start + offset..range.end + offset;
            (range, exit.moved(offset))
        }));
        let metadata = part.metadata.into_iter();
        self.metadata.extend(metadata.map(|metadata| Metadata {
            start: metadata.start + offset,
            end: metadata.end + offset,
            ..metadata
        }));
        inner
    }
}

fn part(code: &[u8], target: Target, may_contain: bool) -> Part {
    let metadata = metadata::find(code);
    let mut regions: Vec<Region> = metadata.iter().enumerate().map(Region::metadata).collect();
    let alone = Part::of(code, target, &regions);
    let inner = match may_contain {
        true => programs(code, target, &alone.flow.copies),
        false => Vec::new(),
    };
    if !inner.is_empty() {
        regions.extend(inner.into_iter().map(|range| Region {
            start: range.start,
            end: range.end,
            kind: Kind::Program,
        }));
        regions.sort_by_key(|region| region.start);
        let around = Part::of(code, target, &regions);
        if around.agrees() {
            return Part { metadata, ..around };
        }
    }
    // Who jumps into metadata executes it, whatever it looks like.
    match alone.agrees() {
        true => Part { metadata, ..alone },
        false => Part::of(code, target, &[]),
    }
}

impl Part {
    fn of(code: &[u8], target: Target, regions: &[Region]) -> Self {
        let sweep = sweep(code, target, regions);
        let flow = follow(code, target, &sweep);
        Self {
            entries: sweep.entries,
            flow,
            metadata: Vec::new(),
        }
    }

    fn agrees(&self) -> bool {
        self.flow.agrees(&self.entries)
    }
}

/// Which of the bytes that are copied look like programs. They do not overlap.
fn programs(code: &[u8], target: Target, copies: &[Copy]) -> Vec<Range<usize>> {
    let mut accepted: BTreeMap<usize, usize> = BTreeMap::new();
    for copy in copies {
        let start = copy.from;
        let end = match copy.size {
            Some(size) => start.saturating_add(size),
            None => code.len(),
        };
        // What copies is within another program, whose positions are not these.
        let before = accepted.range(..=copy.pc).next_back();
        let is_foreign = before.is_some_and(|(_, end)| *end > copy.pc);
        let overlaps = accepted.range(..end).next_back();
        let overlaps = overlaps.is_some_and(|(_, end)| *end > start);
        let bytes = code.get(start..end).unwrap_or(&[]);
        if start > copy.pc && !is_foreign && !overlaps && is_plausible(bytes, target) {
            accepted.insert(start, end);
        }
    }
    let accepted = accepted.into_iter();
    accepted.map(|(start, end)| start..end).collect()
}

/// Whether bytes begin like a program, which text and numbers do not: with a block that takes nothing from the empty
/// stack and ends well.
fn is_plausible(code: &[u8], target: Target) -> bool {
    let (mut stack, mut pc) = (Stack::default(), 0);
    for line in 0..LOOKED_AT {
        let Some(byte) = code.get(pc).copied() else {
            return false;
        };
        let Some(instruction) = target.instruction_of(byte) else {
            return false;
        };
        let end = pc + 1 + usize::from(instruction.immediate);
        let Some(immediate) = code.get(pc + 1..end) else {
            return false;
        };
        stack.execute(line, instruction, immediate);
        if stack.underflows || byte == INVALID {
            return false;
        }
        if ends_execution(byte) || matches!(byte, JUMP | JUMPI) {
            return line > 0;
        }
        if byte == JUMPDEST && line > 0 {
            return true;
        }
        pc = end;
    }
    true
}
