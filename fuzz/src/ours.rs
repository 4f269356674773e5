//! Gasworks on a case.

use gasworks::{
    Bytes, CallStatus, Changes, Config, Core, Error, Evm, Halt, Inspector, InvalidTransaction,
    MemoryDatabase, Outcome, inspect::Step,
};

use crate::case::{Account, Case, State};
use crate::reference;
use crate::verdict::{Executed, Log, Status, Verdict};

/// Which instructions were executed, by byte.
#[derive(Clone, Debug)]
pub struct Coverage(pub [u64; 256]);

impl Coverage {
    /// Adds other counts.
    pub fn add(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }
}

impl Default for Coverage {
    fn default() -> Self {
        Self([0; 256])
    }
}

/// Counts instructions, and keeps the first steps.
struct Recorder {
    coverage: Coverage,
    steps: Vec<reference::Step>,
    most: usize,
}

impl Inspector for Recorder {
    fn step(&mut self, step: &Step<'_>) {
        self.coverage.0[usize::from(step.opcode)] += 1;
        if self.steps.len() < self.most {
            self.steps.push(reference::Step {
                pc: step.pc,
                opcode: step.opcode,
                gas: step.gas,
                depth: step.depth,
                stack: step.stack.to_vec(),
            });
        }
    }
}

/// What is compared with the plain loop, and how often each runs: code that a core treats differently once it has run is
/// treated so.
const CORES: [(Core, usize); 3] = [
    (Core::Adaptive, 2),
    (Core::Translated, 2),
    (Core::Alternating, 1),
];

/// What Gasworks makes of a case, with the reason of a halt.
#[derive(Clone, Debug)]
pub struct Ours {
    /// What is compared.
    pub verdict: Verdict,
    /// The reason of a halt.
    pub halt: Option<Halt>,
    /// Instructions that were executed.
    pub coverage: Coverage,
    /// The first steps, as EIP-3155 shows them.
    pub steps: Vec<reference::Step>,
}

/// What one run says.
type Run = Result<(Outcome, Changes), InvalidTransaction>;

/// The accounts of a case as a database.
pub(crate) fn database(state: &State) -> MemoryDatabase {
    let mut database = MemoryDatabase::default();
    for (address, account) in state {
        let Account {
            nonce,
            balance,
            code,
            storage,
        } = account;
        database.insert_account(*address, *nonce, *balance, code.clone());
        for (slot, value) in storage {
            database.insert_storage(*address, *slot, *value);
        }
    }
    database
}

fn machine(case: &Case, core: Core) -> Evm<MemoryDatabase> {
    let config = Config {
        core,
        ..Config::default()
    };
    Evm::new(case.fork, case.block.clone(), database(&case.state)).with_config(config)
}

/// Runs a case on a machine of each core, the changes discarded in between, and at last watched, when `most` steps are kept.
///
/// # Errors
/// When two of the runs differ: neither what a machine keeps between executions, nor its core, nor whether it is watched
/// may show.
pub fn run(case: &Case, most: usize) -> Result<Ours, String> {
    let mut evm = machine(case, Core::Plain);
    let first = once(&mut evm, case, None);
    for (core, times) in CORES {
        let mut evm = machine(case, core);
        for number in 0..times {
            let again = once(&mut evm, case, None);
            if again != first {
                return Err(format!(
                    "{core:?}, run {number}: {again:?}\nplain loop: {first:?}"
                ));
            }
        }
    }
    again_after_revert(&mut evm, case, &first)?;
    let mut recorder = Recorder {
        coverage: Coverage::default(),
        steps: Vec::new(),
        most,
    };
    let watched = once(&mut evm, case, Some(&mut recorder));
    if watched != first {
        return Err(format!("watched: {watched:?}\nnot watched: {first:?}"));
    }
    Ok(Ours {
        halt: match &first {
            Ok((outcome, _)) => status(outcome).1,
            Err(_) => None,
        },
        verdict: verdict(case, first),
        coverage: recorder.coverage,
        steps: recorder.steps,
    })
}

/// Commits a case and goes back to a snapshot before: the same must come of it once more, and nothing of the first time
/// may be seen.
fn again_after_revert(
    evm: &mut Evm<MemoryDatabase>,
    case: &Case,
    first: &Run,
) -> Result<(), String> {
    let snapshot = evm.snapshot();
    match evm.transact(&case.transaction) {
        Ok(executed) => drop(executed.commit()),
        Err(Error::Transaction(_)) => {}
        Err(error) => panic!("a database in memory does not fail: {error}"),
    }
    evm.revert_to(snapshot).map_err(|error| error.to_string())?;
    let again = once(evm, case, None);
    if again == *first {
        return Ok(());
    }
    Err(format!(
        "after a revert to a snapshot: {again:?}\nbefore: {first:?}"
    ))
}

/// The gas that a case uses before refunds, if its transaction is valid.
pub fn gas_spent(case: &Case) -> Option<u64> {
    let (outcome, _) = once(&mut machine(case, Core::Plain), case, None).ok()?;
    Some(outcome.gas_used + outcome.gas_refunded)
}

fn once(evm: &mut Evm<MemoryDatabase>, case: &Case, recorder: Option<&mut Recorder>) -> Run {
    let executed = match recorder {
        None => evm.transact(&case.transaction),
        Some(recorder) => evm.inspect(recorder).transact(&case.transaction),
    };
    match executed {
        Ok(executed) => {
            let changes = executed.changes();
            Ok((executed.discard(), changes))
        }
        Err(Error::Transaction(reason)) => Err(reason),
        Err(error) => panic!("a database in memory does not fail: {error}"),
    }
}

fn status(outcome: &Outcome) -> (Status, Option<Halt>) {
    match outcome.status {
        CallStatus::Success => (Status::Success, None),
        CallStatus::Revert => (Status::Revert, None),
        CallStatus::Halt(halt) => (Status::Halt, Some(halt)),
    }
}

/// What others can be compared with.
fn verdict(case: &Case, run: Run) -> Verdict {
    let (outcome, changes) = run.map_err(|reason| reason.to_string())?;
    let logs = outcome.logs.iter();
    Ok(Executed {
        status: status(&outcome).0,
        gas_used: outcome.gas_used,
        gas_refunded: outcome.gas_refunded,
        output: outcome.output.clone(),
        created: outcome.created,
        logs: logs
            .map(|log| Log {
                address: log.address,
                topics: log.topics.to_vec(),
                data: Bytes::copy_from_slice(log.data),
            })
            .collect(),
        state: after(&case.state, &changes),
    })
}

/// The state with the changes applied.
fn after(before: &State, changes: &Changes) -> State {
    let mut state = before.clone();
    for (address, change) in &changes.accounts {
        if change.deleted {
            state.remove(address);
            continue;
        }
        let account: &mut Account = state.entry(*address).or_default();
        account.nonce = change.nonce;
        account.balance = change.balance;
        if let Some(code) = &change.code {
            account.code = code.clone();
        }
        if change.storage_cleared {
            account.storage.clear();
        }
        for (slot, value) in &change.storage {
            account.storage.insert(*slot, *value);
        }
        account.storage.retain(|_, value| !value.is_zero());
    }
    state
}
