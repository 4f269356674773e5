//! What is asked of a machine, and what is compared.

use gasworks::Bytes;

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A bare message: no intrinsic gas, no fees, no refund, no nonce.
    Call,
    /// A whole transaction with validation, fees and refund.
    Transaction,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// By STOP, RETURN or SELFDESTRUCT.
    Success,
    /// By REVERT.
    Revert,
    /// Exceptionally.
    Halt,
}

/// What can be seen of an execution, and must be equal on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// How it ended.
    pub status: Status,
    /// Gas used; of a transaction after refunds, of a message before.
    pub gas: u64,
    /// Return data.
    pub output: Bytes,
}

/// A machine that is prepared for one program.
pub trait Machine {
    /// Runs the program and says what came of it. The changes are discarded.
    ///
    /// # Panics
    /// When the machine refuses to run it, which no program of a bench provokes.
    fn observe(&mut self, mode: Mode) -> Observed;

    /// Runs the program `times` times for its cost alone. The changes are discarded each time.
    fn repeat(&mut self, mode: Mode, times: u32);
}
