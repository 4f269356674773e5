//! Short programs that embed Gasworks, one a task.
//!
//! | program | what it shows |
//! |---|---|
//! | `run-bytecode` | running code as a bare message and reading the outcome |
//! | `deploy-and-call` | transactions that deploy and call a contract, committed one after another |
//! | `own-database` | state from a source of one's own, and what happens when it fails |
//! | `trace` | an EIP-3155 trace, and an inspector of one's own |
//! | `custom-precompile` | a contract whose code is a Rust function |
//! | `assemble-and-deploy` | a contract in assembly, with the files that it includes |
//! | `endless-loop` | stopping code that never ends: by gas, by steps and from another thread |
//!
//! `cargo run -p gasworks-examples --bin run-bytecode` runs the first. What they print is tested.

use gasworks::{Bytes, U256};

/// A contract that returns the number of Fibonacci at the position that the call data gives.
pub const FIBONACCI: &str = include_str!("../contracts/fibonacci.hex");

/// Init code of a contract with `count()` and `increment()`, which logs `Incremented(uint256)`.
pub const COUNTER: &str = include_str!("../contracts/counter.hex");

/// A program in assembly that only the end of its gas stops.
pub const ENDLESS: &str = include_str!("../contracts/endless.eas");

/// Bytes of hex text, in which white space does not matter.
///
/// ```
/// assert_eq!(gasworks_examples::bytes("602a 5f52")[..], [0x60, 0x2a, 0x5f, 0x52]);
/// ```
///
/// # Panics
/// If the text is not hex, or half a byte is left over: these programs write it themselves.
pub fn bytes(hex: &str) -> Bytes {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| character.to_digit(16).expect("a hex digit") as u8)
        .collect();
    assert!(digits.len().is_multiple_of(2), "half a byte is left over");
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// The number that a contract returned as one word; zero if it returned anything else.
pub fn number(output: &[u8]) -> U256 {
    match output.len() {
        32 => U256::from_big_endian(output),
        _ => U256::zero(),
    }
}
