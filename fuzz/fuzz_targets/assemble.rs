//! Any bytes: a source that is or is not well formed ends with bytecode or with findings, never in a panic.
#![no_main]

use gasworks_assembler::{MemoryFiles, Options, assemble_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &[u8]| {
    // The source may include itself, which must not go on without end.
    let files = MemoryFiles([("a.eas".to_owned(), source.to_vec())].into());
    let options = Options {
        files: &files,
        lint: true,
        listing: true,
        ..Options::default()
    };
    match assemble_bytes(source, &options) {
        Ok(program) => {
            let mapped: u32 = program.map.mappings.iter().map(|mapping| mapping.length).sum();
            assert_eq!(mapped as usize, program.code.len());
            assert_eq!(program.rows.len(), program.map.mappings.len());
            let _ = program.warnings.to_string();
        }
        Err(found) => {
            assert!(found.errors().next().is_some());
            assert!(!found.to_string().is_empty());
        }
    }
});
