//! Byte code in the making.

use gasworks::U256;

/// Byte code, written from front to back.
#[derive(Clone, Debug, Default)]
pub(super) struct Code(Vec<u8>);

impl Code {
    /// Code that begins with these instructions.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// Appends instructions as they are.
    pub(super) fn then(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Pushes a number with as few bytes as it has.
    pub(super) fn push(mut self, value: impl Into<U256>) -> Self {
        let value = value.into();
        let length = value.bits().div_ceil(8);
        self.0.push(0x5f + length as u8);
        self.0
            .extend_from_slice(&value.to_big_endian()[32 - length..]);
        self
    }

    /// Pushes numbers so that the first one comes to lie on top.
    pub(super) fn push_all(self, values: &[U256]) -> Self {
        values
            .iter()
            .rev()
            .fold(self, |code, &value| code.push(value))
    }

    /// Appends the same code many times.
    pub(super) fn times(mut self, times: usize, part: &Self) -> Self {
        for _ in 0..times {
            self.0.extend_from_slice(&part.0);
        }
        self
    }

    /// Appends an instruction on copies of the `operands` words below the counter. Its result goes into a sum below those, as
    /// what nobody wants need not be computed.
    pub(super) fn on_copies(self, opcode: u8, operands: usize) -> Self {
        let operands = operands as u8;
        // Each copy moves the next operand as far down as the last one was.
        let copies = vec![DUP1 + operands; usize::from(operands)];
        self.then(&copies)
            .then(&[opcode, DUP1 + operands + 2, ADD, SWAP1 + operands + 1, POP])
    }

    /// Appends a loop. A counter lies on top of the stack while the body runs, which goes from `count` down to 1 and is
    /// gone afterwards; the body leaves the stack as it was.
    pub(super) fn repeat(self, count: u64, body: &Self) -> Self {
        self.repeat_with(count, |_| body.clone())
    }

    /// As [`Code::repeat`], with a body that is told where it will stand.
    pub(super) fn repeat_with(self, count: u64, body: impl FnOnce(usize) -> Self) -> Self {
        let code = self.push(count).then(&[JUMPDEST]);
        let start = code.0.len();
        let code = code.times(1, &body(start)).push(1);
        code.then(&[SWAP1, SUB, DUP1])
            .push(start as u64 - 1)
            .then(&[JUMPI, POP])
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

pub(super) const STOP: u8 = 0x00;
pub(super) const ADD: u8 = 0x01;
pub(super) const MUL: u8 = 0x02;
pub(super) const SUB: u8 = 0x03;
pub(super) const KECCAK256: u8 = 0x20;
pub(super) const BALANCE: u8 = 0x31;
pub(super) const CALLDATASIZE: u8 = 0x36;
pub(super) const CALLDATACOPY: u8 = 0x37;
pub(super) const CODESIZE: u8 = 0x38;
pub(super) const CODECOPY: u8 = 0x39;
pub(super) const EXTCODESIZE: u8 = 0x3b;
pub(super) const EXTCODECOPY: u8 = 0x3c;
pub(super) const RETURNDATACOPY: u8 = 0x3e;
pub(super) const EXTCODEHASH: u8 = 0x3f;
pub(super) const POP: u8 = 0x50;
pub(super) const MLOAD: u8 = 0x51;
pub(super) const MSTORE: u8 = 0x52;
pub(super) const MSTORE8: u8 = 0x53;
pub(super) const SLOAD: u8 = 0x54;
pub(super) const SSTORE: u8 = 0x55;
pub(super) const JUMP: u8 = 0x56;
pub(super) const JUMPI: u8 = 0x57;
pub(super) const GAS: u8 = 0x5a;
pub(super) const JUMPDEST: u8 = 0x5b;
pub(super) const TLOAD: u8 = 0x5c;
pub(super) const TSTORE: u8 = 0x5d;
pub(super) const MCOPY: u8 = 0x5e;
pub(super) const PUSH0: u8 = 0x5f;
pub(super) const PUSH32: u8 = 0x7f;
pub(super) const DUP1: u8 = 0x80;
pub(super) const SWAP1: u8 = 0x90;
pub(super) const LOG0: u8 = 0xa0;
pub(super) const LOG4: u8 = 0xa4;
pub(super) const CREATE: u8 = 0xf0;
pub(super) const CALL: u8 = 0xf1;
pub(super) const RETURN: u8 = 0xf3;
pub(super) const DELEGATECALL: u8 = 0xf4;
pub(super) const CREATE2: u8 = 0xf5;
pub(super) const STATICCALL: u8 = 0xfa;
pub(super) const REVERT: u8 = 0xfd;
pub(super) const SELFDESTRUCT: u8 = 0xff;
