//! What is fuzzed, for one who fuzzes it: runs sequences from the state after the setup, and sees what breaks.

use std::sync::Arc;

use gasworks_runner::contracts::abi;

use super::calls::{Asked, Contract, Tests};
use super::coverage::{Site, Watcher};
use super::input::Sequence;
use super::world::{Tested, World};
/// What broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A property of the test contract, by its place.
    Property(usize),
    /// An assertion in a call, with where it was decided to fail.
    Assertion(Site),
}

/// What came of a sequence.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// How many calls were made: up to the one that broke something.
    pub calls: usize,
    /// How many of them failed.
    pub reverted: usize,
    /// Gas of all calls.
    pub gas: u64,
    /// What broke, and why, in words.
    pub broken: Option<(Broken, String)>,
    /// The calls that are needed for what was new: those that changed something up to the last one that did something new,
    /// and itself. None if nothing was new.
    pub kept: Option<Sequence>,
}

/// How calls are made.
enum Machine {
    Contract(Box<Contract>),
    Assembly(Box<Tests>),
}

/// A test contract, or a file of assembly.
pub struct Target {
    world: Arc<World>,
    place: usize,
    machine: Machine,
    /// Whether a property holds as far as is known.
    holds: Vec<bool>,
}

impl Target {
    /// What has a place in the world; calls of contracts have so much gas.
    pub fn new(world: &Arc<World>, place: usize, tested: Tested, gas: u64) -> Self {
        let subject = world.subjects.get(place);
        let properties = subject.map_or(0, |of| of.properties.len());
        Self {
            world: Arc::clone(world),
            place,
            machine: match tested {
                Tested::Contract(harness) => {
                    Machine::Contract(Box::new(Contract::new(*harness, gas)))
                }
                Tested::Assembly(tests) => Machine::Assembly(Box::new(Tests(*tests))),
            },
            holds: vec![true; properties],
        }
    }

    /// Properties that are not known to be broken.
    pub fn open_properties(&self) -> usize {
        self.holds.iter().filter(|holds| **holds).count()
    }

    /// A property is known to be broken, and not looked at any more.
    pub fn give_up(&mut self, property: usize) {
        if let Some(holds) = self.holds.get_mut(property) {
            *holds = false;
        }
    }

    /// Runs a sequence as far as nothing breaks; where it breaks one thing only, the others are not looked at. Once in a
    /// while it is asked whether there is time for more.
    pub fn run(
        &mut self,
        sequence: &Sequence,
        only: Option<&Broken>,
        mut watcher: Option<&mut Watcher>,
        is_late: &mut dyn FnMut() -> bool,
    ) -> Ran {
        /// Gas between two questions.
        const PART: u64 = 1 << 22;
        let world = Arc::clone(&self.world);
        let Some(subject) = world.subjects.get(self.place) else {
            return Ran::default();
        };
        let asked = Asked {
            subject,
            holds: &self.holds,
            only,
            contract: self.place as u64,
        };
        if let Some(watcher) = watcher.as_deref_mut() {
            watcher.begin_sequence();
        }
        let mut ran = Ran::default();
        let mut kept = Vec::new();
        let mut needed = None;
        if let Machine::Contract(contract) = &mut self.machine {
            contract.reset();
            if sequence.calls.is_empty() {
                ran.broken = contract.check(&asked);
            }
        }
        let mut unasked = 0;
        for call in &sequence.calls {
            if unasked > PART && std::mem::take(&mut unasked) > 0 && is_late() {
                break;
            }
            let watcher = watcher.as_deref_mut();
            let done = match &mut self.machine {
                Machine::Contract(contract) => contract.call(call, &asked, watcher),
                Machine::Assembly(tests) => Some(tests.call(call, &asked, watcher)),
            };
            let Some(done) = done else { break };
            ran.calls += 1;
            ran.gas = ran.gas.saturating_add(done.gas);
            unasked += done.gas;
            ran.reverted += usize::from(!done.has_passed);
            // What changed nothing is left out; what it waited for is waited for nonetheless.
            if done.has_passed || done.is_new || call.seconds | call.blocks != 0 {
                kept.push(call.clone());
            }
            if done.is_new {
                needed = Some(kept.len());
            }
            ran.broken = done.broken;
            if ran.broken.is_some() {
                break;
            }
        }
        ran.kept = needed.map(|count| Sequence {
            calls: kept.into_iter().take(count).collect(),
            ..self.world.empty(self.place)
        });
        ran
    }

    /// The test that the first call of a sequence runs as it is written, with the values of the call; of assembly only.
    pub fn written(&self, sequence: &Sequence) -> Option<String> {
        let subject = self.world.subjects.get(self.place)?;
        match &self.machine {
            Machine::Contract(_) => None,
            Machine::Assembly(tests) => tests.written(sequence.calls.first()?, subject),
        }
    }

    /// The name of what broke: a property's signature, or the contract and the place of an assertion.
    pub fn name(&self, broken: &Broken, sequence: &Sequence) -> String {
        let subject = self.world.subjects.get(self.place);
        match broken {
            Broken::Property(place) => subject
                .and_then(|of| of.properties.get(*place))
                .map(|property| property.signature.clone())
                .unwrap_or_default(),
            Broken::Assertion(_) => {
                let last = sequence.calls.last();
                let callable = last
                    .zip(subject)
                    .and_then(|(call, of)| of.callables.get(usize::from(call.function)));
                let name = callable.map_or_else(String::new, |callable| {
                    let signature = &callable.function.signature;
                    match signature.is_empty() {
                        true => abi::checksummed(callable.address),
                        false => signature.clone(),
                    }
                });
                format!("assertion in {name}")
            }
        }
    }
}
