//! Basic blocks, where their jumps go, and which constants are labels.

use std::ops::Range;

use super::stack::{Push, Stack};
use super::sweep::{Entry, JUMP, JUMPDEST, JUMPI, Kind, Sweep, value};
use crate::target::{Instruction, Target};

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

/// What was found out about code.
pub(super) struct Flow {
    pub blocks: Vec<Block>,
    /// A jump goes into what was taken for metadata.
    pub enters_metadata: bool,
    places: Vec<Place>,
    /// The lines of pushes that are written with labels, in ascending order.
    pushes: Vec<usize>,
}

impl Flow {
    /// Entries with their labels.
    pub fn entries(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        for entry in &mut entries {
            entry.labelled = self.places.get(entry.pc) == Some(&Place::Label);
        }
        for line in &self.pushes {
            if let Some(entry) = entries.get_mut(*line) {
                entry.labelled = true;
            }
        }
        entries
    }
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
            enters_metadata: false,
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
    follower.close(sweep.entries.len(), code.len(), Exit::EndOfCode);
    follower.flow
}

struct Follower<'a> {
    code: &'a [u8],
    sweep: &'a Sweep,
    flow: Flow,
    stack: Stack,
    /// The first line and position of the block that is being read.
    open: Option<(usize, usize)>,
}

impl Follower<'_> {
    fn line(&mut self, line: usize, entry: Entry, instruction: Option<Instruction>) {
        if matches!(entry.kind, Kind::Data | Kind::Metadata(_)) {
            // What comes before data has halted or jumped.
            return;
        }
        let place = self.flow.places.get(entry.pc);
        if place.is_some_and(|place| *place != Place::Other) {
            self.close(line, entry.pc, Exit::FallThrough);
        }
        self.open.get_or_insert((line, entry.pc));
        let end = self.end(line);
        let instruction = match (entry.kind, instruction) {
            (Kind::Instruction | Kind::CutOff, Some(instruction)) => instruction,
            _ => return self.close(line + 1, end, Exit::Halt),
        };
        let immediate = self.code.get(entry.pc + 1..end).unwrap_or(&[]);
        let pushed = self.stack.execute(line, instruction, immediate);
        match instruction.byte {
            JUMP => {
                let destination = self.destination(pushed);
                self.close(line + 1, end, Exit::Jump(destination));
            }
            JUMPI => {
                let destination = self.destination(pushed);
                self.close(line + 1, end, Exit::Branch(destination));
            }
            byte if super::sweep::ends_flow(byte) => self.close(line + 1, end, Exit::Halt),
            _ => {}
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
                self.flow.enters_metadata |= self.sweep.hidden.binary_search(&position).is_ok();
                Destination::Invalid
            }
        }
    }

    /// Ends the block that is being read, if there is one.
    fn close(&mut self, line: usize, end: usize, exit: Exit) {
        let Some((first, start)) = self.open.take() else {
            return;
        };
        self.flow.blocks.push(Block {
            lines: first..line,
            start,
            end,
            exit,
        });
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
