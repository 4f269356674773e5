//! Where pushed constants go within a basic block.

use std::collections::VecDeque;

use super::sweep::{JUMP, JUMPI};
use crate::target::{Instruction, decode_immediate};

const POP: u8 = 0x50;
const DUPN: u8 = 0xe6;
const SWAPN: u8 = 0xe7;
const EXCHANGE: u8 = 0xe8;

/// What became of a pushed constant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Push {
    /// The line that pushes it.
    pub line: usize,
    /// It was jumped to.
    pub jumped: bool,
    /// It was computed with.
    pub used: bool,
    /// It was on the stack at the end of the block.
    pub left: bool,
}

/// The stack since the start of a block: constants, and words of which nothing is known.
#[derive(Debug, Default)]
pub(super) struct Stack {
    words: VecDeque<Option<usize>>,
    pushes: Vec<Push>,
    /// Whether words from before were taken or moved.
    pub underflows: bool,
}

impl Stack {
    /// Executes the instruction of a line; for a jump, the line that pushed its destination.
    pub fn execute(
        &mut self,
        line: usize,
        instruction: Instruction,
        immediate: &[u8],
    ) -> Option<usize> {
        let positions = match immediate {
            [immediate] => decode_immediate(instruction.byte, *immediate),
            _ => None,
        };
        match (instruction.byte, positions.as_deref()) {
            (0x5f..=0x7f, _) => {
                self.words.push_back(Some(self.pushes.len()));
                self.pushes.push(Push {
                    line,
                    jumped: false,
                    used: false,
                    left: false,
                });
            }
            (byte @ 0x80..=0x8f, _) => self.duplicate(usize::from(byte - 0x7f)),
            (byte @ 0x90..=0x9f, _) => self.exchange(0, usize::from(byte - 0x8f)),
            (DUPN, Some([depth])) => self.duplicate(usize::from(*depth)),
            (SWAPN, Some([depth])) => self.exchange(0, usize::from(*depth)),
            (EXCHANGE, Some([first, second])) => {
                self.exchange(usize::from(*first), usize::from(*second));
            }
            (POP, _) => {
                self.take();
            }
            (byte @ (JUMP | JUMPI), _) => {
                let destination = self.take();
                if byte == JUMPI {
                    self.use_word();
                }
                let push = destination.and_then(|index| self.pushes.get_mut(index))?;
                push.jumped = true;
                return Some(push.line);
            }
            _ => {
                let (taken, left) = instruction.stack;
                (0..taken).for_each(|_| self.use_word());
                self.words.extend((0..left).map(|_| None));
            }
        }
        None
    }

    /// Ends the block: what became of its constants. The stack is as new.
    pub fn finish(&mut self) -> impl Iterator<Item = Push> {
        for index in self.words.drain(..).flatten() {
            if let Some(push) = self.pushes.get_mut(index) {
                push.left = true;
            }
        }
        self.pushes.drain(..)
    }

    /// The line that pushed the word at a distance from the top.
    pub fn pushed(&self, distance: usize) -> Option<usize> {
        let position = self.words.len().checked_sub(distance + 1)?;
        let index = self.words.get(position).copied().flatten()?;
        self.pushes.get(index).map(|push| push.line)
    }

    fn take(&mut self) -> Option<usize> {
        self.underflows |= self.words.is_empty();
        self.words.pop_back().flatten()
    }

    fn use_word(&mut self) {
        let word = self.take();
        if let Some(push) = word.and_then(|index| self.pushes.get_mut(index)) {
            push.used = true;
        }
    }

    /// Brings words from before the block into sight.
    fn reach(&mut self, depth: usize) {
        self.underflows |= self.words.len() < depth;
        while self.words.len() < depth {
            self.words.push_front(None);
        }
    }

    fn duplicate(&mut self, depth: usize) {
        self.reach(depth);
        let word = self.words.get(self.words.len() - depth);
        self.words.push_back(word.copied().flatten());
    }

    /// Exchanges words by their distance from the top.
    fn exchange(&mut self, first: usize, second: usize) {
        self.reach(first.max(second) + 1);
        let top = self.words.len() - 1;
        self.words.swap(top - first, top - second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;

    /// The line that pushed the destination of the last jump of some code without immediates but pushes of one byte.
    fn destination(code: &[u8], target: Target) -> Option<usize> {
        let mut stack = Stack::default();
        let (mut pc, mut found) = (0, None);
        while let Some(byte) = code.get(pc) {
            let instruction = target.instruction_of(*byte).expect("an instruction");
            let end = pc + 1 + usize::from(instruction.immediate);
            found = stack.execute(pc, instruction, &code[pc + 1..end]);
            pc = end;
        }
        found
    }

    #[test]
    fn constants_are_followed_through_the_stack() {
        let osaka = Target::LATEST;
        assert_eq!(destination(&[0x60, 9, 0x60, 8, 0x90, 0x56], osaka), Some(0));
        assert_eq!(destination(&[0x60, 9, 0x33, 0x81, 0x57], osaka), Some(0));
        assert_eq!(destination(&[0x60, 9, 0x60, 8, 0x50, 0x56], osaka), Some(0));
        // Under the block's first word are words that it does not know.
        assert_eq!(destination(&[0x60, 9, 0x92, 0x56], osaka), None);
        assert_eq!(destination(&[0x60, 9, 0x60, 0, 0x01, 0x56], osaka), None);
    }

    #[test]
    fn positions_of_eip_8024() {
        let pops = |count| vec![0x50; count];
        // DUPN 17 finds what has 16 words over it.
        let mut code = vec![0x60, 9];
        code.extend([0x33; 16]);
        code.extend([0xe6, 0x00, 0x56]);
        assert_eq!(destination(&code, Target::Amsterdam), Some(0));
        // SWAPN 17 changes places with what has 17 words under the top.
        let mut code = vec![0x60, 9];
        code.extend([0x33; 17]);
        code.extend([0xe7, 0x00, 0x56]);
        assert_eq!(destination(&code, Target::Amsterdam), Some(0));
        // EXCHANGE 1 2 changes the second and the third.
        let mut code = vec![0x60, 9, 0x33, 0x33, 0xe8, 0x01];
        code.extend(pops(1));
        code.push(0x56);
        assert_eq!(decode_immediate(0xe8, 1), Some(vec![1, 2]));
        assert_eq!(destination(&code, Target::Amsterdam), Some(0));
    }
}
