//! Sources and bytecode.

use gasworks_assembler::{
    MemoryFiles, Options, Target, assemble, assemble_bytes, disassemble, format,
};

/// Any bytes: a source that is or is not well formed ends with bytecode or with findings. Formatting it twice is formatting
/// it once, and does not change the bytecode.
pub fn assembler(source: &[u8]) {
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
            let lengths = program.map.mappings.iter().map(|mapping| mapping.length);
            assert_eq!(lengths.sum::<u32>() as usize, program.code.len());
            assert_eq!(program.rows.len(), program.map.mappings.len());
            let _ = program.warnings.to_string();
        }
        Err(found) => {
            assert!(found.errors().next().is_some());
            assert!(!found.to_string().is_empty());
        }
    }
    if let Ok(text) = std::str::from_utf8(source) {
        formatted(text);
    }
}

fn formatted(source: &str) {
    let Ok(formatted) = format(source) else {
        return;
    };
    assert_eq!(format(&formatted).as_ref().ok(), Some(&formatted));
    let code = |source: &str| {
        let program = assemble(source, &Options::default());
        program.ok().map(|program| program.code)
    };
    assert_eq!(code(source), code(&formatted), "{formatted}");
}

/// Any bytecode: what it is taken apart into assembles to the same bytes, whatever the target, which the first byte is.
pub fn disassembler(bytes: &[u8]) {
    let Some((choice, code)) = bytes.split_first() else {
        return;
    };
    let targets: Vec<Target> = Target::all().collect();
    let target = targets[usize::from(*choice) % targets.len()];
    let source = disassemble(code, target).to_string();
    let program = assemble(&source, &Options::default());
    let program = program.unwrap_or_else(|found| panic!("{found}\n{source}"));
    assert_eq!(program.code, code, "{source}");
}
