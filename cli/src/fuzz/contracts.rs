//! `gasworks fuzz PATH`: sequences of calls on the contracts of a project, until a property breaks.
//!
//! `show` draws, `workers` are the processes of one machine, `source` finds what is fuzzed. The work is done by
//! `gasworks_fuzz::contracts`.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use gasworks_fuzz::contracts::campaign::Event;
use gasworks_fuzz::contracts::{Campaign, Limits, Settings};

use super::interrupt;
use crate::terminal::error;
use show::Shown;

pub mod corpus;
mod show;
mod source;
mod workers;

/// Attack the contracts of a project with sequences of calls.
#[derive(clap::Args, Debug, Clone)]
// It stands beside the verbs, whose arguments have a group of the same name.
#[group(skip)]
pub struct Args {
    /// A project, a folder of artifacts, a source, tests of assembly, or bytecode: a file of hex, or hex
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,

    #[command(flatten)]
    pub source: source::SourceArgs,

    /// What random choices come from; with one worker, all that happens
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,

    /// End after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub time: Option<u64>,

    /// End after so many calls
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,

    /// End with the first finding
    #[arg(long)]
    pub stop_on_finding: bool,

    /// Calls that a sequence has at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub depth: usize,

    /// Gas of each call, at most 2^30
    #[arg(long, value_name = "GAS", default_value_t = 30_000_000, value_parser = clap::value_parser!(u64).range(..=1 << 30))]
    pub gas: u64,

    /// Keep sequences that did something new in a folder, and begin with those that are there
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,

    /// Write findings to a folder: as JSON, and as tests that fail until they are fixed
    #[arg(long, value_name = "DIR")]
    pub findings: Option<PathBuf>,

    /// Print a line of JSON for each second, finding and warning
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub group: GroupArgs,
}

/// Many processes.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Many processes")]
pub struct GroupArgs {
    /// Number of workers, each a process
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Let others join at an address of this machine; other than loopback, any of its addresses
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    pub broker: Option<SocketAddr>,

    /// Join those who fuzz the same project elsewhere, who must be trusted
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    pub join: Option<SocketAddr>,

    /// Be a worker of the broker at this port
    #[arg(long, hide = true, requires = "worker")]
    pub port: Option<u16>,

    /// Which worker
    #[arg(long, hide = true)]
    pub worker: Option<u32>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    use std::net::ToSocketAddrs;
    let mut found = text.to_socket_addrs().map_err(|error| error.to_string())?;
    found
        .next()
        .ok_or_else(|| "there is no such host".to_owned())
}

/// Runs the verb; the exit status is described in its help.
pub fn run(arguments: &Args) -> ExitCode {
    match attempt(arguments) {
        Ok(status) => ExitCode::from(status),
        Err(message) => error(message),
    }
}

fn attempt(arguments: &Args) -> Result<u8, String> {
    let group = &arguments.group;
    if let (Some(port), Some(worker)) = (group.port, group.worker) {
        return work(arguments, port, worker);
    }
    let jobs = group.jobs.map_or(1, usize::from);
    if jobs > 1 || group.broker.is_some() || group.join.is_some() {
        return workers::run(arguments, jobs);
    }
    let tested = source::tested(&arguments.source, &arguments.path)?;
    let settings = settings(arguments);
    let mut shown = Shown::new(arguments.json);
    let mut tell = |event: Event| shown.tell(event);
    let campaign = Campaign::new(tested, settings, &mut tell).map_err(|error| error.to_string())?;
    let report = campaign.run(&mut tell).map_err(|error| error.to_string())?;
    shown.finish(&report.progress)?;
    Ok(u8::from(report.progress.findings > 0))
}

fn settings(arguments: &Args) -> Settings {
    Settings {
        seed: arguments.seed,
        worker: arguments.group.worker.unwrap_or(0),
        limits: Limits {
            time: arguments.time.map(Duration::from_secs),
            calls: arguments.count,
            first_finding: arguments.stop_on_finding,
        },
        depth: arguments.depth.clamp(1, 10_000),
        gas: arguments.gas,
        corpus: arguments.corpus.clone(),
        findings: arguments.findings.clone(),
        stop: interrupt::flag(),
    }
}

/// What a worker does: it tells in JSON, and ends when its standard input does, which whoever started it holds.
fn work(arguments: &Args, port: u16, worker: u32) -> Result<u8, String> {
    let tested = source::tested(&arguments.source, &arguments.path)?;
    let settings = settings(arguments);
    workers::end_with_input(&settings.stop);
    let mut shown = Shown::new(true);
    let mut tell = |event: Event| shown.tell(event);
    let campaign = Campaign::new(tested, settings, &mut tell).map_err(|error| error.to_string())?;
    let report = campaign.run_in_group(port, &mut tell);
    let report = report.map_err(|error| format!("worker {worker}: {error}"))?;
    shown.finish(&report.progress)?;
    Ok(u8::from(report.progress.findings > 0))
}
