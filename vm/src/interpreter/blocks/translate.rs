//! Byte code to blocks: one walk finds where a block ends and what it needs, the next follows the stack through it.
//!
//! PUSH, DUP, SWAP and POP become nothing: they only change what the positions of the [`Window`] stand for. Instructions
//! whose operands are all known are carried out here.

use primitive_types::U256;

use super::ir::{Apply, Block, Condition, End, OPERANDS, Operand, Operation};
use super::table::{self, Shape};
use super::window::Window;
use crate::interpreter::Code;
use crate::word;

/// Instructions of a block at most: what a slot's number and a constant's position are counted with stays small.
const LONGEST: usize = 128;

const JUMP: u8 = 0x56;
const JUMPI: u8 = 0x57;
const PC: u8 = 0x58;
const GAS: u8 = 0x5a;
const JUMPDEST: u8 = 0x5b;
const PUSH0: u8 = 0x5f;
const ISZERO: u8 = 0x15;

/// What a translator needs to know of the code.
pub(super) struct Source<'a> {
    pub(super) code: &'a Code,
    /// The base prices of the fork.
    pub(super) prices: &'a [u64; 256],
}

/// Where a block ends, and what it needs.
struct Extent {
    /// The position of the last instruction, where it ends the block; of the first that is not in it, otherwise.
    end: usize,
    /// Whether an instruction ends the block, and which.
    last: Option<u8>,
    /// Whether the block is a byte that is no instruction.
    undefined: bool,
    gas: u32,
    need: usize,
    growth: usize,
}

/// Follows the stack from its entry on.
#[derive(Default)]
struct Bounds {
    height: i32,
    lowest: i32,
    highest: i32,
}

impl Bounds {
    fn apply(&mut self, inputs: u8, outputs: u8) {
        self.lowest = self.lowest.min(self.height - i32::from(inputs));
        self.height += i32::from(outputs) - i32::from(inputs);
        self.highest = self.highest.max(self.height);
    }
}

/// Whether an instruction has to be the last of its block: it can be observed, reads exact gas, jumps, ends the code, or
/// can fail for another reason than gas.
fn ends_block(opcode: u8) -> bool {
    match table::shape(opcode) {
        Shape::Stack | Shape::Pure { .. } | Shape::Read | Shape::Memory => false,
        Shape::Metered { observed } => observed,
        Shape::Other => true,
    }
}

/// `may_cross` says whether the block may go on over a jump destination at a position.
fn extent(source: &Source<'_>, start: usize, may_cross: impl Fn(usize) -> bool) -> Extent {
    let padded = source.code.padded();
    let length = source.code.bytes().len();
    let mut bounds = Bounds::default();
    let mut gas = 0u32;
    let mut position = start;
    let mut last = None;
    let mut undefined = false;
    for count in 0.. {
        let opcode = padded[position];
        let crosses = opcode == JUMPDEST && position != start && !may_cross(position);
        if count == LONGEST || crosses {
            break;
        }
        let price = source.prices[usize::from(opcode)];
        let sum = u32::try_from(price)
            .ok()
            .and_then(|price| gas.checked_add(price));
        let Some(sum) = sum else {
            // A price beyond all blocks is left to the plain loop, too.
            undefined = count == 0;
            break;
        };
        gas = sum;
        let (inputs, outputs) = table::effect(opcode);
        bounds.apply(inputs, outputs);
        if ends_block(opcode) {
            last = Some(opcode);
            break;
        }
        position += 1 + table::immediate(opcode);
        // Beyond the end is one STOP.
        position = position.min(length);
    }
    Extent {
        end: position,
        last,
        undefined,
        gas,
        need: bounds.lowest.unsigned_abs() as usize,
        growth: bounds.highest as usize,
    }
}

/// The translator's working memory.
#[derive(Default)]
pub(super) struct Translator {
    window: Window,
}

impl Translator {
    /// Translates the block that starts at a position.
    pub(super) fn block(
        &mut self,
        source: &Source<'_>,
        start: usize,
        may_cross: impl Fn(usize) -> bool,
    ) -> Block {
        let extent = extent(source, start, may_cross);
        let mut block = Block::new();
        block.start = start as u32;
        block.gas = extent.gas;
        block.need = extent.need as u16;
        block.growth = extent.growth as u16;
        self.window.reset(extent.need, extent.growth);
        let mut position = start;
        while position < extent.end {
            position = self.instruction(&mut block, source.code, position);
        }
        block.next = extent.end as u32 + u32::from(extent.last.is_some());
        block.end = match extent.last {
            Some(opcode) => self.last(&mut block, source.code, opcode),
            None if extent.undefined => End::Leave,
            None => {
                self.settle(&mut block, &mut []);
                End::Fall
            }
        };
        block
    }

    fn settle(&mut self, block: &mut Block, operands: &mut [Operand]) {
        self.window.settle(operands, &mut block.operations);
        block.height = self.window.height();
    }

    /// Translates one instruction that does not end the block; returns the position of the next.
    fn instruction(&mut self, block: &mut Block, code: &Code, position: usize) -> usize {
        let opcode = code.padded()[position];
        match opcode {
            JUMPDEST => {}
            PC => self.push_constant(block, U256::from(position)),
            0x50 => {
                let dropped = self.window.pop();
                self.window.release(dropped);
                self.forget(block, dropped);
            }
            PUSH0..=0x7f => {
                let length = usize::from(opcode - PUSH0);
                let mut bytes = [0; 32];
                let immediate = &code.padded()[position + 1..position + 1 + length];
                bytes[32 - length..].copy_from_slice(immediate);
                self.push_constant(block, word::from_be_bytes(&bytes));
            }
            0x80..=0x8f => self.window.dup(usize::from(opcode - 0x7f)),
            0x90..=0x9f => self.window.swap(usize::from(opcode - 0x8f)),
            _ => self.apply(block, opcode),
        }
        (position + 1 + table::immediate(opcode)).min(code.bytes().len())
    }

    /// Takes back the last operation if it did nothing but compute a word that nobody has any more.
    fn forget(&mut self, block: &mut Block, word: Operand) {
        if let (Operand::Slot(slot), Some(Operation::Apply(apply))) =
            (word, block.operations.last())
            && apply.to == slot
            && table::only_computes(apply.opcode)
            && self.window.is_free(slot)
        {
            block.operations.pop();
        }
    }

    fn push_constant(&mut self, block: &mut Block, value: U256) {
        let operand = constant(block, value);
        self.window.push(operand);
    }

    fn take(&mut self, inputs: u8) -> [Operand; OPERANDS] {
        let mut operands = [Operand::Slot(0); OPERANDS];
        for operand in operands.iter_mut().take(usize::from(inputs)) {
            *operand = self.window.pop();
        }
        operands
    }

    fn apply(&mut self, block: &mut Block, opcode: u8) {
        let (inputs, outputs) = table::effect(opcode);
        let mut operands = self.take(inputs);
        let inputs = usize::from(inputs);
        if let Shape::Pure { fold } = table::shape(opcode)
            && let Some(words) = known(block, &operands[..inputs])
        {
            return self.push_constant(block, fold(words));
        }
        for (order, operand) in operands[..inputs].iter_mut().enumerate() {
            if let Operand::Constant(value) = *operand
                && !table::takes_constant(opcode, order, block.constant(value))
            {
                let to = self.window.place();
                block.operations.push(Operation::Constant { to, value });
                *operand = Operand::Slot(to);
            }
        }
        for operand in &operands[..inputs] {
            self.window.release(*operand);
        }
        let to = if outputs > 0 {
            let to = self.window.place();
            self.window.push(Operand::Slot(to));
            to
        } else {
            0
        };
        block.operations.push(Operation::Apply(Apply {
            opcode,
            to,
            operands,
        }));
    }

    /// Translates the instruction that ends the block.
    fn last(&mut self, block: &mut Block, code: &Code, opcode: u8) -> End {
        match opcode {
            GAS => {
                self.settle(block, &mut []);
                End::Gas { to: block.height }
            }
            JUMP => self.jump(block, code),
            JUMPI => self.branch(block, code),
            _ if matches!(table::shape(opcode), Shape::Metered { .. }) => {
                let (inputs, _) = table::effect(opcode);
                let mut operands = self.take(inputs);
                self.settle(block, &mut operands[..usize::from(inputs)]);
                End::Apply(Apply {
                    opcode,
                    to: block.height,
                    operands,
                })
            }
            _ => {
                self.settle(block, &mut []);
                End::Generic { opcode }
            }
        }
    }

    fn jump(&mut self, block: &mut Block, code: &Code) -> End {
        let target = self.window.pop();
        match target {
            Operand::Constant(value) => match destination(code, block.constant(value)) {
                Some(target) => {
                    self.settle(block, &mut []);
                    End::Jump { target }
                }
                None => {
                    self.window.push(target);
                    self.settle(block, &mut []);
                    End::Generic { opcode: JUMP }
                }
            },
            Operand::Slot(_) => {
                let mut operands = [target];
                self.settle(block, &mut operands);
                match operands {
                    [Operand::Slot(target)] => End::JumpTo { target },
                    [Operand::Constant(_)] => End::Leave,
                }
            }
        }
    }

    fn branch(&mut self, block: &mut Block, code: &Code) -> End {
        let (target, condition) = (self.window.pop(), self.window.pop());
        let known = match target {
            Operand::Constant(value) => destination(code, block.constant(value)),
            Operand::Slot(_) => None,
        };
        if let (Some(target), Operand::Constant(value)) = (known, condition)
            && !block.constant(value).is_zero()
        {
            self.settle(block, &mut []);
            return End::Jump { target };
        }
        let (Some(target), Operand::Slot(_)) = (known, condition) else {
            self.window.push(condition);
            self.window.push(target);
            self.settle(block, &mut []);
            return End::Generic { opcode: JUMPI };
        };
        self.window.release(condition);
        let mut condition = self.fuse(block, condition);
        match &mut condition {
            Condition::Word { operand, .. } => {
                self.settle(block, std::slice::from_mut(operand));
            }
            Condition::Comparison { operands, .. } => self.settle(block, operands),
        }
        End::Branch { condition, target }
    }

    /// Draws ISZERO and a comparison that only the jump looks at into the jump. They are the last operations of the
    /// block, so that their operands still are where they found them.
    fn fuse(&mut self, block: &mut Block, word: Operand) -> Condition {
        let mut operand = word;
        let mut negated = false;
        while let (Operand::Slot(slot), Some(Operation::Apply(apply))) =
            (operand, block.operations.last().copied())
        {
            if apply.to != slot || !self.window.is_free(slot) {
                break;
            }
            if apply.opcode == ISZERO {
                block.operations.pop();
                negated = !negated;
                operand = apply.operands[0];
            } else if table::is_comparison(apply.opcode) && self.fits(block, &apply) {
                block.operations.pop();
                return Condition::Comparison {
                    opcode: apply.opcode,
                    operands: [apply.operands[0], apply.operands[1]],
                    negated,
                };
            } else {
                break;
            }
        }
        Condition::Word { operand, negated }
    }

    /// Whether a jump has a form for the comparison's operands: it has none for constants of more than 64 bits.
    fn fits(&self, block: &Block, apply: &Apply) -> bool {
        apply.operands[..2].iter().all(|operand| match operand {
            Operand::Slot(_) => true,
            Operand::Constant(value) => word::to_u64(block.constant(*value)).is_some(),
        })
    }
}

fn constant(block: &mut Block, value: U256) -> Operand {
    let position = block.constants.len() as u16;
    block.constants.push(value);
    Operand::Constant(position)
}

/// The words, if all are constants. At least one operand has to be there.
fn known(block: &Block, operands: &[Operand]) -> Option<[U256; 3]> {
    let mut words = [U256::zero(); 3];
    for (word, operand) in words.iter_mut().zip(operands) {
        match operand {
            Operand::Constant(value) => *word = block.constant(*value),
            Operand::Slot(_) => return None,
        }
    }
    Some(words)
}

/// The target of a jump, if it is one.
fn destination(code: &Code, target: U256) -> Option<u32> {
    let target = word::to_u64(target).filter(|&target| code.is_jump_destination(target))?;
    u32::try_from(target).ok()
}
