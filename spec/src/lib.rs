//! The Ethereum protocol as data: forks, opcodes, prices and behavioural rules.
//!
//! Nothing here computes a state change. [`Fork`] orders the upgrades, [`for_each_opcode!`](crate::for_each_opcode) is
//! the one table of instructions, [`Schedule`] holds every price and [`Rules`] every difference of behaviour. Adding a
//! fork is a variant, a schedule and a set of rules, each written as a change to its parent.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod fork;
mod gas;
mod opcode;
mod precompile;
mod rules;

pub use fork::{Fork, UnknownFork};
pub use gas::{Schedule, StorageChange, StoragePrice};
pub use opcode::{Opcode, UNDEFINED, constant_price, opcode};
pub use precompile::{PrecompileKind, PrecompileTable};
pub use rules::{BlobRules, Rules};
