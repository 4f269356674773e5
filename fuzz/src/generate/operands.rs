//! Operands: words that suit what the opcode table calls them.

use gasworks::{Address, U256};

use super::accounts::{EMPTY, SECRETS, authority};
use super::program::Writer;

impl Writer<'_> {
    /// Pushes an account's address.
    pub(super) fn address(&mut self) {
        if self.random.percent(10) {
            return self.op("ADDRESS");
        }
        let delegates = self.world.fork.rules().delegation;
        let address = match self.random.below(100) {
            0..10 => Address::from_low_u64_be(self.random.below(0x14)),
            // What is there and empty is neither absent nor a contract (EIP-161, EIP-1052).
            10..14 => EMPTY,
            // What delegates is looked at in another way than it is called (EIP-7702).
            14..35 if delegates => authority(self.random.index(SECRETS.len())),
            _ => self.random.pick(&self.world.addresses),
        };
        self.push(U256::from_big_endian(&address.0));
    }

    /// Pushes a value: one that is on the stack, or a new one.
    pub(super) fn value(&mut self) {
        let reach = self.height.min(16);
        if reach > 0 && self.random.percent(35) {
            let depth = self.random.index(reach);
            self.code.push(0x80 + depth as u8);
            self.height += 1;
        } else {
            let word = self.random.word();
            self.push(word);
        }
    }

    /// Pushes an operand that suits its name in the opcode table.
    pub(super) fn operand(&mut self, name: &str) {
        if self.random.below(400) == 0 {
            return self.enormous();
        }
        match name {
            "offset" | "to" => {
                let offset = if self.random.percent(70) {
                    32 * self.random.below(8)
                } else {
                    self.random.below(300)
                };
                self.number(offset);
            }
            "from" | "size" | "index" => {
                let number = self.random.below(80);
                self.number(number);
            }
            "shift" => {
                let number = self.random.below(270);
                self.number(number);
            }
            "exponent" if self.random.percent(60) => {
                let number = self.random.below(400);
                self.number(number);
            }
            "slot" => {
                let slot = if self.random.percent(70) {
                    self.random.below(3)
                } else {
                    self.random.below(8)
                };
                self.number(slot);
            }
            "number" => {
                let number = self
                    .world
                    .number
                    .wrapping_sub(self.random.below(300))
                    .wrapping_add(3);
                self.number(number);
            }
            "address" => self.address(),
            _ if self.random.percent(25) => self.number(0),
            _ => self.value(),
        }
    }

    /// Pushes what no memory can hold, or what just fits into gas that someone has.
    pub(super) fn enormous(&mut self) {
        let words = [
            U256::MAX,
            U256::from(u64::MAX),
            U256::from(u64::MAX - 31),
            U256::from(u32::MAX),
            U256::one() << 64,
            U256::from(100_000),
            U256::from(0x1_0000),
        ];
        let word = self.random.pick(&words);
        self.push(word);
    }
}
