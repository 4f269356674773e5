//! `gasworks fuzz vm`: generated cases on all machines that are built in.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use gasworks_fuzz::Statistics;
use gasworks_fuzz::campaign::{self, Event, Finding, Plan};
use gasworks_fuzz::differential::Oracle;
use gasworks_fuzz::state_test::state_test;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{files, interrupt};
use crate::terminal::{self, BAD, GOOD, complain, grouped};

/// Compare Gasworks with itself, and with what else is built in, on generated transactions.
///
/// Each case is a fork, a block, accounts with programs, and a transaction. It runs on all of Gasworks' cores; results, gas,
/// logs and storage must be the same. What differs is made as small as possible and written as a standard state test, which
/// expects what Gasworks' plain loop says.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
A case follows from the seed and its number, whatever the number of threads. Ctrl-C ends a run and reports what it found.

Exit status: 0 if nothing differed, 1 if anything did, 2 for bad usage.

Examples:
  gasworks fuzz vm --count 100000
  gasworks fuzz vm --seed 7 --first 1234 --count 1")]
pub struct Args {
    /// The seed of all cases
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// The number of the first case
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: u64,

    /// How many cases
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,

    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Where state tests of what differs are written [default: fuzz-findings]
    #[arg(
        long,
        value_name = "DIR",
        default_value = "fuzz-findings",
        hide_default_value = true
    )]
    out: PathBuf,

    /// How often a case that differs is tried in a smaller form
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    trials: u32,

    /// End after so many differences
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_findings: usize,

    /// Print a line of JSON for each difference and one for the whole
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Args) -> ExitCode {
    let mut found = 0;
    let mut written = Ok(());
    let stop = interrupt::flag();
    let progress = progress(arguments.count);
    let jobs = arguments
        .jobs
        .or_else(|| thread::available_parallelism().ok());
    let plan = Plan {
        seed: arguments.seed,
        first: arguments.first,
        count: arguments.count,
        jobs: jobs.map_or(1, usize::from),
        trials: arguments.trials,
    };
    let started = now();
    let statistics = campaign::run(&plan, &stop, &mut |event| match event {
        Event::Progress(cases) => progress.set_position(cases),
        Event::Found(finding) => {
            if found < arguments.max_findings && written.is_ok() {
                found += 1;
                written = progress.suspend(|| report(arguments, &finding));
            }
            if found >= arguments.max_findings || written.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    // Before the bar is finished, which fills it.
    let cases = progress.position();
    progress.finish_and_clear();
    let status = if found > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    };
    let written =
        written.and_then(|()| summary(arguments, &statistics, cases, found, started.elapsed()));
    terminal::finish(written, status)
}

#[allow(clippy::disallowed_methods, reason = "cases a second are told")]
fn now() -> Instant {
    Instant::now()
}

/// Draws nothing where standard error is no terminal.
fn progress(count: u64) -> ProgressBar {
    let progress = ProgressBar::new(count);
    let template = "{elapsed_precise} {bar:30} {human_pos} of {human_len} cases, {per_sec}, {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        progress.set_style(style);
    }
    progress
}

fn report(arguments: &Args, finding: &Finding) -> io::Result<()> {
    let Finding {
        number,
        case,
        difference,
    } = finding;
    let seed = arguments.seed;
    let name = format!("vm-{seed}-{number}");
    let comment = format!(
        "gasworks fuzz vm --seed {seed} --first {number} --count 1: {}",
        difference.oracle
    );
    let path = arguments.out.join(format!("{name}.json"));
    // What cannot be written is still told.
    let written = match state_test(case, &name, &comment) {
        Ok(text) => files::write(&path, &text).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let mut out = anstream::stdout().lock();
    if arguments.json {
        let line = json!({
            "seed": seed,
            "case": number,
            "fork": case.fork.name(),
            "what": difference.oracle.to_string(),
            "difference": difference.text,
            "file": written.is_ok().then(|| path.display().to_string()),
            "error": written.err(),
        });
        return writeln!(out, "{line}");
    }
    writeln!(out, "{BAD}seed {seed}, case {number}:{BAD:#} {difference}")?;
    writeln!(out, "{case}")?;
    match written {
        Ok(()) => writeln!(out, "written to {}", path.display())?,
        Err(reason) => writeln!(out, "{BAD}no state test:{BAD:#} {reason}")?,
    }
    writeln!(
        out,
        "again: gasworks fuzz vm --seed {seed} --first {number} --count 1\n"
    )
}

fn summary(
    arguments: &Args,
    statistics: &Statistics,
    cases: u64,
    found: usize,
    elapsed: Duration,
) -> io::Result<()> {
    let a_second = cases as f64 / elapsed.as_secs_f64().max(1e-3);
    let mut out = anstream::stdout().lock();
    if arguments.json {
        let line = json!({
            "cases": cases,
            "differences": found,
            "seconds": elapsed.as_secs_f64(),
            "casesPerSecond": a_second,
            "comparedWith": Oracle::NAMES,
            "ends": statistics.ends,
            "instructions": statistics.coverage.0.iter().sum::<u64>(),
            "neverExecuted": statistics.not_executed(),
        });
        return writeln!(out, "{line}");
    }
    if found == 0 && cases < arguments.count {
        complain("interrupted");
    }
    write!(out, "{statistics}")?;
    let style = if found == 0 { GOOD } else { BAD };
    writeln!(
        out,
        "{style}{} cases, {found} differences{style:#} (seed {}, from {}; compared with {}; {:.1} s, {a_second:.0} a second)",
        grouped(cases),
        arguments.seed,
        arguments.first,
        Oracle::NAMES.join(", "),
        elapsed.as_secs_f64()
    )
}
