//! Values of arguments that several verbs take.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use gasworks::{Address, Core, U256};
use gasworks_assembler::Target;
use gasworks_runner::fixtures::json::FromText;
use gasworks_spec::Fork;

/// Reads the name of a fork.
pub fn fork(text: &str) -> Result<Fork, String> {
    text.parse::<Fork>().map_err(|error| {
        let known: Vec<&str> = Fork::all().map(Fork::name).collect();
        format!("{error}; the forks are {}", known.join(", "))
    })
}

/// Reads the name of a target: a fork, or one that is not on the main network yet.
pub fn target(text: &str) -> Result<Target, String> {
    text.parse().map_err(|error| {
        let known: Vec<&str> = Target::all().map(Target::name).collect();
        format!("{error}; the forks are {}", known.join(", "))
    })
}

/// Reads the name of a core.
pub fn core() -> impl TypedValueParser<Value = Core> {
    let names = [
        "adaptive",
        "plain",
        "translated",
        "trampoline",
        "alternating",
    ];
    PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "plain" => Core::Plain,
        "translated" => Core::Translated,
        "trampoline" => Core::Trampoline,
        "alternating" => Core::Alternating,
        _ => Core::Adaptive,
    })
}

/// Reads a number of at most 64 bits, in decimal or hex.
pub fn number(text: &str) -> Result<u64, String> {
    from_text(text)
}

/// Reads a number of at most 256 bits, in decimal or hex.
pub fn word(text: &str) -> Result<U256, String> {
    from_text(text)
}

/// Reads an address.
pub fn address(text: &str) -> Result<Address, String> {
    from_text(text)
}

/// What test fixtures may leave empty, a user has to write.
fn from_text<T: FromText>(text: &str) -> Result<T, String> {
    if matches!(text, "" | "0x" | "0X") {
        return Err(format!("{} is needed", T::EXPECTED));
    }
    T::from_text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_or_hex_and_never_empty() {
        assert_eq!(number("30000000"), Ok(30_000_000));
        assert_eq!(number("0x1c9c380"), Ok(30_000_000));
        assert_eq!(word("0x0"), Ok(U256::zero()));
        for text in ["", "0x", "1e6", "-1", "18446744073709551616"] {
            assert!(number(text).is_err(), "{text:?}");
        }
        assert!(word(&"9".repeat(79)).is_err());
        assert!(address("0x1234").is_err());
    }

    #[test]
    fn an_unknown_fork_names_those_that_there_are() {
        let message = fork("Atlantis").expect_err("it is no fork");
        assert!(message.contains("Frontier") && message.contains("Osaka"));
        let message = target("Atlantis").expect_err("it is no target");
        assert!(message.contains("Frontier") && message.contains("Amsterdam"));
    }
}
