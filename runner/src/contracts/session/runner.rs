//! From a path to a [`Session`]: projects are found, their settings are read, what changed is compiled.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use gasworks::{Fork, U256};

use super::super::artifact::{ArtifactError, Artifacts};
use super::super::cheats::values::{
    Access, Permission, Settings, Structs, endpoints_of, variables_of,
};
use super::super::cheats::watched::Watches;
use super::super::coverage::Collected;
use super::super::machine::Environment as Machine;
use super::super::project::{
    BadPattern, BuildError, BuiltContract, Config, ConfigError, DiscoverError, Patterns, Project,
    Testable, discover,
};
use super::super::properties::PropertyOptions;
use super::super::property::inline_config::TestOptions;
use super::super::report::gas::Scope;
use super::super::run::Options;
use super::assembly::AssemblyUnit;
use super::wanted::Wanted;
use super::{RunnerConfig, Session, Unit, measure};

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
            unreadable: 0,
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
        drop_stale(&mut artifacts, &project, built.as_deref());
        self.add(project, artifacts, &out, only, session)
    }

    /// Artifacts that are run as they are say what compiled them.
    fn fork(&self, project: &Project, artifacts: &Artifacts) -> Result<Fork, ConfigError> {
        let contracts = artifacts.contracts.iter();
        let solidity = contracts.filter(|contract| contract.source.ends_with(".sol"));
        let compilers = solidity.filter_map(|contract| contract.compiler.as_deref());
        match self.config.fork {
            Some(fork) => Ok(fork),
            None if self.config.no_compile => project.fork_of(compilers),
            None => project.fork(),
        }
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
            (self.config.told)(&format!("error: {problem}"));
        }
        session.unreadable += artifacts.problems.len();
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
            environment: machine(config, self.fork(&project, &artifacts)?),
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

/// Leaves out what is no longer in the sources, and names the sources of artifacts that do not say it, as Vyper's do not.
fn drop_stale(artifacts: &mut Artifacts, project: &Project, built: Option<&[BuiltContract]>) {
    let root = &project.root;
    let out = project.path(&project.config.out);
    let sources = [&project.config.src, &project.config.test];
    for contract in &mut artifacts.contracts {
        if root.join(&contract.source).is_file() {
            continue;
        }
        let file = out.join(&contract.artifact);
        let known = built.and_then(|built| built.iter().find(|one| one.file == file));
        let guessed = || {
            let mut paths = sources.iter().map(|folder| folder.join(&contract.source));
            paths.find(|path| root.join(path).is_file())
        };
        if let Some(source) = known.map(|one| one.source.clone()).or_else(guessed) {
            Arc::make_mut(contract).source = source.to_string_lossy().replace('\\', "/");
        }
    }
    let Some(built) = built else {
        return;
    };
    let sources: BTreeSet<&Path> = built.iter().map(|one| one.source.as_path()).collect();
    let files: BTreeSet<&Path> = built.iter().map(|one| one.file.as_path()).collect();
    artifacts.contracts.retain(|contract| {
        let source = Path::new(&contract.source);
        match sources.contains(source) {
            true => files.contains(out.join(&contract.artifact).as_path()),
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
        isolates: config.isolate,
        create2_factory: config.always_use_create_2_factory,
        watches: Watches::default(),
        memory_limit: Some(config.memory_limit),
    }
}
