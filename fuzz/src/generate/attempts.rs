//! Attempts: a contract calls itself to change the state and mostly fail, and then looks at what is left.
//!
//! What a failing frame must undo is where machines go wrong, and programs without this pattern seldom get there: the
//! frame has to change something, fail, and leave a caller that looks at the same thing.

use super::program::Writer;

/// The call data by which a contract knows that it is to run its subroutine has this size.
const SIGN: u64 = 1;

impl Writer<'_> {
    /// Begins a program that has a subroutine; what is returned says where to write its position.
    pub(super) fn begin_with_subroutine(&mut self) -> usize {
        self.op("CALLDATASIZE");
        self.number(SIGN);
        self.op("EQ");
        let patch = self.push_later();
        self.op("JUMPI");
        self.has_subroutine = true;
        patch
    }

    /// Writes the subroutine behind the program.
    pub(super) fn subroutine(&mut self, patch: usize) {
        self.has_subroutine = false;
        self.height = 0;
        self.land(patch);
        let statements = 1 + self.random.below(5);
        for _ in 0..statements {
            if self.random.percent(65) {
                self.change();
            } else {
                self.statement();
            }
        }
        match self.random.below(10) {
            0..4 if self.has("REVERT") => self.end_with_data("REVERT"),
            0..5 => self.op("INVALID"),
            _ => self.end(),
        }
    }

    /// Changes the state.
    fn change(&mut self) {
        let slot = self.random.below(3);
        match self.random.below(10) {
            0..3 if self.has("TSTORE") => {
                self.value();
                self.number(slot);
                self.op("TSTORE");
            }
            0..6 => {
                self.value();
                self.number(slot);
                self.op("SSTORE");
            }
            6 => {
                self.number(1);
                self.number(0);
                self.op("LOG0");
            }
            7 => self.create(),
            _ => self.call(),
        }
    }

    /// Calls itself with nearly all gas, and so on: as deep as may be before EIP-150, later for as long as there is gas.
    pub(super) fn dive(&mut self) {
        for _ in 0..5 {
            self.number(0);
        }
        self.op("ADDRESS");
        self.number(300);
        self.op("GAS");
        self.op("SUB");
        self.op("CALL");
        self.keep();
    }

    /// Calls the subroutine, and looks at the state.
    pub(super) fn attempt(&mut self) {
        for operand in [0, 0, SIGN, 0] {
            self.number(operand);
        }
        let name = self.call_name();
        if matches!(name, "CALL" | "CALLCODE") {
            self.call_value();
        }
        self.op("ADDRESS");
        let gas = match self.random.below(10) {
            0 => None,
            // When the subroutine begins with SSTORE, about the stipend is left then (EIP-2200).
            1 => Some(2_320 + self.random.below(15)),
            // Before EIP-150, asking for more than there is fails.
            _ => Some(30_000 + self.random.below(100_000)),
        };
        match gas {
            None => self.call_gas(),
            Some(gas) => self.number(gas),
        }
        self.op(name);
        let looks = 1 + self.random.below(3);
        for _ in 0..looks {
            self.look();
        }
    }

    /// Looks at the state, and puts what it sees where it can be seen.
    fn look(&mut self) {
        let slot = self.random.below(3);
        match self.random.below(10) {
            0..4 if self.has("TLOAD") => {
                self.number(slot);
                self.op("TLOAD");
            }
            0..6 => {
                self.number(slot);
                self.op("SLOAD");
            }
            6 if self.has("EXTCODEHASH") => {
                self.address();
                self.op("EXTCODEHASH");
            }
            7 => self.op("GAS"),
            _ => {
                self.address();
                self.op("BALANCE");
            }
        }
        self.keep();
    }
}
