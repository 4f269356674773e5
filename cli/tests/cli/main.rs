//! The tool from outside: started as a user does, judged by its output and exit status.

mod common;
mod disasm;
mod fmt;
mod fuzz;
mod fuzz_hostile;
mod fuzz_vm;
mod run;
mod test;
mod tool;
#[cfg(unix)]
mod watch;
