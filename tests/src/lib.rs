//! What the integration tests of Gasworks share: [`code`] writes programs, [`world`] runs them,
//! [`differential`] generates them and compares with another machine, [`tiers`] compares ours with itself. Nothing here is part of the product.
#![forbid(unsafe_code)]

pub mod code;
pub mod differential;
pub mod tiers;
pub mod world;
