//! Calls as a tree, with the names of contracts, functions and events, as forge draws it.
//!
//! ```text
//!   [33674] CounterTest::testSet()
//!     ├─ [22450] Counter::set(3)
//!     │   ├─ emit Changed(value: 3)
//!     │   └─ ← [Stop]
//!     └─ ← [Stop]
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use gasworks::{Address, CallKind, CallStatus, MessageKind};

use super::super::abi::{self, Function};
use super::super::artifact::{Artifacts, Bytecode, Contract};
use super::super::cheats;
use super::super::decode::{Decoder, status_name};
use super::super::events::{Emitted, EmittedParameter, Events};
use super::super::result::{EventLog, Phase, Trace, TraceCall, TraceStep};

/// Knows what the contracts of a project look like.
#[derive(Debug, Default)]
pub struct Names {
    /// Contracts with code, the longest first: what deploys one may begin as what deploys another.
    contracts: Vec<Arc<Contract>>,
    events: Events,
    decoder: Decoder,
}

impl Names {
    /// Learns the names of a project.
    pub fn new(artifacts: &Artifacts) -> Names {
        let mut contracts = artifacts.contracts.clone();
        contracts.retain(|contract| !contract.creation.bytes.is_empty());
        contracts.sort_by_key(|contract| std::cmp::Reverse(contract.creation.bytes.len()));
        Names {
            contracts,
            events: Events::new(artifacts),
            decoder: Decoder::new(artifacts),
        }
    }

    /// The contract that init code deploys.
    pub fn created_by(&self, init_code: &[u8]) -> Option<&Arc<Contract>> {
        let mut contracts = self.contracts.iter();
        contracts.find(|contract| begins_with(init_code, &contract.creation))
    }

    /// The function of a selector: of this contract, or else of any.
    pub(super) fn function<'a>(
        &'a self,
        selector: [u8; 4],
        contract: Option<&'a Arc<Contract>>,
    ) -> Option<&'a Function> {
        let known = contract.into_iter().chain(&self.contracts);
        let mut functions = known.flat_map(|contract| contract.abi.functions());
        functions.find(|function| function.selector().0 == selector)
    }
}

/// Whether code begins as bytecode does, apart from addresses of libraries and immutable values.
fn begins_with(code: &[u8], bytecode: &Bytecode) -> bool {
    let Some(code) = code.get(..bytecode.bytes.len()) else {
        return false;
    };
    let mut open: Vec<(usize, usize)> = bytecode.immutables.clone();
    let links = bytecode.links.iter().flat_map(|link| &link.offsets);
    open.extend(links.map(|offset| (*offset, 20)));
    open.sort_unstable();
    let mut from = 0;
    for (start, length) in open {
        let fixed = from..start.max(from);
        if code.get(fixed.clone()) != bytecode.bytes.get(fixed) {
            return false;
        }
        from = from.max(start.saturating_add(length));
    }
    code.get(from..) == bytecode.bytes.get(from..)
}

/// Which parts of a trace are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The test itself.
    Execution,
    /// `setUp`, too.
    Setup,
}

/// Draws a trace.
pub fn draw(
    trace: &Trace,
    labels: &BTreeMap<Address, String>,
    names: &Names,
    extent: Extent,
) -> String {
    let mut drawing = Drawing {
        trace,
        labels,
        names,
        contracts: BTreeMap::new(),
        text: String::new(),
    };
    for call in &trace.calls {
        let known = match call.kind {
            MessageKind::Call(_) => continue,
            MessageKind::Create | MessageKind::Create2(_) => names.created_by(&call.input),
        };
        if let Some(contract) = known {
            drawing.contracts.insert(call.address, Arc::clone(contract));
        }
    }
    for (position, call) in trace.calls.iter().enumerate() {
        if call.parent.is_none() && wanted(trace, position, extent) {
            if !drawing.text.is_empty() {
                drawing.text.push('\n');
            }
            drawing.call(position, "  ", "    ");
        }
    }
    drawing.text
}

/// Whether a root is in a phase that is drawn. A trace that ended in `setUp` has nothing else to show.
pub(super) fn wanted(trace: &Trace, position: usize, extent: Extent) -> bool {
    let began = |(_, start): &&(Phase, usize)| *start <= position;
    let phase = trace
        .phases
        .iter()
        .rev()
        .find(began)
        .map(|(phase, _)| *phase);
    let ran = trace
        .phases
        .iter()
        .any(|(phase, _)| *phase == Phase::Execution);
    match phase {
        Some(Phase::Deployment) => !ran && trace.phases.len() == 1,
        Some(Phase::Setup) => extent == Extent::Setup || !ran,
        Some(Phase::Execution) | None => true,
    }
}

struct Drawing<'a> {
    trace: &'a Trace,
    labels: &'a BTreeMap<Address, String>,
    names: &'a Names,
    contracts: BTreeMap<Address, Arc<Contract>>,
    text: String,
}

impl Drawing<'_> {
    /// Draws a call and what is in it. Calls are at most 1024 deep, so that nesting ends; a stack of our own keeps the
    /// native one small.
    fn call(&mut self, root: usize, first: &str, rest: &str) {
        let mut open = vec![Open {
            call: root,
            step: 0,
            indent: rest.to_owned(),
        }];
        self.line(first, root);
        while let Some(top) = open.last_mut() {
            let Some(call) = self.trace.calls.get(top.call) else {
                open.pop();
                continue;
            };
            let indent = top.indent.clone();
            match call.steps.get(top.step) {
                Some(TraceStep::Call(inner)) => {
                    top.step += 1;
                    self.line(&format!("{indent}├─ "), *inner);
                    open.push(Open {
                        call: *inner,
                        step: 0,
                        indent: format!("{indent}│   "),
                    });
                }
                Some(TraceStep::Log(log)) => {
                    top.step += 1;
                    let event = self.event(log, &format!("{indent}│          "));
                    self.text.push_str(&format!("{indent}├─ {event}\n"));
                }
                None => {
                    let end = self.end(call);
                    self.text.push_str(&format!("{indent}└─ ← {end}\n"));
                    open.pop();
                }
            }
        }
    }

    fn line(&mut self, before: &str, position: usize) {
        let Some(call) = self.trace.calls.get(position) else {
            return;
        };
        let gas = call.gas_used;
        let text = match call.kind {
            MessageKind::Call(kind) => format!("[{gas}] {}{}", self.called(call), suffix(kind)),
            MessageKind::Create | MessageKind::Create2(_) => {
                let name = self.contracts.get(&call.address);
                let name = name.map_or("<unknown>", |contract| contract.name.as_str());
                format!("[{gas}] → new {name}@{}", abi::checksummed(call.address))
            }
        };
        self.text.push_str(&format!("{before}{text}\n"));
    }

    /// `Counter::set{value: 1}(3)`.
    fn called(&self, call: &TraceCall) -> String {
        let contract = self.contracts.get(&call.code_address);
        let name = self.name(call.code_address, contract);
        let value = match call.value.is_zero() {
            true => String::new(),
            false => format!("{{value: {}}}", call.value),
        };
        let Some((selector, data)) = call.input.split_first_chunk::<4>() else {
            let data = match call.input.is_empty() {
                true => String::new(),
                false => abi::hex(&call.input),
            };
            let function = match contract.is_some_and(|of| of.abi.receive.is_some()) {
                true if call.input.is_empty() => "receive",
                _ => "fallback",
            };
            return format!("{name}::{function}{value}({data})");
        };
        if call.code_address == cheats::VM
            && let Some((function, types)) = cheats::signature(*selector)
        {
            let arguments = abi::decode(types, data).unwrap_or_default();
            return format!("VM::{function}({})", abi::pretty_list(&arguments));
        }
        let known = contract.into_iter().chain(&self.names.contracts);
        let mut functions = known.flat_map(|contract| contract.abi.functions());
        let function = functions.find(|function| function.selector().0 == *selector);
        let arguments = function.and_then(|function| {
            let types = abi::types_of(&function.inputs)?;
            Some((function.name.clone(), abi::decode(&types, data)?))
        });
        match arguments {
            Some((function, arguments)) => {
                format!(
                    "{name}::{function}{value}({})",
                    abi::pretty_list(&arguments)
                )
            }
            None if contract.is_some() => {
                format!("{name}::fallback{value}({})", abi::hex(&call.input))
            }
            None => {
                let selector = abi::hex(selector);
                let data = &abi::hex(data)[2..];
                format!("{name}::{}{value}({data})", &selector[2..])
            }
        }
    }

    fn name(&self, address: Address, contract: Option<&Arc<Contract>>) -> String {
        if let Some(label) = self.labels.get(&address) {
            return format!("{label}: [{}]", abi::checksummed(address));
        }
        match contract {
            Some(contract) => contract.name.clone(),
            None if address == cheats::VM => "VM".to_owned(),
            None => abi::checksummed(address),
        }
    }

    fn end(&self, call: &TraceCall) -> String {
        let status = match call.status {
            CallStatus::Success if call.output.is_empty() && call.code_address != cheats::VM => {
                "Stop"
            }
            status => status_name(status),
        };
        let created = !matches!(call.kind, MessageKind::Call(_));
        let what = match call.status {
            CallStatus::Success if created => format!(" {} bytes of code", call.output.len()),
            CallStatus::Success => self.returned(call),
            CallStatus::Revert => {
                format!(" {}", self.names.decoder.reason(&call.output, call.status))
            }
            CallStatus::Halt(_) => String::new(),
        };
        format!("[{status}]{what}")
    }

    fn returned(&self, call: &TraceCall) -> String {
        if call.output.is_empty() {
            return String::new();
        }
        let contract = self.contracts.get(&call.code_address);
        let selector = call.input.first_chunk::<4>();
        let known = contract.into_iter().chain(&self.names.contracts);
        let mut functions = known.flat_map(|contract| contract.abi.functions());
        let function = functions.find(|function| Some(&function.selector().0) == selector);
        let values = function.and_then(|function| {
            let types = abi::types_of(&function.outputs)?;
            abi::decode(&types, &call.output)
        });
        match values {
            Some(values) => format!(" {}", abi::pretty_list(&values)),
            None => format!(" {}", abi::hex(&call.output)),
        }
    }

    fn event(&self, log: &EventLog, indent: &str) -> String {
        if let Some(emitted) = self.names.events.emitted(log) {
            return emit_of(&emitted);
        }
        let mut text = String::from("emit");
        for (position, topic) in log.topics.iter().enumerate() {
            let line = format!(" topic {position}: {}", abi::hex(&topic.0));
            match position {
                0 => text.push_str(&line),
                _ => text.push_str(&format!("\n{indent}{}", line.trim_start())),
            }
        }
        let data = abi::hex(&log.data);
        match log.topics.is_empty() {
            true => text.push_str(&format!(" data: {data}")),
            false => text.push_str(&format!("\n{indent}data: {data}")),
        }
        text
    }
}

struct Open {
    call: usize,
    step: usize,
    indent: String,
}

fn suffix(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Call => "",
        CallKind::StaticCall => " [staticcall]",
        CallKind::DelegateCall => " [delegatecall]",
        CallKind::CallCode => " [callcode]",
    }
}

/// `emit Transfer(from: 0x.., to: 0x.., value: 1)`.
fn emit_of(log: &Emitted<'_>) -> String {
    let part = |parameter: &EmittedParameter<'_>| match parameter.name.is_empty() {
        true => parameter.value.clone(),
        false => format!("{}: {}", parameter.name, parameter.value),
    };
    let parts: Vec<String> = log.parameters.iter().map(part).collect();
    format!("emit {}({})", log.name, parts.join(", "))
}
