//! What the targets of fuzzing engines do with bytes. A panic is a finding.
//!
//! The files in `fuzz_targets/` give each of them to libFuzzer, or to [`replay`] where there is no engine.

mod execute;
#[cfg(feature = "fixtures")]
mod fixtures;
#[cfg(feature = "peers")]
mod precompiles;
pub mod replay;
mod source;
mod transaction;
mod words;

pub use execute::{differential, execute};
#[cfg(feature = "fixtures")]
pub use fixtures::fixtures;
#[cfg(feature = "peers")]
pub use precompiles::precompiles;
pub use source::{assembler, disassembler};
pub use transaction::transaction;
pub use words::words;

/// Makes a program of a target: for libFuzzer under `cargo fuzz`, which needs a nightly tool chain, and one that replays a
/// corpus otherwise.
#[macro_export]
macro_rules! target {
    ($target:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $target(bytes));

        #[cfg(not(fuzzing))]
        fn main() -> std::process::ExitCode {
            $crate::targets::replay::main($target)
        }
    };
}
