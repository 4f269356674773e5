//! revm, set up for a program as one who embeds it would.
//!
//! A transaction is `ExecuteEvm::transact`, which clears the journal, so that accounts are read again from the database in
//! memory. A bare message has no verb of its own in revm; the nearest is what its handler does between charging the sender
//! and refunding: the frame is built and run by the handler's own loop, and `discard_tx` takes the changes back while the
//! journal keeps the accounts it has loaded. That is less work than any transaction with its checks switched off, and the
//! same work as `gasworks::Evm::call` does.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hint::black_box;

use revm::bytecode::Bytecode;
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, Cfg, CfgEnv, Context, ContextTr, JournalTr, LocalContextTr, TxEnv};
use revm::database::{CacheDB, DatabaseRef};
use revm::handler::{EvmTr, FrameResult, Handler, MainnetContext, MainnetHandler};
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::{
    CallInput, CallInputs, CallScheme, CallValue, FrameInput, InterpreterResult, SharedMemory,
};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, B256, Bytes, TxKind, U256};
use revm::state::AccountInfo;
use revm::{ExecuteEvm, MainBuilder, MainContext, MainnetEvm};

use crate::{Machine, Mode, Observed, Program, Status};

type Database = CacheDB<Codes>;
type Failure = revm::context::result::EVMError<Infallible>;
type Run = MainnetHandler<MainnetEvm<MainnetContext<Database>>, Failure, revm::handler::EthFrame>;

/// revm with a program loaded.
pub struct Peer {
    evm: MainnetEvm<MainnetContext<Database>>,
    transaction: TxEnv,
}

fn address(address: gasworks::Address) -> Address {
    Address::from(address.0)
}

fn word(word: gasworks::U256) -> U256 {
    U256::from_limbs(word.0)
}

/// A database of nothing but code as it is written, which is looked over when it is asked for.
#[derive(Debug, Default)]
struct Codes(HashMap<B256, Bytes>);

impl DatabaseRef for Codes {
    type Error = Infallible;

    fn basic_ref(&self, _: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(None)
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self
            .0
            .get(&hash)
            .cloned()
            .map(Bytecode::new_raw)
            .unwrap_or_default())
    }

    fn storage_ref(&self, _: Address, _: U256) -> Result<U256, Infallible> {
        Ok(U256::ZERO)
    }

    fn block_hash_ref(&self, _: u64) -> Result<B256, Infallible> {
        Ok(B256::ZERO)
    }
}

impl Peer {
    /// Sets it up, and runs the program once: it has loaded what the program needs.
    pub fn new(program: &Program) -> Self {
        let mut peer = Self::with(program, true);
        // The first transaction sets the journal up, too: the fork, and the precompiles that are warm.
        let first = peer.evm.transact_one(peer.transaction.clone());
        drop(first.expect("a valid program"));
        drop(peer.evm.finalize());
        peer
    }

    /// Sets it up without having seen any code: the first transaction is a transfer between others.
    pub fn cold(program: &Program) -> Self {
        let mut peer = Self::with(program, false);
        let transfer = TxEnv {
            caller: Address::repeat_byte(0x99),
            gas_limit: 21_000,
            kind: TxKind::Call(Address::repeat_byte(0x98)),
            value: U256::ZERO,
            data: Bytes::new(),
            ..peer.transaction.clone()
        };
        drop(peer.evm.transact_one(transfer).expect("a valid transfer"));
        drop(peer.evm.finalize());
        peer
    }

    fn with(program: &Program, known_code: bool) -> Self {
        let mut database = CacheDB::new(Codes::default());
        for (at, account) in program.state() {
            let code = Bytes(account.code);
            let hash = revm::primitives::keccak256(&code);
            let mut info = AccountInfo::new(
                word(account.balance),
                account.nonce,
                hash,
                Bytecode::default(),
            );
            info.code = known_code.then(|| Bytecode::new_raw(code.clone()));
            database.db.0.insert(hash, code);
            database.insert_account_info(address(at), info);
            for (slot, value) in account.storage {
                let inserted =
                    database.insert_account_storage(address(at), word(slot), word(value));
                inserted.expect("an empty database does not fail");
            }
        }
        let env = program.env.block();
        let block = BlockEnv {
            number: U256::from(env.number),
            beneficiary: address(env.coinbase),
            timestamp: U256::from(env.timestamp),
            gas_limit: env.gas_limit,
            basefee: env.base_fee,
            prevrandao: Some(B256::from(env.prev_randao.0)),
            ..BlockEnv::default()
        };
        let mut config = CfgEnv::new_with_spec(SpecId::OSAKA);
        // EIP-7825 would refuse the gas limits of the programs.
        config.tx_gas_limit_cap = Some(u64::MAX);
        let context = Context::mainnet()
            .with_db(database)
            .with_cfg(config)
            .with_block(block);
        let transaction = TxEnv {
            caller: address(program.caller),
            gas_limit: program.gas,
            gas_price: 0,
            kind: TxKind::Call(address(program.to)),
            value: word(program.value),
            data: Bytes::from(program.calldata.clone()),
            chain_id: None,
            ..TxEnv::default()
        };
        Self {
            evm: context.build_mainnet(),
            transaction,
        }
    }

    /// Runs the frame of a bare message. What it changed stays in the journal until [`Peer::discard`].
    fn message(&mut self) -> InterpreterResult {
        let context = self.evm.ctx_mut();
        let mut memory =
            SharedMemory::new_with_buffer(context.local().shared_memory_buffer().clone());
        memory.set_memory_limit(context.cfg().memory_limit());
        let TxKind::Call(to) = self.transaction.kind else {
            unreachable!("set by new")
        };
        if !self.transaction.value.is_zero() {
            // The transaction would have loaded the account that pays.
            let sender = context.journal_mut().load_account(self.transaction.caller);
            sender.expect("a database in memory does not fail");
        }
        let account = context.journal_mut().load_account_with_code(to);
        let info = &account.expect("a database in memory does not fail").info;
        let known_bytecode = (info.code_hash(), info.code.clone().unwrap_or_default());
        let inputs = CallInputs {
            input: CallInput::Bytes(self.transaction.data.clone()),
            gas_limit: self.transaction.gas_limit,
            target_address: to,
            bytecode_address: to,
            known_bytecode,
            caller: self.transaction.caller,
            value: CallValue::Transfer(self.transaction.value),
            scheme: CallScheme::Call,
            is_static: false,
            return_memory_offset: 0..0,
            reservoir: 0,
            charged_new_account_state_gas: false,
        };
        let frame = FrameInit {
            depth: 0,
            memory,
            frame_input: FrameInput::Call(Box::new(inputs)),
        };
        let result = Run::default().run_exec_loop(&mut self.evm, frame);
        match result.expect("a database in memory does not fail") {
            FrameResult::Call(outcome) => outcome.result,
            FrameResult::Create(_) => unreachable!("a call was asked for"),
        }
    }

    /// Sends a contract the program's message; returns the gas used.
    pub fn call_at(&mut self, to: gasworks::Address) -> u64 {
        self.transaction.kind = TxKind::Call(address(to));
        let gas = self.message().gas.total_gas_spent();
        self.discard();
        gas
    }

    fn discard(&mut self) {
        self.evm.ctx_mut().journal_mut().discard_tx();
        self.evm.ctx_mut().local_mut().clear();
        self.evm.frame_stack().clear();
    }
}

impl Machine for Peer {
    fn observe(&mut self, mode: Mode) -> Observed {
        match mode {
            Mode::Call => {
                let result = self.message();
                self.discard();
                let status = if result.result.is_ok() {
                    Status::Success
                } else if result.result.is_revert() {
                    Status::Revert
                } else {
                    Status::Halt
                };
                Observed {
                    status,
                    gas: result.gas.total_gas_spent(),
                    output: result.output.0,
                }
            }
            Mode::Transaction => {
                let result = self
                    .evm
                    .transact(self.transaction.clone())
                    .expect("a valid program");
                let result = result.result;
                let status = match result {
                    ExecutionResult::Success { .. } => Status::Success,
                    ExecutionResult::Revert { .. } => Status::Revert,
                    ExecutionResult::Halt { .. } => Status::Halt,
                };
                let gas = result.tx_gas_used();
                Observed {
                    status,
                    gas,
                    output: result.into_output().unwrap_or_default().0,
                }
            }
        }
    }

    fn repeat(&mut self, mode: Mode, times: u32) {
        for _ in 0..times {
            match mode {
                Mode::Call => {
                    let _ = black_box(&self.message());
                    self.discard();
                }
                Mode::Transaction => {
                    let executed = self.evm.transact(black_box(&self.transaction).clone());
                    let _ = black_box(&executed);
                }
            }
        }
    }
}
