//! `gasworks test`: runs tests and says what failed.
//!
//! `args` reads, `print` prints for people, `gas` keeps files of gas, `coverage` writes what was executed, `failures`
//! remembers what failed, `watch` waits for changes. The work is done by `gasworks_runner::contracts`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use gasworks::U256;
use gasworks_runner::assembly::Snapshots;
use gasworks_runner::contracts::project::{Environment, Patterns};
use gasworks_runner::contracts::report::{Counts, json, junit};
use gasworks_runner::contracts::result::SuiteResult;
use gasworks_runner::contracts::run::{Reporter, Summary};
use gasworks_runner::contracts::{Runner, RunnerConfig, Session};

use crate::terminal::{BAD_INPUT, complain, error};
pub use args::Args;
use print::Printer;

mod args;
mod coverage;
mod failures;
mod gas;
mod print;
mod watch;

/// What random choices of a gas snapshot come from, so that one run's figures are the other's.
const SNAPSHOT_SEED: u64 = 0x6a5;

/// Why a run ends early.
enum Trouble {
    /// Somebody has to hear of it.
    Told(String),
    /// Results could not be written.
    Output(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Output(error)
    }
}

impl From<String> for Trouble {
    fn from(message: String) -> Trouble {
        Trouble::Told(message)
    }
}

/// Runs the verb; the exit status is described in its help.
pub fn run(args: &Args) -> ExitCode {
    if args.watch {
        return match watch::forever(&args.path, || once(args)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => error(reason),
        };
    }
    once(args)
}

fn once(args: &Args) -> ExitCode {
    match attempt(args) {
        Ok(status) => ExitCode::from(status),
        // Whoever read our results has gone, as `head` does.
        Err(Trouble::Output(reason)) if reason.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::from(1)
        }
        Err(Trouble::Output(reason)) => error(reason),
        Err(Trouble::Told(message)) => error(message),
    }
}

fn attempt(args: &Args) -> Result<u8, Trouble> {
    let mut config = configuration(args);
    let failures = failures::File::of(&args.path);
    if args.rerun {
        config.only = Some(failures.read()?);
    }
    config.told = Arc::new(|message: &str| complain(message));
    let session = Runner::new(config)
        .discover(&args.path)
        .map_err(|error| error.to_string())?;
    if args.list {
        return list(&session, args.output.json);
    }
    let mut live = Live {
        printer: Printer::new(&session, args.verbosity),
        silent: args.output.json,
        result: Ok(()),
    };
    let summary = session.run(&mut live);
    let Live {
        printer, result, ..
    } = live;
    result?;
    let seed = format!("{:#x}", session.seed());
    if args.output.json {
        writeln!(io::stdout(), "{}", json::suites(&summary.suites))?;
    } else if !summary.suites.is_empty() {
        printer.finish(&summary.suites, Some(&seed))?;
        // Tests of assembly measure every call in any case.
        let report = session.gas_report(&summary);
        if !report.is_empty() {
            writeln!(io::stdout(), "{}", report.text().trim_end())?;
        }
        if args.output.summary {
            print::summary(&summary.suites)?;
        }
    }
    failures.write(&summary.suites, args.filter.is_empty() && !args.rerun)?;
    reports(args, &summary.suites)?;
    if let Some(file) = &args.output.flamegraph {
        let graph = session.flame_graph(&summary);
        write(file, &graph.map_err(|error| error.to_string())?)?;
    }
    if args.coverage.coverage {
        coverage::report(&args.coverage, &session.coverage(), args.output.json)?;
    }
    let status = status(&summary, session.unreadable());
    match gas_files(args, &summary.suites, status)? {
        true => Ok(status),
        false => Ok(status.max(1)),
    }
}

/// Writes what is asked for beside the report.
fn reports(args: &Args, suites: &[SuiteResult]) -> Result<(), Trouble> {
    if args.output.github || std::env::var_os("GITHUB_ACTIONS").is_some() && !args.output.json {
        print::annotations(suites)?;
    }
    if let Some(file) = &args.output.junit {
        let document = junit::document(suites).map_err(|error| error.to_string())?;
        write(file, &document)?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

/// Whether gas is as files say it should be.
fn gas_files(args: &Args, suites: &[SuiteResult], status: u8) -> Result<bool, Trouble> {
    let all_ran = args.filter.is_empty() && args.shard.is_none() && !args.rerun;
    if let Some(file) = &args.gas.diff {
        let differences = gas::compare(file, suites, 0, all_ran)?;
        gas::print(&differences)?;
    }
    if let Some(file) = &args.gas.check {
        let differences = gas::compare(file, suites, args.gas.tolerance, all_ran)?;
        gas::print(&differences)?;
        if !differences.is_empty() {
            complain(format_args!(
                "gas of {} tests is not what {} says",
                differences.len(),
                file.display()
            ));
            return Ok(false);
        }
    }
    if let Some(file) = &args.gas.snapshot {
        if status == 0 {
            gas::write(file, suites, all_ran)?;
        } else {
            complain(format_args!(
                "{} is not written: not all tests passed",
                file.display()
            ));
        }
    }
    Ok(true)
}

fn status(summary: &Summary, unreadable: usize) -> u8 {
    let counts = Counts::of(&summary.suites);
    if counts.failed > 0 {
        return 1;
    }
    if unreadable > 0 {
        complain(format_args!(
            "tests may be missing: {unreadable} artifacts could not be read"
        ));
        return BAD_INPUT;
    }
    if counts.passed == 0 {
        complain(match counts.skipped {
            0 => "no tests were found to run".to_owned(),
            skipped => format!("no test ran: {skipped} were skipped"),
        });
        return BAD_INPUT;
    }
    0
}

fn list(session: &Session, as_json: bool) -> Result<u8, Trouble> {
    let listed = session.list();
    let mut out = io::stdout().lock();
    if as_json {
        let mut files: BTreeMap<&str, BTreeMap<&str, &[String]>> = BTreeMap::new();
        for suite in &listed {
            let file = files.entry(&suite.source).or_default();
            file.insert(&suite.contract, &suite.tests);
        }
        let text = serde_json::to_string(&files).map_err(io::Error::from)?;
        writeln!(out, "{text}")?;
    } else {
        for suite in &listed {
            writeln!(out, "{}\n  {}", suite.source, suite.contract)?;
            for test in &suite.tests {
                writeln!(out, "    {test}")?;
            }
            writeln!(out)?;
        }
    }
    drop(out);
    match listed.is_empty() {
        true => Err(Trouble::Told("no tests were found".to_owned())),
        false => Ok(0),
    }
}

fn configuration(args: &Args) -> RunnerConfig {
    let filter = args.filter.clone();
    let properties = &args.properties;
    let keeps_gas =
        args.gas.snapshot.is_some() || args.gas.check.is_some() || args.gas.diff.is_some();
    let fixed = keeps_gas.then(|| U256::from(SNAPSHOT_SEED));
    RunnerConfig {
        environment: Environment::of_process(),
        solc: args.solc.clone(),
        no_compile: args.no_compile,
        patterns: Patterns {
            test: filter.match_test,
            no_test: filter.no_match_test,
            contract: filter.match_contract,
            no_contract: filter.no_match_contract,
            path: filter.match_path,
            no_path: filter.no_match_path,
        },
        fork: args.fork,
        fuzz_runs: properties.fuzz_runs,
        invariant_runs: properties.invariant_runs,
        invariant_depth: properties.invariant_depth,
        seed: properties.fuzz_seed.or(fixed),
        jobs: args.jobs.map_or(0, usize::from),
        shard: args.shard,
        timeout: args.timeout.map(|timeout| timeout.as_secs()),
        fail_fast: args.fail_fast,
        recorded_gas: match (args.gas.update_gas, &args.gas.check) {
            (true, _) => Snapshots::Update,
            (false, Some(_)) => Snapshots::Check,
            (false, None) => Snapshots::Record,
        },
        traces: args.verbosity >= 3 || args.output.gas_report || args.output.flamegraph.is_some(),
        coverage: args.coverage.coverage,
        drawn_seed: U256::from(now_in_nanoseconds() >> 10 & 0xffff_ffff),
        time: u64::try_from(now_in_nanoseconds() / 1_000_000).unwrap_or(u64::MAX),
        ..RunnerConfig::default()
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "`vm.unixTime` asks for the clock; a seed is drawn from it, and printed"
)]
fn now_in_nanoseconds() -> u128 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos())
}

/// Prints suites as they end.
struct Live<'a> {
    printer: Printer<'a>,
    silent: bool,
    result: io::Result<()>,
}

impl Reporter for Live<'_> {
    fn begin(&mut self, suites: usize) {
        self.printer.begin(suites);
    }

    fn suite(&mut self, result: &SuiteResult) {
        if self.result.is_ok() && !self.silent {
            self.result = self.printer.suite(result);
        }
    }

    /// As when whoever read our results has gone.
    fn has_heard_enough(&self) -> bool {
        self.result.is_err()
    }
}

impl args::FilterArgs {
    fn is_empty(&self) -> bool {
        self.match_test.is_none()
            && self.no_match_test.is_none()
            && self.match_contract.is_none()
            && self.no_match_contract.is_none()
            && self.match_path.is_none()
            && self.no_match_path.is_none()
    }
}
