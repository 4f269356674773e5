//! A small world to run programs in: a few accounts with fixed addresses, and a block with recognisable fields.

use std::convert::Infallible;

use gasworks::{
    Address, BlockEnv, Bytes, CallOutcome, CallStatus, Changes, Config, Error, Evm, Executed, Fork,
    Halt, Hash, Inspector, InvalidTransaction, Logs, MemoryDatabase, Message, Outcome, Transaction,
    U256,
};

use crate::code::Code;

/// Sends transactions; has [`RICH`] wei.
pub const SENDER: Address = Address::repeat_byte(0xaa);
/// Runs the program under test; has 1,000 wei and nonce 1.
pub const CONTRACT: Address = Address::repeat_byte(0xcc);
/// An account that does not exist until a test makes it.
pub const OTHER: Address = Address::repeat_byte(0xee);
/// Receives fees; does not exist before.
pub const COINBASE: Address = Address::repeat_byte(0xc0);
/// The balance of [`SENDER`] in wei.
pub const RICH: u64 = 1_000_000_000_000_000_000;
/// The gas that a message gets unless a test says otherwise.
pub const GAS: u64 = 1_000_000;

/// The address `number`, where precompiles are.
pub fn low(number: u64) -> Address {
    Address::from_low_u64_be(number)
}

/// State, block and fork.
#[derive(Clone, Debug)]
pub struct World {
    /// The rules and prices.
    pub fork: Fork,
    /// The block.
    pub block: BlockEnv,
    /// Chain id 1, no limits.
    pub config: Config,
    /// The accounts.
    pub database: MemoryDatabase,
}

impl World {
    /// A world with [`SENDER`] in it, where [`CONTRACT`] has this program.
    pub fn new(fork: Fork, program: Code) -> Self {
        let block = BlockEnv {
            number: 1_000,
            timestamp: 1_234,
            coinbase: COINBASE,
            gas_limit: 30_000_000,
            base_fee: 7,
            difficulty: 0x2_0000.into(),
            prev_randao: Hash::repeat_byte(0x11),
            excess_blob_gas: Some(0),
        };
        let mut database = MemoryDatabase::default();
        database.insert_account(SENDER, 0, RICH.into(), Bytes::new());
        database.insert_account(CONTRACT, 1, 1_000.into(), program.bytes());
        Self {
            fork,
            block,
            config: Config::default(),
            database,
        }
    }

    /// Adds an account; one with code has nonce 1.
    #[must_use]
    pub fn account(mut self, address: Address, balance: u64, code: Code) -> Self {
        let nonce = u64::from(code.size() > 0);
        self.database
            .insert_account(address, nonce, balance.into(), code.bytes());
        self
    }

    /// Sets a slot of [`CONTRACT`].
    #[must_use]
    pub fn slot(mut self, slot: u64, value: u64) -> Self {
        self.database
            .insert_storage(CONTRACT, slot.into(), value.into());
        self
    }

    /// A machine over a copy of the accounts.
    pub fn evm(&self) -> Evm<MemoryDatabase> {
        let block = self.block.clone();
        Evm::new(self.fork, block, self.database.clone()).with_config(self.config.clone())
    }

    /// Calls [`CONTRACT`] with a bare message of so much gas.
    pub fn call(&self, gas: u64) -> Ran {
        self.message(&message(gas))
    }

    /// Sends a bare message, with an inspector and without: nothing differs.
    pub fn message(&self, message: &Message) -> Ran {
        let mut evm = self.evm();
        let executed = evm.call(message);
        let executed = executed.unwrap_or_else(|error| panic!("a bare message: {error}"));
        let plain = (executed.outcome().clone(), executed.changes());
        drop(executed);
        let mut watch = Watch::default();
        let executed = evm.inspect(&mut watch).call(message);
        let executed = executed.unwrap_or_else(|error| panic!("a bare message: {error}"));
        let watched = (executed.outcome().clone(), executed.changes());
        drop(executed);
        assert_eq!(plain, watched, "an inspector changes nothing");
        Ran::new(plain.0, plain.1, watch)
    }

    /// Executes a transaction, with an inspector and without: nothing differs.
    ///
    /// # Errors
    /// The reason why it is invalid.
    pub fn transact(&self, transaction: &Transaction) -> Result<Ran, InvalidTransaction> {
        type Result<'a> = std::result::Result<Executed<'a, MemoryDatabase>, Error<Infallible>>;
        let read = |result: Result<'_>| match result {
            Ok(executed) => Ok((executed.outcome().clone(), executed.changes())),
            Err(Error::Transaction(reason)) => Err(reason),
            Err(error) => panic!("neither executed nor invalid: {error}"),
        };
        let mut evm = self.evm();
        let plain = read(evm.transact(transaction));
        let mut watch = Watch::default();
        let watched = read(evm.inspect(&mut watch).transact(transaction));
        assert_eq!(plain, watched, "an inspector changes nothing");
        plain.map(|(outcome, changes)| Ran::new(outcome, changes, watch))
    }

    /// Executes a legacy transaction that calls [`CONTRACT`] with so much gas over the intrinsic 21,000.
    pub fn transact_call(&self, gas: u64) -> Ran {
        let ran = self.transact(&Transaction {
            gas_limit: 21_000 + gas,
            ..transaction()
        });
        ran.unwrap_or_else(|reason| panic!("{reason}"))
    }
}

/// A bare call from [`SENDER`] to [`CONTRACT`].
pub fn message(gas: u64) -> Message {
    Message::call(SENDER, CONTRACT, Bytes::new(), gas)
}

/// A legacy transaction from [`SENDER`] to [`CONTRACT`] at a gas price of 10.
pub fn transaction() -> Transaction {
    Transaction {
        sender: SENDER,
        to: Some(CONTRACT),
        gas_limit: GAS,
        kind: gasworks::TransactionKind::Legacy {
            gas_price: 10.into(),
        },
        ..Transaction::default()
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// How it ended.
    pub status: CallStatus,
    /// Gas used, after refunds.
    pub gas: u64,
    /// Gas refunded to a transaction.
    pub refunded: u64,
    /// The refund counter before the last instruction of the outermost frame.
    pub counter: i64,
    /// Return data.
    pub output: Bytes,
    /// Logs.
    pub logs: Logs,
    /// The contract that a transaction created.
    pub created: Option<Address>,
    /// What changed.
    pub changes: Changes,
    /// The outcome of every message within, in the order of their ends, with the gas that each was given.
    pub calls: Vec<(u64, CallOutcome)>,
}

impl Ran {
    fn new(outcome: Outcome, changes: Changes, watch: Watch) -> Self {
        Self {
            status: outcome.status,
            gas: outcome.gas_used,
            refunded: outcome.gas_refunded,
            counter: watch.counter,
            output: outcome.output,
            logs: outcome.logs,
            created: outcome.created,
            changes,
            calls: watch.ended,
        }
    }

    /// The output as words.
    pub fn words(&self) -> Vec<U256> {
        let words = self.output.chunks(32);
        words.map(U256::from_big_endian).collect()
    }

    /// The output, which is one word.
    #[track_caller]
    pub fn word(&self) -> U256 {
        assert_eq!(self.status, CallStatus::Success);
        assert_eq!(self.output.len(), 32, "one word of output");
        U256::from_big_endian(&self.output)
    }

    /// The value of a changed slot of an account; `None` where it did not change.
    pub fn slot(&self, address: Address, slot: u64) -> Option<U256> {
        let account = self.changes.accounts.get(&address)?;
        account.storage.get(&slot.into()).copied()
    }

    /// The balance of an account that changed.
    #[track_caller]
    pub fn balance(&self, address: Address) -> U256 {
        let account = self.changes.accounts.get(&address);
        account
            .unwrap_or_else(|| panic!("{address:?} did not change"))
            .balance
    }

    /// Whether an account was deleted.
    pub fn deleted(&self, address: Address) -> bool {
        let account = self.changes.accounts.get(&address);
        account.is_some_and(|account| account.deleted)
    }

    /// The code that was set on an account.
    pub fn code(&self, address: Address) -> Option<Bytes> {
        self.changes.accounts.get(&address)?.code.clone()
    }

    /// Whether it halted, and why.
    pub fn halt(&self) -> Option<Halt> {
        match self.status {
            CallStatus::Halt(halt) => Some(halt),
            _ => None,
        }
    }
}

/// Pairs the messages that are entered with their ends, and keeps the refund counter.
#[derive(Default)]
struct Watch {
    entered: Vec<u64>,
    ended: Vec<(u64, CallOutcome)>,
    counter: i64,
}

impl Inspector for Watch {
    fn step(&mut self, step: &gasworks::inspect::Step<'_>) {
        if self.entered.len() == 1 {
            self.counter = step.refund;
        }
    }
    fn enter(&mut self, message: &Message) -> Option<CallOutcome> {
        self.entered.push(message.gas);
        None
    }
    fn exit(&mut self, outcome: &CallOutcome) {
        let given = self.entered.pop().expect("an end without a beginning");
        self.ended.push((given, outcome.clone()));
    }
}

/// Every fork from this one on.
pub fn since(fork: Fork) -> impl Iterator<Item = Fork> {
    Fork::all().filter(move |later| *later >= fork)
}
