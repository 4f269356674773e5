//! THE opcode table: one row an instruction, with all that differs by fork inside the row.
//!
//! [`for_each_opcode!`](crate::for_each_opcode) hands the rows to whoever needs them. A row is
//! `byte NAME class [handler] (operands, top first) -> (results, top first), immediate bytes, [Fork: price, ..];`
//! where the first fork of the prices is the fork that introduced the instruction.
//!
//! The class says what a handler may touch: `pure` maps words to a word; `read` also reads the context; `metered` gets
//! its operands and may charge gas, use memory and ask the host; `core` works on the registers of the loop (stack
//! pointer, program counter, gas); `host` may touch everything.

use crate::Fork;

/// The base price of a byte that is no instruction: more than any gas there is.
pub const UNDEFINED: u64 = u64::MAX;

/// Calls `$visitor!` with the rows of the opcode table.
#[macro_export]
macro_rules! for_each_opcode {
    ($visitor:ident) => {
        $visitor! {
            0x00 STOP core [control::stop] () -> (), 0, [Frontier: 0];
            0x01 ADD pure [word::add] (a b) -> (result), 0, [Frontier: 3];
            0x02 MUL pure [word::mul] (a b) -> (result), 0, [Frontier: 5];
            0x03 SUB pure [word::sub] (a b) -> (result), 0, [Frontier: 3];
            0x04 DIV pure [word::div] (a b) -> (result), 0, [Frontier: 5];
            0x05 SDIV pure [word::sdiv] (a b) -> (result), 0, [Frontier: 5];
            0x06 MOD pure [word::rem] (a b) -> (result), 0, [Frontier: 5];
            0x07 SMOD pure [word::smod] (a b) -> (result), 0, [Frontier: 5];
            0x08 ADDMOD pure [word::addmod] (a b modulus) -> (result), 0, [Frontier: 8];
            0x09 MULMOD metered [arithmetic::mulmod] (a b modulus) -> (result), 0, [Frontier: 8];
            0x0a EXP metered [arithmetic::exp] (base exponent) -> (power), 0, [Frontier: 10];
            0x0b SIGNEXTEND pure [word::signextend] (size x) -> (result), 0, [Frontier: 5];
            0x10 LT pure [word::lt] (a b) -> (result), 0, [Frontier: 3];
            0x11 GT pure [word::gt] (a b) -> (result), 0, [Frontier: 3];
            0x12 SLT pure [word::slt] (a b) -> (result), 0, [Frontier: 3];
            0x13 SGT pure [word::sgt] (a b) -> (result), 0, [Frontier: 3];
            0x14 EQ pure [word::eq] (a b) -> (result), 0, [Frontier: 3];
            0x15 ISZERO pure [word::is_zero] (a) -> (result), 0, [Frontier: 3];
            0x16 AND pure [word::and] (a b) -> (result), 0, [Frontier: 3];
            0x17 OR pure [word::or] (a b) -> (result), 0, [Frontier: 3];
            0x18 XOR pure [word::xor] (a b) -> (result), 0, [Frontier: 3];
            0x19 NOT pure [word::not] (a) -> (result), 0, [Frontier: 3];
            0x1a BYTE pure [word::byte] (index x) -> (result), 0, [Frontier: 3];
            0x1b SHL pure [word::shl] (shift x) -> (result), 0, [Constantinople: 3];
            0x1c SHR pure [word::shr] (shift x) -> (result), 0, [Constantinople: 3];
            0x1d SAR pure [word::sar] (shift x) -> (result), 0, [Constantinople: 3];
            0x1e CLZ pure [word::clz] (x) -> (count), 0, [Osaka: 5];
            0x20 KECCAK256 metered [memory::keccak256] (offset size) -> (hash), 0, [Frontier: 30];
            0x30 ADDRESS read [environment::address] () -> (address), 0, [Frontier: 2];
            0x31 BALANCE metered [environment::balance] (address) -> (balance), 0, [Frontier: 20, Tangerine: 400, Istanbul: 700, Berlin: 100];
            0x32 ORIGIN read [environment::origin] () -> (value), 0, [Frontier: 2];
            0x33 CALLER read [environment::caller] () -> (value), 0, [Frontier: 2];
            0x34 CALLVALUE read [environment::callvalue] () -> (value), 0, [Frontier: 2];
            0x35 CALLDATALOAD read [environment::calldataload] (offset) -> (word), 0, [Frontier: 3];
            0x36 CALLDATASIZE read [environment::calldatasize] () -> (size), 0, [Frontier: 2];
            0x37 CALLDATACOPY metered [environment::calldatacopy] (to from size) -> (), 0, [Frontier: 3];
            0x38 CODESIZE read [environment::codesize] () -> (size), 0, [Frontier: 2];
            0x39 CODECOPY metered [environment::codecopy] (to from size) -> (), 0, [Frontier: 3];
            0x3a GASPRICE read [environment::gasprice] () -> (price), 0, [Frontier: 2];
            0x3b EXTCODESIZE metered [environment::extcodesize] (address) -> (size), 0, [Frontier: 20, Tangerine: 700, Berlin: 100];
            0x3c EXTCODECOPY metered [environment::extcodecopy] (address to from size) -> (), 0, [Frontier: 20, Tangerine: 700, Berlin: 100];
            0x3d RETURNDATASIZE read [environment::returndatasize] () -> (size), 0, [Byzantium: 2];
            0x3e RETURNDATACOPY metered [environment::returndatacopy] (to from size) -> (), 0, [Byzantium: 3];
            0x3f EXTCODEHASH metered [environment::extcodehash] (address) -> (hash), 0, [Constantinople: 400, Istanbul: 700, Berlin: 100];
            0x40 BLOCKHASH metered [block::blockhash] (number) -> (hash), 0, [Frontier: 20];
            0x41 COINBASE read [block::coinbase] () -> (value), 0, [Frontier: 2];
            0x42 TIMESTAMP read [block::timestamp] () -> (value), 0, [Frontier: 2];
            0x43 NUMBER read [block::number] () -> (value), 0, [Frontier: 2];
            0x44 PREVRANDAO read [block::prevrandao] () -> (value), 0, [Frontier: 2];
            0x45 GASLIMIT read [block::gaslimit] () -> (value), 0, [Frontier: 2];
            0x46 CHAINID read [block::chainid] () -> (chain_id), 0, [Istanbul: 2];
            0x47 SELFBALANCE read [environment::selfbalance] () -> (balance), 0, [Istanbul: 5];
            0x48 BASEFEE read [block::basefee] () -> (base_fee), 0, [London: 2];
            0x49 BLOBHASH read [block::blobhash] (index) -> (hash), 0, [Cancun: 3];
            0x4a BLOBBASEFEE read [block::blobbasefee] () -> (fee), 0, [Cancun: 2];
            0x50 POP core [stack::pop] (x) -> (), 0, [Frontier: 2];
            0x51 MLOAD core [memory::mload] (offset) -> (word), 0, [Frontier: 3];
            0x52 MSTORE core [memory::mstore] (offset word) -> (), 0, [Frontier: 3];
            0x53 MSTORE8 core [memory::mstore8] (offset byte) -> (), 0, [Frontier: 3];
            0x54 SLOAD metered [storage::sload] (slot) -> (value), 0, [Frontier: 50, Tangerine: 200, Istanbul: 800, Berlin: 100];
            0x55 SSTORE metered [storage::sstore] (slot value) -> (), 0, [Frontier: 0];
            0x56 JUMP core [control::jump] (target) -> (), 0, [Frontier: 8];
            0x57 JUMPI core [control::jumpi] (target condition) -> (), 0, [Frontier: 10];
            0x58 PC core [control::pc] () -> (pc), 0, [Frontier: 2];
            0x59 MSIZE read [memory::msize] () -> (size), 0, [Frontier: 2];
            0x5a GAS core [control::gas] () -> (gas), 0, [Frontier: 2];
            0x5b JUMPDEST core [control::jumpdest] () -> (), 0, [Frontier: 1];
            0x5c TLOAD metered [storage::tload] (slot) -> (value), 0, [Cancun: 100];
            0x5d TSTORE metered [storage::tstore] (slot value) -> (), 0, [Cancun: 100];
            0x5e MCOPY metered [memory::mcopy] (to from size) -> (), 0, [Cancun: 3];
            0x5f PUSH0 core [stack::push0] () -> (zero), 0, [Shanghai: 2];
            0x60 PUSH1 core [stack::push::<1>] () -> (value), 1, [Frontier: 3];
            0x61 PUSH2 core [stack::push::<2>] () -> (value), 2, [Frontier: 3];
            0x62 PUSH3 core [stack::push::<3>] () -> (value), 3, [Frontier: 3];
            0x63 PUSH4 core [stack::push::<4>] () -> (value), 4, [Frontier: 3];
            0x64 PUSH5 core [stack::push::<5>] () -> (value), 5, [Frontier: 3];
            0x65 PUSH6 core [stack::push::<6>] () -> (value), 6, [Frontier: 3];
            0x66 PUSH7 core [stack::push::<7>] () -> (value), 7, [Frontier: 3];
            0x67 PUSH8 core [stack::push::<8>] () -> (value), 8, [Frontier: 3];
            0x68 PUSH9 core [stack::push::<9>] () -> (value), 9, [Frontier: 3];
            0x69 PUSH10 core [stack::push::<10>] () -> (value), 10, [Frontier: 3];
            0x6a PUSH11 core [stack::push::<11>] () -> (value), 11, [Frontier: 3];
            0x6b PUSH12 core [stack::push::<12>] () -> (value), 12, [Frontier: 3];
            0x6c PUSH13 core [stack::push::<13>] () -> (value), 13, [Frontier: 3];
            0x6d PUSH14 core [stack::push::<14>] () -> (value), 14, [Frontier: 3];
            0x6e PUSH15 core [stack::push::<15>] () -> (value), 15, [Frontier: 3];
            0x6f PUSH16 core [stack::push::<16>] () -> (value), 16, [Frontier: 3];
            0x70 PUSH17 core [stack::push::<17>] () -> (value), 17, [Frontier: 3];
            0x71 PUSH18 core [stack::push::<18>] () -> (value), 18, [Frontier: 3];
            0x72 PUSH19 core [stack::push::<19>] () -> (value), 19, [Frontier: 3];
            0x73 PUSH20 core [stack::push::<20>] () -> (value), 20, [Frontier: 3];
            0x74 PUSH21 core [stack::push::<21>] () -> (value), 21, [Frontier: 3];
            0x75 PUSH22 core [stack::push::<22>] () -> (value), 22, [Frontier: 3];
            0x76 PUSH23 core [stack::push::<23>] () -> (value), 23, [Frontier: 3];
            0x77 PUSH24 core [stack::push::<24>] () -> (value), 24, [Frontier: 3];
            0x78 PUSH25 core [stack::push::<25>] () -> (value), 25, [Frontier: 3];
            0x79 PUSH26 core [stack::push::<26>] () -> (value), 26, [Frontier: 3];
            0x7a PUSH27 core [stack::push::<27>] () -> (value), 27, [Frontier: 3];
            0x7b PUSH28 core [stack::push::<28>] () -> (value), 28, [Frontier: 3];
            0x7c PUSH29 core [stack::push::<29>] () -> (value), 29, [Frontier: 3];
            0x7d PUSH30 core [stack::push::<30>] () -> (value), 30, [Frontier: 3];
            0x7e PUSH31 core [stack::push::<31>] () -> (value), 31, [Frontier: 3];
            0x7f PUSH32 core [stack::push::<32>] () -> (value), 32, [Frontier: 3];
            0x80 DUP1 core [stack::dup::<1>] (x1) -> (y0 y1), 0, [Frontier: 3];
            0x81 DUP2 core [stack::dup::<2>] (x1 x2) -> (y0 y1 y2), 0, [Frontier: 3];
            0x82 DUP3 core [stack::dup::<3>] (x1 x2 x3) -> (y0 y1 y2 y3), 0, [Frontier: 3];
            0x83 DUP4 core [stack::dup::<4>] (x1 x2 x3 x4) -> (y0 y1 y2 y3 y4), 0, [Frontier: 3];
            0x84 DUP5 core [stack::dup::<5>] (x1 x2 x3 x4 x5) -> (y0 y1 y2 y3 y4 y5), 0, [Frontier: 3];
            0x85 DUP6 core [stack::dup::<6>] (x1 x2 x3 x4 x5 x6) -> (y0 y1 y2 y3 y4 y5 y6), 0, [Frontier: 3];
            0x86 DUP7 core [stack::dup::<7>] (x1 x2 x3 x4 x5 x6 x7) -> (y0 y1 y2 y3 y4 y5 y6 y7), 0, [Frontier: 3];
            0x87 DUP8 core [stack::dup::<8>] (x1 x2 x3 x4 x5 x6 x7 x8) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8), 0, [Frontier: 3];
            0x88 DUP9 core [stack::dup::<9>] (x1 x2 x3 x4 x5 x6 x7 x8 x9) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9), 0, [Frontier: 3];
            0x89 DUP10 core [stack::dup::<10>] (x1 x2 x3 x4 x5 x6 x7 x8 x9 x10) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10), 0, [Frontier: 3];
            0x8a DUP11 core [stack::dup::<11>] (x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11), 0, [Frontier: 3];
            0x8b DUP12 core [stack::dup::<12>] (x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12), 0, [Frontier: 3];
            0x8c DUP13 core [stack::dup::<13>] (x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12 y13), 0, [Frontier: 3];
            0x8d DUP14 core [stack::dup::<14>] (x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12 y13 y14), 0, [Frontier: 3];
            0x8e DUP15 core [stack::dup::<15>] (x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12 y13 y14 y15), 0, [Frontier: 3];
            0x8f DUP16 core [stack::dup::<16>] (x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12 y13 y14 y15 y16), 0, [Frontier: 3];
            0x90 SWAP1 core [stack::swap::<1>] (x0 x1) -> (y0 y1), 0, [Frontier: 3];
            0x91 SWAP2 core [stack::swap::<2>] (x0 x1 x2) -> (y0 y1 y2), 0, [Frontier: 3];
            0x92 SWAP3 core [stack::swap::<3>] (x0 x1 x2 x3) -> (y0 y1 y2 y3), 0, [Frontier: 3];
            0x93 SWAP4 core [stack::swap::<4>] (x0 x1 x2 x3 x4) -> (y0 y1 y2 y3 y4), 0, [Frontier: 3];
            0x94 SWAP5 core [stack::swap::<5>] (x0 x1 x2 x3 x4 x5) -> (y0 y1 y2 y3 y4 y5), 0, [Frontier: 3];
            0x95 SWAP6 core [stack::swap::<6>] (x0 x1 x2 x3 x4 x5 x6) -> (y0 y1 y2 y3 y4 y5 y6), 0, [Frontier: 3];
            0x96 SWAP7 core [stack::swap::<7>] (x0 x1 x2 x3 x4 x5 x6 x7) -> (y0 y1 y2 y3 y4 y5 y6 y7), 0, [Frontier: 3];
            0x97 SWAP8 core [stack::swap::<8>] (x0 x1 x2 x3 x4 x5 x6 x7 x8) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8), 0, [Frontier: 3];
            0x98 SWAP9 core [stack::swap::<9>] (x0 x1 x2 x3 x4 x5 x6 x7 x8 x9) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9), 0, [Frontier: 3];
            0x99 SWAP10 core [stack::swap::<10>] (x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10), 0, [Frontier: 3];
            0x9a SWAP11 core [stack::swap::<11>] (x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11), 0, [Frontier: 3];
            0x9b SWAP12 core [stack::swap::<12>] (x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12), 0, [Frontier: 3];
            0x9c SWAP13 core [stack::swap::<13>] (x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12 y13), 0, [Frontier: 3];
            0x9d SWAP14 core [stack::swap::<14>] (x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12 y13 y14), 0, [Frontier: 3];
            0x9e SWAP15 core [stack::swap::<15>] (x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12 y13 y14 y15), 0, [Frontier: 3];
            0x9f SWAP16 core [stack::swap::<16>] (x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16) -> (y0 y1 y2 y3 y4 y5 y6 y7 y8 y9 y10 y11 y12 y13 y14 y15 y16), 0, [Frontier: 3];
            0xa0 LOG0 metered [log::log0] (offset size) -> (), 0, [Frontier: 375];
            0xa1 LOG1 metered [log::log1] (offset size topic1) -> (), 0, [Frontier: 375];
            0xa2 LOG2 metered [log::log2] (offset size topic1 topic2) -> (), 0, [Frontier: 375];
            0xa3 LOG3 host [log::log3] (offset size topic1 topic2 topic3) -> (), 0, [Frontier: 375];
            0xa4 LOG4 host [log::log4] (offset size topic1 topic2 topic3 topic4) -> (), 0, [Frontier: 375];
            0xf0 CREATE host [create::create] (value offset size) -> (address), 0, [Frontier: 32000];
            0xf1 CALL host [call::call] (gas to value input input_size output output_size) -> (success), 0, [Frontier: 40, Tangerine: 700, Berlin: 100];
            0xf2 CALLCODE host [call::callcode] (gas to value input input_size output output_size) -> (success), 0, [Frontier: 40, Tangerine: 700, Berlin: 100];
            0xf3 RETURN host [control::return_] (offset size) -> (), 0, [Frontier: 0];
            0xf4 DELEGATECALL host [call::delegatecall] (gas to input input_size output output_size) -> (success), 0, [Homestead: 40, Tangerine: 700, Berlin: 100];
            0xf5 CREATE2 host [create::create2] (value offset size salt) -> (address), 0, [Constantinople: 32000];
            0xfa STATICCALL host [call::staticcall] (gas to input input_size output output_size) -> (success), 0, [Byzantium: 700, Berlin: 100];
            0xfd REVERT host [control::revert] (offset size) -> (), 0, [Byzantium: 0];
            0xfe INVALID core [control::invalid] () -> (), 0, [Frontier: 0];
            0xff SELFDESTRUCT host [call::selfdestruct] (beneficiary) -> (), 0, [Frontier: 0, Tangerine: 5000];
        }
    };
}

/// What is known of an instruction whatever the machine's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opcode {
    /// Its byte in code.
    pub byte: u8,
    /// Its mnemonic in upper case.
    pub name: &'static str,
    /// Names of the words it takes, top of the stack first.
    pub inputs: &'static [&'static str],
    /// Names of the words it leaves, top of the stack first.
    pub outputs: &'static [&'static str],
    /// Bytes of code after it that belong to it.
    pub immediate: usize,
    /// Its base price from each fork on; the first fork introduced it.
    pub prices: &'static [(Fork, u64)],
}

impl Opcode {
    /// The fork that introduced the instruction.
    pub const fn introduced(&self) -> Fork {
        self.prices[0].0
    }

    /// Its base price in a fork, or [`UNDEFINED`] before it was introduced.
    pub const fn price(&self, fork: Fork) -> u64 {
        let mut price = UNDEFINED;
        let mut row = 0;
        while row < self.prices.len() {
            if self.prices[row].0 as u8 <= fork as u8 {
                price = self.prices[row].1;
            }
            row += 1;
        }
        price
    }
}

macro_rules! table {
    ($($byte:literal $name:ident $class:ident [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*),
        $immediate:literal, [$($fork:ident: $price:literal),+];)*) => {{
        let mut table: [Option<Opcode>; 256] = [None; 256];
        $(
            assert!(table[$byte].is_none(), "two rows for one byte");
            table[$byte] = Some(Opcode {
                byte: $byte,
                name: stringify!($name),
                inputs: &[$(stringify!($input)),*],
                outputs: &[$(stringify!($output)),*],
                immediate: $immediate,
                prices: &[$((Fork::$fork, $price)),+],
            });
        )*
        table
    }};
}

static OPCODES: [Option<Opcode>; 256] = for_each_opcode!(table);

/// The instruction of a byte, in whatever fork.
///
/// ```
/// let sload = gasworks_spec::opcode(0x54).unwrap();
/// assert_eq!((sload.name, sload.price(gasworks_spec::Fork::Istanbul)), ("SLOAD", 800));
/// ```
pub fn opcode(byte: u8) -> Option<&'static Opcode> {
    OPCODES[usize::from(byte)].as_ref()
}

/// The base price of an instruction that has had the same one since Frontier, in every fork.
pub const fn constant_price(byte: u8) -> Option<u64> {
    match &OPCODES[byte as usize] {
        Some(opcode) if opcode.prices.len() == 1 && opcode.prices[0].0 as u8 == 0 => {
            Some(opcode.prices[0].1)
        }
        _ => None,
    }
}

pub(crate) const fn base_prices(fork: Fork) -> [u64; 256] {
    let mut prices = [UNDEFINED; 256];
    let mut byte = 0;
    while byte < 256 {
        if let Some(opcode) = &OPCODES[byte] {
            prices[byte] = opcode.price(fork);
        }
        byte += 1;
    }
    prices
}

/// Price lists ascend, and no instruction moves the stack by more than its operands.
const _: () = {
    let mut byte = 0;
    while byte < 256 {
        if let Some(opcode) = &OPCODES[byte] {
            let mut row = 1;
            while row < opcode.prices.len() {
                assert!((opcode.prices[row - 1].0 as u8) < opcode.prices[row].0 as u8);
                row += 1;
            }
            assert!(opcode.inputs.len() <= 17 && opcode.outputs.len() <= 17);
        }
        byte += 1;
    }
};
