//! Changes of the state, each written down so that it can be undone.

use primitive_types::{H160 as Address, H256 as Hash, U256};

use super::{AccountId, Flags, SlotId, State};
use crate::word;

/// One change, with what was before. It is small and plain; what is large is on a stack of its own.
#[derive(Clone, Copy)]
pub(super) enum Entry {
    Warmed(AccountId),
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
    /// Code was set, or the account was deleted: as it was before, it is on top of `replaced`.
    Replaced(AccountId),
    SlotWarmed(SlotId),
    Slot {
        slot: SlotId,
        previous: U256,
    },
    Transient {
        position: u32,
        previous: U256,
    },
}

const _: () = assert!(size_of::<Entry>() == 40);

/// The precompile whose touch outlives a revert (see [`State::revert`]).
pub(super) const RIPEMD: Address =
    Address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);

/// A point to return to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checkpoint {
    pub(super) journal: usize,
    logs: usize,
    refund: i64,
}

impl State {
    #[inline(always)]
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            journal: self.journal.len(),
            logs: self.logs.len(),
            refund: self.refund,
        }
    }

    /// Undoes everything since the checkpoint.
    pub(crate) fn revert(&mut self, to: &Checkpoint) {
        for position in (to.journal..self.journal.len()).rev() {
            self.undo(position);
        }
        self.journal.truncate(to.journal);
        self.logs.truncate(to.logs);
        self.refund = to.refund;
    }

    /// Brings accounts and storage to what they were at the checkpoint by changing them again, so that what is around this
    /// can be undone beyond that, too. Nothing else is warm afterwards but what was then; logs and refunds stay. What an
    /// earlier transaction has written counts as never written when gas is worked out.
    pub(crate) fn restore(&mut self, to: &Checkpoint) {
        let mut replaced = self.replaced.len();
        for position in (to.journal..self.journal.len()).rev() {
            match self.journal[position] {
                Entry::Warmed(account) => self.account_mut(account).flags.warm = false,
                Entry::SlotWarmed(slot) => self.slot_mut(slot).warm = false,
                Entry::Flags { account, previous } => {
                    self.set_flags(account, |flags| {
                        flags.exists = previous.exists;
                        flags.destructed = previous.destructed;
                        flags.touched = true;
                    });
                }
                Entry::Balance { account, previous } => self.set_balance(account, previous),
                Entry::Nonce { account, previous } => self.set_nonce(account, previous),
                Entry::Replaced(account) => {
                    replaced = replaced.saturating_sub(1);
                    if let Some(previous) = self.replaced.get(replaced).cloned() {
                        self.replace(account);
                        let flags = self.account(account).flags;
                        let state = self.account_mut(account);
                        let precompile = state.precompile;
                        *state = previous;
                        state.precompile = precompile;
                        state.flags.warm = flags.warm;
                        state.flags.touched = true;
                    }
                }
                Entry::Slot { slot, previous } => {
                    self.set_slot(slot, previous);
                    if position < self.start {
                        self.slot_mut(slot).original = previous;
                    }
                }
                Entry::Transient { position, previous } => {
                    if let Some(slot) = self.transient.get_mut(position as usize) {
                        let now = std::mem::replace(&mut slot.value, previous);
                        let previous = now;
                        self.journal.push(Entry::Transient { position, previous });
                    }
                }
            }
        }
    }

    /// Undoes a change. Its entry is read where it is, piece by piece, as it was written.
    #[inline(always)]
    fn undo(&mut self, position: usize) {
        match self.journal[position] {
            Entry::Warmed(account) => self.account_mut(account).flags.warm = false,
            Entry::Flags { account, previous } => {
                // The touch of 0x03 outlives a revert: a failing call to it deleted the account in main network block
                // 2,675,119, and every client keeps to that (EIP-161, historic exception).
                let is_kept = self.ripemd == Some(account);
                let flags = &mut self.account_mut(account).flags;
                let touched = previous.touched || is_kept && flags.touched;
                *flags = Flags {
                    touched,
                    ..previous
                };
            }
            Entry::Balance { account, previous } => self.account_mut(account).balance = previous,
            Entry::Nonce { account, previous } => self.account_mut(account).nonce = previous,
            Entry::Replaced(account) => {
                if let Some(previous) = self.replaced.pop() {
                    let account = self.account_mut(account);
                    // Not the state's, but the embedder's.
                    let precompile = account.precompile;
                    *account = previous;
                    account.precompile = precompile;
                }
            }
            Entry::SlotWarmed(slot) => self.slot_mut(slot).warm = false,
            Entry::Slot { slot, previous } => self.slot_mut(slot).value = previous,
            // Of an earlier transaction there is nothing to undo: its transient storage is gone (EIP-1153).
            Entry::Transient { position, previous } => {
                if let Some(slot) = self.transient.get_mut(position as usize) {
                    slot.value = previous;
                }
            }
        }
    }

    /// What was done so far can no longer be undone.
    pub(super) fn forget_journal(&mut self) {
        self.journal.clear();
        self.replaced.clear();
    }

    #[inline]
    pub(crate) fn set_flags(&mut self, account: AccountId, change: impl FnOnce(&mut Flags)) {
        let flags = &mut self.account_mut(account).flags;
        let previous = *flags;
        change(flags);
        if *flags != previous {
            self.journal.push(Entry::Flags { account, previous });
        }
    }

    /// EIP-161: an account that is touched and empty is deleted at the end.
    #[inline]
    pub(crate) fn touch(&mut self, account: AccountId) {
        let flags = &mut self.account_mut(account).flags;
        if !flags.touched {
            let previous = *flags;
            flags.touched = true;
            self.journal.push(Entry::Flags { account, previous });
        }
    }

    /// Sets a balance; the account exists from now on.
    pub(crate) fn set_balance(&mut self, account: AccountId, balance: U256) {
        self.exist(account);
        let previous = std::mem::replace(&mut self.account_mut(account).balance, balance);
        if !word::same(previous, balance) {
            self.journal.push(Entry::Balance { account, previous });
        }
    }

    /// The account is touched, and exists from now on.
    #[inline]
    pub(crate) fn exist(&mut self, account: AccountId) {
        let flags = &mut self.account_mut(account).flags;
        if !(flags.touched && flags.exists) {
            let previous = *flags;
            flags.touched = true;
            flags.exists = true;
            self.journal.push(Entry::Flags { account, previous });
        }
    }

    /// Adds wei. The sum of all wei is far below 2^256, so that a custom pre-state alone can reach the limit.
    pub(crate) fn add_balance(&mut self, account: AccountId, value: U256) {
        let (balance, _) = self.account(account).balance.overflowing_add(value);
        self.set_balance(account, balance);
    }

    /// Takes wei; `false`, and nothing is changed, where there is not enough.
    pub(crate) fn sub_balance(&mut self, account: AccountId, value: U256) -> bool {
        match self.account(account).balance.checked_sub(value) {
            Some(balance) => {
                self.set_balance(account, balance);
                true
            }
            None => false,
        }
    }

    pub(crate) fn set_nonce(&mut self, account: AccountId, nonce: u64) {
        self.exist(account);
        let previous = std::mem::replace(&mut self.account_mut(account).nonce, nonce);
        self.journal.push(Entry::Nonce { account, previous });
    }

    pub(crate) fn set_code(&mut self, account: AccountId, code: &[u8], hash: Hash) {
        self.exist(account);
        self.codes.write(hash, code);
        self.replace(account);
        let state = self.account_mut(account);
        state.code_hash = hash;
        state.code = None;
    }

    /// Puts the account aside as it is, to be put back when what follows is undone.
    fn replace(&mut self, account: AccountId) {
        self.replaced.push(self.account(account).clone());
        self.journal.push(Entry::Replaced(account));
    }

    #[inline]
    pub(crate) fn set_slot(&mut self, id: SlotId, value: U256) {
        let slot = self.slot_mut(id);
        if !word::same(slot.value, value) {
            let previous = std::mem::replace(&mut slot.value, value);
            let account = slot.account;
            self.journal.push(Entry::Slot { slot: id, previous });
            self.touch(account);
        }
    }

    pub(crate) fn set_transient(&mut self, account: AccountId, key: U256, value: U256) {
        let position = self.access_transient(account, key);
        let slot = &mut self.transient[position as usize].value;
        let previous = std::mem::replace(slot, value);
        self.journal.push(Entry::Transient { position, previous });
    }

    /// Ends a transaction: deletes destructed accounts and, with `clear_empty`, touched accounts that are empty
    /// (EIP-161).
    pub(crate) fn finish(&mut self, from: &Checkpoint, clear_empty: bool) {
        let doomed = |id: AccountId| {
            let account = self.account(id);
            let flags = account.flags;
            let cleared = clear_empty && flags.touched && account.is_empty();
            let current = account.transaction == self.transaction;
            current && flags.exists && (flags.destructed || cleared)
        };
        let mut accounts = Vec::new();
        for entry in &self.journal[from.journal..] {
            if let Entry::Flags { account, .. } = *entry
                && doomed(account)
            {
                accounts.push(account);
            }
        }
        // The touch of 0x03 may have lost its entry.
        accounts.extend(self.ripemd.filter(|&id| doomed(id)));
        if accounts.is_empty() {
            return;
        }
        accounts.sort_unstable();
        accounts.dedup();
        for id in accounts {
            self.delete(id);
        }
    }

    fn delete(&mut self, id: AccountId) {
        self.replace(id);
        self.storages += 1;
        let storage_id = self.storages;
        let account = self.account_mut(id);
        account.nonce = 0;
        account.balance = U256::zero();
        account.code_hash = crate::keccak::EMPTY_CODE_HASH;
        account.code = None;
        account.flags.exists = false;
        account.flags.touched = true;
        account.has_storage = false;
        account.storage_in_database = false;
        account.storage_id = storage_id;
    }
}
