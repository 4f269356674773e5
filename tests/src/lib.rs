//! What the integration tests of Gasworks share: [`code`] writes programs, [`world`] runs them. Nothing here is part of
//! the product.
#![forbid(unsafe_code)]

pub mod code;
pub mod world;

/// A number from the environment, for tests that run as many cases as they are asked for.
///
/// # Panics
/// When it is no number.
pub fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|error| panic!("{name}={text}: {error}")),
        Err(_) => default,
    }
}
