//! Transactions: their types, what makes them valid, and how they are executed.

mod execute;
mod intrinsic;
mod signature;
mod types;
mod validate;

pub(crate) use execute::execute;
pub use signature::address_of_secret;
pub use types::{
    AccessList, AccessListItem, Authorization, DynamicFees, Signature, Transaction, TransactionKind,
};
pub(crate) use validate::Refusal;
