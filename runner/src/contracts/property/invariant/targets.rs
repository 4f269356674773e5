//! Which functions of which contracts are called, and by whom: what the test contract says through `targetContracts()` and
//! its kin.

use std::collections::BTreeMap;
use std::sync::Arc;

use gasworks::{Address, Bytes};

use crate::contracts::abi::{self, Function, JsonAbi, Selector, StateMutability, Type, Value};
use crate::contracts::property::subject::{Call, End, Subject};

/// A contract of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// `src/A.sol:A`.
    pub name: String,
    /// Its functions.
    pub abi: Arc<JsonAbi>,
}

/// What is known of contracts.
pub trait Contracts {
    /// Those that the constructor and `setUp` of the test created, the test contract among them.
    fn deployed(&self) -> &BTreeMap<Address, Known>;
    /// The names of contracts of the project none of whose functions can change anything.
    fn idle(&self) -> Vec<String>;
    /// The contract with a name such as `A` or `src/A.sol:A`.
    ///
    /// # Errors
    /// A text, where the name stands for several.
    fn named(&self, name: &str) -> Result<Option<Known>, String>;
}

/// A function that may be called.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetFunction {
    /// Its signature.
    pub signature: String,
    /// The first bytes of a call.
    pub selector: Selector,
    /// The types of its parameters.
    pub types: Vec<Type>,
    /// Their names, by which fixtures are found.
    pub names: Vec<String>,
    /// The types of what it returns.
    pub outputs: Arc<[Type]>,
}

impl TargetFunction {
    /// A function of a contract; `None` where it has types that are none.
    pub fn of(function: &Function) -> Option<Self> {
        let names = function.inputs.iter().map(|input| input.name.clone());
        Some(Self {
            signature: function.signature(),
            selector: function.selector().0,
            types: abi::types_of(&function.inputs)?,
            names: names.collect(),
            outputs: abi::types_of(&function.outputs)?.into(),
        })
    }

    /// A call with any bytes, which has no name.
    pub fn any() -> Self {
        Self {
            signature: String::new(),
            selector: [0; 4],
            types: vec![Type::Bytes],
            names: Vec::new(),
            outputs: Arc::default(),
        }
    }

    /// A function of which no more is known than how its calls begin: of four words.
    pub fn guessed(selector: Selector) -> Self {
        Self {
            signature: abi::hex(&selector),
            selector,
            types: vec![Type::Uint(256); 4],
            names: Vec::new(),
            outputs: Arc::default(),
        }
    }

    /// Whether it is a call with any bytes.
    pub fn is_any(&self) -> bool {
        self.signature.is_empty()
    }
}

/// A contract that is called.
#[derive(Clone, Debug)]
pub struct Target {
    /// `src/A.sol:A`.
    pub name: String,
    abis: Vec<Arc<JsonAbi>>,
    targeted: Vec<Selector>,
    excluded: Vec<Selector>,
}

impl Target {
    /// A contract all of whose functions that can change something are called.
    pub fn new(known: &Known) -> Self {
        Self {
            name: known.name.clone(),
            abis: vec![Arc::clone(&known.abi)],
            targeted: Vec::new(),
            excluded: Vec::new(),
        }
    }

    /// The functions that are called.
    pub fn functions(&self) -> Vec<TargetFunction> {
        let all = || self.abis.iter().flat_map(|abi| abi.functions());
        let called: Vec<&Function> = if self.targeted.is_empty() {
            all()
                .filter(|function| is_mutable(function))
                .filter(|function| !self.excluded.contains(&function.selector().0))
                .collect()
        } else {
            let find = |wanted: &Selector| all().find(|of| of.selector().0 == *wanted);
            self.targeted.iter().filter_map(find).collect()
        };
        called.into_iter().filter_map(TargetFunction::of).collect()
    }

    /// Whether a function takes wei.
    pub fn is_payable(&self, selector: &Selector) -> bool {
        let mut all = self.abis.iter().flat_map(|abi| abi.functions());
        let function = all.find(|function| function.selector().0 == *selector);
        function.is_some_and(|of| of.state_mutability == StateMutability::Payable)
    }

    /// Any function of the contract.
    pub fn function(&self, selector: &[u8]) -> Option<TargetFunction> {
        let mut all = self.abis.iter().flat_map(|abi| abi.functions());
        let function = all.find(|function| function.selector().0 == *selector)?;
        TargetFunction::of(function)
    }

    fn add(&mut self, selectors: &[Selector], is_excluded: bool) -> Result<(), String> {
        for selector in selectors {
            if self.function(selector).is_none() {
                let digits = abi::hex(selector);
                return Err(format!("{} does not have the selector {digits}", self.name));
            }
            let list = if is_excluded {
                &mut self.excluded
            } else {
                &mut self.targeted
            };
            list.push(*selector);
        }
        Ok(())
    }
}

/// Whether some function of a contract can change something.
pub fn changes_something(abi: &JsonAbi) -> bool {
    abi.functions().any(is_mutable)
}

fn is_mutable(function: &Function) -> bool {
    !matches!(
        function.state_mutability,
        StateMutability::Pure | StateMutability::View
    )
}

/// Which artifacts are meant.
#[derive(Clone, Debug, Default)]
pub struct ArtifactFilter {
    targeted: BTreeMap<String, Vec<Selector>>,
    excluded: Vec<String>,
}

impl ArtifactFilter {
    fn matches(&self, name: &str) -> bool {
        (self.targeted.is_empty() || self.targeted.contains_key(name))
            && !self.excluded.iter().any(|excluded| excluded == name)
    }

    /// How a contract is called that was created in a run; `None` if it is not.
    pub fn target(&self, known: &Known) -> Option<Target> {
        let is_excluded = self.excluded.contains(&known.name);
        let mut target = Target::new(known);
        match self.targeted.get(&known.name) {
            Some(selectors) if selectors.is_empty() && is_excluded => None,
            Some(selectors) => target.add(selectors, false).ok().map(|()| target),
            None => (self.targeted.is_empty() && !is_excluded).then_some(target),
        }
    }
}

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Senders {
    /// One of these, if there are any.
    pub targeted: Vec<Address>,
    /// None of these.
    pub excluded: Vec<Address>,
}

/// Everything that a test contract says.
#[derive(Clone, Debug)]
pub struct Targets {
    /// The contracts that are called.
    pub contracts: BTreeMap<Address, Target>,
    /// Who calls them.
    pub senders: Senders,
    /// Which of the contracts that are created later are called too; `None` if none are.
    pub created: Option<ArtifactFilter>,
}

impl Targets {
    /// Whether a call could have been made up.
    pub fn may_call(&self, call: &Call) -> bool {
        let selector = call.calldata.get(..4).unwrap_or_default();
        let is_called = match self.contracts.get(&call.target) {
            Some(target) => {
                let functions = target.functions();
                functions
                    .iter()
                    .any(|function| function.selector == *selector)
            }
            None => self.created.is_some(),
        };
        let senders = &self.senders;
        is_called
            && (senders.targeted.is_empty() || senders.targeted.contains(&call.sender))
            && !senders.excluded.contains(&call.sender)
    }
}

/// Asks the test contract.
pub(in crate::contracts) struct Selection<'a, S> {
    pub(in crate::contracts) subject: &'a mut S,
    pub(in crate::contracts) contracts: &'a dyn Contracts,
    /// The test contract.
    pub(in crate::contracts) address: Address,
    pub(in crate::contracts) sender: Address,
}

/// Addresses that never call: those of cheatcodes, of the console, and of the factory that forge deploys.
const NEVER_SENDERS: [[u8; 20]; 3] = [
    *b"\x71\x09\x70\x9E\xCf\xa9\x1a\x80\x62\x6f\xF3\x98\x9D\x68\xf6\x7F\x5b\x1D\xD1\x2D",
    *b"\0\0\0\0\0\0\0\0\0console.log",
    *b"\x4e\x59\xb4\x48\x47\xb3\x79\x57\x85\x88\x92\x0c\xA7\x8F\xbF\x26\xc0\xB4\x95\x6C",
];

/// Precompiles have the addresses below this one.
const PRECOMPILES_BELOW: u64 = 0x12;

impl<S: Subject> Selection<'_, S> {
    /// What the test contract says.
    ///
    /// # Errors
    /// A text, as forge says it, where that makes no sense.
    pub(in crate::contracts) fn select(&mut self) -> Result<Targets, String> {
        let artifacts = self.artifacts()?;
        let selected = self.addresses("targetContracts()");
        let excluded = self.addresses("excludeContracts()");
        let is_target = |address: &Address, known: &Known| {
            if *address == self.address {
                return selected.contains(address);
            }
            !NEVER_SENDERS[..2].contains(&address.0)
                && (selected.is_empty() || selected.contains(address))
                && !excluded.contains(address)
                && artifacts.matches(&known.name)
        };
        let deployed = self.contracts.deployed().iter();
        let mut contracts: BTreeMap<Address, Target> = deployed
            .filter(|(address, known)| is_target(address, known))
            .map(|(address, known)| (*address, Target::new(known)))
            .collect();
        self.add_interfaces(&mut contracts)?;
        self.add_selectors(&artifacts, &mut contracts)?;
        if contracts.is_empty() {
            return Err("No contracts to fuzz.".to_owned());
        }
        Ok(Targets {
            contracts,
            senders: self.senders(),
            created: selected.is_empty().then_some(artifacts),
        })
    }

    /// What a function returns; nothing where it cannot be called.
    fn ask(&mut self, signature: &str, output: &str) -> Vec<Value> {
        let calldata = Bytes::copy_from_slice(&abi::selector(signature));
        let call = Call::new(self.sender, self.address, calldata, 0);
        let answer = self.subject.attempt(&call);
        if answer.end != End::Passed {
            return Vec::new();
        }
        let types = abi::types(&format!("({output}[])")).unwrap_or_default();
        let values = abi::decode(&types, &answer.output);
        match values.and_then(|mut values| values.pop()) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        }
    }

    fn addresses(&mut self, signature: &str) -> Vec<Address> {
        let values = self.ask(signature, "address");
        values.iter().filter_map(address_of).collect()
    }

    fn strings(&mut self, signature: &str) -> Vec<String> {
        let values = self.ask(signature, "string");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        values.iter().filter_map(text).collect()
    }

    /// Pairs of something and selectors.
    fn with_selectors(&mut self, signature: &str, of: &str) -> Vec<(Value, Vec<Selector>)> {
        let values = self.ask(signature, &format!("({of},bytes4[])"));
        let pair = |value: Value| match value {
            Value::Tuple(mut pair) if pair.len() == 2 => {
                let selectors = pair.pop()?;
                let selectors = selectors.as_array()?.iter().filter_map(selector_of);
                Some((pair.pop()?, selectors.collect()))
            }
            _ => None,
        };
        values.into_iter().filter_map(pair).collect()
    }

    /// `targetArtifactSelectors` counts for more than `excludeArtifacts`, and that for more than `targetArtifacts`.
    fn artifacts(&mut self) -> Result<ArtifactFilter, String> {
        let mut filter = ArtifactFilter::default();
        for (name, selectors) in self.with_selectors("targetArtifactSelectors()", "string") {
            let name = self.artifact(name.as_str().unwrap_or_default(), &selectors)?;
            filter.targeted.entry(name).or_default().extend(selectors);
        }
        let targeted = self.strings("targetArtifacts()");
        for name in self.strings("excludeArtifacts()") {
            filter.excluded.push(self.artifact(&name, &[])?);
        }
        filter.excluded.extend(self.contracts.idle());
        for name in targeted {
            let name = self.artifact(&name, &[])?;
            if !filter.excluded.contains(&name) {
                filter.targeted.entry(name).or_default();
            }
        }
        Ok(filter)
    }

    /// The full name of an artifact that has some functions.
    fn artifact(&self, wanted: &str, selectors: &[Selector]) -> Result<String, String> {
        let Some(known) = self.contracts.named(wanted)? else {
            return Err(format!(
                "{wanted} not found in the project. Allowed format: `contract_name` or `contract_path:contract_name`."
            ));
        };
        Target::new(&known).add(selectors, false)?;
        Ok(known.name)
    }

    /// Addresses that are to be called as if they were other contracts.
    fn add_interfaces(&mut self, contracts: &mut BTreeMap<Address, Target>) -> Result<(), String> {
        let mut combined: BTreeMap<Address, Target> = BTreeMap::new();
        for value in self.ask("targetInterfaces()", "(address,string[])") {
            let Some([address, names]) = value.as_tuple() else {
                continue;
            };
            let Some(address) = address_of(address) else {
                continue;
            };
            for name in names.as_array().into_iter().flatten() {
                let Some(known) = self.contracts.named(name.as_str().unwrap_or_default())? else {
                    continue;
                };
                match combined.get_mut(&address) {
                    Some(target) => target.abis.push(known.abi),
                    None => {
                        combined.insert(address, Target::new(&known));
                    }
                }
            }
        }
        contracts.extend(combined);
        Ok(())
    }

    fn add_selectors(
        &mut self,
        artifacts: &ArtifactFilter,
        contracts: &mut BTreeMap<Address, Target>,
    ) -> Result<(), String> {
        for (address, known) in self.contracts.deployed() {
            if let Some(selectors) = artifacts.targeted.get(&known.name) {
                self.add(*address, selectors, false, contracts)?;
            }
        }
        let mut own_targeted = false;
        let mut own_excluded = Vec::new();
        for (address, selectors) in self.with_selectors("targetSelectors()", "address") {
            let Some(address) = address_of(&address) else {
                continue;
            };
            own_targeted |= address == self.address && !selectors.is_empty();
            self.add(address, &selectors, false, contracts)?;
        }
        for (address, selectors) in self.with_selectors("excludeSelectors()", "address") {
            let Some(address) = address_of(&address) else {
                continue;
            };
            if address == self.address {
                own_excluded.clone_from(&selectors);
            }
            self.add(address, &selectors, true, contracts)?;
        }
        // Of the test contract itself, the tests and what belongs to them are not called.
        if !own_targeted && let Some(own) = contracts.get_mut(&self.address) {
            let functions = own.abis.iter().flat_map(|abi| abi.functions());
            let selectors: Vec<Selector> = functions
                .filter(|function| is_mutable(function) && !is_reserved(function))
                .map(|function| function.selector().0)
                .filter(|selector| !own_excluded.contains(selector))
                .collect();
            own.add(&selectors, false)?;
        }
        Ok(())
    }

    fn add(
        &self,
        address: Address,
        selectors: &[Selector],
        is_excluded: bool,
        contracts: &mut BTreeMap<Address, Target>,
    ) -> Result<(), String> {
        if selectors.is_empty() {
            return Ok(());
        }
        if let Some(target) = contracts.get_mut(&address) {
            return target.add(selectors, is_excluded);
        }
        let Some(known) = self.contracts.deployed().get(&address) else {
            let function = if is_excluded {
                "excludeSelectors"
            } else {
                "targetSelectors"
            };
            let address = abi::checksummed(address);
            return Err(format!(
                "[{function}] address does not have an associated contract: {address}"
            ));
        };
        let mut target = Target::new(known);
        target.add(selectors, is_excluded)?;
        contracts.insert(address, target);
        Ok(())
    }

    fn senders(&mut self) -> Senders {
        let mut targeted = self.addresses("targetSenders()");
        let mut excluded = self.addresses("excludeSenders()");
        excluded.extend(NEVER_SENDERS.map(Address));
        excluded.extend((0..PRECOMPILES_BELOW).map(Address::from_low_u64_be));
        // P-256.
        excluded.push(Address::from_low_u64_be(0x100));
        targeted.retain(|address| !excluded.contains(address));
        Senders { targeted, excluded }
    }
}

/// Functions that the runner calls itself.
fn is_reserved(function: &Function) -> bool {
    let name = function.name.as_str();
    let starts = ["test", "invariant", "statefulFuzz", "table", "fixture"];
    starts.iter().any(|start| name.starts_with(start))
        || ["setup", "beforetestsetup", "afterinvariant"]
            .iter()
            .any(|reserved| name.eq_ignore_ascii_case(reserved))
}

fn address_of(value: &Value) -> Option<Address> {
    value.as_address().map(abi::address)
}

fn selector_of(value: &Value) -> Option<Selector> {
    let (bytes, _) = value.as_fixed_bytes()?;
    bytes.first_chunk::<4>().copied()
}
