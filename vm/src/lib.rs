//! Gasworks: an Ethereum virtual machine to embed.
//!
//! [`Evm`] executes whole transactions and bare messages under every Ethereum fork from Frontier to Osaka, over any
//! [`Database`]. An invalid transaction, an exceptional halt and a failing host are three different things here:
//! [`InvalidTransaction`], [`Halt`] and [`Error::Database`].
#![deny(missing_docs)]

mod call;
mod copy;
mod curve;
mod env;
mod error;
mod evm;
pub mod inspect;
mod instructions;
mod interpreter;
mod keccak;
mod precompiles;
mod rlp;
mod secp256k1;
mod state;
mod transaction;
mod word;

pub use bytes::Bytes;
pub use call::{CallKind, CallOutcome, CallStatus, Kind as MessageKind, Message};
pub use env::{BlockEnv, Config, Core, blob_base_fee};
pub use error::{Error, Halt, InvalidTransaction, Stopped};
pub use evm::{Evm, Executed, Inspected, Outcome, Snapshot, UnknownSnapshot};
pub use gasworks_spec::{Fork, PrecompileKind, Rules, Schedule};
pub use inspect::Inspector;
pub use keccak::{EMPTY_CODE_HASH, keccak256};
pub use precompiles::{PrecompileError, PrecompileFn, run_precompile};
pub use primitive_types::{H160 as Address, H256 as Hash, U256};
pub use rlp::{create_address, create2_address};
pub use state::{
    Access, Account, AccountAccess, AccountAccessKind, AccountChange, Changes, CodeCache, Database,
    Log, Logs, MemoryDatabase, PairHash, StorageAccess,
};
pub use transaction::{
    AccessList, AccessListItem, Authorization, DecodeError, DynamicFees, Field, Problem, Signature,
    SignatureError, SignedTransaction, SigningError, Transaction, TransactionKind,
    address_of_secret, public_key_of_secret, sign,
};

/// The README's example is tested with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
