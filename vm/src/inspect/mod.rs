//! Watching an execution. One that is not watched pays nothing for the possibility.

mod director;
mod eip3155;

pub use director::{Director, World, WorldAccount, WorldFailed, WorldSnapshot, WorldTransaction};
pub use eip3155::{Eip3155, TraceFields};
use primitive_types::{H160 as Address, U256};

use crate::call::{CallOutcome, Message};
use crate::error::Halt;
use crate::state::Log;

/// The machine before an instruction.
pub struct Step<'a> {
    /// Position in the code.
    pub pc: usize,
    /// The instruction.
    pub opcode: u8,
    /// What the schedule asks for the instruction before anything depends on operands; `None` if it is undefined.
    pub base_price: Option<u64>,
    /// Gas left.
    pub gas: u64,
    /// 1 for a transaction's own frame.
    pub depth: usize,
    /// The stack, bottom first.
    pub stack: &'a [U256],
    /// The memory.
    pub memory: &'a [u8],
    /// What the last call returned.
    pub return_data: &'a [u8],
    /// The refund counter.
    pub refund: i64,
    /// Whose code runs on whose account: the account.
    pub address: Address,
    /// The code that runs, as it is on the chain.
    pub code: &'a [u8],
}

/// Every instruction.
pub(crate) static ALL: [bool; 256] = [true; 256];

/// Watches an execution; every method is optional.
pub trait Inspector {
    /// The instructions that it sees, by opcode; all of them, unless it says otherwise. Those that it does not see cost next
    /// to nothing. Asked once an execution, and of no account where steps are limited or can be interrupted.
    fn instructions(&self) -> &'static [bool; 256] {
        &ALL
    }
    /// Before an instruction.
    fn step(&mut self, _step: &Step<'_>) {}
    /// After an instruction, with the gas that is left (of a call or creation: without what is passed on, and before the
    /// frame that it enters starts), and the halt that it ended in, whose gas is not consumed yet.
    fn step_end(&mut self, _gas_left: u64, _halt: Option<Halt>) {}
    /// Before a message; an outcome answers it in the machine's stead.
    fn enter(&mut self, _message: &Message) -> Option<CallOutcome> {
        None
    }
    /// After a message that was entered.
    fn exit(&mut self, _outcome: &CallOutcome) {}
    /// At a log.
    fn log(&mut self, _log: &Log<'_>) {}
}
