//! A test contract as a fuzzer gets it: set up, with what it may call, by whom, and what must hold.
//!
//! A contract has properties by the names of its functions: `invariant*` and `statefulFuzz*` must not fail, `property_*`
//! and `echidna_*` must return true. Where a project has none, each of its contracts is called on its own, and its
//! assertions are what must hold. Chance, sequences and findings are not here.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use gasworks::{Address, Bytes, Config, U256};

use super::abi::{Function, JsonAbi, StateMutability};
use super::artifact::{Artifacts, Contract};
use super::cheats::{Cheats, Surroundings, values::Values};
use super::decode::Decoder;
use super::machine::Machine;
use super::property::dictionary::Kind;
use super::property::invariant::{Known, Selection, Senders, Target, TargetFunction};
use super::property::literals::Literals;
use super::property::options::DictionaryOptions;
use super::result::TestResult;
use super::run::{self, Options, Stop};
use super::subject::{Deployed, Prepared, dictionary};
use super::suite::{Suite, is_deployable};

/// When a property fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// When the function reverts, or an assertion fails in it.
    Reverts,
    /// When it reverts or does not return true.
    IsFalse,
}

/// What must hold after every call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The function's signature.
    pub signature: String,
    /// How it is called.
    pub input: Bytes,
    /// When it fails.
    pub fails: Fails,
}

/// A function that may be called, at an address.
#[derive(Clone, Debug)]
pub struct Callable {
    /// Where.
    pub address: Address,
    /// The contract there, `src/A.sol:A`.
    pub contract: String,
    /// The function; one without a name is called with any bytes.
    pub function: TargetFunction,
    /// Whether it takes wei.
    pub is_payable: bool,
}

/// Where a test contract comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is a suite, which is set up before it is used.
    Suite,
    /// It is a contract of a project, which is deployed.
    Contract,
    /// It is code without a source.
    Code(Bytes),
    /// It is a file of assembly, whose tests are what is called.
    Assembly,
}

/// A test contract that has been set up.
pub struct Harness {
    /// `test/A.t.sol:ATest`.
    pub name: String,
    /// The folder of the project.
    pub root: std::path::PathBuf,
    /// Its machine, which [`Machine::reset`] brings back to where it is now.
    pub machine: Machine,
    /// What may be called.
    pub callables: Vec<Callable>,
    /// Who calls, if the test says it.
    pub senders: Vec<Address>,
    /// What must hold.
    pub properties: Vec<Property>,
    /// Words that the contracts know: constants, storage, addresses.
    pub words: Vec<[u8; 32]>,
    /// Texts of the sources.
    pub texts: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
    decoder: Arc<Decoder>,
}

impl fmt::Debug for Harness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Harness")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Harness {
    /// Why a call failed, in words.
    pub fn reason(&self, output: &[u8], status: gasworks::CallStatus) -> String {
        self.decoder.reason(output, status)
    }
}

/// Why a contract cannot be fuzzed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct NotSetUp {
    /// The contract.
    pub name: String,
    /// Why not.
    pub reason: String,
}

/// What a function promises, if it is a property.
pub fn property(function: &Function) -> Option<Property> {
    let starts = |prefixes: [&str; 2]| prefixes.iter().any(|of| function.name.starts_with(of));
    let fails = if starts(["invariant", "statefulFuzz"]) {
        Fails::Reverts
    } else if starts(["property_", "echidna_"]) {
        Fails::IsFalse
    } else {
        return None;
    };
    function.inputs.is_empty().then(|| Property {
        signature: function.signature(),
        input: Bytes::copy_from_slice(function.selector().as_slice()),
        fails,
    })
}

/// The contracts that are fuzzed: those with properties, and where there are none, all that something can be called of.
pub(super) fn candidates<'a>(artifacts: &'a Artifacts, options: &Options) -> Vec<&'a Contract> {
    let mut found: Vec<&Contract> = artifacts
        .contracts
        .iter()
        .map(AsRef::as_ref)
        .filter(|contract| is_deployable(contract) && options.filter.wants_contract(contract))
        .collect();
    found.sort_by(|a, b| (&a.source, &a.name).cmp(&(&b.source, &b.name)));
    found.dedup_by(|a, b| (&a.source, &a.name) == (&b.source, &b.name));
    let has_property =
        |contract: &&Contract| contract.abi.functions().any(|of| property(of).is_some());
    if found.iter().any(has_property) {
        found.retain(has_property);
    } else {
        found.retain(|contract| {
            let is_own =
                !contract.source.ends_with(".t.sol") && !contract.source.ends_with(".s.sol");
            is_own && !own_functions(&contract.abi).is_empty()
        });
    }
    found
}

/// Deploys a contract, sets it up, and asks it what is to be called.
pub(super) fn prepare(
    contract: &Contract,
    artifacts: &Arc<Artifacts>,
    options: &Options,
) -> Result<Harness, NotSetUp> {
    let failed = |reason: String| NotSetUp {
        name: contract.full_name(),
        reason,
    };
    let project = run::project(artifacts, options);
    let stop = Stop::default();
    let has = |name: &str| contract.abi.functions().any(|of| of.signature() == name);
    let calls_setup = has("setUp()");
    let suite = Suite::set_up(
        contract,
        &project,
        options,
        &stop,
        &Config::default(),
        calls_setup,
    );
    let mut suite = suite.map_err(|result: Box<TestResult>| {
        failed(format!(
            "{}: {}",
            result.name,
            result.reason.unwrap_or_else(|| "it failed".to_owned())
        ))
    })?;
    suite.machine.cheats.stop_trace();
    let deployed = Deployed::new(&mut suite.machine, artifacts, contract);
    let properties: Vec<Property> = contract.abi.functions().filter_map(property).collect();
    let is_test = calls_setup || properties.iter().any(|of| of.fails == Fails::Reverts);
    let (mut callables, mut senders) = (Vec::new(), Senders::default());
    if is_test {
        let sender = suite.machine.environment().sender;
        let address = suite.machine.contract;
        let mut subject = Prepared::new(&mut suite.machine, &project.decoder, artifacts, &stop);
        let mut selection = Selection {
            subject: &mut subject,
            contracts: &deployed,
            address,
            sender,
        };
        match selection.select() {
            Ok(targets) => {
                for (address, target) in &targets.contracts {
                    callables.extend(of_target(*address, target));
                }
                senders = targets.senders;
            }
            Err(reason) if reason == "No contracts to fuzz." => {}
            Err(reason) => return Err(failed(reason)),
        }
        suite.machine.wants_changes = false;
        suite.machine.reset();
    }
    if callables.is_empty() {
        let address = suite.machine.contract;
        callables.extend(functions_of(address, &contract.full_name(), &contract.abi));
    }
    let literals = &options.properties.literals;
    let words = words(&mut suite.machine, literals);
    suite.machine.reset();
    Ok(Harness {
        name: contract.full_name(),
        root: options.properties.root.clone(),
        machine: suite.machine,
        callables,
        senders: senders.targeted,
        properties,
        words,
        texts: literals.strings().to_vec(),
        origin: match is_test {
            true => Origin::Suite,
            false => Origin::Contract,
        },
        decoder: Arc::clone(&project.decoder),
    })
}

/// A harness of code that comes without a project, at an address that is the one of test contracts.
///
/// # Errors
/// [`NotSetUp`] where it cannot be deployed.
pub fn of_code(
    name: &str,
    code: &Bytes,
    is_creation: bool,
    abi: Option<&JsonAbi>,
    options: &Options,
) -> Result<Harness, NotSetUp> {
    let artifacts = Arc::new(Artifacts::default());
    let project = run::project(&artifacts, options);
    let environment = Arc::new(options.environment.clone());
    let surroundings = Surroundings::of(&environment);
    let values = Values::new(Arc::clone(&options.values), name.to_owned());
    let cheats = Cheats::new(Arc::clone(&project), name, values, surroundings);
    let mut machine = Machine::new(environment, cheats, Config::default());
    let address = machine.contract;
    if is_creation {
        let failed = |reason: String| NotSetUp {
            name: name.to_owned(),
            reason: format!("constructor: {reason}"),
        };
        let done = machine.deploy(code.clone());
        let done = done.map_err(|late| failed(late.to_string()))?;
        if done.status != gasworks::CallStatus::Success {
            return Err(failed(project.decoder.reason(&done.output, done.status)));
        }
    } else {
        machine.change(|world| {
            let _ = world.set_code(address, code);
            let _ = world.set_nonce(address, 1);
        });
    }
    machine.keep();
    let mut deployed = Bytes::new();
    machine.change(|world| deployed = world.code(address).unwrap_or_default());
    let callables = match abi {
        Some(abi) => functions_of(address, name, abi),
        None => guessed(address, name, &deployed),
    };
    let properties = abi.into_iter().flat_map(JsonAbi::functions);
    let properties = properties.filter_map(property).collect();
    let words = words(&mut machine, &Arc::default());
    machine.reset();
    Ok(Harness {
        name: name.to_owned(),
        root: std::path::PathBuf::new(),
        machine,
        callables,
        senders: Vec::new(),
        properties,
        words,
        texts: Vec::new(),
        origin: Origin::Code(deployed),
        decoder: Arc::clone(&project.decoder),
    })
}

fn words(machine: &mut Machine, literals: &Arc<Literals>) -> Vec<[u8; 32]> {
    let dictionary = dictionary(machine, &DictionaryOptions::default(), literals);
    let mut words = dictionary.values().to_vec();
    let known: BTreeSet<[u8; 32]> = words.iter().copied().collect();
    let kinds = [
        Kind::Uint(256),
        Kind::Int(256),
        Kind::Address,
        Kind::FixedBytes(32),
    ];
    let literals = kinds.into_iter().flat_map(|kind| literals.words(kind));
    words.extend(literals.filter(|word| !known.contains(*word)).copied());
    words
}

fn of_target(address: Address, target: &Target) -> Vec<Callable> {
    let functions = target.functions().into_iter();
    functions
        .map(|function| Callable {
            address,
            contract: target.name.clone(),
            is_payable: target.is_payable(&function.selector),
            function,
        })
        .collect()
}

/// The functions of a contract that may change something and are none of its properties, and what takes any call.
fn functions_of(address: Address, name: &str, abi: &JsonAbi) -> Vec<Callable> {
    let known = Known {
        name: name.to_owned(),
        abi: Arc::new(abi.clone()),
    };
    let wanted: Vec<[u8; 4]> = own_functions(abi)
        .into_iter()
        .map(|function| function.selector().0)
        .collect();
    let mut callables = of_target(address, &Target::new(&known));
    callables.retain(|callable| wanted.contains(&callable.function.selector));
    let fallback = abi.fallback.as_ref().map(|of| of.state_mutability);
    if fallback.is_some() || abi.receive.is_some() || callables.is_empty() {
        let takes_wei = fallback == Some(StateMutability::Payable) || abi.receive.is_some();
        callables.push(any_call(address, name, takes_wei));
    }
    callables
}

fn own_functions(abi: &JsonAbi) -> Vec<&Function> {
    let may_change = |function: &&Function| {
        !matches!(
            function.state_mutability,
            StateMutability::Pure | StateMutability::View
        ) && property(function).is_none()
            && !["setUp", "afterInvariant"].contains(&function.name.as_str())
    };
    abi.functions().filter(may_change).collect()
}

/// A call with any bytes.
fn any_call(address: Address, contract: &str, is_payable: bool) -> Callable {
    Callable {
        address,
        contract: contract.to_owned(),
        function: TargetFunction::any(),
        is_payable,
    }
}

/// Functions that code compares the beginning of its input with, taken for functions of four words; and any call.
fn guessed(address: Address, name: &str, code: &[u8]) -> Vec<Callable> {
    const PUSH1: u8 = 0x60;
    const PUSH4: u8 = 0x63;
    const PUSH32: u8 = 0x7f;
    const EQ: u8 = 0x14;
    let mut selectors = BTreeSet::new();
    let mut position = 0;
    while let Some(opcode) = code.get(position) {
        let behind = code.get(position + 1..position + 5);
        if *opcode == PUSH4
            && let Some(Ok(selector)) = behind.map(<[u8; 4]>::try_from)
            && code
                .get(position + 5..position + 8)
                .is_some_and(|next| next.contains(&EQ))
        {
            selectors.insert(selector);
        }
        position += 1 + usize::from(if (PUSH1..=PUSH32).contains(opcode) {
            opcode - PUSH1 + 1
        } else {
            0
        });
    }
    let mut callables: Vec<Callable> = selectors
        .into_iter()
        .map(|selector| Callable {
            address,
            contract: name.to_owned(),
            function: TargetFunction::guessed(selector),
            is_payable: true,
        })
        .collect();
    callables.push(any_call(address, name, true));
    callables
}

/// Wei that whoever calls begins with.
pub fn give(machine: &mut Machine, accounts: &[Address], balance: U256) {
    machine.change(|world| {
        for account in accounts {
            let _ = world.set_balance(*account, balance);
        }
    });
    machine.keep();
}

#[cfg(test)]
mod tests {
    use super::super::abi;
    use super::*;

    #[test]
    fn functions_are_properties_by_their_names() {
        let of = |signature: &str| {
            let function = Function::parse(signature).expect("a signature");
            property(&function).map(|property| property.fails)
        };
        assert_eq!(of("invariant_sum()"), Some(Fails::Reverts));
        assert_eq!(of("statefulFuzz_sum()"), Some(Fails::Reverts));
        assert_eq!(of("echidna_sum()"), Some(Fails::IsFalse));
        assert_eq!(of("property_sum()"), Some(Fails::IsFalse));
        assert_eq!(of("property_sum(uint256)"), None);
        assert_eq!(of("properties()"), None);
    }

    #[test]
    fn code_without_an_abi_is_called_by_what_it_compares() {
        // PUSH4 aabbccdd EQ; a PUSH4 that is not compared; one that is data of a push.
        let code = abi::unhex("63aabbccdd1463112233440163").expect("digits");
        let found = guessed(Address::zero(), "code", &code);
        let selectors: Vec<[u8; 4]> = found.iter().map(|of| of.function.selector).collect();
        assert_eq!(selectors, [[0xaa, 0xbb, 0xcc, 0xdd], [0; 4]]);
        assert!(found[1].function.is_any());
    }
}
