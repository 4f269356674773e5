//! Fixtures, and tests whose parameters come from tables of them.

use std::collections::BTreeMap;

use gasworks::Address;

use super::subject::{Call, End, Subject};
use crate::contracts::abi::{self, Function, JsonAbi, Selector, Type, Value};

/// What the names of functions begin with that offer values.
const PREFIX: &str = "fixture";

/// No more values than this are read from an array.
const MOST_FIXTURES: usize = 1 << 16;

/// Values for parameters, by name.
pub type Fixtures = BTreeMap<String, Vec<Value>>;

/// The name under which the fixtures of a parameter are found: `_Owner` is `owner`.
pub fn fixture_name(parameter: &str) -> String {
    parameter.trim_matches('_').to_ascii_lowercase()
}

/// The values that a test contract offers: functions that return a list, and public arrays.
pub fn fixtures(
    subject: &mut impl Subject,
    sender: Address,
    target: Address,
    abi: &JsonAbi,
) -> Fixtures {
    let mut fixtures = Fixtures::new();
    for function in abi.functions() {
        let Some(name) = function.name.strip_prefix(PREFIX) else {
            continue;
        };
        let (Some(inputs), Some(outputs)) = (
            abi::types_of(&function.inputs),
            abi::types_of(&function.outputs),
        ) else {
            continue;
        };
        let mut ask = |arguments: &[Value]| {
            let calldata = abi::encode_call(function.selector().0, arguments);
            let answer = subject.attempt(&Call::new(sender, target, calldata.into(), 0));
            let passed = answer.end == End::Passed;
            let mut values = passed
                .then(|| abi::decode(&outputs, &answer.output))
                .flatten()?;
            match values.len() {
                0 => None,
                1 => values.pop(),
                _ => Some(Value::Tuple(values)),
            }
        };
        let values = if inputs.is_empty() {
            match ask(&[]) {
                Some(Value::Array(values) | Value::FixedArray(values)) => values,
                _ => continue,
            }
        } else if inputs[..] == [Type::Uint(256)] {
            let index = |index: usize| abi::uint_value(index.into());
            let items = (0..MOST_FIXTURES).map_while(|item| ask(&[index(item)]));
            items.collect()
        } else {
            continue;
        };
        fixtures.insert(fixture_name(name), values);
    }
    fixtures
}

/// The fixtures for each parameter of a function; an empty list where there are none.
pub fn fixtures_of(function: &Function, fixtures: &Fixtures) -> Vec<Vec<Value>> {
    let of = |name: &str| fixtures.get(&fixture_name(name)).cloned();
    let names = function.inputs.iter().map(|input| input.name.as_str());
    names.map(|name| of(name).unwrap_or_default()).collect()
}

/// A test with a table.
#[derive(Clone, Copy, Debug)]
pub struct TableTest<'a> {
    /// The names of its parameters.
    pub names: &'a [String],
    /// Their types.
    pub types: &'a [Type],
    /// Its selector.
    pub selector: Selector,
    /// Values, by the names of parameters.
    pub fixtures: &'a Fixtures,
    /// Who calls it.
    pub sender: Address,
    /// The test contract.
    pub target: Address,
}

/// What came of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableReport {
    /// How it ended.
    pub end: TableEnd,
    /// Gas of each row that was run.
    pub gas: Vec<u64>,
    /// The last row that was run.
    pub last: Option<Call>,
}

/// How a table ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TableEnd {
    /// All rows passed.
    #[default]
    Passed,
    /// It asked to be left out.
    Skipped(Option<String>),
    /// A row failed.
    Failed(Option<String>, Vec<Value>),
    /// There is no table, in forge's words.
    Impossible(String),
}

impl TableTest<'_> {
    /// Runs all rows, or until one fails.
    pub fn run(&self, subject: &mut impl Subject) -> TableReport {
        let mut report = TableReport::default();
        let columns = match self.columns() {
            Ok(columns) => columns,
            Err(reason) => {
                report.end = TableEnd::Impossible(reason);
                return report;
            }
        };
        for row in 0..columns.first().map_or(0, |column| column.len()) {
            if subject.is_stopped() {
                return report;
            }
            let cells = columns.iter().filter_map(|column| column.get(row));
            let arguments: Vec<Value> = cells.cloned().collect();
            let calldata = abi::encode_call(self.selector, &arguments[..]);
            let call = Call::new(self.sender, self.target, calldata.into(), row as u64);
            let answer = subject.attempt(&call);
            report.last = Some(call);
            match answer.end {
                End::Passed => report.gas.push(answer.gas),
                End::Skipped(reason) => {
                    report.end = TableEnd::Skipped(reason);
                    return report;
                }
                _ => {
                    report.gas.push(answer.gas);
                    report.end = TableEnd::Failed(subject.reason(&answer), arguments);
                    return report;
                }
            }
        }
        report
    }

    /// The values of each parameter: as many for one as for another.
    fn columns(&self) -> Result<Vec<&[Value]>, String> {
        let of = |name: &str| self.fixtures.get(&fixture_name(name));
        let Some(first) = self.names.first() else {
            return Err("Table test should have at least one parameter".to_owned());
        };
        let first = of(first).ok_or("Table test should have fixtures defined")?;
        if first.is_empty() {
            return Err("Table test should have at least one fixture".to_owned());
        }
        let mut columns = Vec::new();
        for (name, wanted) in self.names.iter().zip(self.types) {
            let Some(values) = of(name) else {
                return Err(format!("No fixture defined for param {name}"));
            };
            if values.len() != first.len() {
                let (count, expected) = (values.len(), first.len());
                return Err(format!(
                    "{count} fixtures defined for {name} (expected {expected})"
                ));
            }
            if !values.iter().all(|value| value.matches(wanted)) {
                return Err(format!(
                    "fixtures defined for {name} are not of the type {wanted}"
                ));
            }
            columns.push(&values[..]);
        }
        Ok(columns)
    }
}
