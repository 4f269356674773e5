//! The whole way from a path to results, for tools that embed it: a [`Runner`] finds and compiles, a [`Session`] runs.

mod assembly;
mod config;
mod harnesses;
mod measure;
mod runner;
mod wanted;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use gasworks::U256;

use super::abi::Function;
use super::artifact::Artifacts;
use super::coverage;
use super::report::gas::{GasReport, Scope};
use super::report::trace::{self, Extent, Names};
use super::result::{SuiteResult, TestResult, Verdict};
use super::run::{self, Options, Reporter, Summary};
use super::suite::{Role, role};
use assembly::AssemblyUnit;

pub use config::{RunnerConfig, Told};
pub use runner::{Runner, RunnerError};

/// What is ready to be run.
#[derive(Debug)]
pub struct Session {
    config: RunnerConfig,
    units: Vec<Unit>,
    assembly: Vec<AssemblyUnit>,
    folders: Vec<PathBuf>,
    unreadable: usize,
    seed: Option<U256>,
}

#[derive(Debug)]
struct Unit {
    artifacts: Arc<Artifacts>,
    options: Options,
    scope: Scope,
    /// Sources whose coverage counts.
    measured: coverage::Scope,
    /// Made when the first trace is drawn.
    names: OnceLock<Names>,
}

/// A suite with its tests, which have not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The file it is in.
    pub source: String,
    /// The contract's name.
    pub contract: String,
    /// Signatures of its tests.
    pub tests: Vec<String>,
}

impl Session {
    /// What random choices come from.
    pub fn seed(&self) -> U256 {
        self.seed.unwrap_or_default()
    }

    /// The folder where something may be remembered for the next run, if there is a project.
    pub fn cache(&self) -> Option<&Path> {
        self.folders.first().map(PathBuf::as_path)
    }

    /// Artifacts that could not be read: tests may be missing.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The tests that would run.
    pub fn list(&self) -> Vec<Listed> {
        let mut listed: Vec<Listed> = self.assembly.iter().flat_map(AssemblyUnit::list).collect();
        for unit in &self.units {
            for contract in run::suites(&unit.artifacts, &unit.options) {
                let functions = contract.abi.functions();
                let mut tests: Vec<String> = functions
                    .filter(|function| {
                        role(function) != Role::Other
                            && unit.options.filter.wants_test(contract, function)
                    })
                    .map(Function::signature)
                    .collect();
                tests.sort();
                listed.push(Listed {
                    source: contract.source.clone(),
                    contract: contract.name.clone(),
                    tests,
                });
            }
        }
        listed
    }

    /// The gas of each function, from the calls that were written down.
    pub fn gas_report(&self, summary: &Summary) -> GasReport {
        let mut report = GasReport::default();
        for suite in &summary.suites {
            if let Some(unit) = self.unit(suite) {
                let names = unit.names.get_or_init(|| Names::new(&unit.artifacts));
                report.add(suite, names, &unit.scope);
            }
            for call in &suite.calls {
                report.add_call(&call.contract, &call.function, call.gas);
            }
        }
        report
    }

    fn unit(&self, suite: &SuiteResult) -> Option<&Unit> {
        self.units.iter().find(|unit| {
            let mut contracts = unit.artifacts.contracts.iter();
            contracts.any(|one| one.source == suite.source && one.name == suite.contract)
        })
    }

    /// The calls of a test as a tree, if they were written down.
    pub fn draw(&self, suite: &SuiteResult, test: &TestResult, extent: Extent) -> Option<String> {
        let trace = test.trace.as_ref()?;
        let Some(unit) = self.unit(suite) else {
            // Of assembly, nothing but the labels is known.
            let names = Names::default();
            return Some(trace::draw(trace, &test.labels, &names, extent));
        };
        let names = unit.names.get_or_init(|| Names::new(&unit.artifacts));
        Some(trace::draw(trace, &test.labels, names, extent))
    }

    /// Runs them.
    pub fn run(&self, reporter: &mut dyn Reporter) -> Summary {
        let suites = |unit: &Unit| run::suites(&unit.artifacts, &unit.options).len();
        let files: usize = self.assembly.iter().map(AssemblyUnit::files).sum();
        reporter.begin(files + self.units.iter().map(suites).sum::<usize>());
        let mut summary = Summary::default();
        for unit in &self.assembly {
            for suite in unit.run() {
                reporter.suite(&suite);
                summary.suites.push(suite);
            }
            if reporter.has_heard_enough() {
                return summary;
            }
        }
        if self.config.fail_fast && summary.count(Verdict::Failed) > 0 {
            return summary;
        }
        for unit in &self.units {
            let part = run::run(&unit.artifacts, &unit.options, &mut Begun(reporter));
            summary.suites.extend(part.suites);
            let has_failed = summary.count(Verdict::Failed) > 0;
            if self.config.fail_fast && has_failed || reporter.has_heard_enough() {
                break;
            }
        }
        summary
    }
}

/// A reporter that has heard how much there is.
struct Begun<'a>(&'a mut dyn Reporter);

impl Reporter for Begun<'_> {
    fn suite(&mut self, result: &SuiteResult) {
        self.0.suite(result);
    }

    fn has_heard_enough(&self) -> bool {
        self.0.has_heard_enough()
    }
}
