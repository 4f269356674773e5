//! The whole way from a path to results, for tools that embed it.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use gasworks::{Fork, U256};

use super::abi::Function;
use super::artifact::{ArtifactError, Artifacts, Contract};
use super::cheats::values::{Access, Permission, Settings, Structs, endpoints_of, variables_of};
use super::coverage::{self, Collected};
use super::machine::Environment as Machine;
use super::project::{
    BadPattern, BuildError, BuiltContract, Config, ConfigError, DiscoverError, Environment, Filter,
    Patterns, Project, Testable, discover,
};
use super::properties::PropertyOptions;
use super::property::inline_config::TestOptions;
use super::report::gas::{GasReport, Scope};
use super::report::trace::{self, Extent, Names};
use super::result::{SuiteResult, TestResult, Verdict};
use super::run::{self, Options, Reporter, Summary};
use super::suite::{Role, role};
use crate::assembly::Snapshots;
use assembly::AssemblyUnit;

mod assembly;
mod harnesses;
mod measure;

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

/// Why tests cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// There is nothing to test at the path.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The project's configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A source in assembly cannot be read.
    #[error(transparent)]
    Assembly(#[from] crate::assembly::DiscoverError),
    /// A pattern cannot be understood.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
    /// The project could not be built.
    #[error("{}: {}", .0.display(), .1)]
    Build(PathBuf, BuildError),
    /// There are no artifacts that can be used.
    #[error(transparent)]
    Artifacts(#[from] ArtifactError),
}

/// Finds and runs tests.
///
/// ```
/// use gasworks_runner::contracts::{Runner, RunnerConfig};
///
/// fn run_all(path: &std::path::Path) -> Result<bool, Box<dyn std::error::Error>> {
///     let config = RunnerConfig { jobs: 2, ..RunnerConfig::default() };
///     // `()` hears of nothing; a `Reporter` is told of each suite as it ends.
///     let summary = Runner::new(config).discover(path)?.run(&mut ());
///     for suite in &summary.suites {
///         println!("{}: {} tests", suite.name(), suite.tests.len());
///     }
///     Ok(summary.is_success())
/// }
/// # assert!(run_all(std::path::Path::new("no/such/folder")).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Runner {
    config: RunnerConfig,
}

impl Runner {
    /// A runner of this configuration.
    pub fn new(config: RunnerConfig) -> Runner {
        Runner { config }
    }

    /// Finds what can be tested at a path, and compiles what has changed. Where there are several things to test, those
    /// that cannot be are told and left out.
    pub fn discover(&self, path: &Path) -> Result<Session, RunnerError> {
        let found = discover(path)?;
        let alone = found.len() == 1;
        let mut session = Session {
            config: self.config.clone(),
            units: Vec::new(),
            assembly: Vec::new(),
            folders: Vec::new(),
            seed: self.config.seed,
        };
        for testable in found {
            match self.prepare(testable, &mut session) {
                Ok(()) => {}
                Err(error) if alone => return Err(error),
                Err(error) => (self.config.told)(&format!("not run: {error}")),
            }
        }
        Ok(session)
    }

    fn prepare(&self, testable: Testable, session: &mut Session) -> Result<(), RunnerError> {
        match testable {
            Testable::Foundry { root, only } => self.foundry(&root, only.as_deref(), session),
            Testable::Artifacts(path) => {
                // Artifacts of a project run as the project says.
                let mut above = path.ancestors().skip(1);
                let root = above.find(|folder| Project::is_at(folder));
                let project = match root {
                    Some(root) => self.load(root)?,
                    None => Project::bare(path.parent().unwrap_or(&path), &self.config.environment),
                };
                let artifacts = Artifacts::read(&path)?;
                self.add(project, artifacts, &path, None, session)
            }
            Testable::Assembly { root, files } => {
                let seed = *session.seed.get_or_insert_default();
                let unit = AssemblyUnit::new(&self.config, root, files, seed)?;
                session.assembly.push(unit);
                Ok(())
            }
        }
    }

    fn load(&self, root: &Path) -> Result<Project, RunnerError> {
        let mut environment = self.config.environment.clone();
        if let Some(solc) = &self.config.solc {
            // A path is seen from where the tool was started.
            let path = Path::new(solc).canonicalize();
            let solc = path.map_or_else(|_| solc.clone(), |path| path.to_string_lossy().into());
            environment.set("FOUNDRY_SOLC", &solc);
        }
        let project = Project::load(root, environment)?;
        for warning in &project.warnings {
            (self.config.told)(&format!("warning: {warning}"));
        }
        Ok(project)
    }

    fn foundry(
        &self,
        root: &Path,
        only: Option<&Path>,
        session: &mut Session,
    ) -> Result<(), RunnerError> {
        let mut project = self.load(root)?;
        if self.config.coverage && !self.config.no_compile {
            project.config.build_for_coverage();
        }
        let out = project.path(&project.config.out);
        let mut built = None;
        if !self.config.no_compile {
            let filter = self.patterns(&project).filter()?;
            let in_project = |file: &Path| {
                let source = file.strip_prefix(&project.root).unwrap_or(file).to_owned();
                let is_test = file.to_string_lossy().ends_with(".t.sol");
                let named = only.is_none_or(|only| file.starts_with(only));
                !is_test || (named && filter.wants_file(&source))
            };
            let sources = project.sources(&in_project);
            match project.build(&sources, Arc::clone(&self.config.told)) {
                Ok(result) => {
                    for warning in &result.warnings {
                        (self.config.told)(warning);
                    }
                    built = Some(result.contracts);
                }
                Err(BuildError::Missing(missing)) if out.is_dir() => {
                    let folder = out.display();
                    (self.config.told)(&format!(
                        "warning: {missing}; the artifacts in {folder} are run as they are"
                    ));
                }
                Err(error) => return Err(RunnerError::Build(project.root, error)),
            }
        }
        let mut artifacts = Artifacts::read(&out)?;
        drop_stale(&mut artifacts, &project.root, built.as_deref());
        self.add(project, artifacts, &out, only, session)
    }

    fn patterns(&self, project: &Project) -> Patterns {
        self.config.patterns.clone().or(project.patterns())
    }

    fn add(
        &self,
        project: Project,
        mut artifacts: Artifacts,
        from: &Path,
        only: Option<&Path>,
        session: &mut Session,
    ) -> Result<(), RunnerError> {
        for problem in &artifacts.problems {
            (self.config.told)(&format!("warning: {problem}"));
        }
        artifacts.root.clone_from(&project.root);
        let below = only.map(|only| only.strip_prefix(&project.root).unwrap_or(only).to_owned());
        let wanted = Wanted {
            filter: self.patterns(&project).filter()?,
            below,
            only: self.config.only.clone(),
        };
        let config = &project.config;
        let seed = self.config.seed.or(config.fuzz.seed);
        let seed = seed.unwrap_or(self.config.drawn_seed);
        session.seed.get_or_insert(seed);
        let options = Options {
            filter: Arc::new(wanted),
            environment: machine(config, self.config.fork.map_or_else(|| project.fork(), Ok)?),
            values: Arc::new(self.settings(&project, &artifacts, seed)),
            seed,
            jobs: self.config.jobs,
            timeout: self.config.timeout,
            fail_fast: self.config.fail_fast,
            shard: self.config.shard,
            traces: self.config.traces,
            coverage: self.config.coverage.then(Collected::default),
            internal_expect_revert: config.allow_internal_expect_revert,
            properties: Arc::new(self.properties(&project)),
            ..Options::default()
        };
        session
            .folders
            .push(project.path(&project.config.cache_path));
        session.units.push(Unit {
            artifacts: Arc::new(artifacts),
            options,
            measured: measure::scope(&project, from),
            scope: Scope {
                of: project.config.gas_reports.clone(),
                without: project.config.gas_reports_ignore.clone(),
                tests: project.config.gas_reports_include_tests,
            },
            names: OnceLock::new(),
        });
        Ok(())
    }

    /// What is asked for goes before what the project says.
    fn properties(&self, project: &Project) -> PropertyOptions {
        let mut properties = project.properties();
        let TestOptions {
            fuzz, invariant, ..
        } = &mut properties.tests;
        fuzz.runs = self.config.fuzz_runs.unwrap_or(fuzz.runs);
        invariant.runs = self.config.invariant_runs.unwrap_or(invariant.runs);
        invariant.depth = self.config.invariant_depth.unwrap_or(invariant.depth);
        properties
    }

    fn settings(&self, project: &Project, artifacts: &Artifacts, seed: U256) -> Settings {
        // A contract's own structs have no artifact; sources that are not there any more have none that count.
        let sources: BTreeSet<&String> = artifacts.contracts.iter().map(|of| &of.source).collect();
        let sources = sources.into_iter().map(|source| project.root.join(source));
        let variables = std::fs::read_to_string(project.root.join(".env")).unwrap_or_default();
        let permissions = project.config.fs_permissions.iter();
        Settings {
            root: project.root.clone(),
            permissions: permissions
                .map(|permission| Permission {
                    path: permission.path.clone(),
                    access: Access {
                        read: permission.read,
                        write: permission.write,
                    },
                })
                .collect(),
            seed,
            time: self.config.time,
            environment: variables_of(&variables),
            endpoints: endpoints_of(&project.config.rpc_endpoints),
            structs: Structs::in_files(sources.collect()),
            ..Settings::default()
        }
    }
}

/// What is ready to be run.
#[derive(Debug)]
pub struct Session {
    config: RunnerConfig,
    units: Vec<Unit>,
    assembly: Vec<AssemblyUnit>,
    folders: Vec<PathBuf>,
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
        }
        if self.config.fail_fast && summary.count(Verdict::Failed) > 0 {
            return summary;
        }
        for unit in &self.units {
            let part = run::run(&unit.artifacts, &unit.options, &mut Begun(reporter));
            summary.suites.extend(part.suites);
            if self.config.fail_fast && summary.count(Verdict::Failed) > 0 {
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
}

#[derive(Debug)]
struct Wanted {
    filter: Filter,
    below: Option<PathBuf>,
    only: Option<BTreeSet<(String, String)>>,
}

impl run::Filter for Wanted {
    fn wants_contract(&self, contract: &Contract) -> bool {
        let source = Path::new(&contract.source);
        let named = self
            .below
            .as_ref()
            .is_none_or(|below| source.starts_with(below));
        let suite = contract.full_name();
        let again = |only: &BTreeSet<(String, String)>| only.iter().any(|(name, _)| *name == suite);
        named
            && self.filter.wants_file(source)
            && self.filter.wants_contract(&contract.name)
            && self.only.as_ref().is_none_or(again)
    }

    fn wants_test(&self, contract: &Contract, function: &Function) -> bool {
        let signature = function.signature();
        self.filter.wants_test(&signature)
            && self.only.as_ref().is_none_or(|only| {
                // A failed `setUp` has the whole suite run again.
                let suite = contract.full_name();
                only.contains(&(suite.clone(), "setUp()".to_owned()))
                    || only.contains(&(suite, signature))
            })
    }
}

/// Leaves out contracts whose sources are gone, or have them no longer.
fn drop_stale(artifacts: &mut Artifacts, root: &Path, built: Option<&[BuiltContract]>) {
    let Some(built) = built else {
        return;
    };
    let sources: BTreeSet<&Path> = built.iter().map(|one| one.source.as_path()).collect();
    let contracts: BTreeSet<(&Path, &str)> = built
        .iter()
        .map(|one| (one.source.as_path(), one.name.as_str()))
        .collect();
    artifacts.contracts.retain(|contract| {
        let source = Path::new(&contract.source);
        match sources.contains(source) {
            true => contracts.contains(&(source, contract.name.as_str())),
            false => root.join(source).is_file(),
        }
    });
}

fn machine(config: &Config, fork: Fork) -> Machine {
    let usual = Machine::default();
    let mut block = usual.block.clone();
    block.number = config.block_number;
    block.timestamp = config.block_timestamp;
    block.coinbase = config.block_coinbase;
    block.base_fee = config.block_base_fee_per_gas;
    block.difficulty = config.block_difficulty.into();
    block.prev_randao = config.block_prevrandao;
    block.gas_limit = config.block_gas_limit.unwrap_or(config.gas_limit);
    Machine {
        fork,
        block,
        chain_id: config.chain_id.unwrap_or(usual.chain_id),
        gas_price: config.gas_price.unwrap_or_default().into(),
        sender: config.sender,
        origin: config.tx_origin,
        balance: config.initial_balance,
        code_size_limit: config
            .code_size_limit
            .and_then(|limit| usize::try_from(limit).ok()),
        legacy_assertions: config.legacy_assertions,
        memory_limit: Some(config.memory_limit),
    }
}
