//! Compiled contracts, from what compilers and their tools leave behind: Foundry's `out/`, Hardhat's `artifacts/`, and the
//! standard JSON output of `solc` and `vyper`.

mod link;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gasworks::{Address, Bytes};

use super::abi::JsonAbi;
use super::layout::Layout;

pub use link::{LIBRARY_DEPLOYER, LinkError, Linked};

/// Bytecode whose libraries may not be known yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytecode {
    /// The bytes, with zeros where addresses of libraries belong.
    pub bytes: Bytes,
    /// Where those belong.
    pub links: Vec<Link>,
    /// The compiler's source map.
    pub source_map: Option<Arc<str>>,
    /// Where immutable values are put in: start and length.
    pub immutables: Vec<(usize, usize)>,
}

/// A library that bytecode calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The file that the library is in; empty where the compiler does not say.
    pub source: String,
    /// Its name.
    pub name: String,
    /// Where its address belongs.
    pub offsets: Vec<usize>,
}

/// A compiled contract.
#[derive(Clone, Debug)]
pub struct Contract {
    /// The file it is in, relative to the project.
    pub source: String,
    /// Its name.
    pub name: String,
    /// The artifact's path relative to the folder of artifacts: libraries are deployed in this order.
    pub artifact: String,
    /// Its functions, events and errors.
    pub abi: JsonAbi,
    /// What deploys it.
    pub creation: Bytecode,
    /// What is deployed.
    pub runtime: Bytecode,
    /// The compiler's version, where it is known.
    pub compiler: Option<String>,
    /// The number of its source among those compiled with it, which source maps use.
    pub source_id: Option<u32>,
    /// Where its variables are, if the compiler was asked for that.
    pub layout: Option<Layout>,
}

impl Contract {
    /// `src/A.sol:A`.
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.source, self.name)
    }

    /// The signatures of its errors with their names, as revert data is decoded.
    pub fn errors(&self) -> impl Iterator<Item = &super::abi::AbiError> {
        self.abi.errors()
    }
}

/// Why an artifact, or a folder of them, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct ArtifactError {
    /// Which file or folder.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The contracts of a project.
#[derive(Clone, Debug, Default)]
pub struct Artifacts {
    /// The contracts in the order of their artifacts.
    pub contracts: Vec<Arc<Contract>>,
    /// Files that could not be used. The others still are.
    pub problems: Vec<ArtifactError>,
    /// Addresses of libraries that are deployed already, by `source:name`.
    pub libraries: BTreeMap<String, Address>,
    /// The root of the project, for the cheatcodes that look at files.
    pub root: PathBuf,
}

impl Artifacts {
    /// Reads a folder of artifacts, or one file.
    ///
    /// # Errors
    /// [`ArtifactError`] if there is nothing to read at all; a broken file in a folder is one of
    /// [`Artifacts::problems`].
    pub fn read(path: &Path) -> Result<Self, ArtifactError> {
        read::read(path)
    }

    /// Takes the standard JSON output of a compiler.
    ///
    /// # Errors
    /// [`ArtifactError`] if the text is no such thing.
    pub fn from_json(path: &str, text: &str) -> Result<Self, ArtifactError> {
        let mut artifacts = Self {
            contracts: read::contracts(path, path, text)?,
            ..Self::default()
        };
        artifacts.sort();
        Ok(artifacts)
    }

    /// The contract that cheatcodes mean by `A.sol:A`, `A.sol`, `A`, `src/A.sol:A` or the path of an artifact; a version may
    /// follow.
    ///
    /// # Errors
    /// A text that says that there is none, or more than one.
    pub fn find(&self, wanted: &str) -> Result<&Arc<Contract>, String> {
        let found: Vec<_> = self
            .contracts
            .iter()
            .filter(|contract| is_meant(contract, wanted))
            .collect();
        // Where several are meant, those with code are.
        let with_code: Vec<_> = found
            .iter()
            .filter(|contract| !contract.creation.bytes.is_empty())
            .collect();
        match (found.as_slice(), with_code.as_slice()) {
            ([one], _) => Ok(one),
            (_, [one]) => Ok(one),
            ([], _) => Err("no matching artifact found".to_owned()),
            _ => Err("multiple matching artifacts found".to_owned()),
        }
    }

    fn sort(&mut self) {
        self.contracts.sort_by(|a, b| {
            (&a.artifact, &a.source, &a.name).cmp(&(&b.artifact, &b.source, &b.name))
        });
    }
}

fn is_meant(contract: &Contract, wanted: &str) -> bool {
    if let Some(path) = wanted.strip_suffix(".json") {
        let artifact = contract.artifact.trim_end_matches(".json");
        return path == artifact || path.ends_with(&format!("/{artifact}"));
    }
    let mut parts = wanted.split(':');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let third = parts.next();
    let is_version = |part: &str| part.starts_with(|digit: char| digit.is_ascii_digit());
    let (file, name, version) = match (second, third) {
        (None, _) if first.contains('.') => (Some(first), None, None),
        (None, _) => (None, Some(first), None),
        (Some(second), _) if is_version(second) && first.contains('.') => {
            (Some(first), None, Some(second))
        }
        (Some(second), _) if is_version(second) => (None, Some(first), Some(second)),
        (Some(second), third) => (Some(first), Some(second), third),
    };
    let stem = |file: &str| {
        let base = file.rsplit('/').next().unwrap_or(file);
        base.split('.').next().unwrap_or(base).to_owned()
    };
    let file_fits = file.is_none_or(|file| {
        contract.source == file || contract.source.ends_with(&format!("/{file}"))
    });
    let name_fits = match (name, file) {
        (Some(name), _) => contract.name == name,
        (None, Some(file)) => contract.name == stem(file),
        (None, None) => false,
    };
    let version_fits = version.is_none_or(|version| {
        contract
            .compiler
            .as_deref()
            .is_some_and(|compiler| compiler.starts_with(version))
    });
    file_fits && name_fits && version_fits
}

#[cfg(test)]
mod artifact_test;
