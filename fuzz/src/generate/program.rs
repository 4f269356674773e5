//! Programs that mostly do something: statements with operands that fit, structured jumps, and a known stack height.
//!
//! A [`Writer`] keeps the height of the stack, so that a statement does not run into an underflow unless it means to. What
//! calls and creations look like, and what spoils a program, is in `messages`; what is undone, in `attempts`.

use gasworks::{Address, Fork, U256};
use gasworks_spec::{Opcode, UNDEFINED, opcode};

use crate::random::Random;

/// What a program can know of the world it runs in.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The rules.
    pub fork: Fork,
    /// The number of the block.
    pub number: u64,
    /// Accounts worth naming, precompiled contracts apart.
    pub addresses: Vec<Address>,
    /// Contracts that do not call back without end, and so are called more often.
    pub callees: Vec<Address>,
}

/// The names of instructions that are written only as part of a statement of their own.
const STRUCTURAL: &[&str] = &[
    "STOP",
    "JUMP",
    "JUMPI",
    "CREATE",
    "CALL",
    "CALLCODE",
    "RETURN",
    "DELEGATECALL",
    "CREATE2",
    "STATICCALL",
    "REVERT",
    "INVALID",
    "SELFDESTRUCT",
];

/// Writes one program.
pub(super) struct Writer<'a> {
    pub(super) random: &'a mut Random,
    pub(super) world: &'a Surroundings,
    pub(super) code: Vec<u8>,
    /// Words on the stack.
    pub(super) height: usize,
    /// Words at the bottom that a loop around needs.
    floor: usize,
    /// Data behind the program: where its position is written, and the bytes.
    data: Vec<(usize, Vec<u8>)>,
    /// How many loops are around.
    loops: u32,
    /// Whether the program has a subroutine that it can call itself for.
    pub(super) has_subroutine: bool,
    /// How many programs this one is inside of, as init code or as what init code deploys.
    pub(super) nesting: u32,
}

/// A program of about so many statements, with an end.
pub(super) fn program(
    random: &mut Random,
    world: &Surroundings,
    statements: u64,
    nesting: u32,
) -> Vec<u8> {
    let mut writer = Writer::new(random, world, nesting);
    let has_subroutine = nesting == 0 && writer.random.percent(60);
    let patch = has_subroutine.then(|| writer.begin_with_subroutine());
    // Since EIP-150 nobody has the gas to reach the limit.
    let reaches = !world.fork.rules().all_but_one_64th;
    if nesting == 0 && writer.random.percent(if reaches { 8 } else { 1 }) {
        writer.dive();
    }
    for _ in 0..statements {
        writer.statement();
    }
    writer.end();
    if let Some(patch) = patch {
        writer.subroutine(patch);
    }
    writer.finish()
}

impl<'a> Writer<'a> {
    pub(super) fn new(random: &'a mut Random, world: &'a Surroundings, nesting: u32) -> Self {
        Self {
            random,
            world,
            code: Vec::new(),
            height: 0,
            floor: 0,
            data: Vec::new(),
            loops: 0,
            has_subroutine: false,
            nesting,
        }
    }

    /// The program with its data, whose positions are now known.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if !self.data.is_empty() {
            // What falls off the end must not run into the data.
            self.code.push(0x00);
        }
        for (patch, bytes) in self.data {
            let position = self.code.len() as u16;
            self.code[patch..patch + 2].copy_from_slice(&position.to_be_bytes());
            self.code.extend_from_slice(&bytes);
        }
        self.code
    }

    pub(super) fn has(&self, name: &str) -> bool {
        rows().any(|row| row.name == name && row.price(self.world.fork) != UNDEFINED)
    }

    /// Writes an instruction by name. The height follows from its row.
    pub(super) fn op(&mut self, name: &str) {
        let row = rows().find(|row| row.name == name);
        self.row(row.unwrap_or_else(|| panic!("no instruction {name}")));
    }

    fn row(&mut self, row: &Opcode) {
        self.code.push(row.byte);
        self.height = self.height.saturating_sub(row.inputs.len()) + row.outputs.len();
    }

    /// Pushes a word, mostly in the shortest way.
    pub(super) fn push(&mut self, word: U256) {
        let mut size = word.bits().div_ceil(8);
        if size == 0 && (!self.has("PUSH0") || self.random.percent(20)) {
            size = 1;
        }
        if self.random.percent(4) {
            size += self.random.index(33 - size);
        }
        self.code.push(0x5f + size as u8);
        self.code
            .extend_from_slice(&word.to_big_endian()[32 - size..]);
        self.height += 1;
    }

    pub(super) fn number(&mut self, number: u64) {
        self.push(U256::from(number));
    }

    /// Pushes a position that is not known yet, and says where to write it.
    pub(super) fn push_later(&mut self) -> usize {
        self.code.extend_from_slice(&[0x61, 0, 0]);
        self.height += 1;
        self.code.len() - 2
    }

    /// Marks the position that was pushed, which is here.
    pub(super) fn land(&mut self, patch: usize) {
        let here = self.code.len() as u16;
        self.code[patch..patch + 2].copy_from_slice(&here.to_be_bytes());
        self.op("JUMPDEST");
    }

    /// Copies data that stands behind the program to memory.
    pub(super) fn data_to_memory(&mut self, bytes: Vec<u8>, to: u64) {
        self.number(bytes.len() as u64);
        let patch = self.push_later();
        self.data.push((patch, bytes));
        self.number(to);
        self.op("CODECOPY");
    }

    /// Writes one statement.
    pub(super) fn statement(&mut self) {
        let nested = self.nesting < 2;
        match self.random.below(100) {
            0..12 if self.has_subroutine => self.attempt(),
            0..50 => self.instruction(),
            50..56 => self.edge(),
            56..62 => self.branch(),
            62..66 if self.loops < 2 => self.repeat(),
            66..80 => self.call(),
            80..84 => self.precompile(),
            84..89 if nested => self.create(),
            89 => self.hostile(),
            _ => self.keep(),
        }
        while self.height > self.floor + 20 {
            self.keep();
        }
    }

    /// A row of the opcode table with its operands.
    fn instruction(&mut self) {
        let fork = self.world.fork;
        let any = self.random.below(500) == 0;
        let weighted: Vec<(u64, &Opcode)> = rows()
            .filter(|row| any || row.price(fork) != UNDEFINED)
            .map(|row| (weight(row), row))
            .collect();
        let row = self.random.weighted(&weighted);
        let is_stack_only = (0x80..=0x9f).contains(&row.byte);
        if row.immediate > 0 {
            self.row(row);
            let immediate = self.random.bytes(row.immediate);
            return self.code.extend_from_slice(&immediate);
        }
        if row.name == "RETURNDATACOPY" && self.random.percent(90) {
            self.op("RETURNDATASIZE");
            self.number(0);
            self.operand("to");
            return self.row(row);
        }
        if is_stack_only {
            while self.height - self.floor < row.inputs.len() {
                self.value();
            }
        } else {
            for name in row.inputs.iter().rev() {
                self.operand(name);
            }
        }
        self.row(row);
    }

    /// Puts the top of the stack where it can be seen, or drops it.
    pub(super) fn keep(&mut self) {
        if self.height <= self.floor {
            return self.value();
        }
        let place = self.random.below(8);
        match self.random.below(10) {
            0..3 => {
                self.number(place);
                self.op("SSTORE");
            }
            3..7 => {
                self.number(32 * place);
                self.op("MSTORE");
            }
            _ => self.op("POP"),
        }
    }

    /// Statements that cannot reach below the present height, and leave it as it is.
    fn body(&mut self, statements: u64) {
        let (height, floor) = (self.height, self.floor);
        self.floor = height;
        for _ in 0..statements {
            self.statement();
        }
        while self.height > height {
            self.op("POP");
        }
        self.floor = floor;
    }

    /// If the top of the stack says so, something else happens.
    fn branch(&mut self) {
        self.value();
        if self.random.percent(50) {
            self.op("ISZERO");
        }
        let patch = self.push_later();
        self.op("JUMPI");
        let height = self.height;
        let statements = 1 + self.random.below(3);
        self.body(statements);
        if self.random.percent(25) {
            self.end();
        }
        self.height = height;
        self.land(patch);
    }

    /// Something happens a few times. Enough times for a machine that counts how often code runs.
    fn repeat(&mut self) {
        let times = 1 + self.random.below(if self.loops == 0 { 40 } else { 8 });
        self.number(times);
        let begin = self.code.len() as u64;
        self.op("JUMPDEST");
        self.loops += 1;
        let statements = 1 + self.random.below(3);
        self.body(statements);
        self.loops -= 1;
        self.number(1);
        self.op("SWAP1");
        self.op("SUB");
        self.op("DUP1");
        self.code
            .extend_from_slice(&[0x61, (begin >> 8) as u8, begin as u8]);
        self.height += 1;
        self.op("JUMPI");
        self.op("POP");
    }

    /// How the program ends.
    pub(super) fn end(&mut self) {
        match self.random.below(100) {
            0..25 => self.op("STOP"),
            25..64 => self.end_with_data("RETURN"),
            64..80 if self.has("REVERT") => self.end_with_data("REVERT"),
            80..91 => {
                // To itself often enough: whether wei is then burnt depends on the fork (EIP-6780).
                if self.random.percent(25) {
                    self.op("ADDRESS");
                } else {
                    self.address();
                }
                self.op("SELFDESTRUCT");
            }
            91 => self.op("INVALID"),
            // What follows the last instruction is STOP.
            _ if self.data.is_empty() => {}
            _ => self.op("STOP"),
        }
    }

    pub(super) fn end_with_data(&mut self, name: &str) {
        self.operand("size");
        self.operand("offset");
        self.op(name);
    }
}

/// All rows of the opcode table.
fn rows() -> impl Iterator<Item = &'static Opcode> {
    (0..=255).filter_map(opcode)
}

/// How often an instruction is written: those that touch the state more often, and the many alike more seldom.
fn weight(row: &Opcode) -> u64 {
    match row.name {
        name if STRUCTURAL.contains(&name) => 0,
        "SLOAD" | "SSTORE" | "TLOAD" | "TSTORE" => 16,
        "KECCAK256" | "MSTORE" | "MLOAD" => 8,
        "BALANCE" | "EXTCODEHASH" | "EXTCODESIZE" | "EXTCODECOPY" | "SELFBALANCE" => 6,
        _ if row.byte >= 0x60 && row.byte <= 0x9f => 1,
        _ => 4,
    }
}
