//! Reading: what is not cached comes from the database, and the first access of a transaction is told (EIP-2929).

use std::sync::Arc;

use primitive_types::{H160 as Address, U256};

use super::journal::{Entry, RIPEMD};
use super::{
    Account, AccountId, AccountKey, AccountState, Flags, HostFailed, Slot, SlotId, Source, State,
    TransientSlot,
};
use crate::interpreter::Code;
use crate::keccak::EMPTY_CODE_HASH;
use crate::word;

impl State {
    #[inline(always)]
    pub(crate) fn account(&self, id: AccountId) -> &AccountState {
        &self.accounts[id as usize]
    }

    #[inline(always)]
    pub(super) fn account_mut(&mut self, id: AccountId) -> &mut AccountState {
        &mut self.accounts[id as usize]
    }

    #[inline(always)]
    pub(crate) fn slot(&self, id: SlotId) -> &Slot {
        &self.slots[id as usize]
    }

    #[inline(always)]
    pub(super) fn slot_mut(&mut self, id: SlotId) -> &mut Slot {
        &mut self.slots[id as usize]
    }

    #[inline(always)]
    pub(super) fn find_account(&self, hash: u64, key: AccountKey) -> Option<AccountId> {
        let is_it = |id: AccountId| self.account(id).key == key;
        self.account_index.find(hash, is_it)
    }

    /// The account's position; it is read on the first access. The address may be a word, whose high bytes do not matter.
    #[inline]
    pub(crate) fn load(
        &mut self,
        source: &dyn Source,
        address: impl Into<AccountKey>,
    ) -> Result<AccountId, HostFailed> {
        let key = address.into();
        let recent = *self.recent_accounts.place(key.0[0]);
        let known = self.accounts.get(recent as usize);
        let id = if known.is_some_and(|account| account.key == key) {
            recent
        } else {
            self.look_up(source, key)?
        };
        let transaction = self.transaction;
        let account = self.account_mut(id);
        if account.transaction != transaction {
            account.transaction = transaction;
            account.existed = account.flags.exists;
            account.flags = Flags {
                exists: account.existed,
                ..Flags::default()
            };
        }
        Ok(id)
    }

    #[inline(never)]
    fn look_up(&mut self, source: &dyn Source, key: AccountKey) -> Result<AccountId, HostFailed> {
        let hash = self.keys.account(key);
        let id = match self.find_account(hash, key) {
            Some(id) => id,
            None => self.read_account(source, key, hash)?,
        };
        *self.recent_accounts.place(key.0[0]) = id;
        Ok(id)
    }

    #[cold]
    #[inline(never)]
    fn read_account(
        &mut self,
        source: &dyn Source,
        key: AccountKey,
        hash: u64,
    ) -> Result<AccountId, HostFailed> {
        let address = Address::from(key);
        let found = source.account(address)?;
        let account = found.unwrap_or(Account {
            nonce: 0,
            balance: U256::zero(),
            code_hash: EMPTY_CODE_HASH,
            has_storage: false,
        });
        let id = self.accounts.len() as AccountId;
        self.storages += 1;
        self.accounts.push(AccountState {
            key,
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
        let (keys, accounts) = (&self.keys, &self.accounts);
        let hash_of = |other: AccountId| keys.account(accounts[other as usize].key);
        self.account_index.insert(hash, id, hash_of);
        if address == RIPEMD {
            self.ripemd = Some(id);
        }
        Ok(id)
    }

    /// The account's position, and whether this is the first access in the transaction (EIP-2929).
    #[inline]
    pub(crate) fn access(
        &mut self,
        source: &dyn Source,
        address: impl Into<AccountKey>,
    ) -> Result<(AccountId, bool), HostFailed> {
        let id = self.load(source, address)?;
        let account = self.account_mut(id);
        let cold = !account.flags.warm && account.precompile.is_none();
        if cold {
            account.flags.warm = true;
            self.journal.push(Entry::Warmed(id));
        }
        Ok((id, cold))
    }

    /// As [`State::access`] before anything runs: only the end of the transaction makes the account cold again.
    #[inline]
    pub(crate) fn warm(
        &mut self,
        source: &dyn Source,
        address: impl Into<AccountKey>,
    ) -> Result<AccountId, HostFailed> {
        let id = self.load(source, address)?;
        self.account_mut(id).flags.warm = true;
        Ok(id)
    }

    /// Whether creating a contract here fails (EIP-684, EIP-7610).
    pub(crate) fn is_taken(&self, id: AccountId) -> bool {
        let account = self.account(id);
        account.nonce != 0 || account.code_hash != EMPTY_CODE_HASH || account.has_storage
    }

    /// The account's code; it is read on the first access.
    #[inline(always)]
    pub(crate) fn code(
        &mut self,
        source: &dyn Source,
        id: AccountId,
    ) -> Result<&Arc<Code>, HostFailed> {
        if self.account(id).code.is_none() {
            self.read_code(source, id)?;
        }
        // It is there.
        self.account(id).code.as_ref().ok_or(HostFailed)
    }

    #[cold]
    #[inline(never)]
    fn read_code(&mut self, source: &dyn Source, id: AccountId) -> Result<(), HostFailed> {
        let code = self.codes.find(source, self.account(id).code_hash)?;
        self.account_mut(id).code = Some(code);
        Ok(())
    }

    /// The slot's position, and whether this is the first access in the transaction (EIP-2929).
    #[inline]
    pub(crate) fn access_slot(
        &mut self,
        source: &dyn Source,
        account: AccountId,
        key: U256,
    ) -> Result<(SlotId, bool), HostFailed> {
        let storage_id = self.account(account).storage_id;
        let bits = key.0[0] ^ storage_id.rotate_left(32);
        let recent = *self.recent_slots.place(bits);
        let known = self.slots.get(recent as usize);
        let id = if known.is_some_and(|slot| slot.is(storage_id, &key)) {
            recent
        } else {
            let id = self.look_up_slot(source, account, key)?;
            *self.recent_slots.place(bits) = id;
            id
        };
        let transaction = self.transaction;
        let slot = self.slot_mut(id);
        if slot.transaction != transaction {
            slot.transaction = transaction;
            slot.original = slot.value;
            slot.warm = false;
        }
        let cold = !slot.warm;
        if cold {
            slot.warm = true;
            self.journal.push(Entry::SlotWarmed(id));
        }
        Ok((id, cold))
    }

    /// Makes a slot cold again: that it was looked at from outside does not count.
    pub(crate) fn cool(&mut self, slot: SlotId) {
        self.slot_mut(slot).warm = false;
    }

    #[inline(never)]
    fn look_up_slot(
        &mut self,
        source: &dyn Source,
        account: AccountId,
        key: U256,
    ) -> Result<SlotId, HostFailed> {
        let owner = self.account(account);
        let hash = self.keys.word(owner.storage_id, &key);
        let is_it = |id: SlotId| self.slot(id).is(owner.storage_id, &key);
        if let Some(id) = self.slot_index.find(hash, is_it) {
            return Ok(id);
        }
        let value = if owner.storage_in_database {
            source.storage(owner.address, key)?
        } else {
            U256::zero()
        };
        let storage_id = owner.storage_id;
        let id = self.slots.len() as SlotId;
        self.slots.push(Slot {
            account,
            storage_id,
            transaction: self.transaction,
            warm: false,
            key,
            value,
            original: value,
        });
        let (keys, slots) = (&self.keys, &self.slots);
        self.slot_index.insert(hash, id, |other| {
            let other = &slots[other as usize];
            keys.word(other.storage_id, &other.key)
        });
        Ok(id)
    }

    /// The position of a transient slot that was written before.
    #[inline]
    fn find_transient(&self, hash: u64, account: AccountId, key: &U256) -> Option<u32> {
        self.transient_index.find(hash, |position| {
            let slot = &self.transient[position as usize];
            slot.account == account && word::same(slot.key, *key)
        })
    }

    pub(crate) fn transient(&self, account: AccountId, key: U256) -> U256 {
        if self.transient.is_empty() {
            return U256::zero();
        }
        let hash = self.keys.word(account.into(), &key);
        let found = self.find_transient(hash, account, &key);
        found.map_or(U256::zero(), |position| {
            self.transient[position as usize].value
        })
    }

    /// The position of a transient slot, which is zero if it was not written before.
    pub(super) fn access_transient(&mut self, account: AccountId, key: U256) -> u32 {
        let hash = self.keys.word(account.into(), &key);
        if let Some(position) = self.find_transient(hash, account, &key) {
            return position;
        }
        let position = self.transient.len() as u32;
        self.transient.push(TransientSlot {
            account,
            key,
            value: U256::zero(),
        });
        let (keys, transient) = (&self.keys, &self.transient);
        self.transient_index.insert(hash, position, |other| {
            let other = &transient[other as usize];
            keys.word(other.account.into(), &other.key)
        });
        position
    }
}
