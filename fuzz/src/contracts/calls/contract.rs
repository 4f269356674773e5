//! Calls of a test contract.

use gasworks::{Bytes, CallStatus, Halt, Message};
use gasworks_runner::contracts::harness::{Fails, Harness};
use gasworks_runner::contracts::machine::{Ended, Execution};

use super::{Asked, Done};
use crate::contracts::coverage::{Site, Watcher};
use crate::contracts::input::Call;
use crate::contracts::target::Broken;

/// A test contract that has been set up.
pub(in crate::contracts) struct Contract {
    harness: Harness,
    /// Gas of each call.
    gas: u64,
    /// Whether properties may use cheatcodes, and leave something behind.
    uses_cheats: bool,
}

impl Contract {
    pub(in crate::contracts) fn new(mut harness: Harness, gas: u64) -> Self {
        let mut code = Bytes::new();
        let address = harness.machine.contract;
        harness
            .machine
            .change(|world| code = world.code(address).unwrap_or_default());
        let vm = gasworks_runner::contracts::cheats::VM;
        Self {
            harness,
            gas,
            uses_cheats: code.windows(20).any(|part| part == vm.0),
        }
    }

    /// Goes back to the state after the setup.
    pub(in crate::contracts) fn reset(&mut self) {
        self.harness.machine.reset();
    }

    /// Makes a call, and asks what must hold if it succeeded; nothing where the machine cannot go on.
    pub(in crate::contracts) fn call(
        &mut self,
        call: &Call,
        asked: &Asked<'_>,
        mut watcher: Option<&mut Watcher>,
    ) -> Option<Done> {
        let (seconds, blocks) = (u64::from(call.seconds), u64::from(call.blocks));
        if seconds | blocks != 0 {
            self.harness.machine.pass(seconds, blocks);
        }
        let message = asked.subject.message(call, self.gas);
        let inspector = watcher.as_deref_mut().map(|watcher| {
            watcher.begin();
            watcher as &mut dyn gasworks::inspect::Inspector
        });
        let execution = self.harness.machine.send(&message, true, inspector).ok()?;
        let mut is_new = false;
        let mut site = Site::default();
        if let Some(watcher) = watcher {
            site = watcher.last_jump();
            is_new = watcher.end(asked.function(call), execution.gas);
            let words = execution.output.chunks_exact(32).take(4);
            for word in words.filter_map(|word| word.try_into().ok()) {
                watcher.remember(word);
            }
        }
        let has_passed = execution.ended == Ended::Passed;
        let mut broken = self.assertion(&execution, site, asked.only);
        if broken.is_none() && has_passed {
            broken = self.check(asked);
        }
        Some(Done {
            gas: execution.gas,
            has_passed,
            is_new,
            broken,
        })
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
    pub(in crate::contracts) fn check(&mut self, asked: &Asked<'_>) -> Option<(Broken, String)> {
        let subject = asked.subject;
        for (place, property) in subject.properties.iter().enumerate() {
            if !asked.asks(place) {
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
}
