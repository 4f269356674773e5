//! The state as a transaction sees and changes it: a cache over the database, and a journal that undoes.
//!
//! Accounts and slots live in arenas and are named by their position, so that the journal undoes without look-ups.
//! What belongs to one transaction (original values, warm sets, flags) carries the transaction's number and is reset
//! when next touched. Nothing here prices anything.

mod database;
mod journal;
#[cfg(test)]
mod undo_test;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use primitive_types::{H160 as Address, H256 as Hash, U256};

pub use database::{Account, Database, MemoryDatabase};
pub(crate) use database::{Adapter, HostFailed, Source};
pub(crate) use journal::Checkpoint;
use journal::Entry;

use crate::interpreter::Code;
use crate::keccak::EMPTY_CODE_HASH;
use crate::precompiles::PrecompileFn;

/// A log entry (Yellow Paper, 4.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The contract that logged.
    pub address: Address,
    /// Up to four topics.
    pub topics: Vec<Hash>,
    /// The data.
    pub data: Bytes,
}

/// What a transaction changed, in the order of addresses and slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Accounts that were touched, as they are afterwards.
    pub accounts: BTreeMap<Address, AccountChange>,
}

/// An account after a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountChange {
    /// Nonce afterwards.
    pub nonce: u64,
    /// Balance afterwards, wei.
    pub balance: U256,
    /// Hash of the code afterwards.
    pub code_hash: Hash,
    /// The code, where the transaction set it.
    pub code: Option<Bytes>,
    /// Slots that changed, with their values afterwards.
    pub storage: BTreeMap<U256, U256>,
    /// There is no such account any more.
    pub deleted: bool,
    /// All storage from before the transaction is gone.
    pub storage_cleared: bool,
}

/// The position of an account in the arena.
pub(crate) type AccountId = usize;
/// The position of a slot in the arena.
pub(crate) type SlotId = usize;

/// What is true of an account within the current transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) exists: bool,
    pub(crate) warm: bool,
    pub(crate) touched: bool,
    pub(crate) created: bool,
    pub(crate) destructed: bool,
}

#[derive(Clone)]
pub(crate) struct AccountState {
    pub(crate) address: Address,
    pub(crate) nonce: u64,
    pub(crate) balance: U256,
    pub(crate) code_hash: Hash,
    pub(crate) flags: Flags,
    /// The precompiled contract at this address, which is warm from the start (EIP-2929).
    pub(crate) precompile: Option<PrecompileFn>,
    /// The code, once it was asked for.
    code: Option<Arc<Code>>,
    has_storage: bool,
    /// Whether slots that are not cached are read from the database.
    storage_in_database: bool,
    /// Names the account's storage; a deleted account gets a new one.
    storage_id: u32,
    existed: bool,
    transaction: u32,
}

impl AccountState {
    /// EIP-161: no code, no nonce, no balance.
    pub(crate) fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance.is_zero() && self.code_hash == EMPTY_CODE_HASH
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Slot {
    account: AccountId,
    key: U256,
    pub(crate) value: U256,
    pub(crate) original: U256,
    pub(crate) warm: bool,
    transaction: u32,
}

#[derive(Default)]
pub(crate) struct State {
    accounts: Vec<AccountState>,
    account_index: HashMap<Address, AccountId, RandomState>,
    slots: Vec<Slot>,
    slot_index: HashMap<(u32, U256), SlotId, RandomState>,
    transient: Vec<U256>,
    transient_index: HashMap<(AccountId, U256), usize, RandomState>,
    code: HashMap<Hash, Arc<Code>, RandomState>,
    journal: Vec<Entry>,
    pub(crate) logs: Vec<Log>,
    /// The refund counter (Yellow Paper, 6.1); negative only in between.
    pub(crate) refund: i64,
    transaction: u32,
    storages: u32,
    precompiles: BTreeMap<Address, PrecompileFn>,
    /// Whether what earlier transactions did may still be undone.
    keeps_history: bool,
}

impl State {
    /// Puts a precompiled contract at an address.
    pub(crate) fn set_precompile(&mut self, address: Address, run: PrecompileFn) {
        self.precompiles.insert(address, run);
        if let Some(&id) = self.account_index.get(&address) {
            self.accounts[id].precompile = Some(run);
        }
    }

    /// From now on, everything can be undone back to the checkpoint that is returned.
    pub(crate) fn keep_history(&mut self) -> Checkpoint {
        if !self.keeps_history {
            self.journal.clear();
            self.keeps_history = true;
        }
        self.logs.clear();
        self.checkpoint()
    }

    /// Earlier transactions need not be undone any more.
    pub(crate) fn forget_history(&mut self) {
        self.keeps_history = false;
    }

    /// Starts a transaction: everything is cold again.
    pub(crate) fn begin(&mut self) -> Checkpoint {
        self.transaction += 1;
        if !self.keeps_history {
            self.journal.clear();
        }
        self.transient.clear();
        self.transient_index.clear();
        self.logs.clear();
        self.refund = 0;
        self.checkpoint()
    }

    /// The account's position; it is read on the first access.
    pub(crate) fn load(
        &mut self,
        source: &dyn Source,
        address: Address,
    ) -> Result<AccountId, HostFailed> {
        if let Some(&id) = self.account_index.get(&address) {
            let transaction = self.transaction;
            let account = &mut self.accounts[id];
            if account.transaction != transaction {
                account.transaction = transaction;
                account.existed = account.flags.exists;
                account.flags = Flags {
                    exists: account.existed,
                    ..Flags::default()
                };
            }
            return Ok(id);
        }
        let found = source.account(address)?;
        let account = found.unwrap_or(Account {
            nonce: 0,
            balance: U256::zero(),
            code_hash: EMPTY_CODE_HASH,
            has_storage: false,
        });
        let id = self.accounts.len();
        self.storages += 1;
        self.accounts.push(AccountState {
            address,
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
            flags: Flags {
                exists: found.is_some(),
                ..Flags::default()
            },
            precompile: self.precompiles.get(&address).copied(),
            code: None,
            has_storage: account.has_storage,
            storage_in_database: account.has_storage,
            storage_id: self.storages,
            existed: found.is_some(),
            transaction: self.transaction,
        });
        self.account_index.insert(address, id);
        Ok(id)
    }

    /// The account's position, and whether this is the first access in the transaction (EIP-2929).
    pub(crate) fn access(
        &mut self,
        source: &dyn Source,
        address: Address,
    ) -> Result<(AccountId, bool), HostFailed> {
        let id = self.load(source, address)?;
        let account = &self.accounts[id];
        let cold = !account.flags.warm && account.precompile.is_none();
        if cold {
            self.set_flags(id, |flags| flags.warm = true);
        }
        Ok((id, cold))
    }

    #[inline]
    pub(crate) fn account(&self, id: AccountId) -> &AccountState {
        &self.accounts[id]
    }

    /// Whether creating a contract here fails (EIP-684, EIP-7610).
    pub(crate) fn is_taken(&self, id: AccountId) -> bool {
        let account = &self.accounts[id];
        account.nonce != 0 || account.code_hash != EMPTY_CODE_HASH || account.has_storage
    }

    pub(crate) fn code(
        &mut self,
        source: &dyn Source,
        id: AccountId,
    ) -> Result<Arc<Code>, HostFailed> {
        if let Some(code) = &self.accounts[id].code {
            return Ok(Arc::clone(code));
        }
        let hash = self.accounts[id].code_hash;
        let code = match self.code.get(&hash) {
            Some(code) => Arc::clone(code),
            None => {
                let bytes = if hash == EMPTY_CODE_HASH {
                    Bytes::new()
                } else {
                    source.code(hash)?
                };
                let code = Arc::new(Code::new(&bytes));
                self.code.insert(hash, Arc::clone(&code));
                code
            }
        };
        self.accounts[id].code = Some(Arc::clone(&code));
        Ok(code)
    }

    /// The slot's position, and whether this is the first access in the transaction (EIP-2929).
    pub(crate) fn access_slot(
        &mut self,
        source: &dyn Source,
        account: AccountId,
        key: U256,
    ) -> Result<(SlotId, bool), HostFailed> {
        let owner = &self.accounts[account];
        if let Some(&id) = self.slot_index.get(&(owner.storage_id, key)) {
            let slot = &mut self.slots[id];
            if slot.transaction != self.transaction {
                slot.transaction = self.transaction;
                slot.original = slot.value;
                slot.warm = false;
            }
            let cold = !slot.warm;
            if cold {
                slot.warm = true;
                self.journal.push(Entry::SlotWarmed(id));
            }
            return Ok((id, cold));
        }
        let value = if owner.storage_in_database {
            source.storage(owner.address, key)?
        } else {
            U256::zero()
        };
        let id = self.slots.len();
        self.slot_index.insert((owner.storage_id, key), id);
        self.slots.push(Slot {
            account,
            key,
            value,
            original: value,
            warm: true,
            transaction: self.transaction,
        });
        self.journal.push(Entry::SlotWarmed(id));
        Ok((id, true))
    }

    #[inline]
    pub(crate) fn slot(&self, id: SlotId) -> &Slot {
        &self.slots[id]
    }

    pub(crate) fn transient(&self, account: AccountId, key: U256) -> U256 {
        let position = self.transient_index.get(&(account, key));
        position.map_or(U256::zero(), |&position| self.transient[position])
    }

    /// What the transaction changed. `from` is where it began.
    pub(crate) fn changes(&self, from: &Checkpoint) -> Changes {
        let mut changes = Changes::default();
        for entry in &self.journal[from.journal..] {
            let (account, slot, code) = match entry {
                Entry::Slot { slot, .. } => (self.slots[*slot].account, Some(*slot), false),
                Entry::Code { account, .. } => (*account, None, true),
                Entry::Balance { account, .. } | Entry::Nonce { account, .. } => {
                    (*account, None, false)
                }
                Entry::Flags { account, .. } | Entry::Deleted { account, .. } => {
                    (*account, None, false)
                }
                Entry::SlotWarmed(_) | Entry::Transient { .. } => continue,
            };
            let state = &self.accounts[account];
            let flags = state.flags;
            // An account that was only read is not a change; one that never was and is not, neither.
            if !flags.touched || (!flags.exists && !state.existed) {
                continue;
            }
            let change = changes
                .accounts
                .entry(state.address)
                .or_insert_with(|| AccountChange {
                    nonce: state.nonce,
                    balance: state.balance,
                    code_hash: state.code_hash,
                    code: None,
                    storage: BTreeMap::new(),
                    deleted: !flags.exists,
                    storage_cleared: flags.exists && flags.created,
                });
            if code && flags.exists {
                let code = self.code.get(&state.code_hash);
                change.code = Some(code.map_or_else(Bytes::new, |code| code.to_bytes()));
            }
            if let Some(slot) = slot.map(|slot| &self.slots[slot])
                && flags.exists
                && slot.value != slot.original
            {
                change.storage.insert(slot.key, slot.value);
            }
        }
        changes
    }
}
