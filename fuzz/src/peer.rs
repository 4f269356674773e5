//! revm on a case.

use gasworks::{Address, Fork, Hash, TransactionKind, U256};
use revm::bytecode::Bytecode;
use revm::context::either::Either;
use revm::context::result::{EVMError, ExecutionResult, ResultAndState};
use revm::context::transaction::{AccessList, AccessListItem, Authorization, SignedAuthorization};
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::{ContextTr, JournalTr};
use revm::database::{CacheDB, EmptyDB};
use revm::interpreter::Interpreter;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_types::Jumps;
use revm::primitives::hardfork::SpecId;
use revm::primitives::{self, B256, TxKind};
use revm::state::{AccountInfo, EvmState};
use revm::{InspectEvm, Inspector, MainBuilder, MainContext};

use crate::case::{Account, Case, State};
use crate::reference::Step;
use crate::verdict::{Executed, Log, Status, Verdict};

/// The forks that both machines have. revm has no Constantinople, and forks that execute as their parents do are left out.
pub const FORKS: &[(Fork, SpecId)] = &[
    (Fork::Frontier, SpecId::FRONTIER),
    (Fork::Homestead, SpecId::HOMESTEAD),
    (Fork::Tangerine, SpecId::TANGERINE),
    (Fork::SpuriousDragon, SpecId::SPURIOUS_DRAGON),
    (Fork::Byzantium, SpecId::BYZANTIUM),
    (Fork::Petersburg, SpecId::PETERSBURG),
    (Fork::Istanbul, SpecId::ISTANBUL),
    (Fork::Berlin, SpecId::BERLIN),
    (Fork::London, SpecId::LONDON),
    (Fork::Paris, SpecId::MERGE),
    (Fork::Shanghai, SpecId::SHANGHAI),
    (Fork::Cancun, SpecId::CANCUN),
    (Fork::Prague, SpecId::PRAGUE),
    (Fork::Osaka, SpecId::OSAKA),
];

fn to_address(address: Address) -> primitives::Address {
    primitives::Address::from(address.0)
}

fn to_word(word: U256) -> primitives::U256 {
    primitives::U256::from_limbs(word.0)
}

fn to_hash(hash: Hash) -> B256 {
    B256::from(hash.0)
}

fn from_address(address: primitives::Address) -> Address {
    Address(address.into_array())
}

fn from_word(word: primitives::U256) -> U256 {
    U256(word.into_limbs())
}

type Mainnet = Context<BlockEnv, TxEnv, CfgEnv, CacheDB<EmptyDB>>;

/// Runs a case; what comes of it, and the first `most` steps.
pub fn trace(case: &Case, most: usize) -> (Verdict, Vec<Step>) {
    let recorder = Recorder {
        steps: Vec::new(),
        most,
    };
    let mut evm = context(case).build_mainnet_with_inspector(recorder);
    let verdict = match evm.inspect_tx(transaction(case)) {
        Ok(ResultAndState { result, state }) => Ok(executed(case, result, state)),
        Err(EVMError::Transaction(reason)) => Err(reason.to_string()),
        Err(error) => panic!("a database in memory does not fail: {error}"),
    };
    (verdict, evm.inspector.steps)
}

struct Recorder {
    steps: Vec<Step>,
    most: usize,
}

impl<C: ContextTr> Inspector<C, EthInterpreter> for Recorder {
    fn step(&mut self, frame: &mut Interpreter<EthInterpreter>, context: &mut C) {
        if self.steps.len() < self.most {
            self.steps.push(Step {
                pc: frame.bytecode.pc(),
                opcode: frame.bytecode.opcode(),
                gas: frame.gas.remaining(),
                depth: context.journal_mut().depth(),
                stack: frame.stack.data().iter().copied().map(from_word).collect(),
            });
        }
    }
}

fn context(case: &Case) -> Mainnet {
    let spec = spec(case);
    let mut config = CfgEnv::new_with_spec(spec);
    if let Some(blobs) = case.fork.rules().blobs {
        config.set_max_blobs_per_tx(blobs.max_per_transaction);
    }
    Context::mainnet()
        .with_db(database(&case.state))
        .with_cfg(config)
        .with_block(block(case, spec))
}

fn spec(case: &Case) -> SpecId {
    let spec = FORKS.iter().find(|(fork, _)| *fork == case.fork);
    spec.map_or_else(|| panic!("revm has no {}", case.fork), |(_, spec)| *spec)
}

fn database(state: &State) -> CacheDB<EmptyDB> {
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in state {
        let address = to_address(*address);
        let code = Bytecode::new_raw(primitives::Bytes(account.code.clone()));
        let hash = code.hash_slow();
        let info = AccountInfo::new(to_word(account.balance), account.nonce, hash, code);
        database.insert_account_info(address, info);
        for (slot, value) in &account.storage {
            let inserted =
                database.insert_account_storage(address, to_word(*slot), to_word(*value));
            inserted.expect("an empty database does not fail");
        }
    }
    database
}

fn block(case: &Case, spec: SpecId) -> BlockEnv {
    let block = &case.block;
    let excess = block.excess_blob_gas.unwrap_or(0);
    BlockEnv {
        number: primitives::U256::from(block.number),
        beneficiary: to_address(block.coinbase),
        timestamp: primitives::U256::from(block.timestamp),
        gas_limit: block.gas_limit,
        basefee: block.base_fee,
        difficulty: to_word(block.difficulty),
        prevrandao: Some(to_hash(block.prev_randao)),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new_with_spec(excess, spec)),
        slot_num: 0,
    }
}

fn transaction(case: &Case) -> TxEnv {
    let transaction = &case.transaction;
    let access_list = transaction.access_list().iter().map(|item| AccessListItem {
        address: to_address(item.address),
        storage_keys: item
            .slots
            .iter()
            .map(|slot| B256::from(slot.to_big_endian()))
            .collect(),
    });
    let authorizations = transaction.authorizations().iter().map(|authorization| {
        let signature = authorization.signature;
        Either::Left(SignedAuthorization::new_unchecked(
            Authorization {
                chain_id: to_word(authorization.chain_id),
                address: to_address(authorization.address),
                nonce: authorization.nonce,
            },
            signature.y_parity,
            to_word(signature.r),
            to_word(signature.s),
        ))
    });
    let fees = transaction.dynamic_fees();
    let max_fee_per_blob_gas = match &transaction.kind {
        TransactionKind::Blob {
            max_fee_per_blob_gas,
            ..
        } => max_fee_per_blob_gas.as_u128(),
        _ => 0,
    };
    TxEnv {
        tx_type: transaction.type_byte(),
        caller: to_address(transaction.sender),
        gas_limit: transaction.gas_limit,
        gas_price: transaction.gas_price_cap().as_u128(),
        kind: transaction
            .to
            .map_or(TxKind::Create, |to| TxKind::Call(to_address(to))),
        value: to_word(transaction.value),
        data: primitives::Bytes(transaction.input.clone()),
        nonce: transaction.nonce,
        chain_id: transaction.chain_id,
        access_list: AccessList(access_list.collect()),
        gas_priority_fee: fees.map(|fees| fees.max_priority_fee_per_gas.as_u128()),
        blob_hashes: transaction
            .blob_hashes()
            .iter()
            .copied()
            .map(to_hash)
            .collect(),
        max_fee_per_blob_gas,
        authorization_list: authorizations.collect(),
    }
}

fn executed(case: &Case, result: ExecutionResult, state: EvmState) -> Executed {
    let status = match &result {
        ExecutionResult::Success { .. } => Status::Success,
        ExecutionResult::Revert { .. } => Status::Revert,
        ExecutionResult::Halt { .. } => Status::Halt,
    };
    let logs = result.logs().iter().map(|log| Log {
        address: from_address(log.address),
        topics: log.topics().iter().map(|topic| Hash(topic.0)).collect(),
        data: log.data.data.0.clone(),
    });
    Executed {
        status,
        gas_used: result.gas().tx_gas_used(),
        // Capped by EIP-3529, but not yet hidden by the floor of EIP-7623; Gasworks reports the same.
        gas_refunded: result.gas().inner_refunded(),
        created: result.created_address().map(from_address),
        // revm keeps the logs of a halted transaction, although no receipt has them.
        logs: if status == Status::Success {
            logs.collect()
        } else {
            Vec::new()
        },
        output: result.into_output().unwrap_or_default().0,
        state: after(case, state),
    }
}

/// The state with the changes applied as revm's databases apply them.
fn after(case: &Case, changes: EvmState) -> State {
    let clears_empty = case.fork.rules().clears_empty_accounts;
    let mut state = case.state.clone();
    for (address, change) in changes {
        if !change.is_touched() {
            continue;
        }
        let address = from_address(address);
        let gone = change.is_selfdestructed() || (change.is_empty() && clears_empty);
        if gone {
            state.remove(&address);
            continue;
        }
        let account: &mut Account = state.entry(address).or_default();
        account.nonce = change.info.nonce;
        account.balance = from_word(change.info.balance);
        if let Some(code) = &change.info.code {
            account.code = code.original_bytes().0;
        }
        if change.is_created() {
            account.storage.clear();
        }
        for (slot, value) in change.storage {
            account
                .storage
                .insert(from_word(slot), from_word(value.present_value()));
        }
        account.storage.retain(|_, value| !value.is_zero());
    }
    state
}
