//! `gasworks disasm`: takes bytecode apart and writes it as source, as a graph or as JSON.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use gasworks_assembler::disassemble::{GraphFormat, TextOptions};
use gasworks_assembler::{Listing, Target, disassemble};

use crate::{arguments, bytecode, terminal};

mod json;

/// Take bytecode apart: source that assembles to the same bytes, or a graph of it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
A file holds hex (with or without 0x, white space does not matter) or raw bytes. Whatever the bytes are, `gasworks asm`
makes the same of the source that this prints: what is no instruction of the fork, what is never executed and what is
cut off stays as #bytes.

A constant is a label where its basic block jumps to it or leaves it on the stack for others. What a constructor deploys
and what a factory creates are programs of their own: positions in them count from their start, and are the second number
behind an instruction. Metadata of solc and vyper is named. With --gas, a + says that operands, memory or the state may make it more, and all that it takes all gas.

Exit status: 0, or 2 for bad usage or input.

Examples:
  gasworks disasm 6003565b00
  gasworks disasm contract.hex --fork london --pc --output contract.eas
  gasworks disasm contract.hex --cfg dot | dot -Tsvg > graph.svg
  gasworks disasm - --json < contract.bin | jq '.blocks[] | select(.exit == \"jump\")'")]
pub struct Args {
    /// A file of bytecode, bytecode as hex, or - for standard input
    #[arg(value_name = "HEX|FILE|-", default_value = "-")]
    bytecode: OsString,

    /// Whose instructions they are
    #[arg(long, value_name = "NAME", default_value_t = Target::LATEST, value_parser = arguments::target)]
    fork: Target,

    /// Where to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Put the position before each instruction, for the assembler to check
    #[arg(long)]
    pc: bool,

    /// Say what each instruction costs, and its block up to there
    #[arg(long)]
    gas: bool,

    /// Print the control-flow graph for Graphviz or Mermaid
    #[arg(long, value_name = "FORMAT", value_parser = graph_format(), conflicts_with_all = ["pc", "gas", "json"])]
    cfg: Option<GraphFormat>,

    /// Print one JSON object
    #[arg(long, conflicts_with_all = ["pc", "gas"])]
    json: bool,
}

fn graph_format() -> impl TypedValueParser<Value = GraphFormat> {
    PossibleValuesParser::new(["dot", "mermaid"]).map(|name| match name.as_str() {
        "mermaid" => GraphFormat::Mermaid,
        _ => GraphFormat::Dot,
    })
}

/// Runs the verb; the exit status is described in its help.
pub fn run(args: &Args) -> ExitCode {
    let code = match bytecode::read(&args.bytecode) {
        Ok(code) => code,
        Err(message) => return terminal::error(message),
    };
    let listing = disassemble(&code, args.fork);
    let Some(path) = &args.output else {
        let written = write(args, &listing, io::stdout().lock());
        return terminal::finish(written, ExitCode::SUCCESS);
    };
    match File::create(path).and_then(|file| write(args, &listing, file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => terminal::error(format_args!("{}: {reason}", path.display())),
    }
}

fn write(args: &Args, listing: &Listing, to: impl Write) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    match args.cfg {
        Some(format) => write!(to, "{}", listing.graph(format))?,
        None if args.json => json::write(listing, &mut to)?,
        None => {
            let options = TextOptions {
                pc_labels: args.pc,
                gas: args.gas,
            };
            write!(to, "{}", listing.text(options))?;
        }
    }
    to.flush()
}
