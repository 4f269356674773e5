//! Blocks to cells: chooses the handler of each operation and writes its operands behind it.

use primitive_types::U256;

use super::entries::Entries;
use super::forms::{self, Form, Pair};
use super::handlers::words::{InSlot, Small, Wide};
use super::handlers::{control, host, memory, words};
use super::ir::{Apply, Block, Condition, End, Operand, Operation, Slot};
use super::machine::{Cell, Handler};
use super::table;
use crate::interpreter::frame::STACK_LIMIT;
use crate::word;

const STOP: u8 = 0x00;
const WORD: u32 = size_of::<U256>() as u32;

/// Limbs from the stack pointer to a slot.
fn limbs(slot: Slot) -> i16 {
    slot * 4
}

/// A number of words by which the stack pointer moves, as the half of a cell.
fn moved(height: i16) -> u32 {
    i32::from(height) as u32
}

/// What comes after a block in its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// Nothing: control does not go on.
    Nothing,
    /// The block that it goes on with, unless it jumps elsewhere.
    Next,
    /// A position with an entry of its own, and whether that is a jump destination.
    Entry(u32, bool),
}

/// Writes a chain of blocks.
pub(super) struct Lowering<'a, const TAIL: bool> {
    pub(super) cells: &'a mut Vec<Cell>,
    pub(super) entries: &'a Entries,
    /// Bytes that pages of entries took.
    pub(super) bytes: usize,
}

impl<const TAIL: bool> Lowering<'_, TAIL> {
    fn handler(&mut self, handler: Handler) {
        self.cells.push(Cell { handler });
    }

    fn slots(&mut self, slots: [i16; 4]) {
        self.cells.push(Cell { slots });
    }

    fn pair(&mut self, first: u32, second: u32) {
        self.cells.push(Cell {
            pair: [first, second],
        });
    }

    fn limb(&mut self, bits: u64) {
        self.cells.push(Cell { bits });
    }

    fn entry(&mut self, target: u32) {
        let (entry, bytes) = self.entries.make(target as usize);
        self.bytes += bytes;
        self.cells.push(Cell { entry });
    }

    fn header(&mut self, block: &Block) {
        let limit = STACK_LIMIT as u32;
        let (need, growth) = (u32::from(block.need), u32::from(block.growth));
        match limit.checked_sub(need + growth) {
            Some(range) => {
                self.pair(block.gas, block.start);
                self.pair(need * WORD, range * WORD);
            }
            // No stack is right for this block.
            None => {
                self.pair(u32::MAX, block.start);
                self.pair(u32::MAX, 0);
            }
        }
    }

    /// Writes a block.
    pub(super) fn block(&mut self, block: &Block, follow: Follow) {
        self.header(block);
        for operation in &block.operations {
            self.operation(block, operation);
        }
        match (block.end, follow) {
            (End::Fall | End::Jump { .. }, Follow::Entry(target, is_destination)) => {
                self.go(target, is_destination, block.height);
            }
            (End::Fall | End::Jump { .. }, _) => {
                self.handler(control::fall::<TAIL>);
                self.pair(0, moved(block.height));
            }
            (_, Follow::Entry(target, is_destination)) => {
                self.end(block);
                self.bridge(target, is_destination);
            }
            _ => self.end(block),
        }
    }

    /// Goes on at a position with the canonical stack, `height` words above the stack pointer.
    fn go(&mut self, target: u32, is_destination: bool, height: i16) {
        self.handler(if is_destination {
            control::jump::<TAIL>
        } else {
            control::proceed::<TAIL>
        });
        self.entry(target);
        self.pair(target, moved(height));
    }

    /// A block of nothing, which goes on at a position that has an entry of its own.
    fn bridge(&mut self, target: u32, is_destination: bool) {
        self.pair(0, target);
        self.pair(0, STACK_LIMIT as u32 * WORD);
        self.go(target, is_destination, 0);
    }

    fn operation(&mut self, block: &Block, operation: &Operation) {
        match *operation {
            Operation::Copy { to, from } => {
                self.handler(words::copy::<TAIL>);
                self.slots([limbs(to), limbs(from), 0, 0]);
            }
            Operation::Swap { a, b } => {
                self.handler(words::swap::<TAIL>);
                self.slots([limbs(a), limbs(b), 0, 0]);
            }
            Operation::Constant { to, value } => {
                let value = block.constant(value);
                match word::to_u64(value) {
                    Some(_) => self.handler(words::constant::<Small, TAIL>),
                    None => self.handler(words::constant::<Wide, TAIL>),
                }
                self.slots([limbs(to), 0, 0, 0]);
                self.constant(value);
            }
            Operation::Apply(apply) => self.apply(block, &apply, None),
        }
    }

    /// A constant as the forms for operands take it: one cell if it has at most 64 bits, or four.
    fn constant(&mut self, value: U256) {
        match word::to_u64(value) {
            Some(small) => self.limb(small),
            None => value.0.iter().for_each(|&limb| self.limb(limb)),
        }
    }

    /// Writes an instruction; at the end of a block, `end` is the block's growth with its result.
    fn apply(&mut self, block: &Block, apply: &Apply, end: Option<i16>) {
        if table::MEMORY.contains(&apply.opcode) {
            return self.memory(block, apply);
        }
        let [a, b, ..] = apply.operands;
        match forms::form::<TAIL>(apply.opcode) {
            Form::Unary(handler) => {
                self.handler(handler);
                self.slots([limbs(apply.to), field(a), 0, 0]);
            }
            Form::Binary(handlers) => {
                let pair = pair(block, a, b);
                self.handler(handlers[pair as usize]);
                self.slots([limbs(apply.to), field(a), field(b), 0]);
                self.constants(block, &[a, b]);
            }
            Form::Listed {
                result,
                within,
                end: at_end,
            } => {
                self.handler(if end.is_some() { at_end } else { within });
                self.listed(block, apply, result, end.unwrap_or(0));
            }
            Form::None => {
                self.handler(host::leave::<TAIL>);
                self.pair(block.start, 0);
            }
        }
    }

    fn constants(&mut self, block: &Block, operands: &[Operand]) {
        for operand in operands {
            if let Operand::Constant(value) = operand {
                self.constant(block.constant(*value));
            }
        }
    }

    /// Fields, a cell with the number of cells and the growth, and four cells for each constant.
    fn listed(&mut self, block: &Block, apply: &Apply, result: bool, height: i16) {
        let (inputs, _) = table::effect(apply.opcode);
        let operands = &apply.operands[..usize::from(inputs)];
        let first = usize::from(result);
        let mut fields = [0; 4];
        if result {
            fields[0] = limbs(apply.to) << 1;
        }
        let mut cells = 3i16;
        for (operand, field) in operands.iter().zip(&mut fields[first..]) {
            *field = match operand {
                Operand::Slot(slot) => limbs(*slot) << 1,
                Operand::Constant(_) => {
                    cells += 4;
                    ((cells - 4) << 1) | 1
                }
            };
        }
        self.slots(fields);
        self.pair(cells as u32, moved(height));
        for operand in operands {
            if let Operand::Constant(value) = operand {
                let value = block.constant(*value);
                value.0.iter().for_each(|&limb| self.limb(limb));
            }
        }
    }

    fn memory(&mut self, block: &Block, apply: &Apply) {
        let [offset, value, ..] = apply.operands;
        let small = matches!(offset, Operand::Constant(_));
        match apply.opcode {
            0x51 => {
                self.handler(if small {
                    memory::load::<Small, TAIL>
                } else {
                    memory::load::<InSlot, TAIL>
                });
                self.slots([limbs(apply.to), field(offset), 0, 0]);
                self.constants(block, &[offset]);
            }
            0x52 => {
                let constant = matches!(value, Operand::Constant(_));
                self.handler(match (small, constant) {
                    (false, false) => memory::store::<InSlot, InSlot, TAIL>,
                    (true, false) => memory::store::<Small, InSlot, TAIL>,
                    (false, true) => memory::store::<InSlot, Wide, TAIL>,
                    (true, true) => memory::store::<Small, Wide, TAIL>,
                });
                self.slots([0, field(offset), field(value), 0]);
                self.constants(block, &[offset]);
                if let Operand::Constant(value) = value {
                    let value = block.constant(value);
                    value.0.iter().for_each(|&limb| self.limb(limb));
                }
            }
            _ => {
                self.handler(memory::store_byte::<InSlot, InSlot, TAIL>);
                self.slots([0, field(offset), field(value), 0]);
            }
        }
    }

    /// Writes the end of a block that does not simply go on.
    fn end(&mut self, block: &Block) {
        match block.end {
            End::Fall | End::Jump { .. } => {}
            End::Apply(apply) => {
                let (_, outputs) = table::effect(apply.opcode);
                self.apply(block, &apply, Some(block.height + i16::from(outputs)));
            }
            End::Gas { to } => {
                self.handler(control::gas_left::<TAIL>);
                self.slots([limbs(to), 0, 0, 0]);
                self.pair(0, moved(block.height + 1));
            }
            End::JumpTo { target } => {
                self.handler(control::jump_to::<TAIL>);
                self.slots([limbs(target), 0, 0, 0]);
                self.pair(0, moved(block.height));
            }
            End::Branch { condition, target } => self.branch(block, condition, target),
            End::Generic { opcode: STOP } => self.handler(host::stop::<TAIL>),
            End::Generic { opcode } => {
                self.handler(host::generic::<TAIL>);
                self.cells.push(Cell {
                    body: table::body(opcode),
                });
                self.pair(block.next, moved(block.height));
            }
            End::Leave => {
                self.handler(host::leave::<TAIL>);
                self.pair(block.start, 0);
            }
        }
    }

    fn branch(&mut self, block: &Block, condition: Condition, target: u32) {
        let (handler, operands) = match condition {
            Condition::Word { operand, negated } => {
                (forms::tested::<TAIL>(negated), [operand, Operand::Slot(0)])
            }
            Condition::Comparison {
                opcode,
                operands: [a, b],
                negated,
            } => match forms::compared::<TAIL>(opcode, pair(block, a, b), negated) {
                Some(handler) => (handler, [a, b]),
                // The translator makes no other comparison.
                None => (host::leave::<TAIL> as Handler, [a, b]),
            },
        };
        self.handler(handler);
        self.slots([0, field(operands[0]), field(operands[1]), 0]);
        self.entry(target);
        self.pair(target, moved(block.height));
        self.constants(block, &operands);
    }
}

/// The field of an operand with a form for its kind: constants need none.
fn field(operand: Operand) -> i16 {
    match operand {
        Operand::Slot(slot) => limbs(slot),
        Operand::Constant(_) => 0,
    }
}

fn pair(block: &Block, a: Operand, b: Operand) -> Pair {
    let is_small = |value: u16| word::to_u64(block.constant(value)).is_some();
    match (a, b) {
        (Operand::Slot(_), Operand::Slot(_)) => Pair::SlotSlot,
        (Operand::Constant(value), _) if is_small(value) => Pair::SmallSlot,
        (Operand::Constant(_), _) => Pair::WideSlot,
        (_, Operand::Constant(value)) if is_small(value) => Pair::SlotSmall,
        (_, Operand::Constant(_)) => Pair::SlotWide,
    }
}
