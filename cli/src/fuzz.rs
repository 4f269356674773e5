//! `gasworks fuzz`: attacks. Each kind is a verb of its own, in a file of its own.

use std::process::ExitCode;

use clap::Subcommand;

mod contracts;
mod export;
mod files;
mod interrupt;
mod vm;

/// Attack contracts with sequences of calls, and virtual machines with generated cases.
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Functions called invariant* must not fail after any call, property_* and echidna_* must return true, no assertion may
fail, and a #test of assembly with parameters must hold whatever their values. Without --time or --count it goes on until Ctrl-C.

Exit status: 0 if nothing was found, 1 if something was, 2 if something could not be read, compiled, set up or written.

Examples:
  gasworks fuzz --time 60 --findings found
  gasworks fuzz test/Vault.t.sol --stop-on-finding --seed 7
  gasworks fuzz contracts/pool_test.eas --time 10
  gasworks fuzz contract.hex --abi contract.json --count 1000000
  gasworks fuzz --jobs 2 --corpus corpus --broker 0.0.0.0:1337
  gasworks fuzz --join 192.168.0.7:1337
  gasworks fuzz corpus show found"
)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    contracts: contracts::Args,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Looks after folders of sequences of calls.
    Corpus(contracts::corpus::Args),
    /// Compares Gasworks with itself, and with what else is built in, on generated transactions.
    Vm(vm::Args),
    /// Writes generated cases as state tests for other machines.
    Export(export::Args),
}

pub fn run(arguments: &Args) -> ExitCode {
    match &arguments.what {
        None => contracts::run(&arguments.contracts),
        Some(What::Corpus(arguments)) => contracts::corpus::run(arguments),
        Some(What::Vm(arguments)) => vm::run(arguments),
        Some(What::Export(arguments)) => export::run(arguments),
    }
}
