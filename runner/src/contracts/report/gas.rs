//! The gas of each function, from the calls that were written down.

use std::collections::BTreeMap;
use std::sync::Arc;

use gasworks::{Address, MessageKind};

use super::super::artifact::Contract;
use super::super::result::{SuiteResult, Trace};
use super::super::suite::is_suite;
use super::trace::Names;

/// Figures of many calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// How many.
    pub calls: usize,
    /// The least gas of one.
    pub min: u64,
    /// The mean.
    pub mean: u64,
    /// The one in the middle.
    pub median: u64,
    /// The most.
    pub max: u64,
}

impl Figures {
    /// Figures of at least one call.
    fn of(gas: &[u64]) -> Option<Figures> {
        let mut sorted = gas.to_vec();
        sorted.sort_unstable();
        let calls = sorted.len();
        let sum: u128 = sorted.iter().map(|gas| u128::from(*gas)).sum();
        let mean = sum.checked_div(calls as u128)?;
        let (low, high) = (sorted.get((calls - 1) / 2)?, sorted.get(calls / 2)?);
        Some(Figures {
            calls,
            min: *sorted.first()?,
            mean: u64::try_from(mean).unwrap_or(u64::MAX),
            median: low.midpoint(*high),
            max: *sorted.last()?,
        })
    }
}

/// Gas of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfContract {
    deployments: Vec<u64>,
    size: usize,
    functions: BTreeMap<String, Vec<u64>>,
}

/// Gas of contracts, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GasReport {
    contracts: BTreeMap<String, OfContract>,
}

/// Which contracts are in a report.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Names; `*` is all.
    pub of: Vec<String>,
    /// Names that are left out.
    pub without: Vec<String>,
    /// Whether test contracts are in it.
    pub tests: bool,
}

impl Default for Scope {
    fn default() -> Scope {
        Scope {
            of: vec!["*".to_owned()],
            without: Vec::new(),
            tests: false,
        }
    }
}

impl Scope {
    fn has(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|one| one == name);
        let wanted = named(&self.of) || self.of.iter().any(|one| one == "*");
        wanted && !named(&self.without)
    }
}

impl GasReport {
    /// Adds the calls of a suite's tests.
    pub fn add(&mut self, suite: &SuiteResult, names: &Names, scope: &Scope) {
        for trace in suite.tests.iter().filter_map(|test| test.trace.as_ref()) {
            self.add_trace(trace, names, scope);
        }
    }

    fn add_trace(&mut self, trace: &Trace, names: &Names, scope: &Scope) {
        let mut at: BTreeMap<Address, Arc<Contract>> = BTreeMap::new();
        let wanted =
            |contract: &Contract| scope.has(&contract.name) && (scope.tests || !is_suite(contract));
        for call in &trace.calls {
            if !matches!(call.kind, MessageKind::Call(_)) {
                let Some(contract) = names.created_by(&call.input) else {
                    continue;
                };
                at.insert(call.address, Arc::clone(contract));
                if wanted(contract) {
                    let entry = self.contracts.entry(contract.full_name()).or_default();
                    entry.deployments.push(call.gas_used);
                    entry.size = call.input.len();
                }
                continue;
            }
            // What the test contract is called for is the test.
            let inner = call.parent.is_some();
            let contract = at
                .get(&call.code_address)
                .filter(|one| inner && wanted(one));
            let (Some(contract), Some(selector)) = (contract, call.input.first_chunk::<4>()) else {
                continue;
            };
            let mut functions = contract.abi.functions();
            if let Some(function) = functions.find(|one| one.selector().0 == *selector) {
                let entry = self.contracts.entry(contract.full_name()).or_default();
                let gas = entry.functions.entry(function.signature()).or_default();
                gas.push(call.gas_used);
            }
        }
    }

    /// Adds calls of a function that no trace tells of.
    pub fn add_call(&mut self, contract: &str, function: &str, gas: u64) {
        let entry = self.contracts.entry(contract.to_owned()).or_default();
        entry
            .functions
            .entry(function.to_owned())
            .or_default()
            .push(gas);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.contracts.is_empty()
    }

    /// Tables, one a contract.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, of) in &self.contracts {
            text.push_str(&format!("\n{name}\n"));
            if let Some(figures) = Figures::of(&of.deployments) {
                let (mean, size) = (figures.mean, of.size);
                text.push_str(&format!("  deployment: {mean} gas, {size} bytes\n"));
            }
            let names = of.functions.keys().map(|name| name.chars().count());
            let width = names.max().unwrap_or_default().max("function".len());
            if !of.functions.is_empty() {
                text.push_str(&format!(
                    "  {:width$}  {:>10}  {:>10}  {:>10}  {:>10}  {:>7}\n",
                    "function", "min", "mean", "median", "max", "calls"
                ));
            }
            for (function, gas) in &of.functions {
                let Some(figures) = Figures::of(gas) else {
                    continue;
                };
                text.push_str(&format!(
                    "  {function:width$}  {:>10}  {:>10}  {:>10}  {:>10}  {:>7}\n",
                    figures.min, figures.mean, figures.median, figures.max, figures.calls
                ));
            }
        }
        text
    }
}
