//! Property tests: tests with parameters, tables of cases and invariants.
//!
//! `random` is where chance comes from, `dictionary` what the contracts themselves suggest, `generate` makes up values,
//! `shrink` makes counterexamples small, `corpus` keeps them. `fuzz`, `invariant` and `table` are the three kinds of test,
//! which ask a machine through `subject`. `options` and `inline_config` say how it is done.

pub mod corpus;
pub mod dictionary;
pub mod fuzz;
pub mod generate;
pub mod inline_config;
pub mod invariant;
pub mod literals;
pub mod options;
pub mod random;
pub mod shrink;
mod solidity;
pub mod subject;
pub mod table;
