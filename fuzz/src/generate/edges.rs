//! Statements at the edges of what instructions do, where machines go wrong and operands of chance hardly ever lead. Their
//! results are kept where they can be seen.

use gasworks::U256;

use super::accounts::{EMPTY, SECRETS, authority};
use super::program::Writer;

impl Writer<'_> {
    /// Writes one of them.
    pub(super) fn edge(&mut self) {
        match self.random.below(11) {
            0 | 1 => self.divided(),
            2 | 3 => self.shifted(),
            4 => self.far_input(),
            5 => self.no_memory(),
            6 if self.has("MCOPY") => self.copied_onto_itself(),
            7 if self.has("RETURNDATACOPY") => self.return_data_after_a_write(),
            8 => self.large_init_code(),
            _ => self.code_of_another(),
        }
        self.show();
    }

    /// Stores the top of the stack.
    fn show(&mut self) {
        let slot = self.random.below(8);
        self.number(slot);
        self.op("SSTORE");
    }

    /// Signs, the number that has no opposite, and zero.
    fn divided(&mut self) {
        let one = U256::one();
        let least = one << 255;
        let divisor = self.random.pick(&[U256::MAX, one, U256::zero(), least]);
        let dividend = self.random.pick(&[least, least + one, U256::MAX]);
        self.push(divisor);
        self.push(dividend);
        let name = self.random.pick(&["DIV", "SDIV", "SMOD", "MOD", "SDIV"]);
        self.op(name);
    }

    /// Numbers of bits and bytes at the borders of limbs and words.
    fn shifted(&mut self) {
        let bytes = self.random.bytes(32);
        self.push(U256::from_big_endian(&bytes));
        let numbers = [
            0,
            7,
            8,
            15,
            16,
            23,
            30,
            31,
            32,
            64,
            128,
            255,
            256,
            257,
            1 << 32,
        ];
        let number = self.random.pick(&numbers);
        self.number(number);
        let wanted = self
            .random
            .pick(&["SHL", "SHR", "SAR", "BYTE", "SIGNEXTEND", "SAR"]);
        let name = if self.has(wanted) { wanted } else { "BYTE" };
        self.op(name);
    }

    /// An offset that is small without the bits beyond 64.
    fn far_input(&mut self) {
        let low = U256::from(self.random.below(64));
        self.push((U256::one() << 64) + low);
        self.op("CALLDATALOAD");
    }

    /// No byte of memory, wherever that is, costs no memory.
    fn no_memory(&mut self) {
        let far = 300 + self.random.below(20_000);
        let (name, zeros) = self.random.pick(&[
            ("KECCAK256", 1),
            ("LOG0", 1),
            ("CALLDATACOPY", 2),
            ("CODECOPY", 2),
        ]);
        for _ in 0..zeros {
            self.number(0);
        }
        self.number(far);
        self.op(name);
        self.op("MSIZE");
    }

    /// MCOPY over what it reads (EIP-5656).
    fn copied_onto_itself(&mut self) {
        let bytes = self.random.bytes(32);
        self.push(U256::from_big_endian(&bytes));
        let from = self.random.below(100);
        self.number(from);
        self.op("MSTORE");
        let to = from + 1 + self.random.below(30);
        for operand in [32 + self.random.below(64), from, to] {
            self.number(operand);
        }
        self.op("MCOPY");
        self.number(0x100);
        self.number(0);
        self.op("KECCAK256");
    }

    /// Return data is what it was, whatever becomes of the memory that it was copied to (EIP-211).
    fn return_data_after_a_write(&mut self) {
        let bytes = self.random.bytes(32);
        self.push(U256::from_big_endian(&bytes));
        self.number(0);
        self.op("MSTORE");
        // The identity, called with the word, writes it behind itself.
        for operand in [32, 32, 32, 0, 4] {
            self.number(operand);
        }
        self.op("GAS");
        self.op("STATICCALL");
        self.number(32);
        self.op("MSTORE");
        for operand in [32, 0, 64] {
            self.number(operand);
        }
        self.op("RETURNDATACOPY");
        self.number(64);
        self.op("MLOAD");
    }

    /// The code of an account that is there and empty (EIP-1052), or that delegates (EIP-7702).
    fn code_of_another(&mut self) {
        let address = if self.random.percent(50) {
            EMPTY
        } else {
            authority(self.random.index(SECRETS.len()))
        };
        self.push(U256::from_big_endian(&address.0));
        let hashes = self.has("EXTCODEHASH") && self.random.percent(60);
        self.op(if hashes { "EXTCODEHASH" } else { "EXTCODESIZE" });
    }

    /// As much init code as may be, and a byte less or more (EIP-3860). It is all STOP.
    fn large_init_code(&mut self) {
        let name = if self.has("CREATE2") && self.random.percent(50) {
            self.number(7);
            "CREATE2"
        } else {
            "CREATE"
        };
        let size = 49_151 + self.random.below(3);
        for operand in [size, 0x400, 0] {
            self.number(operand);
        }
        self.op(name);
    }
}
