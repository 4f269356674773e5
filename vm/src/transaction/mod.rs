//! Transactions: their types, what makes them valid, and how they are executed.

mod codec;
mod decode;
mod decode_error;
mod execute;
mod intrinsic;
mod signature;
mod types;
mod validate;

pub use codec::SignedTransaction;
pub use decode_error::{DecodeError, Field, Problem};
pub(crate) use execute::execute;
pub use signature::{SignatureError, SigningError, address_of_secret, public_key_of_secret, sign};
pub use types::{
    AccessList, AccessListItem, Authorization, DynamicFees, Signature, Transaction, TransactionKind,
};
pub(crate) use validate::Refusal;
