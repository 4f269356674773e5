//! What an embedder relies on: small native stacks, memory that gas pays for, stopping, failing databases, inspectors,
//! directors, a cache of code that keeps to its budget.

mod code_cache;
mod depth;
mod director;
mod host;
mod prices;
mod steps;
mod stop;
