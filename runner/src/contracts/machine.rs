//! A machine for one test contract: the accounts that forge prepares, deployment, `setUp`, and calls from there.

mod replay;

use std::convert::Infallible;
use std::sync::Arc;

use gasworks::inspect::{Director, Inspector, World};
use gasworks::{
    Account, Address, BlockEnv, Bytes, CallOutcome, CallStatus, Changes, Config, Database, Error,
    Evm, Fork, Hash, Logs, Message, Snapshot, Transaction, U256, create_address, keccak256,
};

use super::artifact::LIBRARY_DEPLOYER;
use super::cheats::factory::{FACTORY, FACTORY_CODE};
use super::cheats::watched::{Watched, Watches};
use super::cheats::{ASSUME, Cheats, Conduct, SKIP, Surroundings, VM, is_assertion};
use super::coverage::{Collected, Recorder};
use super::decode::skip_reason;
use super::property::inline_config::EngineOptions;
use super::result::{EventLog, Phase};
use super::watcher::Watcher;

/// Who calls where nobody else is named.
pub const CALLER: Address = Address([
    0x18, 0x04, 0xc8, 0xab, 0x1f, 0x12, 0xe6, 0xbb, 0xf3, 0x89, 0x4d, 0x40, 0x83, 0xf3, 0x3e, 0x07,
    0x30, 0x9d, 0x1f, 0x38,
]);

/// How machines are set up, as `foundry.toml` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The rules.
    pub fork: Fork,
    /// The block, whose gas limit is that of each test.
    pub block: BlockEnv,
    /// The chain's id.
    pub chain_id: u64,
    /// Wei.
    pub gas_price: U256,
    /// Who deploys the test contract and calls it.
    pub sender: Address,
    /// Who ORIGIN is.
    pub origin: Address,
    /// Wei that the sender and the test contract have.
    pub balance: U256,
    /// The most bytes of a contract; unlimited unless set.
    pub code_size_limit: Option<usize>,
    /// The most bytes of memory that a test may have at a time.
    pub memory_limit: Option<u64>,
    /// Whether a test contract's `failed()` is asked, too.
    pub legacy_assertions: bool,
    /// Whether each call of a test is a transaction of its own.
    pub isolates: bool,
    /// Whether CREATE2 of a test goes through the factory that all chains have.
    pub create2_factory: bool,
    /// What is watched of single instructions.
    pub watches: Watches,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            fork: Fork::Prague,
            block: BlockEnv {
                gas_limit: 1 << 30,
                ..BlockEnv::default()
            },
            chain_id: 31_337,
            gas_price: U256::zero(),
            sender: CALLER,
            origin: CALLER,
            balance: (U256::one() << 96) - 1,
            code_size_limit: None,
            memory_limit: Some(1 << 27),
            legacy_assertions: false,
            isolates: false,
            create2_factory: false,
            watches: Watches::default(),
        }
    }
}

impl Environment {
    /// What of it cheatcodes go by.
    pub(crate) fn conduct(&self) -> Conduct {
        Conduct {
            fork: self.fork,
            isolates: self.isolates,
            create2_factory: self.create2_factory,
        }
    }

    /// As this one, but for what a test wants otherwise.
    #[must_use]
    pub fn with(self, engine: &EngineOptions) -> Self {
        Self {
            fork: engine.fork.unwrap_or(self.fork),
            sender: engine.sender.unwrap_or(self.sender),
            legacy_assertions: engine.legacy_assertions.unwrap_or(self.legacy_assertions),
            isolates: engine.isolates.unwrap_or(self.isolates),
            create2_factory: engine.create2_factory.unwrap_or(self.create2_factory),
            ..self
        }
    }
}

/// The state below: nothing, but blocks have hashes.
#[derive(Debug, Default)]
pub(crate) struct Nothing;

impl Database for Nothing {
    type Error = Infallible;

    fn account(&self, _: Address) -> Result<Option<Account>, Infallible> {
        Ok(None)
    }
    fn code(&self, _: Hash) -> Result<Bytes, Infallible> {
        Ok(Bytes::new())
    }
    fn storage(&self, _: Address, _: U256) -> Result<U256, Infallible> {
        Ok(U256::zero())
    }
    fn block_hash(&self, number: u64) -> Result<Hash, Infallible> {
        Ok(keccak256(number.to_string().as_bytes()))
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It returned, and no assertion failed.
    Passed,
    /// `vm.assume` did not hold.
    Rejected,
    /// `vm.skip`, with what is said of it.
    Skipped(String),
    /// It reverted or halted, or an assertion failed that did not revert.
    Failed {
        /// It was an assertion: `assert`, `vm.assert*` and their like.
        by_assertion: bool,
    },
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Execution {
    /// How it ended.
    pub ended: Ended,
    /// As the machine has it.
    pub status: CallStatus,
    /// What it returned, or the reason of a revert.
    pub output: Bytes,
    /// Gas that it used, without what a transaction costs in itself.
    pub gas: u64,
    /// The contract that it created.
    pub created: Option<Address>,
    /// Its logs.
    pub logs: Logs,
}

/// An execution was interrupted, for it took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the test took too long")]
pub struct TimedOut;

/// A machine for one test contract.
pub struct Machine {
    evm: Evm<Nothing>,
    environment: Arc<Environment>,
    config: Config,
    /// What cheatcodes remember now.
    pub cheats: Cheats,
    /// The state after `setUp`, and what cheatcodes remembered then.
    start: Option<(Snapshot, Cheats)>,
    /// The test contract.
    pub contract: Address,
    /// Whether [`Machine::try_call`] says what was changed.
    pub wants_changes: bool,
    /// Counts instructions, where they are counted.
    recorder: Option<Recorder>,
}

/// Does something with the world between executions.
struct Between<'a>(&'a mut dyn FnMut(&mut World<'_>));

impl Director for Between<'_> {
    fn enter(&mut self, message: &mut Message, world: &mut World<'_>) -> Option<CallOutcome> {
        (self.0)(world);
        Some(CallOutcome::success(message.gas, Bytes::new()))
    }
}

impl Machine {
    /// A machine with the accounts that forge prepares.
    pub fn new(environment: Arc<Environment>, mut cheats: Cheats, config: Config) -> Self {
        cheats.conduct = environment.conduct();
        cheats.watched = Watched::new(environment.watches);
        let mut rules = environment.fork.rules().clone();
        let limit = environment.code_size_limit.unwrap_or(usize::MAX);
        rules.max_code_size = limit;
        rules.max_init_code_size = limit.saturating_mul(2);
        // Code that `vm.etch` sets may delegate on every fork.
        rules.delegation = true;
        let config = Config {
            chain_id: environment.chain_id,
            message_origin: Some(environment.origin),
            message_gas_price: environment.gas_price,
            memory_limit: environment.memory_limit,
            ..config
        };
        let mut evm = Evm::new(environment.fork, environment.block.clone(), Nothing)
            .with_rules(rules)
            .with_config(config.clone());
        // From here on everything can be undone.
        evm.snapshot();
        let sender = environment.sender;
        let mut machine = Self {
            evm,
            environment,
            config,
            cheats,
            start: None,
            contract: create_address(sender, 1),
            wants_changes: false,
            recorder: None,
        };
        machine.change(|world| {
            let _ = world.set_code(VM, &[0]);
            for account in [sender, CALLER, LIBRARY_DEPLOYER] {
                let _ = world.set_balance(account, U256::MAX);
            }
            let _ = world.set_nonce(sender, 1);
        });
        machine
    }

    /// From now on, executed instructions are counted.
    pub fn count(&mut self, collected: &Collected) {
        self.recorder = Some(collected.recorder());
    }

    /// Changes the world between executions.
    pub fn change(&mut self, mut change: impl FnMut(&mut World<'_>)) {
        let message = Message::call(CALLER, CALLER, Bytes::new(), 0);
        let mut between = Between(&mut change);
        // Nothing runs that could fail.
        if let Ok(executed) = self.evm.direct(&mut between, &message) {
            executed.commit();
        }
    }

    /// Deploys a library.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn deploy_library(&mut self, code: Bytes) -> Result<Execution, TimedOut> {
        self.cheats.begin_phase(Phase::Deployment);
        self.create(LIBRARY_DEPLOYER, code)
    }

    /// Deploys the test contract.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn deploy(&mut self, code: Bytes) -> Result<Execution, TimedOut> {
        let (sender, contract) = (self.environment.sender, self.contract);
        let balance = self.environment.balance;
        self.change(|world| {
            let _ = world.set_balance(contract, balance);
        });
        self.cheats.begin_phase(Phase::Deployment);
        let execution = self.create(sender, code)?;
        self.change(|world| {
            for account in [sender, CALLER, LIBRARY_DEPLOYER] {
                let _ = world.set_balance(account, balance);
            }
            let _ = world.set_code(FACTORY, &FACTORY_CODE);
            let _ = world.set_nonce(FACTORY, 1);
        });
        Ok(execution)
    }

    /// From now on, [`Machine::reset`] returns here.
    pub fn keep(&mut self) {
        let snapshot = self.evm.snapshot();
        self.start = Some((snapshot, self.cheats.clone()));
    }

    /// Another machine in the state that this one is in, for another thread; it returns there.
    pub fn fork(&mut self) -> Self {
        let environment = Arc::clone(&self.environment);
        self.fork_into(environment, self.cheats.clone())
    }

    /// As [`Machine::fork`], but with other rules, and cheatcodes that remember something else.
    pub fn fork_into(&mut self, environment: Arc<Environment>, cheats: Cheats) -> Self {
        let mut fork = Self::new(environment, cheats, self.config.clone());
        fork.contract = self.contract;
        fork.recorder = self.recorder.as_ref().map(Recorder::another);
        let mut accounts = Vec::new();
        self.change(|world| {
            for address in world.known_accounts() {
                let account = world.account(address);
                let code = world.code(address).unwrap_or_default();
                let storage = world.all_storage(address).unwrap_or_default();
                accounts.push((address, account, code, storage));
            }
        });
        fork.change(|world| {
            for (address, account, code, storage) in &accounts {
                // The state below is empty, and reading it cannot fail.
                if let Ok(account) = account {
                    let _ = world.set_balance(*address, account.balance);
                    let _ = world.set_nonce(*address, account.nonce);
                }
                if !code.is_empty() {
                    let _ = world.set_code(*address, code);
                }
                for (slot, value) in storage {
                    let _ = world.set_storage(*address, *slot, *value);
                }
            }
        });
        fork.keep();
        fork
    }

    /// Returns to the state that was kept, which is that after `setUp`.
    pub fn reset(&mut self) {
        if let Some((snapshot, cheats)) = &mut self.start {
            // Nobody returns to older ones, and what was read since is forgotten.
            let _ = self.evm.rewind_to(*snapshot);
            *snapshot = self.evm.snapshot();
            self.cheats.clone_from(cheats);
        }
    }

    fn create(&mut self, creator: Address, code: Bytes) -> Result<Execution, TimedOut> {
        let transaction = Transaction {
            input: code.clone(),
            to: None,
            ..Transaction::default()
        };
        let message = Message::create(creator, code, 0);
        self.execute(message, &transaction, true)
            .map(|(done, _)| done)
    }

    /// Calls a contract, and keeps what that changed.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn call(
        &mut self,
        caller: Address,
        to: Address,
        input: Bytes,
        value: U256,
    ) -> Result<Execution, TimedOut> {
        let transaction = Transaction {
            input: input.clone(),
            to: Some(to),
            ..Transaction::default()
        };
        let message = Message {
            value,
            ..Message::call(caller, to, input, 0)
        };
        self.execute(message, &transaction, true)
            .map(|(done, _)| done)
    }

    /// Calls a contract and says what that changed; takes it back unless it is to be kept. What cheatcodes remember is never
    /// taken back here.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn try_call(
        &mut self,
        caller: Address,
        to: Address,
        input: Bytes,
        keep: bool,
    ) -> Result<(Execution, Option<Changes>), TimedOut> {
        let transaction = Transaction {
            input: input.clone(),
            to: Some(to),
            ..Transaction::default()
        };
        let message = Message::call(caller, to, input, 0);
        if keep {
            return self.execute(message, &transaction, true);
        }
        let before = self.evm.snapshot();
        let execution = self.execute(message, &transaction, false);
        let _ = self.evm.rewind_to(before);
        execution
    }

    /// Calls the test contract as its tests are called.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn call_test(&mut self, input: Bytes) -> Result<Execution, TimedOut> {
        let (sender, contract) = (self.environment.sender, self.contract);
        let mut execution = self.call(sender, contract, input, U256::zero())?;
        if self.environment.legacy_assertions && execution.ended == Ended::Passed {
            let cheats = self.cheats.clone();
            let input = Bytes::copy_from_slice(&super::abi::selector("failed()"));
            let asked = self.call(sender, contract, input, U256::zero());
            self.cheats = cheats;
            let has_failed = asked?.output.iter().any(|byte| *byte != 0);
            if has_failed {
                execution.ended = Ended::Failed { by_assertion: true };
            }
        }
        Ok(execution)
    }

    /// Runs one test, with selector and encoded arguments, from the state after `setUp`; the state is then as the test left
    /// it. This is what property tests do for each of their runs.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn run_test(&mut self, input: Bytes) -> Result<Execution, TimedOut> {
        self.reset();
        self.cheats.begin_phase(Phase::Execution);
        self.call_test(input)
    }

    fn attempt(
        &mut self,
        mut message: Message,
        transaction: &Transaction,
        keep: bool,
    ) -> Result<(Execution, Option<Changes>), TimedOut> {
        let schedule = self.environment.fork.schedule();
        let intrinsic = transaction.intrinsic_gas(schedule);
        message.gas = self.environment.block.gas_limit.saturating_sub(intrinsic);
        self.cheats.begin();
        let (outcome, changes) = {
            let mut watcher = Watcher {
                recorder: self.recorder.as_mut(),
                watched: self.cheats.watched.clone(),
            };
            let executed = if watcher.is_idle() {
                self.evm.direct(&mut self.cheats, &message)
            } else {
                self.evm
                    .direct_and_inspect(&mut self.cheats, &mut watcher, &message)
            };
            match executed {
                Ok(executed) if !keep => (executed.discard(), None),
                Ok(executed) => {
                    let changes = self.wants_changes.then(|| executed.changes());
                    (executed.commit(), changes)
                }
                Err(Error::Stopped(_)) => return Err(TimedOut),
                // Such errors are of transactions and of databases that fail; this is neither.
                Err(_) => return Err(TimedOut),
            }
        };
        let spent = intrinsic.saturating_add(outcome.gas_used);
        // EIP-3529, EIP-7623. A counter below zero is a number without end to forge.
        let counted = match self.cheats.refund {
            ..0 if outcome.status == CallStatus::Success => u64::MAX,
            _ => outcome.gas_refunded,
        };
        let refunded = counted.min(spent / schedule.refund_quotient.max(1));
        let used = (spent - refunded).max(transaction.floor_gas(schedule));
        let intrinsic = intrinsic + self.cheats.access_list_gas;
        let execution = Execution {
            ended: self.ended(outcome.status, &outcome.output),
            status: outcome.status,
            output: outcome.output,
            gas: used.saturating_sub(intrinsic),
            created: outcome.created,
            logs: outcome.logs,
        };
        Ok((execution, changes))
    }

    fn ended(&self, status: CallStatus, output: &[u8]) -> Ended {
        if status == CallStatus::Success {
            return if self.cheats.failed {
                Ended::Failed { by_assertion: true }
            } else {
                Ended::Passed
            };
        }
        if output == ASSUME {
            return Ended::Rejected;
        }
        if let Some(reason) = output.strip_prefix(SKIP) {
            return Ended::Skipped(skip_reason(reason));
        }
        Ended::Failed {
            by_assertion: is_assertion(output),
        }
    }

    /// Sends a message as it is, and keeps what it changed or takes it back; an inspector may look on. There is no
    /// transaction around it: what it used of its gas is what its frames used.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn send(
        &mut self,
        message: &Message,
        keep: bool,
        inspector: Option<&mut dyn Inspector>,
    ) -> Result<Execution, TimedOut> {
        self.cheats.begin();
        let outcome = {
            let executed = match inspector {
                None => self.evm.direct(&mut self.cheats, message),
                Some(inspector) => {
                    self.evm
                        .direct_and_inspect(&mut self.cheats, inspector, message)
                }
            };
            match executed {
                Ok(executed) if keep => executed.commit(),
                Ok(executed) => executed.discard(),
                Err(_) => return Err(TimedOut),
            }
        };
        Ok(Execution {
            ended: self.ended(outcome.status, &outcome.output),
            status: outcome.status,
            output: outcome.output,
            gas: outcome.gas_used,
            created: outcome.created,
            logs: outcome.logs,
        })
    }

    /// Lets time and blocks pass before the next execution.
    pub fn pass(&mut self, seconds: u64, blocks: u64) {
        let block = &mut self.cheats.surroundings.block;
        block.timestamp = block.timestamp.saturating_add(seconds);
        block.number = block.number.saturating_add(blocks);
    }

    /// The environment that it was made for.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The surroundings of an execution as they are now.
    pub fn surroundings(&self) -> &Surroundings {
        &self.cheats.surroundings
    }

    /// Lines that were shown.
    pub fn lines(&self) -> Vec<String> {
        self.lines_since(0)
    }

    /// Lines that were shown after so many.
    pub fn lines_since(&self, count: usize) -> Vec<String> {
        let logs: &[EventLog] = &self.cheats.logs;
        logs.iter()
            .skip(count)
            .flat_map(super::cheats::console::lines)
            .collect()
    }
}
