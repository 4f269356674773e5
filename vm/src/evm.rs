//! The public face: a machine for one fork, one block and one database.
//!
//! [`Evm::transact`] applies the rules of the protocol, [`Evm::call`] runs a bare message. Both return [`Executed`], a
//! handle: [`Executed::commit`] keeps the changes for what follows, dropping it discards them.
//! [`Evm::snapshot`] goes further back: over any number of committed executions.

use std::sync::Arc;

use bytes::Bytes;
use gasworks_spec::{Fork, Rules, Schedule};
use primitive_types::{H160 as Address, U256};

use crate::call::{self, Abort, CallStatus, Frames, Host, Message, Scratch};
use crate::env::{BlockEnv, Config, Core, blob_base_fee};
use crate::error::Error;
use crate::inspect::{ALL, Director, Inspector};
use crate::interpreter::{Policy, Prices};
use crate::precompiles::{self, PrecompileFn};
use crate::state::{Adapter, Changes, Checkpoint, Database, Extent, Logs, State};
use crate::transaction::{self, Refusal, Transaction};

/// What an execution came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: CallStatus,
    /// Gas used, after refunds.
    pub gas_used: u64,
    /// Gas that was refunded, before the floor of EIP-7623 is looked at; of a bare message the refund counter, which
    /// nothing has applied.
    pub gas_refunded: u64,
    /// Return data, the reason of a revert, or the code of a created contract.
    pub output: Bytes,
    /// Logs in the order of their making.
    pub logs: Logs,
    /// The address of a contract that was created.
    pub created: Option<Address>,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            status: CallStatus::Success,
            gas_used: 0,
            gas_refunded: 0,
            output: Bytes::new(),
            logs: Logs::default(),
            created: None,
        }
    }
}

impl Outcome {
    /// As [`Outcome::default`], with the room for logs that there is.
    fn clear(&mut self) {
        if !self.output.is_empty() {
            self.output = Bytes::new();
        }
        self.logs.clear();
        self.status = CallStatus::Success;
        (self.gas_used, self.gas_refunded) = (0, 0);
        self.created = None;
    }
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
/// let message = Message::call(Address::zero(), contract, Bytes::new(), 100_000);
/// let executed = evm.call(&message)?;
/// assert_eq!(executed.outcome().output[31], 42);
/// # Ok::<(), gasworks::Error<std::convert::Infallible>>(())
/// ```
pub struct Evm<D> {
    database: D,
    block: BlockEnv,
    config: Config,
    schedule: Schedule,
    rules: Rules,
    constant_prices: bool,
    prices: Prices,
    policy: Policy,
    blob_base_fee: U256,
    state: State,
    frames: Frames,
    scratch: Scratch,
    /// Of the last execution, until it is taken: [`Executed`] stays small.
    outcome: Outcome,
    /// Where that began.
    start: Checkpoint,
    /// The snapshots that can be returned to, oldest first, and where each is.
    snapshots: Vec<(Snapshot, Checkpoint, Extent)>,
    next_snapshot: u64,
}

/// A state to return to with [`Evm::revert_to`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot(u64);

/// The snapshot is of another machine, lies after one that was returned to, or was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such snapshot")]
pub struct UnknownSnapshot;

impl<D: Database> Evm<D> {
    /// A machine with the prices, rules and precompiles of a fork.
    pub fn new(fork: Fork, block: BlockEnv, database: D) -> Self {
        let rules = fork.rules().clone();
        let mut state = State::default();
        for (number, kind) in rules.precompiles {
            let address = Address::from_low_u64_be(u64::from(*number));
            state.set_precompile(address, precompiles::function(*kind));
        }
        let evm = Self {
            blob_base_fee: fee_of_blobs(&block, &rules),
            database,
            block,
            config: Config::default(),
            schedule: fork.schedule().clone(),
            rules,
            constant_prices: true,
            prices: Prices::of(fork),
            policy: Policy::new(Core::default(), Prices::of(fork)),
            state,
            frames: Frames::default(),
            scratch: Scratch::default(),
            outcome: Outcome::default(),
            start: Checkpoint::default(),
            snapshots: Vec::new(),
            next_snapshot: 0,
        };
        evm.with_code_cache()
    }

    /// Code is shared by machines that have it from the same cache, and execute it alike at the same prices. What was
    /// taken for another way is let go of.
    fn with_code_cache(mut self) -> Self {
        self.policy = Policy::new(self.config.core, self.prices);
        let cache = Arc::clone(&self.config.code_cache);
        self.state.use_code_cache(cache, self.policy);
        self.frames.let_go_of_code();
        self
    }

    /// Sets the machine up.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = config;
        self.frames.memory_limit = self.config.memory_limit;
        self.with_code_cache()
    }

    /// Prices of one's own, each at most [`Schedule::HIGHEST_PRICE`]: what is more is brought down to it.
    #[must_use]
    pub fn with_schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule.bounded();
        self.constant_prices = self.schedule.has_constant_prices();
        self.prices = Prices::new();
        self.with_code_cache()
    }

    /// Behaviour of one's own. Precompiles stay as they are.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.blob_base_fee = fee_of_blobs(&self.block, &rules);
        self.rules = rules;
        self
    }

    /// Adds or replaces a precompiled contract.
    #[must_use]
    pub fn with_precompile(mut self, at: Address, run: PrecompileFn) -> Self {
        self.state.set_precompile(at, run);
        self
    }

    /// The block that executions are in.
    pub fn block(&self) -> &BlockEnv {
        &self.block
    }

    /// Goes on to another block, with the state as it is.
    pub fn set_block(&mut self, block: BlockEnv) {
        self.blob_base_fee = fee_of_blobs(&block, &self.rules);
        self.block = block;
    }

    /// The database under the state: what was committed here is not in it.
    pub fn database(&self) -> &D {
        &self.database
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
        self.run(Watcher::default(), Work::Transaction(transaction))
    }

    /// Runs a bare message: no intrinsic gas, no fees, no check of a nonce. A creation takes its address from the
    /// caller's nonce, which it increments, and `message.address` does not matter.
    ///
    /// # Errors
    /// As [`Evm::transact`], without those of a transaction.
    pub fn call(&mut self, message: &Message) -> Result<Executed<'_, D>, Error<D::Error>> {
        self.run(Watcher::default(), Work::Message(message))
    }

    /// Remembers the state as it is now, with what was committed so far. From then on, all that is committed is kept
    /// in a journal until [`Evm::release_snapshots`].
    ///
    /// ```
    /// use gasworks::{Address, BlockEnv, Bytes, Evm, Fork, MemoryDatabase, Message};
    /// let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), MemoryDatabase::default());
    /// let before = evm.snapshot();
    /// // PUSH0, PUSH0, RETURN: deploys nothing, at an address that follows from the nonce.
    /// let creation = Message::create(Address::repeat_byte(1), Bytes::from_static(&[0x5f, 0x5f, 0xf3]), 100_000);
    /// let first = evm.call(&creation)?.commit();
    /// evm.revert_to(before).expect("it is the last one");
    /// assert_eq!(evm.call(&creation)?.commit().created, first.created);
    /// # Ok::<(), gasworks::Error<std::convert::Infallible>>(())
    /// ```
    pub fn snapshot(&mut self) -> Snapshot {
        let snapshot = Snapshot(self.next_snapshot);
        self.next_snapshot += 1;
        let checkpoint = self.state.keep_history();
        self.snapshots
            .push((snapshot, checkpoint, self.state.extent()));
        snapshot
    }

    /// Returns to a snapshot, which can be returned to again; those made after it are gone.
    ///
    /// # Errors
    /// [`UnknownSnapshot`] if there is no such snapshot any more; nothing is changed then.
    pub fn revert_to(&mut self, snapshot: Snapshot) -> Result<(), UnknownSnapshot> {
        let position = self.position_of(snapshot)?;
        self.snapshots.truncate(position + 1);
        self.state.revert(&self.snapshots[position].1);
        Ok(())
    }

    /// Returns to a snapshot for the last time, and forgets what was read since: the database is asked again. So memory does
    /// not grow with executions that are undone, however many there are.
    ///
    /// # Errors
    /// As [`Evm::revert_to`].
    pub fn rewind_to(&mut self, snapshot: Snapshot) -> Result<(), UnknownSnapshot> {
        let position = self.position_of(snapshot)?;
        if let Some((_, checkpoint, extent)) = self.snapshots.drain(position..).next() {
            self.state.rewind(&checkpoint, extent);
        }
        Ok(())
    }

    fn position_of(&self, snapshot: Snapshot) -> Result<usize, UnknownSnapshot> {
        let mut known = self.snapshots.iter();
        known
            .position(|(known, ..)| *known == snapshot)
            .ok_or(UnknownSnapshot)
    }

    /// Forgets all snapshots, and the journal that they need. The state stays as it is.
    pub fn release_snapshots(&mut self) {
        self.snapshots.clear();
        self.state.forget_history();
    }

    /// As [`Evm::call`], under a director who may answer messages and change the world. What it sets of the block, the
    /// chain's id and the price of gas stays.
    ///
    /// # Errors
    /// As [`Evm::call`].
    pub fn direct(
        &mut self,
        director: &mut dyn Director,
        message: &Message,
    ) -> Result<Executed<'_, D>, Error<D::Error>> {
        let watcher = Watcher {
            inspector: None,
            director: Some(director),
        };
        self.run(watcher, Work::Message(message))
    }

    /// As [`Evm::direct`], with an inspector that sees every instruction.
    ///
    /// # Errors
    /// As [`Evm::call`].
    pub fn direct_and_inspect(
        &mut self,
        director: &mut dyn Director,
        inspector: &mut dyn Inspector,
        message: &Message,
    ) -> Result<Executed<'_, D>, Error<D::Error>> {
        let watcher = Watcher {
            inspector: Some(inspector),
            director: Some(director),
        };
        self.run(watcher, Work::Message(message))
    }

    /// The same two verbs with an inspector.
    pub fn inspect<'a, 'i>(&'a mut self, inspector: &'i mut dyn Inspector) -> Inspected<'a, 'i, D> {
        Inspected {
            evm: self,
            inspector,
        }
    }

    fn run<'a>(
        &'a mut self,
        watcher: Watcher<'_>,
        work: Work<'_>,
    ) -> Result<Executed<'a, D>, Error<D::Error>> {
        let adapter = Adapter::new(&self.database);
        if self.state.follow_evictions() {
            self.frames.let_go_of_code();
        }
        self.outcome.clear();
        self.start = self.state.begin();
        let timestamp = self.block.timestamp.into();
        let number = self.block.number.into();
        let mut host = Host {
            state: &mut self.state,
            source: &adapter,
            block: &mut self.block,
            schedule: &self.schedule,
            rules: &self.rules,
            constant_prices: self.constant_prices,
            policy: self.policy,
            chain_id: self.config.chain_id,
            origin: match work {
                Work::Transaction(transaction) => transaction.sender,
                Work::Message(message) => self.config.message_origin.unwrap_or(message.caller),
            },
            // A transaction that is valid sets its own.
            gas_price: self.config.message_gas_price,
            timestamp,
            number,
            blob_base_fee: self.blob_base_fee,
            blob_hashes: match work {
                Work::Transaction(transaction) => transaction.blob_hashes().to_vec(),
                Work::Message(_) => Vec::new(),
            },
            caller_gas: 0,
            lost_refund: 0,
            lost_gas: 0,
            modulus: &mut self.scratch.modulus,
            hashes: &mut self.scratch.hashes,
            depth: 0,
            inspector: None,
            seen: &ALL,
            director: None,
            steps_left: self.config.step_limit,
            interrupt: self.config.interrupt.as_deref(),
        };
        // Coerced, so that the inspector's lifetime may be another than the machine's.
        host.inspector = watcher
            .inspector
            .map(|inspector| inspector as &mut dyn Inspector);
        if let Some(inspector) = &host.inspector
            && self.config.step_limit.is_none()
            && self.config.interrupt.is_none()
        {
            host.seen = inspector.instructions();
        }
        host.director = watcher
            .director
            .map(|director| director as &mut dyn Director);
        let result = match work {
            Work::Transaction(transaction) => {
                transaction::execute(transaction, &mut host, &mut self.frames, &mut self.outcome)
            }
            Work::Message(message) => {
                call::run_message(message, &mut host, &mut self.frames, &mut self.outcome)
            }
        };
        if host.director.is_some() {
            self.config.chain_id = host.chain_id;
            self.config.message_gas_price = host.gas_price;
            self.blob_base_fee = host.blob_base_fee;
        }
        match result {
            Ok(()) => {
                let clear_empty = self.rules.clears_empty_accounts;
                self.state.finish(&self.start, clear_empty);
                std::mem::swap(&mut self.outcome.logs, &mut self.state.logs);
                Ok(Executed { evm: self })
            }
            Err(refusal) => {
                let error = adapter.into_error();
                self.state.revert(&self.start);
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

/// Who looks on.
#[derive(Default)]
struct Watcher<'a> {
    inspector: Option<&'a mut dyn Inspector>,
    director: Option<&'a mut dyn Director>,
}

impl<'a> Watcher<'a> {
    fn inspecting(inspector: &'a mut dyn Inspector) -> Self {
        Self {
            inspector: Some(inspector),
            director: None,
        }
    }
}

#[derive(Clone, Copy)]
enum Work<'a> {
    Transaction(&'a Transaction),
    Message(&'a Message),
}

fn fee_of_blobs(block: &BlockEnv, rules: &Rules) -> U256 {
    let excess = block.excess_blob_gas.unwrap_or(0);
    let blobs = rules.blobs.as_ref();
    blobs.map_or(U256::zero(), |blobs| blob_base_fee(excess, blobs))
}

/// A machine that is watched.
pub struct Inspected<'a, 'i, D> {
    evm: &'a mut Evm<D>,
    inspector: &'i mut dyn Inspector,
}

impl<'a, D: Database> Inspected<'a, '_, D> {
    /// As [`Evm::transact`].
    ///
    /// # Errors
    /// As [`Evm::transact`].
    pub fn transact(self, transaction: &Transaction) -> Result<Executed<'a, D>, Error<D::Error>> {
        self.evm.run(
            Watcher::inspecting(self.inspector),
            Work::Transaction(transaction),
        )
    }

    /// As [`Evm::call`].
    ///
    /// # Errors
    /// As [`Evm::transact`].
    pub fn call(self, message: &Message) -> Result<Executed<'a, D>, Error<D::Error>> {
        self.evm
            .run(Watcher::inspecting(self.inspector), Work::Message(message))
    }
}

/// What was executed, not yet kept. Dropping it discards the changes.
#[must_use = "changes are discarded unless they are committed"]
pub struct Executed<'a, D> {
    evm: &'a mut Evm<D>,
}

impl<D> Executed<'_, D> {
    /// What it came to.
    pub fn outcome(&self) -> &Outcome {
        &self.evm.outcome
    }

    /// What it changed.
    pub fn changes(&self) -> Changes {
        self.evm.state.changes(&self.evm.start)
    }

    /// Keeps the changes for what this machine executes next.
    pub fn commit(self) -> Outcome {
        let outcome = std::mem::take(&mut self.evm.outcome);
        // What would otherwise take the changes back.
        std::mem::forget(self);
        outcome
    }

    /// Takes the changes back, as dropping the handle does.
    pub fn discard(self) -> Outcome {
        std::mem::take(&mut self.evm.outcome)
    }
}

impl<D> Drop for Executed<'_, D> {
    fn drop(&mut self) {
        let evm = &mut *self.evm;
        evm.state.revert(&evm.start);
    }
}
