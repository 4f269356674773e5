//! A frame: program counter, stack, memory and gas, and the loop that carries out one instruction after the other
//! (Yellow Paper, 9).

use std::collections::BTreeSet;
use std::ops::Range;

use gasworks::{Bytes, U256};

use super::Step;
use super::machine::Machine;
use super::message::Message;
use super::opcodes::{JUMPDEST, PUSH1, PUSH32, STOP};
use crate::verdict::Status;

/// Why a frame halts exceptionally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    OutOfGas,
    StackUnderflow,
    StackOverflow,
    BadJump,
    NoSuchInstruction,
    NotWhenStatic,
    BeyondReturnData,
    InitCodeTooLarge,
    CodeTooLarge,
    InvalidCode,
}

/// What comes after an instruction.
pub(super) enum Next {
    /// The instruction behind it, so many bytes further.
    Advance(usize),
    Jump(usize),
    End(Status, Bytes),
}

pub(super) struct Frame {
    pub(super) message: Message,
    pub(super) pc: usize,
    pub(super) stack: Vec<U256>,
    pub(super) memory: Vec<u8>,
    pub(super) gas: u64,
    /// What the last call returned (EIP-211).
    pub(super) return_data: Bytes,
    jump_destinations: BTreeSet<usize>,
}

/// The 32-byte words that hold so many bytes.
pub(super) fn words(bytes: usize) -> u64 {
    bytes.div_ceil(32) as u64
}

/// Bytes from an offset on, with zeros for what is beyond the end.
pub(super) fn padded(bytes: &[u8], offset: U256, size: usize) -> Vec<u8> {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let there = bytes.get(start..).unwrap_or_default();
    let mut copy = there[..size.min(there.len())].to_vec();
    copy.resize(size, 0);
    copy
}

/// Every JUMPDEST that is not data of a push (Yellow Paper, 9.4.3).
fn jump_destinations(code: &[u8]) -> BTreeSet<usize> {
    let mut destinations = BTreeSet::new();
    let mut at = 0;
    while at < code.len() {
        match code[at] {
            JUMPDEST => {
                destinations.insert(at);
            }
            push @ PUSH1..=PUSH32 => at += usize::from(push - PUSH1) + 1,
            _ => {}
        }
        at += 1;
    }
    destinations
}

impl Frame {
    pub(super) fn new(message: Message) -> Self {
        Self {
            pc: 0,
            stack: Vec::new(),
            memory: Vec::new(),
            gas: message.gas,
            return_data: Bytes::new(),
            jump_destinations: jump_destinations(&message.code),
            message,
        }
    }

    /// Runs to the end; how it ended, and the output.
    pub(super) fn run(&mut self, machine: &mut Machine<'_>) -> Result<(Status, Bytes), Halt> {
        loop {
            let opcode = self.message.code.get(self.pc).copied().unwrap_or(STOP);
            machine.step(|| Step {
                pc: self.pc,
                opcode,
                gas: self.gas,
                depth: self.message.depth + 1,
                stack: self.stack.clone(),
            });
            let price = machine.rules.price[usize::from(opcode)];
            self.charge(price.ok_or(Halt::NoSuchInstruction)?)?;
            match self.instruction(opcode, machine)? {
                Next::Advance(bytes) => self.pc += bytes,
                Next::Jump(to) => self.pc = to,
                Next::End(status, output) => return Ok((status, output)),
            }
        }
    }

    pub(super) fn charge(&mut self, gas: u64) -> Result<(), Halt> {
        self.gas = self.gas.checked_sub(gas).ok_or(Halt::OutOfGas)?;
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Result<U256, Halt> {
        self.stack.pop().ok_or(Halt::StackUnderflow)
    }

    pub(super) fn push(&mut self, word: impl Into<U256>) -> Result<(), Halt> {
        if self.stack.len() == 1024 {
            return Err(Halt::StackOverflow);
        }
        self.stack.push(word.into());
        Ok(())
    }

    /// The position `depth` words below the top.
    pub(super) fn below_top(&self, depth: usize) -> Result<usize, Halt> {
        let top = self.stack.len().checked_sub(1);
        top.and_then(|top| top.checked_sub(depth))
            .ok_or(Halt::StackUnderflow)
    }

    /// Pays for a range of memory (Yellow Paper, (326)) and makes it accessible. An empty range is nowhere and free.
    pub(super) fn range(&mut self, offset: U256, size: U256) -> Result<Range<usize>, Halt> {
        if size.is_zero() {
            return Ok(0..0);
        }
        let end = offset.checked_add(size).ok_or(Halt::OutOfGas)?;
        // More than 2^32 bytes cost more than 2^44 gas, which no block has.
        if end.bits() > 32 {
            return Err(Halt::OutOfGas);
        }
        let (offset, end) = (offset.as_usize(), end.as_usize());
        let price = |words: u64| 3 * words + words * words / 512;
        let (before, after) = (words(self.memory.len()), words(end));
        if after > before {
            self.charge(price(after) - price(before))?;
            self.memory.resize(32 * after as usize, 0);
        }
        Ok(offset..end)
    }

    pub(super) fn bytes(&mut self, offset: U256, size: U256) -> Result<Bytes, Halt> {
        let range = self.range(offset, size)?;
        Ok(Bytes::copy_from_slice(&self.memory[range]))
    }

    pub(super) fn jump(&self, to: U256) -> Result<Next, Halt> {
        let to = usize::try_from(to).map_err(|_| Halt::BadJump)?;
        if self.jump_destinations.contains(&to) {
            Ok(Next::Jump(to))
        } else {
            Err(Halt::BadJump)
        }
    }

    /// EIP-214.
    pub(super) fn require_not_static(&self) -> Result<(), Halt> {
        if self.message.is_static {
            return Err(Halt::NotWhenStatic);
        }
        Ok(())
    }
}
