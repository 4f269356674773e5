//! The state as a transaction sees and changes it: a cache over the database, and a journal that undoes.
//!
//! Accounts and slots live in arenas and are named by their position, so that the journal undoes without look-ups, and
//! an access takes one.
//! What belongs to one transaction (original values, warm sets, flags) carries the transaction's number and is reset
//! when next touched. Nothing here prices anything.

mod access;
mod block_hashes;
mod code_cache;
mod codes;
mod database;
mod extent;
mod index;
mod journal;
mod logs;
mod nested;
#[cfg(test)]
mod undo_test;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use primitive_types::{H160 as Address, H256 as Hash, U256};

use block_hashes::BlockHashes;
pub use code_cache::CodeCache;
use codes::Codes;
pub use database::{Account, Database, MemoryDatabase};
pub(crate) use database::{Adapter, HostFailed, Source};
pub(crate) use extent::Extent;
pub(crate) use index::AccountKey;
use index::{Index, Keys, Position, Recent};
pub(crate) use journal::Checkpoint;
use journal::Entry;
pub use logs::{Log, Logs};
pub(crate) use nested::Outer;

use crate::interpreter::Code;
use crate::keccak::EMPTY_CODE_HASH;
use crate::precompiles::PrecompileFn;
use crate::word;

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
pub(crate) type AccountId = Position;
/// The position of a slot in the arena.
pub(crate) type SlotId = Position;

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
    key: AccountKey,
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
    storage_id: u64,
    existed: bool,
    transaction: u64,
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
    /// The storage that it is in, see [`AccountState`].
    storage_id: u64,
    transaction: u64,
    pub(crate) warm: bool,
    key: U256,
    pub(crate) value: U256,
    pub(crate) original: U256,
}

impl Slot {
    #[inline(always)]
    fn is(&self, storage_id: u64, key: &U256) -> bool {
        self.storage_id == storage_id && word::same(self.key, *key)
    }
}

/// A read or a write of storage by an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageAccess {
    /// Whose storage.
    pub address: Address,
    /// Which word of it.
    pub slot: U256,
    /// Whether it was written.
    pub is_write: bool,
    /// What was there.
    pub previous: U256,
    /// What is there now.
    pub value: U256,
}

/// A look at an account by an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountAccess {
    /// Whose account.
    pub address: Address,
    /// Who looked.
    pub by: Address,
    /// How.
    pub kind: AccountAccessKind,
}

/// The instructions that look at accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountAccessKind {
    /// BALANCE.
    Balance,
    /// EXTCODESIZE.
    CodeSize,
    /// EXTCODEHASH.
    CodeHash,
    /// EXTCODECOPY.
    CodeCopy,
}

/// What an instruction has accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A word of storage.
    Storage(StorageAccess),
    /// An account.
    Account(AccountAccess),
}

/// A hash of two words by an instruction: where Solidity keeps a mapping's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairHash {
    /// Whose code it was.
    pub address: Address,
    /// The two words.
    pub words: (U256, U256),
    /// Their hash.
    pub hash: U256,
}

/// A word that lasts for a transaction (EIP-1153).
#[derive(Clone, Debug)]
struct TransientSlot {
    account: AccountId,
    key: U256,
    value: U256,
}

#[derive(Default)]
pub(crate) struct State {
    keys: Keys,
    accounts: Vec<AccountState>,
    account_index: Index,
    recent_accounts: Recent,
    slots: Vec<Slot>,
    slot_index: Index,
    recent_slots: Recent,
    transient: Vec<TransientSlot>,
    transient_index: Index,
    codes: Codes,
    block_hashes: BlockHashes,
    journal: Vec<Entry>,
    /// Accounts as they were, for the entries of the journal that say so.
    replaced: Vec<AccountState>,
    pub(crate) logs: Logs,
    /// The refund counter (Yellow Paper, 6.1); negative only in between.
    pub(crate) refund: i64,
    transaction: u64,
    storages: u64,
    precompiles: BTreeMap<Address, PrecompileFn>,
    /// The account of the precompile whose touch outlives a revert, once it was read.
    ripemd: Option<AccountId>,
    /// Whether what earlier transactions did may still be undone.
    keeps_history: bool,
    /// Where in the journal the transaction begins.
    start: usize,
    /// Accesses to storage and accounts, while somebody wants to know of them.
    pub(crate) accesses: Option<Vec<Access>>,
    /// Hashes of two words, while somebody wants to know of them.
    pub(crate) pair_hashes: Option<Vec<PairHash>>,
}

impl State {
    /// Writes an access down, if somebody wants to know of it.
    #[inline(always)]
    pub(crate) fn record_access(&mut self, id: SlotId, written: Option<U256>) {
        if self.accesses.is_some() {
            self.record(id, written);
        }
    }

    #[cold]
    #[inline(never)]
    fn record(&mut self, id: SlotId, written: Option<U256>) {
        let slot = self.slot(id);
        let access = StorageAccess {
            address: self.account(slot.account).address,
            slot: slot.key,
            is_write: written.is_some(),
            previous: slot.value,
            value: written.unwrap_or(slot.value),
        };
        if let Some(accesses) = &mut self.accesses {
            accesses.push(Access::Storage(access));
        }
    }

    /// Writes a look at an account down, if somebody wants to know of it.
    #[inline(always)]
    pub(crate) fn record_account(&mut self, id: AccountId, by: Address, kind: AccountAccessKind) {
        if self.accesses.is_some() {
            let address = self.account(id).address;
            let access = AccountAccess { address, by, kind };
            if let Some(accesses) = &mut self.accesses {
                accesses.push(Access::Account(access));
            }
        }
    }

    /// The accounts that are known and exist, in order.
    pub(crate) fn known_accounts(&self) -> Vec<Address> {
        let existing = self.accounts.iter().filter(|account| account.flags.exists);
        let mut addresses: Vec<Address> = existing.map(|account| account.address).collect();
        addresses.sort_unstable();
        addresses
    }

    /// The words of an account's storage that are known and not zero, in order.
    pub(crate) fn all_storage(&self, id: AccountId) -> Vec<(U256, U256)> {
        let storage_id = self.account(id).storage_id;
        let slots = self.slots.iter();
        let mut words: Vec<(U256, U256)> = slots
            .filter(|slot| slot.storage_id == storage_id && !slot.value.is_zero())
            .map(|slot| (slot.key, slot.value))
            .collect();
        words.sort_unstable();
        words
    }

    /// The words of an account's storage that this transaction has read or written and that are not zero, in order.
    pub(crate) fn known_storage(&self, id: AccountId) -> Vec<(U256, U256)> {
        let storage_id = self.account(id).storage_id;
        let slots = self.slots.iter();
        let mut words: Vec<(U256, U256)> = slots
            .filter(|slot| slot.storage_id == storage_id && slot.transaction == self.transaction)
            .filter(|slot| !slot.value.is_zero())
            .map(|slot| (slot.key, slot.value))
            .collect();
        words.sort_unstable();
        words
    }

    /// Writes a hash of two words down.
    #[cold]
    #[inline(never)]
    pub(crate) fn record_pair_hash(&mut self, address: Address, bytes: &[u8], hash: U256) {
        let Some(hashes) = &mut self.pair_hashes else {
            return;
        };
        if let Some((first, second)) = bytes.split_at_checked(32)
            && second.len() == 32
        {
            let words = (U256::from_big_endian(first), U256::from_big_endian(second));
            hashes.push(PairHash {
                address,
                words,
                hash,
            });
        }
    }

    /// Makes all that is known of an account's storage cold.
    pub(crate) fn cool_storage(&mut self, id: AccountId) {
        for slot in &mut self.slots {
            if slot.account == id {
                slot.warm = false;
            }
        }
    }

    /// Puts a precompiled contract at an address.
    pub(crate) fn set_precompile(&mut self, address: Address, run: PrecompileFn) {
        self.precompiles.insert(address, run);
        let key = AccountKey::from(&address);
        if let Some(id) = self.find_account(self.keys.account(key), key) {
            self.account_mut(id).precompile = Some(run);
        }
    }

    /// From now on, everything can be undone back to the checkpoint that is returned.
    pub(crate) fn keep_history(&mut self) -> Checkpoint {
        if !self.keeps_history {
            self.forget_journal();
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
    #[inline(always)]
    pub(crate) fn begin(&mut self) -> Checkpoint {
        self.transaction += 1;
        if !self.keeps_history {
            self.forget_journal();
        }
        self.transient.clear();
        self.transient_index.clear();
        self.logs.clear();
        self.refund = 0;
        self.start = self.journal.len();
        self.checkpoint()
    }

    /// What the transaction changed. `from` is where it began.
    pub(crate) fn changes(&self, from: &Checkpoint) -> Changes {
        let mut changes = Changes::default();
        for entry in &self.journal[from.journal..] {
            let (account, slot, code) = match *entry {
                Entry::Slot { slot, .. } => {
                    let slot = self.slot(slot);
                    (slot.account, Some(slot), false)
                }
                Entry::Replaced(account) => (account, None, true),
                Entry::Balance { account, .. }
                | Entry::Nonce { account, .. }
                | Entry::Flags { account, .. } => (account, None, false),
                Entry::Warmed(_) | Entry::SlotWarmed(_) | Entry::Transient { .. } => continue,
            };
            let state = self.account(account);
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
                change.code = Some(self.codes.written(&state.code_hash));
            }
            if let Some(slot) = slot
                && flags.exists
                && slot.value != slot.original
            {
                change.storage.insert(slot.key, slot.value);
            }
        }
        changes
    }
}
