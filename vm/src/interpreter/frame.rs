//! A frame: one execution of code, with its own stack, memory and gas. Frames are pooled and live on an explicit
//! stack, never on the native one.

use std::mem::MaybeUninit;
use std::sync::Arc;

use bytes::Bytes;
use primitive_types::{H160 as Address, U256};

use super::code::Code;
use super::linear_memory::{Memory, Range};
use super::registers::read;
use crate::error::Halt;
use crate::state::{AccountId, Checkpoint};

/// Words of a stack at most (Yellow Paper, 9.1).
pub(crate) const STACK_LIMIT: usize = 1024;

/// Where a frame's input is.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// With the message from outside, whose frame this is: to hold on to it, too, would have to be counted.
    Message,
    Owned(Bytes),
    /// In the memory of the frame below, which is suspended.
    Caller(Range),
}

/// What becomes of a frame's result.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Output goes to this range of the caller's memory.
    Call { output: Range },
    /// Output is the code of this new account.
    Create { account: AccountId },
}

/// Why the loop stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Stop,
    Return,
    Revert,
    Halt(Halt),
    /// `Frame::request` says what is to be called or created.
    Enter,
    /// The database failed.
    Host,
    Stopped(crate::error::Stopped),
    // How the loop and the register core hand over to each other. Nobody outside the interpreter sees these.
    /// The loop has come to code that is worth translating, or already is.
    Hot,
    /// The core has come to code that is not translated: the loop goes on, and may come back.
    Untranslated,
    /// The core cannot enter a block: the loop finds out why, and does not come back.
    Doomed,
}

impl From<Halt> for Exit {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<crate::state::HostFailed> for Exit {
    fn from(_: crate::state::HostFailed) -> Self {
        Self::Host
    }
}

pub(crate) struct Frame {
    /// `STACK_LIMIT` words, of which those below `height` have been written. The others never are: a frame that uses ten
    /// words does not touch the eight pages of all.
    pub(super) stack: Box<[MaybeUninit<U256>]>,
    pub(super) height: usize,
    pub(super) pc: usize,
    pub(crate) gas: u64,
    pub(crate) memory: Memory,
    pub(crate) code: Arc<Code>,
    pub(crate) input: Input,
    pub(crate) return_data: Vec<u8>,
    /// The range of memory that RETURN or REVERT gave.
    pub(crate) output: Range,
    pub(crate) account: AccountId,
    pub(crate) address: Address,
    pub(crate) caller: Address,
    pub(crate) value: U256,
    pub(crate) is_static: bool,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) purpose: Purpose,
    pub(crate) request: Option<crate::call::Request>,
    pub(crate) memory_word: u64,
    /// The address of the translated block at which a call returns, or zero.
    pub(super) resume: usize,
}

impl Frame {
    pub(crate) fn new(code: Arc<Code>, depth: usize, memory_word: u64) -> Self {
        Self {
            stack: Box::new_uninit_slice(STACK_LIMIT),
            height: 0,
            pc: 0,
            gas: 0,
            memory: Memory::at(depth),
            code,
            input: Input::Owned(Bytes::new()),
            return_data: Vec::new(),
            output: Range::default(),
            account: 0,
            address: Address::zero(),
            caller: Address::zero(),
            value: U256::zero(),
            is_static: false,
            checkpoint: Checkpoint::default(),
            purpose: Purpose::Call {
                output: Range::default(),
            },
            request: None,
            memory_word,
            resume: 0,
        }
    }

    /// Makes a pooled frame ready for code.
    pub(crate) fn reset(&mut self, code: &Arc<Code>, gas: u64) {
        self.height = 0;
        self.pc = 0;
        self.gas = gas;
        if self.memory.size() > 0 {
            self.memory.clear();
        }
        if !Arc::ptr_eq(&self.code, code) {
            self.code = Arc::clone(code);
        }
        self.return_data.clear();
        self.output = Range::default();
        self.request = None;
        self.resume = 0;
    }

    /// Takes the top word. The loop has checked that the instruction's operands are there.
    pub(crate) fn pop(&mut self) -> U256 {
        self.height -= 1;
        // SAFETY: words below the height have been written.
        unsafe { read(self.stack[self.height].as_ptr()) }
    }

    /// Takes words, the top first. As [`Frame::pop`], with one look at how many there are.
    #[inline(always)]
    pub(crate) fn take<const N: usize>(&mut self) -> [U256; N] {
        self.height -= N;
        let words = &self.stack[self.height..][..N];
        // SAFETY: words below the height have been written.
        std::array::from_fn(|place| unsafe { read(words[N - 1 - place].as_ptr()) })
    }

    /// Puts a word on top. The loop has checked that there is room for the instruction's results.
    pub(crate) fn push(&mut self, word: U256) {
        self.stack[self.height].write(word);
        self.height += 1;
    }

    /// The stack, bottom first.
    pub(crate) fn stack(&self) -> &[U256] {
        // SAFETY: words below the height have been written.
        unsafe { self.stack[..self.height].assume_init_ref() }
    }

    pub(crate) fn pc(&self) -> usize {
        self.pc
    }

    pub(crate) fn charge(&mut self, gas: u64) -> Result<(), Halt> {
        self.gas = self.gas.checked_sub(gas).ok_or(Halt::OutOfGas)?;
        Ok(())
    }

    /// Charges `per_word` for each word of `length` bytes, begun ones included.
    pub(crate) fn charge_words(&mut self, length: U256, per_word: u64) -> Result<(), Halt> {
        let length = crate::word::to_u64(length).ok_or(Halt::OutOfGas)?;
        let price = length.div_ceil(32).checked_mul(per_word);
        self.charge(price.ok_or(Halt::OutOfGas)?)
    }

    /// Pays for a range of memory. An empty one costs nothing, wherever it is.
    #[inline(always)]
    pub(crate) fn expand(&mut self, offset: U256, length: U256) -> Result<Range, Halt> {
        if length.is_zero() {
            return Ok(Range::default());
        }
        self.memory
            .expand(offset, length, &mut self.gas, self.memory_word)
    }
}
