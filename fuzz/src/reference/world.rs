//! The state of a transaction: all that a frame which fails undoes. Undoing it is putting back a copy.

use std::collections::{BTreeMap, BTreeSet};

use gasworks::{Address, Bytes, U256};

use crate::case::{Account, State};
use crate::verdict::Log;

/// Accounts, and the substate (Yellow Paper, 6.1).
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) accounts: State,
    /// EIP-1153.
    pub(super) transient: BTreeMap<(Address, U256), U256>,
    /// EIP-2929.
    pub(super) warm_accounts: BTreeSet<Address>,
    /// EIP-2929.
    pub(super) warm_slots: BTreeSet<(Address, U256)>,
    pub(super) logs: Vec<Log>,
    pub(super) refund: i64,
    /// Accounts that are deleted at the end.
    pub(super) destroyed: BTreeSet<Address>,
    /// Accounts that were created in this transaction (EIP-6780).
    pub(super) created: BTreeSet<Address>,
    /// Accounts that are deleted at the end if they are empty (EIP-161).
    pub(super) touched: BTreeSet<Address>,
}

impl World {
    /// An account; an empty one if there is none.
    pub(super) fn account(&self, address: Address) -> Account {
        self.accounts.get(&address).cloned().unwrap_or_default()
    }

    pub(super) fn exists(&self, address: Address) -> bool {
        self.accounts.contains_key(&address)
    }

    /// EIP-161: absent or empty.
    pub(super) fn is_dead(&self, address: Address) -> bool {
        self.accounts.get(&address).is_none_or(Account::is_empty)
    }

    pub(super) fn balance(&self, address: Address) -> U256 {
        self.accounts
            .get(&address)
            .map_or(U256::zero(), |account| account.balance)
    }

    pub(super) fn nonce(&self, address: Address) -> u64 {
        self.accounts
            .get(&address)
            .map_or(0, |account| account.nonce)
    }

    pub(super) fn code(&self, address: Address) -> Bytes {
        self.accounts
            .get(&address)
            .map_or_else(Bytes::new, |account| account.code.clone())
    }

    /// The account to change, which comes into being if it is not there, and counts as touched.
    pub(super) fn touch(&mut self, address: Address) -> &mut Account {
        self.touched.insert(address);
        self.accounts.entry(address).or_default()
    }

    pub(super) fn increment_nonce(&mut self, address: Address) {
        let account = self.touch(address);
        account.nonce = account.nonce.saturating_add(1);
    }

    /// Moves wei, of which the sender has enough.
    pub(super) fn transfer(&mut self, from: Address, to: Address, value: U256) {
        let sender = self.touch(from);
        sender.balance = sender.balance.saturating_sub(value);
        let receiver = self.touch(to);
        receiver.balance = receiver.balance.overflowing_add(value).0;
    }

    pub(super) fn slot(&self, address: Address, slot: U256) -> U256 {
        self.accounts
            .get(&address)
            .and_then(|account| account.storage.get(&slot).copied())
            .unwrap_or_default()
    }

    pub(super) fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        let storage = &mut self.touch(address).storage;
        if value.is_zero() {
            storage.remove(&slot);
        } else {
            storage.insert(slot, value);
        }
    }
}

/// EIP-7702: where code that is a delegation says that the code is.
pub(super) fn delegate(code: &[u8]) -> Option<Address> {
    let address = code.strip_prefix(&[0xef, 0x01, 0x00])?;
    (address.len() == 20).then(|| Address::from_slice(address))
}
