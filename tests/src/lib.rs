//! What the integration tests of Gasworks share: [`code`] writes programs, [`world`] runs them. Nothing here is part of
//! the product.
#![forbid(unsafe_code)]

pub mod code;
pub mod world;
