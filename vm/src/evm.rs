//! The public face: a machine for one fork, one block and one database.
//!
//! [`Evm::transact`] applies the rules of the protocol, [`Evm::call`] runs a bare message. Both return [`Executed`], a
//! handle: [`Executed::commit`] keeps the changes for what follows, dropping it discards them.

use std::collections::BTreeMap;

use bytes::Bytes;
use gasworks_spec::{Fork, Rules, Schedule};
use primitive_types::{H160 as Address, U256};

use crate::call::{Abort, CallStatus, Frames, Host, Message};
use crate::env::{BlockEnv, Config, blob_base_fee};
use crate::error::Error;
use crate::inspect::Inspector;
use crate::precompiles::{self, PrecompileFn};
use crate::state::{Adapter, Changes, Checkpoint, Database, Log, State};
use crate::transaction::{self, Refusal, Transaction};

/// What an execution came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: CallStatus,
    /// Gas used, after refunds.
    pub gas_used: u64,
    /// Gas that was refunded.
    pub gas_refunded: u64,
    /// Return data, the reason of a revert, or the code of a created contract.
    pub output: Bytes,
    /// Logs in the order of their making.
    pub logs: Vec<Log>,
    /// The address of a contract that was created.
    pub created: Option<Address>,
}

/// A machine.
///
/// ```
/// use gasworks::{Address, BlockEnv, Bytes, Evm, Fork, MemoryDatabase, Message};
/// let contract = Address::repeat_byte(0xcc);
/// let mut database = MemoryDatabase::default();
/// // PUSH1 42, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
/// database.insert_account(contract, 1, 0.into(), Bytes::from_static(&[0x60, 42, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]));
/// let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database);
/// let message = Message { address: contract, code_address: contract, gas: 100_000, ..Message::default() };
/// let executed = evm.call(&message).unwrap();
/// assert_eq!(executed.outcome().output[31], 42);
/// ```
pub struct Evm<D> {
    database: D,
    block: BlockEnv,
    config: Config,
    schedule: Schedule,
    rules: Rules,
    precompiles: BTreeMap<Address, PrecompileFn>,
    state: State,
    frames: Frames,
}

impl<D: Database> Evm<D> {
    /// A machine with the prices, rules and precompiles of a fork.
    pub fn new(fork: Fork, block: BlockEnv, database: D) -> Self {
        let rules = fork.rules().clone();
        let precompiles = rules.precompiles.iter().map(|(number, kind)| {
            let address = Address::from_low_u64_be(u64::from(*number));
            (address, precompiles::function(*kind))
        });
        Self {
            database,
            block,
            config: Config::default(),
            schedule: fork.schedule().clone(),
            precompiles: precompiles.collect(),
            rules,
            state: State::default(),
            frames: Frames::default(),
        }
    }

    /// Sets the machine up.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Prices of one's own.
    #[must_use]
    pub fn with_schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Behaviour of one's own. Precompiles stay as they are.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Adds or replaces a precompiled contract.
    #[must_use]
    pub fn with_precompile(mut self, at: Address, run: PrecompileFn) -> Self {
        self.precompiles.insert(at, run);
        self
    }

    /// Executes a transaction by the rules of the protocol.
    ///
    /// # Errors
    /// [`Error::Transaction`] when it is not valid, [`Error::Database`] when reading fails, [`Error::Stopped`] when the
    /// embedder stops it. The state is then as it was.
    pub fn transact(
        &mut self,
        transaction: &Transaction,
    ) -> Result<Executed<'_, D>, Error<D::Error>> {
        self.run(None, Work::Transaction(transaction))
    }

    /// Runs a bare message: no intrinsic gas, no fees, no nonce.
    ///
    /// # Errors
    /// As [`Evm::transact`].
    pub fn call(&mut self, message: &Message) -> Result<Executed<'_, D>, Error<D::Error>> {
        self.run(None, Work::Message(message))
    }

    /// The same two verbs with an inspector.
    pub fn inspect<'a>(&'a mut self, inspector: &'a mut dyn Inspector) -> Inspected<'a, D> {
        Inspected {
            evm: self,
            inspector,
        }
    }

    fn run<'a>(
        &'a mut self,
        inspector: Option<&mut dyn Inspector>,
        work: Work<'_>,
    ) -> Result<Executed<'a, D>, Error<D::Error>> {
        let adapter = Adapter::new(&self.database);
        let start = self.state.begin();
        let blobs = self.rules.blobs.as_ref();
        let excess = self.block.excess_blob_gas.unwrap_or(0);
        let mut host = Host {
            state: &mut self.state,
            source: &adapter,
            block: &self.block,
            schedule: &self.schedule,
            rules: &self.rules,
            precompiles: &self.precompiles,
            chain_id: self.config.chain_id,
            origin: Address::zero(),
            gas_price: U256::zero(),
            blob_base_fee: blobs.map_or(U256::zero(), |blobs| blob_base_fee(excess, blobs)),
            blob_hashes: match work {
                Work::Transaction(transaction) => transaction.blob_hashes(),
                Work::Message(_) => &[],
            },
            precompile_output: Vec::new(),
            depth: 0,
            inspector: None,
            steps_left: self.config.step_limit,
            interrupt: self.config.interrupt.as_deref(),
        };
        // Reborrowed so that the inspector's lifetime may be shorter than the machine's.
        let mut inspector = inspector;
        host.inspector = inspector
            .as_deref_mut()
            .map(|inspector| inspector as &mut dyn Inspector);
        let result = match work {
            Work::Transaction(transaction) => {
                transaction::execute(transaction, &mut host, &mut self.frames)
            }
            Work::Message(message) => bare(message, &mut host, &mut self.frames),
        };
        match result {
            Ok(mut outcome) => {
                self.state.finish(&start, self.rules.clears_empty_accounts);
                outcome.logs.append(&mut self.state.logs);
                Ok(Executed {
                    evm: self,
                    start,
                    outcome,
                    keep: false,
                })
            }
            Err(refusal) => {
                let error = adapter.into_error();
                self.state.revert(&start);
                Err(match (refusal, error) {
                    (_, Some(error)) => Error::Database(error),
                    (Refusal::Invalid(reason), None) => Error::Transaction(reason),
                    (Refusal::Abort(Abort::Stopped(stopped)), None) => Error::Stopped(stopped),
                    // The adapter keeps an error whenever the host fails.
                    (Refusal::Abort(Abort::Host), None) => {
                        Error::Stopped(crate::error::Stopped::Interrupt)
                    }
                })
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Work<'a> {
    Transaction(&'a Transaction),
    Message(&'a Message),
}

fn bare(message: &Message, host: &mut Host<'_>, frames: &mut Frames) -> Result<Outcome, Refusal> {
    host.origin = message.caller;
    let result = frames.execute(host, message)?;
    Ok(Outcome {
        status: result.status,
        gas_used: message.gas.saturating_sub(result.gas_left),
        gas_refunded: 0,
        output: result.output,
        logs: Vec::new(),
        created: result.created,
    })
}

/// A machine that is watched.
pub struct Inspected<'a, D> {
    evm: &'a mut Evm<D>,
    inspector: &'a mut dyn Inspector,
}

impl<'a, D: Database> Inspected<'a, D> {
    /// As [`Evm::transact`].
    ///
    /// # Errors
    /// As [`Evm::transact`].
    pub fn transact(self, transaction: &Transaction) -> Result<Executed<'a, D>, Error<D::Error>> {
        self.evm
            .run(Some(self.inspector), Work::Transaction(transaction))
    }

    /// As [`Evm::call`].
    ///
    /// # Errors
    /// As [`Evm::transact`].
    pub fn call(self, message: &Message) -> Result<Executed<'a, D>, Error<D::Error>> {
        self.evm.run(Some(self.inspector), Work::Message(message))
    }
}

/// What was executed, not yet kept. Dropping it discards the changes.
#[must_use = "changes are discarded unless they are committed"]
pub struct Executed<'a, D> {
    evm: &'a mut Evm<D>,
    start: Checkpoint,
    outcome: Outcome,
    keep: bool,
}

impl<D> Executed<'_, D> {
    /// What it came to.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What it changed.
    pub fn changes(&self) -> Changes {
        self.evm.state.changes(&self.start)
    }

    /// Keeps the changes for what this machine executes next.
    pub fn commit(mut self) -> Outcome {
        self.keep = true;
        self.outcome.clone()
    }

    /// Takes the changes back.
    pub fn discard(self) -> Outcome {
        self.outcome.clone()
    }
}

impl<D> Drop for Executed<'_, D> {
    fn drop(&mut self) {
        if !self.keep {
            self.evm.state.revert(&self.start);
        }
    }
}
