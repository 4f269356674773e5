//! Bytecode to source: instructions, basic blocks, labels, and what is data.
//!
//! [`disassemble`] makes a [`Listing`], whose text is a program in the assembly language. Assembled again it gives the
//! same bytes, whatever the bytes are: sizes of pushes are written out, and what is no instruction stays as `#bytes`.
//!
//! What is code is decided as the machine decides it: instructions are read one after the other from the start, and
//! after one that never goes on, only a JUMPDEST can be come to. The bytes in between are data. Which constants are
//! jump destinations is read off the stack within a basic block; nothing is followed from block to block.
//!
//! What a program copies out of itself and what looks like a program is one: the contract that a constructor deploys.

mod flow;
mod gas;
mod graph;
mod metadata;
mod program;
mod stack;
mod sweep;
mod text;

use std::fmt;

use crate::target::{Instruction, Target};

pub use flow::{Block, Destination, Exit};
pub use gas::{Price, RunningGas, price};
pub use graph::{Graph, GraphFormat};
pub use metadata::Metadata;
pub use program::Program;
pub use text::{Text, TextOptions};

use sweep::{Entry, Kind, Labelled};

/// Takes bytecode apart, in time linear in its length.
///
/// ```
/// use gasworks_assembler::{Target, disassemble};
/// let listing = disassemble(&[0x60, 0x03, 0x56, 0x5b, 0x00], Target::LATEST);
/// let text = listing.to_string();
/// let lines: Vec<&str> = text.lines().collect();
/// assert_eq!(lines, [
///     "    push1 @label_0003  ; 0x0000",
///     "    jump               ; 0x0002",
///     "",
///     "label_0003:            ; 0x0003",
///     "    stop               ; 0x0004",
/// ]);
/// ```
pub fn disassemble(code: &[u8], target: impl Into<Target>) -> Listing {
    let target = target.into();
    let parts = program::take_apart(code, target);
    let mut line = 0;
    // Goes on to the first line at a position.
    let mut line_at = |pc| {
        let rest = parts.entries.get(line..).unwrap_or(&[]).iter();
        line += rest.take_while(|entry| entry.pc < pc).count();
        line
    };
    let blocks = parts.blocks.into_iter().map(|(range, exit)| Block {
        lines: line_at(range.start)..line_at(range.end),
        start: range.start,
        end: range.end,
        exit,
    });
    Listing {
        blocks: blocks.collect(),
        target,
        code: code.to_vec(),
        entries: parts.entries,
        metadata: parts.metadata,
        programs: parts.programs,
    }
}

/// Bytecode taken apart. Its [`Display`](fmt::Display) is source that assembles to the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    target: Target,
    code: Vec<u8>,
    entries: Vec<Entry>,
    metadata: Vec<Metadata>,
    blocks: Vec<Block>,
    programs: Vec<Program>,
}

/// What stands at a position of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// An instruction with all its immediate bytes.
    Instruction(Instruction),
    /// An instruction whose immediate bytes would be beyond the end of the code, where the machine reads zeros.
    CutOff(Instruction),
    /// A byte that is no instruction of the target, or one whose immediate is not valid: the machine halts.
    Undefined,
    /// Bytes that are never executed.
    Data,
    /// What a compiler left behind the code about itself; it is never executed.
    Metadata(&'a Metadata),
}

/// A piece of the code: an instruction, or a stretch of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where it begins.
    pub pc: usize,
    /// All its bytes.
    pub bytes: &'a [u8],
    /// Where the program begins that it belongs to; its jumps count from there.
    pub program: usize,
    /// What they are.
    pub content: Content<'a>,
    /// The label that stands here, or whose position is pushed here.
    pub label: Option<Label>,
}

/// A position with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// A JUMPDEST.
    Destination(usize),
    /// The start of a program within another.
    Program(usize),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Destination(position) => write!(f, "label_{position:04x}"),
            Self::Program(position) => write!(f, ".program_{position:04x}"),
        }
    }
}

impl<'a> Line<'a> {
    /// Whether it may be executed.
    pub fn is_code(&self) -> bool {
        !matches!(self.content, Content::Data | Content::Metadata(_))
    }

    /// The instruction's byte, or the first byte of data.
    pub fn byte(&self) -> u8 {
        self.bytes.first().copied().unwrap_or(0)
    }

    /// The instruction's name in upper case.
    pub fn name(&self) -> Option<&'static str> {
        match self.content {
            Content::Instruction(instruction) | Content::CutOff(instruction) => {
                Some(instruction.name)
            }
            _ => None,
        }
    }

    /// The bytes that belong to the instruction, as far as they are there.
    pub fn immediate(&self) -> &'a [u8] {
        match self.content {
            Content::Instruction(_) | Content::CutOff(_) => self.bytes.get(1..).unwrap_or(&[]),
            _ => &[],
        }
    }
}

impl Listing {
    /// The target whose instructions these are.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The bytes that were taken apart.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// The instructions and the data between them, in the order of the code. Together they are all its bytes.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = Line<'_>> + Clone {
        (0..self.entries.len()).map(|index| self.line(index))
    }

    /// The basic blocks in the order of the code. A block's lines are indexes into [`Listing::lines`].
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The programs in the order of their starts: the first is all of the code, the others are within it. They are the
    /// contracts that constructors deploy and factories create.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// The lines of a block.
    pub fn lines_of(&self, block: &Block) -> impl ExactSizeIterator<Item = Line<'_>> + Clone {
        block.lines.clone().map(|index| self.line(index))
    }

    /// A line by its index, or an empty line of data after the last.
    fn line(&self, index: usize) -> Line<'_> {
        let end = self.code.len();
        let entry = self.entries.get(index).copied();
        let entry = entry.unwrap_or(Entry::new(end, Kind::Data));
        let next = self.entries.get(index + 1).map_or(end, |next| next.pc);
        let bytes = self.code.get(entry.pc..next).unwrap_or(&[]);
        let instruction = || {
            let byte = bytes.first().copied()?;
            self.target.instruction_of(byte)
        };
        let content = match entry.kind {
            Kind::Instruction => instruction().map(Content::Instruction),
            Kind::CutOff => instruction().map(Content::CutOff),
            Kind::Undefined => None,
            Kind::Data | Kind::Program => Some(Content::Data),
            Kind::Metadata(index) => self.metadata.get(index).map(Content::Metadata),
        };
        let mut line = Line {
            pc: entry.pc,
            program: entry.program,
            bytes,
            content: content.unwrap_or(Content::Undefined),
            label: None,
        };
        let position = match line.immediate() {
            [] => Some(entry.pc),
            pushed => sweep::value(pushed).map(|position| entry.program + position),
        };
        line.label = match entry.label {
            Labelled::No => None,
            Labelled::Destination => position.map(Label::Destination),
            Labelled::Program => position.map(Label::Program),
        };
        line
    }
}

#[cfg(test)]
mod disassemble_test;
