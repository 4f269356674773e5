//! `gasworks check`: says what is wrong with programs, and what is hardly meant.

use std::ffi::OsString;
use std::process::ExitCode;

use gasworks_assembler::{Severity, assemble_bytes};

use crate::asm::{findings, input};
use crate::terminal;

/// Say what is wrong with programs, without writing bytecode.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Besides errors and what `gasworks asm` warns of, this finds unused definitions, pushes that could be smaller, and code
that runs on into data.

Exit status: 0 if no program has errors (or warnings, with --deny-warnings), 1 if one has, 2 for bad usage or for what
cannot be read.

Examples:
  gasworks check contract.eas
  gasworks check src/*.eas --deny-warnings --json-diagnostics")]
pub struct Args {
    /// Main files of programs, or - for standard input
    #[arg(value_name = "FILE|-", required = true)]
    files: Vec<OsString>,

    #[command(flatten)]
    program: input::ProgramArgs,
}

pub fn run(arguments: &Args) -> ExitCode {
    let mut failed = false;
    for file in &arguments.files {
        let source = match input::read(file, &arguments.program) {
            Ok(source) => source,
            Err(reason) => return terminal::error(reason),
        };
        let found = match assemble_bytes(&source.bytes, &source.options(&arguments.program, true)) {
            Ok(program) => program.warnings,
            Err(found) => found,
        };
        findings::write(&found, arguments.program.json_findings());
        let worst = found.list.iter().map(|one| one.severity).min();
        failed |= match worst {
            Some(Severity::Error) => true,
            Some(Severity::Warning) => arguments.program.denies_warnings(),
            None => false,
        };
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
