//! Makes up the calls of a sequence.

use std::collections::BTreeMap;
use std::sync::Arc;

use gasworks::Address;

use super::{
    ArtifactFilter, InvariantTest, KNOWN_ARGUMENTS, Senders, Target, TargetFunction, Targets,
};
use crate::contracts::abi::{self, Type, Value};
use crate::contracts::property::dictionary::Dictionary;
use crate::contracts::property::fuzz::{MOST_FIXED_VALUES, fixed_values};
use crate::contracts::property::generate::{Generator, Parameter};
use crate::contracts::property::random::Random;
use crate::contracts::property::subject::{Call, Subject};

/// A function at an address, with the values that the test contract offers for its parameters.
#[derive(Clone, Debug)]
pub(super) struct Callable<'a> {
    address: Address,
    function: TargetFunction,
    fixtures: Vec<&'a [Value]>,
}

/// All functions of some contracts that are called.
pub(super) fn callables<'a, 't>(
    targets: impl Iterator<Item = (&'t Address, &'t Target)>,
    fixtures: &'a BTreeMap<String, Vec<Value>>,
) -> Vec<Callable<'a>> {
    let mut callables = Vec::new();
    for (address, target) in targets {
        for function in target.functions() {
            // Lists of fixed length may be of any.
            let values = function.types.iter().map(fixed_values);
            if values.fold(0, usize::saturating_add) > MOST_FIXED_VALUES {
                continue;
            }
            let names = function.names.iter();
            let of = |name: &String| fixture(fixtures, name);
            callables.push(Callable {
                address: *address,
                fixtures: names.map(of).collect(),
                function,
            });
        }
    }
    callables
}

/// The fixtures for a parameter, whose name may begin with an underscore and is written in any case.
fn fixture<'a>(fixtures: &'a BTreeMap<String, Vec<Value>>, name: &str) -> &'a [Value] {
    let values = fixtures.get(&crate::contracts::property::table::fixture_name(name));
    values.map_or(&[], Vec::as_slice)
}

/// Makes up calls.
pub(super) struct CallMaker<'a> {
    test: &'a InvariantTest<'a>,
    senders: &'a Senders,
    callables: &'a [Callable<'a>],
    /// Functions of contracts that were created on the way.
    created: Vec<Callable<'a>>,
    random: Random,
}

impl<'a> CallMaker<'a> {
    pub(super) fn new(
        test: &'a InvariantTest<'a>,
        senders: &'a Senders,
        callables: &'a [Callable<'a>],
        random: Random,
    ) -> Self {
        Self {
            test,
            senders,
            callables,
            created: Vec::new(),
            random,
        }
    }

    /// The next call, and the types of what it returns; `None` if there is nothing to call.
    pub(super) fn call(&mut self, dictionary: &Dictionary) -> Option<(Call, Arc<[Type]>)> {
        let position = self.random.below(self.callables.len() + self.created.len());
        let delay = self.delay();
        let sender = self.random.choose(&self.senders.targeted).copied();
        let known = self.callables.get(position);
        let created = || {
            self.created
                .get(position.checked_sub(self.callables.len())?)
        };
        let callable = known.or_else(created)?;
        let options = self.test.options;
        let salt = self.random.draw();
        let mut generator = Generator::new(&mut self.random, dictionary, self.test.libraries);
        let sender = sender
            .unwrap_or_else(|| generator.sender(options.dictionary.weight, &self.senders.excluded));
        let function = &callable.function;
        let parameters = function.types.iter().zip(&callable.fixtures);
        let parameters: Vec<Parameter<'_>> = parameters
            .map(|(of, fixtures)| Parameter { of, fixtures })
            .collect();
        let arguments = generator.arguments(&parameters, KNOWN_ARGUMENTS);
        let outputs = Arc::clone(&function.outputs);
        let call = Call {
            sender,
            target: callable.address,
            calldata: abi::encode_call(function.selector, arguments).into(),
            delay,
            salt,
        };
        Some((call, outputs))
    }

    fn delay(&mut self) -> Option<(u64, u64)> {
        let options = self.test.options;
        if options.max_time_delay.is_none() && options.max_block_delay.is_none() {
            return None;
        }
        let random = &mut self.random;
        let mut below = |limit: Option<u64>| match limit {
            Some(limit) if limit > 0 => random.draw() % limit,
            _ => 0,
        };
        Some((
            below(options.max_time_delay),
            below(options.max_block_delay),
        ))
    }

    /// Contracts that the last call created may be called, too.
    pub(super) fn add_created(
        &mut self,
        subject: &mut impl Subject,
        filter: &ArtifactFilter,
        targets: &Targets,
    ) {
        for address in subject.created() {
            let is_new = !targets.contracts.contains_key(&address)
                && self.created.iter().all(|known| known.address != address);
            if is_new
                && let Some(known) = subject.identify(address)
                && let Some(target) = filter.target(&known)
            {
                let new = std::iter::once((&address, &target));
                self.created.extend(callables(new, self.test.fixtures));
            }
        }
    }
}
