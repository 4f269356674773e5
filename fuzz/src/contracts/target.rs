//! A test contract under fuzzing: runs sequences from the state after `setUp`, and sees what breaks.

use std::sync::Arc;

use gasworks::{Bytes, CallStatus, Halt, Message};
use gasworks_runner::contracts::abi;
use gasworks_runner::contracts::harness::{Fails, Harness};
use gasworks_runner::contracts::machine::{Ended, Execution};

use super::coverage::{Site, Watcher};
use super::input::Sequence;
use super::world::{Subject, World};

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

/// A test contract.
pub struct Target {
    world: Arc<World>,
    place: usize,
    harness: Harness,
    /// Gas of each call.
    gas: u64,
    /// Whether a property holds as far as is known.
    holds: Vec<bool>,
    /// Whether properties may use cheatcodes, and leave something behind.
    uses_cheats: bool,
}

impl Target {
    /// The test contract with a place in the world, which gives so much gas to each call.
    pub fn new(world: &Arc<World>, place: usize, mut harness: Harness, gas: u64) -> Self {
        let mut code = Bytes::new();
        let address = harness.machine.contract;
        let read = |code: &mut Bytes, harness: &mut Harness| {
            harness
                .machine
                .change(|world| *code = world.code(address).unwrap_or_default());
        };
        read(&mut code, &mut harness);
        let vm = gasworks_runner::contracts::cheats::VM;
        let properties = world
            .subjects
            .get(place)
            .map_or(0, |of| of.properties.len());
        Self {
            world: Arc::clone(world),
            place,
            harness,
            gas,
            holds: vec![true; properties],
            uses_cheats: code.windows(20).any(|part| part == vm.0),
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

    /// Runs a sequence as far as nothing breaks; where it breaks one thing only, the others are not looked at.
    pub fn run(
        &mut self,
        sequence: &Sequence,
        only: Option<&Broken>,
        mut watcher: Option<&mut Watcher>,
    ) -> Ran {
        let world = Arc::clone(&self.world);
        let Some(subject) = world.subjects.get(self.place) else {
            return Ran::default();
        };
        self.harness.machine.reset();
        if let Some(watcher) = watcher.as_deref_mut() {
            watcher.begin_sequence();
        }
        let mut ran = Ran::default();
        let mut kept = Vec::new();
        let mut needed = None;
        if sequence.calls.is_empty() {
            ran.broken = self.check(subject, only);
        }
        for call in &sequence.calls {
            let (seconds, blocks) = (u64::from(call.seconds), u64::from(call.blocks));
            if seconds | blocks != 0 {
                self.harness.machine.pass(seconds, blocks);
            }
            let message = subject.message(call, self.gas);
            let inspector = watcher.as_deref_mut().map(|watcher| {
                watcher.begin();
                watcher as &mut dyn gasworks::inspect::Inspector
            });
            let Ok(execution) = self.harness.machine.send(&message, true, inspector) else {
                break;
            };
            ran.calls += 1;
            ran.gas = ran.gas.saturating_add(execution.gas);
            let mut is_new = false;
            let mut site = Site::default();
            if let Some(watcher) = watcher.as_deref_mut() {
                let function = (self.place as u64) << 16 | u64::from(call.function);
                site = watcher.last_jump();
                is_new = watcher.end(function, execution.gas);
                let words = execution.output.chunks_exact(32).take(4);
                for word in words.filter_map(|word| word.try_into().ok()) {
                    watcher.remember(word);
                }
            }
            let has_passed = execution.ended == Ended::Passed;
            ran.reverted += usize::from(!has_passed);
            // What changed nothing is left out; what it waited for is waited for nonetheless.
            if has_passed || is_new || seconds | blocks != 0 {
                kept.push(call.clone());
            }
            if is_new {
                needed = Some(kept.len());
            }
            ran.broken = self.assertion(&execution, site, only);
            if ran.broken.is_none() && has_passed {
                ran.broken = self.check(subject, only);
            }
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

    /// The assertion that a call failed by, if it did.
    fn assertion(
        &self,
        execution: &Execution,
        site: Site,
        only: Option<&Broken>,
    ) -> Option<(Broken, String)> {
        let by_assertion = matches!(execution.ended, Ended::Failed { by_assertion: true })
            || execution.status == CallStatus::Halt(Halt::InvalidOpcode);
        if !by_assertion || matches!(only, Some(Broken::Property(_))) {
            return None;
        }
        let reason = match execution.status {
            CallStatus::Success => "an assertion failed".to_owned(),
            status => self.harness.reason(&execution.output, status),
        };
        Some((Broken::Assertion(site), reason))
    }

    /// The first property that does not hold.
    fn check(&mut self, subject: &Subject, only: Option<&Broken>) -> Option<(Broken, String)> {
        for (place, property) in subject.properties.iter().enumerate() {
            let is_asked = match only {
                None => self.holds[place],
                Some(Broken::Property(wanted)) => *wanted == place,
                Some(Broken::Assertion(_)) => false,
            };
            if !is_asked {
                continue;
            }
            let before = self
                .uses_cheats
                .then(|| self.harness.machine.cheats.clone());
            let input = property.input.clone();
            let message = Message::call(subject.owner, subject.address, input, self.gas);
            let execution = self.harness.machine.send(&message, false, None);
            if let Some(before) = before {
                self.harness.machine.cheats = before;
            }
            let Ok(execution) = execution else {
                return None;
            };
            if let Some(reason) = self.breach(&execution, property.fails) {
                return Some((Broken::Property(place), reason));
            }
        }
        None
    }

    /// Why a property does not hold, if it does not.
    fn breach(&self, execution: &Execution, fails: Fails) -> Option<String> {
        match execution.ended {
            Ended::Passed if fails == Fails::Reverts => None,
            Ended::Passed => {
                let is_true = execution.output.get(31) == Some(&1);
                (!is_true).then(|| "it returned false".to_owned())
            }
            Ended::Rejected | Ended::Skipped(_) => None,
            Ended::Failed { .. } if execution.status == CallStatus::Success => {
                Some("an assertion failed".to_owned())
            }
            Ended::Failed { .. } => Some(self.harness.reason(&execution.output, execution.status)),
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
