//! Gas by call stack, as a graph. The one file that names `inferno`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gasworks::{Address, MessageKind};
use inferno::flamegraph::{Options, from_lines};

use super::super::abi;
use super::super::artifact::Contract;
use super::super::cheats;
use super::super::result::{SuiteResult, Trace, TraceCall};
use super::trace::{Extent, Names, wanted};

/// Why there is no graph.
#[derive(Debug, thiserror::Error)]
pub enum FlameError {
    /// No call has used gas.
    #[error("no test has used gas: there is no flame graph")]
    Empty,
    /// It could not be drawn.
    #[error("flame graph: {0}")]
    Draw(#[from] std::io::Error),
}

/// Gas by call stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlameGraph {
    stacks: BTreeMap<String, u64>,
}

impl FlameGraph {
    /// Adds the calls of a suite's tests: their own, not those that set them up.
    pub fn add(&mut self, suite: &SuiteResult, names: &Names) {
        for test in &suite.tests {
            if let Some(trace) = &test.trace {
                self.add_trace(trace, names, &suite.contract);
            }
        }
    }

    fn add_trace(&mut self, trace: &Trace, names: &Names, suite: &str) {
        let mut at: BTreeMap<Address, Arc<Contract>> = BTreeMap::new();
        let mut inner = vec![0_u64; trace.calls.len()];
        for call in &trace.calls {
            if let Some(sum) = call.parent.and_then(|parent| inner.get_mut(parent)) {
                *sum = sum.saturating_add(call.gas_used);
            }
        }
        // Calls come after those around them.
        let mut stacks: Vec<Option<String>> = Vec::with_capacity(trace.calls.len());
        for (position, (call, inner)) in trace.calls.iter().zip(inner).enumerate() {
            let frame = match call.kind {
                MessageKind::Call(_) => called(call, at.get(&call.code_address), names),
                MessageKind::Create | MessageKind::Create2(_) => {
                    let contract = names.created_by(&call.input);
                    if let Some(contract) = contract {
                        at.insert(call.address, Arc::clone(contract));
                    }
                    let name = contract.map_or("<unknown>", |contract| contract.name.as_str());
                    format!("new {name}")
                }
            };
            let outer = match call.parent {
                None => wanted(trace, position, Extent::Execution).then(|| suite.to_owned()),
                Some(parent) => stacks.get(parent).cloned().flatten(),
            };
            let stack = outer.map(|outer| format!("{outer};{frame}"));
            if let Some(stack) = &stack {
                let gas = self.stacks.entry(stack.clone()).or_default();
                *gas = gas.saturating_add(call.gas_used.saturating_sub(inner));
            }
            stacks.push(stack);
        }
    }

    /// Lines of a stack and its own gas: `Suite;Suite::test;Token::mint 5000`.
    pub fn folded(&self) -> impl Iterator<Item = String> {
        let used = self.stacks.iter().filter(|(_, gas)| **gas > 0);
        used.map(|(stack, gas)| format!("{stack} {gas}"))
    }

    /// The graph as an SVG.
    ///
    /// # Errors
    /// [`FlameError`].
    pub fn svg(&self) -> Result<String, FlameError> {
        let lines: Vec<String> = self.folded().collect();
        if lines.is_empty() {
            return Err(FlameError::Empty);
        }
        let mut options = Options::default();
        "Gas by call stack".clone_into(&mut options.title);
        "gas".clone_into(&mut options.count_name);
        "Call:".clone_into(&mut options.name_type);
        options.deterministic = true;
        let mut svg = Vec::new();
        from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)?;
        Ok(String::from_utf8_lossy(&svg).into_owned())
    }
}

/// `Token::mint`.
fn called(call: &TraceCall, contract: Option<&Arc<Contract>>, names: &Names) -> String {
    let selector = call.input.first_chunk::<4>();
    if call.code_address == cheats::VM {
        let signature = selector.and_then(|selector| cheats::signature(*selector));
        return signature.map_or_else(|| "VM".to_owned(), |(name, _)| format!("VM::{name}"));
    }
    let name = match contract {
        Some(contract) => contract.name.clone(),
        None => abi::checksummed(call.code_address),
    };
    let function = selector.and_then(|selector| names.function(*selector, contract));
    match function {
        Some(function) => format!("{name}::{}", function.name),
        None => format!("{name}::fallback"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::artifact::Artifacts;
    use super::super::super::result::{Phase, TestResult};
    use super::*;
    use gasworks::{Bytes, CallKind, CallStatus, Hash, U256};

    fn call(parent: Option<usize>, address: u8, input: &[u8], gas_used: u64) -> TraceCall {
        let address = Address::repeat_byte(address);
        TraceCall {
            parent,
            depth: usize::from(parent.is_some()),
            kind: MessageKind::Call(CallKind::Call),
            caller: Address::zero(),
            address,
            code_address: address,
            code_hash: Hash::zero(),
            value: U256::zero(),
            input: Bytes::copy_from_slice(input),
            output: Bytes::new(),
            status: CallStatus::Success,
            gas_limit: 100_000,
            gas_used,
            steps: Vec::new(),
        }
    }

    #[test]
    fn gas_of_a_call_is_without_that_of_calls_in_it() {
        let text = r#"{"contracts":{"A.sol":{"A":{"abi":[{"type":"function","name":"testIt","inputs":[],"outputs":[],
            "stateMutability":"nonpayable"}],"evm":{"bytecode":{"object":"6001"}}}}}}"#;
        let names = Names::new(&Artifacts::from_json("A.json", text).expect("an artifact"));
        let mut creation = call(Some(1), 2, &[0x60, 1], 300);
        creation.kind = MessageKind::Create;
        let trace = Trace {
            phases: vec![(Phase::Setup, 0), (Phase::Execution, 1)],
            calls: vec![
                call(None, 1, &[], 7_000),
                call(None, 1, &[], 1_000),
                creation,
                call(Some(1), 2, &abi::selector("testIt()"), 200),
            ],
        };
        let mut test = TestResult::new("testIt()");
        test.trace = Some(trace);
        let suite = SuiteResult {
            contract: "Suite".to_owned(),
            tests: vec![test],
            ..SuiteResult::default()
        };
        let mut graph = FlameGraph::default();
        graph.add(&suite, &names);
        let root = format!(
            "Suite;{}::fallback",
            abi::checksummed(Address::repeat_byte(1))
        );
        assert_eq!(
            graph.folded().collect::<Vec<_>>(),
            [
                format!("{root} 500"),
                format!("{root};A::testIt 200"),
                format!("{root};new A 300"),
            ]
        );
        let svg = graph.svg().expect("a graph");
        assert!(svg.starts_with("<?xml") && svg.contains("A::testIt (200 gas"));
        assert!(matches!(
            FlameGraph::default().svg(),
            Err(FlameError::Empty)
        ));
    }
}
