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
    pub kind: Kind,
    /// A JUMPDEST that has a label, or a push that is written with one.
    pub labelled: bool,
}

impl Entry {
    pub fn new(pc: usize, kind: Kind) -> Self {
        Self {
            pc,
            kind,
            labelled: false,
        }
    }
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
}

/// What a sweep found.
pub(super) struct Sweep {
    pub entries: Vec<Entry>,
    /// JUMPDESTs to the machine that stand in metadata, in ascending order.
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

/// Splits code into lines. Metadata is what was found of it, in the order of the code.
pub(super) fn sweep(code: &[u8], target: Target, metadata: &[Metadata]) -> Sweep {
    let mut sweeper = Sweeper {
        code,
        entries: Vec::new(),
        hidden: Vec::new(),
        data: None,
    };
    let instructions: Vec<_> = (0..=u8::MAX)
        .map(|byte| target.instruction_of(byte))
        .collect();
    let mut metadata = metadata.iter().enumerate().peekable();
    let (mut pc, mut reached) = (0, true);
    while let Some(byte) = code.get(pc).copied() {
        if reached || byte == JUMPDEST {
            sweeper.end_data(pc);
            let instruction = instructions.get(usize::from(byte)).copied().flatten();
            let (kind, length) = sweeper.instruction(pc, instruction);
            sweeper.entries.push(Entry::new(pc, kind));
            reached = kind == Kind::Instruction && !ends_flow(byte);
            pc += length;
            continue;
        }
        let start = *sweeper.data.get_or_insert(pc);
        let next = pc + length(byte);
        while metadata.next_if(|(_, found)| found.start < start).is_some() {}
        match metadata.next_if(|(_, found)| found.start < next) {
            Some((index, found)) => pc = sweeper.metadata(pc, index, found),
            None => pc = next,
        }
    }
    sweeper.end_data(code.len());
    Sweep {
        entries: sweeper.entries,
        hidden: sweeper.hidden,
    }
}

struct Sweeper<'a> {
    code: &'a [u8],
    entries: Vec<Entry>,
    hidden: Vec<usize>,
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
        self.entries.push(Entry::new(start, Kind::Data));
        // Compilers separate code and data by an INVALID, which is a line of its own.
        if self.code.get(start) == Some(&INVALID) && start + 1 < end {
            self.entries.push(Entry::new(start + 1, Kind::Data));
        }
    }

    /// Writes down metadata; where the machine's instructions go on behind it.
    fn metadata(&mut self, mut pc: usize, index: usize, found: &Metadata) -> usize {
        self.end_data(found.start);
        self.entries
            .push(Entry::new(found.start, Kind::Metadata(index)));
        while pc < found.end
            && let Some(byte) = self.code.get(pc)
        {
            if *byte == JUMPDEST {
                self.hidden.push(pc);
            }
            pc += length(*byte);
        }
        self.data = Some(found.end);
        pc
    }
}
