//! What `gasworks test` may be told.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use gasworks::U256;
use gasworks_spec::Fork;

/// Run tests: assembly, Solidity and Vyper.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exit status: 0 if at least one test ran and all passed, 1 if any failed, 2 if something could not be read or compiled or
nothing ran.

PATH is a folder with a foundry.toml, a folder of artifacts (Foundry's out, Hardhat's artifacts), the JSON output of a
compiler, an .eas file, or a folder of any of these.

Examples:
  gasworks test
  gasworks test examples --jobs 4
  gasworks test --match-contract Token --fuzz-runs 10000 -vvv
  gasworks test --junit report.xml --gas-report
  gasworks test --snapshot && gasworks test --check")]
pub struct Args {
    /// What to test
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,

    #[command(flatten)]
    pub filter: FilterArgs,

    /// Number of threads [default: one for each core]
    #[arg(long, short, visible_alias = "threads", value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Run only the K-th of N parts; together the parts are all tests
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<(usize, usize)>,

    /// Run only tests that failed last time
    #[arg(long)]
    pub rerun: bool,

    /// Stop after the first failure
    #[arg(long)]
    pub fail_fast: bool,

    /// Name the tests instead of running them
    #[arg(long, short)]
    pub list: bool,

    /// Run again whenever a file changes
    #[arg(long, short, conflicts_with_all = ["list", "json"])]
    pub watch: bool,

    /// The fork to run on, instead of the configured one
    #[arg(long, value_name = "NAME", value_parser = crate::arguments::fork)]
    pub fork: Option<Fork>,

    #[command(flatten)]
    pub properties: PropertyArgs,

    /// Seconds after which a test has failed
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// Say more: -vv logs, -vvv traces of failed tests, -vvvv traces of all tests, -vvvvv setups and storage, too
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub verbosity: u8,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub coverage: CoverageArgs,

    #[command(flatten)]
    pub gas: GasArgs,

    /// The Solidity compiler: a program, a version, or the folder of the npm package
    #[arg(long, visible_alias = "use", value_name = "PATH")]
    pub solc: Option<String>,

    /// Fetch nothing; nothing ever is
    #[arg(long)]
    pub offline: bool,

    /// Run the artifacts that are there, without looking at sources
    #[arg(long)]
    pub no_compile: bool,
}

/// Which tests are run.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Which tests")]
pub struct FilterArgs {
    /// Run only tests whose name matches
    #[arg(long, visible_aliases = ["mt", "test"], value_name = "REGEX")]
    pub match_test: Option<String>,
    /// Do not run tests whose name matches
    #[arg(long, visible_alias = "nmt", value_name = "REGEX")]
    pub no_match_test: Option<String>,
    /// Run only tests of contracts whose name matches
    #[arg(long, visible_aliases = ["mc", "contract"], value_name = "REGEX")]
    pub match_contract: Option<String>,
    /// Do not run tests of contracts whose name matches
    #[arg(long, visible_alias = "nmc", value_name = "REGEX")]
    pub no_match_contract: Option<String>,
    /// Run only tests of files that match
    #[arg(long, visible_alias = "mp", value_name = "GLOB")]
    pub match_path: Option<String>,
    /// Do not run tests of files that match
    #[arg(long, visible_alias = "nmp", value_name = "GLOB")]
    pub no_match_path: Option<String>,
}

/// How properties are tested.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Properties")]
pub struct PropertyArgs {
    /// How many inputs each test with parameters gets
    #[arg(long, value_name = "N")]
    pub fuzz_runs: Option<u32>,
    /// What random choices come from
    #[arg(long, value_name = "NUMBER", value_parser = crate::arguments::word)]
    pub fuzz_seed: Option<U256>,
    /// How many sequences of calls each invariant gets
    #[arg(long, value_name = "N")]
    pub invariant_runs: Option<u32>,
    /// How many calls a sequence has
    #[arg(long, value_name = "N")]
    pub invariant_depth: Option<u32>,
}

/// In which form results come.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print results as JSON, as forge does
    #[arg(long)]
    pub json: bool,
    /// Write results as JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Print failures as annotations of GitHub [default: if GITHUB_ACTIONS is set]
    #[arg(long)]
    pub github: bool,
    /// Print a table of suites at the end
    #[arg(long)]
    pub summary: bool,
    /// Print the gas of each function: calls, minimum, mean, median, maximum [default: where there are tests of assembly]
    #[arg(long)]
    pub gas_report: bool,
    /// Draw gas by call stack as an SVG
    #[arg(long, value_name = "FILE")]
    pub flamegraph: Option<PathBuf>,
}

/// What of sources tests execute.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Coverage")]
pub struct CoverageArgs {
    /// Measure which lines, statements, branches and functions tests execute
    #[arg(long)]
    pub coverage: bool,
    /// Where the tracefile is written [default: lcov.info]
    #[arg(long, value_name = "FILE", requires = "coverage")]
    pub lcov: Option<PathBuf>,
    /// Write a page with source lines in colours, too
    #[arg(long, value_name = "FILE", requires = "coverage")]
    pub coverage_html: Option<PathBuf>,
}

/// Where coverage is written unless another file is named.
pub const LCOV_FILE: &str = "lcov.info";

/// Files of gas.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Gas snapshots")]
pub struct GasArgs {
    /// Write the gas of each test to a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = SNAPSHOT_FILE)]
    pub snapshot: Option<PathBuf>,
    /// Fail if the gas of a test is not what the file says
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = SNAPSHOT_FILE)]
    pub check: Option<PathBuf>,
    /// Print how the gas of tests differs from what the file says
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = SNAPSHOT_FILE)]
    pub diff: Option<PathBuf>,
    /// Record the gas anew that tests of assembly record by `gas = snapshot`
    #[arg(long, conflicts_with = "check")]
    pub update_gas: bool,
    /// How many of a hundred parts gas may differ from the file
    #[arg(long, value_name = "PERCENT", default_value = "0", requires = "check")]
    pub tolerance: u32,
}

/// Where gas is noted unless another file is named.
pub const SNAPSHOT_FILE: &str = ".gas-snapshot";

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/');
    let numbers = parts.and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match numbers {
        Some((k, n)) if 1 <= k && k <= n => Ok((k, n)),
        _ => Err("a part of all parts is needed, such as 1/4 to 4/4".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("a number of seconds is needed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!(shard("1/4"), Ok((1, 4)));
        assert_eq!(shard("4/4"), Ok((4, 4)));
        for text in ["0/4", "5/4", "1", "1/0", "a/b", "1/4/2", "-1/4"] {
            assert!(shard(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_timeout_is_at_least_a_second() {
        assert_eq!(seconds("30"), Ok(Duration::from_secs(30)));
        assert!(seconds("0").is_err() && seconds("1.5").is_err());
    }
}
