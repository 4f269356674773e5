//! The plain loop against translated code on random programs.
//!
//! The programs are made to shuffle the stack: that is what the translator follows and what it could get wrong. They keep
//! roughly to the height of their stack, loop, call each other, and run out of gas anywhere.

use gasworks::{
    Address, BlockEnv, Bytes, Changes, Config, Core, Evm, Fork, MemoryDatabase, Message, Outcome,
    U256,
};
use gasworks_spec::{UNDEFINED, opcode};

use crate::random::Random;

/// Contracts of a world.
const CONTRACTS: u64 = 3;

fn address(number: u64) -> Address {
    Address::from_low_u64_be(0xc0de + number)
}

/// Instructions by how they are written.
struct Bytes256 {
    /// What computes words.
    arithmetic: Vec<u8>,
    /// What takes no operand.
    reads: Vec<u8>,
}

fn bytes(fork: Fork) -> Bytes256 {
    let defined = |byte: &u8| opcode(*byte).is_some_and(|row| row.price(fork) != UNDEFINED);
    Bytes256 {
        arithmetic: (0x01..=0x1e).filter(defined).collect(),
        reads: (0x30..=0x4a)
            .chain([0x58, 0x59, 0x5a])
            .filter(|byte| defined(byte) && opcode(*byte).is_some_and(|row| row.inputs.is_empty()))
            .collect(),
    }
}

/// A program being written.
struct Writer<'a> {
    random: &'a mut Random,
    bytes: &'a Bytes256,
    code: Vec<u8>,
    height: u64,
    labels: Vec<u16>,
    /// Where positions of labels are to be written.
    patches: Vec<usize>,
}

impl Writer<'_> {
    fn push(&mut self, word: U256) {
        let bytes = word.to_big_endian();
        let length = word.bits().div_ceil(8).max(1);
        self.code.push(0x5f + length as u8);
        self.code.extend_from_slice(&bytes[32 - length..]);
        self.height += 1;
    }

    fn push_number(&mut self, number: u64) {
        self.push(number.into());
    }

    /// Writes an instruction, mostly after what it lacks.
    fn op(&mut self, byte: u8) {
        let inputs = opcode(byte).map_or(0, |row| row.inputs.len() as u64);
        if self.height < inputs && self.random.percent(97) {
            for _ in self.height..inputs {
                let small = self.random.below(70);
                self.push_number(small);
            }
        }
        self.code.push(byte);
        if let Some(row) = opcode(byte) {
            self.height = self.height.saturating_sub(row.inputs.len() as u64);
            self.height += row.outputs.len() as u64;
        }
    }

    /// Pushes the position of a label that is chosen when all are known.
    fn push_label(&mut self) {
        self.code.push(0x61);
        self.patches.push(self.code.len());
        self.code.extend_from_slice(&[0, 0]);
        self.height += 1;
    }

    fn statement(&mut self) {
        match self.random.below(100) {
            0..24 => {
                let word = self.random.word();
                let small = self.random.below(70);
                let word = if self.random.percent(60) {
                    small.into()
                } else {
                    word
                };
                self.push(word);
            }
            24..36 => {
                let depth = self.random.below(self.height.clamp(1, 16)) as u8;
                self.op(0x80 + depth);
            }
            36..46 => {
                let depth = self
                    .random
                    .below(self.height.saturating_sub(1).clamp(1, 16))
                    as u8;
                self.op(0x90 + depth);
            }
            46..51 => self.op(0x50),
            51..72 => {
                let byte = self.random.pick(&self.bytes.arithmetic);
                self.op(byte);
            }
            72..77 => {
                let byte = self.random.pick(&self.bytes.reads);
                self.op(byte);
            }
            77..84 => self.memory(),
            84..88 => self.storage(),
            88..95 => self.jump(),
            95..97 => self.call(),
            97 => self.label(),
            _ => self.rare(),
        }
    }

    fn label(&mut self) {
        self.labels.push(self.code.len() as u16);
        self.op(0x5b);
    }

    fn memory(&mut self) {
        let offset = self.random.below(200);
        if self.random.percent(70) {
            self.push_number(offset);
        }
        match self.random.below(6) {
            0 | 1 => self.op(0x51),
            2 | 3 => self.op(0x52),
            4 => self.op(0x53),
            _ => {
                // Sizes before offsets, which lie on top.
                let copy = self
                    .random
                    .pick(&[0x20, 0x35, 0x37, 0x39, 0x5e, 0xa0, 0xa1, 0x3e]);
                for _ in 0..2 {
                    let small = self.random.below(80);
                    self.push_number(small);
                }
                self.op(copy);
            }
        }
    }

    fn storage(&mut self) {
        let slot = self.random.below(3);
        if self.random.percent(70) {
            self.push_number(slot);
        }
        let byte = self.random.pick(&[0x54, 0x54, 0x55, 0x5c, 0x5d]);
        self.op(byte);
    }

    /// A jump to a label, the condition often a comparison.
    fn jump(&mut self) {
        if self.random.percent(30) {
            self.label();
        }
        match self.random.below(10) {
            0 => {
                self.push_label();
                self.op(0x56);
            }
            // Where the target is a word of the stack.
            1 => {
                self.push_label();
                self.push_number(1);
                self.op(0x90);
                self.op(0x57);
            }
            2..5 => {
                self.push_label();
                self.op(0x57);
            }
            _ => {
                let compare = self.random.pick(&[0x10, 0x11, 0x12, 0x13, 0x14, 0x15]);
                self.op(compare);
                for _ in 0..self.random.below(3) {
                    self.op(0x15);
                }
                self.push_label();
                self.op(0x57);
            }
        }
    }

    fn call(&mut self) {
        let kind = self.random.pick(&[0xf1, 0xf2, 0xf4, 0xfa]);
        self.push_number(32);
        self.push_number(0);
        self.push_number(32);
        self.push_number(0);
        if kind < 0xf4 {
            self.push_number(0);
        }
        let to = self.random.below(CONTRACTS + 5);
        let to = if to < CONTRACTS {
            address(to)
        } else {
            Address::from_low_u64_be(to)
        };
        self.push(U256::from_big_endian(&to.0));
        let gas = self.random.below(20_000);
        self.push_number(gas);
        self.op(kind);
    }

    fn rare(&mut self) {
        match self.random.below(12) {
            0 => {
                let byte = self.random.bits() as u8;
                self.op(byte);
            }
            1 => self.op(0x00),
            2 => {
                self.push_number(64);
                self.push_number(0);
                self.op(0xf3);
            }
            3 => self.op(0x3b),
            4 => self.op(0x31),
            5 => {
                self.push_number(0);
                self.push_number(0);
                self.push_number(0);
                self.op(0xf0);
            }
            // A push cut off by the end, or data that looks like code.
            6 => self.code.push(0x7f),
            _ => self.label(),
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.labels.is_empty() {
            self.label();
        }
        for patch in self.patches {
            let label = self.random.pick(&self.labels);
            let label = if self.random.percent(2) {
                label + 1
            } else {
                label
            };
            self.code[patch..patch + 2].copy_from_slice(&label.to_be_bytes());
        }
        self.code
    }
}

fn program(random: &mut Random, bytes: &Bytes256) -> Vec<u8> {
    let statements = 1 + random.below(60);
    let mut writer = Writer {
        random,
        bytes,
        code: Vec::new(),
        height: 0,
        labels: Vec::new(),
        patches: Vec::new(),
    };
    if writer.random.percent(50) {
        writer.label();
    }
    for _ in 0..statements {
        writer.statement();
    }
    writer.finish()
}

/// What came of a case: of its first run, and of a second one on what the first left.
type Verdict = [(Outcome, Changes); 2];

/// A world and a message.
struct Case {
    fork: Fork,
    codes: Vec<Vec<u8>>,
    message: Message,
}

impl Case {
    fn new(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed, number);
        let fork = random.pick(&[
            Fork::Osaka,
            Fork::Osaka,
            Fork::Osaka,
            Fork::Cancun,
            Fork::Berlin,
            Fork::Istanbul,
            Fork::Byzantium,
            Fork::Frontier,
        ]);
        let bytes = bytes(fork);
        let codes = (0..CONTRACTS)
            .map(|_| program(&mut random, &bytes))
            .collect();
        let gas = match random.below(10) {
            0 => random.below(300),
            1..4 => random.below(3_000),
            4..9 => random.below(30_000),
            _ => random.below(120_000),
        };
        let length = random.index(70);
        let input = random.bytes(length);
        let caller = Address::from_low_u64_be(0xca11);
        let message = Message::call(caller, address(0), Bytes::from(input), gas);
        Self {
            fork,
            codes,
            message,
        }
    }

    fn run(&self, core: Core) -> Verdict {
        let mut database = MemoryDatabase::default();
        for (number, code) in (0u64..).zip(&self.codes) {
            let code = Bytes::copy_from_slice(code);
            database.insert_account(address(number), 1, U256::from(1_000), code);
            database.insert_storage(address(number), U256::one(), U256::from(7));
        }
        let config = Config {
            core,
            ..Config::default()
        };
        let mut evm = Evm::new(self.fork, BlockEnv::default(), database).with_config(config);
        let mut once = || {
            let executed = evm.call(&self.message);
            let executed = executed.unwrap_or_else(|error| panic!("nothing fails here: {error}"));
            let changes = executed.changes();
            (executed.commit(), changes)
        };
        [once(), once()]
    }
}

/// Runs a case in the plain loop and on the cores; how often the message succeeded.
///
/// # Errors
/// The difference, to be read by people.
pub fn check(seed: u64, number: u64, cores: &[Core]) -> Result<u64, String> {
    let case = Case::new(seed, number);
    let plain = case.run(Core::Plain);
    for core in cores {
        let other = case.run(*core);
        if other != plain {
            let codes: Vec<String> = case.codes.iter().map(|code| hex(code)).collect();
            return Err(format!(
                "seed {seed}, case {number}, {:?}: {core:?} differs\n{codes:#?}\ngas {}\nplain: {plain:#?}\nother: {other:#?}",
                case.fork, case.message.gas
            ));
        }
    }
    let successes = plain
        .iter()
        .filter(|(outcome, _)| outcome.status == gasworks::CallStatus::Success);
    Ok(successes.count() as u64)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
