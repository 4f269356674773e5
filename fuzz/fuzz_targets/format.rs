//! Any text: formatting twice is formatting once, and never changes the bytecode.
#![no_main]

use gasworks_assembler::{Options, assemble, format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let Ok(formatted) = format(source) else {
        return;
    };
    let again = format(&formatted);
    assert_eq!(again.as_ref().ok(), Some(&formatted));
    let code = |source: &str| assemble(source, &Options::default()).ok().map(|program| program.code);
    assert_eq!(code(source), code(&formatted), "{formatted}");
});
