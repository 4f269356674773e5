//! `gasworks fuzz`: attacks. Each kind is a verb of its own, in a file of its own.

use std::process::ExitCode;

use clap::Subcommand;

mod interrupt;
mod vm;

/// Attack virtual machines with generated cases.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Compares Gasworks with itself, and with what else is built in, on generated transactions.
    Vm(vm::Args),
}

pub fn run(arguments: &Args) -> ExitCode {
    match &arguments.what {
        What::Vm(arguments) => vm::run(arguments),
    }
}
