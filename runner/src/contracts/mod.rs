//! Solidity and Vyper test suites, run as `forge test` runs them, from compiled artifacts.
//!
//! `artifact` reads what compilers wrote, `suite` deploys a test contract and runs each test from a snapshot taken after
//! `setUp`, `cheats` answers calls to `vm`, and `run` does that for many suites on many threads.

pub mod abi;
pub mod artifact;
pub mod cheats;
pub mod coverage;
pub mod decode;
pub mod events;
pub mod harness;
pub mod layout;
pub mod machine;
pub mod project;
pub mod properties;
pub mod property;
pub mod report;
pub mod result;
pub mod run;
mod session;
mod subject;
pub mod suite;
mod watcher;

pub use session::{Listed, Runner, RunnerConfig, RunnerError, Session, Told};
