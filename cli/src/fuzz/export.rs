//! `gasworks fuzz export`: generated cases as state tests, for other machines to run.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use gasworks_fuzz::generate::{FORKS, generate, generate_under};
use gasworks_fuzz::state_test::state_test;
use gasworks_runner::fixtures::FillError;
use gasworks_spec::Fork;
use serde_json::json;

use super::{files, interrupt};
use crate::terminal;

/// Write generated cases as state tests, filled with Gasworks' results.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Each case is a file, named by its fork, the seed and its number. What state tests have no form for, such as a transaction
for another chain, is left out; the numbers go on until there are enough files.

Exit status: 0 if all were written, 2 if not.

Examples:
  gasworks fuzz export --count 1000 --fork Osaka --out cases
  gasworks statetest cases")]
pub struct Args {
    /// How many files
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,

    /// The rules of all cases [default: any]
    #[arg(long, value_name = "NAME", value_parser = fork)]
    fork: Option<Fork>,

    /// The seed of all cases
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// The number of the first case
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: u64,

    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

fn fork(text: &str) -> Result<Fork, String> {
    let fork = crate::arguments::fork(text)?;
    if FORKS.contains(&fork) {
        return Ok(fork);
    }
    let known: Vec<&str> = FORKS.iter().map(|fork| fork.name()).collect();
    Err(format!(
        "no cases are made for it, but for {}",
        known.join(", ")
    ))
}

pub fn run(arguments: &Args) -> ExitCode {
    let mut left_out = 0_u64;
    match export(arguments, &mut left_out) {
        Ok(written) => {
            let mut out = anstream::stdout().lock();
            let folder = arguments.out.display().to_string();
            let told = if arguments.json {
                let line = json!({"written": written, "leftOut": left_out, "folder": folder});
                writeln!(out, "{line}")
            } else {
                writeln!(
                    out,
                    "{written} state tests in {folder}, {left_out} cases left out"
                )
            };
            let status = if written < arguments.count {
                ExitCode::from(terminal::BAD_INPUT)
            } else {
                ExitCode::SUCCESS
            };
            terminal::finish(told, status)
        }
        Err(error) => terminal::error(error),
    }
}

fn export(arguments: &Args, left_out: &mut u64) -> io::Result<u64> {
    let stop = interrupt::flag();
    let seed = arguments.seed;
    let mut written = 0;
    for number in arguments.first.. {
        if written >= arguments.count || stop.load(Ordering::Relaxed) {
            break;
        }
        let case = match arguments.fork {
            Some(fork) => generate_under(fork, seed, number),
            None => generate(seed, number),
        };
        let name = format!("{}-{seed}-{number}", case.fork.name());
        let comment = format!("gasworks fuzz export --seed {seed} --first {number} --count 1");
        match state_test(&case, &name, &comment) {
            Ok(text) => files::write(&arguments.out.join(format!("{name}.json")), &text)?,
            Err(FillError::NotExpressible(_)) => {
                *left_out += 1;
                continue;
            }
            Err(error) => return Err(io::Error::other(format!("case {number}: {error}"))),
        }
        written += 1;
    }
    Ok(written)
}
