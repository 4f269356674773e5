//! The events of a project, and what logs say in their words.

use std::collections::BTreeMap;

use gasworks::Hash;

use super::abi::{self, Event, Param, Type, Value};
use super::artifact::Artifacts;
use super::result::EventLog;

/// The events that the contracts of a project have, by their first topic and the number of their indexed parameters.
#[derive(Clone, Debug, Default)]
pub struct Events(BTreeMap<(Hash, usize), Event>);

/// A log in the words of its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted<'a> {
    /// The event's name.
    pub name: &'a str,
    /// Its parameters, in the order of their declaration.
    pub parameters: Vec<EmittedParameter<'a>>,
}

/// A parameter of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmittedParameter<'a> {
    /// Its name, which may be empty.
    pub name: &'a str,
    /// Its value as forge prints it. Of an indexed parameter that takes more than a word, only the hash is known.
    pub value: String,
    /// Whether it is a topic.
    pub indexed: bool,
    /// Whether it is one word, or its place in the data is: not so for a structure or an array of fixed length.
    pub is_word: bool,
}

impl Events {
    /// Knows the events of all contracts.
    pub fn new(artifacts: &Artifacts) -> Self {
        let mut events = BTreeMap::new();
        let contracts = artifacts.contracts.iter();
        for event in contracts.flat_map(|contract| contract.abi.events()) {
            let indexed = event.inputs.iter().filter(|input| input.indexed).count();
            let key = (Hash(event.selector().0), indexed);
            events.entry(key).or_insert_with(|| event.clone());
        }
        Self(events)
    }

    /// A log in the words of its event, if that is known and the log is one of its kind.
    pub fn emitted(&self, log: &EventLog) -> Option<Emitted<'_>> {
        let (signature, topics) = log.topics.split_first()?;
        let event = self.0.get(&(*signature, topics.len()))?;
        let plain: Vec<Param> = event
            .inputs
            .iter()
            .filter(|input| !input.indexed)
            .map(|input| Param {
                ty: input.ty.clone(),
                name: input.name.clone(),
                components: input.components.clone(),
                internal_type: None,
            })
            .collect();
        let mut values = abi::decode(&abi::types_of(&plain)?, &log.data)?.into_iter();
        let mut topics = topics.iter();
        let mut parameters = Vec::new();
        for input in &event.inputs {
            let (value, is_word) = match input.indexed {
                true => (indexed(&input.ty, topics.next()?), true),
                false => {
                    let value = values.next()?;
                    let is_word = !matches!(value, Value::Tuple(_) | Value::FixedArray(_));
                    (abi::pretty(&value), is_word)
                }
            };
            parameters.push(EmittedParameter {
                name: &input.name,
                value,
                indexed: input.indexed,
                is_word,
            });
        }
        Some(Emitted {
            name: &event.name,
            parameters,
        })
    }
}

impl Emitted<'_> {
    /// The parameter that a word of the log is: topics first, then the words of the data. `None` beyond the parameters,
    /// and where words and parameters do not go together.
    pub fn of_word(&self, position: usize) -> Option<(usize, &EmittedParameter<'_>)> {
        let numbered = || self.parameters.iter().enumerate();
        let mut topics = numbered().filter(|(_, parameter)| parameter.indexed);
        let count = topics.clone().count();
        if position < count {
            return topics.nth(position);
        }
        numbered()
            .filter(|(_, parameter)| !parameter.indexed)
            .take_while(|(_, parameter)| parameter.is_word)
            .nth(position - count)
    }
}

/// A parameter that is a topic: itself if it fits, its hash otherwise.
fn indexed(kind: &str, topic: &Hash) -> String {
    let types = abi::types(kind);
    match types.as_deref() {
        Some([Type::Uint(_) | Type::Int(_) | Type::Bool | Type::Address | Type::FixedBytes(_)]) => {
            let value = abi::decode(types.as_deref().unwrap_or_default(), &topic.0);
            let value = value.and_then(|mut values| values.pop());
            value
                .as_ref()
                .map_or_else(|| abi::hex(&topic.0), abi::pretty)
        }
        _ => abi::pretty(&Value::FixedBytes(abi::AbiWord::new(topic.0), 32)),
    }
}
