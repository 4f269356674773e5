//! Attacks on virtual machines and on contracts.
//!
//! [`generate()`] makes a [`Case`] of a seed and a number: a fork, a block, accounts with programs, and a transaction.
//! [`ours`] runs it on all of Gasworks' cores, [`mod@reference`] as the specification says, `peer` on revm (feature `peers`),
//! and [`verdict`] compares what came of it. [`differential::judge`] does all that for a case, [`campaign`] for many.
#![forbid(unsafe_code)]

pub mod campaign;
pub mod case;
#[cfg(feature = "contracts")]
pub mod contracts;
pub mod differential;
pub mod generate;
mod guard;
pub mod invariants;
pub mod minimise;
pub mod ours;
#[cfg(feature = "peers")]
pub mod peer;
mod random;
pub mod reference;
#[cfg(feature = "fixtures")]
pub mod state_test;
pub mod statistics;
pub mod steps;
mod structured;
pub mod targets;
pub mod tiers;
pub mod verdict;

pub use case::{Account, Case, State};
pub use generate::generate;
pub use random::Random;
pub use statistics::Statistics;
pub use structured::{Program, SignedBy};
pub use verdict::{Executed, Log, Status, Verdict};
