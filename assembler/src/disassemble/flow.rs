//! Basic blocks, where their jumps go, and which constants are labels.

use std::collections::BTreeSet;
use std::ops::Range;

use super::stack::{Push, Stack};
use super::sweep::{Entry, JUMP, JUMPDEST, JUMPI, Kind, Labelled, Sweep, value};
use crate::target::{Instruction, Target};

const CODECOPY: u8 = 0x39;

/// Code that is entered at its start only, and left at its end only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its lines: indexes into those of the listing.
    pub lines: Range<usize>,
    /// The position of its first instruction.
    pub start: usize,
    /// The position after its last.
    pub end: usize,
    /// How it is left.
    pub exit: Exit,
}

/// How a block is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By an instruction that ends the execution, or a byte that is none.
    Halt,
    /// The code ends, which is like STOP.
    EndOfCode,
    /// The next block begins with a JUMPDEST.
    FallThrough,
    /// By JUMP.
    Jump(Destination),
    /// By JUMPI: a jump, or on to what follows.
    Branch(Destination),
}

/// Where a jump goes, as far as its block tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the block at this position.
    Block(usize),
    /// To a constant that is no JUMPDEST's position: the machine halts.
    Invalid,
    /// To what was on the stack before, or was computed.
    Unknown,
}

/// What is known of a position of the code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Other,
    /// A JUMPDEST in code.
    Destination,
    /// A JUMPDEST in code whose position is pushed.
    Label,
}

impl Exit {
    /// The exit of a block of a program that begins somewhere in the code.
    pub(super) fn moved(self, offset: usize) -> Self {
        let moved = |destination| match destination {
            Destination::Block(position) => Destination::Block(position + offset),
            other => other,
        };
        match self {
            Self::Jump(destination) => Self::Jump(moved(destination)),
            Self::Branch(destination) => Self::Branch(moved(destination)),
            other => other,
        }
    }
}

/// A CODECOPY.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copy {
    pub pc: usize,
    /// The position that it copies from.
    pub from: usize,
    /// The line that pushes that position.
    pub pushed: usize,
    /// How many bytes it copies, if that is constant.
    pub size: Option<usize>,
}

/// What was found out about code.
pub(super) struct Flow {
    /// Positions of blocks, and how they are left.
    pub blocks: Vec<(Range<usize>, Exit)>,
    /// Copies of constant places of the code.
    pub copies: Vec<Copy>,
    /// A jump goes into what was taken for something else than code.
    enters_region: bool,
    places: Vec<Place>,
    /// The lines of pushes that are written with labels, in ascending order.
    pushes: Vec<usize>,
}

impl Flow {
    /// Gives entries their labels.
    pub fn label(&self, entries: &mut [Entry]) {
        for entry in &mut *entries {
            if self.places.get(entry.pc) == Some(&Place::Label) {
                entry.label = Labelled::Destination;
            }
        }
        let programs: Vec<usize> = programs(entries).collect();
        let copies = self.copies.iter();
        let copies = copies.filter(|copy| programs.binary_search(&copy.from).is_ok());
        let pushes = self.pushes.iter().map(|line| (line, Labelled::Destination));
        for (line, label) in pushes.chain(copies.map(|copy| (&copy.pushed, Labelled::Program))) {
            if let Some(entry) = entries.get_mut(*line) {
                entry.label = label;
            }
        }
    }

    /// Whether what was taken for something else than code is not jumped into, and all programs in it are copied.
    pub fn agrees(&self, entries: &[Entry]) -> bool {
        let copied: BTreeSet<usize> = self.copies.iter().map(|copy| copy.from).collect();
        !self.enters_region && programs(entries).all(|start| copied.contains(&start))
    }
}

/// Where the programs within a program begin, in ascending order.
fn programs(entries: &[Entry]) -> impl Iterator<Item = usize> {
    let programs = entries.iter().filter(|entry| entry.kind == Kind::Program);
    programs.map(|entry| entry.pc)
}

/// Finds the blocks of swept code and follows the constants in each.
pub(super) fn follow(code: &[u8], target: Target, sweep: &Sweep) -> Flow {
    let mut places = vec![Place::Other; code.len()];
    for entry in &sweep.entries {
        let is_destination =
            entry.kind == Kind::Instruction && code.get(entry.pc) == Some(&JUMPDEST);
        if is_destination && let Some(place) = places.get_mut(entry.pc) {
            *place = Place::Destination;
        }
    }
    let mut follower = Follower {
        code,
        sweep,
        flow: Flow {
            blocks: Vec::new(),
            copies: Vec::new(),
            enters_region: false,
            places,
            pushes: Vec::new(),
        },
        stack: Stack::default(),
        open: None,
    };
    let instructions: Vec<_> = (0..=u8::MAX)
        .map(|byte| target.instruction_of(byte))
        .collect();
    for (line, entry) in sweep.entries.iter().enumerate() {
        let byte = code.get(entry.pc).copied().unwrap_or_default();
        let instruction = instructions.get(usize::from(byte)).copied().flatten();
        follower.line(line, *entry, instruction);
    }
    follower.close(code.len(), Exit::EndOfCode);
    follower.flow
}

struct Follower<'a> {
    code: &'a [u8],
    sweep: &'a Sweep,
    flow: Flow,
    stack: Stack,
    /// The start of the block that is being read.
    open: Option<usize>,
}

impl Follower<'_> {
    fn line(&mut self, line: usize, entry: Entry, instruction: Option<Instruction>) {
        if matches!(entry.kind, Kind::Data | Kind::Metadata(_) | Kind::Program) {
            // What comes before data has halted or jumped.
            return;
        }
        let place = self.flow.places.get(entry.pc);
        if place.is_some_and(|place| *place != Place::Other) {
            self.close(entry.pc, Exit::FallThrough);
        }
        self.open.get_or_insert(entry.pc);
        let end = self.end(line);
        let instruction = match (entry.kind, instruction) {
            (Kind::Instruction | Kind::CutOff, Some(instruction)) => instruction,
            _ => return self.close(end, Exit::Halt),
        };
        if instruction.byte == CODECOPY {
            self.copy(entry.pc);
        }
        let immediate = self.code.get(entry.pc + 1..end).unwrap_or(&[]);
        let pushed = self.stack.execute(line, instruction, immediate);
        match instruction.byte {
            JUMP => {
                let destination = self.destination(pushed);
                self.close(end, Exit::Jump(destination));
            }
            JUMPI => {
                let destination = self.destination(pushed);
                self.close(end, Exit::Branch(destination));
            }
            byte if super::sweep::ends_flow(byte) => self.close(end, Exit::Halt),
            _ => {}
        }
    }

    /// Writes down a CODECOPY that is about to be executed.
    fn copy(&mut self, pc: usize) {
        let constant = |distance| {
            let line = self.stack.pushed(distance)?;
            Some((line, self.pushed(line)?))
        };
        if let Some((pushed, from)) = constant(1) {
            let size = constant(2).map(|(_, size)| size);
            self.flow.copies.push(Copy {
                pc,
                from,
                pushed,
                size,
            });
        }
    }

    /// The position after a line.
    fn end(&self, line: usize) -> usize {
        let next = self.sweep.entries.get(line + 1);
        next.map_or(self.code.len(), |next| next.pc)
    }

    /// The constant that a line pushes, if a position can be so large.
    fn pushed(&self, line: usize) -> Option<usize> {
        let entry = self.sweep.entries.get(line)?;
        value(self.code.get(entry.pc + 1..self.end(line))?)
    }

    fn destination(&mut self, pushed: Option<usize>) -> Destination {
        let Some(line) = pushed else {
            return Destination::Unknown;
        };
        let Some(position) = self.pushed(line) else {
            return Destination::Invalid;
        };
        match self.flow.places.get(position) {
            Some(Place::Destination | Place::Label) => Destination::Block(position),
            _ => {
                self.flow.enters_region |= self.sweep.hidden.binary_search(&position).is_ok();
                Destination::Invalid
            }
        }
    }

    /// Ends the block that is being read, if there is one.
    fn close(&mut self, end: usize, exit: Exit) {
        let Some(start) = self.open.take() else {
            return;
        };
        self.flow.blocks.push((start..end, exit));
        let pushes: Vec<Push> = self.stack.finish().collect();
        for push in pushes {
            // A constant that is left for other blocks may be an address to return to.
            if push.jumped || (push.left && !push.used) {
                self.label(push.line);
            }
        }
    }

    /// Writes the constant of a line as a label, if it is the position of one.
    fn label(&mut self, line: usize) {
        // PUSH0 has no bytes for a label, and a push that is cut off is written as bytes.
        let entry = self.sweep.entries.get(line);
        let writable = entry
            .is_some_and(|entry| entry.kind == Kind::Instruction && self.end(line) > entry.pc + 1);
        let position = self.pushed(line).filter(|_| writable);
        let place = position.and_then(|position| self.flow.places.get_mut(position));
        if let Some(place) = place.filter(|place| **place != Place::Other) {
            *place = Place::Label;
            self.flow.pushes.push(line);
        }
    }
}
