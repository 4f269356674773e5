//! The one file that names `foundry-compilers`: it reads imports, asks compilers, and remembers what need not be compiled
//! again.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use foundry_compilers::artifacts::output_selection::{ContractOutputSelection, OutputSelection};
use foundry_compilers::artifacts::remappings::Remapping;
use foundry_compilers::artifacts::vyper::VyperSettings;
use foundry_compilers::artifacts::{
    BytecodeHash, DebuggingSettings, Error as SolcDiagnostic, EvmVersion, Libraries, Optimizer,
    RevertStrings, Settings, SettingsMetadata, Severity,
};
use foundry_compilers::multi::{
    MultiCompiler, MultiCompilerError, MultiCompilerInput, MultiCompilerLanguage,
    MultiCompilerParser, MultiCompilerSettings,
};
use foundry_compilers::project::ProjectCompiler;
use foundry_compilers::solc::{CliSettings, Solc, SolcCompiler, SolcSettings};
use foundry_compilers::{
    CompilationError, Compiler, CompilerInput, CompilerOutput, CompilerVersion,
    ConfigurableArtifacts, ProjectBuilder, ProjectPathsConfig,
};
use semver::Version;

use super::{Config, Project, keys, solc};

/// Forks for which a compiler is asked if a project does not say.
const DEFAULT_FORK: EvmVersion = EvmVersion::Osaka;
const CACHE_NAME: &str = "solidity-files-cache.json";

/// What a build left behind.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// All contracts of the sources and of what they import.
    pub contracts: Vec<BuiltContract>,
    /// Warnings of the compiler, as it formats them.
    pub warnings: Vec<String>,
    /// Whether nothing had to be compiled.
    pub unchanged: bool,
}

/// A compiled contract.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuiltContract {
    /// The file of its source, seen from the project's folder.
    pub source: PathBuf,
    /// Its name.
    pub name: String,
    /// The artifact.
    pub file: PathBuf,
}

/// Why a project was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no compiler for it.
    #[error(transparent)]
    Missing(#[from] solc::Missing),
    /// There are errors in the sources.
    #[error("compiling failed\n{0}")]
    Sources(String),
    /// A setting is not one that compilers know.
    #[error("setting `{0}`: {1}")]
    Setting(&'static str, String),
    /// Something went wrong on the way.
    #[error("{0}")]
    Failed(String),
}

/// Compilers that are there, of any number of versions.
#[derive(Clone)]
struct Installed {
    solc: Vec<Solc>,
    vyper: Option<foundry_compilers::vyper::Vyper>,
    told: Arc<dyn Fn(&str) + Send + Sync>,
}

impl fmt::Debug for Installed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.solc).finish()
    }
}

impl Compiler for Installed {
    type Input = MultiCompilerInput;
    type CompilationError = MultiCompilerError;
    type CompilerContract = foundry_compilers::artifacts::Contract;
    type Parser = MultiCompilerParser;
    type Settings = MultiCompilerSettings;
    type Language = MultiCompilerLanguage;

    fn compile(
        &self,
        input: &MultiCompilerInput,
    ) -> Result<
        CompilerOutput<MultiCompilerError, Self::CompilerContract>,
        foundry_compilers::error::SolcError,
    > {
        let version = input.version();
        let count = input.sources().count();
        (self.told)(&format!(
            "Compiling {count} {} with {} {}.{}.{}",
            if count == 1 { "file" } else { "files" },
            input.compiler_name(),
            version.major,
            version.minor,
            version.patch
        ));
        let chosen = self.solc.iter().find(|solc| is(solc, version));
        let compiler = MultiCompiler {
            solc: chosen.cloned().map(SolcCompiler::Specific),
            vyper: self.vyper.clone(),
        };
        compiler.compile(input)
    }

    fn available_versions(&self, language: &MultiCompilerLanguage) -> Vec<CompilerVersion> {
        let mut versions: Vec<Version> = match language {
            MultiCompilerLanguage::Solc(_) => self.solc.iter().map(Solc::version_short).collect(),
            MultiCompilerLanguage::Vyper(_) => self
                .vyper
                .iter()
                .map(|vyper| vyper.version.clone())
                .collect(),
        };
        versions.sort();
        versions
            .into_iter()
            .map(CompilerVersion::Installed)
            .collect()
    }
}

fn is(solc: &Solc, version: &Version) -> bool {
    let short = solc.version_short();
    (short.major, short.minor, short.patch) == (version.major, version.minor, version.patch)
}

/// Prefixes of imports that the folders of a library suggest, with what they stand for.
pub fn find_remappings(library: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let found = Remapping::find_many(library).into_iter();
    found.map(|remapping| (remapping.name, remapping.path.into()))
}

/// Asks a compiler for its version.
pub fn ask_version(compiler: &solc::Compiler) -> Option<Version> {
    let arguments = compiler.arguments.iter().cloned();
    let solc = Solc::new_with_args(&compiler.program, arguments).ok()?;
    Some(solc.version)
}

/// The fork that a version of `solc` can compile for at most, of those up to the named one.
pub fn newest_fork(name: &str, version: &Version) -> Option<&'static str> {
    let fork = EvmVersion::from_str(name).ok()?;
    fork.normalize_version_solc(version)
        .map(|fork| fork.as_str())
}

/// The name of the fork that is compiled for if a project does not say.
pub fn default_fork() -> &'static str {
    DEFAULT_FORK.as_str()
}

impl Project {
    /// Compiles sources of the project, where they changed. `told` hears what is being done.
    pub fn build(
        &self,
        sources: &[PathBuf],
        told: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Built, BuildError> {
        let compiler = self.installed(sources, told)?;
        let paths = self.compiler_paths();
        let settings = MultiCompilerSettings {
            solc: self.solc_settings(&paths)?,
            vyper: self.vyper_settings()?,
        };
        let project = ProjectBuilder::<Installed>::new(self.artifacts_handler()?)
            .settings(settings)
            .paths(paths)
            .ignore_error_codes(self.config.ignored_warnings()?)
            .ignore_paths(self.config.ignored_warnings_from.clone())
            .set_compiler_severity_filter(match self.config.deny {
                true => Severity::Warning,
                false => Severity::Error,
            })
            .set_offline(true)
            .set_cached(self.config.cache)
            .set_build_info(self.config.build_info)
            .build(compiler)
            .map_err(failed)?;
        let read = foundry_compilers::artifacts::sources::Source::read_all(sources)
            .map_err(|error| BuildError::Failed(error.to_string()))?;
        let output = ProjectCompiler::with_sources(&project, read)
            .and_then(ProjectCompiler::compile)
            .map_err(failed)?;
        let diagnostics = output.output();
        let told = diagnostics.errors.iter().filter(|diagnostic| {
            !diagnostics.should_ignore(
                &project.ignored_error_codes,
                &[],
                &project.ignored_file_paths,
                diagnostic,
            )
        });
        let (errors, warnings): (Vec<_>, Vec<_>) =
            told.partition(|diagnostic| diagnostic.is_error() || self.config.deny);
        if !errors.is_empty() {
            let errors: Vec<String> = errors.into_iter().map(text).collect();
            return Err(BuildError::Sources(errors.join("\n")));
        }
        let mut built = Built {
            warnings: warnings.into_iter().map(text).collect(),
            unchanged: output.is_unchanged(),
            contracts: Vec::new(),
        };
        for (id, _) in output.artifact_ids() {
            let source = id.source.strip_prefix(&self.root).unwrap_or(&id.source);
            built.contracts.push(BuiltContract {
                source: source.to_owned(),
                name: id.name.split('.').next().unwrap_or_default().to_owned(),
                file: id.path,
            });
        }
        built.contracts.sort();
        built.contracts.dedup();
        Ok(built)
    }

    /// Sources and tests, without what is to be skipped. What tests do not import is there for `vm.getCode`.
    pub fn sources(&self, wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
        let mut files = BTreeSet::new();
        for folder in [&self.config.src, &self.config.test] {
            let folder = self.root.join(folder);
            for entry in walkdir::WalkDir::new(folder).follow_links(true) {
                let Ok(entry) = entry else { continue };
                let ending = entry.path().extension().and_then(|ending| ending.to_str());
                let source = matches!(ending, Some("sol" | "vy" | "vyi" | "yul"));
                if source && entry.file_type().is_file() && wanted(entry.path()) {
                    files.insert(entry.into_path());
                }
            }
        }
        files.into_iter().collect()
    }

    fn installed(
        &self,
        sources: &[PathBuf],
        told: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Installed, BuildError> {
        let is_vyper = |file: &PathBuf| file.extension().is_some_and(|ending| ending != "sol");
        let vyper = solc::find_vyper(self)
            .filter(|_| sources.iter().any(is_vyper))
            .and_then(|path| foundry_compilers::vyper::Vyper::new(path).ok());
        let found = match solc::find(self) {
            Ok(found) => found,
            Err(_) if vyper.is_some() && sources.iter().all(is_vyper) => Vec::new(),
            Err(missing) => return Err(missing.into()),
        };
        let mut solc = Vec::new();
        for compiler in found {
            let solc::Compiler {
                program,
                arguments,
                version,
            } = compiler;
            let one = match version {
                Some(version) => Solc {
                    solc: program,
                    version,
                    base_path: None,
                    allow_paths: BTreeSet::new(),
                    include_paths: BTreeSet::new(),
                    extra_args: arguments,
                },
                None => Solc::new_with_args(program, arguments).map_err(failed)?,
            };
            solc.push(one);
        }
        Ok(Installed { solc, vyper, told })
    }

    fn compiler_paths(&self) -> ProjectPathsConfig<MultiCompilerLanguage> {
        let at = |path: &PathBuf| self.root.join(path);
        let remappings = self.config.remappings.iter().filter_map(|line| {
            let mut remapping = Remapping::from_str(line).ok()?;
            let folder = remapping.path.ends_with('/');
            let path = self.root.join(&remapping.path);
            remapping.path = path.to_string_lossy().into_owned();
            if folder && !remapping.path.ends_with('/') {
                remapping.path.push('/');
            }
            Some(remapping)
        });
        ProjectPathsConfig::builder()
            .cache(at(&self.config.cache_path).join(CACHE_NAME))
            .sources(at(&self.config.src))
            .tests(at(&self.config.test))
            .scripts(at(&self.config.script))
            .artifacts(at(&self.config.out))
            .libs(self.config.libs.iter().map(at))
            .remappings(remappings)
            .allowed_path(&self.root)
            .allowed_paths(self.config.libs.iter().map(at))
            .allowed_paths(self.config.allow_paths.iter().map(at))
            .include_paths(self.config.include_paths.iter().map(at))
            .build_with_root(&self.root)
    }

    fn artifacts_handler(&self) -> Result<ConfigurableArtifacts, BuildError> {
        let mut extra = Vec::new();
        for name in &self.config.extra_output {
            extra.push(setting::<ContractOutputSelection>("extra_output", name)?);
        }
        if !extra.contains(&ContractOutputSelection::Metadata) {
            extra.push(ContractOutputSelection::Metadata);
        }
        Ok(ConfigurableArtifacts::new(extra, []))
    }

    fn evm_version(&self) -> Result<EvmVersion, BuildError> {
        match &self.config.evm_version {
            Some(name) => setting("evm_version", &name.to_lowercase()),
            None => Ok(DEFAULT_FORK),
        }
    }

    fn solc_settings(
        &self,
        paths: &ProjectPathsConfig<MultiCompilerLanguage>,
    ) -> Result<SolcSettings, BuildError> {
        let config = &self.config;
        let details = config.optimizer_details.clone();
        let details = details.map(|details| toml::Value::Table(details).try_into());
        let libraries = Libraries::parse(&config.libraries).map_err(failed)?;
        let mut settings = Settings {
            libraries: libraries.apply(|libraries| paths.apply_lib_remappings(libraries)),
            optimizer: Optimizer {
                enabled: config.optimizer,
                runs: config
                    .optimizer_runs
                    .and_then(|runs| usize::try_from(runs).ok()),
                details: details
                    .transpose()
                    .map_err(|error| BuildError::Setting("optimizer_details", error.to_string()))?,
            },
            evm_version: Some(self.evm_version()?),
            metadata: Some(SettingsMetadata {
                use_literal_content: Some(config.use_literal_content),
                bytecode_hash: Some(setting::<BytecodeHash>(
                    "bytecode_hash",
                    &config.bytecode_hash,
                )?),
                cbor_metadata: Some(config.cbor_metadata),
            }),
            via_ir: Some(config.via_ir),
            output_selection: OutputSelection::default(),
            ..Settings::default()
        }
        .with_extra_output(self.artifacts_handler()?.output_selection());
        if let Some(strings) = &config.revert_strings {
            settings.debug = Some(DebuggingSettings {
                revert_strings: Some(setting::<RevertStrings>("revert_strings", strings)?),
                debug_info: Vec::new(),
            });
        }
        if config.ast || config.build_info {
            settings = settings.with_ast();
        }
        Ok(SolcSettings {
            settings,
            cli_settings: CliSettings {
                extra_args: config.extra_args.clone(),
                ..CliSettings::default()
            },
        })
    }

    fn vyper_settings(&self) -> Result<VyperSettings, BuildError> {
        let vyper = &self.config.vyper;
        let optimize = vyper
            .optimize
            .clone()
            .map(|mode| toml::Value::String(mode).try_into());
        Ok(VyperSettings {
            evm_version: Some(self.evm_version()?),
            optimize: optimize
                .transpose()
                .map_err(|error| BuildError::Setting("vyper.optimize", error.to_string()))?,
            output_selection: OutputSelection::common_output_selection(
                ["abi", "evm.bytecode", "evm.deployedBytecode"].map(str::to_owned),
            ),
            experimental_codegen: vyper.experimental_codegen,
            ..VyperSettings::default()
        })
    }
}

impl Config {
    fn ignored_warnings(&self) -> Result<Vec<u64>, BuildError> {
        let number = |code: &toml::Value| {
            let named = code.as_str().and_then(|name| {
                let known = keys::WARNINGS.iter().find(|(known, _)| *known == name);
                known.map(|(_, number)| *number)
            });
            let number = code.as_integer().and_then(|code| u64::try_from(code).ok());
            named.or(number).ok_or_else(|| {
                BuildError::Setting("ignored_error_codes", format!("there is no warning {code}"))
            })
        };
        self.ignored_error_codes.iter().map(number).collect()
    }
}

fn setting<T: FromStr<Err: fmt::Display>>(name: &'static str, text: &str) -> Result<T, BuildError> {
    text.parse()
        .map_err(|error: T::Err| BuildError::Setting(name, error.to_string()))
}

fn failed(error: foundry_compilers::error::SolcError) -> BuildError {
    BuildError::Failed(error.to_string())
}

/// A diagnostic as its compiler formats it.
fn text(diagnostic: &MultiCompilerError) -> String {
    match diagnostic {
        MultiCompilerError::Solc(SolcDiagnostic {
            formatted_message: Some(text),
            ..
        }) => text.trim_end().to_owned(),
        other => other.to_string(),
    }
}
