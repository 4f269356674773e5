//! Runs of tests of assembly, each from the state after the setup.

use gasworks_runner::assembly::{Ending, FuzzedTests};
use gasworks_runner::contracts::abi::Value;

use super::{Asked, Done};
use crate::contracts::coverage::Watcher;
use crate::contracts::input::Call;
use crate::contracts::target::Broken;
use crate::contracts::values::to_values;
use crate::contracts::world::Subject;

/// The tests of a file.
pub(in crate::contracts) struct Tests(pub FuzzedTests);

impl Tests {
    /// Runs a test: what it says is the property that bears its name.
    pub(in crate::contracts) fn call(
        &mut self,
        call: &Call,
        asked: &Asked<'_>,
        mut watcher: Option<&mut Watcher>,
    ) -> Done {
        let test = usize::from(call.function);
        let values = values(call, asked.subject);
        let inspector = watcher.as_deref_mut().map(|watcher| {
            watcher.begin();
            watcher as &mut dyn gasworks::inspect::Inspector
        });
        let (ending, gas) = self.0.run(test, &values, inspector);
        let is_new = watcher.is_some_and(|watcher| watcher.end(asked.function(call), gas));
        Done {
            gas,
            has_passed: ending == Ending::Passed,
            is_new,
            broken: match ending {
                Ending::Failed(reason) if asked.asks(test) => {
                    Some((Broken::Property(test), reason))
                }
                _ => None,
            },
        }
    }
    /// A test as it is written, with the values of a call.
    pub(in crate::contracts) fn written(&self, call: &Call, subject: &Subject) -> Option<String> {
        let values = values(call, subject);
        self.0.with_case(usize::from(call.function), &values)
    }
}

fn values(call: &Call, subject: &Subject) -> Vec<Value> {
    let callable = subject.callables.get(usize::from(call.function));
    let types = callable.map_or(&[][..], |callable| &callable.function.types);
    to_values(&call.arguments, types)
}
