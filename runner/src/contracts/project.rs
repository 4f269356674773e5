//! A project on disk: what its configuration says, and what its compiler makes of its sources.
//!
//! `layers` brings the sources of the configuration together, `config` has its settings, `remappings` finds libraries,
//! `solc` finds compilers, and `compilers` drives them. Compiled contracts come out as files, which `artifact` reads.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use gasworks::Fork;

mod compilers;
mod config;
mod discover;
mod filter;
mod keys;
mod layers;
mod properties;
mod remappings;
mod solc;
pub(in crate::contracts) mod values;

pub use compilers::{BuildError, Built, BuiltContract};
pub use config::{Config, DEFAULT_SENDER, Fuzz, Invariant, PathPermission, Vyper};
pub use discover::{DiscoverError, Testable, discover};
pub use filter::{BadPattern, Filter, Patterns};
pub use layers::FILE_NAME;

/// Why a project's configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("{}: {}", .0.display(), .1)]
    Read(PathBuf, io::Error),
    /// A file is no TOML.
    #[error("{}: {}", .0.display(), .1)]
    Toml(PathBuf, String),
    /// A file extends another one in a way that does not work.
    #[error("{}: extends: {}", .0.display(), .1)]
    Extends(PathBuf, String),
    /// A setting has a value that it cannot have.
    #[error("{}: setting `{}`: {}", .0.display(), .1, .2)]
    Setting(PathBuf, String, String),
}

/// The environment's variables, so far as they matter.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The environment of this process. What is no text is left out.
    pub fn of_process() -> Environment {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        std::env::vars_os().filter_map(text).collect()
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Settings of the environment are those of the project; its libraries share the profile with it.
    fn only_profile(&self) -> Environment {
        let profile = self.get("FOUNDRY_PROFILE");
        let pair = |value: &str| ("FOUNDRY_PROFILE".to_owned(), value.to_owned());
        profile.into_iter().map(pair).collect()
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.variables.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Environment {
        Environment {
            variables: pairs.into_iter().collect(),
        }
    }
}

/// A project with its configuration.
#[derive(Clone, Debug)]
pub struct Project {
    /// The project's folder.
    pub root: PathBuf,
    /// Its settings.
    pub config: Config,
    /// What is odd about its configuration.
    pub warnings: Vec<String>,
    environment: Environment,
}

impl Project {
    /// Whether a folder is a project.
    pub fn is_at(root: &Path) -> bool {
        root.join(FILE_NAME).is_file()
    }

    /// Reads the configuration of a folder, which need not have any.
    pub fn load(root: &Path, environment: Environment) -> Result<Project, ConfigError> {
        let root = root
            .canonicalize()
            .map_err(|error| ConfigError::Read(root.to_owned(), error))?;
        let layers::Merged { settings, warnings } = layers::merge(&root, &environment)?;
        let mut config = Config::of(settings, &root)?;
        config.normalize(&root);
        let mut project = Project {
            root,
            config,
            warnings,
            environment,
        };
        project.config.remappings = remappings::all(&project);
        if project.config.ffi {
            project.warnings.push(
                "`ffi` is set, but tests cannot run programs here: `vm.ffi` fails".to_owned(),
            );
        }
        Ok(project)
    }

    /// A folder whose configuration is not asked for.
    pub fn bare(root: &Path, environment: &Environment) -> Project {
        let mut config = Config::default();
        config.normalize(root);
        Project {
            root: root.to_owned(),
            config,
            warnings: Vec::new(),
            environment: environment.clone(),
        }
    }

    /// A path of the project's configuration, made absolute.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }

    /// The tests that the configuration wants.
    pub fn patterns(&self) -> Patterns {
        let config = &self.config;
        Patterns {
            test: config.match_test.clone(),
            no_test: config.no_match_test.clone(),
            contract: config.match_contract.clone(),
            no_contract: config.no_match_contract.clone(),
            path: config.match_path.clone(),
            no_path: config.no_match_path.clone(),
        }
    }

    /// The fork that tests run on: the one that is configured, or else the newest that the configured compiler knows.
    pub fn fork(&self) -> Result<Fork, ConfigError> {
        self.fork_of(std::iter::empty())
    }

    /// As [`Project::fork`], for artifacts of these versions of a compiler: it need not be started to ask for its own.
    pub fn fork_of<'a>(
        &self,
        compilers: impl Iterator<Item = &'a str>,
    ) -> Result<Fork, ConfigError> {
        let name = match (&self.config.hardfork, &self.config.evm_version) {
            (Some(name), _) | (None, Some(name)) => name.as_str(),
            (None, None) => {
                let newest = compilers::default_fork();
                let version = solc::configured_version(self, compilers);
                let known = version.and_then(|version| compilers::newest_fork(newest, &version));
                known.unwrap_or(newest)
            }
        };
        name.parse().map_err(|error: gasworks_spec::UnknownFork| {
            let reason = format!("{name}: {error}");
            ConfigError::Setting(self.root.join(FILE_NAME), "evm_version".into(), reason)
        })
    }
}

impl Config {
    fn of(settings: toml::Table, root: &Path) -> Result<Config, ConfigError> {
        serde_path_to_error::deserialize(toml::Value::Table(settings)).map_err(|error| {
            let reason = error.inner().to_string().trim().to_owned();
            ConfigError::Setting(root.join(FILE_NAME), error.path().to_string(), reason)
        })
    }

    /// Settles what settings say together.
    fn normalize(&mut self, root: &Path) {
        let (optimizer, runs) = match (self.optimizer, self.optimizer_runs) {
            (None, None) => (false, 200),
            (Some(on), None) => (on, 200),
            (None, Some(runs)) => (runs > 0, runs),
            (Some(on), Some(runs)) => (on, runs),
        };
        self.optimizer = Some(optimizer);
        self.optimizer_runs = Some(runs);
        for permission in &mut self.fs_permissions {
            permission.path = root.join(&permission.path);
        }
    }
}

#[cfg(test)]
mod project_test;
