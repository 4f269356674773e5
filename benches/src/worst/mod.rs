//! Programs that ask for as much work as their gas can buy: one for each instruction, each precompile, and each known way
//! to make a machine slow.
//!
//! A pattern is a program with a size. Its gas, or its code, grows as its size does, and its time must not grow faster.

mod calls;
mod code;
mod code_patterns;
mod opcodes;
mod precompiles;
mod state;
mod words;

use std::collections::BTreeMap;

use gasworks::{Address, Bytes, U256};

use crate::{Account, Environment, Expected, Program};
use code::Code;

/// What a pattern's size counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Rounds of a loop: the machine may have seen the code before.
    Rounds,
    /// Rounds of a loop, in which it sees nothing that it has seen before: it is made anew for each run.
    FreshRounds,
    /// Something else, of which this is the smallest, on a machine that is made anew for each run.
    Fresh(u64),
}

/// A program of whatever size.
pub struct Pattern {
    /// Its name, unique.
    pub name: String,
    /// What its size counts.
    pub size: Size,
    build: Box<dyn Fn(u64) -> World>,
}

impl Pattern {
    fn new(name: impl Into<String>, size: Size, build: impl Fn(u64) -> World + 'static) -> Self {
        Self {
            name: name.into(),
            size,
            build: Box::new(build),
        }
    }

    /// A loop of code that needs nothing around it.
    fn of_loop(name: impl Into<String>, before: Code, body: Code) -> Self {
        Self::new(name, Size::Rounds, move |rounds| {
            World::of(before.clone().repeat(rounds, &body))
        })
    }

    /// The program of a size.
    pub fn program(&self, size: u64) -> Program {
        (self.build)(size).program(&self.name)
    }
}

/// All patterns, by groups.
pub fn patterns() -> Vec<Pattern> {
    let mut all = opcodes::patterns();
    all.extend(words::patterns());
    all.extend(code_patterns::patterns());
    all.extend(calls::patterns());
    all.extend(state::patterns());
    all.extend(precompiles::patterns());
    all
}

/// A contract and what is around it.
#[derive(Clone, Default)]
struct World {
    code: Code,
    calldata: Vec<u8>,
    storage: BTreeMap<U256, U256>,
    accounts: BTreeMap<Address, Account>,
}

impl World {
    fn of(code: Code) -> Self {
        Self {
            code,
            ..Self::default()
        }
    }

    fn with_account(mut self, at: Address, code: Code) -> Self {
        let account = Account {
            balance: U256::one(),
            nonce: 1,
            code: Bytes::from(code.into_bytes()),
            storage: BTreeMap::new(),
        };
        self.accounts.insert(at, account);
        self
    }

    fn program(self, name: &str) -> Program {
        Program {
            name: name.to_owned(),
            group: name.split('/').next().unwrap_or_default().to_owned(),
            code: Bytes::from(self.code.into_bytes()),
            calldata: Bytes::from(self.calldata),
            gas: 1 << 40,
            value: U256::one() << 32,
            to: Address::repeat_byte(0xcc),
            caller: Address::repeat_byte(0x11),
            storage: self.storage,
            accounts: self.accounts,
            env: Environment {
                number: 1_000,
                timestamp: 1_800_000_000,
                coinbase: Address::repeat_byte(0xc0),
                basefee: 0,
                gaslimit: 1 << 41,
                prevrandao: U256::from(0x1234_5678),
            },
            // The machines are compared with each other.
            expected: Expected {
                status: String::new(),
                gas_tx: 0,
                gas_call: 0,
                output: Bytes::new(),
            },
        }
    }
}

/// An address by its number, beside which there are no others.
fn address(number: u64) -> Address {
    let mut address = Address::repeat_byte(0xbb);
    address.0[12..].copy_from_slice(&number.to_be_bytes());
    address
}

/// The same as a word.
fn address_word(number: u64) -> U256 {
    U256::from_big_endian(&address(number).0)
}

/// A word without small parts.
fn wide(seed: u64) -> U256 {
    let limb = |position: u64| {
        (seed + position).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xd1b5_4a32_d192_ed03
    };
    U256([limb(1), limb(2), limb(3), limb(4) | 1 << 63])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Machine, Mode, Ours, Peer, Status};
    use std::collections::BTreeSet;

    #[test]
    fn both_machines_agree_on_every_pattern() {
        let patterns = patterns();
        let names: BTreeSet<&str> = patterns
            .iter()
            .map(|pattern| pattern.name.as_str())
            .collect();
        assert_eq!(names.len(), patterns.len());
        for pattern in &patterns {
            let program = pattern.program(1);
            let ours = Ours::new(&program).observe(Mode::Call);
            assert_eq!(ours.status, Status::Success, "{}", pattern.name);
            let peer = Peer::new(&program).observe(Mode::Call);
            assert_eq!(ours, peer, "{}", pattern.name);
        }
    }
}
