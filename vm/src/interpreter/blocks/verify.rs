//! Proves, for one block, that what the translator made computes what the byte code says.
//!
//! Both are carried out on terms instead of words, the byte code on a stack and the operations on slots, without any of the
//! translator's bookkeeping. Equal are then the final stacks, the sequence of everything that is more than arithmetic, and
//! what the end looks at. Tests, debug builds and fuzzing do this with every block that is translated.

use std::collections::{BTreeMap, HashMap};

use primitive_types::U256;

use super::ir::{Apply, Block, Condition, End, Operand, Operation, Slot};
use super::table::{self, Shape};
use super::translate::Source;
use crate::word;

type TermId = u32;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Term {
    /// The word that was in a slot at the entry.
    Entry(Slot),
    Constant(U256),
    Pure(u8, Vec<TermId>),
    /// The result of the n-th effect.
    Effect(usize),
    Gas,
}

/// What is wrong with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Extent,
    Slot,
    Constant,
    Effects,
    Stack,
    End,
}

/// Terms, each once.
#[derive(Default)]
struct Terms {
    terms: Vec<Term>,
    known: HashMap<Term, TermId>,
}

impl Terms {
    fn id(&mut self, term: Term) -> TermId {
        let next = self.terms.len() as TermId;
        let id = *self.known.entry(term.clone()).or_insert(next);
        if id == next {
            self.terms.push(term);
        }
        id
    }

    fn constant(&self, id: TermId) -> Option<U256> {
        match self.terms[id as usize] {
            Term::Constant(value) => Some(value),
            _ => None,
        }
    }

    fn pure(&mut self, opcode: u8, fold: fn([U256; 3]) -> U256, operands: &[TermId]) -> TermId {
        let mut words = [U256::zero(); 3];
        let mut all = true;
        for (word, operand) in words.iter_mut().zip(operands) {
            match self.constant(*operand) {
                Some(value) => *word = value,
                None => all = false,
            }
        }
        self.id(if all {
            Term::Constant(fold(words))
        } else {
            Term::Pure(opcode, operands.to_vec())
        })
    }

    /// Whether a word is not zero, as a term and whether it is turned around.
    fn truth(&self, mut id: TermId, mut negated: bool) -> (TermId, bool) {
        while let Term::Pure(0x15, operands) = &self.terms[id as usize] {
            id = operands[0];
            negated = !negated;
        }
        (id, negated)
    }
}

/// The effects of one side, in order.
type Effects = Vec<(u8, Vec<TermId>)>;

/// Carries out an instruction on terms.
fn apply(terms: &mut Terms, effects: &mut Effects, opcode: u8, operands: Vec<TermId>) -> TermId {
    if let Shape::Pure { fold } = table::shape(opcode) {
        return terms.pure(opcode, fold, &operands);
    }
    if table::only_computes(opcode) {
        return terms.id(Term::Pure(opcode, operands));
    }
    effects.push((opcode, operands));
    terms.id(Term::Effect(effects.len()))
}

/// The operations' side.
struct Slots<'a> {
    block: &'a Block,
    slots: BTreeMap<Slot, TermId>,
    effects: Effects,
}

impl Slots<'_> {
    fn read(&self, slot: Slot) -> Result<TermId, Problem> {
        self.slots.get(&slot).copied().ok_or(Problem::Slot)
    }

    fn write(&mut self, slot: Slot, term: TermId) -> Result<(), Problem> {
        if slot < -(self.block.need as Slot) || slot >= self.block.growth as Slot {
            return Err(Problem::Slot);
        }
        self.slots.insert(slot, term);
        Ok(())
    }

    fn operand(&self, terms: &mut Terms, operand: Operand) -> Result<TermId, Problem> {
        match operand {
            Operand::Slot(slot) => self.read(slot),
            Operand::Constant(position) => {
                let value = self.block.constants.get(usize::from(position));
                Ok(terms.id(Term::Constant(*value.ok_or(Problem::Constant)?)))
            }
        }
    }

    fn apply(&mut self, terms: &mut Terms, apply_: &Apply) -> Result<(), Problem> {
        let (inputs, outputs) = table::effect(apply_.opcode);
        let operands = apply_.operands[..usize::from(inputs)]
            .iter()
            .map(|operand| self.operand(terms, *operand))
            .collect::<Result<Vec<_>, _>>()?;
        let result = apply(terms, &mut self.effects, apply_.opcode, operands);
        if outputs > 0 {
            self.write(apply_.to, result)?;
        }
        Ok(())
    }

    fn operation(&mut self, terms: &mut Terms, operation: &Operation) -> Result<(), Problem> {
        match *operation {
            Operation::Apply(apply) => self.apply(terms, &apply),
            Operation::Copy { to, from } => {
                let term = self.read(from)?;
                self.write(to, term)
            }
            Operation::Swap { a, b } => {
                let (in_a, in_b) = (self.read(a)?, self.read(b)?);
                self.write(a, in_b)?;
                self.write(b, in_a)
            }
            Operation::Constant { to, value } => {
                let term = self.operand(terms, Operand::Constant(value))?;
                self.write(to, term)
            }
        }
    }
}

/// The byte code's side.
struct Bytes {
    stack: Vec<TermId>,
    effects: Effects,
    lowest: usize,
    highest: usize,
    gas: u64,
    position: usize,
}

impl Bytes {
    /// Counts an instruction in, and goes past it.
    fn account(&mut self, source: &Source<'_>, opcode: u8) {
        let (inputs, outputs) = table::effect(opcode);
        let (inputs, outputs) = (usize::from(inputs), usize::from(outputs));
        self.gas += source.prices[usize::from(opcode)];
        self.lowest = self.lowest.min(self.stack.len() - inputs);
        self.highest = self.highest.max(self.stack.len() - inputs + outputs);
        self.position += 1 + table::immediate(opcode);
    }

    fn step(&mut self, terms: &mut Terms, source: &Source<'_>) {
        let start = self.position;
        let opcode = source.code.padded()[start];
        self.account(source, opcode);
        let top = self.stack.len();
        match opcode {
            0x5b => {}
            0x58 => self.stack.push(terms.id(Term::Constant(start.into()))),
            0x50 => {
                self.stack.pop();
            }
            0x5f..=0x7f => {
                let bytes = &source.code.padded()[start + 1..self.position];
                let value = U256::from_big_endian(bytes);
                self.stack.push(terms.id(Term::Constant(value)));
            }
            0x80..=0x8f => self
                .stack
                .push(self.stack[top - usize::from(opcode - 0x7f)]),
            0x90..=0x9f => self
                .stack
                .swap(top - 1, top - 1 - usize::from(opcode - 0x8f)),
            _ => {
                let (inputs, outputs) = table::effect(opcode);
                let operands = self.stack.split_off(top - usize::from(inputs));
                let operands = operands.into_iter().rev().collect();
                let result = apply(terms, &mut self.effects, opcode, operands);
                if outputs > 0 {
                    self.stack.push(result);
                }
            }
        }
    }
}

/// Checks a block that was translated from a position.
pub(super) fn verify(block: &Block, source: &Source<'_>) -> Result<(), Problem> {
    let mut terms = Terms::default();
    let need = usize::from(block.need);
    let entry: Vec<TermId> = (0..need)
        .map(|index| terms.id(Term::Entry(index as Slot - need as Slot)))
        .collect();
    let mut slots = Slots {
        block,
        slots: BTreeMap::new(),
        effects: Vec::new(),
    };
    for (index, term) in entry.iter().enumerate() {
        slots.write(index as Slot - need as Slot, *term)?;
    }
    for operation in &block.operations {
        slots.operation(&mut terms, operation)?;
    }
    let mut bytes = Bytes {
        stack: entry,
        effects: Vec::new(),
        lowest: need,
        highest: need,
        gas: 0,
        position: block.start as usize,
    };
    let ends = !matches!(block.end, End::Fall | End::Leave);
    let last = (block.next as usize).wrapping_sub(usize::from(ends));
    let length = source.code.bytes().len();
    while bytes.position.min(length) < last {
        bytes.step(&mut terms, source);
    }
    bytes.position = bytes.position.min(length);
    if bytes.position != last {
        return Err(Problem::Extent);
    }
    end(block, source, &mut terms, &mut slots, &mut bytes)?;
    let extent = bytes.lowest == 0
        && bytes.highest == need + usize::from(block.growth)
        && bytes.gas == u64::from(block.gas);
    if !extent {
        return Err(Problem::Extent);
    }
    if slots.effects != bytes.effects {
        return Err(Problem::Effects);
    }
    for (index, term) in bytes.stack.iter().enumerate() {
        if slots.read(index as Slot - need as Slot)? != *term {
            return Err(Problem::Stack);
        }
    }
    Ok(())
}

/// Carries out the end on both sides, and compares what it looks at.
fn end(
    block: &Block,
    source: &Source<'_>,
    terms: &mut Terms,
    slots: &mut Slots<'_>,
    bytes: &mut Bytes,
) -> Result<(), Problem> {
    let opcode = source.code.padded()[bytes.position];
    let height = |bytes: &Bytes| bytes.stack.len() as i16 - block.need as i16;
    let right = match block.end {
        End::Fall => height(bytes) == block.height,
        End::Leave => {
            return (block.start == block.next)
                .then_some(())
                .ok_or(Problem::End);
        }
        End::Generic { opcode: named } => {
            let right = height(bytes) == block.height && named == opcode;
            bytes.account(source, opcode);
            right
        }
        End::Apply(apply) => {
            slots.apply(terms, &apply)?;
            let (_, outputs) = table::effect(opcode);
            bytes.step(terms, source);
            apply.opcode == opcode
                && height(bytes) == block.height + i16::from(outputs)
                && (outputs == 0 || apply.to == block.height)
        }
        End::Gas { to } => {
            bytes.account(source, opcode);
            let gas = terms.id(Term::Gas);
            bytes.stack.push(gas);
            slots.write(to, gas)?;
            opcode == 0x5a && height(bytes) == block.height + 1
        }
        End::Jump { target } => {
            bytes.account(source, opcode);
            let mut constant = || bytes.stack.pop().and_then(|term| terms.constant(term));
            let to = constant();
            // A JUMPI if its condition is a constant.
            let jumps = opcode == 0x56
                || opcode == 0x57 && constant().is_some_and(|condition| !condition.is_zero());
            jumps
                && to == Some(target.into())
                && is_destination(source, target)
                && height(bytes) == block.height
        }
        End::JumpTo { target } => {
            bytes.account(source, opcode);
            let to = bytes.stack.pop();
            opcode == 0x56 && to == Some(slots.read(target)?) && height(bytes) == block.height
        }
        End::Branch { condition, target } => {
            bytes.account(source, opcode);
            let to = bytes.stack.pop().and_then(|term| terms.constant(term));
            let looked_at = bytes.stack.pop().ok_or(Problem::End)?;
            let ours = truth(terms, slots, condition)?;
            opcode == 0x57
                && to == Some(target.into())
                && is_destination(source, target)
                && height(bytes) == block.height
                && ours == terms.truth(looked_at, false)
        }
    };
    right.then_some(()).ok_or(Problem::End)
}

fn is_destination(source: &Source<'_>, target: u32) -> bool {
    source.code.is_jump_destination(u64::from(target))
}

/// What a condition looks at.
fn truth(
    terms: &mut Terms,
    slots: &Slots<'_>,
    condition: Condition,
) -> Result<(TermId, bool), Problem> {
    let (term, negated) = match condition {
        Condition::Word { operand, negated } => (slots.operand(terms, operand)?, negated),
        Condition::Comparison {
            opcode,
            operands: [a, b],
            negated,
        } => {
            let Shape::Pure { fold } = table::shape(opcode) else {
                return Err(Problem::End);
            };
            let constants = [a, b].map(|operand| match operand {
                Operand::Constant(value) => word::to_u64(block_constant(slots, value)).is_some(),
                Operand::Slot(_) => true,
            });
            if constants.contains(&false) {
                return Err(Problem::Constant);
            }
            let operands = [slots.operand(terms, a)?, slots.operand(terms, b)?];
            (terms.pure(opcode, fold, &operands), negated)
        }
    };
    Ok(terms.truth(term, negated))
}

fn block_constant(slots: &Slots<'_>, position: u16) -> U256 {
    slots.block.constant(position)
}
