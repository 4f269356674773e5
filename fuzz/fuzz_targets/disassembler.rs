//! Bytecode: taken apart and put together again.
#![cfg_attr(fuzzing, no_main)]

gasworks_fuzz::target!(gasworks_fuzz::targets::disassembler);
