//! One instruction on given operands: what it leaves, how it ends and what it costs.

use gasworks::{CallStatus, Fork, Halt, U256};
use gasworks_tests::code::{Code, Word, mstore, op, push, push_all, return_memory};
use gasworks_tests::world::{CONTRACT, GAS, SENDER, World, message, since};

/// Where results are put before they are returned: beyond the memory that any case uses.
const RESULTS: u64 = 0x4000;
/// What a message of a case carries: the bytes 1 to 40.
pub const INPUT: [u8; 40] = {
    let mut bytes = [0; 40];
    let mut index = 0;
    while index < 40 {
        bytes[index] = index as u8 + 1;
        index += 1;
    }
    bytes
};

/// An instruction on given operands.
#[derive(Clone)]
pub struct Case {
    /// The mnemonic.
    pub name: &'static str,
    code: Code,
    before: Code,
    operands: Vec<U256>,
    results: Vec<U256>,
    gas: Vec<(Fork, u64)>,
    status: CallStatus,
    output: Option<Vec<u8>>,
    bound_by_gas: bool,
    last: Fork,
    world: fn(World) -> World,
}

/// A case of an instruction that Frontier has. Operands are given top of the stack first.
pub fn case(name: &'static str, operands: &[U256]) -> Case {
    Case {
        name,
        code: op(name),
        before: Code::default(),
        operands: operands.to_vec(),
        results: Vec::new(),
        gas: Vec::new(),
        status: CallStatus::Success,
        output: None,
        bound_by_gas: true,
        last: Fork::LATEST,
        world: |world| world,
    }
}

impl Case {
    /// What it leaves on the stack, top first.
    pub fn leaves(mut self, results: &[U256]) -> Self {
        self.results = results.to_vec();
        self
    }
    /// What it costs in every fork from Frontier on.
    pub fn costs(self, gas: u64) -> Self {
        self.costs_since(Fork::Frontier, gas)
    }
    /// What it costs from a fork on. The first fork given introduces the instruction.
    pub fn costs_since(mut self, fork: Fork, gas: u64) -> Self {
        self.gas.push((fork, gas));
        self
    }
    /// The last fork for which the case holds.
    pub fn until(mut self, fork: Fork) -> Self {
        self.last = fork;
        self
    }
    /// What runs before the operands are pushed.
    pub fn after(mut self, before: Code) -> Self {
        self.before = before;
        self
    }
    /// What is executed in place of the bare instruction.
    pub fn instead(mut self, code: Code) -> Self {
        self.code = code;
        self
    }
    /// The frame ends with it, with this output.
    pub fn ends(mut self, status: CallStatus, output: &[u8]) -> Self {
        self.status = status;
        self.output = Some(output.to_vec());
        self
    }
    /// The frame fails, with more gas than anything here costs.
    pub fn halts(self, halt: Halt) -> Self {
        self.ends(CallStatus::Halt(halt), &[])
    }
    /// Its success depends on gas beyond its price: no test of the exact limit.
    pub fn not_bound_by_gas(mut self) -> Self {
        self.bound_by_gas = false;
        self
    }
    /// Changes the world that it runs in.
    pub fn world(mut self, world: fn(World) -> World) -> Self {
        self.world = world;
        self
    }

    /// Checks it in every fork that has the instruction.
    pub fn check(&self) {
        let introduced = self
            .gas
            .first()
            .unwrap_or_else(|| panic!("{}: no gas", self.name))
            .0;
        for fork in since(introduced).filter(|fork| *fork <= self.last) {
            self.check_in(fork);
        }
    }

    fn check_in(&self, fork: Fork) {
        let what = || format!("{} {:x?} in {fork}", self.name, self.operands);
        let price = self.gas.iter().rfind(|(since, _)| *since <= fork);
        let price = price.unwrap_or_else(|| panic!("{}: no gas", what())).1;
        let prefix = self.before.clone() + push_all(&self.operands);
        let run = |code: Code, gas: u64| {
            let world = (self.world)(World::new(fork, code));
            world.message(&gasworks::Message {
                input: INPUT.to_vec().into(),
                value: 5.into(),
                caller: SENDER,
                address: CONTRACT,
                ..message(gas)
            })
        };
        let before = run(prefix.clone(), GAS);
        assert_eq!(
            before.status,
            CallStatus::Success,
            "{}: what is before",
            what()
        );
        let code = prefix + self.code.clone();
        let ran = run(code.clone(), GAS);
        assert_eq!(ran.status, self.status, "{}", what());
        if let CallStatus::Halt(_) = self.status {
            assert_eq!(ran.gas, GAS, "{}: a halt takes all gas", what());
            return;
        }
        assert_eq!(ran.gas - before.gas, price, "{}: gas", what());
        if self.bound_by_gas {
            let exact = run(code.clone(), ran.gas);
            assert_eq!(
                (exact.status, exact.gas),
                (self.status, ran.gas),
                "{}",
                what()
            );
            if price > 0 {
                let less = run(code.clone(), ran.gas - 1);
                assert_eq!(less.halt(), Some(Halt::OutOfGas), "{}: one less", what());
            }
        }
        match &self.output {
            Some(output) => assert_eq!(ran.output, output[..], "{}: output", what()),
            None => {
                let ran = run(code + return_words(self.results.len() as u64), GAS);
                assert_eq!(ran.status, CallStatus::Success, "{}", what());
                assert_eq!(ran.words(), self.results, "{}", what());
            }
        }
    }
}

/// Returns so many words of the stack, top first.
fn return_words(count: u64) -> Code {
    let stores = (0..count).fold(Code::default(), |code, index| {
        code + push(RESULTS + 32 * index) + op("MSTORE")
    });
    stores + return_memory(RESULTS, 32 * count)
}

/// Operands, top of the stack first.
#[macro_export]
macro_rules! words {
    ($($word:expr),* $(,)?) => { [$(gasworks_tests::code::Word::word($word)),*] };
}

/// Memory whose first word is `word`, and three words long.
pub fn three_words_of_memory(word: impl Word) -> Code {
    mstore(0, word) + mstore(64, 0)
}
