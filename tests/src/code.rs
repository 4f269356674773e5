//! Programs in the language of the domain: `push(5) + push(0) + op("SSTORE")`.
//!
//! It writes exactly what it is told to. Operands are pushed in the order in which they are written, so the last is on
//! top of the stack; the helpers that take named operands ([`sstore`], [`call`], ..) order them themselves. A zero is
//! `PUSH1 0`, so that a program means the same under every fork.

use std::ops::{Add, Mul};

use gasworks::{Address, Bytes, Hash, U256};

/// A program, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code(pub Vec<u8>);

impl Add for Code {
    type Output = Self;
    fn add(mut self, next: Self) -> Self {
        self.0.extend(next.0);
        self
    }
}

impl Mul<Code> for usize {
    type Output = Code;
    /// The program so many times over.
    fn mul(self, code: Code) -> Code {
        Code(code.0.repeat(self))
    }
}

impl Code {
    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.0.len() as u64
    }

    /// The bytes, as databases and transactions take them.
    pub fn bytes(&self) -> Bytes {
        Bytes::from(self.0.clone())
    }
}

/// What can be an operand.
pub trait Word {
    /// The operand as a word.
    fn word(self) -> U256;
}

impl Word for U256 {
    fn word(self) -> U256 {
        self
    }
}
impl Word for u64 {
    fn word(self) -> U256 {
        self.into()
    }
}
impl Word for i32 {
    /// Negative numbers are in two's complement, as everywhere in the machine.
    fn word(self) -> U256 {
        let magnitude = U256::from(self.unsigned_abs());
        if self < 0 {
            (!magnitude).overflowing_add(U256::one()).0
        } else {
            magnitude
        }
    }
}
impl Word for Address {
    fn word(self) -> U256 {
        U256::from_big_endian(&self.0)
    }
}
impl Word for Hash {
    fn word(self) -> U256 {
        U256::from_big_endian(&self.0)
    }
}
impl Word for &str {
    /// Hexadecimal digits.
    fn word(self) -> U256 {
        U256::from_str_radix(self, 16).unwrap_or_else(|error| panic!("{self}: {error}"))
    }
}

/// The word `2^exponent`.
pub fn power_of_two(exponent: usize) -> U256 {
    U256::one() << exponent
}

/// An instruction by its mnemonic.
pub fn op(name: &str) -> Code {
    let known = (0..=255).filter_map(gasworks_spec::opcode);
    let mut named = known.filter(|opcode| opcode.name == name);
    let opcode = named
        .next()
        .unwrap_or_else(|| panic!("no instruction {name}"));
    Code(vec![opcode.byte])
}

/// Bytes as they are.
pub fn raw(bytes: impl Into<Vec<u8>>) -> Code {
    Code(bytes.into())
}

/// Pushes a word with the shortest PUSH1 to PUSH32.
pub fn push(word: impl Word) -> Code {
    let word = word.word();
    push_n(word.bits().div_ceil(8).max(1), word)
}

/// Pushes the low `size` bytes of a word.
pub fn push_n(size: usize, word: impl Word) -> Code {
    let bytes = word.word().to_big_endian();
    let mut code = vec![0x5f + size as u8];
    code.extend_from_slice(&bytes[32 - size..]);
    Code(code)
}

/// Puts a word into memory.
pub fn mstore(offset: impl Word, word: impl Word) -> Code {
    push(word) + push(offset) + op("MSTORE")
}

/// Puts bytes into memory from 0 on. What follows in the last word is zero.
pub fn mstore_bytes(bytes: &[u8]) -> Code {
    bytes
        .chunks(32)
        .enumerate()
        .fold(Code::default(), |code, (index, chunk)| {
            let mut word = [0; 32];
            word[..chunk.len()].copy_from_slice(chunk);
            code + mstore(32 * index as u64, U256::from_big_endian(&word))
        })
}

/// Sets a storage slot.
pub fn sstore(slot: impl Word, value: impl Word) -> Code {
    push(value) + push(slot) + op("SSTORE")
}

/// Puts the word on top of the stack into a storage slot.
pub fn sstore_top(slot: impl Word) -> Code {
    push(slot) + op("SSTORE")
}

/// Reads a storage slot.
pub fn sload(slot: impl Word) -> Code {
    push(slot) + op("SLOAD")
}

/// Returns a range of memory.
pub fn return_memory(offset: impl Word, size: impl Word) -> Code {
    push(size) + push(offset) + op("RETURN")
}

/// Reverts with a range of memory.
pub fn revert_memory(offset: impl Word, size: impl Word) -> Code {
    push(size) + push(offset) + op("REVERT")
}

/// Returns the word on top of the stack.
pub fn return_top() -> Code {
    push(0) + op("MSTORE") + return_memory(0, 32)
}

/// A call under construction. What is not set is zero.
#[derive(Clone, Debug)]
pub struct Call {
    name: &'static str,
    operands: [U256; 7],
}

/// A CALL, CALLCODE, DELEGATECALL or STATICCALL of an account.
pub fn call(name: &'static str, to: impl Word) -> Call {
    let mut operands = [U256::zero(); 7];
    operands[1] = to.word();
    Call { name, operands }
}

impl Call {
    fn with(mut self, position: usize, word: impl Word) -> Self {
        self.operands[position] = word.word();
        self
    }
    /// Gas to pass on.
    pub fn gas(self, gas: impl Word) -> Self {
        self.with(0, gas)
    }
    /// Wei to transfer; DELEGATECALL and STATICCALL leave it out.
    pub fn value(self, value: impl Word) -> Self {
        self.with(2, value)
    }
    /// The range of memory that is the input.
    pub fn input(self, offset: impl Word, size: impl Word) -> Self {
        self.with(3, offset).with(4, size)
    }
    /// The range of memory that receives the output.
    pub fn output(self, offset: impl Word, size: impl Word) -> Self {
        self.with(5, offset).with(6, size)
    }
    /// Operands, top of the stack first.
    pub fn operands(&self) -> Vec<U256> {
        let takes_value = matches!(self.name, "CALL" | "CALLCODE");
        let words = self.operands.iter().enumerate();
        words
            .filter(|(position, _)| takes_value || *position != 2)
            .map(|(_, word)| *word)
            .collect()
    }
    /// The pushes and the instruction; leaves whether the call succeeded.
    pub fn code(&self) -> Code {
        push_all(&self.operands()) + op(self.name)
    }
}

/// Pushes operands so that the first is on top.
pub fn push_all(operands: &[U256]) -> Code {
    let words = operands.iter().rev();
    words.fold(Code::default(), |code, word| code + push(*word))
}

/// Copies init code into memory and creates a contract with it; leaves its address, or zero.
pub fn create(init: &Code, value: impl Word) -> Code {
    mstore_bytes(&init.0) + push(init.size()) + push(0) + push(value) + op("CREATE")
}

/// As [`create`], with CREATE2.
pub fn create2(init: &Code, value: impl Word, salt: impl Word) -> Code {
    let operands = push(salt) + push(init.size()) + push(0) + push(value);
    mstore_bytes(&init.0) + operands + op("CREATE2")
}

/// Init code that deploys a program.
pub fn deploy(program: &Code) -> Code {
    // The copying part is of the same length for every size and offset that fits in two bytes.
    let copy = |offset: u64| {
        let size = push_n(2, program.size());
        size.clone() + push_n(2, offset) + push(0) + op("CODECOPY") + size + push(0) + op("RETURN")
    };
    copy(copy(0).size()) + program.clone()
}

/// Repeats a body for ever: `JUMPDEST body JUMP`.
pub fn forever(body: Code) -> Code {
    op("JUMPDEST") + body + push(0) + op("JUMP")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_is_told() {
        assert_eq!(
            (push(5) + push(0) + op("SSTORE")).0,
            [0x60, 5, 0x60, 0, 0x55]
        );
        assert_eq!(push(0x1234).0, [0x61, 0x12, 0x34]);
        assert_eq!(push(-1).0[..2], [0x7f, 0xff]);
        assert_eq!((2 * op("POP")).0, [0x50, 0x50]);
        let delegate = call("DELEGATECALL", 9).gas(7).code();
        assert_eq!(
            delegate.0,
            [0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 9, 0x60, 7, 0xf4]
        );
    }
}
