//! `gasworks`: one verb a file.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod statetest;

#[derive(Parser)]
#[command(name = "gasworks", version, about = "An Ethereum virtual machine")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs state tests: files, folders and archives.
    Statetest(statetest::Args),
}

fn main() -> ExitCode {
    match Arguments::parse().verb {
        Verb::Statetest(arguments) => statetest::run(arguments),
    }
}
