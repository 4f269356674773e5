//! Runs the official Ethereum test fixtures on Gasworks, and says exactly what differed.
//!
//! [`fixtures::run`] takes files, folders and archives, runs every state test in them on any number of threads, and hands
//! back one typed [`fixtures::FileReport`] a file, always in the same order. What it does not do: it draws nothing on a
//! terminal, parses no command line and chooses no exit status.

#![forbid(unsafe_code)]

pub mod assembly;
pub mod contracts;
pub mod fixtures;
mod rlp;
mod trie;
