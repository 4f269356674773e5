//! `gasworks completions`: a script for the user's shell.

use std::io::{self, Write};
use std::process::ExitCode;

use clap_complete::Shell;

use crate::terminal;

/// Print a script that completes this tool's arguments in a shell.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Runs the verb: the exit status is 0, or 2 if the script could not be written.
pub fn run(args: &Args, command: &mut clap::Command) -> ExitCode {
    // Written to memory first, because the generator panics where writing fails.
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, command, name, &mut script);
    let mut stdout = io::stdout();
    let written = stdout.write_all(&script).and_then(|()| stdout.flush());
    terminal::finish(written, ExitCode::SUCCESS)
}
