//! What a block is translated to, before it becomes handlers: the operations, each with the slots that it reads and the
//! one that it writes, and what ends the block.
//!
//! Slots are numbered from the stack's height at the block's entry: -1 is the word that is on top there, 0 the one that
//! the next push would write.

use primitive_types::U256;

/// The number of a slot.
pub(super) type Slot = i16;

/// Words that one instruction takes at most without going through the stack (EXTCODECOPY).
pub(super) const OPERANDS: usize = 4;

/// Where an operation takes a word from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Slot(Slot),
    /// The position in [`Block::constants`].
    Constant(u16),
}

/// An instruction with its operands, top of the stack first; those beyond its inputs are never looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Apply {
    pub(super) opcode: u8,
    /// Where its result goes, if it has one.
    pub(super) to: Slot,
    pub(super) operands: [Operand; OPERANDS],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Apply(Apply),
    Copy { to: Slot, from: Slot },
    Swap { a: Slot, b: Slot },
    Constant { to: Slot, value: u16 },
}

/// What a conditional jump looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// A word is not zero, or with `negated` is.
    Word { operand: Operand, negated: bool },
    /// A comparison holds, or with `negated` does not.
    Comparison {
        opcode: u8,
        operands: [Operand; 2],
        negated: bool,
    },
}

/// What ends a block. The stack is canonical before it: every word lies in the slot of its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The next block follows.
    Fall,
    /// An instruction that needs exact gas, or that can be observed; the next block follows.
    Apply(Apply),
    /// GAS.
    Gas { to: Slot },
    /// A jump to a destination that is known to be one, unconditional or on a constant that is not zero.
    Jump { target: u32 },
    /// A jump to wherever a word says.
    JumpTo { target: Slot },
    /// A jump to a known destination, or else the next block follows.
    Branch { condition: Condition, target: u32 },
    /// Any instruction, in the form that the plain loop knows, with its operands on the canonical stack.
    Generic { opcode: u8 },
    /// A byte that is no instruction: the plain loop finds that out.
    Leave,
}

/// A run of code with one entry: gas and stack are checked there, for all of it.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The position of its first instruction.
    pub(super) start: u32,
    /// The position after its last.
    pub(super) next: u32,
    /// The sum of the base prices.
    pub(super) gas: u32,
    /// Words that it takes from below its entry.
    pub(super) need: u16,
    /// Words that it puts above its entry at most.
    pub(super) growth: u16,
    /// By how much the stack has grown before the end; `Apply` and `Gas` add their result.
    pub(super) height: i16,
    pub(super) operations: Vec<Operation>,
    pub(super) end: End,
    pub(super) constants: Vec<U256>,
}

impl Block {
    pub(super) fn new() -> Self {
        Self {
            start: 0,
            next: 0,
            gas: 0,
            need: 0,
            growth: 0,
            height: 0,
            operations: Vec::new(),
            end: End::Leave,
            constants: Vec::new(),
        }
    }

    pub(super) fn constant(&self, position: u16) -> U256 {
        self.constants
            .get(usize::from(position))
            .copied()
            .unwrap_or_default()
    }

    /// Whether control can go on after it.
    pub(super) fn is_followed(&self) -> bool {
        match self.end {
            End::Jump { .. } | End::JumpTo { .. } | End::Leave => false,
            End::Fall | End::Apply(_) | End::Gas { .. } | End::Branch { .. } => true,
            End::Generic { opcode } => !super::table::ends_code(opcode),
        }
    }
}
