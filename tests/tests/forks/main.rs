//! Every boundary between forks: what the fork before does, and what the fork after.
//!
//! Base prices and the forks of instructions are in `opcodes`, intrinsic gas and the types of transactions in
//! `transactions`. Numbers are written down from the Yellow Paper and the EIPs.

mod access;
mod accounts;
mod coverage;
mod creation;
mod delegation;
mod destruction;
mod gas;
mod modexp;
mod precompiles;
mod storage;
mod transient;
