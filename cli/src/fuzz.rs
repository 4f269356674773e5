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
#[command(args_conflicts_with_subcommands = true)]
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
