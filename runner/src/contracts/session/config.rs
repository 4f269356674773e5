//! What is asked for of a run.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use gasworks::{Fork, U256};

use super::super::project::{Environment, Patterns};
use crate::assembly::Snapshots;

/// Hears what is being done before tests run, and what is odd.
pub type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// What is asked for, over what the configuration of a project says.
#[derive(Clone)]
pub struct RunnerConfig {
    /// The environment: it may configure projects, and says where compilers are.
    pub environment: Environment,
    /// The Solidity compiler: a program, a version, or the folder of the npm package.
    pub solc: Option<String>,
    /// Whether artifacts are taken as they are.
    pub no_compile: bool,
    /// Which tests are run.
    pub patterns: Patterns,
    /// Only these, if given: `source:contract` and the test's signature.
    pub only: Option<BTreeSet<(String, String)>>,
    /// The fork to run on.
    pub fork: Option<Fork>,
    /// How many inputs a test with parameters gets.
    pub fuzz_runs: Option<u32>,
    /// How many sequences an invariant gets.
    pub invariant_runs: Option<u32>,
    /// How many calls a sequence has.
    pub invariant_depth: Option<u32>,
    /// What random choices come from, unless the project says it.
    pub seed: Option<U256>,
    /// What random choices come from if nothing else says it.
    pub drawn_seed: U256,
    /// How many threads; 0 is one for each core.
    pub jobs: usize,
    /// The K-th of N parts.
    pub shard: Option<(usize, usize)>,
    /// Seconds after which a test has failed.
    pub timeout: Option<u64>,
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// What becomes of gas that tests of assembly record.
    pub recorded_gas: Snapshots,
    /// Whether calls are written down.
    pub traces: bool,
    /// Whether executed instructions are counted, which is slower.
    pub coverage: bool,
    /// What `vm.unixTime` says, in milliseconds.
    pub time: u64,
    /// Hears what is being done.
    pub told: Told,
}

impl Default for RunnerConfig {
    fn default() -> RunnerConfig {
        RunnerConfig {
            environment: Environment::default(),
            solc: None,
            no_compile: false,
            patterns: Patterns::default(),
            only: None,
            fork: None,
            fuzz_runs: None,
            invariant_runs: None,
            invariant_depth: None,
            seed: None,
            drawn_seed: U256::zero(),
            jobs: 0,
            shard: None,
            timeout: None,
            fail_fast: false,
            recorded_gas: Snapshots::Record,
            traces: false,
            coverage: false,
            time: 0,
            told: Arc::new(|_: &str| {}),
        }
    }
}

impl fmt::Debug for RunnerConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RunnerConfig")
            .finish_non_exhaustive()
    }
}
