//! `gasworks statetest`: runs official state tests and reports what differed.
//!
//! This file reads arguments and prints; the work is done by `gasworks_runner::fixtures`. Results go to standard output,
//! talk to standard error. The forms that other tools read (the JSON array, the `stateRoot` lines, file names on standard
//! input) are those of geth's `evm statetest`.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use gasworks_runner::fixtures::{
    self, AccountDump, CaseReport, FileOutcome, FileReport, Indexes, Options,
};
use gasworks_spec::Fork;
use indicatif::{ProgressBar, ProgressStyle};
use regex::Regex;
use serde::Serialize;

use crate::terminal;

/// Run official state tests from files, folders and archives.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exit status: 0 if every case passed, 1 if any failed, 2 if any file could not be read or nothing ran.

Examples:
  gasworks statetest tests/state_tests
  gasworks statetest fixtures.tar.gz --fork Osaka --jobs 4
  gasworks statetest add.json --index 0,0,0 --trace
  find . -name '*.json' | gasworks statetest --json")]
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

    /// Write a trace of every instruction (EIP-3155) to standard error; runs on one thread
    #[arg(long)]
    trace: bool,

    /// Print the whole state after each case
    #[arg(long)]
    dump: bool,

    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    jobs: Option<std::num::NonZeroUsize>,

    /// What geth's `evm statetest` has to shape a trace, taken so that its drivers work; the form is always EIP-3155
    #[arg(long = "trace.format", hide = true, value_parser = ["json"])]
    trace_format: Option<String>,
    #[arg(long = "trace.nomemory", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    trace_no_memory: Option<bool>,
    #[arg(long = "trace.noreturndata", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    trace_no_return_data: Option<bool>,
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
    let result = if args.paths.is_empty() {
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
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        run_paths(&[PathBuf::from(line)], args, 1, printer)?;
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
        jobs,
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

/// Prints reports as they come, and counts.
struct Printer {
    json: bool,
    /// Whether state roots are to be written here; a traced run has written them already.
    state_roots: bool,
    /// Whether the JSON array of results has been opened.
    open: bool,
    passed: u64,
    failed: u64,
    unreadable: u64,
    not_runnable: u64,
    progress: ProgressBar,
    started: Instant,
}

impl Printer {
    #[allow(
        clippy::disallowed_methods,
        reason = "a person may want to know how long it took"
    )]
    fn new(args: &Args) -> Printer {
        // The bar draws nothing where standard error is no terminal; beside a trace or in batch mode it would disturb.
        let progress = if args.trace || args.paths.is_empty() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            progress.set_style(style);
        }
        progress.enable_steady_tick(Duration::from_millis(100));
        Printer {
            json: args.json,
            state_roots: args.json && !args.trace,
            open: false,
            passed: 0,
            failed: 0,
            unreadable: 0,
            not_runnable: 0,
            progress,
            started: Instant::now(),
        }
    }

    fn file(&mut self, file: FileReport) -> io::Result<()> {
        match file.outcome {
            FileOutcome::Ran(cases) => {
                for case in &cases {
                    self.case(&file.name, case)?;
                }
            }
            FileOutcome::NotRunnable(_) => self.not_runnable += 1,
            FileOutcome::Unreadable(error) => {
                self.unreadable += 1;
                self.progress
                    .suspend(|| terminal::error(format_args!("{}: {error}", file.name)));
            }
        }
        self.progress
            .set_message(format!("{} passed, {} failed", self.passed, self.failed));
        Ok(())
    }

    fn case(&mut self, file: &str, case: &CaseReport) -> io::Result<()> {
        match case.mismatch {
            None => self.passed += 1,
            Some(_) => self.failed += 1,
        }
        if self.state_roots {
            writeln!(io::stderr(), "{{\"stateRoot\": \"{:?}\"}}", case.state_root)?;
        }
        if self.json {
            self.json_case(case)
        } else if case.mismatch.is_some() || case.state.is_some() {
            self.progress.suspend(|| print_case(file, case))
        } else {
            Ok(())
        }
    }

    fn json_case(&mut self, case: &CaseReport) -> io::Result<()> {
        let text = serde_json::to_string_pretty(&JsonCase::of(case))?.replace('\n', "\n  ");
        let start = if self.open { ",\n" } else { "[\n" };
        self.open = true;
        write!(io::stdout(), "{start}  {text}")
    }

    /// Closes the JSON array of results.
    fn end_results(&mut self) -> io::Result<()> {
        if self.json {
            let end = if self.open { "\n]" } else { "[]" };
            self.open = false;
            writeln!(io::stdout(), "{end}")?;
        }
        io::stdout().flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.progress.finish_and_clear();
        let mut stderr = io::stderr();
        if self.not_runnable > 0 {
            writeln!(stderr, "not state tests: {} files", self.not_runnable)?;
        }
        if self.unreadable > 0 {
            writeln!(stderr, "not readable: {} files", self.unreadable)?;
        }
        if self.passed + self.failed == 0 && self.unreadable == 0 {
            writeln!(stderr, "error: no case was found to run")?;
        }
        let summary = format!("{} passed, {} failed", self.passed, self.failed);
        if self.json {
            writeln!(stderr, "{summary}")?;
        } else {
            writeln!(io::stdout(), "{summary}")?;
        }
        if stderr.is_terminal() {
            writeln!(stderr, "in {:.1} s", self.started.elapsed().as_secs_f64())?;
        }
        Ok(())
    }

    fn exit_code(&self) -> ExitCode {
        if self.failed > 0 {
            ExitCode::from(1)
        } else if self.unreadable > 0 || self.passed == 0 {
            ExitCode::from(2)
        } else {
            ExitCode::SUCCESS
        }
    }
}

fn print_case(file: &str, case: &CaseReport) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let status = if case.mismatch.is_some() {
        "FAIL"
    } else {
        "PASS"
    };
    let Indexes { data, gas, value } = case.indexes;
    writeln!(stdout, "{status} {file}: {}", case.test)?;
    writeln!(
        stdout,
        "     fork {}, data {data}, gas {gas}, value {value}",
        case.fork
    )?;
    if let Some(mismatch) = &case.mismatch {
        writeln!(stdout, "     {mismatch}")?;
    }
    if let Some(state) = &case.state {
        writeln!(
            stdout,
            "{}",
            serde_json::to_string_pretty(&JsonState::of(case, state))?
        )?;
    }
    Ok(())
}

/// One result as geth's `evm statetest` writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonCase<'a> {
    name: &'a str,
    pass: bool,
    state_root: String,
    fork: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<JsonState>,
}

impl<'a> JsonCase<'a> {
    fn of(case: &'a CaseReport) -> JsonCase<'a> {
        JsonCase {
            name: &case.test,
            pass: case.mismatch.is_none(),
            state_root: format!("{:?}", case.state_root),
            fork: &case.fork,
            error: case.mismatch.as_ref().map(ToString::to_string),
            state: case.state.as_ref().map(|state| JsonState::of(case, state)),
        }
    }
}

/// A whole state, in ascending order of addresses and slots so that two can be compared line by line.
#[derive(Serialize)]
struct JsonState {
    root: String,
    accounts: BTreeMap<String, JsonAccount>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonAccount {
    balance: String,
    nonce: u64,
    root: String,
    code_hash: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage: BTreeMap<String, String>,
}

impl JsonState {
    fn of(case: &CaseReport, state: &BTreeMap<gasworks::Address, AccountDump>) -> JsonState {
        let account = |account: &AccountDump| JsonAccount {
            balance: account.balance.to_string(),
            nonce: account.nonce,
            root: format!("{:?}", account.storage_root),
            code_hash: format!("{:?}", account.code_hash),
            code: if account.code.is_empty() {
                String::new()
            } else {
                format!("0x{:x}", account.code)
            },
            storage: account
                .storage
                .iter()
                .map(|(slot, value)| (format!("{slot:#066x}"), format!("{value:#x}")))
                .collect(),
        };
        JsonState {
            root: format!("{:x}", case.state_root),
            accounts: state
                .iter()
                .map(|(address, state)| (format!("{address:?}"), account(state)))
                .collect(),
        }
    }
}
