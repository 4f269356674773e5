//! `gasworks asm`: assembles a program. `gasworks check`: says what is wrong with programs, in one file of its own.
//!
//! This file reads the arguments; `input` finds sources, `output` and `listing` write what came of them, `findings` writes what is wrong.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use gasworks_assembler::{Options, Program, Target, assemble_bytes};

use crate::terminal;

pub mod findings;
pub mod input;
mod listing;
mod output;

/// Assemble a program.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Files that the program includes are read from the folder that the tool runs in, or from that of the program if it lies
elsewhere; --root names another one.

Exit status: 0 if there is bytecode, 1 if the program has errors (or warnings, with --deny-warnings), 2 for bad usage or
for what cannot be read or written.

Examples:
  gasworks asm contract.eas
  gasworks asm contract.eas --deploy --format json --output out/contract.json
  gasworks asm contract.eas --listing
  gasworks asm contract.eas --define Owner=0x1000 --source-map contract.map.json
  gasworks asm contract.eas | gasworks run - --input 0x06fdde03")]
pub struct Args {
    /// The program's main file, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: OsString,

    /// Write the bytecode to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How the bytecode is written
    #[arg(long, value_name = "FORMAT", default_value = "hex")]
    format: output::Format,

    /// Wrap the program into init code that deploys it
    #[arg(long)]
    deploy: bool,

    /// The ABI that a JSON artifact gets
    #[arg(long, value_name = "FILE")]
    abi: Option<PathBuf>,

    /// Write the program beside its bytecode: positions, gas, the stack and the source
    #[arg(long, conflicts_with_all = ["format", "deploy"])]
    listing: bool,

    /// Write where each byte of code comes from, as JSON
    #[arg(long, value_name = "FILE")]
    source_map: Option<PathBuf>,

    /// Write the program's debugging information as the ethdebug/format has it
    #[arg(long, value_name = "FILE")]
    ethdebug: Option<PathBuf>,

    #[command(flatten)]
    program: input::ProgramArgs,
}

pub fn run(arguments: &Args) -> ExitCode {
    let source = match input::read(&arguments.file, &arguments.program) {
        Ok(source) => source,
        Err(reason) => return terminal::error(reason),
    };
    let options = Options {
        listing: arguments.listing,
        ..source.options(&arguments.program, false)
    };
    let program = match assemble_bytes(&source.bytes, &options) {
        Ok(program) => program,
        Err(found) => {
            findings::write(&found, arguments.program.json_findings());
            return ExitCode::FAILURE;
        }
    };
    findings::write(&program.warnings, arguments.program.json_findings());
    if arguments.program.denies_warnings() && !program.warnings.list.is_empty() {
        return ExitCode::FAILURE;
    }
    match write(arguments, &source, &program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => terminal::error(reason),
    }
}

fn write(arguments: &Args, source: &input::Source, program: &Program) -> Result<(), String> {
    let init = if arguments.deploy || arguments.format == output::Format::Json {
        Some(init_code(&program.code, program.target)?)
    } else {
        None
    };
    if let Some(path) = &arguments.source_map {
        output::to_file(path, output::source_map(program).as_bytes())?;
    }
    if let Some(path) = &arguments.ethdebug {
        output::to_file(path, output::ethdebug(program).as_bytes())?;
    }
    let abi = match &arguments.abi {
        Some(path) => Some(output::read_abi(path)?),
        None => None,
    };
    let code = init
        .as_deref()
        .filter(|_| arguments.deploy)
        .unwrap_or(&program.code);
    let text = match arguments.format {
        _ if arguments.listing => listing::text(program).into_bytes(),
        output::Format::Json => {
            let init = init.as_deref().unwrap_or_default();
            output::artifact(source.stem(), program, init, abi).into_bytes()
        }
        output::Format::Hex => format!("0x{}\n", output::hex(code)).into_bytes(),
        output::Format::Binary => code.to_vec(),
        output::Format::C => output::c_array(source.stem(), code).into_bytes(),
    };
    match &arguments.output {
        Some(path) => output::to_file(path, &text),
        None => output::to_standard_output(&text),
    }
}

/// Init code that returns a program.
fn init_code(code: &[u8], target: Target) -> Result<Vec<u8>, String> {
    if code.is_empty() {
        return Ok(Vec::new());
    }
    let source = format!(
        "push len(code)\ndup1\npush @code\npush 0\ncodecopy\npush 0\nreturn\n#bytes code: 0x{}\n",
        output::hex(code)
    );
    // Lines of sources are bounded; code that long can be deployed nowhere.
    let options = Options {
        target,
        ..Options::default()
    };
    let program = assemble_bytes(source.as_bytes(), &options);
    program
        .map(|program| program.code)
        .map_err(|_| "the program is too large to deploy".into())
}
