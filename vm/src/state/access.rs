//! Reading: what is not cached comes from the database, and the first access of a transaction is told (EIP-2929).

use std::sync::Arc;

use bytes::Bytes;
use primitive_types::{H160 as Address, U256};

use super::index::is_same;
use super::journal::{Entry, RIPEMD};
use super::{
    Account, AccountId, AccountState, Flags, HostFailed, Slot, SlotId, Source, State, TransientSlot,
};
use crate::interpreter::Code;
use crate::keccak::EMPTY_CODE_HASH;

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
    pub(super) fn find_account(&self, hash: u64, address: &Address) -> Option<AccountId> {
        let is_it = |id: AccountId| is_same(&self.account(id).address, address);
        self.account_index.find(hash, is_it)
    }

    /// The account's position; it is read on the first access.
    #[inline]
    pub(crate) fn load(
        &mut self,
        source: &dyn Source,
        address: Address,
    ) -> Result<AccountId, HostFailed> {
        let hash = self.keys.address(&address);
        let Some(id) = self.find_account(hash, &address) else {
            return self.read_account(source, address, hash);
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

    #[cold]
    #[inline(never)]
    fn read_account(
        &mut self,
        source: &dyn Source,
        address: Address,
        hash: u64,
    ) -> Result<AccountId, HostFailed> {
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
        let hash_of = |other: AccountId| keys.address(&accounts[other as usize].address);
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
        address: Address,
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

    /// Whether creating a contract here fails (EIP-684, EIP-7610).
    pub(crate) fn is_taken(&self, id: AccountId) -> bool {
        let account = self.account(id);
        account.nonce != 0 || account.code_hash != EMPTY_CODE_HASH || account.has_storage
    }

    /// The account's code; it is read on the first access.
    #[inline]
    pub(crate) fn code(
        &mut self,
        source: &dyn Source,
        id: AccountId,
    ) -> Result<&Arc<Code>, HostFailed> {
        let code = match self.account_mut(id).code.take() {
            Some(code) => code,
            None => self.read_code(source, id)?,
        };
        Ok(self.account_mut(id).code.insert(code))
    }

    #[cold]
    #[inline(never)]
    fn read_code(&mut self, source: &dyn Source, id: AccountId) -> Result<Arc<Code>, HostFailed> {
        let hash = self.account(id).code_hash;
        if let Some(code) = self.code.get(&hash) {
            return Ok(Arc::clone(code));
        }
        let bytes = if hash == EMPTY_CODE_HASH {
            Bytes::new()
        } else {
            source.code(hash)?
        };
        let code = Arc::new(Code::new(&bytes));
        self.code.insert(hash, Arc::clone(&code));
        Ok(code)
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
        let hash = self.keys.word(storage_id, &key);
        let slots = &self.slots;
        let found = self.slot_index.find(hash, |id| {
            let slot = &slots[id as usize];
            slot.key == key && slot.storage_id == storage_id
        });
        let Some(id) = found else {
            return self.read_slot(source, account, key, hash);
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

    #[cold]
    #[inline(never)]
    fn read_slot(
        &mut self,
        source: &dyn Source,
        account: AccountId,
        key: U256,
        hash: u64,
    ) -> Result<(SlotId, bool), HostFailed> {
        let owner = self.account(account);
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
            warm: true,
            key,
            value,
            original: value,
        });
        let (keys, slots) = (&self.keys, &self.slots);
        self.slot_index.insert(hash, id, |other| {
            let other = &slots[other as usize];
            keys.word(other.storage_id, &other.key)
        });
        self.journal.push(Entry::SlotWarmed(id));
        Ok((id, true))
    }

    /// The position of a transient slot that was written before.
    #[inline]
    fn find_transient(&self, hash: u64, account: AccountId, key: &U256) -> Option<u32> {
        self.transient_index.find(hash, |position| {
            let slot = &self.transient[position as usize];
            slot.key == *key && slot.account == account
        })
    }

    pub(crate) fn transient(&self, account: AccountId, key: U256) -> U256 {
        if self.transient.is_empty() {
            return U256::zero();
        }
        let hash = self.keys.word(account, &key);
        let found = self.find_transient(hash, account, &key);
        found.map_or(U256::zero(), |position| {
            self.transient[position as usize].value
        })
    }

    /// The position of a transient slot, which is zero if it was not written before.
    pub(super) fn access_transient(&mut self, account: AccountId, key: U256) -> u32 {
        let hash = self.keys.word(account, &key);
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
            keys.word(other.account, &other.key)
        });
        position
    }
}
