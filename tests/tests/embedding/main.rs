//! What an embedder relies on: small native stacks, memory that gas pays for, stopping, failing databases, inspectors,
//! a cache of code that keeps to its budget.

mod code_cache;
mod depth;
mod host;
mod prices;
mod stop;
