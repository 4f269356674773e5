//! `gasworks statetest`: runs official tests and reports what differed.
//!
//! This file reads arguments, `print` prints, and the work is done by `gasworks_runner::fixtures`. Results go to standard
//! output, talk to standard error. The forms that other tools read (the JSON array, the `stateRoot` lines, file names on
//! standard input) are those of geth's `evm statetest`.

use std::io::{self, BufRead, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use gasworks::Core;
use gasworks::inspect::TraceFields;
use gasworks_runner::fixtures::{self, FileReport, Indexes, Options};
use gasworks_spec::Fork;
use regex::Regex;

use crate::terminal;
use print::Printer;

mod print;

/// Run official state tests from files, folders and archives; VM tests, transaction tests and geth's vectors too.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exit status: 0 if no case failed, 1 if any did, 2 if any file could not be read or nothing ran. A test that has not been
filled (its state root is zero) is executed and counted by itself: it neither passes nor fails.

With file names on standard input, one a line, results are a JSON array for each file, as geth's `evm statetest` has it.

Examples:
  gasworks statetest tests/state_tests
  gasworks statetest fixtures.tar.gz --fork Osaka --jobs 4
  gasworks statetest add.json --index 0,0,0 --trace
  find . -name '*.json' | gasworks statetest")]
pub struct Args {
    /// Files, folders or archives (.tar.zst, .tar.gz, .tar); without any, file names are read from standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Run only tests whose name matches
    #[arg(long, value_name = "REGEX", value_parser = Regex::new)]
    run: Option<Regex>,

    /// Run only cases of this fork
    #[arg(long, alias = "statetest.fork", value_name = "NAME", value_parser = crate::arguments::fork)]
    fork: Option<Fork>,

    /// Run only cases of these indexes into the transaction's data, gas limits and values
    #[arg(long, value_name = "D,G,V", value_parser = parse_indexes)]
    index: Option<Indexes>,

    /// Print results as a JSON array, and each state root as a line of JSON on standard error
    #[arg(long)]
    json: bool,

    /// Print for people, also where file names come from standard input
    #[arg(long, conflicts_with = "json")]
    human: bool,

    /// Write a trace of every instruction (EIP-3155) to standard error; runs on one thread
    #[arg(long)]
    trace: bool,

    /// Print the whole state after each case
    #[arg(long)]
    dump: bool,

    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    jobs: Option<std::num::NonZeroUsize>,

    /// How code is executed: results are the same, or one of the machine's cores is wrong
    #[arg(long, value_name = "CORE", value_parser = crate::arguments::core(), default_value = "adaptive")]
    core: Core,

    #[command(flatten)]
    trace_form: TraceForm,
}

/// What geth's `evm statetest` has to shape a trace, so that its drivers work. The form is always EIP-3155.
#[derive(clap::Args, Debug)]
struct TraceForm {
    #[arg(long = "trace.format", hide = true, value_parser = ["json"])]
    format: Option<String>,
    #[arg(long = "trace.nomemory", alias = "nomemory", hide = true, num_args = 0..=1, require_equals = true,
          default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    no_memory: bool,
    #[arg(long = "trace.noreturndata", alias = "noreturndata", hide = true, num_args = 0..=1, require_equals = true,
          default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    no_return_data: bool,
    #[arg(long = "trace.nostack", alias = "nostack", hide = true, num_args = 0..=1, require_equals = true,
          default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    no_stack: bool,
    /// A trace in this form never shows storage.
    #[arg(long = "trace.nostorage", alias = "nostorage", hide = true, num_args = 0..=1, require_equals = true,
          default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    no_storage: bool,
}

impl TraceForm {
    fn fields(&self) -> TraceFields {
        TraceFields {
            stack: !self.no_stack,
            memory: !self.no_memory,
            return_data: !self.no_return_data,
        }
    }
}

impl Args {
    /// Whether file names come from standard input, which is how other tools drive this one.
    fn is_batch(&self) -> bool {
        self.paths.is_empty()
    }
}

fn parse_indexes(text: &str) -> Result<Indexes, String> {
    let numbers: Option<Vec<usize>> = text
        .split(',')
        .map(|part| part.trim().parse().ok())
        .collect();
    match numbers.as_deref() {
        Some(&[data, gas, value]) => Ok(Indexes { data, gas, value }),
        _ => Err("three numbers are needed, such as 0,1,0".to_owned()),
    }
}

/// Runs the verb; the exit status is described in its help.
pub fn run(args: Args) -> ExitCode {
    let mut printer = Printer::new(&args);
    let result = if args.is_batch() {
        batch(&args, &mut printer)
    } else {
        all(&args, &mut printer)
    };
    match result.and_then(|()| printer.finish()) {
        Ok(()) => printer.exit_code(),
        // Whoever read our results has gone, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => printer.exit_code(),
        Err(error) => terminal::error(error),
    }
}

fn all(args: &Args, printer: &mut Printer) -> io::Result<()> {
    let jobs = args.jobs.map_or(0, usize::from);
    run_paths(&args.paths, args, jobs, printer)?;
    printer.end_results()
}

/// Runs files as their names arrive, so that a tool can feed one process with many tests. An empty line ends it.
fn batch(args: &Args, printer: &mut Printer) -> io::Result<()> {
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            break;
        }
        // A name that is no text names no file here, and is reported as such.
        let path = PathBuf::from(String::from_utf8_lossy(line).into_owned());
        run_paths(&[path], args, 1, printer)?;
        printer.end_results()?;
    }
    Ok(())
}

fn run_paths(paths: &[PathBuf], args: &Args, jobs: usize, printer: &mut Printer) -> io::Result<()> {
    let name = args
        .run
        .as_ref()
        .map(|regex| move |name: &str| regex.is_match(name));
    let options = Options {
        name: name
            .as_ref()
            .map(|name| name as &(dyn Fn(&str) -> bool + Sync)),
        fork: args.fork,
        indexes: args.index,
        dump: args.dump,
        trace_fields: args.trace_form.fields(),
        jobs,
        core: args.core,
    };
    let mut result = Ok(());
    let mut report = |file: FileReport| {
        result = printer.file(file);
        if result.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    if args.trace {
        let mut stderr = io::BufWriter::new(io::stderr());
        fixtures::run_traced(paths, &options, &mut stderr, &mut report);
        stderr.flush()?;
    } else {
        fixtures::run(paths, &options, &mut report);
    }
    result
}
