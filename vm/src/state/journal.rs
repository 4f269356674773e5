//! Changes of the state, each written down so that it can be undone.

use std::sync::Arc;

use primitive_types::{H160 as Address, H256 as Hash, U256};

use super::{AccountId, AccountState, Flags, Log, SlotId, State};
use crate::interpreter::Code;

/// One change, with what was before.
pub(super) enum Entry {
    Flags {
        account: AccountId,
        previous: Flags,
    },
    Balance {
        account: AccountId,
        previous: U256,
    },
    Nonce {
        account: AccountId,
        previous: u64,
    },
    Code {
        account: AccountId,
        previous: (Hash, Option<Arc<Code>>),
    },
    Deleted {
        account: AccountId,
        previous: Box<AccountState>,
    },
    SlotWarmed(SlotId),
    Slot {
        slot: SlotId,
        previous: U256,
    },
    Transient {
        slot: usize,
        previous: U256,
    },
}

/// The precompile whose touch outlives a revert (see [`State::revert`]).
const RIPEMD: Address = Address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);

/// A point to return to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checkpoint {
    pub(super) journal: usize,
    logs: usize,
    refund: i64,
}

impl State {
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            journal: self.journal.len(),
            logs: self.logs.len(),
            refund: self.refund,
        }
    }

    /// Undoes everything since the checkpoint.
    pub(crate) fn revert(&mut self, to: &Checkpoint) {
        while self.journal.len() > to.journal {
            match self.journal.pop() {
                Some(Entry::Flags { account, previous }) => {
                    let account = &mut self.accounts[account];
                    // The touch of 0x03 outlives a revert: a failing call to it deleted the account in main network
                    // block 2,675,119, and every client keeps to that (EIP-161, historic exception).
                    let kept = account.flags.touched && account.address == RIPEMD;
                    account.flags = previous;
                    account.flags.touched |= kept;
                }
                Some(Entry::Balance { account, previous }) => {
                    self.accounts[account].balance = previous;
                }
                Some(Entry::Nonce { account, previous }) => self.accounts[account].nonce = previous,
                Some(Entry::Code { account, previous }) => {
                    let account = &mut self.accounts[account];
                    (account.code_hash, account.code) = previous;
                }
                Some(Entry::Deleted { account, previous }) => self.accounts[account] = *previous,
                Some(Entry::SlotWarmed(slot)) => self.slots[slot].warm = false,
                Some(Entry::Slot { slot, previous }) => self.slots[slot].value = previous,
                // Of an earlier transaction there is nothing to undo: its transient storage is gone (EIP-1153).
                Some(Entry::Transient { slot, previous }) => {
                    if let Some(value) = self.transient.get_mut(slot) {
                        *value = previous;
                    }
                }
                None => break,
            }
        }
        self.logs.truncate(to.logs);
        self.refund = to.refund;
    }

    pub(crate) fn set_flags(&mut self, account: AccountId, change: impl FnOnce(&mut Flags)) {
        let flags = &mut self.accounts[account].flags;
        let previous = *flags;
        change(flags);
        if *flags != previous {
            self.journal.push(Entry::Flags { account, previous });
        }
    }

    /// EIP-161: an account that is touched and empty is deleted at the end.
    pub(crate) fn touch(&mut self, account: AccountId) {
        self.set_flags(account, |flags| {
            flags.touched = true;
        });
    }

    /// Sets a balance; the account exists from now on.
    pub(crate) fn set_balance(&mut self, account: AccountId, balance: U256) {
        self.set_flags(account, |flags| {
            flags.touched = true;
            flags.exists = true;
        });
        let previous = std::mem::replace(&mut self.accounts[account].balance, balance);
        self.journal.push(Entry::Balance { account, previous });
    }

    /// Adds wei. The sum of all wei is far below 2^256, so that a custom pre-state alone can reach the limit.
    pub(crate) fn add_balance(&mut self, account: AccountId, value: U256) {
        let (balance, _) = self.accounts[account].balance.overflowing_add(value);
        self.set_balance(account, balance);
    }

    /// Takes wei; `false`, and nothing is changed, where there is not enough.
    pub(crate) fn sub_balance(&mut self, account: AccountId, value: U256) -> bool {
        match self.accounts[account].balance.checked_sub(value) {
            Some(balance) => {
                self.set_balance(account, balance);
                true
            }
            None => false,
        }
    }

    pub(crate) fn set_nonce(&mut self, account: AccountId, nonce: u64) {
        self.set_flags(account, |flags| {
            flags.touched = true;
            flags.exists = true;
        });
        let previous = std::mem::replace(&mut self.accounts[account].nonce, nonce);
        self.journal.push(Entry::Nonce { account, previous });
    }

    pub(crate) fn set_code(&mut self, account: AccountId, code: &[u8], hash: Hash) {
        self.set_flags(account, |flags| {
            flags.touched = true;
            flags.exists = true;
        });
        let cached = self.code.entry(hash);
        let code = Arc::clone(cached.or_insert_with(|| Arc::new(Code::new(code))));
        let state = &mut self.accounts[account];
        let previous = (
            std::mem::replace(&mut state.code_hash, hash),
            state.code.replace(code),
        );
        self.journal.push(Entry::Code { account, previous });
    }

    pub(crate) fn set_slot(&mut self, id: SlotId, value: U256) {
        let slot = &mut self.slots[id];
        if slot.value != value {
            let previous = std::mem::replace(&mut slot.value, value);
            let account = slot.account;
            self.journal.push(Entry::Slot { slot: id, previous });
            self.touch(account);
        }
    }

    pub(crate) fn set_transient(&mut self, account: AccountId, key: U256, value: U256) {
        let slot = *self
            .transient_index
            .entry((account, key))
            .or_insert_with(|| {
                self.transient.push(U256::zero());
                self.transient.len() - 1
            });
        let previous = std::mem::replace(&mut self.transient[slot], value);
        self.journal.push(Entry::Transient { slot, previous });
    }

    pub(crate) fn push_log(&mut self, log: Log) {
        self.logs.push(log);
    }

    /// Ends a transaction: deletes destructed accounts and, with `clear_empty`, touched accounts that are empty
    /// (EIP-161).
    pub(crate) fn finish(&mut self, from: &Checkpoint, clear_empty: bool) {
        let doomed = |id: AccountId| {
            let account = &self.accounts[id];
            let flags = account.flags;
            let cleared = clear_empty && flags.touched && account.is_empty();
            let current = account.transaction == self.transaction;
            current && flags.exists && (flags.destructed || cleared)
        };
        let mut accounts: Vec<AccountId> = self.journal[from.journal..]
            .iter()
            .filter_map(|entry| match entry {
                Entry::Flags { account, .. } if doomed(*account) => Some(*account),
                _ => None,
            })
            .collect();
        // The touch of 0x03 may have lost its entry.
        let ripemd = self.account_index.get(&RIPEMD).copied();
        accounts.extend(ripemd.filter(|&id| doomed(id)));
        accounts.sort_unstable();
        accounts.dedup();
        for id in accounts {
            self.delete(id);
        }
    }

    fn delete(&mut self, id: AccountId) {
        self.storages += 1;
        let account = &mut self.accounts[id];
        let previous = Box::new(account.clone());
        account.nonce = 0;
        account.balance = U256::zero();
        account.code_hash = crate::keccak::EMPTY_CODE_HASH;
        account.code = None;
        account.flags.exists = false;
        account.flags.touched = true;
        account.has_storage = false;
        account.storage_in_database = false;
        account.storage_id = self.storages;
        self.journal.push(Entry::Deleted {
            account: id,
            previous,
        });
    }
}
