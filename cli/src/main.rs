//! `gasworks`: one verb a file.
#![forbid(unsafe_code)]
// Nothing that a user types or that a file holds is a reason to panic, and neither is a reader that has gone away.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod arguments;
mod asm;
mod bytecode;
mod check;
mod completions;
mod disasm;
mod fmt;
mod fuzz;
mod lsp;
mod run;
mod statetest;
mod terminal;
mod test;
mod trace_diff;

#[derive(Parser)]
#[command(
    name = "gasworks",
    version,
    about = "An Ethereum virtual machine",
    after_help = "\
Examples:
  gasworks run 602a5f5260205ff3
  gasworks run contract.hex --input 0xd09de08a --prestate genesis.json --trace
  gasworks asm contract.eas --deploy
  gasworks disasm contract.hex --cfg dot | dot -Tsvg > graph.svg
  gasworks test examples
  gasworks statetest fixtures.tar.gz --fork Osaka
  gasworks fuzz vm --count 100000
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
    /// Assembles a program.
    Asm(asm::Args),
    /// Says what is wrong with programs.
    Check(check::Args),
    /// Takes bytecode apart: source that assembles to the same bytes, or a graph of it.
    Disasm(disasm::Args),
    /// Runs tests: assembly, Solidity and Vyper.
    Test(Box<test::Args>),
    /// Runs state tests: files, folders and archives.
    Statetest(statetest::Args),
    /// Attacks contracts, and virtual machines with generated cases.
    Fuzz(Box<fuzz::Args>),
    /// Shows where two traces part.
    TraceDiff(trace_diff::Args),
    /// Brings assembly sources into one layout.
    Fmt(fmt::Args),
    /// Serves editors: a language server over standard input and output.
    Lsp(lsp::Args),
    /// Prints a script that completes this tool's arguments in a shell.
    Completions(completions::Args),
}

fn main() -> ExitCode {
    match Arguments::parse().verb {
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Asm(arguments) => asm::run(&arguments),
        Verb::Check(arguments) => check::run(&arguments),
        Verb::Disasm(arguments) => disasm::run(&arguments),
        Verb::Test(arguments) => test::run(&arguments),
        Verb::Statetest(arguments) => statetest::run(arguments),
        Verb::Fuzz(arguments) => fuzz::run(&arguments),
        Verb::TraceDiff(arguments) => trace_diff::run(&arguments),
        Verb::Fmt(arguments) => fmt::run(&arguments),
        Verb::Lsp(arguments) => lsp::run(&arguments),
        Verb::Completions(arguments) => completions::run(
            &arguments,
            &mut <Arguments as clap::CommandFactory>::command(),
        ),
    }
}
