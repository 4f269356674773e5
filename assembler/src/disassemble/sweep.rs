//! Bytes to instructions and data, from the first to the last.

use super::metadata::Metadata;
use crate::analysis::ends_execution;
use crate::target::{Instruction, Target, decode_immediate};

pub(super) const JUMP: u8 = 0x56;
pub(super) const JUMPI: u8 = 0x57;
pub(super) const JUMPDEST: u8 = 0x5b;
pub(super) const INVALID: u8 = 0xfe;

/// A line of the listing. It ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub pc: usize,
    /// Where the program begins that it belongs to.
    pub program: usize,
    pub kind: Kind,
    pub label: Labelled,
}

impl Entry {
    pub fn new(pc: usize, kind: Kind) -> Self {
        Self {
            pc,
            program: 0,
            kind,
            label: Labelled::No,
        }
    }

    /// The entry of a program that begins somewhere in the code, and whose metadata is not the first.
    pub fn moved(self, offset: usize, metadata: usize) -> Self {
        Self {
            pc: self.pc + offset,
            program: offset,
            kind: match self.kind {
                Kind::Metadata(index) => Kind::Metadata(metadata + index),
                kind => kind,
            },
            ..self
        }
    }
}

/// Whether a line has a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labelled {
    No,
    /// A JUMPDEST that has a label, or a push that is written with one.
    Destination,
    /// A push of the start of a program within this one.
    Program,
}

/// See [`Content`](super::Content).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Instruction,
    CutOff,
    Undefined,
    Data,
    /// An index into what was found.
    Metadata(usize),
    /// A program within this one.
    Program,
}

/// Bytes that are not the program's own instructions.
pub(super) struct Region {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

impl Region {
    pub fn metadata((index, metadata): (usize, &Metadata)) -> Self {
        Self {
            start: metadata.start,
            end: metadata.end,
            kind: Kind::Metadata(index),
        }
    }
}

/// What a sweep found.
pub(super) struct Sweep {
    pub entries: Vec<Entry>,
    /// JUMPDESTs to the machine that stand in regions, in ascending order.
    pub hidden: Vec<usize>,
}

/// The number that bytes are, if a position can be so large.
pub(super) fn value(bytes: &[u8]) -> Option<usize> {
    let start = bytes.iter().position(|byte| *byte != 0);
    let digits = start.map_or(&[][..], |start| bytes.get(start..).unwrap_or(&[]));
    if digits.len() > size_of::<usize>() {
        return None;
    }
    let number = digits.iter();
    Some(number.fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

/// Bytes of an instruction as the machine counts them when it looks for JUMPDESTs. The immediates of EIP-8024 are none
/// that it could mistake.
fn length(byte: u8) -> usize {
    match byte {
        0x60..=0x7f => usize::from(byte - 0x5e),
        _ => 1,
    }
}

/// Whether nothing is executed after an instruction, unless it is jumped to.
pub(super) fn ends_flow(byte: u8) -> bool {
    byte == JUMP || ends_execution(byte)
}

/// Splits code into lines. Regions are in the order of the code; those that are come to are code all the same.
pub(super) fn sweep(code: &[u8], target: Target, regions: &[Region]) -> Sweep {
    let mut sweeper = Sweeper {
        code,
        found: Sweep {
            entries: Vec::new(),
            hidden: Vec::new(),
        },
        data: None,
    };
    let instructions: Vec<_> = (0..=u8::MAX)
        .map(|byte| target.instruction_of(byte))
        .collect();
    let mut regions = regions.iter().peekable();
    let (mut pc, mut reached) = (0, true);
    while let Some(byte) = code.get(pc).copied() {
        let next = pc + length(byte);
        let start = sweeper.data.unwrap_or(pc);
        while regions.next_if(|region| region.start < start).is_some() {}
        let region = regions.next_if(|region| !reached && region.start < next);
        if let Some(region) = region {
            sweeper.data = Some(start);
            pc = sweeper.region(pc, region);
        } else if reached || byte == JUMPDEST {
            sweeper.end_data(pc);
            let instruction = instructions.get(usize::from(byte)).copied().flatten();
            let (kind, length) = sweeper.instruction(pc, instruction);
            sweeper.found.entries.push(Entry::new(pc, kind));
            reached = kind == Kind::Instruction && !ends_flow(byte);
            pc += length;
        } else {
            sweeper.data = Some(start);
            pc = next;
        }
    }
    sweeper.end_data(code.len());
    sweeper.found
}

struct Sweeper<'a> {
    code: &'a [u8],
    found: Sweep,
    /// Where the data begins that is being read.
    data: Option<usize>,
}

impl Sweeper<'_> {
    /// What stands at a position that may be come to, and how many bytes it takes.
    fn instruction(&self, pc: usize, instruction: Option<Instruction>) -> (Kind, usize) {
        let Some(instruction) = instruction else {
            return (Kind::Undefined, 1);
        };
        let length = 1 + usize::from(instruction.immediate);
        let Some(bytes) = self.code.get(pc..pc + length) else {
            return (Kind::CutOff, self.code.len() - pc);
        };
        match bytes {
            // Every push may be followed by anything.
            [byte, immediate]
                if self::length(*byte) == 1 && decode_immediate(*byte, *immediate).is_none() =>
            {
                (Kind::Undefined, 1)
            }
            _ => (Kind::Instruction, length),
        }
    }

    /// Writes down the data that ends at a position.
    fn end_data(&mut self, end: usize) {
        let Some(start) = self.data.take().filter(|start| *start < end) else {
            return;
        };
        self.found.entries.push(Entry::new(start, Kind::Data));
        // Compilers separate code and data by an INVALID, which is a line of its own.
        if self.code.get(start) == Some(&INVALID) && start + 1 < end {
            self.found.entries.push(Entry::new(start + 1, Kind::Data));
        }
    }

    /// Writes down a region; where the machine's instructions go on behind it.
    fn region(&mut self, mut pc: usize, region: &Region) -> usize {
        self.end_data(region.start);
        self.found
            .entries
            .push(Entry::new(region.start, region.kind));
        while pc < region.end
            && let Some(byte) = self.code.get(pc)
        {
            if *byte == JUMPDEST {
                self.found.hidden.push(pc);
            }
            pc += length(*byte);
        }
        self.data = Some(region.end);
        pc
    }
}
