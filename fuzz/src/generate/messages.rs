//! Statements that start other programs: calls, precompiled contracts, creations; and statements that mean harm.

use gasworks::{Address, Fork, U256};

use super::precompiles;
use super::program::{Surroundings, Writer, program};
use crate::random::Random;

/// Init code of about so many statements before it deploys something.
pub(super) fn init_code(
    random: &mut Random,
    world: &Surroundings,
    statements: u64,
    nesting: u32,
) -> Vec<u8> {
    let choice = random.below(100);
    let deployed = match choice {
        0..70 => {
            let statements = random.below(6);
            program(random, world, statements, nesting + 1)
        }
        70..76 => Vec::new(),
        // EIP-3541.
        76..79 => vec![0xef, 0x00],
        // A delegation (EIP-7702) cannot be deployed since EIP-3541.
        79..81 if world.fork.rules().rejects_ef_code => [
            &[0xef, 0x01, 0x00],
            random.pick(&world.addresses).as_bytes(),
        ]
        .concat(),
        // EIP-170: the largest code there may be, and one byte more.
        81 => vec![0; 24_576],
        82 => vec![0; 24_577],
        _ => Vec::new(),
    };
    let mut writer = Writer::new(random, world, nesting);
    for _ in 0..statements {
        writer.statement();
    }
    if choice >= 84 {
        writer.end();
        return writer.finish();
    }
    let size = deployed.len() as u64;
    if size > 20_000 {
        // Zeros need no copy.
        writer.number(size);
        writer.number(0x400);
    } else {
        writer.data_to_memory(deployed, 0);
        writer.number(size);
        writer.number(0);
    }
    writer.op("RETURN");
    writer.finish()
}

impl Writer<'_> {
    /// The gas of a call. Before EIP-150, asking for more than there is fails, so little is asked for.
    pub(super) fn call_gas(&mut self) {
        let everything = self.world.fork >= Fork::Tangerine;
        match self.random.below(20) {
            0 => self.enormous(),
            1..12 if everything => self.op("GAS"),
            12 => self.number(0),
            // About the stipend, with which nothing may be stored (EIP-2200).
            13 | 14 => {
                let gas = 2_290 + self.random.below(40);
                self.number(gas);
            }
            _ => {
                let gas = self.random.below(60_000);
                self.number(gas);
            }
        }
    }

    pub(super) fn call_value(&mut self) {
        let value = match self.random.below(40) {
            0..28 => 0,
            28..38 => self.random.below(50),
            38 => self.random.below(5_000),
            _ => return self.value(),
        };
        self.number(value);
    }

    /// An instruction that calls, of those that the fork has.
    pub(super) fn call_name(&mut self) -> &'static str {
        let wanted = self.random.weighted(&[
            (45, "CALL"),
            (13, "CALLCODE"),
            (21, "DELEGATECALL"),
            (21, "STATICCALL"),
        ]);
        if self.has(wanted) || self.random.below(100) == 0 {
            wanted
        } else {
            "CALL"
        }
    }

    /// What is pushed after memory ranges and before gas: value, where there is one, and address.
    fn finish_call(&mut self, name: &str, to: Option<Address>) {
        if matches!(name, "CALL" | "CALLCODE") {
            self.call_value();
        }
        match to {
            Some(to) => self.push(U256::from_big_endian(&to.0)),
            None => self.callee(),
        }
        self.call_gas();
        self.op(name);
    }

    /// Pushes whom to call: mostly a contract that comes to an end.
    fn callee(&mut self) {
        if self.world.callees.is_empty() || self.random.percent(35) {
            return self.address();
        }
        let address = self.random.pick(&self.world.callees);
        self.push(U256::from_big_endian(&address.0));
    }

    /// Calls an account.
    pub(super) fn call(&mut self) {
        for bound in [80, 256, 100, 200] {
            let number = self.random.below(bound);
            self.number(number);
        }
        let name = self.call_name();
        self.finish_call(name, None);
        self.returned();
    }

    /// Looks at what a call returned.
    fn returned(&mut self) {
        // A slot that the callee may have changed, and a revert may have changed back.
        if self.random.percent(30) {
            let slot = self.random.below(3);
            self.number(slot);
            let name = if self.has("TLOAD") && self.random.percent(50) {
                "TLOAD"
            } else {
                "SLOAD"
            };
            self.op(name);
        }
        if self.has("RETURNDATACOPY") && self.random.percent(30) {
            self.op("RETURNDATASIZE");
            self.number(0);
            self.number(64);
            self.op("RETURNDATACOPY");
        }
    }

    /// Calls a precompiled contract with an input that it is likely to accept.
    pub(super) fn precompile(&mut self) {
        let table = self.world.fork.rules().precompiles;
        // Those that cost most time come less often, so that more cases are tried.
        let weighted: Vec<_> = table
            .iter()
            .map(|&(number, kind)| {
                (
                    if precompiles::is_slow(kind) { 1 } else { 10 },
                    (number, kind),
                )
            })
            .collect();
        let (number, kind) = self.random.weighted(&weighted);
        let input = precompiles::input(self.random, kind);
        let size = input.len() as u64;
        self.data_to_memory(input, 0);
        let output_size = self.random.pick(&[0, 20, 32, 64, 128, 256]);
        for operand in [output_size, 0x200, size, 0] {
            self.number(operand);
        }
        let name = self.call_name();
        self.finish_call(name, Some(Address::from_low_u64_be(u64::from(number))));
        self.returned();
        if output_size > 0 && self.random.percent(60) {
            self.number(0x200);
            self.op("MLOAD");
        }
    }

    /// Creates a contract, and perhaps calls it.
    pub(super) fn create(&mut self) {
        let statements = self.random.below(3);
        let init = init_code(self.random, self.world, statements, self.nesting + 1);
        let size = init.len() as u64;
        self.data_to_memory(init, 0);
        let name = if self.has("CREATE2") && self.random.percent(45) {
            "CREATE2"
        } else {
            "CREATE"
        };
        if name == "CREATE2" {
            let salt = self.random.below(3);
            self.number(salt);
        }
        // EIP-3860: init code may be too large.
        let size = if self.random.below(200) == 0 {
            self.random.pick(&[49_152, 49_153])
        } else {
            size
        };
        self.number(size);
        self.number(0);
        self.call_value();
        self.op(name);
        if self.random.percent(60) {
            // The address is below the four operands.
            for operand in [32, 0, 0, 0] {
                self.number(operand);
            }
            let name = self.call_name();
            if matches!(name, "CALL" | "CALLCODE") {
                self.call_value();
                self.op("DUP6");
            } else {
                self.op("DUP5");
            }
            self.call_gas();
            self.op(name);
        }
    }

    /// Something that a program that means well does not do.
    pub(super) fn hostile(&mut self) {
        let here = self.code.len() as u16;
        let [high, low] = here.to_be_bytes();
        match self.random.below(7) {
            // Any bytes.
            0 => {
                let length = 1 + self.random.index(4);
                let bytes = self.random.bytes(length);
                self.code.extend_from_slice(&bytes);
            }
            // A range that is too large.
            1 => {
                self.enormous();
                self.enormous();
                let name = self
                    .random
                    .pick(&["MSTORE", "KECCAK256", "LOG0", "MSTORE8", "RETURN"]);
                self.op(name);
            }
            // A jump to anywhere.
            2 => {
                let target = self.random.below(u64::from(here) + 30);
                self.number(target);
                self.op("JUMP");
            }
            // Underflow.
            3 => {
                for _ in 0..=self.height {
                    self.code.push(0x50);
                }
            }
            // Overflow: JUMPDEST, GAS, PUSH2 here, JUMP.
            4 => self
                .code
                .extend_from_slice(&[0x5b, 0x5a, 0x61, high, low, 0x56]),
            // No end but that of gas: JUMPDEST, PUSH2 here, JUMP.
            5 => self.code.extend_from_slice(&[0x5b, 0x61, high, low, 0x56]),
            // A copy that is too large.
            _ => {
                for _ in 0..3 {
                    self.enormous();
                }
                let name =
                    self.random
                        .pick(&["CALLDATACOPY", "CODECOPY", "RETURNDATACOPY", "MCOPY"]);
                self.op(name);
            }
        }
    }
}
