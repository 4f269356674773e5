//! Where the state comes from: the user's database, and the object-safe adapter through which the machine sees it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;

use bytes::Bytes;
use primitive_types::{H160 as Address, H256 as Hash, U256};

use crate::keccak::{EMPTY_CODE_HASH, keccak256};
use crate::state::Changes;

/// An account as a database has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Number of transactions sent, or contracts created.
    pub nonce: u64,
    /// Wei.
    pub balance: U256,
    /// Keccak-256 of the code.
    pub code_hash: Hash,
    /// Whether any storage slot is not zero (EIP-7610).
    pub has_storage: bool,
}

/// A read-only source of state: the machine caches what it reads and keeps changes to itself.
pub trait Database {
    /// How reading can fail.
    type Error: std::error::Error;
    /// The account, or `None` where there is none.
    ///
    /// # Errors
    /// Whatever reading fails with; the transaction is then abandoned with [`crate::Error::Database`].
    fn account(&self, address: Address) -> Result<Option<Account>, Self::Error>;
    /// The code with this hash, which an account that was read has.
    ///
    /// # Errors
    /// As [`Database::account`].
    fn code(&self, hash: Hash) -> Result<Bytes, Self::Error>;
    /// The value of a storage slot; zero where none was written.
    ///
    /// # Errors
    /// As [`Database::account`].
    fn storage(&self, address: Address, slot: U256) -> Result<U256, Self::Error>;
    /// The hash of one of the last 256 blocks.
    ///
    /// # Errors
    /// As [`Database::account`].
    fn block_hash(&self, number: u64) -> Result<Hash, Self::Error>;
}

/// The host failed; the adapter has the reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostFailed;

/// A database as the machine sees it.
pub(crate) trait Source {
    fn account(&self, address: Address) -> Result<Option<Account>, HostFailed>;
    fn code(&self, hash: Hash) -> Result<Bytes, HostFailed>;
    fn storage(&self, address: Address, slot: U256) -> Result<U256, HostFailed>;
    fn block_hash(&self, number: u64) -> Result<Hash, HostFailed>;
}

/// Keeps the user's error aside, so that nothing inside has a type parameter.
pub(crate) struct Adapter<'a, D: Database> {
    database: &'a D,
    error: RefCell<Option<D::Error>>,
}

impl<'a, D: Database> Adapter<'a, D> {
    pub(crate) fn new(database: &'a D) -> Self {
        Self {
            database,
            error: RefCell::new(None),
        }
    }

    pub(crate) fn into_error(self) -> Option<D::Error> {
        self.error.into_inner()
    }

    fn keep<T>(&self, result: Result<T, D::Error>) -> Result<T, HostFailed> {
        result.map_err(|error| {
            self.error.replace(Some(error));
            HostFailed
        })
    }
}

impl<D: Database> Source for Adapter<'_, D> {
    fn account(&self, address: Address) -> Result<Option<Account>, HostFailed> {
        self.keep(self.database.account(address))
    }
    fn code(&self, hash: Hash) -> Result<Bytes, HostFailed> {
        self.keep(self.database.code(hash))
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, HostFailed> {
        self.keep(self.database.storage(address, slot))
    }
    fn block_hash(&self, number: u64) -> Result<Hash, HostFailed> {
        self.keep(self.database.block_hash(number))
    }
}

#[derive(Clone, Debug, Default)]
struct Stored {
    nonce: u64,
    balance: U256,
    code_hash: Hash,
    storage: HashMap<U256, U256>,
}

/// A database in memory.
///
/// ```
/// use gasworks::{Address, Bytes, Database, MemoryDatabase};
/// let mut database = MemoryDatabase::default();
/// let address = Address::repeat_byte(1);
/// database.insert_account(address, 0, 5.into(), Bytes::new());
/// assert_eq!(database.account(address).unwrap().unwrap().balance, 5.into());
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryDatabase {
    accounts: HashMap<Address, Stored>,
    code: HashMap<Hash, Bytes>,
}

impl MemoryDatabase {
    /// Sets an account; its storage stays.
    pub fn insert_account(&mut self, address: Address, nonce: u64, balance: U256, code: Bytes) {
        let code_hash = if code.is_empty() {
            EMPTY_CODE_HASH
        } else {
            keccak256(&code)
        };
        self.code.insert(code_hash, code);
        let account = self.accounts.entry(address).or_default();
        (account.nonce, account.balance, account.code_hash) = (nonce, balance, code_hash);
    }

    /// Sets a storage slot of an account, which is created where there is none.
    pub fn insert_storage(&mut self, address: Address, slot: U256, value: U256) {
        let account = self.accounts.entry(address).or_insert_with(|| Stored {
            code_hash: EMPTY_CODE_HASH,
            ..Stored::default()
        });
        if value.is_zero() {
            account.storage.remove(&slot);
        } else {
            account.storage.insert(slot, value);
        }
    }

    /// Applies what a transaction changed.
    pub fn apply(&mut self, changes: &Changes) {
        for (address, change) in &changes.accounts {
            if change.deleted {
                self.accounts.remove(address);
                continue;
            }
            let account = self.accounts.entry(*address).or_default();
            account.nonce = change.nonce;
            account.balance = change.balance;
            account.code_hash = change.code_hash;
            if let Some(code) = &change.code {
                self.code.insert(change.code_hash, code.clone());
            }
            if change.storage_cleared {
                account.storage.clear();
            }
            for (slot, value) in &change.storage {
                self.insert_storage(*address, *slot, *value);
            }
        }
    }
}

impl Database for MemoryDatabase {
    type Error = Infallible;

    fn account(&self, address: Address) -> Result<Option<Account>, Infallible> {
        Ok(self.accounts.get(&address).map(|stored| Account {
            nonce: stored.nonce,
            balance: stored.balance,
            code_hash: stored.code_hash,
            has_storage: !stored.storage.is_empty(),
        }))
    }
    fn code(&self, hash: Hash) -> Result<Bytes, Infallible> {
        Ok(self.code.get(&hash).cloned().unwrap_or_default())
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        let account = self.accounts.get(&address);
        let value = account.and_then(|stored| stored.storage.get(&slot));
        Ok(value.copied().unwrap_or_default())
    }
    /// The hash of block `n` is that of `n` in decimal digits, as in state tests.
    fn block_hash(&self, number: u64) -> Result<Hash, Infallible> {
        Ok(keccak256(number.to_string().as_bytes()))
    }
}
