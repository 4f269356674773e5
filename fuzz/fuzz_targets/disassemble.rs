//! Any bytecode: what it is taken apart into assembles to the same bytes, whatever the target.
#![no_main]

use gasworks_assembler::{Options, Target, assemble, disassemble};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, code) = input;
    let targets: Vec<Target> = Target::all().collect();
    let target = targets[usize::from(choice) % targets.len()];
    let source = disassemble(code, target).to_string();
    let program = assemble(&source, &Options::default());
    let program = program.unwrap_or_else(|found| panic!("{found}\n{source}"));
    assert_eq!(program.code, code, "{source}");
});
