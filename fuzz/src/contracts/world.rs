//! What all who fuzz a project agree on: its test contracts with their functions, senders and properties.

use std::sync::Arc;

use gasworks::{Address, Bytes, Message, U256, keccak256};
use gasworks_runner::assembly::FuzzedTests;
use gasworks_runner::contracts::harness::{Callable, Fails, Harness, Origin, Property, give};
use gasworks_runner::contracts::property::invariant::TargetFunction;

use super::input::{Call, Sequence, Word};
use super::values::{all_fit, are_small, encode};

/// Who calls where a test does not say it, as other fuzzers have it.
const SENDERS: [u64; 3] = [0x10000, 0x20000, 0x30000];

/// What is fuzzed: it has been set up, and goes back to where it is now.
#[derive(Debug)]
pub enum Tested {
    /// A test contract.
    Contract(Box<Harness>),
    /// The tests of a file of assembly. They know nothing of each other.
    Assembly(Box<FuzzedTests>),
}

impl Tested {
    /// Leaves out functions whose arguments are larger than anything that is made up; their signatures.
    pub fn leave_out_large(&mut self) -> Vec<String> {
        let mut left_out = Vec::new();
        if let Self::Contract(harness) = self {
            harness.callables.retain(|callable| {
                let is_small = are_small(&callable.function.types);
                if !is_small {
                    left_out.push(callable.function.signature.clone());
                }
                is_small
            });
        }
        left_out
    }
}

impl From<Harness> for Tested {
    fn from(harness: Harness) -> Self {
        Self::Contract(Box::new(harness))
    }
}

impl From<FuzzedTests> for Tested {
    fn from(tests: FuzzedTests) -> Self {
        Self::Assembly(Box::new(tests))
    }
}

/// A test contract without its machine.
#[derive(Debug)]
pub struct Subject {
    /// `test/A.t.sol:A`.
    pub name: String,
    /// The folder of the project.
    pub root: std::path::PathBuf,
    /// Where the test contract is.
    pub address: Address,
    /// Who calls properties.
    pub owner: Address,
    /// What may be called.
    pub callables: Vec<Callable>,
    /// Who calls.
    pub senders: Vec<Address>,
    /// What must hold.
    pub properties: Vec<Property>,
    /// Words that the contracts know.
    pub words: Vec<Word>,
    /// Addresses that mean something.
    pub addresses: Vec<Word>,
    /// Texts of the sources.
    pub texts: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Time and number of the block in which sequences begin.
    pub start: (u64, u64),
}

/// The test contracts of a project.
#[derive(Debug)]
pub struct World {
    /// Tells projects apart, and versions of one.
    pub digest: u64,
    /// The test contracts.
    pub subjects: Vec<Subject>,
}

impl World {
    /// A world of some test contracts, in the same order.
    pub fn new(tested: &mut [Tested]) -> Arc<Self> {
        let subjects = tested.iter_mut().map(|tested| match tested {
            Tested::Contract(harness) => subject(harness),
            Tested::Assembly(tests) => subject_of_tests(tests),
        });
        let subjects: Vec<Subject> = subjects.collect();
        let digest = digest(&subjects);
        Arc::new(Self { digest, subjects })
    }

    /// The test contract that a sequence is for.
    pub fn subject(&self, sequence: &Sequence) -> Option<&Subject> {
        self.subjects.get(usize::from(sequence.harness))
    }

    /// Whether a sequence could have been made here: others may have made it, or an older version.
    pub fn fits(&self, sequence: &Sequence) -> bool {
        let subject = self.subject(sequence);
        sequence.project == self.digest
            && subject.is_some_and(|of| sequence.calls.iter().all(|call| of.fits(call)))
    }

    /// Nothing is called, of a test contract.
    pub fn empty(&self, harness: usize) -> Sequence {
        Sequence {
            project: self.digest,
            harness: harness as u16,
            calls: Vec::new(),
        }
    }
}

impl Subject {
    /// Whether a call finds what those before it left.
    pub fn is_stateful(&self) -> bool {
        self.origin != Origin::Assembly
    }

    /// Whether a call could have been made up.
    pub fn fits(&self, call: &Call) -> bool {
        let callable = self.callables.get(usize::from(call.function));
        usize::from(call.sender) < self.senders.len()
            && callable.is_some_and(|callable| {
                (callable.is_payable || call.value == 0)
                    && all_fit(&callable.function.types, &call.arguments)
            })
    }

    /// The input of a call.
    pub fn calldata(&self, call: &Call) -> Vec<u8> {
        let Some(callable) = self.callables.get(usize::from(call.function)) else {
            return Vec::new();
        };
        let function = &callable.function;
        if function.is_any() {
            let bytes = call.arguments.first().map(|argument| match argument {
                super::input::Argument::Bytes(bytes) => bytes.clone(),
                _ => Vec::new(),
            });
            return bytes.unwrap_or_default();
        }
        let mut input = Vec::with_capacity(4 + 32 * call.arguments.len());
        input.extend(function.selector);
        encode(&call.arguments, &function.types, &mut input);
        input
    }

    /// A call as the machine takes it.
    pub fn message(&self, call: &Call, gas: u64) -> Message {
        let callable = self.callables.get(usize::from(call.function));
        let to = callable.map_or(self.address, |callable| callable.address);
        let sender = self.senders.get(usize::from(call.sender));
        Message {
            value: U256::from(call.value),
            ..Message::call(
                sender.copied().unwrap_or_default(),
                to,
                Bytes::from(self.calldata(call)),
                gas,
            )
        }
    }
}

fn subject(harness: &mut Harness) -> Subject {
    let machine = &mut harness.machine;
    let senders = match harness.senders.is_empty() {
        false => harness.senders.clone(),
        true => SENDERS.map(Address::from_low_u64_be).to_vec(),
    };
    let (balance, owner) = {
        let environment = machine.environment();
        (environment.balance, environment.sender)
    };
    give(machine, &senders, balance);
    let block = &machine.surroundings().block;
    let start = (block.timestamp, block.number);
    let mut addresses: Vec<Word> = senders.iter().copied().map(word_of).collect();
    let called = harness.callables.iter().map(|callable| callable.address);
    addresses.extend(called.map(word_of));
    addresses.push(word_of(machine.contract));
    addresses.push([0; 32]);
    addresses.sort_unstable();
    addresses.dedup();
    Subject {
        name: harness.name.clone(),
        root: harness.root.clone(),
        address: machine.contract,
        owner,
        callables: std::mem::take(&mut harness.callables),
        senders,
        properties: std::mem::take(&mut harness.properties),
        words: std::mem::take(&mut harness.words),
        addresses,
        texts: std::mem::take(&mut harness.texts),
        origin: harness.origin.clone(),
        start,
    }
}

/// A file of assembly: its tests are called, and are what must hold.
fn subject_of_tests(tests: &mut FuzzedTests) -> Subject {
    let (address, sender) = (tests.program(), tests.sender());
    let callables = tests.tests().iter().map(|test| Callable {
        address,
        contract: tests.name.clone(),
        function: TargetFunction {
            signature: test.signature.clone(),
            selector: [0; 4],
            types: test.types.clone(),
            names: Vec::new(),
            outputs: Arc::default(),
        },
        is_payable: false,
    });
    let properties = tests.tests().iter().map(|test| Property {
        signature: test.name.clone(),
        input: Bytes::new(),
        fails: Fails::Reverts,
    });
    Subject {
        callables: callables.collect(),
        properties: properties.collect(),
        name: tests.name.clone(),
        root: tests.root.clone(),
        address,
        owner: sender,
        senders: vec![sender],
        words: tests.words(),
        addresses: vec![[0; 32], word_of(sender), word_of(address)],
        texts: Vec::new(),
        origin: Origin::Assembly,
        start: (0, 0),
    }
}

fn word_of(address: Address) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(&address.0);
    word
}

fn digest(subjects: &[Subject]) -> u64 {
    let mut text = String::new();
    for subject in subjects {
        text.push_str(&subject.name);
        for callable in &subject.callables {
            text.push_str(&format!(
                " {:?} {}",
                callable.address, callable.function.signature
            ));
        }
        for sender in &subject.senders {
            text.push_str(&format!(" {sender:?}"));
        }
        text.push('\n');
    }
    keccak256(text.as_bytes()).to_low_u64_be()
}
