//! What an embedder relies on: small native stacks, memory that gas pays for, stopping, failing databases, inspectors.

mod depth;
mod host;
mod prices;
mod stop;
