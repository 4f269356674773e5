//! `gasworks`: one verb a file.
#![forbid(unsafe_code)]
// Nothing that a user types or that a file holds is a reason to panic, and neither is a reader that has gone away.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod arguments;
mod completions;
mod fmt;
mod run;
mod statetest;
mod terminal;

#[derive(Parser)]
#[command(
    name = "gasworks",
    version,
    about = "An Ethereum virtual machine",
    after_help = "\
Examples:
  gasworks run 602a5f5260205ff3
  gasworks run contract.hex --input 0xd09de08a --prestate genesis.json --trace
  gasworks statetest fixtures.tar.gz --fork Osaka
  gasworks fmt --check contracts
  gasworks completions bash > ~/.local/share/bash-completion/completions/gasworks

`gasworks help VERB` says more about each."
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs bytecode and says what came of it.
    Run(run::Args),
    /// Runs state tests: files, folders and archives.
    Statetest(statetest::Args),
    /// Brings assembly sources into one layout.
    Fmt(fmt::Args),
    /// Prints a script that completes this tool's arguments in a shell.
    Completions(completions::Args),
}

fn main() -> ExitCode {
    match Arguments::parse().verb {
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Statetest(arguments) => statetest::run(arguments),
        Verb::Fmt(arguments) => fmt::run(&arguments),
        Verb::Completions(arguments) => completions::run(
            &arguments,
            &mut <Arguments as clap::CommandFactory>::command(),
        ),
    }
}
