//! Finding compilers: the one that was named, those of the field's version manager, the one on `PATH`, and the
//! JavaScript build of `solc`, which `npm` installs and `node` runs.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Deserialize;

use super::{Environment, Project};

/// Makes the JavaScript build answer as the command does, as far as compiling needs it.
const ADAPTER: &str = include_str!("solc_adapter.js");
const ADAPTER_NAME: &str = "gasworks-solc-adapter.js";

/// A compiler that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    /// The program.
    pub program: PathBuf,
    /// Arguments that come before all others.
    pub arguments: Vec<String>,
    /// Its version, if that is known without asking it.
    pub version: Option<Version>,
}

impl Compiler {
    fn command(program: PathBuf) -> Compiler {
        Compiler {
            program,
            arguments: Vec::new(),
            version: None,
        }
    }
}

/// Why there is no compiler.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// The named one is not there.
    #[error("there is no compiler at {}", .0.display())]
    NotThere(PathBuf),
    /// `npm`'s is there, but nothing to run it.
    #[error("{} needs `node`, which is not on PATH", .0.display())]
    NoNode(PathBuf),
    /// What makes `npm`'s a command could not be written.
    #[error("{}: {}", .0.display(), .1)]
    Adapter(PathBuf, io::Error),
    /// None of those that were found is of the version that is wanted.
    #[error("the project wants solc {wanted}; found is {found}. `--solc PATH` names another one")]
    Version {
        /// The version of the configuration.
        wanted: Version,
        /// Versions that are there.
        found: String,
    },
    /// There is none at all.
    #[error(
        "no Solidity compiler was found: neither `solc` on PATH nor the npm package `solc`. `--solc PATH` names one"
    )]
    Nowhere,
}

/// The compilers that a project may use, the one that it prefers first.
pub fn find(project: &Project) -> Result<Vec<Compiler>, Missing> {
    let wanted = match &project.config.solc {
        None => None,
        Some(text) => match text.trim_start_matches('v').parse::<Version>() {
            Ok(version) => Some(version),
            Err(_) => return named(project, &project.root.join(text)).map(|one| vec![one]),
        },
    };
    let all = everywhere(project)?;
    let Some(wanted) = wanted else {
        return if all.is_empty() {
            Err(Missing::Nowhere)
        } else {
            Ok(all)
        };
    };
    let versions: Vec<Option<Version>> = all.iter().map(version_of).collect();
    let fitting = |version: &Option<Version>| version.as_ref().is_some_and(|v| same(v, &wanted));
    match versions.iter().position(fitting) {
        Some(position) => Ok(all.into_iter().skip(position).take(1).collect()),
        None if all.is_empty() => Err(Missing::Nowhere),
        None => {
            let found: Vec<String> = versions.iter().flatten().map(plain).collect();
            let found = match found.is_empty() {
                true => "none that tells its version".to_owned(),
                false => found.join(", "),
            };
            Err(Missing::Version { wanted, found })
        }
    }
}

/// The version of the compiler that the configuration names, if it names one; if it names a program, the one version that
/// artifacts are of.
pub fn configured_version<'a>(
    project: &Project,
    of_artifacts: impl Iterator<Item = &'a str>,
) -> Option<Version> {
    let text = project.config.solc.as_ref()?;
    if let Ok(version) = text.trim_start_matches('v').parse::<Version>() {
        return Some(version);
    }
    let versions: BTreeSet<&str> = of_artifacts.collect();
    let only = versions.first().filter(|_| versions.len() == 1);
    match only.and_then(|version| version.parse::<Version>().ok()) {
        Some(version) => Some(version),
        None => version_of(&named(project, &project.root.join(text)).ok()?),
    }
}

/// The Vyper compiler, if there is one.
pub fn find_vyper(project: &Project) -> Option<PathBuf> {
    match &project.config.vyper.path {
        Some(path) => Some(project.root.join(path)),
        None => on_path(&project.environment, "vyper"),
    }
}

fn same(one: &Version, other: &Version) -> bool {
    (one.major, one.minor, one.patch) == (other.major, other.minor, other.patch)
}

fn plain(version: &Version) -> String {
    format!("{}.{}.{}", version.major, version.minor, version.patch)
}

fn version_of(compiler: &Compiler) -> Option<Version> {
    compiler
        .version
        .clone()
        .or_else(|| super::compilers::ask_version(compiler))
}

/// A compiler that was named: a program, a script for `node`, or the folder of the npm package.
fn named(project: &Project, path: &Path) -> Result<Compiler, Missing> {
    if path.is_dir() {
        return package(project, path)?.ok_or_else(|| Missing::NotThere(path.to_owned()));
    }
    if !path.is_file() {
        return Err(Missing::NotThere(path.to_owned()));
    }
    Ok(Compiler::command(path.to_owned()))
}

fn everywhere(project: &Project) -> Result<Vec<Compiler>, Missing> {
    let mut found = Vec::new();
    found.extend(on_path(&project.environment, "solc").map(Compiler::command));
    for folder in packages(project) {
        match package(project, &folder) {
            Ok(compiler) => found.extend(compiler),
            // Another one may do without.
            Err(Missing::NoNode(_)) if !found.is_empty() => {}
            Err(missing) => return Err(missing),
        }
    }
    found.extend(managed(&project.environment));
    Ok(found)
}

/// Folders that may be the npm package: beside the project or above it, and where the environment points.
fn packages(project: &Project) -> Vec<PathBuf> {
    let above = project
        .root
        .ancestors()
        .map(|folder| folder.join("node_modules"));
    let variable = project.environment.get("NODE_PATH").unwrap_or_default();
    let named = std::env::split_paths(variable).collect::<Vec<_>>();
    let mut folders: Vec<PathBuf> = above
        .chain(named)
        .map(|modules| modules.join("solc"))
        .filter(|folder| folder.is_dir())
        .collect();
    // A global installation has a command that points into the package.
    if let Some(command) = on_path(&project.environment, "solcjs")
        && let Ok(script) = command.canonicalize()
        && let Some(folder) = script.parent()
    {
        folders.push(folder.to_owned());
    }
    folders
}

/// The npm package in a folder.
fn package(project: &Project, folder: &Path) -> Result<Option<Compiler>, Missing> {
    #[derive(Deserialize)]
    struct Manifest {
        name: String,
        version: Version,
    }
    let manifest = fs::read(folder.join("package.json")).ok();
    let manifest = manifest.and_then(|text| serde_json::from_slice::<Manifest>(&text).ok());
    let Some(manifest) = manifest.filter(|manifest| manifest.name == "solc") else {
        return Ok(None);
    };
    let node =
        on_path(&project.environment, "node").ok_or_else(|| Missing::NoNode(folder.to_owned()))?;
    let adapter = write_adapter(&project.root.join(&project.config.cache_path))?;
    let arguments = [&adapter, folder].map(|path| path.to_string_lossy().into_owned());
    Ok(Some(Compiler {
        program: node,
        arguments: arguments.into(),
        version: Some(manifest.version),
    }))
}

fn write_adapter(cache: &Path) -> Result<PathBuf, Missing> {
    let file = cache.join(ADAPTER_NAME);
    if fs::read_to_string(&file).is_ok_and(|text| text == ADAPTER) {
        return Ok(file);
    }
    fs::create_dir_all(cache)
        .and_then(|()| fs::write(&file, ADAPTER))
        .map_err(|error| Missing::Adapter(file.clone(), error))?;
    Ok(file)
}

/// Compilers that the field's version manager has installed: `VERSION/solc-VERSION` in its folder.
fn managed(environment: &Environment) -> Vec<Compiler> {
    let home = environment.get("HOME").map(Path::new);
    let data = environment.get("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| home.map(|home| home.join(".local/share")));
    let folders = [
        home.map(|home| home.join(".svm")),
        data.map(|data| data.join("svm")),
    ];
    let mut found = Vec::new();
    for folder in folders.into_iter().flatten() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let program = entry.path().join(format!("solc-{name}"));
            if let (Ok(version), true) = (name.parse::<Version>(), program.is_file()) {
                found.push(Compiler {
                    version: Some(version),
                    ..Compiler::command(program)
                });
            }
        }
    }
    found.sort_by(|one, other| other.version.cmp(&one.version));
    found
}

/// Looks for a program in the folders of `PATH`.
fn on_path(environment: &Environment, name: &str) -> Option<PathBuf> {
    let folders = std::env::split_paths(environment.get("PATH")?).collect::<Vec<_>>();
    let names = match cfg!(windows) {
        true => vec![format!("{name}.exe"), format!("{name}.cmd")],
        false => vec![name.to_owned()],
    };
    let files = folders
        .iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}
