//! Sources in assembly among what is tested.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use gasworks::U256;

use super::super::project::Filter;
use super::super::result::SuiteResult;
use super::{Listed, RunnerConfig, RunnerError};
use crate::assembly::{Covered, FuzzedTests, Options, TestFile, run};

/// Runs of a test with parameters, unless something else is asked for.
const RUNS: u32 = 256;

/// Sources below a folder that have tests, or have them beside them.
#[derive(Debug)]
pub(super) struct AssemblyUnit {
    files: Vec<TestFile>,
    options: Options,
    filter: Filter,
    only: Option<BTreeSet<(String, String)>>,
}

impl AssemblyUnit {
    pub(super) fn new(
        config: &RunnerConfig,
        root: PathBuf,
        files: Vec<PathBuf>,
        seed: U256,
    ) -> Result<Self, RunnerError> {
        let threads = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let mut unit = Self {
            files: Vec::new(),
            options: Options {
                fork: config.fork,
                runs: config.fuzz_runs.unwrap_or(RUNS),
                seed: seed.to_big_endian(),
                root,
                snapshots: config.recorded_gas,
                jobs: NonZeroUsize::new(config.jobs).unwrap_or_else(threads),
                fail_fast: config.fail_fast,
                traces: config.traces,
                timeout: config.timeout,
                coverage: config.coverage.then(Covered::default),
            },
            filter: config.patterns.clone().filter()?,
            only: config.only.clone(),
        };
        let mut found = Vec::new();
        for path in files {
            found.extend(TestFile::read(path)?);
        }
        found.retain(|file| file.tests.iter().any(|test| unit.wants(file, test)));
        if let Some((part, parts)) = config.shard {
            let numbered = found.into_iter().zip(1..);
            let own = numbered.filter(|(_, number)| number % parts == part % parts);
            found = own.map(|(file, _)| file).collect();
        }
        unit.files = found;
        Ok(unit)
    }

    /// How many sources there are.
    pub(super) fn files(&self) -> usize {
        self.files.len()
    }

    /// The tests that would run.
    pub(super) fn list(&self) -> Vec<Listed> {
        let files = self.files.iter();
        files
            .map(|file| Listed {
                source: file.name(&self.options.root),
                contract: file.contract().to_owned(),
                tests: file
                    .tests
                    .iter()
                    .filter(|test| self.wants(file, test))
                    .cloned()
                    .collect(),
            })
            .collect()
    }

    /// What the tests have executed.
    pub(super) fn covered(&self) -> Option<&Covered> {
        self.options.coverage.as_ref()
    }

    /// Runs them.
    pub(super) fn run(&self) -> Vec<SuiteResult> {
        run(&self.files, &self.options, &|file, test| {
            self.wants(file, test)
        })
    }

    /// Tests whose values are made up, for a fuzzer: those of each file.
    pub(super) fn fuzzed(&self) -> Vec<Result<FuzzedTests, String>> {
        let files = self.files.iter();
        let fuzzed = files.map(|file| file.fuzzed(&self.options, &|test| self.wants(file, test)));
        fuzzed.filter_map(Result::transpose).collect()
    }

    fn wants(&self, file: &TestFile, test: &str) -> bool {
        let source = file.name(&self.options.root);
        let again = |only: &BTreeSet<(String, String)>| {
            let suite = format!("{source}:{}", file.contract());
            only.contains(&(suite, test.to_owned()))
        };
        self.filter.wants_file(Path::new(&source))
            && self.filter.wants_contract(file.contract())
            && self.filter.wants_test(test)
            && self.only.as_ref().is_none_or(again)
    }
}
