//! `gasworks trace-diff`: where two traces by EIP-3155 part. This file reads arguments and reports; `line` reads traces,
//! `compare` compares them, and `source` gets them from files and commands.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use crate::terminal::{self, BAD, BAD_INPUT, GOOD, complain};
use compare::{Difference, Result as Compared, compare};
use source::Command;

mod compare;
mod line;
mod source;

/// Compare two EIP-3155 traces, and show where they part.
///
/// Position, instruction, gas, depth, stack and state root are compared, as far as both traces have them. Numbers may be
/// decimal or hex. STOP is left out, since some machines run it where there is no code; so are lines that are no step. A file
/// of several cases has a trace of all of them, in which a state root ends a case.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Two traces are two files. Or, with --a and --b, they are what two commands write about each file, to either of their
outputs: {f} is the file. Commands are started without a shell.

Exit status: 0 if the traces are the same, 1 if they differ, 2 if there is nothing to compare.

Examples:
  gasworks trace-diff ours.jsonl theirs.jsonl
  gasworks trace-diff --a 'gasworks statetest --trace {f}' --b 'evm statetest --trace {f}' cases/*.json")]
pub struct Args {
    /// Two traces; or, with --a and --b, files that the commands run
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The command that writes the first trace
    #[arg(long, value_name = "CMD", requires = "b", value_parser = Command::parse)]
    a: Option<Command>,

    /// The command that writes the second trace
    #[arg(long, value_name = "CMD", requires = "a", value_parser = Command::parse)]
    b: Option<Command>,

    /// End a command that runs for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,

    /// Compare costs, memory, refunds and return data, too, where both traces have them, and STOP
    #[arg(long)]
    strict: bool,

    /// Show so many steps before and after
    #[arg(long, value_name = "N", default_value_t = 5)]
    context: usize,

    /// Print a line of JSON for each comparison
    #[arg(long)]
    json: bool,
}

/// Runs the verb; the exit status is described in its help.
pub fn run(arguments: &Args) -> ExitCode {
    let mut status = 0;
    let written = compare_all(arguments, &mut status);
    terminal::finish(written, ExitCode::from(status))
}

fn compare_all(arguments: &Args, status: &mut u8) -> io::Result<()> {
    if let (Some(a), Some(b)) = (&arguments.a, &arguments.b) {
        for file in &arguments.files {
            let limit = Duration::from_secs(arguments.timeout);
            let traces = a.trace(file, limit);
            let traces = traces.and_then(|a| Ok((a, b.trace(file, limit)?)));
            one(arguments, file, traces, status)?;
        }
        return Ok(());
    }
    let [a, b] = arguments.files.as_slice() else {
        terminal::error("two traces are needed, or --a and --b");
        *status = BAD_INPUT;
        return Ok(());
    };
    let read = |path: &Path| {
        fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let traces = read(a).and_then(|a| Ok((a, read(b)?)));
    one(arguments, a, traces, status)
}

fn one(
    arguments: &Args,
    file: &Path,
    traces: std::result::Result<(Vec<u8>, Vec<u8>), String>,
    status: &mut u8,
) -> io::Result<()> {
    let compared = traces.and_then(|(a, b)| compare(&a, &b, arguments.strict, arguments.context));
    let name = terminal::visible(&file.display().to_string()).into_owned();
    match compared {
        Ok(compared) => {
            *status = (*status).max(u8::from(compared.difference.is_some()));
            report(arguments, &name, &compared)
        }
        // What cannot be compared keeps no other file from being compared.
        Err(reason) => {
            complain(format_args!("{BAD}error:{BAD:#} {name}: {reason}"));
            *status = BAD_INPUT;
            Ok(())
        }
    }
}

fn report(arguments: &Args, name: &str, compared: &Compared) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let steps = compared.steps;
    if arguments.json {
        let mut line = json!({"file": name, "same": compared.difference.is_none(), "steps": steps});
        if let Some(difference) = &compared.difference {
            line["case"] = difference.case.into();
            line["fields"] = difference.fields.join(",").into();
            line["a"] = difference.a.first().cloned().into();
            line["b"] = difference.b.first().cloned().into();
        }
        return writeln!(out, "{line}");
    }
    let Some(difference) = &compared.difference else {
        return writeln!(out, "{GOOD}same:{GOOD:#} {name}, {steps} steps");
    };
    let Difference {
        case,
        fields,
        before,
        a,
        b,
    } = difference;
    let fields = fields.join(", ");
    let case = case.map_or_else(String::new, |case| format!(" of case {case}"));
    writeln!(
        out,
        "{BAD}differ:{BAD:#} {name}, after {steps} steps{case}, in {fields}"
    )?;
    for step in before {
        writeln!(out, "    {step}")?;
    }
    for (letter, steps) in [('a', a), ('b', b)] {
        if steps.is_empty() {
            writeln!(out, "  {letter} ends here")?;
        }
        for (position, step) in steps.iter().enumerate() {
            let mark = if position == 0 {
                BAD
            } else {
                anstyle::Style::new()
            };
            writeln!(out, "{mark}  {letter} {step}{mark:#}")?;
        }
    }
    Ok(())
}
