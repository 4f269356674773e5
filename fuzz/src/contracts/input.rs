//! What is tried: a sequence of calls of one test contract.
//!
//! Calls name functions and senders by their places in a [`World`](super::world::World), which are the same for everyone
//! who fuzzes the same project. Files have them by name: that is `store`'s.

use serde::{Deserialize, Serialize};

/// A word, big-endian.
pub type Word = [u8; 32];

/// Calls, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sequence {
    /// Which project it is for: [`World::digest`](super::world::World::digest).
    pub project: u64,
    /// The test contract.
    pub harness: u16,
    /// The calls.
    pub calls: Vec<Call>,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Call {
    /// The function's place in its harness.
    pub function: u16,
    /// The sender's place in its harness.
    pub sender: u16,
    /// Wei.
    pub value: u128,
    /// Seconds that pass before it.
    pub seconds: u32,
    /// Blocks that pass before it.
    pub blocks: u32,
    /// What it is called with.
    pub arguments: Vec<Argument>,
}

/// A value of some type of the contract ABI.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Argument {
    /// A number, an address, a truth value, fixed bytes: as it is encoded.
    Word(Word),
    /// Bytes or a text.
    Bytes(Vec<u8>),
    /// The items of a list, or the fields of a struct.
    List(Vec<Argument>),
}
