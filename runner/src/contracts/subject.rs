//! A suite's machine as property tests see it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gasworks::inspect::World;
use gasworks::{Address, CallStatus, Changes, Halt, Logs, U256};

use super::artifact::{Artifacts, Bytecode, Contract};
use super::cheats::{Cheats, VM};
use super::decode::Decoder;
use super::machine::{Ended, Execution, Machine};
use super::property::dictionary::Dictionary;
use super::property::invariant::{Contracts, Known, changes_something};
use super::property::literals::Literals;
use super::property::options::DictionaryOptions;
use super::property::subject::{Answer, Call, End, Subject};
use super::result::Phase;
use super::run::Stop;

/// The machine of a suite that has been set up.
pub(super) struct Prepared<'a> {
    machine: &'a mut Machine,
    decoder: &'a Decoder,
    artifacts: &'a Artifacts,
    stop: &'a Stop,
    /// What the last step changed and logged.
    changes: Option<Changes>,
    logs: Logs,
    /// An execution took too long.
    pub(super) is_late: bool,
    /// When the test has run for as long as it is to run.
    deadline: Option<Instant>,
    /// The lines of all runs, where they are all shown.
    lines: Option<Vec<String>>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(
        machine: &'a mut Machine,
        decoder: &'a Decoder,
        artifacts: &'a Artifacts,
        stop: &'a Stop,
    ) -> Self {
        machine.wants_changes = true;
        machine.cheats.stop_trace();
        Self {
            machine,
            decoder,
            artifacts,
            stop,
            changes: None,
            logs: Logs::default(),
            is_late: false,
            deadline: None,
            lines: None,
        }
    }

    /// From now on there are so many seconds.
    #[allow(
        clippy::disallowed_methods,
        reason = "somebody has asked for runs by the clock"
    )]
    pub(super) fn run_for(&mut self, seconds: Option<u64>) {
        let time = seconds.map(Duration::from_secs);
        self.deadline = time.and_then(|time| Instant::now().checked_add(time));
    }

    /// From now on, the lines are kept that runs show.
    pub(super) fn keep_lines(&mut self) {
        self.lines = Some(Vec::new());
    }

    /// The lines that runs have shown.
    pub(super) fn take_lines(&mut self) -> Option<Vec<String>> {
        self.lines.take()
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "somebody has asked for runs by the clock"
    )]
    fn has_time_passed(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Makes calls one after the other and keeps what they changed, with cheatcodes that write them down.
    pub(super) fn show(&mut self, traced: Cheats, calls: &[Call]) {
        self.machine.cheats = traced;
        for call in calls {
            self.machine.cheats.begin_phase(Phase::Execution);
            self.step(call);
        }
    }

    fn execute(&mut self, call: &Call, keep: bool) -> Answer {
        if call.salt != 0 {
            self.machine.cheats.values.reseed(U256::from(call.salt));
        }
        let input = call.calldata.clone();
        match self.machine.try_call(call.sender, call.target, input, keep) {
            Ok((execution, changes)) => {
                let end = self.end(&execution);
                self.changes = changes;
                self.logs = execution.logs;
                Answer {
                    end,
                    output: execution.output,
                    gas: execution.gas,
                    status: execution.status,
                }
            }
            // Whoever asks next will see that there is no time left.
            Err(_) => {
                self.is_late = true;
                Answer {
                    end: End::Rejected,
                    output: gasworks::Bytes::new(),
                    gas: 0,
                    status: CallStatus::Revert,
                }
            }
        }
    }

    fn end(&self, execution: &Execution) -> End {
        match &execution.ended {
            Ended::Passed => End::Passed,
            Ended::Rejected => End::Rejected,
            // As the decoder words it: `skipped: reason`.
            Ended::Skipped(reason) => {
                End::Skipped(reason.strip_prefix("skipped: ").map(str::to_owned))
            }
            Ended::Failed { .. } if execution.status == CallStatus::Success => End::Failed,
            Ended::Failed { by_assertion } => {
                let reverter = self.machine.cheats.reverter;
                let own = [self.machine.contract, VM];
                End::Reverted {
                    by_assertion: *by_assertion
                        || execution.status == CallStatus::Halt(Halt::InvalidOpcode)
                        || is_assertion_text(&execution.output),
                    elsewhere: reverter.is_some_and(|reverter| !own.contains(&reverter)),
                }
            }
        }
    }
}

/// `Error(string)` that says that an assertion failed.
fn is_assertion_text(output: &[u8]) -> bool {
    const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
    const TEXT: &[u8] = b"assertion failed";
    output.starts_with(&ERROR) && output.windows(TEXT.len()).any(|part| part == TEXT)
}

impl Subject for Prepared<'_> {
    fn reset(&mut self) {
        self.machine.reset();
        self.machine.cheats.stop_trace();
    }

    fn attempt(&mut self, call: &Call) -> Answer {
        let before = self.machine.cheats.clone();
        let answer = self.execute(call, false);
        if let Some(lines) = &mut self.lines {
            lines.extend(self.machine.lines_since(before.logs.len()));
        }
        self.machine.cheats = before;
        answer
    }

    fn step(&mut self, call: &Call) -> Answer {
        let before = self.machine.cheats.clone();
        if let Some((seconds, blocks)) = call.delay {
            let block = &mut self.machine.cheats.surroundings.block;
            block.timestamp = block.timestamp.saturating_add(seconds);
            block.number = block.number.saturating_add(blocks);
        }
        let answer = self.execute(call, true);
        if answer.end == End::Rejected {
            self.machine.cheats = before;
        }
        answer
    }

    fn reason(&self, answer: &Answer) -> Option<String> {
        if answer.status == CallStatus::Success {
            return None;
        }
        Some(self.decoder.reason(&answer.output, answer.status))
    }

    fn collect(&mut self, dictionary: &mut Dictionary) {
        for log in &self.logs {
            for topic in log.topics {
                dictionary.insert(topic.0);
            }
            dictionary.insert_words(&log.data[..log.data.len().min(512)]);
        }
        let Some(changes) = self.changes.take() else {
            return;
        };
        for (address, change) in &changes.accounts {
            dictionary.insert_account(*address, change.code.as_deref().unwrap_or_default());
            for (slot, value) in &change.storage {
                dictionary.insert_storage(*slot, *value);
            }
        }
    }

    fn created(&mut self) -> Vec<Address> {
        self.machine.cheats.created.clone()
    }

    fn identify(&mut self, address: Address) -> Option<Known> {
        let mut code = gasworks::Bytes::new();
        self.machine
            .change(|world| code = world.code(address).unwrap_or_default());
        by_code(self.artifacts, &code).map(known)
    }

    fn is_stopped(&self) -> bool {
        self.is_late || self.stop.is_stopped() || self.stop.is_late() || self.has_time_passed()
    }
}

/// What is known of the contracts of a suite.
#[derive(Clone, Debug, Default)]
pub(super) struct Deployed {
    contracts: BTreeMap<Address, Known>,
    artifacts: Arc<Artifacts>,
}

impl Deployed {
    /// Finds out what the contracts are that deployment and `setUp` created.
    pub(super) fn new(machine: &mut Machine, artifacts: &Arc<Artifacts>, suite: &Contract) -> Self {
        let mut contracts = BTreeMap::new();
        let mut codes = Vec::new();
        machine.change(|world| codes = accounts_with_code(world));
        let test = machine.contract;
        for (address, code) in codes {
            if address == test {
                contracts.insert(address, known(suite));
            } else if let Some(contract) = by_code(artifacts, &code) {
                contracts.insert(address, known(contract));
            }
        }
        Self {
            contracts,
            artifacts: Arc::clone(artifacts),
        }
    }
}

impl Contracts for Deployed {
    fn deployed(&self) -> &BTreeMap<Address, Known> {
        &self.contracts
    }

    fn idle(&self) -> Vec<String> {
        let all = self.artifacts.contracts.iter();
        all.filter(|contract| !changes_something(&contract.abi))
            .map(|contract| contract.full_name())
            .collect()
    }

    fn named(&self, name: &str) -> Result<Option<Known>, String> {
        let fits = |contract: &&Arc<Contract>| {
            contract.name == name || (name.contains(':') && contract.full_name() == name)
        };
        let mut found = self.artifacts.contracts.iter().filter(fits);
        let Some(first) = found.next() else {
            return Ok(None);
        };
        if found.next().is_some() {
            return Err(format!("{name} has more than one implementation."));
        }
        Ok(Some(known(first)))
    }
}

fn known(contract: &Contract) -> Known {
    Known {
        name: contract.full_name(),
        abi: Arc::new(contract.abi.clone()),
    }
}

fn accounts_with_code(world: &mut World<'_>) -> Vec<(Address, gasworks::Bytes)> {
    let mut accounts = Vec::new();
    for address in world.known_accounts() {
        let code = world.code(address).unwrap_or_default();
        if !code.is_empty() {
            accounts.push((address, code));
        }
    }
    accounts
}

/// The contract that some code is of: immutable values and addresses of libraries may be any.
pub(super) fn by_code<'a>(artifacts: &'a Artifacts, code: &[u8]) -> Option<&'a Contract> {
    if code.is_empty() {
        return None;
    }
    let mut contracts = artifacts.contracts.iter();
    let found = contracts.find(|contract| is_code_of(&contract.runtime, code));
    found.map(AsRef::as_ref)
}

fn is_code_of(runtime: &Bytecode, code: &[u8]) -> bool {
    if runtime.bytes.len() != code.len() {
        return false;
    }
    if runtime.bytes[..] == *code {
        return true;
    }
    let links = runtime.links.iter().flat_map(|link| &link.offsets);
    let links = links.map(|offset| (*offset, 20));
    let mut code = code.to_vec();
    for (start, length) in runtime.immutables.iter().copied().chain(links) {
        let range = start..start.saturating_add(length);
        if let (Some(known), Some(place)) = (runtime.bytes.get(range.clone()), code.get_mut(range))
        {
            place.copy_from_slice(known);
        }
    }
    // A library begins with its own address, which it gets when it is deployed.
    if let (Some([0x73, rest @ ..]), Some(place)) = (runtime.bytes.get(..21), code.get_mut(1..21))
        && rest.iter().all(|byte| *byte == 0)
    {
        place.fill(0);
    }
    runtime.bytes[..] == code
}

/// What all accounts suggest that there are after `setUp`.
pub(super) fn dictionary(
    machine: &mut Machine,
    options: &DictionaryOptions,
    literals: &Arc<Literals>,
) -> Dictionary {
    let mut dictionary = Dictionary::new(options.clone(), Arc::clone(literals));
    machine.change(|world| {
        for address in world.known_accounts() {
            let code = world.code(address).unwrap_or_default();
            dictionary.insert_account(address, &code);
            for (slot, value) in world.all_storage(address).unwrap_or_default() {
                dictionary.insert_storage(slot, value);
            }
        }
    });
    dictionary.keep();
    dictionary
}
