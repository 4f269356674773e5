//! The stack of a block while it is translated: which slot or constant each position stands for, and who still needs
//! which slot.
//!
//! A slot is owned by the positions, and by the operands that have been taken and not yet released, which stand for it.
//! Only a slot without owner is written. There always is one at or below the height that a result goes to: as many
//! positions as slots lie below it, and the result's own is one more.

use super::ir::{Operand, Operation, Slot};

#[derive(Default)]
pub(super) struct Window {
    /// Positions below the entry that the block reaches.
    need: usize,
    /// What each position stands for, lowest first.
    values: Vec<Operand>,
    /// Owners of each slot, lowest first.
    owners: Vec<u16>,
    /// Slots that lost their last owner, or never had one; some have been taken since.
    free: Vec<Slot>,
    /// Slots from here on have not been on the stack yet.
    fresh: usize,
    moves: Moves,
}

impl Window {
    /// Starts a block.
    pub(super) fn reset(&mut self, need: usize, growth: usize) {
        self.need = need;
        self.values.clear();
        self.values
            .extend((0..need).map(|index| Operand::Slot(index as Slot - need as Slot)));
        self.owners.clear();
        self.owners.resize(need, 1);
        self.owners.resize(need + growth, 0);
        self.free.clear();
        self.fresh = need;
    }

    /// Words above the entry.
    pub(super) fn height(&self) -> i16 {
        self.values.len() as i16 - self.need as i16
    }

    fn index(&self, slot: Slot) -> usize {
        (slot + self.need as Slot) as usize
    }

    pub(super) fn is_free(&self, slot: Slot) -> bool {
        self.owners[self.index(slot)] == 0
    }

    /// Takes the top. Its slot stays owned until it is released.
    pub(super) fn pop(&mut self) -> Operand {
        self.values.pop().unwrap_or(Operand::Slot(0))
    }

    /// Gives up the ownership of an operand.
    pub(super) fn release(&mut self, operand: Operand) {
        if let Operand::Slot(slot) = operand {
            let index = self.index(slot);
            self.owners[index] -= 1;
            if self.owners[index] == 0 {
                self.free.push(slot);
            }
        }
    }

    /// A slot for a result, owned by whoever asked: the one of the next position, if nobody needs what is in it.
    pub(super) fn place(&mut self) -> Slot {
        let next = self.values.len();
        self.fresh = self.fresh.max(next + 1);
        let mut chosen = next as Slot - self.need as Slot;
        while !self.is_free(chosen) {
            let Some(slot) = self.free.pop() else { break };
            chosen = slot;
        }
        let index = self.index(chosen);
        self.owners[index] += 1;
        chosen
    }

    /// Puts a word on top whose ownership the caller has.
    pub(super) fn push(&mut self, operand: Operand) {
        let position = self.values.len();
        if position >= self.fresh {
            self.fresh = position + 1;
            self.free.push(position as Slot - self.need as Slot);
        }
        self.values.push(operand);
    }

    pub(super) fn dup(&mut self, depth: usize) {
        let operand = self.values[self.values.len() - depth];
        if let Operand::Slot(slot) = operand {
            let index = self.index(slot);
            self.owners[index] += 1;
        }
        self.push(operand);
    }

    pub(super) fn swap(&mut self, depth: usize) {
        let top = self.values.len() - 1;
        self.values.swap(top, top - depth);
    }

    /// Brings every word into the slot of its position. `operands`, which have been taken from the top, are kept where
    /// they are, or else where they were on the stack.
    pub(super) fn settle(&mut self, operands: &mut [Operand], operations: &mut Vec<Operation>) {
        let mut moves = std::mem::take(&mut self.moves);
        moves.reset(self.owners.len());
        for (position, &value) in self.values.iter().enumerate() {
            moves.add(position, value, self.need);
        }
        let overwritten = operands.iter().any(|operand| match operand {
            Operand::Slot(slot) => moves.is_target(self.index(*slot)),
            Operand::Constant(_) => false,
        });
        if overwritten {
            for (order, operand) in operands.iter_mut().rev().enumerate() {
                let position = self.values.len() + order;
                if matches!(operand, Operand::Slot(_)) {
                    moves.add(position, *operand, self.need);
                    *operand = Operand::Slot(position as Slot - self.need as Slot);
                }
            }
        }
        moves.resolve(self.need, operations);
        self.moves = moves;
    }
}

/// A parallel move: all targets get what all sources were before. Slots are counted from the lowest here.
#[derive(Default)]
struct Moves {
    /// What goes to each slot, where that is something else than what is there.
    source: Vec<Option<Operand>>,
    /// Open moves that read each slot.
    readers: Vec<u16>,
    targets: Vec<usize>,
    ready: Vec<usize>,
}

impl Moves {
    fn reset(&mut self, slots: usize) {
        self.source.clear();
        self.source.resize(slots, None);
        self.readers.clear();
        self.readers.resize(slots, 0);
        self.targets.clear();
    }

    fn add(&mut self, target: usize, source: Operand, need: usize) {
        if let Operand::Slot(slot) = source {
            let from = (slot + need as Slot) as usize;
            if from == target {
                return;
            }
            self.readers[from] += 1;
        }
        self.source[target] = Some(source);
        self.targets.push(target);
    }

    fn is_target(&self, slot: usize) -> bool {
        self.source[slot].is_some()
    }

    /// Moves what nobody reads any more first; what is left then are cycles, which are swapped around.
    fn resolve(&mut self, need: usize, operations: &mut Vec<Operation>) {
        let slot = |index: usize| index as Slot - need as Slot;
        let unread = self.targets.iter().filter(|&&to| self.readers[to] == 0);
        self.ready.clear();
        self.ready.extend(unread);
        while let Some(to) = self.ready.pop() {
            match self.source[to].take() {
                Some(Operand::Constant(value)) => operations.push(Operation::Constant {
                    to: slot(to),
                    value,
                }),
                Some(Operand::Slot(from)) => {
                    operations.push(Operation::Copy { to: slot(to), from });
                    let from = (from + need as Slot) as usize;
                    self.readers[from] -= 1;
                    if self.readers[from] == 0 && self.source[from].is_some() {
                        self.ready.push(from);
                    }
                }
                None => {}
            }
        }
        for &first in &self.targets {
            let mut at = first;
            while let Some(Operand::Slot(from)) = self.source[at].take() {
                let next = (from + need as Slot) as usize;
                if next == first {
                    break;
                }
                operations.push(Operation::Swap {
                    a: slot(at),
                    b: from,
                });
                at = next;
            }
        }
    }
}
